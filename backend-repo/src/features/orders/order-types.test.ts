import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signed } from '../../testing/builders.ts';
import { balancesOf, brokenBooks, BUY, createTrader, createVenue, createWidgetTrader, newClientOrderId, placed, placeOrder, SELL, sql, tokenFor, until, type OrderAnswer, type TestVenue, type Trader } from '../../testing/venue.ts';

/** What each order does, through the front door; every rule has its cases in domain/matching/. */
let app: TestVenue;
let maker: Trader;
let taker: Trader;
beforeAll(async () => {
  app = await createVenue();
  [maker, taker] = [await createTrader(app), await createTrader(app)];
});
afterAll(async () => {
  expect(await brokenBooks(app.database.superUrl)).toEqual([]);
  await app.close();
});
beforeEach(async () => {
  for (const trader of [maker, taker]) await cancelAll(trader);
});

const as = (trader: Trader, method: 'get' | 'patch', path: string): ReturnType<typeof placeOrder> => app.request[method](path).set('Authorization', `Bearer ${trader.accessToken}`);
const cancelAll = async (trader: Trader, query = ''): Promise<OrderAnswer[]> => ((await signed(app, trader, 'DELETE', `/api/orders${query}`).expect(200)).body as { data: { orders: OrderAnswer[] } }).data.orders;
const current = async (trader: Trader, { id }: OrderAnswer): Promise<OrderAnswer> => ((await as(trader, 'get', `/api/orders/${id}`).expect(200)).body as { data: OrderAnswer }).data;
const amended = async (trader: Trader, { id }: OrderAnswer, changes: object): Promise<OrderAnswer> => ((await as(trader, 'patch', `/api/orders/${id}`).send(changes).expect(200)).body as { data: OrderAnswer }).data;
const refused = async (trader: Trader, order: object): Promise<{ status: number; code: string; fields: Record<string, string>; details: Record<string, string> }> => {
  const { status, body } = await placeOrder(app, trader, order);
  const { code, fields, details } = (body as { error: { code: string; fields: Record<string, string>; details: Record<string, string> } }).error;
  return { status, code, fields, details };
};
const bids = async (): Promise<[string, string][]> => ((await app.request.get('/api/markets/BTCUSDT/orderbook').expect(200)).body as { data: { bids: [string, string][] } }).data.bids;
const ENDS = '2035-01-01T00:00:00.000Z';

