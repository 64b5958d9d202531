import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type supertest from 'supertest';
import { createSecretBox, SEAL_RANDOM_BYTES } from '../domain/secret-box.ts';
import { signingKeyContext } from '../domain/session-secrets.ts';
import { SessionSigningKeys } from '../features/auth/session-signing-keys.state.ts';
import { sessionHeaders, signed, TEST_CLIENT, type Signer } from '../testing/builders.ts';
import type { TestApp } from '../testing/test-app.ts';
import { BUY, createNode, createMarkets, createTrader, placed, placeOrder, SELL, sql, type OrderAnswer, type Trader } from '../testing/venue.ts';
import { LocalLimiter, windowOf } from './limiter.ts';
import { requestSignatures } from './request-signature.ts';

/** Above HIGH_VALUE_NOTIONAL, at a price at which nothing else is placed here. */
const LARGE = { ...BUY, quantity: '2', price: '50000.01' } as const;
const VERSIONS = [1, 2] as const;
/** The holder of an access token whose session is not there. */
const NOBODY = { email: 'nobody@example.com', role: 'user', sessionId: '019d0000-0000-7000-8000-000000000000', secondFactorAt: null } as const;

let app: TestApp;
let other: TestApp;
let ann: Trader;
beforeAll(async () => {
  app = await createNode();
  await createMarkets(app);
  other = await createNode({ database: app.database });
  ann = await createTrader(app, { USDT: '10000000', BTC: '100' });
});
afterAll(async () => {
  await other.close();
  await app.close();
});

const outcome = async (call: supertest.Test): Promise<[status: number, code: string | null]> => {
  const { status, body } = await call;
  return [status, (body as { error?: { code: string } }).error?.code ?? null];
};
const resting = (): Promise<OrderAnswer> => placed(app, ann, { ...BUY, price: '40000' });
const pathOf = ({ id }: OrderAnswer): string => `/api/orders/${id}`;
const statusOf = async ({ id }: OrderAnswer): Promise<unknown> => (await sql(app.database.superUrl, 'select status from trading.orders where id = $1', [id]))[0]!['status'];
/** A call with headers that were made before, or for something else. */
const send = (node: TestApp, headers: Record<string, string>, method: 'delete' | 'post' | 'patch', path: string, body?: string): supertest.Test => {
  const request = node.request[method](path).set(headers);
  return body === undefined ? request : request.set('Content-Type', 'application/json').send(body);
};

