import knexLib, { type Knex } from 'knex';
import pg from 'pg';

const { knex } = knexLib;

export type Sql = Knex | Knex.Transaction;

/** A statement with a name is planned once per connection. For the few statements that run thousands of times a second. */
export interface PreparedQueries {
  query<Row extends pg.QueryResultRow>(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export interface Database {
  /** As role `app`: owns nothing, sees user- and partner-owned rows only through `asUser` and `asPartner`. */
  readonly app: Knex;
  /** As role `writer`: appends to the ledger, and what the engine writes. */
  readonly writer: pg.Pool;
  readonly close: () => Promise<void>;
}

export const QUERY_TIMEOUT_MS = 5_000;
export const CONNECT_TIMEOUT_MS = 3_000;

/**
 * @param url the app's login. `writer` is a role this login may take; it is taken at connection start, so no query can forget to.
 * @param poolMax connections per pool
 */
export function connect(url: string, poolMax: number, onError: (error: Error) => void): Database {
  const base = { connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: QUERY_TIMEOUT_MS, keepAlive: true };
  const app = knex({
    client: 'pg',
    connection: { ...base, application_name: 'app' },
    pool: { min: 0, max: poolMax },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
  });
  const writer = new pg.Pool({ ...base, application_name: 'writer', options: '-c role=writer', max: poolMax, idleTimeoutMillis: 60_000 });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  writer.on('error', onError);
  return {
    app,
    writer,
    close: async () => {
      await Promise.all([app.destroy(), writer.end()]);
    },
  };
}