describe('an order', () => {
  test('by quote amount buys as much as the amount pays for', async () => {
    await placed(app, maker, { ...SELL, price: '60000', quantity: '0.1' });
    const bought = await placed(app, taker, { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteAmount: '601' });
    expect(bought).toMatchObject({ status: 'FILLED', quantity: '0.01', filled_quantity: '0.01', quote_amount: '601', price: null });
  });

  test('immediate or cancel takes what is there; fill or kill takes all or is refused', async () => {
    await placed(app, maker, { ...SELL, price: '60000' });
    expect(await refused(taker, { ...BUY, price: '60000', quantity: '0.02', timeInForce: 'FOK' })).toMatchObject({ status: 422, code: 'FILL_OR_KILL', details: { reachable: '0.01' } });
    expect(await placed(app, taker, { ...BUY, price: '60000', quantity: '0.02', timeInForce: 'IOC' })).toMatchObject({ status: 'CANCELLED', reason: 'IMMEDIATE_OR_CANCEL', filled_quantity: '0.01' });
  });

  test('that is post-only waits or is refused', async () => {
    await placed(app, maker, { ...SELL, price: '60000' });
    expect(await refused(taker, { ...BUY, price: '60000', postOnly: true })).toMatchObject({ status: 422, code: 'WOULD_TAKE', details: { best: '60000.00' } });
    expect(await placed(app, taker, { ...BUY, price: '59999', postOnly: true })).toMatchObject({ status: 'PENDING', post_only: true });
  });

  test('ends at its time though nothing else happens', async () => {
    const expiresAt = new Date(app.now() + 60_000).toISOString();
    const order = await placed(app, taker, { ...BUY, price: '50000', timeInForce: 'GTD', expiresAt });
    expect(order).toMatchObject({ status: 'PENDING', time_in_force: 'GTD', expires_at: expiresAt });
    app.advance(60_000);
    await placed(app, maker, { ...BUY, symbol: 'ETHUSDT', price: '1000', quantity: '0.1' });
    expect(await current(taker, order)).toMatchObject({ status: 'CANCELLED', reason: 'EXPIRED' });
    expect((await refused(taker, { ...BUY, timeInForce: 'GTD', expiresAt })).fields).toHaveProperty('expiresAt');
  });

  test('of an iceberg shows its part only, and what it hides can be bought', async () => {
    await placed(app, maker, { ...BUY, type: 'ICEBERG', price: '60000', quantity: '0.05', displayQuantity: '0.01' });
    expect(await bids()).toEqual([['60000.00', '0.01']]);
    expect(await placed(app, taker, { ...SELL, price: '60000', quantity: '0.03' })).toMatchObject({ status: 'FILLED' });
    expect(await bids()).toEqual([['60000.00', '0.01']]);
  });

  test('with a stop sleeps until the last price wakes it, holds what it can cost, and is no part of the book', async () => {
    const [buyer, seller] = [await createTrader(app, { USDT: '1000' }), await createTrader(app)];
    await placed(app, seller, { ...SELL, price: '60000' });
    await placed(app, taker, { ...BUY, price: '60000' });
    const stop = await placed(app, buyer, { symbol: 'BTCUSDT', side: 'BUY', type: 'STOP', quantity: '0.01', stopPrice: '61000' });
    expect(stop).toMatchObject({ status: 'PENDING', stop_price: '61000.00', triggered_at: null });
    // 5 % past the stop price: 64,050 × 0.01.
    expect(await balancesOf(app, buyer)).toEqual({ USDT: '359.5 + 640.5' });
    expect(await bids()).toEqual([]);
    await placed(app, seller, { ...SELL, price: '61000' });
    await placed(app, seller, { ...SELL, price: '62000' });
    await placed(app, taker, { ...BUY, price: '61000' });
    expect(await current(buyer, stop)).toMatchObject({ status: 'FILLED', average_price: '62000.00', triggered_at: expect.any(String) });
    expect(await balancesOf(app, buyer)).toMatchObject({ USDT: '380 + 0' });
    expect(await refused(buyer, { symbol: 'BTCUSDT', side: 'BUY', type: 'STOP', quantity: '0.001', stopPrice: '61000' })).toMatchObject({ status: 422, code: 'STOP_WOULD_TRIGGER', details: { last: '62000.00' } });
  });

  test('that cancels the other is one order: it waits at its price, or goes at its stop', async () => {
    const buyer = await createTrader(app, { USDT: '2000' });
    const order = await placed(app, buyer, { ...BUY, type: 'OCO', price: '60000', stopPrice: '63000', stopLimitPrice: '63500' });
    expect(await bids()).toEqual([['60000.00', '0.01']]);
    expect(await balancesOf(app, buyer)).toEqual({ USDT: '1365 + 635' });
    await placed(app, maker, { ...SELL, price: '63000', quantity: '0.005' });
    await placed(app, taker, { ...BUY, price: '63000', quantity: '0.005' });
    expect(await current(buyer, order)).toMatchObject({ status: 'PENDING', triggered_at: expect.any(String) });
    expect(await bids()).toEqual([['63500.00', '0.01']]);
    expect(await balancesOf(app, buyer)).toEqual({ USDT: '1365 + 635' });
    await cancelAll(buyer);
    expect(await balancesOf(app, buyer)).toEqual({ USDT: '2000 + 0' });
  });

  test('says what does not go together, field by field', async () => {
    const { status, fields } = await refused(taker, { ...BUY, type: 'ICEBERG', stopPrice: '1', timeInForce: 'IOC' });
    expect(status).toBe(400);
    expect(Object.keys(fields).sort()).toEqual(['displayQuantity', 'stopPrice', 'timeInForce']);
    expect((await refused(taker, { ...BUY, timeInForce: 'GTD' })).fields).toHaveProperty('expiresAt');
    expect((await refused(taker, { ...BUY, expiresAt: ENDS })).fields).toHaveProperty('expiresAt');
  });

  test('meets its owner’s own as its self-trade prevention says', async () => {
    const own = await placed(app, taker, { ...SELL, price: '60000' });
    expect(await placed(app, taker, { ...BUY, price: '60000', selfTradePrevention: 'BOTH' })).toMatchObject({ status: 'CANCELLED', reason: 'SELF_TRADE' });
    expect(await current(taker, own)).toMatchObject({ status: 'CANCELLED', reason: 'SELF_TRADE' });
  });
});

