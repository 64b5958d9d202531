import { ORDER_TERMS, TRADE_FIELDS as VERIFIER_FIELDS } from '@our-domain/trade-token-verifier';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import type supertest from 'supertest';
import { TERMS } from '../../domain/order-terms.ts';
import { TRADE_FIELDS } from '../../domain/trade-token.ts';
import { listTokens, signIn, type TokenLife } from '../../testing/builders.ts';
import {
  BUY, createVenue, createWidgetTrader, newClientOrderId, tokenFor, VENUE, type TestVenue, type WidgetTrader,
} from '../../testing/venue.ts';
import { placeOrderRequest } from './orders.schema.ts';

let app: TestVenue;
let staff: { accessToken: string };
let trader: WidgetTrader;
beforeAll(async () => {
  app = await createVenue();
  [staff, trader] = [await signIn(app, 'admin'), await createWidgetTrader(app, { USDT: '1000000' })];
});
afterAll(() => app.close());

const post = (body: object, headers: Record<string, string> = {}): supertest.Test => app.request.post('/api/orders').set(headers).send(body);
const asWidget = (user: WidgetTrader = trader): Record<string, string> => ({ Authorization: `Bearer ${user.venueToken}` });
const lifeOf = async (jti: string): Promise<TokenLife | undefined> => (await listTokens(app, staff.accessToken, VENUE)).tokens.find((token) => token.jti === jti);

test('the body of an order and a trade token have the same closed list of fields', () => {
  const fields = Object.keys(placeOrderRequest.describe().keys as object).filter((name) => name !== 'tradeToken');
  expect(fields.sort()).toEqual([...TRADE_FIELDS].sort());
  expect(fields).toEqual([...VERIFIER_FIELDS].sort());
});

test('which fields go together is one table, here and in the verifier', () => {
  const always = ['symbol', 'side', 'type', 'selfTradePrevention', 'clientOrderId'];
  const without = (fields: readonly string[]): string[] => fields.filter((field) => !always.includes(field)).sort();
  const table = Object.entries(TERMS).map(([type, { needs, may, timesInForce }]) => [type, without(needs), without(may), timesInForce]);
  expect(Object.entries(ORDER_TERMS).map(([type, { needs, may, timesInForce }]) => [type, without(needs), without(may), timesInForce])).toEqual(table);
});

test('a widget session without a trade token trades nothing', async () => {
  const { body } = await post(BUY, asWidget()).expect(403);
  expect(body.error.code).toBe('TRADE_TOKEN_REQUIRED');
});

describe('a trade token is found', () => {
  test.each([
    ['in the header', (token: string) => post(BUY, { ...asWidget(), 'X-Trade-Token': token })],
    ['in the body', (token: string) => post({ ...BUY, tradeToken: token }, asWidget())],
    ['as the bearer, where it names its user itself', (token: string) => post(BUY, { Authorization: `Bearer ${token}` })],
  ])('%s', async (_where, send) => {
    const { token, jti } = await tokenFor(app, trader, BUY);
    const { body } = await send(token).expect(201);
    expect(body.data).toMatchObject({ status: 'PENDING', quantity: '0.01' });
    expect(await lifeOf(jti)).toMatchObject({ status: 'redeemed' });
  });

  test('in one place only', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    const both = await post({ ...BUY, tradeToken: token }, { ...asWidget(), 'X-Trade-Token': token }).expect(400);
    expect(both.body.error.code).toBe('TRADE_TOKEN_AMBIGUOUS');
    await post({ ...BUY, tradeToken: token }, { Authorization: `Bearer ${token}` }).expect(400);
  });
});

