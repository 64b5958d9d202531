import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from '../testing/venue.ts';
import { createTestApp, type TestApp } from '../testing/test-app.ts';

/** One more than a pass takes. */
const BACKLOG = 10_001;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ runJobsByClock: false });
});
afterAll(() => app.close());

const left = async (table: string): Promise<number> => (await sql<{ rows: number }>(app.database.superUrl, `select count(*)::int as rows from ${table}`))[0]!.rows;

test('all keys of orders past their 90 days go in one turn, however many there are, and younger ones stay', async () => {
  await sql(app.database.superUrl, `insert into trading.order_keys (user_id, client_order_id, order_id, fingerprint, created_at)
    select 1, 'name ' || n, n, 'a fingerprint', now() - case when n <= ${BACKLOG} then interval '91 days' else interval '89 days' end from generate_series(1, ${BACKLOG + 1}) n`);
  await app.app.trading!.purgeOrderKeys();
  expect(await left('trading.order_keys')).toBe(1);
});

test('all mails that left a month ago go in one turn, however many there were', async () => {
  await sql(app.database.superUrl, `insert into jobs.mails (mail_id, template, created_at, sent_at)
    select gen_random_uuid(), 'a notice', now() - interval '40 days', now() - interval '31 days' from generate_series(1, ${BACKLOG})`);
  await app.app.mail.purge();
  expect(await left('jobs.mails')).toBe(0);
});