describe('an amendment', () => {
  test('to less keeps the place in the queue, anything else loses it, and the same again changes nothing', async () => {
    const [first, second] = [await placed(app, maker, { ...SELL, price: '60000', quantity: '0.03' }), await placed(app, taker, { ...SELL, price: '60000' })];
    const buyer = await createTrader(app);
    expect(await amended(maker, first, { quantity: '0.02' })).toMatchObject({ quantity: '0.02', status: 'PENDING' });
    await placed(app, buyer, { ...BUY, price: '60000' });
    expect(await current(maker, first)).toMatchObject({ filled_quantity: '0.01' });
    const more = await amended(maker, first, { quantity: '0.03' });
    expect(await amended(maker, first, { quantity: '0.03' })).toEqual(more);
    await placed(app, buyer, { ...BUY, price: '60000' });
    expect([(await current(maker, first)).filled_quantity, (await current(taker, second)).status]).toEqual(['0.01', 'FILLED']);
  });

  test('that would be refused leaves the order as it was', async () => {
    const seller = await createTrader(app, { BTC: '0.02' });
    const order = await placed(app, seller, { ...SELL, price: '60000', quantity: '0.02' });
    for (const [changes, code] of [[{ quantity: '0.03' }, 'INSUFFICIENT_BALANCE'], [{ price: '60000.001' }, 'PRICE_NOT_ON_TICK'], [{ stopPrice: '1' }, 'VALIDATION_ERROR'], [{}, 'VALIDATION_ERROR']] as const) {
      const { body } = await as(seller, 'patch', `/api/orders/${order.id}`).send(changes);
      expect((body as { error: { code: string } }).error.code).toBe(code);
    }
    expect(await current(seller, order)).toEqual(order);
    expect(await balancesOf(app, seller)).toEqual({ BTC: '0 + 0.02' });
    await cancelAll(seller);
  });

  test('is for the owner only, and not for an order of a trade token', async () => {
    const order = await placed(app, maker, { ...BUY, price: '50000' });
    await as(taker, 'patch', `/api/orders/${order.id}`).send({ price: '50001' }).expect(404);
    await signed(app, taker, 'DELETE', `/api/orders/${order.id}`).expect(404);
    const trader = await createWidgetTrader(app, { USDT: '1000' });
    const trade = { ...BUY, price: '50000', clientOrderId: newClientOrderId() };
    const { token } = await tokenFor(app, trader, trade);
    const { body } = await app.request.post('/api/orders').set('Authorization', `Bearer ${trader.venueToken}`).set('X-Trade-Token', token).send(trade).expect(201);
    const answer = await as(trader, 'patch', `/api/orders/${(body as { data: OrderAnswer }).data.id}`).send({ quantity: '0.02' }).expect(403);
    expect((answer.body as { error: { code: string } }).error.code).toBe('ORDER_OF_TRADE_TOKEN');
    await app.request.patch(`/api/orders/${(body as { data: OrderAnswer }).data.id}`).set('Authorization', `Bearer ${trader.venueToken}`).send({ quantity: '0.02' }).expect(403);
    await cancelAll(trader);
  });
});

describe('cancelling', () => {
  test('one order releases its hold, and it is not found open again', async () => {
    const buyer = await createTrader(app, { USDT: '500' });
    const order = await placed(app, buyer, { ...BUY, price: '50000' });
    expect((await signed(app, buyer, 'DELETE', `/api/orders/${order.id}`).expect(200)).body).toMatchObject({ data: { id: order.id, status: 'CANCELLED', reason: 'USER_REQUEST' } });
    expect(await balancesOf(app, buyer)).toEqual({ USDT: '500 + 0' });
    await signed(app, buyer, 'DELETE', `/api/orders/${order.id}`).expect(404);
  });

  test('all takes those of one market, or every one, and none is no error', async () => {
    const trader = await createTrader(app);
    for (const symbol of ['BTCUSDT', 'BTCUSDT', 'ETHUSDT']) await placed(app, trader, { ...BUY, symbol, price: '1000' });
    expect((await cancelAll(trader, '?symbol=BTCUSDT')).map(({ symbol, status }) => [symbol, status])).toEqual([['BTCUSDT', 'CANCELLED'], ['BTCUSDT', 'CANCELLED']]);
    expect(await cancelAll(trader)).toHaveLength(1);
    expect(await cancelAll(trader)).toEqual([]);
    await signed(app, trader, 'DELETE', '/api/orders?symbol=NOSUCH').expect(400);
  });
});

