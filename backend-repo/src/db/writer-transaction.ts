import type pg from 'pg';
import type { PreparedQueries } from './connection.ts';

/** A transaction as role `writer`, on one connection of its pool. */
export async function inWriterTransaction<T>(pool: pg.Pool, work: (sql: PreparedQueries) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // A connection that cannot even roll back is thrown away, not handed to the next caller.
    const broken = await client.query('rollback').then(
      () => undefined,
      (failure: Error) => failure,
    );
    client.release(broken);
    throw error;
  }
}
