import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { listTokens, signIn, type TokenLife } from '../../testing/builders.ts';
import { createTestApp } from '../../testing/test-app.ts';
import {
  BUY, createTrader, createVenue, createWidgetTrader, newClientOrderId, placed, placedSigned, SELL, sql, tokenFor, until, VENUE, type TestVenue, type Trader, type WidgetTrader,
} from '../../testing/venue.ts';

/** What the operator of the widget hears of its trade tokens. */
let app: TestVenue;
let staff: { accessToken: string };
let trader: WidgetTrader;
let maker: Trader;
beforeAll(async () => {
  app = await createVenue();
  [staff, trader, maker] = [await signIn(app, 'admin'), await createWidgetTrader(app, { USDT: '1000000' }), await createTrader(app, { BTC: '1000' })];
});
afterAll(() => app.close());

const post = (body: object, headers: Record<string, string> = {}): supertest.Test => app.request.post('/api/orders').set(headers).send(body);
const asWidget = (user: WidgetTrader = trader): Record<string, string> => ({ Authorization: `Bearer ${user.venueToken}` });
const lifeOf = async (jti: string): Promise<TokenLife | undefined> => (await listTokens(app, staff.accessToken, VENUE)).tokens.find((token) => token.jti === jti);
const reported = (jti: string, status: string): Promise<TokenLife | undefined> => until(() => lifeOf(jti), (life) => life?.status === status, 1_500);

