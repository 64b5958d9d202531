import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cloneDatabase, type TestDatabase } from '../testing/postgres.ts';
import { connect, IDLE_TRANSACTION_MS, QUERY_TIMEOUT_MS } from './connection.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

test('the server ends what we have given up: statements, and transactions whose process says nothing more', async () => {
  const connection = connect(database.appUrl, 1, () => undefined);
  try {
    const settings = `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`;
    const expected = { statement: `${QUERY_TIMEOUT_MS / 1_000}s`, idle: `${IDLE_TRANSACTION_MS / 1_000}s` };
    const { rows } = await connection.app.raw<{ rows: unknown[] }>(settings);
    expect([rows[0], (await connection.writer.query(settings)).rows[0]]).toEqual([expected, expected]);
  } finally {
    await connection.close();
  }
});
