import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EXTERNAL_ACCOUNT } from '../../domain/matching/types.ts';
import { numbersFrom } from '../../domain/matching/venue-for-tests.ts';
import { signed } from '../../testing/builders.ts';
import {
  balancesOf, brokenBooks, BUY, createTrader, createVenue, newClientOrderId, placed, placedSigned, placeOrder, SELL, sql, type OrderAnswer, type TestVenue, type Trader,
} from '../../testing/venue.ts';

let app: TestVenue;
beforeAll(async () => {
  app = await createVenue();
});
afterAll(() => app.close());

const getOrder = (trader: Trader, id: number | string): ReturnType<TestVenue['request']['get']> =>
  app.request.get(`/api/orders/${id}`).set('Authorization', `Bearer ${trader.accessToken}`);
const current = async (trader: Trader, { id }: OrderAnswer): Promise<OrderAnswer> => (await getOrder(trader, id).expect(200)).body.data as OrderAnswer;
const cancelAll = async (trader: Trader, ...orders: OrderAnswer[]): Promise<void> => {
  for (const { id } of orders) await app.app.trading!.engine.submit({ kind: 'cancel', userId: trader.userId, orderId: id });
};

describe('an order', () => {
  test('that meets nothing rests in the book, with its cost held', async () => {
    const buyer = await createTrader(app, { USDT: '1000' });
    const order = await placed(app, buyer, { ...BUY, price: '50000' });
    expect(order).toMatchObject({ symbol: 'BTCUSDT', side: 'BUY', price: '50000.00', quantity: '0.01', filled_quantity: '0', average_price: null, status: 'PENDING', fee_asset: 'BTC' });
    expect(await balancesOf(app, buyer)).toEqual({ USDT: '500 + 500' });
    const { body, headers } = await app.request.get('/api/markets/BTCUSDT/orderbook').expect(200);
    expect(body.data.bids).toEqual([['50000.00', '0.01']]);
    expect(headers['cache-control']).toBe('public, max-age=1');
    await cancelAll(buyer, order);
    expect(await current(buyer, order)).toMatchObject({ status: 'CANCELLED', reason: 'USER_REQUEST' });
    expect(await balancesOf(app, buyer)).toEqual({ USDT: '1000 + 0' });
  });

  test('trades at the price of the one that was there first, and each side pays its fee out of what it gets', async () => {
    const [buyer, seller] = [await createTrader(app, { USDT: '1000' }), await createTrader(app, { BTC: '1' })];
    const bid = await placed(app, buyer, BUY);
    expect(await placed(app, seller, { ...SELL, price: '60000' })).toMatchObject({ status: 'FILLED', price: '60000.00', average_price: '64000.00', fee: '0.96', fee_asset: 'USDT' });
    expect(await balancesOf(app, buyer)).toEqual({ BTC: '0.00999 + 0', USDT: '360 + 0' });
    expect(await balancesOf(app, seller)).toEqual({ BTC: '0.99 + 0', USDT: '639.04 + 0' });
    expect(await current(buyer, bid)).toMatchObject({ status: 'FILLED', fee: '0.00001', fee_asset: 'BTC' });
    const house = await sql(app.database.superUrl, `select asset, available::text from trading.balances where user_id = -1 and asset = 'BTC'`);
    expect(house).toEqual([{ asset: 'BTC', available: '0.00001000' }]);
  });

  test('meets the best price first, and at one price whoever came first', async () => {
    const [one, two, taker] = [await createTrader(app), await createTrader(app), await createTrader(app)];
    const worse = await placed(app, one, { ...SELL, price: '64010' });
    const early = await placed(app, one, { ...SELL, price: '64005' });
    const late = await placed(app, two, { ...SELL, price: '64005' });
    expect(await placed(app, taker, { ...BUY, price: '64010', quantity: '0.015' })).toMatchObject({ status: 'FILLED', average_price: '64005.00' });
    expect(await Promise.all([current(one, worse), current(one, early), current(two, late)])).toMatchObject([{ status: 'PENDING' }, { status: 'FILLED' }, { status: 'PARTIAL', filled_quantity: '0.005' }]);
    await cancelAll(one, worse);
    await cancelAll(two, late);
  });

  test('at market takes what is there and drops the rest', async () => {
    const [maker, taker] = [await createTrader(app), await createTrader(app)];
    await placed(app, maker, { ...SELL, symbol: 'ETHUSDT', price: '3000', quantity: '1' });
    const order = { symbol: 'ETHUSDT', side: 'BUY', type: 'MARKET', quantity: '2.5' };
    expect(await placedSigned(app, taker, order)).toMatchObject({ price: null, status: 'CANCELLED', reason: 'NO_LIQUIDITY', filled_quantity: '1', average_price: '3000.00' });
    const { body } = await placeOrder(app, taker, order).expect(422);
    expect(body.error).toMatchObject({ code: 'NO_LIQUIDITY', fields: { symbol: expect.stringMatching(/\.$/) } });
  });

  test('does not trade with its owner’s own', async () => {
    const trader = await createTrader(app);
    const resting = await placed(app, trader, { ...SELL, price: '63000' });
    expect(await placed(app, trader, { ...BUY, price: '63000' })).toMatchObject({ status: 'CANCELLED', reason: 'SELF_TRADE', filled_quantity: '0' });
    await cancelAll(trader, resting);
  });

  test('is shown to nobody but its owner', async () => {
    const [owner, other] = [await createTrader(app), await createTrader(app)];
    const order = await placed(app, owner, { ...BUY, price: '50000' });
    expect((await getOrder(other, order.id).expect(404)).body.error.code).toBe('ORDER_NOT_FOUND');
    await getOrder(owner, 999_999_999).expect(404);
    await getOrder(owner, 'x').expect(400);
    await getOrder(owner, '0').expect(400);
    await cancelAll(owner, order);
  });
});