test('the operator sees a filled order as executed within a second and a half of the click', async () => {
  await placedSigned(app, maker, { ...SELL, price: '64000', quantity: '2' });
  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.5', clientOrderId: newClientOrderId() } as const;
  const { token, jti } = await tokenFor(app, trader, order);
  const { body } = await post(order, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
  expect(body.data).toMatchObject({ status: 'FILLED', average_price: '64000.00' });
  const life = await reported(jti, 'executed');
  expect(life).toMatchObject({ execution: { quantity: '0.5', price: '64000', orderId: String(body.data.id) }, feeDue: { amount: '16' } });
});

test('an order that fills in steps is reported in totals, and to the end', async () => {
  const order = { ...BUY, price: '63000', quantity: '0.03', clientOrderId: newClientOrderId() };
  const { token, jti } = await tokenFor(app, trader, order);
  const { body } = await post(order, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
  expect(await lifeOf(jti)).toMatchObject({ status: 'redeemed' });
  const book = await app.request.get('/api/markets/BTCUSDT/orderbook').expect(200);
  const above = (book.body.data.bids as [string, string][]).filter(([price]) => Number(price) > 63000).reduce((sum, [, quantity]) => sum + Number(quantity), 0);
  await placed(app, maker, { ...SELL, price: '63000', quantity: (above + 0.01).toFixed(4) });
  expect(await reported(jti, 'partially_executed')).toMatchObject({ execution: { quantity: '0.01', price: '63000' } });
  await placed(app, maker, { ...SELL, price: '63000', quantity: '0.02' });
  expect(await reported(jti, 'executed')).toMatchObject({ execution: { quantity: '0.03', orderId: String(body.data.id) } });
});

test('an order that ends without a fill is reported as expired or rejected', async () => {
  const order = { ...BUY, price: '100', quantity: '1', clientOrderId: newClientOrderId() };
  const { token, jti } = await tokenFor(app, trader, order);
  const { body } = await post(order, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
  await app.app.trading!.engine.submit({ kind: 'cancel', userId: trader.userId, orderId: body.data.id as number });
  expect(await reported(jti, 'expired')).toMatchObject({ execution: { quantity: '0', price: null, orderId: String(body.data.id) } });
});

test('an order the engine refuses spends its token and is reported as rejected', async () => {
  const poor = await createWidgetTrader(app, { USDT: '10' });
  const { token, jti } = await tokenFor(app, poor, BUY);
  const { body } = await post(BUY, { ...asWidget(poor), 'X-Trade-Token': token }).expect(422);
  expect(body.error.code).toBe('INSUFFICIENT_BALANCE');
  expect(await reported(jti, 'rejected')).toMatchObject({ execution: { quantity: '0', orderId: '-' } });
  const again = await post(BUY, { ...asWidget(poor), 'X-Trade-Token': token }).expect(409);
  expect(again.body.error).toMatchObject({ code: 'TRADE_TOKEN_SPENT', details: { jti, refusal: 'INSUFFICIENT_BALANCE' } });
});

test('a second token for an order placed already is answered with that order, and reported as rejected', async () => {
  const order = { ...BUY, price: '50000', clientOrderId: newClientOrderId() };
  const first = await post(order, { ...asWidget(), 'X-Trade-Token': (await tokenFor(app, trader, order)).token }).expect(201);
  const second = await tokenFor(app, trader, order);
  const { body } = await post(order, { ...asWidget(), 'X-Trade-Token': second.token }).expect(201);
  expect(body.data.id).toBe(first.body.data.id);
  await reported(second.jti, 'rejected');
});

test('a report that is delivered again and again counts once', async () => {
  await placed(app, maker, { ...SELL, price: '64500', quantity: '0.1' });
  const order = { ...BUY, price: '64500', clientOrderId: newClientOrderId() };
  const { token, jti } = await tokenFor(app, trader, order);
  await post(order, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
  const life = await reported(jti, 'executed');
  for (let round = 0; round < 3; round += 1) {
    await sql(app.database.superUrl, `update trading.execution_reports set reported_version = 0, next_attempt_at = now() where jti = $1`, [jti]);
    await Promise.all([app.app.trading!.deliverReports(), app.app.trading!.deliverReports()]);
  }
  expect(await sql(app.database.superUrl, `select version, reported_version, operator_refused from trading.execution_reports where jti = $1`, [jti])).toEqual([{ version: 1, reported_version: 1, operator_refused: null }]);
  expect(await sql(app.database.superUrl, `select count(*)::int as n from widget.executions where jti = $1`, [jti])).toEqual([{ n: 1 }]);
  expect(await lifeOf(jti)).toEqual(life);
});

test('a token that was spent for an order nobody ever saw again is reported as rejected after a minute', async () => {
  const { token, jti } = await tokenFor(app, trader, BUY);
  await app.app.widget!.tradeTokens.redeem(VENUE, token);
  await sql(app.database.superUrl, `insert into trading.execution_reports (jti, user_id, executed_at, version, next_attempt_at) values ($1, $2, now(), 0, now() - interval '30 seconds')`, [jti, trader.userId]);
  await app.app.trading!.deliverReports();
  expect(await lifeOf(jti)).toMatchObject({ status: 'redeemed' });
  await sql(app.database.superUrl, `update trading.execution_reports set next_attempt_at = now() - interval '61 seconds' where jti = $1`, [jti]);
  await app.app.trading!.deliverReports();
  expect(await lifeOf(jti)).toMatchObject({ status: 'rejected', execution: { quantity: '0' } });
});

test('orders are counted per user on every path, and a token over the limit is reported as rejected', async () => {
  const limited = await createVenue({ env: { LIMIT_ORDERS_PER_MINUTE_TIER_1: '2' } });
  try {
    const user = await createWidgetTrader(limited);
    const send = (headers: Record<string, string>): supertest.Test => limited.request.post('/api/orders').set(headers).send(BUY);
    for (let count = 0; count < 2; count += 1) await send({ Authorization: `Bearer ${user.accessToken}` }).expect(201);
    const { token, jti } = await tokenFor(limited, user, BUY);
    await send({ Authorization: `Bearer ${token}` }).expect(429);
    const admin = await signIn(limited, 'admin');
    await until(() => listTokens(limited, admin.accessToken, VENUE), ({ tokens }) => tokens[0]?.jti === jti && tokens[0].status === 'rejected');
  } finally {
    await limited.close();
  }
});

test('where the widget runs in another process, the venue asks it over HTTP as any partner does', async () => {
  const whole = await createVenue();
  const { partner, database, url } = whole;
  const apart = await createTestApp({
    database,
    env: {
      ROLES: 'trading', NODE_ADDRESS: 'http://127.0.0.1:1', ENGINE_LEASE_MS: '400', ENGINE_RENEW_MS: '100', WIDGET_API_URL: url,
      VENUE_API_KEY: partner.apiKey, VENUE_API_SECRET: partner.apiSecret, VENUE_SESSION_SECRET: partner.sessionSecret,
    },
  });
  try {
    await whole.app.trading!.engine.stop();
    await until(() => apart.app.trading!.account.fund(1, 'USDT', '1', 'is it here?').catch(() => null), (arrived) => arrived !== null);
    const user = await createWidgetTrader({ ...apart, partner, request: { get: apart.request.get, post: whole.request.post } as TestVenue['request'] });
    await placed(apart, await createTrader(apart), SELL);
    const { token, jti } = await tokenFor(whole, user, BUY);
    const send = (body: object): supertest.Test => apart.request.post('/api/orders').set('Authorization', `Bearer ${user.venueToken}`).set('X-Trade-Token', token).send(body);
    expect((await send({ ...BUY, quantity: '0.02' }).expect(403)).body.error.code).toBe('TRADE_TOKEN_MISMATCH');
    expect((await send(BUY).expect(201)).body.data).toMatchObject({ status: 'FILLED' });
    expect((await send(BUY).expect(409)).body.error).toMatchObject({ code: 'TRADE_TOKEN_SPENT', details: { jti, order: { status: 'FILLED' } } });
    const admin = await signIn(whole, 'admin');
    await until(() => listTokens(whole, admin.accessToken, VENUE), ({ tokens }) => tokens[0]?.status === 'executed', 2_000);
  } finally {
    await apart.close();
    await whole.close();
  }
});