describe('a cancel is signed by its session', () => {
  test.each(VERSIONS)('version %i: the order, and all orders', async (version) => {
    const [one, rest] = [await resting(), await resting()];
    await signed(app, ann, 'DELETE', pathOf(one), null, { version }).expect(200);
    await signed(other, ann, 'DELETE', '/api/orders?symbol=BTCUSDT', null, { version }).expect(200);
    expect([await statusOf(one), await statusOf(rest)]).toEqual(['CANCELLED', 'CANCELLED']);
  });

  test('an access token alone cancels nothing', async () => {
    const order = await resting();
    const bare = { Authorization: `Bearer ${ann.accessToken}` };
    for (const path of [pathOf(order), '/api/orders']) expect(await outcome(send(app, bare, 'delete', path))).toEqual([401, 'REQUEST_SIGNATURE_REQUIRED']);
    expect(await statusOf(order)).toBe('PENDING');
  });

  test.each(VERSIONS)('version %i: a signature over something else, or by somebody else, cancels nothing', async (version) => {
    const [order, bob] = [await resting(), await createTrader(app, {})];
    const path = pathOf(order);
    const own = (options: object = {}): Record<string, string> => sessionHeaders(ann, 'DELETE', path, '', { version, timestamp: app.now(), ...options });
    const stranger = { accessToken: ann.accessToken, signingKey: bob.signingKey };
    const wrong: [what: string, headers: Record<string, string>, code: string][] = [
      ['another path', sessionHeaders(ann, 'DELETE', '/api/orders', '', { version, timestamp: app.now() }), 'SIGNATURE_INVALID'],
      ['another method', sessionHeaders(ann, 'GET', path, '', { version, timestamp: app.now() }), 'SIGNATURE_INVALID'],
      ['another time', { ...own(), 'X-Timestamp': String(app.now() + 1_000) }, 'SIGNATURE_INVALID'],
      ['another session’s key', sessionHeaders(stranger, 'DELETE', path, '', { version, timestamp: app.now() }), 'SIGNATURE_INVALID'],
      ['the key’s owner, for a token of another', { ...own(), Authorization: `Bearer ${bob.accessToken}` }, 'SIGNATURE_INVALID'],
      ['the other version', { ...own(), 'X-Signature-Version': version === 1 ? '2' : '1' }, 'SIGNATURE_INVALID'],
      ['no such version', { ...own(), 'X-Signature-Version': '3' }, 'SIGNATURE_INVALID'],
      ['no signature', { ...own(), 'X-Signature': '' }, 'SIGNATURE_INVALID'],
      ['a nonce that is none', own({ nonce: 'short' }), 'SIGNATURE_INVALID'],
      ['long ago', own({ timestamp: app.now() - 30_500 }), 'TIMESTAMP_OUT_OF_RANGE'],
      ['not yet', own({ timestamp: app.now() + 31_000 }), 'TIMESTAMP_OUT_OF_RANGE'],
      ['a session without a key', sessionHeaders({ accessToken: app.app.auth.accessToken({ ...NOBODY, userId: ann.userId }).accessToken, signingKey: ann.signingKey }, 'DELETE', path, '', { version, timestamp: app.now() }), 'SIGNATURE_INVALID'],
    ];
    for (const [what, headers, code] of wrong) expect([what, ...(await outcome(send(app, headers, 'delete', path)))]).toEqual([what, 401, code]);
    expect(await statusOf(order)).toBe('PENDING');
  });

  test('what stood in the query cannot be moved into a body', async () => {
    const order = await resting();
    const headers = sessionHeaders(ann, 'DELETE', '/api/orders?symbol=ETHUSDT', '', { timestamp: app.now() });
    expect(await outcome(send(app, headers, 'delete', '/api/orders', '?symbol=ETHUSDT'))).toEqual([401, 'SIGNATURE_INVALID']);
    expect(await statusOf(order)).toBe('PENDING');
  });

  test.each(VERSIONS)('version %i: of one signature sent twenty times to two nodes one call counts, whatever nonce stands beside it', async (version) => {
    const headers = sessionHeaders(ann, 'DELETE', '/api/orders?symbol=ETHUSDT', '', { version, timestamp: app.now() });
    const nonce = (at: number): object => (version === 1 && at > 0 ? { 'X-Nonce': randomUUID() } : {});
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, at) => outcome(send([app, other][at % 2]!, { ...headers, ...nonce(at) }, 'delete', '/api/orders?symbol=ETHUSDT'))));
    expect(outcomes.filter(([status]) => status === 200)).toHaveLength(1);
    expect(outcomes.filter(([, code]) => code === 'NONCE_REUSED')).toHaveLength(19);
  });

  test.each(VERSIONS)('version %i: a nonce counts once, on whatever node, and another trader may have it too', async (version) => {
    const [nonce, bob] = [randomUUID(), await createTrader(app, {})];
    const cancelAll = (node: TestApp, who: Signer, at: number): Promise<unknown> => outcome(signed(node, who, 'DELETE', '/api/orders', null, { version, nonce, timestamp: node.now() + at }));
    expect(await cancelAll(app, ann, 0)).toEqual([200, null]);
    expect(await cancelAll(other, ann, 1)).toEqual([401, 'NONCE_REUSED']);
    expect(await cancelAll(other, bob, 0)).toEqual([200, null]);
  });

  test('a session that has ended signs nothing', async () => {
    const { accessToken, signingKey, sessionId } = await app.app.sessions.open({ userId: ann.userId, email: 'ann@example.com', role: 'user', secondFactorAt: null }, TEST_CLIENT);
    const cancelAll = (): Promise<unknown> => outcome(signed(app, { accessToken, signingKey }, 'DELETE', '/api/orders'));
    expect(await cancelAll()).toEqual([200, null]);
    await app.app.sessions.end(ann.userId, sessionId, 'ended_by_user', TEST_CLIENT);
    expect(await cancelAll()).toEqual([401, 'ACCESS_TOKEN_INVALID']);
  });
});