describe('a user’s orders are listed', () => {
  let trader: Trader;
  let ids: number[];
  const list = async (path: string): Promise<{ orders: OrderAnswer[]; next_cursor: number | null }> => ((await as(trader, 'get', path).expect(200)).body as { data: { orders: OrderAnswer[]; next_cursor: number | null } }).data;
  beforeAll(async () => {
    trader = await createTrader(app);
    const orders = [];
    for (let at = 0; at < 5; at += 1) {
      orders.push(await placed(app, trader, { ...BUY, price: String(1000 + at), ...(at === 0 && { clientOrderId: 'the-first' }) }));
      app.advance(1);
    }
    ids = orders.map(({ id }) => id);
    await signed(app, trader, 'DELETE', `/api/orders/${ids[1]!}`).expect(200);
  });

  test('newest first, page by page', async () => {
    const first = await list('/api/orders?limit=2');
    const second = await list(`/api/orders?limit=2&cursor=${first.next_cursor!}`);
    const third = await list(`/api/orders?limit=2&cursor=${second.next_cursor!}`);
    expect([first, second, third].map(({ orders }) => orders.map(({ id }) => id))).toEqual([[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]);
    expect(third.next_cursor).toBeNull();
  });

  test('open ones apart from ended ones', async () => {
    expect((await list('/api/orders/active')).orders.map(({ id }) => id)).toEqual([ids[4], ids[3], ids[2], ids[0]]);
    expect((await list('/api/orders/history')).orders.map(({ id, status }) => [id, status])).toEqual([[ids[1], 'CANCELLED']]);
  });

  test('by what is asked for, and nobody sees another’s', async () => {
    expect((await list('/api/orders?clientOrderId=the-first')).orders.map(({ id }) => id)).toEqual([ids[0]]);
    expect((await list('/api/orders?status=CANCELLED&symbol=BTCUSDT&side=BUY&type=LIMIT')).orders.map(({ id }) => id)).toEqual([ids[1]]);
    expect((await list('/api/orders?side=SELL')).orders).toEqual([]);
    expect((await list('/api/orders?type=STOP')).orders).toEqual([]);
    expect((await list(`/api/orders?from=${ENDS}`)).orders).toEqual([]);
    const { body } = await as(maker, 'get', '/api/orders?clientOrderId=the-first').expect(200);
    expect((body as { data: { orders: unknown[] } }).data.orders).toEqual([]);
  });

  test('from a moment on, and up to another without it', async () => {
    const { orders } = await list('/api/orders');
    const at = (index: number): string => orders.find(({ id }) => id === ids[index])!['created_at']!;
    const found = async (query: string): Promise<number[]> => (await list(`/api/orders?${query}`)).orders.map(({ id }) => id);
    expect(await found(`from=${at(3)}`)).toEqual([ids[4], ids[3]]);
    expect(await found(`to=${at(1)}`)).toEqual([ids[0]]);
    expect(await found(`from=${at(1)}&to=${at(3)}`)).toEqual([ids[2], ids[1]]);
  });

  test.each(['limit=0', 'limit=101', 'cursor=x', 'status=OPEN', 'symbol=btc', 'from=yesterday', 'unknown=1'])('%s is refused', async (query) => {
    await as(trader, 'get', `/api/orders?${query}`).expect(400);
  });
});

test('what was in the engine is there after a restart: stops, icebergs and the queue', async () => {
  const before = await sql<{ digest: string }>(app.database.superUrl, 'select digest from trading.engine_state');
  const [slow, fast] = [await createTrader(app), await createTrader(app)];
  const [first, second] = [await placed(app, slow, { ...SELL, price: '70000', quantity: '0.02' }), await placed(app, fast, { ...SELL, price: '70000' })];
  await amended(slow, first, { quantity: '0.03' });
  const iceberg = await placed(app, fast, { ...SELL, type: 'ICEBERG', price: '70001', quantity: '0.05', displayQuantity: '0.01' });
  await sql(app.database.superUrl, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1', ['engine']);
  await placeOrder(app, taker, { ...BUY, price: '1000' });
  await until(async () => (await placeOrder(app, taker, { ...BUY, price: '1000' })).status, (status) => status === 201);
  await placed(app, taker, { ...BUY, price: '70000' });
  expect([(await current(slow, first)).status, (await current(fast, second)).status]).toEqual(['PENDING', 'FILLED']);
  await placed(app, taker, { ...BUY, price: '70001', quantity: '0.05' });
  expect(await current(fast, iceberg)).toMatchObject({ filled_quantity: '0.02' });
  expect(before).toHaveLength(1);
});
