import type pg from 'pg';
import type { Sql } from '../../db/connection.ts';

/** As its owner sees it. Times are `Date`. */
export interface ApiKeyRow {
  id: string;
  name: string;
  scopes: string[];
  ip_allow_list: string[];
  require_version_2: boolean;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}

export interface NewApiKey extends Omit<ApiKeyRow, 'last_used_at'> {
  user_id: number;
  secret_sealed: string;
}

/** What a node needs to check a signature. */
export interface ApiKeyCredentialRow {
  id: string;
  user_id: number;
  scopes: string[];
  ip_allow_list: string[];
  require_version_2: boolean;
  secret_sealed: string;
  expires_at: Date | null;
  /** Its owner has to show first that the account is theirs. */
  held: boolean;
}

const COLUMNS = ['id', 'name', 'scopes', 'ip_allow_list', 'require_version_2', 'created_at', 'expires_at', 'last_used_at'] as const;

/** A user's own keys, in a transaction that says whose they are. */
export class ApiKeysRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first. */
  async list(): Promise<ApiKeyRow[]> {
    return (await this.#sql('auth.api_keys').select(...COLUMNS).whereNull('revoked_at').orderBy('id', 'desc')) as ApiKeyRow[];
  }

  /**
   * How many keys of the user can sign at this moment. Whoever makes one waits here for whoever makes another, so that two at once are not
   * both the last.
   */
  async countActive(userId: number, now: number): Promise<number> {
    await this.#sql.raw('select pg_advisory_xact_lock(?, ?)', [API_KEYS_LOCK, userId % LOCKS]);
    const { rows } = (await this.#sql.raw('select count(*)::int as active from auth.api_keys where revoked_at is null and (expires_at is null or expires_at > ?)', [new Date(now)])) as { rows: { active: number }[] };
    return rows[0]!.active;
  }

  async insert(key: NewApiKey): Promise<void> {
    await this.#sql('auth.api_keys').insert(key);
  }

  /** Ends it, and with it its secret. @returns its name, or `null` when the user has no such key */
  async revoke(id: string, now: number): Promise<string | null> {
    const { rows } = (await this.#sql.raw('update auth.api_keys set revoked_at = ?, secret_sealed = null where id = ? and revoked_at is null returning name', [new Date(now), id])) as { rows: { name: string }[] };
    return rows[0]?.name ?? null;
  }

  /** Ends all that were made since then. */
  async revokeSince(since: Date, now: Date): Promise<{ id: string; name: string }[]> {
    const { rows } = (await this.#sql.raw('update auth.api_keys set revoked_at = ?, secret_sealed = null where created_at >= ? and revoked_at is null returning id, name', [now, since])) as {
      rows: { id: string; name: string }[];
    };
    return rows;
  }
}

const API_KEYS_LOCK = 15_000;
/** The second half of an advisory lock's name is an integer. */
const LOCKS = 2_147_483_647;

/** Keys of all users, for the memory of a node. As role writer. */
export class ApiKeyCredentialsRepository {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Those that expired not long ago, too: their owner is told so. @param since expired before this: left out */
  async load(since: number): Promise<ApiKeyCredentialRow[]> {
    const { rows } = await this.#pool.query<ApiKeyCredentialRow>(
      `select k.id, user_id::float8 as user_id, scopes, ip_allow_list, require_version_2, secret_sealed, expires_at, u.reverify_since is not null as held
       from auth.api_keys k join auth.users u on u.id = k.user_id where revoked_at is null and (expires_at is null or expires_at > $1)`,
      [new Date(since)],
    );
    return rows;
  }

  /** @param uses when each key was last used, in milliseconds since 1970 */
  async noteUses(uses: ReadonlyMap<string, number>): Promise<void> {
    await this.#pool.query(
      `update auth.api_keys k set last_used_at = u.at from unnest($1::uuid[], $2::timestamptz[]) as u (id, at)
       where k.id = u.id and k.revoked_at is null and (k.last_used_at is null or k.last_used_at < u.at)`,
      [[...uses.keys()], [...uses.values()].map((at) => new Date(at))],
    );
  }
}
