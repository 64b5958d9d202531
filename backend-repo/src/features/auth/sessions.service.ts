import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { Mail } from '../../domain/mail.ts';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import { csrfTokenOf, signingKeyContext, tokenHash } from '../../domain/session-secrets.ts';
import { isUuidV7 } from '../../domain/uuid.ts';
import { AppError } from '../../errors.ts';
import type { AuthRepository, Standing } from './auth.repository.ts';
import type { AccessToken, TokenHolder } from './auth.service.ts';
import type { Caller, EndReason, SessionRow, SessionsRepository } from './sessions.repository.ts';

/** Everything that changes with a session, on one transaction. */
export interface SessionTables {
  readonly sessions: SessionsRepository;
  readonly users: AuthRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly mail: (mail: Mail) => Promise<void>;
}

export interface SessionsDeps {
  readonly transaction: <T>(work: (tables: SessionTables) => Promise<T>) => Promise<T>;
  readonly repository: SessionsRepository;
  /** Has every request of these sessions refused on this node, before the others learn it. */
  readonly ended: (sessionIds: readonly string[]) => void;
  readonly accessToken: (holder: TokenHolder) => AccessToken;
  readonly secrets: { readonly box: SecretBox; readonly randomBytes: (bytes: number) => Buffer };
  readonly newId: () => string;
  readonly now: () => number;
}

/** What a client shows of itself. */
export interface Client {
  /** By which it was known before; `null`: it shows none. */
  readonly device: string | null;
  /** A browser, which keeps what it is given and shows it again by itself. */
  readonly keepsCookies: boolean;
  readonly userAgent: string;
  readonly ip: string;
  readonly requestId: string;
}

export interface SignedIn extends AccessToken {
  readonly sessionId: string;
  readonly refreshToken: string;
  readonly signingKey: string;
  /** What a page repeats where the cookie signs it in. */
  readonly csrfToken: string;
  /** Seconds until the session is over, however often it is renewed. */
  readonly endsIn: number;
}

export interface SessionView {
  readonly id: string;
  readonly name: string | null;
  readonly user_agent: string;
  readonly ip: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly current: boolean;
}

const SESSION_MS = 7 * 86_400_000;
export const TOKEN_BYTES = 32;
const PURGE_AFTER_MS = 86_400_000;
const SESSIONS_PER_PURGE = 1_000;
const USER_AGENT_CHARACTERS_MAX = 300;

/** As whom somebody was known when they were asked. */
export interface Met {
  readonly deviceId: number;
  readonly passwordHash: string;
  readonly credentialsChangedAt: Date | null;
}

/** Who is signed in where (decision 0020). */
export class SessionsService {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /**
   * Signs somebody in, whose word has been checked.
   * @param met `deviceId`: by which the account met them; the rest: of the account, when their password and second factor were found right. `null`: they came another way
   * @throws AppError REVERIFICATION_REQUIRED, AUTHENTICATION_FAILED, where that has been forced, or the password or the second factor has changed, since they were checked
   */
  async open({ userId, email, role, secondFactorAt }: Omit<TokenHolder, 'sessionId'>, client: Client, met: Met | null = null): Promise<SignedIn> {
    const { newId, now, secrets, transaction } = this.#deps;
    const at = now();
    const sessionId = newId();
    const refreshToken = this.#random();
    const signingKey = this.#random();
    const { deviceHash, userAgent, ip } = callerOf(client);
    const sealed = secrets.box.seal(signingKey, signingKeyContext(sessionId), secrets.randomBytes(SEAL_RANDOM_BYTES));
    const session = {
      session_id: sessionId, user_id: userId, device_hash: deviceHash, device_id: met?.deviceId ?? null, user_agent: userAgent, ip, signing_key_sealed: sealed,
      second_factor_at: secondFactorAt === null ? null : new Date(secondFactorAt), created_at: new Date(at), expires_at: new Date(at + SESSION_MS),
    };
    await transaction(async ({ sessions, users, audit }) => {
      const standing = await users.holdStanding(userId);
      if (met && !(standing && isAsMet(standing, met))) throw new AppError('AUTHENTICATION_FAILED');
      if (standing?.mustReverify) throw new AppError('REVERIFICATION_REQUIRED');
      await sessions.insert(session, tokenHash(refreshToken));
      await audit({ actor: actorOf(userId, client), action: 'session.started', subject: subjectOf(sessionId), after: { second_factor: secondFactorAt !== null } });
    });
    return this.signedIn({ userId, email, role, sessionId, secondFactorAt }, { refreshToken, signingKey, endsAt: at + SESSION_MS });
  }

