import knexLib, { type Knex } from 'knex';
import pg from 'pg';
import { dropSilentOnes, dropSilentOnesOf } from './dead-connections.ts';

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
/** No transaction of ours waits for anything but its next statement. One that does is of a process that hangs or cannot be reached, and keeps what it has locked from all. */
export const IDLE_TRANSACTION_MS = 10_000;

/**
 * @param url the app's login. `writer` is a role this login may take; it is taken at connection start, so no query can forget to.
 * @param poolMax connections per pool
 */
export function connect(url: string, poolMax: number, onError: (error: Error) => void): Database {
  const base = connectionBase(url);
  const app = knex({
    client: 'pg',
    // The version before does not name the user to the newest policies, and is let past them while it still runs. We are not (decision 0020).
    connection: { ...base, ...SERVER_LIMITS, application_name: 'app', options: '-c app.names_user=on' },
    pool: { min: 0, max: poolMax },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
    // An error's message has the statement in it, and would have the values, too, where a question mark stands.
    compileSqlOnError: false,
    // Left to itself knex writes to the console, past the log.
    log: { warn: (text: unknown) => onError(new Error(String(text))), error: (text: unknown) => onError(new Error(String(text))), deprecate: () => undefined, debug: () => undefined },
  });
  dropSilentOnesOf(app, QUERY_TIMEOUT_MS);
  const writer = openWriterPool(url, poolMax, 'writer', onError);
  return {
    app,
    writer,
    close: async () => {
      await Promise.all([app.destroy(), writer.end()]);
    },
  };
}

/**
 * Connections as role `writer`. The server gives a statement up too, when we do: none may hold its rows long after.
 * @param name what the connections are called in pg_stat_activity
 * @param settings of the server, for these connections
 */
export function openWriterPool(url: string, max: number, name: string, onError: (error: Error) => void, settings: readonly string[] = []): pg.Pool {
  const pool = new pg.Pool({ ...connectionBase(url), ...SERVER_LIMITS, application_name: name, options: ['role=writer', ...settings].map((setting) => `-c ${setting}`).join(' '), max, idleTimeoutMillis: 60_000 });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', onError);
  dropSilentOnes(pool, QUERY_TIMEOUT_MS);
  return pool;
}

/** The server gives up when we do. */
const SERVER_LIMITS = { statement_timeout: QUERY_TIMEOUT_MS, idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS };

const connectionBase = (url: string) => ({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true });