describe('an order is refused, with its field, and changes nothing:', () => {
  let trader: Trader;
  beforeAll(async () => {
    trader = await createTrader(app, { USDT: '500', BTC: '1' });
  });
  const with_ = (change: object): object => ({ ...BUY, price: '10000', ...change });

  test.each([
    ['an unknown symbol', with_({ symbol: 'DOGEUSDT' }), 400, 'UNKNOWN_SYMBOL', 'symbol'],
    ['a symbol that is none', with_({ symbol: 'btcusdt' }), 400, 'VALIDATION_ERROR', 'symbol'],
    ['no symbol', with_({ symbol: undefined }), 400, 'VALIDATION_ERROR', 'symbol'],
    ['no such side', with_({ side: 'HOLD' }), 400, 'VALIDATION_ERROR', 'side'],
    ['no such type', with_({ type: 'TRAILING_STOP' }), 400, 'VALIDATION_ERROR', 'type'],
    ['no quantity', with_({ quantity: undefined }), 400, 'VALIDATION_ERROR', 'quantity'],
    ['a quantity that is a number', with_({ quantity: 0.01 }), 400, 'VALIDATION_ERROR', 'quantity'],
    ['zero', with_({ quantity: '0.000' }), 400, 'VALIDATION_ERROR', 'quantity'],
    ['a negative quantity', with_({ quantity: '-1' }), 400, 'VALIDATION_ERROR', 'quantity'],
    ['an exponent', with_({ quantity: '1e2' }), 400, 'VALIDATION_ERROR', 'quantity'],
    ['nine decimals', with_({ quantity: '0.000000001' }), 400, 'VALIDATION_ERROR', 'quantity'],
    ['a quantity between lots', with_({ quantity: '0.01001' }), 400, 'QUANTITY_NOT_ON_LOT', 'quantity'],
    ['a quantity below the minimum', with_({ quantity: '0.00005' }), 400, 'QUANTITY_TOO_SMALL', 'quantity'],
    ['a quantity above the maximum', with_({ quantity: '1000.0001' }), 400, 'QUANTITY_TOO_LARGE', 'quantity'],
    ['a worth below the minimum', with_({ quantity: '0.0001' }), 400, 'NOTIONAL_TOO_SMALL', 'quantity'],
    ['a limit order without a price', with_({ price: undefined }), 400, 'VALIDATION_ERROR', 'price'],
    ['a market order with a price', with_({ type: 'MARKET' }), 400, 'VALIDATION_ERROR', 'price'],
    ['a price between ticks', with_({ price: '10000.001' }), 400, 'PRICE_NOT_ON_TICK', 'price'],
    ['a price above the maximum', with_({ price: '1000000.01' }), 400, 'PRICE_OUT_OF_RANGE', 'price'],
    ['a clientOrderId with a space', with_({ clientOrderId: 'a b' }), 400, 'VALIDATION_ERROR', 'clientOrderId'],
    ['an unknown field', with_({ stopPrice: '1' }), 400, 'VALIDATION_ERROR', 'stopPrice'],
  ])('%s', async (_what, order, status, code, field) => {
    const { body } = await signed(app, trader, 'POST', '/api/orders', order).expect(status);
    expect(body.error).toMatchObject({ code, fields: { [field]: expect.stringMatching(/\.$/) } });
    expect(await balancesOf(app, trader)).toEqual({ BTC: '1 + 0', USDT: '500 + 0' });
  });

  test('more than the balance, with what it needs and what is there', async () => {
    const { body } = await placeOrder(app, trader, with_({ quantity: '0.1' })).expect(422);
    expect(body.error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { asset: 'USDT', required: '1000.00', available: '500.00' } });
  });

  test('a halted market', async () => {
    const halt = (status: 'open' | 'halted'): Promise<unknown> => app.app.trading!.engine.submit({ kind: 'set-market-status', symbol: 'ETHUSDT', status });
    await halt('halted');
    const { body } = await placeOrder(app, trader, { ...BUY, symbol: 'ETHUSDT', price: '1000' }).expect(422);
    expect(body.error).toMatchObject({ code: 'MARKET_HALTED', fields: { symbol: expect.stringMatching(/\.$/) }, details: { symbol: 'ETHUSDT' } });
    await halt('open');
  });

  test('no session, a session of another kind, no body, broken JSON', async () => {
    await app.request.post('/api/orders').send(BUY).expect(401);
    await app.request.post('/api/orders').set('Authorization', 'Bearer nonsense').send(BUY).expect(401);
    await app.request.post('/api/orders').set('Authorization', `Bearer ${trader.accessToken}`).expect(415);
    await app.request.post('/api/orders').set('Authorization', `Bearer ${trader.accessToken}`).set('Content-Type', 'application/json').send('{').expect(400);
  });
});

