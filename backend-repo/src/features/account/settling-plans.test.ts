import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writerTransactionOf } from '../../db/as-user.ts';
import { connect, type Database, type Sql } from '../../db/connection.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { sql } from '../../testing/venue.ts';
import { DepositsRepository } from './deposits.repository.ts';
import { WithdrawalsRepository } from './withdrawals.repository.ts';

/** Refused ones of the past year, of which a look a few seconds later needs none. */
const REFUSED_LONG_AGO = 5_000;

let database: TestDatabase;
let connections: Database;
beforeAll(async () => {
  database = await cloneDatabase();
  connections = connect(database.appUrl, 1, () => undefined);
  const columns = 'id, user_id, asset, amount, idempotency_key, fingerprint, status, created_at, updated_at';
  const values = (status: string): string => `gen_random_uuid(), 1, 'USDT', 1, 'key ' || n, 'a fingerprint', '${status}', now() - n * interval '1 hour', now() - n * interval '1 hour'`;
  await sql(database.superUrl, `insert into trading.deposits (${columns}) select ${values('failed')} from generate_series(2, ${REFUSED_LONG_AGO}) n`);
  await sql(database.superUrl, `insert into trading.withdrawals (${columns}, address, funds) select ${values('rejected')}, 'an address', 'refused' from generate_series(2, ${REFUSED_LONG_AGO}) n`);
  await sql(database.superUrl, 'analyze trading.deposits; analyze trading.withdrawals');
});
afterAll(async () => {
  await connections.close();
  await database.drop();
});

/** What Postgres would do for this. */
async function planOf(ask: (on: Sql) => Promise<unknown>): Promise<string> {
  let plan: unknown;
  const explain = async (on: Sql, text: string, values: string[]): Promise<unknown> => (plan = await on.raw(`explain ${text}`, values));
  await writerTransactionOf(connections.app, (on) => ({ raw: (text: string, values: string[]) => explain(on, text, values) }) as unknown as Sql)(ask);
  return (plan as { rows: { 'QUERY PLAN': string }[] }).rows.map((row) => row['QUERY PLAN']).join('\n');
}

test('whether the money of a refused transfer moved all the same is asked of those of the last hour alone, not of all there ever were', async () => {
  const [since, now] = [Date.now() - 3_600_000, Date.now()];
  expect(await planOf((on) => new DepositsRepository(on).completeWhatArrived(since, now))).toContain('idx_deposits_failed');
  expect(await planOf((on) => new WithdrawalsRepository(on).returnWhatLeft(since, now))).toContain('idx_withdrawals_refused');
});