describe('an order of high value is signed by its session', () => {
  test('up to 100,000 it need not be, and above it must', async () => {
    await placed(app, ann, { ...LARGE, price: '50000' });
    const { body } = await placeOrder(app, ann, LARGE).expect(401);
    expect((body as { error: object }).error).toMatchObject({ code: 'REQUEST_SIGNATURE_REQUIRED', details: { worth: '100000.02', above: '100000' } });
    for (const version of VERSIONS) await signed(app, ann, 'POST', '/api/orders', LARGE, { version }).expect(201);
  });

  test('on the node without the engine, too', async () => {
    expect(await outcome(placeOrder(other, ann, LARGE))).toEqual([401, 'REQUEST_SIGNATURE_REQUIRED']);
    await signed(other, ann, 'POST', '/api/orders', LARGE).expect(201);
  });

  test('one that is made large by a change, too', async () => {
    const order = await placed(app, ann, { ...LARGE, price: '50000' });
    expect(await outcome(app.request.patch(pathOf(order)).set('Authorization', `Bearer ${ann.accessToken}`).send({ quantity: '2.0001' }))).toEqual([401, 'REQUEST_SIGNATURE_REQUIRED']);
    await app.request.patch(pathOf(order)).set('Authorization', `Bearer ${ann.accessToken}`).send({ quantity: '1.9999' }).expect(200);
    await signed(app, ann, 'PATCH', pathOf(order), { quantity: '2.0001' }).expect(200);
  });

  /** Before each of the next amendments reaches the engine the order is made another, as by a call that was judged at the same time. */
  function meanwhile(...changes: readonly (() => Promise<unknown>)[]): void {
    const { engine } = app.app.trading!;
    const [submit, left] = [engine.submit.bind(engine), [...changes]];
    const overtaken: typeof submit = async (command) => {
      if (command.kind !== 'amend') return submit(command);
      engine.submit = submit;
      await left.shift()!();
      if (left.length > 0) engine.submit = overtaken;
      return submit(command);
    };
    engine.submit = overtaken;
  }
  const changeUnsigned = (order: OrderAnswer, body: object): supertest.Test => app.request.patch(pathOf(order)).set('Authorization', `Bearer ${ann.accessToken}`).send(body);
  const termsOf = async ({ id }: OrderAnswer): Promise<unknown> => (await sql(app.database.superUrl, 'select trim_scale(quantity)::text as quantity, trim_scale(price)::text as price from trading.orders where id = $1', [id]))[0];

  test('two changes at once do not make together what neither may: the one that comes second is judged again', async () => {
    const order = await placed(app, ann, { ...BUY, quantity: '1', price: '10' });
    meanwhile(async () => expect((await changeUnsigned(order, { quantity: '20' })).status).toBe(200));
    expect(await outcome(changeUnsigned(order, { price: '50000' }))).toEqual([401, 'REQUEST_SIGNATURE_REQUIRED']);
    expect(await termsOf(order)).toEqual({ quantity: '20', price: '10' });
  });

  test('a change that is still small beside another is made; what changes all the time is left as it is, and a signed change is judged by nobody', async () => {
    const order = await placed(app, ann, { ...BUY, quantity: '1', price: '10' });
    const quantity = (value: string) => async () => expect((await changeUnsigned(order, { quantity: value })).status).toBe(200);
    meanwhile(quantity('2'));
    expect(await outcome(changeUnsigned(order, { price: '11' }))).toEqual([200, null]);
    meanwhile(quantity('3'), quantity('4'));
    expect(await outcome(changeUnsigned(order, { price: '12' }))).toEqual([409, 'ORDER_CHANGED']);
    expect(await termsOf(order)).toEqual({ quantity: '4', price: '11' });
    meanwhile(quantity('5'));
    expect(await outcome(signed(app, ann, 'PATCH', pathOf(order), { price: '50000' }))).toEqual([200, null]);
    expect(await termsOf(order)).toEqual({ quantity: '5', price: '50000' });
  });

  test('a market order by its amount or the last price, a SELL by what it would bring; before the first trade any market order by quantity', async () => {
    const market = { symbol: 'ETHUSDT', side: 'BUY', type: 'MARKET' } as const;
    const needs = async (order: object): Promise<boolean> => (await outcome(placeOrder(app, ann, order)))[1] === 'REQUEST_SIGNATURE_REQUIRED';
    expect([await needs({ ...market, quantity: '0.01' }), await needs({ ...market, quoteAmount: '100000' }), await needs({ ...market, quoteAmount: '100000.01' })]).toEqual([true, false, true]);
    const seller = await createTrader(app, { ETH: '100' });
    await placed(app, seller, { ...SELL, symbol: 'ETHUSDT', quantity: '1', price: '3000' });
    await placed(app, ann, { ...BUY, symbol: 'ETHUSDT', quantity: '1', price: '3000' });
    expect([await needs({ ...market, quantity: '33.3' }), await needs({ ...market, quantity: '33.4' })]).toEqual([false, true]);
    expect([await needs({ ...SELL, symbol: 'ETHUSDT', quantity: '33.3', price: '10' }), await needs({ ...SELL, symbol: 'ETHUSDT', quantity: '33.4', price: '10' })]).toEqual([false, true]);
  });

  test('a signature that is shown must fit, whatever the order is worth, and is checked before the body is read', async () => {
    const text = JSON.stringify(BUY);
    const headers = sessionHeaders(ann, 'POST', '/api/orders', text, { timestamp: app.now() });
    for (const body of [text.replace('0.01', '0.02'), '{"broken']) expect(await outcome(send(app, headers, 'post', '/api/orders', body))).toEqual([401, 'SIGNATURE_INVALID']);
    const broken = sessionHeaders(ann, 'POST', '/api/orders', '{"broken', { timestamp: app.now() });
    expect(await outcome(send(app, broken, 'post', '/api/orders', '{"broken'))).toEqual([400, 'INVALID_JSON']);
  });

  test('a signed order that is sent again is not placed again', async () => {
    const text = JSON.stringify({ ...LARGE, price: '50000.02' });
    const headers = sessionHeaders(ann, 'POST', '/api/orders', text, { timestamp: app.now() });
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, at) => outcome(send([app, other][at % 2]!, { ...headers, 'Idempotency-Key': `copy-${at}` }, 'post', '/api/orders', text))));
    expect(outcomes.map(([status]) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 401)]);
  });
});

