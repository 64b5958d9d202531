import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { signIn } from '../../testing/builders.ts';
import { balancesOf, brokenBooks, BUY, createTrader, createVenue, placed, SELL, sql, type TestVenue, type Trader } from '../../testing/venue.ts';
import { createWithdrawer, withdrawalFor, type Withdrawer } from '../../testing/withdrawals.ts';

let app: TestVenue;
let admins: readonly [Trader, Trader, Trader];
let trader: Withdrawer;
beforeAll(async () => {
  app = await createVenue({ env: { LIMIT_WITHDRAWALS_PER_DAY: '1000', LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_1: '10000000', COLD_WITHDRAWAL_ABOVE_USDT: '10000' } });
  admins = [await signIn(app, 'admin'), await signIn(app, 'admin'), await signIn(app, 'admin')];
  trader = await createWithdrawer(app, { USDT: '10000000', BTC: '10', ETH: '10' });
  // The last price of BTC is 64,000; ETH was never traded.
  await placed(app, await createTrader(app, { BTC: '1' }), SELL);
  await placed(app, trader, BUY);
});
afterAll(() => app.close());

const LARGE = { asset: 'USDT', amount: '10000.00000001', address: 'bank:DE00-1234' } as const;
const reason = 'looked at by staff';

const requested = (body: object = LARGE): Promise<string> => withdrawalFor(app, trader, body);
const decide = (id: string, step: string, { accessToken }: Trader = admins[0], more: object = {}): supertest.Test =>
  app.request.post(`/api/admin/withdrawals/${id}/${step}`).set('Authorization', `Bearer ${accessToken}`).send({ reason, ...more });
const actionsOf = async (id: string): Promise<string[]> =>
  (await sql<{ line: string }>(app.database.superUrl, `select actor_id || ' ' || action as line from audit.entries where subject_id = $1 and actor_id <> $2 order by entry_id`, [id, String(trader.userId)])).map(({ line }) => line);

test('a large withdrawal takes two different approvers, is sent by hand, and each step is on record', async () => {
  const id = await requested();
  const [first, second] = admins;
  const again = await Promise.all(Array.from({ length: 5 }, () => decide(id, 'approve', first)));
  for (const { status, body } of again) expect([status, body.data]).toEqual([200, expect.objectContaining({ status: 'mail_confirmed', approvals_needed: 2, approved_by: [first.userId], reference: null })]);
  for (const step of ['send', 'complete', 'fail']) expect((await decide(id, step, first, step === 'send' ? { reference: 'T1' } : {}).expect(409)).body.error.details).toEqual({ status: 'mail_confirmed' });
  expect((await decide(id, 'approve', second).expect(200)).body.data).toMatchObject({ status: 'approved', approved_by: [first.userId, second.userId] });
  expect((await decide(id, 'send', first).expect(400)).body.error.fields).toHaveProperty('reference');
  for (let count = 0; count < 2; count += 1) expect((await decide(id, 'send', first, { reference: '0xabc' }).expect(200)).body.data).toMatchObject({ status: 'sent', reference: '0xabc' });
  expect((await decide(id, 'send', first, { reference: '0xother' }).expect(409)).body.error.details).toEqual({ status: 'sent' });
  expect((await decide(id, 'complete', second).expect(200)).body.data).toMatchObject({ status: 'completed', reference: '0xabc' });
  expect(await actionsOf(id)).toEqual([`${first.userId} withdrawal.first_approved`, `${second.userId} withdrawal.approved`, `${first.userId} withdrawal.sent`, `${second.userId} withdrawal.completed`]);
  const own = await app.request.get('/api/account/withdrawals?limit=1').set('Authorization', `Bearer ${trader.accessToken}`).expect(200);
  for (const field of ['approved_by', 'approvals_needed', 'reference']) expect((own.body as { data: { withdrawals: object[] } }).data.withdrawals[0]).not.toHaveProperty(field);
});

test('three who approve at once approve it once, and the third changes nothing', async () => {
  for (let round = 0; round < 3; round += 1) {
    const id = await requested();
    for (const { status } of await Promise.all(admins.map((admin) => decide(id, 'approve', admin)))) expect(status).toBe(200);
    expect((await actionsOf(id)).map((line) => line.split(' ')[1])).toEqual(['withdrawal.first_approved', 'withdrawal.approved']);
  }
});

test('a large withdrawal in small parts takes two approvers for each, until what was asked for before is a day old or came to nothing', async () => {
  const owner = await createWithdrawer(app, { USDT: '100000' });
  const part = (amount: string): Promise<string> => withdrawalFor(app, owner, { ...LARGE, amount });
  const needed = async (id: string): Promise<number> => (await decide(id, 'approve').expect(200)).body.data.approvals_needed as number;
  const [first, second] = [await part('6000'), await part('6000')];
  expect([await needed(first), await needed(second)]).toEqual([2, 2]);
  for (const id of [first, second]) await decide(id, 'reject').expect(200);
  expect(await needed(await part('9000'))).toBe(1);
  expect(await needed(await part('1000'))).toBe(1);
  expect(await needed(await part('0.00000001'))).toBe(2);
  await sql(app.database.superUrl, `update trading.withdrawals set created_at = created_at - interval '25 hours' where user_id = $1`, [owner.userId]);
  expect(await needed(await part('10000'))).toBe(1);
});

test.each([
  ['worth the limit', { asset: 'USDT', amount: '10000' }, 1],
  ['worth more by the last price', { asset: 'BTC', amount: '0.15625001' }, 2],
  ['worth the limit by the last price', { asset: 'BTC', amount: '0.15625' }, 1],
  ['of an asset without a price', { asset: 'ETH', amount: '0.0001' }, 2],
])('a withdrawal %s takes as many approvers as that', async (_name, money, needed) => {
  const id = await withdrawalFor(app, await createWithdrawer(app, { USDT: '10000', BTC: '1', ETH: '1' }), { ...LARGE, ...money });
  expect((await decide(id, 'approve').expect(200)).body.data).toMatchObject({ approvals_needed: needed, status: needed === 1 ? 'approved' : 'mail_confirmed' });
  if (needed === 1) expect((await decide(id, 'send').expect(200)).body.data).toMatchObject({ status: 'sent', reference: null });
});

test('a price that falls after the first approval makes no second one superfluous', async () => {
  const id = await requested({ ...LARGE, asset: 'BTC', amount: '1' });
  await decide(id, 'approve').expect(200);
  await sql(app.database.superUrl, `update trading.markets set last_price = 1 where symbol = 'BTCUSDT'`);
  expect((await decide(id, 'approve').expect(200)).body.data.status).toBe('mail_confirmed');
  await sql(app.database.superUrl, `update trading.markets set last_price = 64000 where symbol = 'BTCUSDT'`);
  expect((await decide(id, 'approve', admins[1]).expect(200)).body.data.status).toBe('approved');
});

test('one that is rejected between its approvals comes back, and nobody approves it any more', async () => {
  const before = await balancesOf(app, trader);
  const id = await requested();
  await decide(id, 'approve').expect(200);
  expect((await decide(id, 'reject', admins[1]).expect(200)).body.data).toMatchObject({ status: 'rejected', funds: 'returned', approved_by: [admins[0].userId] });
  await decide(id, 'approve', admins[2]).expect(409);
  expect([await balancesOf(app, trader), await brokenBooks(app.database.superUrl)]).toEqual([before, []]);
});
