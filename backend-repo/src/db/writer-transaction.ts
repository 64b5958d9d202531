import type pg from 'pg';
import type { PreparedQueries } from './connection.ts';
import { withClient } from './with-client.ts';

/** A transaction as role `writer`, on one connection of its pool. A failure ends the connection, and with it the transaction. */
export function inWriterTransaction<T>(pool: pg.Pool, work: (sql: PreparedQueries) => Promise<T>): Promise<T> {
  return withClient(pool, async (client) => {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  });
}