describe('with an Idempotency-Key', () => {
  const withKey = (trader: Trader, key: string, order: object): ReturnType<typeof placeOrder> => placeOrder(app, trader, order).set('Idempotency-Key', key);

  test('the same order again is the first order, and the key is its name', async () => {
    const trader = await createTrader(app, { USDT: '1000' });
    const [key, order] = [newClientOrderId(), { ...BUY, price: '50000' }];
    const first = (await withKey(trader, key, order).expect(201)).body.data as OrderAnswer;
    expect((await withKey(trader, key, order).expect(201)).body.data).toEqual(first);
    expect(first).toMatchObject({ client_order_id: key });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '500 + 500' });
    await cancelAll(trader, first);
  });

  test('another order under it is refused, and so is a key that no order can be called by, or another one than the clientOrderId', async () => {
    const trader = await createTrader(app, { USDT: '1000' });
    const [key, order] = [newClientOrderId(), { ...BUY, price: '50000' }];
    const first = (await withKey(trader, key, order).expect(201)).body.data as OrderAnswer;
    const { body } = await withKey(trader, key, { ...order, quantity: '0.02' }).expect(409);
    expect(body.error.code).toBe('CLIENT_ORDER_ID_REUSED');
    for (const bad of ['with space', 'x'.repeat(65), 'ü']) expect((await withKey(trader, encodeURI(bad), order).expect(400)).body.error.fields).toHaveProperty(['Idempotency-Key']);
    await withKey(trader, key, { ...order, clientOrderId: 'another' }).expect(400);
    await withKey(trader, key, { ...order, clientOrderId: key }).expect(201);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '500 + 500' });
    await cancelAll(trader, first);
  });
});

