import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { Mail } from '../../domain/mail.ts';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import { isUuidV7 } from '../../domain/uuid.ts';
import { AppError } from '../../errors.ts';
import type { AuthRepository } from './auth.repository.ts';
import type { AccessToken, TokenHolder } from './auth.service.ts';
import type { Caller, EndReason, RefreshTokenRow, SessionRow, SessionsRepository } from './sessions.repository.ts';

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
  /** How long a token that was just used still gives the child it has. 0: not at all. */
  readonly graceSeconds: number;
  readonly now: () => number;
}

/** What a client shows of itself. */
export interface Client {
  /** Its own name for the device it is on; `null`: it has none. */
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
const TOKEN_BYTES = 32;
const PURGE_AFTER_MS = 86_400_000;
const SESSIONS_PER_PURGE = 1_000;
const USER_AGENT_CHARACTERS_MAX = 300;

/** Who is signed in where (decision 0020). */
export class SessionsService {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /** Signs somebody in, whose word has been checked. */
  async open({ userId, email, role, secondFactorAt }: Omit<TokenHolder, 'sessionId'>, client: Client): Promise<SignedIn> {
    const { newId, now, secrets, transaction } = this.#deps;
    const at = now();
    const sessionId = newId();
    const refreshToken = this.#random();
    const signingKey = this.#random();
    const { deviceHash, userAgent, ip } = callerOf(client);
    const sealed = secrets.box.seal(signingKey, signingKeyContext(sessionId), secrets.randomBytes(SEAL_RANDOM_BYTES));
    const session = {
      session_id: sessionId, user_id: userId, device_hash: deviceHash, user_agent: userAgent, ip, signing_key_sealed: sealed,
      second_factor_at: secondFactorAt === null ? null : new Date(secondFactorAt), created_at: new Date(at), expires_at: new Date(at + SESSION_MS),
    };
    await transaction(async ({ sessions, audit }) => {
      await sessions.insert(session, hashOf(refreshToken));
      await audit({ actor: actorOf(userId, client), action: 'session.started', subject: subjectOf(sessionId), after: { second_factor: secondFactorAt !== null } });
    });
    return this.#signedIn({ userId, email, role, sessionId, secondFactorAt }, refreshToken, signingKey, at + SESSION_MS);
  }

