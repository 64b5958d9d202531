import type pg from 'pg';
import type { PreparedQueries } from './connection.ts';
import { withClient } from './with-client.ts';

/**
 * Reads all tables as of one moment. What is large takes longer to read than any other query may.
 * @param milliseconds for each statement
 */
export function inSnapshot<T>(pool: pg.Pool, milliseconds: number, work: (sql: PreparedQueries) => Promise<T>): Promise<T> {
  return withClient(pool, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set local statement_timeout = ${milliseconds}; set local idle_in_transaction_session_timeout = ${milliseconds}`);
    const result = await work({ query: (statement) => client.query({ ...statement, query_timeout: milliseconds } as typeof statement) });
    await client.query('commit');
    return result;
  });
}
