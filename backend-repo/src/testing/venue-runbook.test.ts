import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { codeBlocks } from './markdown.ts';
import { BUY, createTrader, createVenue, placed, SELL, sql, until, type TestVenue } from './venue.ts';

const RUNBOOK = fileURLToPath(new URL('../../../docs/runbooks/the-venue-halted.md', import.meta.url));

let venue: TestVenue;
let [balances, orders, accept]: string[] = [];
beforeAll(async () => {
  // Its blocks stand inside a numbered list.
  const blocks = codeBlocks((await readFile(RUNBOOK, 'utf8')).replace(/^ {3}/gm, ''));
  [balances, orders, accept] = blocks.filter(({ language }) => language === 'sql').map(({ text }) => text);
  venue = await createVenue({ env: { ENGINE_LEASE_MS: '600', ENGINE_RENEW_MS: '100' } });
  const [maker, taker] = [await createTrader(venue), await createTrader(venue)];
  await placed(venue, maker, { ...SELL, quantity: '0.05' });
  await placed(venue, taker, BUY);
});
afterAll(() => venue.close());

const alter = (statement: string): Promise<unknown> => sql(venue.database.superUrl, statement);
/** The rows of the last statement of a block. */
async function asOwner(block: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: venue.database.ownerUrl });
  await client.connect();
  try {
    const results = (await client.query(block)) as unknown as pg.QueryResult[];
    return results.at(-1)!.rows;
  } finally {
    await client.end();
  }
}

test('a sound venue is found sound, an altered balance and an altered order are found', async () => {
  expect([await asOwner(balances!), await asOwner(orders!)]).toEqual([[], []]);
  await alter(`update trading.balances set available = available + 1 where asset = 'ETH' and user_id = (select max(user_id) from trading.balances)`);
  await alter(`update trading.orders set filled_quantity = filled_quantity + 0.001 where status = 'PARTIAL'`);
  expect(await asOwner(balances!)).toEqual([expect.objectContaining({ asset: 'ETH', balance: '101.00000000', expected: '100.00000000' })]);
  expect(await asOwner(orders!)).toEqual([expect.objectContaining({ status: 'PARTIAL', filled_quantity: '0.01100000', traded: '0.01000000' })]);
  await alter(`update trading.orders set filled_quantity = filled_quantity - 0.001 where status = 'PARTIAL'`);
});

test('rows that are not put back are traded on once the owner has accepted them', async () => {
  await alter(`update trading.engine_lease set epoch = epoch + 1, holder = null, until = '-infinity'`);
  await until(() => Promise.resolve(venue.logs.join('')), (logs) => logs.includes('the engine did not start') && logs.includes('not what its last batch left behind'));
  await venue.request.get('/ready').expect(503);
  await sql(venue.database.ownerUrl, accept!);
  await until(() => venue.request.get('/ready').then((response) => response), ({ status }) => status === 200);
});