test('a call without a signature goes on at once, and the database is asked nothing', () => {
  const asked = (): Promise<never> => Promise.reject(new Error('the database was asked'));
  const { whereShown } = requestSignatures({ keyOf: asked, take: asked, limiter: new LocalLimiter(() => 0, () => 0), strangers: windowOf('strangers', 1, 60), now: () => 0 });
  const calls: string[] = [];
  void whereShown({ headers: {}, principal: {} } as Request, {} as Response, () => calls.push('went on'));
  expect(calls).toEqual(['went on']);
});

test('of the sessions whose keys are kept in memory the one that has not signed for longest is forgotten', async () => {
  const box = createSecretBox([app.config.encryptionKey]);
  const asked: string[] = [];
  const findSigningKey = (sessionId: string): Promise<string | null> => {
    asked.push(sessionId);
    return Promise.resolve(sessionId === 'ended' ? null : box.seal(`key of ${sessionId}`, signingKeyContext(sessionId), randomBytes(SEAL_RANDOM_BYTES)));
  };
  const keys = new SessionSigningKeys({ findSigningKey }, box, 2);
  for (const session of ['a', 'b', 'a', 'c', 'a', 'b']) expect(await keys.keyOf(session, 1)).toBe(`key of ${session}`);
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
  expect([await keys.keyOf('ended', 1), await keys.keyOf('ended', 1)]).toEqual([null, null]);
  await keys.keyOf('a', 2);
  expect(asked.slice(4)).toEqual(['ended', 'ended', 'a']);
});
