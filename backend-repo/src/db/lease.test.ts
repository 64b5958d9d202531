import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { cloneDatabase, type TestDatabase } from '../testing/postgres.ts';
import { openWriterPool } from './connection.ts';
import { Lease } from './lease.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await cloneDatabase();
  pool = openWriterPool(database.appUrl, 8, 'test', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const lease = (holder: string, milliseconds = 60_000): Lease => new Lease(pool, { table: 'trading.engine_lease', holder, address: `http://${holder}`, milliseconds });

test('of many that claim at once one gets it, and only that one can renew it', async () => {
  const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => lease(`n${index}`).claim()));
  expect(claims.filter((epoch) => epoch !== null)).toEqual([1]);
  const winner = `n${claims.indexOf(1)}`;
  expect(await lease(winner).holder()).toEqual({ epoch: 1, address: `http://${winner}`, mine: true, until: expect.any(Number) });
  expect(await lease('other').holder()).toMatchObject({ epoch: 1, mine: false });
  expect(await lease(winner).renew(1)).toBe(true);
  expect(await lease('other').renew(1)).toBe(false);
  expect(await lease(winner).claim()).toBe(2);
  expect(await lease(winner).renew(1)).toBe(false);
  await lease('other').release();
  expect(await lease('other').claim()).toBeNull();
  await lease(winner).release();
  expect(await lease(winner).renew(2)).toBe(false);
});

test('it lasts as long as its holder says, for as long as the next renewal says otherwise', async () => {
  const [long, other] = [lease('long', 100), lease('waiting')];
  const epoch = (await long.claim(60_000))!;
  const before = (await other.holder())!.until;
  expect(await long.renew(epoch)).toBe(true);
  expect((await other.holder())!.until).toBeLessThan(before - 50_000);
  await long.release();
});

test('it can be taken once it has run out, and not before', async () => {
  const short = lease('short', 150);
  const epoch = (await short.claim())!;
  expect(await lease('next').claim()).toBeNull();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await short.holder()).toBeNull();
  expect(await lease('next').claim()).toBe(epoch + 1);
  expect(await short.renew(epoch)).toBe(false);
});
