import { REMEMBER_AFTER_EXPIRY_MS, resultToJson } from './nonce-store.ts';
import type { NonceStore } from './nonce-store.ts';
import type { FirstResult } from './refusal.ts';

/** What we need of a Postgres client: `pg`'s Pool, Client and PoolClient fit as they are. */
export interface PgLike {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[]; rowCount?: number | null }>;
}

export interface PostgresNonceStoreOptions {
  /** Table, with its schema if it has one; default `trade_token_nonces`. Lower-case letters, digits and _. */
  readonly table?: string;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
}

export interface PostgresNonceStore extends NonceStore {
  /** Delete what need not be remembered any more, at most `limit` rows (default 10,000). Resolves to how many. Run it each minute. */
  purge(limit?: number): Promise<number>;
}

const TABLE = /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/;

/** The table of the store, as SQL for your migrations. Safe to run again. */
export function nonceTableSql(table = 'trade_token_nonces'): string {
  checkTable(table);
  const index = `${table.slice(table.indexOf('.') + 1)}_remember_until`;
  return `create table if not exists ${table} (
  exchange_id text not null,
  jti uuid not null,
  remember_until timestamptz not null,
  result jsonb,
  spent_at timestamptz not null default now(),
  primary key (exchange_id, jti)
);
create index if not exists ${index} on ${table} (remember_until);
`;
}

/**
 * Spent tokens in your Postgres, shared by all of your servers. The primary key decides who was first. Give it the client of an open
 * transaction to spend the token and store the order together. Reach for a pool with a `statement_timeout`.
 */
export function postgresNonceStore(client: PgLike, options: PostgresNonceStoreOptions = {}): PostgresNonceStore {
  const { table = 'trade_token_nonces', now = Date.now } = options;
  checkTable(table);

  const recall: NonNullable<NonceStore['recall']> = async ({ exchangeId, jti }) => {
    const { rows } = await client.query(`select result from ${table} where exchange_id = $1 and jti = $2`, [exchangeId, jti]);
    if (rows.length === 0) return undefined;
    const result = resultOf(rows[0]);
    return result ? { first: false, result } : { first: false };
  };

  return {
    recall,
    async spend({ exchangeId, jti, expiresAt }) {
      const rememberUntil = new Date(expiresAt + REMEMBER_AFTER_EXPIRY_MS);
      const { rows } = await client.query(
        `insert into ${table} (exchange_id, jti, remember_until) values ($1, $2, $3) on conflict do nothing returning jti`,
        [exchangeId, jti, rememberUntil],
      );
      if (rows.length === 1) return { first: true };
      return (await recall({ exchangeId, jti })) ?? { first: false };
    },
    async recordResult({ exchangeId, jti }, result) {
      await client.query(`update ${table} set result = $3 where exchange_id = $1 and jti = $2 and result is null`, [exchangeId, jti, resultToJson(result)]);
    },
    async purge(limit = 10_000) {
      const { rows } = await client.query(
        `delete from ${table} where ctid in (select ctid from ${table} where remember_until <= $1 limit $2) returning 1`,
        [new Date(now()), limit],
      );
      return rows.length;
    },
  };
}

function checkTable(table: string): void {
  if (!TABLE.test(table)) throw new TypeError('table must be a plain lower-case name, with or without a schema');
}

function resultOf(row: unknown): FirstResult | undefined {
  const result: unknown = typeof row === 'object' && row !== null && 'result' in row ? row.result : undefined;
  return typeof result === 'object' && result !== null ? (result as FirstResult) : undefined;
}