test('a token shown again places nothing and answers with the first order, even after it expired', async () => {
  const order = { ...BUY, price: '50000', clientOrderId: newClientOrderId() };
  const { token, jti } = await tokenFor(app, trader, order);
  const first = await post(order, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
  const again = await post(order, { ...asWidget(), 'X-Trade-Token': token }).expect(409);
  expect(again.body.error).toMatchObject({ code: 'TRADE_TOKEN_SPENT', details: { jti, order: first.body.data } });
  app.advance(30_000);
  const late = await post(order, { ...asWidget(), 'X-Trade-Token': token }).expect(409);
  expect(late.body.error.details.order.id).toBe(first.body.data.id);
});

test('of twenty orders with one token at once exactly one is placed', async () => {
  const { token } = await tokenFor(app, trader, BUY);
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(BUY, { ...asWidget(), 'X-Trade-Token': token })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
});

describe('a trade token is refused', () => {
  const refusedWith = async (send: () => supertest.Test, code: string, status = 403): Promise<void> => {
    const { body } = await send().expect(status);
    expect(body.error.code).toBe(code);
  };

  test('when one character of it is another', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    const [header, claims, signature] = token.split('.') as [string, string, string];
    const altered = [
      [header, Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'another' })).toString('base64url'), signature],
      [header, claims, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
      [header, claims, ''],
    ];
    for (const parts of altered) await refusedWith(() => post(BUY, { ...asWidget(), 'X-Trade-Token': parts.join('.') }), 'TRADE_TOKEN_INVALID');
    await post(BUY, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
  });

  test('when it is signed with a public key as if that were a secret', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    const [header, claims] = token.split('.') as [string, string];
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const forgedHeader = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'trade+jwt', kid })).toString('base64url');
    const { body: keys } = await app.request.get(`/api/widget/jwks/${VENUE}`).expect(200);
    const forged = createHmac('sha256', JSON.stringify(keys)).update(`${forgedHeader}.${claims}`).digest('base64url');
    await refusedWith(() => post(BUY, { Authorization: `Bearer ${forgedHeader}.${claims}.${forged}` }), 'TRADE_TOKEN_INVALID');
  });

  test('when it has expired', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    app.advance(13_000);
    await refusedWith(() => post(BUY, { ...asWidget(), 'X-Trade-Token': token }), 'TRADE_TOKEN_EXPIRED');
  });

  test('in another user’s session', async () => {
    const other = await createWidgetTrader(app);
    const { token } = await tokenFor(app, trader, BUY);
    await refusedWith(() => post(BUY, { ...asWidget(other), 'X-Trade-Token': token }), 'TRADE_TOKEN_MISMATCH');
    await post(BUY, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
  });

  test('when it is an access token, or a token of another kind', async () => {
    await refusedWith(() => post(BUY, { ...asWidget(), 'X-Trade-Token': trader.accessToken }), 'TRADE_TOKEN_INVALID');
    await refusedWith(() => post(BUY, { ...asWidget(), 'X-Trade-Token': trader.widget.sessionToken }), 'TRADE_TOKEN_INVALID');
  });

  test('in a full session too, when one is shown', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    await refusedWith(() => post({ ...BUY, quantity: '0.02' }, { Authorization: `Bearer ${trader.accessToken}`, 'X-Trade-Token': token }), 'TRADE_TOKEN_MISMATCH');
  });
});

test('an order that differs from its token in any one field is refused, and the token still works for its own', async () => {
  const order = { ...BUY, price: '50000', clientOrderId: newClientOrderId() };
  const { clientOrderId: _, ...nameless } = order;
  const { token } = await tokenFor(app, trader, order);
  const changed = [
    { ...order, symbol: 'ETHUSDT' }, { ...order, side: 'SELL' }, { ...order, type: 'MARKET', price: undefined }, { ...order, quantity: '0.02' },
    { ...order, price: '50000.01' }, { ...order, clientOrderId: newClientOrderId() }, nameless,
  ];
  for (const other of changed) {
    const { body } = await post(other, { ...asWidget(), 'X-Trade-Token': token }).expect(403);
    expect(body.error).toMatchObject({ code: 'TRADE_TOKEN_MISMATCH', fields: expect.anything() });
  }
  await post({ ...order, quantity: '0.0100', price: '50000.0' }, { ...asWidget(), 'X-Trade-Token': token }).expect(201);
});

test('a venue whose tokens are signed with a shared secret checks them alike', async () => {
  const hs256 = await createVenue({ algorithm: 'HS256' });
  try {
    const user = await createWidgetTrader(hs256);
    const { token } = await tokenFor(hs256, user, BUY);
    await hs256.request.post('/api/orders').set('Authorization', `Bearer ${user.venueToken}`).set('X-Trade-Token', token).send(BUY).expect(201);
    await hs256.request.post('/api/orders').set('Authorization', `Bearer ${user.venueToken}`).set('X-Trade-Token', token).send(BUY).expect(409);
  } finally {
    await hs256.close();
  }
});

describe('long after its end', () => {
  const HOURS_MS = 3 * 3_600_000;
  const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
  /** Sessions have ended by then too: the token names its user itself. */
  async function spentLongAgo(): Promise<{ token: string; jti: string; orderId: number }> {
    const { token, jti } = await tokenFor(app, await createWidgetTrader(app), BUY);
    const { body } = await post(BUY, bearer(token)).expect(201);
    app.advance(HOURS_MS);
    return { token, jti, orderId: (body as { data: { id: number } }).data.id };
  }

  test('a token that was spent is still answered with its first order, so that nobody takes it for one that was never placed', async () => {
    const { token, jti, orderId } = await spentLongAgo();
    const { body } = await post(BUY, bearer(token)).expect(409);
    expect(body.error).toMatchObject({ code: 'TRADE_TOKEN_SPENT', details: { jti, order: { id: orderId } } });
  });

  test('a token that was spent tells nothing to an order that is not its own', async () => {
    const { token } = await spentLongAgo();
    const { body } = await post({ ...BUY, quantity: '0.02' }, bearer(token)).expect(403);
    expect(body.error.code).toBe('TRADE_TOKEN_MISMATCH');
  });

  test('a token that was never spent is expired', async () => {
    const { token } = await tokenFor(app, await createWidgetTrader(app), BUY);
    app.advance(HOURS_MS);
    const { body } = await post(BUY, bearer(token)).expect(403);
    expect(body.error.code).toBe('TRADE_TOKEN_EXPIRED');
  });
});