  /**
   * Renews a session: the token gives way to its child (rules A1 to A3).
   * @param csrfToken what the page repeats; `undefined` where no cookie was involved
   * @throws AppError REFRESH_TOKEN_INVALID, CSRF_TOKEN_INVALID
   */
  async refresh(refreshToken: string, csrfToken: string | null | undefined, client: Client): Promise<SignedIn> {
    const hash = hashOf(refreshToken);
    const row = await this.#deps.repository.findToken(hash);
    if (!row || !this.#isAlive(row)) throw await this.#refused(row, client);
    const signingKey = this.#openSealed(row.signing_key_sealed, signingKeyContext(row.session_id));
    if (csrfToken !== undefined && !same(csrfToken ?? '', csrfTokenOf(signingKey))) throw new AppError('CSRF_TOKEN_INVALID');
    const child = (row.used_at === null ? await this.#renew(hash, row, client) : null) ?? (await this.#childOfUsed(hash, client));
    const secondFactorAt = row.second_factor_at?.getTime() ?? null;
    return this.#signedIn({ userId: row.user_id, email: row.email, role: row.role, sessionId: row.session_id, secondFactorAt }, child, signingKey, row.expires_at.getTime());
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

  /** The child, or `null` when another caller has made it. */
  async #renew(tokenHash: Buffer, row: RefreshTokenRow, client: Client): Promise<string | null> {
    const { box, randomBytes } = this.#deps.secrets;
    const child = this.#random();
    const caller = callerOf(client);
    const childSealed = box.seal(child, childContext(row.session_id, tokenHash), randomBytes(SEAL_RANDOM_BYTES));
    const renewal = { tokenHash, childHash: hashOf(child), childSealed, at: this.#deps.now(), caller };
    return this.#deps.transaction(async ({ sessions, audit }) => {
      if (!(await sessions.renew(renewal))) return null;
      // A device is told by what it says of itself, which proves nothing: another one is put on record, and not turned away (rule A13).
      const after = { device_changed: !row.device_hash.equals(caller.deviceHash) };
      await audit({ actor: actorOf(row.user_id, client), action: 'session.renewed', subject: subjectOf(row.session_id), after });
      return child;
    });
  }

  /** Of a token that was used before: the same child for whoever asked twice at once, else the end of the session. */
  async #childOfUsed(hash: Buffer, client: Client): Promise<string> {
    const row = await this.#deps.repository.findToken(hash);
    if (!row || row.used_at === null || !this.#isAlive(row)) throw await this.#refused(row, client);
    const inGrace = this.#deps.graceSeconds > 0 && this.#deps.now() - row.used_at.getTime() <= this.#deps.graceSeconds * 1000;
    const childWaits = row.child_sealed !== null && row.child_used_at === null;
    if (inGrace && childWaits && row.device_hash.equals(callerOf(client).deviceHash)) return this.#openSealed(row.child_sealed, childContext(row.session_id, hash));
    await this.#endStolen(row, client);
    throw new AppError('REFRESH_TOKEN_INVALID');
  }

  /** Somebody has a token they should not have, and nobody can tell who: both lose the session. */
  async #endStolen({ user_id, email, session_id }: RefreshTokenRow, client: Client): Promise<void> {
    const ended = await this.#deps.transaction(async ({ sessions, audit, mail }) => {
      const ids = await sessions.end(user_id, { only: session_id }, 'refresh_token_reused');
      if (ids.length === 0) return ids;
      await audit({ actor: { kind: 'system', id: 'sessions', ip: client.ip, requestId: client.requestId }, action: 'session.refresh_token_reused', subject: subjectOf(session_id), after: { user_id } });
      await mail({ to: email, template: 'alert', data: { kind: 'refresh_token_reused', severity: 'HIGH', description: REUSED } });
      return ids;
    });
    this.#deps.ended(ended);
  }

  async #refused(row: RefreshTokenRow | null, client: Client): Promise<AppError> {
    const subject = row ? subjectOf(row.session_id) : { kind: 'session', id: 'unknown' };
    const actor = row ? actorOf(row.user_id, client) : { kind: 'system' as const, id: 'stranger', ip: client.ip, requestId: client.requestId };
    await this.#deps.transaction(({ audit }) => audit({ actor, action: 'session.refresh_refused', subject }));
    return new AppError('REFRESH_TOKEN_INVALID');
  }

  #isAlive({ ended_at, expires_at }: RefreshTokenRow): boolean {
    return ended_at === null && expires_at.getTime() > this.#deps.now();
  }

  #signedIn(holder: TokenHolder, refreshToken: string, signingKey: string, endsAt: number): SignedIn {
    const endsIn = Math.floor((endsAt - this.#deps.now()) / 1000);
    return { ...this.#deps.accessToken(holder), sessionId: holder.sessionId, refreshToken, signingKey, csrfToken: csrfTokenOf(signingKey), endsIn };
  }

  #openSealed(sealed: string | null, context: readonly string[]): string {
    const opened = sealed === null ? null : this.#deps.secrets.box.open(sealed, context);
    if (opened === null) throw new Error(`${context[0]} of session ${context[1]} does not open with ENCRYPTION_KEY.`);
    return opened;
  }

  #random(): string {
    return this.#deps.secrets.randomBytes(TOKEN_BYTES).toString('base64url');
  }
}

const REUSED = 'A session of yours was renewed with a key that had been used before, so somebody else may have a copy of it. We have ended that session. Sign in again; if this was not you, change your password.';

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const same = (one: string, other: string): boolean => timingSafeEqual(hashOf(one), hashOf(other));
const signingKeyContext = (sessionId: string): readonly string[] => ['session-signing-key', sessionId];
const childContext = (sessionId: string, parent: Buffer): readonly string[] => ['refresh-token', sessionId, parent.toString('base64url')];
/** One for the whole session, so that two tabs that renew at once agree on it. */
const csrfTokenOf = (signingKey: string): string => createHmac('sha256', signingKey).update('csrf').digest('base64url');

function callerOf({ device, userAgent, ip }: Client): Caller {
  return { deviceHash: hashOf(device === null ? `agent ${userAgent}` : `device ${device}`), userAgent: userAgent.slice(0, USER_AGENT_CHARACTERS_MAX), ip };
}

const actorOf = (userId: number, { ip, requestId }: Client): Actor => ({ kind: 'user', id: String(userId), ip, requestId });
const subjectOf = (sessionId: string): AuditEntry['subject'] => ({ kind: 'session', id: sessionId });

function viewOf({ session_id: id, name, user_agent, ip, created_at, last_used_at, expires_at }: SessionRow, current: string | null): SessionView {
  return { id, name, user_agent, ip, created_at: created_at.toISOString(), last_used_at: last_used_at.toISOString(), expires_at: expires_at.toISOString(), current: id === current };
}
