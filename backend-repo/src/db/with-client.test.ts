import { expect, test } from '@jest/globals';
import pg from 'pg';
import { cloneDatabase } from '../testing/postgres.ts';
import { openWriterPool } from './connection.ts';
import { inWriterTransaction } from './writer-transaction.ts';

test.each(['between two queries', 'in the middle of one'])('a connection that dies %s fails its transaction, not the process', async (when) => {
  const database = await cloneDatabase();
  const pool = openWriterPool(database.appUrl, 2, 'dying', () => undefined);
  const killer = new pg.Client({ connectionString: database.superUrl });
  await killer.connect();
  try {
    const kill = (): Promise<unknown> => killer.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dying' and datname = current_database()`);
    const failed = inWriterTransaction(pool, async (sql) => {
      if (when === 'in the middle of one') setTimeout(() => void kill(), 100);
      else await kill();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return sql.query({ name: 'wait', text: 'select pg_sleep(1)', values: [] });
    });
    await expect(failed).rejects.toThrow();
    // The pool goes on with a fresh connection.
    await expect(inWriterTransaction(pool, (sql) => sql.query({ name: 'one', text: 'select 1 as one', values: [] }))).resolves.toMatchObject({ rows: [{ one: 1 }] });
  } finally {
    await pool.end();
    await killer.end();
    await database.drop();
  }
});
