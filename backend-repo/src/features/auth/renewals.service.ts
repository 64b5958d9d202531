import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import { childContext, csrfTokenOf, isSameText, signingKeyContext, tokenHash } from '../../domain/session-secrets.ts';
import { AppError } from '../../errors.ts';
import type { LoginRisk } from './login-guard.service.ts';
import type { RefreshTokenRow, SessionsRepository } from './sessions.repository.ts';
import { actorOf, callerOf, subjectOf, TOKEN_BYTES, type Client, type SessionsService, type SessionTables, type SignedIn } from './sessions.service.ts';

export interface RenewalsDeps {
  readonly transaction: <T>(work: (tables: SessionTables) => Promise<T>) => Promise<T>;
  readonly repository: Pick<SessionsRepository, 'findToken'>;
  readonly sessions: Pick<SessionsService, 'signedIn' | 'followEnds'>;
  readonly secrets: { readonly box: SecretBox; readonly randomBytes: (bytes: number) => Buffer };
  readonly risk: (risk: LoginRisk) => void;
  /** How long a token that was just used still gives the child it has. 0: not at all. */
  readonly graceSeconds: number;
  readonly now: () => number;
}

/** Renewing sessions: a refresh token is good once (rules A1 to A3, decision 0020). */
export class RenewalsService {
  readonly #deps: RenewalsDeps;

  constructor(deps: RenewalsDeps) {
    this.#deps = deps;
  }

  /**
   * Renews a session: the token gives way to its child (rules A1 to A3).
   * @param csrfToken what the page repeats; `undefined` where no cookie was involved
   * @throws AppError REFRESH_TOKEN_INVALID, CSRF_TOKEN_INVALID
   */
  async refresh(refreshToken: string, csrfToken: string | null | undefined, client: Client): Promise<SignedIn> {
    const hash = tokenHash(refreshToken);
    const row = await this.#deps.repository.findToken(hash);
    if (!row || !this.#isAlive(row)) throw await this.#refused(row, client);
    const signingKey = this.#openSealed(row.signing_key_sealed, signingKeyContext(row.session_id));
    if (csrfToken !== undefined && !isSameText(csrfToken ?? '', csrfTokenOf(signingKey))) throw new AppError('CSRF_TOKEN_INVALID');
    const child = (row.used_at === null ? await this.#renew(hash, row, client) : null) ?? (await this.#childOfUsed(hash, client));
    const secondFactorAt = row.second_factor_at?.getTime() ?? null;
    const holder = { userId: row.user_id, email: row.email, role: row.role, sessionId: row.session_id, secondFactorAt };
    return this.#deps.sessions.signedIn(holder, { refreshToken: child, signingKey, endsAt: row.expires_at.getTime() });
  }

  /** The child, or `null` when another caller has made it. */
  async #renew(parent: Buffer, row: RefreshTokenRow, client: Client): Promise<string | null> {
    const { box, randomBytes } = this.#deps.secrets;
    const child = randomBytes(TOKEN_BYTES).toString('base64url');
    const caller = callerOf(client);
    const childSealed = box.seal(child, childContext(row.session_id, parent), randomBytes(SEAL_RANDOM_BYTES));
    const renewal = { tokenHash: parent, childHash: tokenHash(child), childSealed, at: this.#deps.now(), caller };
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
    this.#deps.sessions.followEnds(ended);
    if (ended.length > 0) this.#deps.risk({ kind: 'refresh_token_reused', severity: 'HIGH', userId: user_id, description: 'A refresh token was shown again: somebody may have a copy of it.', metadata: { address: client.ip, session_id } });
  }

  /** A token that nobody ever had says nothing of anybody: such refusals are counted by address, like those of other credentials. */
  async #refused(row: RefreshTokenRow | null, client: Client): Promise<AppError> {
    if (row) await this.#deps.transaction(({ audit }) => audit({ actor: actorOf(row.user_id, client), action: 'session.refresh_refused', subject: subjectOf(row.session_id) }));
    return new AppError('REFRESH_TOKEN_INVALID');
  }

  #isAlive({ ended_at, expires_at }: RefreshTokenRow): boolean {
    return ended_at === null && expires_at.getTime() > this.#deps.now();
  }

  #openSealed(sealed: string | null, context: readonly string[]): string {
    const opened = sealed === null ? null : this.#deps.secrets.box.open(sealed, context);
    if (opened === null) throw new Error(`${context[0]} of session ${context[1]} does not open with ENCRYPTION_KEY.`);
    return opened;
  }
}

const REUSED = 'A session of yours was renewed with a key that had been used before, so somebody else may have a copy of it. We have ended that session. Sign in again; if this was not you, change your password.';
