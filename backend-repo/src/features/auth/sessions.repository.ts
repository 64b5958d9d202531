import type { Sql } from '../../db/connection.ts';
import type { UserRole } from './auth.repository.ts';

export type EndReason = 'logout' | 'logout_all' | 'ended_by_user' | 'refresh_token_reused' | 'password_changed' | 'second_factor_changed' | 'ended_by_staff' | 'device_denied' | 'device_forgotten' | 'reverification';

export interface NewSession {
  readonly session_id: string;
  readonly user_id: number;
  readonly device_hash: Buffer;
  /** Of the device by which the account met the client; `null`: by none. */
  readonly device_id: number | null;
  readonly user_agent: string;
  readonly ip: string;
  readonly signing_key_sealed: string;
  readonly second_factor_at: Date | null;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** Where a request comes from. */
export interface Caller {
  readonly deviceHash: Buffer;
  readonly userAgent: string;
  readonly ip: string;
}

/** A refresh token, with its session and whose it is. */
export interface RefreshTokenRow {
  readonly session_id: string;
  readonly used_at: Date | null;
  readonly child_sealed: string | null;
  /** Of its child; `null` while there is none, or it is the one alive. */
  readonly child_used_at: Date | null;
  readonly device_hash: Buffer;
  readonly signing_key_sealed: string;
  readonly second_factor_at: Date | null;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly user_id: number;
  readonly email: string;
  readonly role: UserRole;
}

export interface SessionRow {
  readonly session_id: string;
  readonly name: string | null;
  readonly user_agent: string;
  readonly ip: string;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
  readonly second_factor_at: Date | null;
}

export interface Renewal {
  readonly tokenHash: Buffer;
  readonly childHash: Buffer;
  readonly childSealed: string;
  readonly at: number;
  readonly caller: Caller;
}

/** A session ends for good: it is at most so old, and more are not shown. */
const SESSIONS_MAX = 1_000;

export class SessionsRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(session: NewSession, tokenHash: Buffer): Promise<void> {
    await this.#sql('auth.sessions').insert({ ...session, last_used_at: session.created_at });
    await this.#sql('auth.refresh_tokens').insert({ token_hash: tokenHash, session_id: session.session_id, created_at: session.created_at });
  }

  async findToken(tokenHash: Buffer): Promise<RefreshTokenRow | null> {
    const { rows } = (await this.#sql.raw(
      `select t.session_id, t.used_at, t.child_sealed, c.used_at as child_used_at, s.device_hash, s.signing_key_sealed, s.second_factor_at, s.expires_at, s.ended_at,
              u.id::float8 as user_id, u.email, u.role
       from auth.refresh_tokens t join auth.sessions s using (session_id) join auth.users u on u.id = s.user_id
         left join auth.refresh_tokens c on c.parent_hash = t.token_hash
       where t.token_hash = ?`,
      [tokenHash],
    )) as { rows: RefreshTokenRow[] };
    return rows[0] ?? null;
  }

  /** False when it has been used: this statement decides which of many callers makes the child. What its own parent held of it is gone then. */
  async renew({ tokenHash, childHash, childSealed, at, caller }: Renewal): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `with spent as (
         update auth.refresh_tokens t set used_at = :at, child_sealed = :childSealed from auth.sessions s
         where t.token_hash = :tokenHash and t.used_at is null and s.session_id = t.session_id and s.ended_at is null and s.expires_at > :at
         returning t.session_id, t.token_hash, t.parent_hash
       ), child as (
         insert into auth.refresh_tokens (token_hash, session_id, parent_hash, created_at) select :childHash, session_id, token_hash, :at from spent
       ), forgotten as (
         update auth.refresh_tokens p set child_sealed = null from spent where p.token_hash = spent.parent_hash
       ), touched as (
         update auth.sessions s set last_used_at = :at, ip = :ip, user_agent = :userAgent, device_hash = :deviceHash from spent where s.session_id = spent.session_id
       )
       select session_id from spent`,
      { tokenHash, childHash, childSealed, at: new Date(at), ...caller },
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  async listActive(userId: number, at: number): Promise<SessionRow[]> {
    return (await this.#active(userId, at)
      .orderBy('created_at', 'desc')
      .limit(SESSIONS_MAX)
      .select('session_id', 'name', 'user_agent', 'ip', 'created_at', 'last_used_at', 'expires_at', 'second_factor_at')) as SessionRow[];
  }

  /** False when this user has no such session. */
  async rename(userId: number, sessionId: string, name: string | null, at: number): Promise<boolean> {
    return (await this.#active(userId, at).where({ session_id: sessionId }).update({ name })) === 1;
  }

  /** What ended, which is nothing where somebody else was faster. */
  async end(userId: number, which: { readonly only: string } | { readonly allBut: string | null } | { readonly onDevice: number }, reason: EndReason): Promise<string[]> {
    const sessions = this.#sql('auth.sessions').where({ user_id: userId }).whereNull('ended_at');
    if ('only' in which) void sessions.where({ session_id: which.only });
    else if ('onDevice' in which) void sessions.where({ device_id: which.onDevice });
    else if (which.allBut !== null) void sessions.whereNot({ session_id: which.allBut });
    const rows = (await sessions.update({ ended_at: this.#sql.fn.now(), end_reason: reason }).returning('session_id')) as { session_id: string }[];
    return rows.map(({ session_id }) => session_id);
  }

  /** Since a code of the second factor was last shown there. @returns what an access token of it says, or `null` when it is over */
  async setSecondFactorAt(userId: number, sessionId: string, at: number): Promise<{ email: string; role: UserRole } | null> {
    const { rows } = (await this.#sql.raw(
      `update auth.sessions s set second_factor_at = :at from auth.users u
       where s.session_id = :sessionId and s.user_id = :userId and u.id = s.user_id and s.ended_at is null and s.expires_at > :at returning u.email, u.role`,
      { userId, sessionId, at: new Date(at) },
    )) as { rows: { email: string; role: UserRole }[] };
    return rows[0] ?? null;
  }

  /** As it is sealed; `null` when this user has no such session, or it has ended. */
  async findSigningKey(sessionId: string, userId: number): Promise<string | null> {
    const row = (await this.#sql('auth.sessions').where({ session_id: sessionId, user_id: userId }).whereNull('ended_at').first('signing_key_sealed')) as { signing_key_sealed: string } | undefined;
    return row?.signing_key_sealed ?? null;
  }

  /** Ended within so many seconds, by the clock of the database. */
  async listEnded(seconds: number): Promise<string[]> {
    const { rows } = (await this.#sql.raw(`select session_id from auth.sessions where ended_at > now() - make_interval(secs => ?)`, [seconds])) as { rows: { session_id: string }[] };
    return rows.map(({ session_id }) => session_id);
  }

  /** Those that were over before a moment, with their tokens. @returns how many */
  async purge(before: number, most: number): Promise<number> {
    const { rowCount } = (await this.#sql.raw(
      'delete from auth.sessions where session_id in (select session_id from auth.sessions where expires_at < ? order by expires_at limit ?)',
      [new Date(before), most],
    )) as { rowCount: number };
    return rowCount;
  }

  #active(userId: number, at: number) {
    return this.#sql('auth.sessions').where({ user_id: userId }).whereNull('ended_at').where('expires_at', '>', new Date(at));
  }
}