describe('with a clientOrderId', () => {
  test('a retry answers with the first order, and another body is refused', async () => {
    const trader = await createTrader(app);
    const order = { ...BUY, price: '50000', clientOrderId: newClientOrderId() };
    const first = await placed(app, trader, order);
    expect(await placed(app, trader, { ...order, quantity: '0.0100' })).toEqual(first);
    const { body } = await placeOrder(app, trader, { ...order, quantity: '0.02' }).expect(409);
    expect(body.error).toMatchObject({ code: 'CLIENT_ORDER_ID_REUSED', fields: { clientOrderId: expect.any(String) } });
    const someoneElse = await placed(app, await createTrader(app), order);
    expect(someoneElse.id).not.toBe(first.id);
    await cancelAll(trader, first);
    expect(await placed(app, trader, order)).toMatchObject({ id: first.id, status: 'CANCELLED' });
  });

  test('of twenty at once one is placed, and all get it', async () => {
    const trader = await createTrader(app, { USDT: '1000' });
    const order = { ...BUY, price: '50000', clientOrderId: newClientOrderId() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => placed(app, trader, order)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '500 + 500' });
    await cancelAll(trader, answers[0]!);
  });

  test('a refused order does not use it up', async () => {
    const trader = await createTrader(app, {});
    const order = { ...BUY, price: '50000', clientOrderId: newClientOrderId() };
    await placeOrder(app, trader, order).expect(422);
    await app.app.trading!.account.fund(trader.userId, 'USDT', '500', newClientOrderId());
    await cancelAll(trader, await placed(app, trader, order));
  });
});

test('after many random orders at once every sum holds in SQL, to the last unit', async () => {
  const total = `select asset, sum(available + locked)::text as sum from trading.balances group by asset order by asset`;
  const traders = await Promise.all(Array.from({ length: 5 }, () => createTrader(app, { USDT: '50000', BTC: '1', ETH: '10' })));
  const before = await sql(app.database.superUrl, total);
  const next = numbersFrom(7);
  const amounts = (): object => ({ quantity: `0.0${1 + next(99)}`, side: next(2) === 0 ? 'BUY' : 'SELL' });
  for (let round = 0; round < 6; round += 1) {
    const orders = Array.from({ length: 50 }, () =>
      next(4) === 0 ? { symbol: 'BTCUSDT', type: 'MARKET', ...amounts() } : { symbol: 'BTCUSDT', type: 'LIMIT', price: `${63_990 + next(20)}.${10 + next(90)}`, ...amounts() },
    );
    const answers = await Promise.all(orders.map((order) => placeOrder(app, traders[next(5)]!, order)));
    for (const { status } of answers) expect([201, 422]).toContain(status);
  }
  expect((await sql<{ n: number }>(app.database.superUrl, 'select count(*)::int as n from trading.trades'))[0]!.n).toBeGreaterThan(50);
  expect(await sql(app.database.superUrl, total)).toEqual(before);
  expect(await brokenBooks(app.database.superUrl)).toEqual([]);
  const fees = await sql(app.database.superUrl, `
    select t.asset from (
      select split_part(o.fee_asset, ' ', 1) as asset, sum(o.fee) as charged from trading.orders o group by 1
    ) t join (select asset, sum(amount) as posted from trading.journal where cause = 'FEE' and credit_account = -1 group by 1) j using (asset) where t.charged <> j.posted`);
  expect(fees).toEqual([]);
  const [{ outside }] = (await sql<{ outside: number }>(app.database.superUrl, `select count(*)::int as outside from trading.balances where user_id = ${EXTERNAL_ACCOUNT}`)) as [{ outside: number }];
  expect(outside).toBe(0);
});

test('a user’s orders are counted, whatever session they come by, and both header families say so', async () => {
  const limited = await createVenue({ env: { LIMIT_ORDERS_PER_MINUTE_TIER_1: '3' } });
  try {
    const trader = await createTrader(limited);
    const first = await placeOrder(limited, trader, BUY).expect(201);
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '2', 'ratelimit-policy': '"orders";q=3;w=60', ratelimit: '"orders";r=2;t=60' });
    await placeOrder(limited, trader, {}).expect(400);
    await placeOrder(limited, trader, BUY).expect(201);
    const { body, headers } = await placeOrder(limited, trader, BUY).expect(429);
    expect(body.error).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', retry_after: expect.any(Number) });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await placed(limited, await createTrader(limited), BUY);
    limited.advance(61_000);
    await placed(limited, trader, BUY);
    expect(limited.logs.filter((line) => line.includes('"status":201') && line.includes('/api/orders'))).toEqual([]);
  } finally {
    await limited.close();
  }
});