  /** What its client gets of a session that was opened or renewed. */
  signedIn(holder: TokenHolder, { refreshToken, signingKey, endsAt }: { readonly refreshToken: string; readonly signingKey: string; readonly endsAt: number }): SignedIn {
    const endsIn = Math.floor((endsAt - this.#deps.now()) / 1000);
    return { ...this.#deps.accessToken(holder), sessionId: holder.sessionId, refreshToken, signingKey, csrfToken: csrfTokenOf(signingKey), endsIn };
  }

  async list(userId: number, current: string | null): Promise<SessionView[]> {
    return (await this.#deps.repository.listActive(userId, this.#deps.now())).map((row) => viewOf(row, current));
  }

  /** @throws AppError SESSION_NOT_FOUND, for somebody else's as well */
  async rename(userId: number, sessionId: string, name: string | null): Promise<void> {
    if (!isUuidV7(sessionId) || !(await this.#deps.repository.rename(userId, sessionId, name, this.#deps.now()))) throw new AppError('SESSION_NOT_FOUND');
  }

  /** @throws AppError SESSION_NOT_FOUND, for somebody else's as well */
  async end(userId: number, sessionId: string, reason: EndReason, client: Client): Promise<void> {
    const ended = isUuidV7(sessionId) ? await this.#end(userId, { only: sessionId }, reason, client) : [];
    if (ended.length === 0) throw new AppError('SESSION_NOT_FOUND');
  }

  /** Signing out twice is signing out. */
  async logOut(userId: number, sessionId: string | null, all: boolean, client: Client): Promise<{ sessions_ended: number }> {
    const which = all ? { allBut: null } : { only: sessionId ?? '' };
    const ended = all || sessionId !== null ? await this.#end(userId, which, all ? 'logout_all' : 'logout', client) : [];
    return { sessions_ended: ended.length };
  }

  /**
   * For a change that ends the sessions of before: in its own transaction. What it returns is for `followEnds`, once that is committed.
   * @param but stays; `null`: none does
   */
  async endOthers({ sessions, audit }: SessionTables, userId: number, but: string | null, reason: EndReason, actor: Actor): Promise<string[]> {
    const ended = await sessions.end(userId, { allBut: but }, reason);
    for (const sessionId of ended) await audit({ actor, action: 'session.ended', subject: subjectOf(sessionId), reason });
    return ended;
  }

  /** The same for those that were opened on one device. */
  async endDevice({ sessions, audit }: SessionTables, userId: number, deviceId: number, reason: EndReason, actor: Actor): Promise<string[]> {
    const ended = await sessions.end(userId, { onDevice: deviceId }, reason);
    for (const sessionId of ended) await audit({ actor, action: 'session.ended', subject: subjectOf(sessionId), reason });
    return ended;
  }

  followEnds(sessionIds: readonly string[]): void {
    this.#deps.ended(sessionIds);
  }

  /**
   * A code of the second factor was shown in this session just now.
   * @throws AppError SESSION_NOT_FOUND
   */
  async secondFactorShown(userId: number, sessionId: string): Promise<AccessToken> {
    const at = this.#deps.now();
    const holder = await this.#deps.repository.setSecondFactorAt(userId, sessionId, at);
    if (!holder) throw new AppError('SESSION_NOT_FOUND');
    return this.#deps.accessToken({ userId, ...holder, sessionId, secondFactorAt: at });
  }

  /** Those that are long over. */
  async purge(): Promise<void> {
    const before = this.#deps.now() - PURGE_AFTER_MS;
    while ((await this.#deps.repository.purge(before, SESSIONS_PER_PURGE)) === SESSIONS_PER_PURGE);
  }

  async #end(userId: number, which: Parameters<SessionsRepository['end']>[1], reason: EndReason, client: Client): Promise<string[]> {
    const ended = await this.#deps.transaction(async ({ sessions, audit }) => {
      const ids = await sessions.end(userId, which, reason);
      for (const sessionId of ids) await audit({ actor: actorOf(userId, client), action: 'session.ended', subject: subjectOf(sessionId), reason });
      return ids;
    });
    this.#deps.ended(ended);
    return ended;
  }

  #random(): string {
    return this.#deps.secrets.randomBytes(TOKEN_BYTES).toString('base64url');
  }
}

export function callerOf({ device, userAgent, ip }: Client): Caller {
  return { deviceHash: tokenHash(device === null ? `agent ${userAgent}` : `device ${device}`), userAgent: userAgent.slice(0, USER_AGENT_CHARACTERS_MAX), ip };
}

export const actorOf = (userId: number, { ip, requestId }: Client): Actor => ({ kind: 'user', id: String(userId), ip, requestId });
export const subjectOf = (sessionId: string): AuditEntry['subject'] => ({ kind: 'session', id: sessionId });

function viewOf({ session_id: id, name, user_agent, ip, created_at, last_used_at, expires_at }: SessionRow, current: string | null): SessionView {
  return { id, name, user_agent, ip, created_at: created_at.toISOString(), last_used_at: last_used_at.toISOString(), expires_at: expires_at.toISOString(), current: id === current };
}

const isAsMet = (standing: Standing, { passwordHash, credentialsChangedAt }: Met): boolean =>
  standing.password_hash === passwordHash && standing.credentialsChangedAt?.getTime() === credentialsChangedAt?.getTime();
