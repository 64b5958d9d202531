import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type supertest from 'supertest';
import * as tellOfAccounts from '../../../migrations/20261121018900_tell_of_accounts.ts';
import { AppError } from '../../errors.ts';
import { signed, signIn } from '../../testing/builders.ts';
import { brokenBooks, BUY, createTrader, createVenue, placed, placedSigned, placeOrder, SELL, sql, until, type TestVenue, type Trader } from '../../testing/venue.ts';

let app: TestVenue;
let admin: Trader;
beforeAll(async () => {
  app = await createVenue();
  admin = await signIn(app, 'admin');
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => app.close());

const RICH = { USDT: '20000000', BTC: '200' };
const get = async (trader: Trader, path: string): Promise<Record<string, unknown>> =>
  ((await app.request.get(`/api/account/${path}`).set('Authorization', `Bearer ${trader.accessToken}`).expect(200)).body as { data: Record<string, unknown> }).data;
const pin = (userId: number | string, body: object, by: Trader = admin): supertest.Test =>
  app.request.patch(`/api/admin/users/${userId}/fee-tier`).set('Authorization', `Bearer ${by.accessToken}`).send(body);
const reason = 'they asked nicely';
const storedTier = async ({ userId }: Trader): Promise<unknown> => (await sql(app.database.superUrl, 'select tier, applied_tier, pinned from trading.fee_tiers where user_id = $1', [userId]))[0];
const profileTier = async ({ accessToken }: Trader): Promise<unknown> =>
  ((await app.request.get('/api/auth/profile').set('Authorization', `Bearer ${accessToken}`).expect(200)).body as { data: { fee_tier: number } }).data.fee_tier;

/** The job of this node may be telling the engine just then. */
const untilApplied = (trader: Trader): Promise<unknown> => until(() => storedTier(trader), (row) => (row as { tier: number }).tier === (row as { applied_tier: number }).applied_tier);

/** The seller rests, the buyer takes. */
async function trade(buyer: Trader, seller: Trader, quantity: string): Promise<void> {
  await placedSigned(app, seller, { ...SELL, quantity });
  await placedSigned(app, buyer, { ...BUY, quantity });
}
const lastFee = async (trader: Trader): Promise<unknown> => {
  const { trades } = (await get(trader, 'trades?limit=1')) as { trades: { notional: string; fee: string; quantity: string; side: string }[] };
  return trades[0]!.fee;
};

test('a new trader is in tier 1, and sees what is missing for the next', async () => {
  expect(await get(await createTrader(app, {}), 'fee-tier')).toEqual({
    tier: 1, maker_rate: '0.001', taker_rate: '0.0015', pinned: false, volume_30d: '0.00', volume_asset: 'USDT',
    limits: { open_orders_max: 200, notional_max: '1000000', position_max: '1000000', orders_per_minute: 100_000 },
    next_tier: { tier: 2, maker_rate: '0.0009', taker_rate: '0.0014', volume_min: '100000.00', missing: '100000.00' },
  });
});

test('volume counts at once, once per side; the tier and the fees follow the recalculation, on every node, however many do it', async () => {
  const [buyer, seller] = [await createTrader(app, RICH), await createTrader(app, RICH)];
  await trade(buyer, seller, '1.6');
  expect(await lastFee(buyer)).toBe('0.0024');
  for (const trader of [buyer, seller]) expect(await get(trader, 'fee-tier')).toMatchObject({ tier: 1, volume_30d: '102400.00', next_tier: { missing: '0.00' } });
  const { tiers } = app.app.trading!;
  await Promise.all([tiers.recalculate(), tiers.recalculate(), tiers.recalculate()]);
  await Promise.all([untilApplied(buyer), untilApplied(seller)]);
  for (const trader of [buyer, seller]) expect(await get(trader, 'fee-tier')).toMatchObject({ tier: 2, volume_30d: '102400.00', maker_rate: '0.0009', taker_rate: '0.0014' });
  await trade(buyer, seller, '1');
  expect([await lastFee(buyer), await lastFee(seller)]).toEqual(['0.0014', '57.6']);
  expect(await get(buyer, 'fee-tier')).toMatchObject({ volume_30d: '166400.00' });
});

test('a trade counts once, when two nodes add it at the same moment', async () => {
  const [buyer, seller] = [await createTrader(app, RICH), await createTrader(app, RICH)];
  await trade(buyer, seller, '1');
  const holder = new pg.Client({ connectionString: app.database.superUrl });
  await holder.connect();
  await holder.query('begin; select * from trading.volume_progress for update');
  const adding = Promise.all([app.app.trading!.tiers.recalculate(), app.app.trading!.tiers.recalculate()]);
  const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%volume%' and datname = current_database()`;
  await until(() => sql(app.database.superUrl, waiting), (rows) => rows.length === 2);
  await holder.query('commit');
  await holder.end();
  await adding;
  expect(await get(buyer, 'fee-tier')).toMatchObject({ volume_30d: '64000.00' });
});

test('trading with oneself is no volume', async () => {
  const trader = await createTrader(app, RICH);
  await placedSigned(app, trader, { ...SELL, quantity: '2' });
  await placedSigned(app, trader, { ...BUY, quantity: '2', selfTradePrevention: 'NONE' });
  expect(await get(trader, 'fee-tier')).toMatchObject({ volume_30d: '0.00' });
  await app.app.trading!.tiers.recalculate();
  expect([await storedTier(trader), await get(trader, 'fee-tier')]).toEqual([undefined, expect.objectContaining({ volume_30d: '0.00', tier: 1 })]);
});

test('a tier that staff sets stays, on record, and is given back to the volume', async () => {
  const trader = await createTrader(app, RICH);
  expect((await pin(trader.userId, { tier: 5, reason }).expect(200)).body.data).toMatchObject({ user_id: trader.userId, tier: 5, pinned: true, next_tier: null, limits: { orders_per_minute: 200 } });
  await pin(trader.userId, { tier: 5, reason }).expect(200);
  await app.app.trading!.tiers.recalculate();
  expect(await storedTier(trader)).toEqual({ tier: 5, applied_tier: 5, pinned: true });
  await trade(trader, await createTrader(app, RICH), '1');
  expect([await lastFee(trader), await get(trader, 'fees')]).toEqual(['0.00075', expect.objectContaining({ tier: 5, taker_rate: '0.00075' })]);
  await pin(trader.userId, { tier: null, reason }).expect(200);
  expect(await storedTier(trader)).toEqual({ tier: 1, applied_tier: 1, pinned: false });
  const entries = await sql(app.database.superUrl, `select actor_id, action, reason, before, after from audit.entries where action like 'user.%' and subject_kind = 'user' and subject_id = $1 order by entry_id`, [String(trader.userId)]);
  expect(entries).toEqual([
    { actor_id: String(admin.userId), action: 'user.fee_tier_set', reason, before: { tier: 1, pinned: false }, after: { tier: 5, pinned: true } },
    { actor_id: String(admin.userId), action: 'user.fee_tier_set', reason, before: { tier: 5, pinned: true }, after: { tier: 1, pinned: false } },
  ]);
});

test('a tier that is another one is told to whoever keeps the books, once, and stands in the profile; one that stays is not told', async () => {
  const eventsOf = ({ userId }: Trader): Promise<unknown[]> => sql(app.database.superUrl, `select type, payload from jobs.outbox where ordering_key = 'client ${userId}' order by sequence`);
  const told = ({ userId }: Trader, feeTier: number): object => ({ type: 'account.updated', payload: { clientId: String(userId), changes: { feeTier } } });
  const [pinned, buyer, seller] = [await createTrader(app, {}), await createTrader(app, RICH), await createTrader(app, RICH)];
  await pin(pinned.userId, { tier: 1, reason }).expect(200);
  expect([await profileTier(pinned), await eventsOf(pinned)]).toEqual([1, []]);
  await pin(pinned.userId, { tier: 4, reason }).expect(200);
  await pin(pinned.userId, { tier: 4, reason }).expect(200);
  expect([await profileTier(pinned), await eventsOf(pinned)]).toEqual([4, [told(pinned, 4)]]);
  await trade(buyer, seller, '1.6');
  const { tiers } = app.app.trading!;
  await Promise.all([tiers.recalculate(), tiers.recalculate(), tiers.recalculate()]);
  for (const trader of [buyer, seller]) expect([await profileTier(trader), await eventsOf(trader)]).toEqual([2, [told(trader, 2)]]);
  await pin(pinned.userId, { tier: null, reason }).expect(200);
  expect([await profileTier(pinned), await eventsOf(pinned)]).toEqual([1, [told(pinned, 4), told(pinned, 1)]]);
  for (const trader of [buyer, seller]) expect(await eventsOf(trader)).toHaveLength(1);
});

test('two admins who set a tier at once are on record one after the other', async () => {
  const trader = await createTrader(app, {});
  const holder = new pg.Client({ connectionString: app.database.superUrl });
  await holder.connect();
  await holder.query(`begin; insert into trading.fee_tiers (user_id, tier) values (${trader.userId}, 1)`);
  const setting = Promise.all([pin(trader.userId, { tier: 3, reason }), pin(trader.userId, { tier: 4, reason })]);
  const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%fee_tiers%' and datname = current_database()`;
  await until(() => sql(app.database.superUrl, waiting), (rows) => rows.length === 2);
  await holder.query('rollback');
  await holder.end();
  for (const { status } of await setting) expect(status).toBe(200);
  const [first, second] = await sql<{ before: object; after: object }>(app.database.superUrl, `select before, after from audit.entries where action like 'user.%' and subject_kind = 'user' and subject_id = $1 order by entry_id`, [String(trader.userId)]);
  expect([first!.before, second!.before]).toEqual([{ tier: 1, pinned: false }, first!.after]);
});

test('what a tier allows is what its orders are asked', async () => {
  const trader = await createTrader(app, RICH);
  // Far below the price at which the other tests trade.
  const large = { ...BUY, quantity: '31.25', price: '32000.01' };
  expect((await signed(app, trader, 'POST', '/api/orders', large).expect(422)).body.error).toMatchObject({ code: 'ORDER_TOO_LARGE', fields: { quantity: 'The order may be worth at most 1000000 USDT.' }, details: { max: '1000000' } });
  await pin(trader.userId, { tier: 2, reason }).expect(200);
  await placedSigned(app, trader, { ...large, price: '32000' });
  const other = await placedSigned(app, trader, large);
  // Back in the first tier an amendment may not make of it what could not be placed, and one that keeps within the tier may.
  await pin(trader.userId, { tier: 1, reason }).expect(200);
  const amend = (price: string): supertest.Test => signed(app, trader, 'PATCH', `/api/orders/${other.id}`, { price });
  expect((await amend('32000.02').expect(422)).body.error).toMatchObject({ code: 'ORDER_TOO_LARGE', fields: { quantity: 'The order may be worth at most 1000000 USDT.' } });
  await amend('31000').expect(200);
});

test('what one may hold with open orders is said in what is held', async () => {
  const trader = await createTrader(app, { USDT: '1000', BTC: '999999.99' });
  expect((await placeOrder(app, trader, { ...BUY, quantity: '0.02', price: '1000' }).expect(422)).body.error).toMatchObject({
    code: 'POSITION_TOO_LARGE', fields: { quantity: 'You may hold at most 1000000 BTC, with open orders.' }, details: { max: '1000000' },
  });
  await placed(app, trader, { ...BUY, quantity: '0.01', price: '1000' });
});

test('a tier set elsewhere reaches this node, and the engine hears of one set while it was away', async () => {
  const trader = await createTrader(app, RICH);
  await sql(app.database.superUrl, 'insert into trading.fee_tiers (user_id, tier, applied_tier, pinned) values ($1, 3, 3, true)', [trader.userId]);
  await until(() => Promise.resolve(app.app.trading!.rateTierOf(trader.userId)), (tier) => tier === 2);
  const { engine } = app.app.trading!;
  const submit = engine.submit.bind(engine);
  jest.spyOn(engine, 'submit').mockImplementation((command) => (command.kind === 'set-fee-rates' ? Promise.reject(new AppError('ENGINE_UNAVAILABLE')) : submit(command)));
  await pin(trader.userId, { tier: 4, reason }).expect(200);
  expect([await storedTier(trader), (await get(trader, 'fees'))['tier']]).toEqual([{ tier: 4, applied_tier: 3, pinned: true }, 3]);
  jest.restoreAllMocks();
  await Promise.all([app.app.trading!.settle(), app.app.trading!.settle()]);
  expect([await untilApplied(trader), (await get(trader, 'fees'))['tier']]).toEqual([{ tier: 4, applied_tier: 4, pinned: true }, 4]);
});

test('two nodes that tell the engine of two tiers, the older heard last, end with the newer one; no connection is held meanwhile', async () => {
  const trader = await createTrader(app, RICH);
  const { engine } = app.app.trading!;
  const submit = engine.submit.bind(engine);
  const gate = Promise.withResolvers<void>();
  let told = 0;
  jest.spyOn(engine, 'submit').mockImplementation(async (command) => {
    if (command.kind === 'set-fee-rates' && command.userId === trader.userId && (told += 1) === 1) await gate.promise;
    return submit(command);
  });
  const older = pin(trader.userId, { tier: 2, reason }).then(({ status }) => status);
  await until(() => Promise.resolve(told), (count) => count === 1);
  await until(() => sql(app.database.superUrl, `select query from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`), (held) => held.length === 0);
  await pin(trader.userId, { tier: 3, reason }).expect(200);
  expect(await storedTier(trader)).toEqual({ tier: 3, applied_tier: 3, pinned: true });
  gate.resolve();
  expect(await older).toBe(200);
  await app.app.trading!.settle();
  expect(await storedTier(trader)).toEqual({ tier: 3, applied_tier: 3, pinned: true });
  expect(await sql(app.database.superUrl, 'select taker_rate::float8 as rate from trading.fee_rates where user_id = $1', [trader.userId])).toEqual([{ rate: 0.0012 }]);
});

test('only admins set tiers, of traders that are there, to tiers that are there', async () => {
  const [trader, staff] = [await createTrader(app, {}), await signIn(app, 'staff')];
  for (const by of [trader, staff]) await pin(trader.userId, { tier: 5, reason }, by).expect(403);
  for (const [body, field] of [[{ tier: 6, reason }, 'tier'], [{ tier: 0, reason }, 'tier'], [{ tier: '2', reason }, 'tier'], [{ reason }, 'tier'], [{ tier: 2 }, 'reason'], [{ tier: 2, reason: 'x' }, 'reason']] as const) {
    expect((await pin(trader.userId, body).expect(400)).body.error.fields).toHaveProperty(field);
  }
  expect((await pin(999_999_999, { tier: 2, reason }).expect(404)).body.error.code).toBe('USER_NOT_FOUND');
  expect((await pin(admin.userId, { tier: 2, reason }).expect(404)).body.error.code).toBe('USER_NOT_FOUND');
  await pin('none', { tier: 2, reason }).expect(400);
  expect(await storedTier(trader)).toBeUndefined();
});

test('a volume of long ago counts no more, and a new day is recalculated when somebody looks', async () => {
  const [buyer, seller] = [await createTrader(app, RICH), await createTrader(app, RICH)];
  await trade(buyer, seller, '1.6');
  const { tiers } = app.app.trading!;
  await tiers.recalculateWhenDue();
  expect(await storedTier(buyer)).toBeUndefined();
  app.advance(86_400_000);
  await tiers.recalculateWhenDue();
  expect(await untilApplied(buyer)).toEqual({ tier: 2, applied_tier: 2, pinned: false });
  app.advance(28 * 86_400_000);
  await tiers.recalculateWhenDue();
  expect(await untilApplied(buyer)).toEqual({ tier: 2, applied_tier: 2, pinned: false });
  // The day of the trade and 29 more are thirty.
  app.advance(86_400_000);
  await tiers.recalculateWhenDue();
  expect(await untilApplied(buyer)).toEqual({ tier: 1, applied_tier: 1, pinned: false });
  expect([await sql(app.database.superUrl, 'select * from trading.daily_volumes'), await brokenBooks(app.database.superUrl)]).toEqual([[], []]);
});

test('volumes are added up at every look, so that little is left to add when somebody asks; tiers wait for their day', async () => {
  const [buyer, seller] = [await createTrader(app, RICH), await createTrader(app, RICH)];
  const { tiers } = app.app.trading!;
  await tiers.recalculate();
  await trade(buyer, seller, '1.6');
  await tiers.recalculateWhenDue();
  const [left] = await sql(app.database.superUrl, 'select count(*)::int as trades from trading.trades where id > (select last_trade_id from trading.volume_progress)');
  expect([left, await storedTier(buyer)]).toEqual([{ trades: 0 }, undefined]);
  for (const trader of [buyer, seller]) expect(await get(trader, 'fee-tier')).toMatchObject({ tier: 1, volume_30d: '102400.00' });
});

test('a tier from before profiles said it stands in them after the migration', async () => {
  const trader = await createTrader(app, {});
  const owner = new pg.Client({ connectionString: app.database.ownerUrl });
  await owner.connect();
  try {
    const run = { raw: (text: string) => owner.query(text) } as never;
    await tellOfAccounts.down(run);
    await sql(app.database.superUrl, 'insert into trading.fee_tiers (user_id, tier, applied_tier, pinned) values ($1, 3, 3, true)', [trader.userId]);
    expect(await profileTier(trader)).toBe(1);
    await tellOfAccounts.up(run);
  } finally {
    await owner.end();
  }
  expect(await profileTier(trader)).toBe(3);
});
