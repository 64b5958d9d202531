import type { Sql } from '../../db/connection.ts';

export type LockScope = 'source' | 'account' | 'device';

export interface LockName {
  readonly scope: LockScope;
  readonly key: string;
  /** Digest of the address that was typed, whether or not somebody has it. */
  readonly account: string;
}

export interface Situation {
  readonly account: string;
  readonly knownDevice: boolean;
  readonly blockedUntil: Date | null;
}

/** An attempt of which no outcome was told within this time is no longer being judged. */
const OPEN_SECONDS = 10;
/** After a quiet day the count begins anew. */
const MEMORY_SECONDS = 86_400;

const DIGEST = `encode(sha256(convert_to(lower(?), 'UTF8')), 'hex')`;

export class LoginGuardRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** One statement, the same for an address that nobody has. */
  async situation(email: string, secretHash: Buffer | null, address: string, now: Date): Promise<Situation> {
    const { rows } = (await this.#sql.raw(
      `select ${DIGEST} as account,
         exists (select from auth.devices d join auth.users u on u.id = d.user_id where lower(u.email) = lower(?) and d.secret_hash = ?) as "knownDevice",
         (select until from auth.blocked_addresses where address = ? and until > ?) as "blockedUntil"`,
      [email, email, secretHash, address, now],
    )) as { rows: [Situation] };
    return rows[0];
  }

  /**
   * Takes a place among the attempts that are being judged: the WHERE clause decides, also between nodes.
   * @returns `null` when let in, otherwise when to come again
   */
  async open({ scope, key, account }: LockName, threshold: number, now: Date): Promise<Date | null> {
    const { rows } = (await this.#sql.raw(
      `insert into auth.login_locks as l (scope, key, account, open, opened_at) values (:scope, :key, :account, 1, :now)
       on conflict (scope, key) do update set
         failures = case when greatest(l.failed_at, l.locked_until) <= :now::timestamptz - make_interval(secs => :memory) then 0 else l.failures end,
         open = case when l.opened_at <= :now::timestamptz - make_interval(secs => :patience) then 1 else l.open + 1 end,
         opened_at = excluded.opened_at
       where (l.locked_until is null or l.locked_until <= :now)
         and (l.opened_at <= :now::timestamptz - make_interval(secs => :patience) or l.open < greatest(1, :threshold - l.failures))
       returning 1`,
      { scope, key, account, now, threshold, memory: MEMORY_SECONDS, patience: OPEN_SECONDS },
    )) as { rows: unknown[] };
    if (rows.length === 1) return null;
    const row = (await this.#sql('auth.login_locks').where({ scope, key }).first('locked_until')) as { locked_until: Date | null } | undefined;
    const inASecond = new Date(now.getTime() + 1_000);
    return row?.locked_until && row.locked_until > inASecond ? row.locked_until : inASecond;
  }

  /** @returns failures so far, and until when it was locked before this one */
  async countFailure({ scope, key, account }: LockName, now: Date): Promise<{ failures: number; lockedUntil: Date | null }> {
    const { rows } = (await this.#sql.raw(
      `insert into auth.login_locks as l (scope, key, account, failures, opened_at, failed_at) values (:scope, :key, :account, 1, :now, :now)
       on conflict (scope, key) do update set failures = l.failures + 1, open = greatest(l.open - 1, 0), failed_at = :now
       returning failures, locked_until as "lockedUntil"`,
      { scope, key, account, now },
    )) as { rows: [{ failures: number; lockedUntil: Date | null }] };
    return rows[0];
  }

  async lock({ scope, key }: LockName, until: Date): Promise<void> {
    await this.#sql('auth.login_locks').where({ scope, key }).update({ locked_until: until });
  }

  /** The attempt is judged, and right. */
  async closeRight(name: LockName): Promise<void> {
    const { scope, key } = name;
    if (scope === 'account') await this.leave(name);
    else await this.#sql('auth.login_locks').where({ scope, key }).delete();
  }

  /** Gives back the place that `open` took, and leaves the failures as they are. */
  async leave({ scope, key }: LockName): Promise<void> {
    await this.#sql.raw('update auth.login_locks set open = greatest(open - 1, 0) where scope = ? and key = ?', [scope, key]);
  }

  async lockedSources(account: string, now: Date, threshold: number): Promise<number> {
    const row = await this.#sql('auth.login_locks').where({ scope: 'source', account }).where('locked_until', '>', now).where('failures', '>=', threshold).count({ count: '*' }).first();
    return Number((row as { count: string }).count);
  }

  /** Whoever can read the owner's mail need not wait. @returns how many locks and counts of failures are gone */
  async forgive(userId: number, now: Date): Promise<number> {
    const { rows } = (await this.#sql.raw(
      `with gone as (delete from auth.login_locks using auth.users u where u.id = ? and account = encode(sha256(convert_to(lower(u.email), 'UTF8')), 'hex') returning failures, locked_until)
       select count(*)::int as count from gone where failures > 0 or locked_until > ?`,
      [userId, now],
    )) as { rows: [{ count: number }] };
    return rows[0].count;
  }

  /** With the failures that led to it, or the next one would block it again. False when it was not blocked. */
  async unblock(address: string, now: Date): Promise<boolean> {
    await this.#sql('auth.login_failures').where({ address }).delete();
    const rows = (await this.#sql('auth.blocked_addresses').where({ address }).delete().returning('until')) as { until: Date }[];
    return rows.some(({ until }) => until > now);
  }

  async accountOf(email: string): Promise<string> {
    const { rows } = (await this.#sql.raw(`select ${DIGEST} as account`, [email])) as { rows: [{ account: string }] };
    return rows[0].account;
  }

  async findPerson(userId: number): Promise<{ email: string; account: string } | null> {
    const { rows } = (await this.#sql.raw(`select email, encode(sha256(convert_to(lower(email), 'UTF8')), 'hex') as account from auth.users where id = ?`, [userId])) as {
      rows: { email: string; account: string }[];
    };
    return rows[0] ?? null;
  }

  /** @returns failures from there since then, this one included */
  async addFailureOfAddress(address: string, now: Date, since: Date): Promise<number> {
    await this.#sql('auth.login_failures').insert({ address, at: now });
    const row = await this.#sql('auth.login_failures').where({ address }).where('at', '>', since).count({ count: '*' }).first();
    return Number((row as { count: string }).count);
  }

  async blockedUntil(address: string, now: Date): Promise<Date | null> {
    const row = (await this.#sql('auth.blocked_addresses').where({ address }).where('until', '>', now).first('until')) as { until: Date } | undefined;
    return row?.until ?? null;
  }

  /** False when it is blocked already: a block is never made longer. */
  async blockAddress(address: string, now: Date, until: Date): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `insert into auth.blocked_addresses as b (address, since, until) values (:address, :now, :until)
       on conflict (address) do update set since = excluded.since, until = excluded.until where b.until <= :now returning 1`,
      { address, now, until },
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  /** What counts for nothing any more. */
  async purge(now: Date): Promise<void> {
    const dayAgo = new Date(now.getTime() - MEMORY_SECONDS * 1_000);
    await this.#sql('auth.login_failures').where('at', '<', dayAgo).delete();
    await this.#sql('auth.blocked_addresses').where('until', '<', now).delete();
    await this.#sql('auth.login_locks').where('opened_at', '<', dayAgo).where((lock) => void lock.whereNull('locked_until').orWhere('locked_until', '<', dayAgo)).delete();
  }
}
