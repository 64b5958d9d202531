import { createVerifier, memoryNonceStore } from '@our-domain/trade-token-verifier';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { createPartner, getToken, LIMIT_ORDER, listTokens, newExchange, openSession, PAGE, requestToken, signedPost, signIn, signUserToken, type TestPartner, type TestUser } from './builders.ts';
import { cloneDatabase, type TestDatabase } from './postgres.ts';
import type { TestApp } from './test-app.ts';
import { balancesOf, BUY, createMarkets, createNode, createWidgetTrader, SELL, sql, tokenFor, VENUE, type TestVenue, type WidgetTrader } from './venue.ts';

// The numbers are those of docs/threat-model.md, which names the test that answers each attack. Here are those that take the whole way
// through the front door; what a verifier can refuse alone stands with the verifier.

let database: TestDatabase;
let app: TestVenue;
let second: TestApp;
let trader: WidgetTrader;
let other: WidgetTrader;
let admin: string;
beforeAll(async () => {
  database = await cloneDatabase();
  const first = await createNode({ database });
  await createMarkets(first);
  const exchange = newExchange(VENUE);
  app = { ...first, partner: { ...(await first.app.widget!.partners.create(exchange, 'ES256')), exchange } };
  second = await createNode({ database });
  admin = (await signIn(app, 'admin')).accessToken;
  [trader, other] = [await createWidgetTrader(app, { USDT: '1000000' }), await createWidgetTrader(app, { USDT: '1000000', BTC: '10' })];
});
afterAll(async () => {
  await second.close();
  await app.close();
  await database.drop();
});

const codeOf = ({ body }: supertest.Response): string => (body as { error: { code: string } }).error.code;
const order = (node: TestApp, headers: Record<string, string>, body: object = BUY): supertest.Test => node.request.post('/api/orders').set(headers).send(body);
const withToken = (who: WidgetTrader, token: string): Record<string, string> => ({ Authorization: `Bearer ${who.venueToken}`, 'X-Trade-Token': token });
const ordersOf = async ({ userId }: WidgetTrader): Promise<number> =>
  (await sql<{ count: number }>(database.superUrl, 'select count(*)::int as count from trading.orders where user_id = $1', [userId]))[0]!.count;
const ledgerLines = async (): Promise<number> => (await sql<{ count: number }>(database.superUrl, 'select count(*)::int as count from widget.trade_tokens'))[0]!.count;
const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** A JWT of whatever parts, signed with whatever secret. */
function forged(secret: string, claims: object | string, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const input = `${base64url(JSON.stringify(header))}.${base64url(typeof claims === 'string' ? claims : JSON.stringify(claims))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const claimsOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const headerOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;

test('attack 6, replay across nodes: of 200 parallel orders with one token over two nodes one is placed', async () => {
  const before = await ordersOf(trader);
  const { token } = await tokenFor(app, trader, BUY);
  const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => order(index % 2 === 0 ? app : second, withToken(trader, token))));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set(answers.filter(({ status }) => status !== 201).map(codeOf))).toEqual(new Set(['TRADE_TOKEN_SPENT']));
  expect(await ordersOf(trader)).toBe(before + 1);
});

test('attack 7, a nonce forgotten too early: a node that starts after the token was spent knows it at exp + leeway − 1 s', async () => {
  const user = await openSession(app, app.partner);
  const [redeemed, traded] = [await getToken(app, user), await tokenFor(app, trader, BUY)];
  await signedPost(app, app.partner, '/api/widget/redeem', { token: redeemed.token }).expect(200);
  await order(app, withToken(trader, traded.token)).expect(201);
  const before = await ordersOf(trader);
  const restarted = await createNode({ database });
  const codes: string[] = [];
  restarted.advance(11_000);
  codes.push(codeOf(await signedPost(restarted, app.partner, '/api/widget/redeem', { token: redeemed.token })), codeOf(await order(restarted, { Authorization: `Bearer ${traded.token}` })));
  restarted.advance(1_000_000);
  codes.push(codeOf(await signedPost(restarted, app.partner, '/api/widget/redeem', { token: redeemed.token })));
  await restarted.close();
  expect(codes).toEqual(['TRADE_TOKEN_SPENT', 'TRADE_TOKEN_SPENT', 'TRADE_TOKEN_SPENT']);
  expect(await ordersOf(trader)).toBe(before);
});

test('attacks 12 and 13, audiences and tenants: what belongs to one partner opens nothing at another', async () => {
  const partners = [await createPartner(app), await createPartner(app, { algorithm: 'HS256' }), app.partner];
  const users = await Promise.all(partners.map((partner) => openSession(app, partner, 'the-same-name')));
  for (const [at, partner] of partners.entries()) {
    for (const [from, user] of users.entries()) {
      const { token, jti } = await getToken(app, user);
      const redeem = await signedPost(app, partner, '/api/widget/redeem', { token });
      expect([redeem.status, redeem.status === 200 ? null : codeOf(redeem)]).toEqual(at === from ? [200, null] : [403, 'TRADE_TOKEN_INVALID']);
      const report = { jti, status: 'rejected', quantity: '0', orderId: '-', executedAt: new Date(app.now()).toISOString() };
      const { body } = await signedPost(app, partner, '/api/widget/executions', { executions: [report] }).expect(200);
      expect(body).toMatchObject({ data: { recorded: at === from ? 1 : 0, refused: at === from ? [] : [{ code: 'TRADE_TOKEN_UNKNOWN' }] } });
      if (at === from) continue;
      const mixed: TestUser = { ...user, partner };
      expect(codeOf(await requestToken(app, mixed).expect(403))).toBe('SESSION_MISMATCH');
      const userToken = signUserToken(app, partners[from]!, 'the-same-name');
      expect(codeOf(await app.request.post('/api/widget/session').send({ exchangeId: partner.exchangeId, userToken }).expect(401))).toBe('USER_TOKEN_INVALID');
      if (partner === app.partner) expect(codeOf(await order(app, withToken(trader, token)).expect(403))).toBe('TRADE_TOKEN_INVALID');
    }
  }
});

test('attack 14, user swap: at our venue a token works in its own user’s session only, and is not spent by another’s', async () => {
  const { token } = await tokenFor(app, trader, BUY);
  const before = await ordersOf(other);
  expect(codeOf(await order(app, withToken(other, token)).expect(403))).toBe('TRADE_TOKEN_MISMATCH');
  expect(codeOf(await order(app, { Authorization: `Bearer ${other.accessToken}`, 'X-Trade-Token': token }).expect(403))).toBe('TRADE_TOKEN_MISMATCH');
  expect(await ordersOf(other)).toBe(before);
  await order(app, withToken(trader, token)).expect(201);
});

describe('attack 15, a stolen token', () => {
  test('without a session beside it places nothing from the header or the body', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    expect(codeOf(await order(app, { 'X-Trade-Token': token }).expect(401))).toBe('AUTHENTICATION_REQUIRED');
    expect(codeOf(await order(app, {}, { ...BUY, tradeToken: token }).expect(401))).toBe('AUTHENTICATION_REQUIRED');
  });

  test('shown as the bearer places the one order its owner had pressed for, once, in its owner’s account, and nothing of the thief’s choosing', async () => {
    const buy = { ...BUY, price: '41000' };
    const { token } = await tokenFor(app, trader, buy);
    const bearer = { Authorization: `Bearer ${token}` };
    const [before, thief, victims] = [await ordersOf(trader), await balancesOf(app, other), await balancesOf(app, trader)];
    for (const changed of [{ ...buy, quantity: '1' }, { ...buy, price: '99999' }, { ...SELL, price: '41000' }]) {
      expect(codeOf(await order(app, bearer, changed).expect(403))).toBe('TRADE_TOKEN_MISMATCH');
    }
    await order(app, bearer, buy).expect(201);
    expect(codeOf(await order(app, bearer, buy).expect(409))).toBe('TRADE_TOKEN_SPENT');
    for (const path of ['/api/account/balances', '/api/account/widget-session', '/api/orders/1']) await app.request.get(path).set(bearer).expect(401);
    expect([await ordersOf(trader), await balancesOf(app, other)]).toEqual([before + 1, thief]);
    expect((await balancesOf(app, trader))['USDT']).not.toBe(victims['USDT']);
  });
});

test('attack 16, hoarding: the twenty-first open token is refused, and one that is used makes room', async () => {
  const user = await openSession(app, app.partner);
  const tokens: string[] = [];
  for (let count = 0; count < 20; count += 1) {
    if (count === 10) app.advance(1_000);
    tokens.push((await getToken(app, user)).token);
  }
  app.advance(1_000);
  const refused = await requestToken(app, user).expect(429);
  expect([codeOf(refused), refused.headers['retry-after']]).toEqual(['TOO_MANY_OPEN_TOKENS', expect.stringMatching(/^\d+$/)]);
  await signedPost(app, app.partner, '/api/widget/redeem', { token: tokens.at(-1)! }).expect(200);
  await requestToken(app, user).expect(201);
});

test('attack 17, denial of wallet: 1,000 calls without a session of ours write no line on the ledger', async () => {
  const user = await openSession(app, app.partner);
  const claims = claimsOf(user.sessionToken);
  const before = await ledgerLines();
  const bearers = [
    null, '', 'x', user.sessionToken.slice(0, -2), forged('another-secret-0123456789abcdef-012345', claims, headerOf(user.sessionToken)), forged(app.partner.sessionSecret, claims, headerOf(user.sessionToken)),
    `${base64url('{"alg":"none","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}.`, signUserToken(app, app.partner, user.exchangeUserId), trader.accessToken, app.partner.apiKey,
  ];
  const body = JSON.stringify({ exchangeId: VENUE, exchangeUserId: user.exchangeUserId, trade: LIMIT_ORDER });
  const call = async (index: number): Promise<number> => {
    const bearer = bearers[index % bearers.length];
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID(), Origin: PAGE, ...(bearer !== null && { Authorization: `Bearer ${bearer}` }) };
    const response = await fetch(`${app.url}/api/app/widget/generate-trade-token`, { method: 'POST', headers, body });
    await response.body?.cancel();
    return response.status;
  };
  const statuses: number[] = [];
  for (let from = 0; from < 1_000; from += 50) statuses.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => call(from + index)))));
  expect([statuses.length, new Set(statuses)]).toEqual([1_000, new Set([401])]);
  expect(await ledgerLines()).toBe(before);
});

test('attack 18, a forged Origin: it opens no session where users are signed, and no list is passed without the right one', async () => {
  const named = { exchangeId: VENUE, exchangeUserId: 'anybody' };
  expect(codeOf(await app.request.post('/api/widget/session').set('Origin', PAGE).send(named).expect(403))).toBe('USER_TOKEN_REQUIRED');
  const asked = { ...named, trade: LIMIT_ORDER };
  expect(codeOf(await app.request.post('/api/app/widget/generate-trade-token').set({ Origin: PAGE, 'Idempotency-Key': randomUUID() }).send(asked).expect(401))).toBe('SESSION_INVALID');
  const user = await openSession(app, app.partner);
  expect(codeOf(await requestToken(app, user).set('Origin', 'https://evil.example').expect(403))).toBe('ORIGIN_NOT_ALLOWED');
});

test('attack 19, CSRF: a cookie opens nothing, and a partner’s page may send none', async () => {
  const { token } = await tokenFor(app, trader, BUY);
  const user = await openSession(app, app.partner);
  const cookie = `session=${trader.venueToken}; Authorization=Bearer ${trader.venueToken}; sessionToken=${user.sessionToken}`;
  await order(app, { Cookie: cookie, Origin: PAGE, 'X-Trade-Token': token }).expect(401);
  const refused = await app.request.post('/api/widget/generate-trade-token').set({ Cookie: cookie, Origin: PAGE, 'Idempotency-Key': randomUUID() })
    .send({ exchangeId: VENUE, exchangeUserId: user.exchangeUserId, trade: LIMIT_ORDER }).expect(401);
  expect(refused.headers['access-control-allow-credentials']).toBeUndefined();
  const form = await app.request.post('/api/widget/session').set({ Origin: PAGE }).type('form').send('exchangeId=demo-exchange').expect(415);
  expect(codeOf(form)).toBe('UNSUPPORTED_MEDIA_TYPE');
});

test('attack 20, a lost answer: whoever asks again gets the same token, and whoever sends it again gets the same order', async () => {
  const key = randomUUID();
  const [first, again] = [await requestToken(app, trader.widget, BUY, key).expect(201), await requestToken(second, trader.widget, BUY, key).expect(201)];
  const data = ({ body }: supertest.Response): { jti: string; token: string } => (body as { data: { jti: string; token: string } }).data;
  expect(data(again).jti).toBe(data(first).jti);
  const before = await ordersOf(trader);
  const placed = await order(app, withToken(trader, data(first).token)).expect(201);
  for (const [node, token] of [[app, data(first).token], [second, data(again).token]] as const) {
    const { body } = await order(node, withToken(trader, token)).expect(409);
    expect(body).toMatchObject({ error: { code: 'TRADE_TOKEN_SPENT', details: { order: { id: (placed.body as { data: { id: number } }).data.id } } } });
  }
  expect(await ordersOf(trader)).toBe(before + 1);
});

test('attack 21, rotation outage: a partner’s verifier takes the new key’s first token, and a storm of unknown key ids costs one question to us', async () => {
  const partner = await createPartner(app);
  const user = await openSession(app, partner);
  let asked = 0;
  const counting: typeof fetch = (url, init) => {
    asked += 1;
    return fetch(url, init);
  };
  let waited = 0;
  const verifier = createVerifier({
    exchangeId: partner.exchangeId, jwksUrl: `${app.url}/api/widget/jwks/${partner.exchangeId}`, store: memoryNonceStore(), now: () => app.now() + waited, fetch: counting, leewaySeconds: 5,
  });
  const verify = (token: string) => verifier.verify(token, LIMIT_ORDER, { exchangeUserId: user.exchangeUserId });
  expect(await verify((await getToken(app, user)).token)).toMatchObject({ ok: true });
  await app.request.post(`/api/admin/exchanges/${partner.exchangeId}/rotate-key`).set('Authorization', `Bearer ${admin}`).send({ activateInSeconds: 0 }).expect(201);
  const { token } = await getToken(app, user);
  expect(headerOf(token)['kid']).not.toBe(partner.kid);
  app.advance(60_000);
  const fresh = await openSession(app, partner, user.exchangeUserId);
  asked = 0;
  const storm = Array.from({ length: 100 }, (_, index) => forged('x'.repeat(32), claimsOf(token), { alg: 'ES256', typ: 'trade+jwt', kid: `unknown-${index}` }));
  await Promise.all(storm.map(verify));
  expect(await verify((await getToken(app, fresh)).token)).toMatchObject({ ok: true });
  waited = 1_000;
  await Promise.all(storm.map(verify));
  expect(asked).toBe(1);
});

test('attack 22, a huge token, names given twice, and a number of parts that is none: refused without a 5xx, wherever they come', async () => {
  const partner = await createPartner(app, { algorithm: 'HS256' });
  const user = await openSession(app, partner);
  const { token } = await getToken(app, user);
  const text = JSON.stringify(claimsOf(token));
  const twice = forged(partner.tokenSecret!, text.replace('{', `{"sub":"somebody-else",`), headerOf(token));
  const deep = forged(partner.tokenSecret!, `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`, headerOf(token));
  const shapes = [`${token.slice(0, -43)}${'A'.repeat(4_000)}`, 'A'.repeat(4_097), twice, deep, '..', '.', `${token}.${token}`, base64url('{}'), 'null.null.null'];
  for (const shape of shapes) {
    const redeem = await signedPost(app, partner, '/api/widget/redeem', { token: shape });
    expect([400, 403]).toContain(redeem.status);
    const inHeader = await order(app, { ...withToken(trader, shape) });
    expect([inHeader.status, codeOf(inHeader)]).toEqual([403, 'TRADE_TOKEN_INVALID']);
    expect([401, 403]).toContain((await order(app, { Authorization: `Bearer ${shape}` })).status);
    expect([400, 401]).toContain((await app.request.post('/api/widget/session').send({ exchangeId: partner.exchangeId, userToken: shape })).status);
  }
  // Refused, all of them, and none was taken for the true one.
  await signedPost(app, partner, '/api/widget/redeem', { token }).expect(200);
});

test('attack 23, log leakage: no token and no secret of a whole flow stands in a log line, refused or not', async () => {
  const partner = await createPartner(app, { algorithm: 'HS256' });
  const userToken = signUserToken(app, partner, 'u-23');
  const opened = await app.request.post('/api/widget/session').send({ exchangeId: partner.exchangeId, userToken }).expect(200);
  const { sessionToken } = (opened.body as { data: { sessionToken: string } }).data;
  const user: TestUser = { partner, exchangeUserId: 'u-23', sessionToken };
  const { token } = await getToken(app, user);
  const venue = await tokenFor(app, trader, BUY);
  await app.request.post('/api/widget/session').send({ exchangeId: partner.exchangeId, userToken }).expect(401);
  await requestToken(app, user, { ...LIMIT_ORDER, quantity: token }).expect(400);
  await requestToken(app, user, { ...LIMIT_ORDER, [token]: 1 }).expect(400);
  for (const status of [200, 409]) await signedPost(app, partner, '/api/widget/redeem', { token }).expect(status);
  await signedPost(app, { ...partner, apiSecret: token }, '/api/widget/redeem', { token }).expect(401);
  await signedPost(app, partner, '/api/widget/redeem', { token: `${token}x`, [partner.apiSecret]: 1 }).expect(400);
  await order(app, withToken(trader, venue.token), { ...BUY, quantity: '2' }).expect(403);
  for (const status of [201, 409]) await order(app, withToken(trader, venue.token)).expect(status);
  await app.request.post('/api/orders').set(withToken(trader, venue.token)).type('json').send(`{"tradeToken": "${venue.token}`).expect(400);
  await app.request.get(`/api/widget/config?id=${token}`).expect(400);
  await app.request.get(`/api/orders/${token}`).set('Authorization', `Bearer ${trader.accessToken}`).expect(400);
  await app.request.get(`/${userToken}`).expect(404);
  const secrets = { userToken, sessionToken, token, venueTradeToken: venue.token, ...partner, venueToken: trader.venueToken, accessToken: trader.accessToken, admin };
  const { exchange: _, exchangeId: _id, kid: _kid, algorithm: _algorithm, apiKey: _apiKey, ...hidden } = secrets;
  const text = [...app.logs, ...second.logs].join('\n');
  expect(app.logs.length).toBeGreaterThan(10);
  for (const [name, secret] of Object.entries(hidden)) {
    expect([name, text.includes(secret)]).toEqual([name, false]);
    const signature = secret.split('.')[2];
    if (signature) expect([name, text.includes(signature)]).toEqual([name, false]);
  }
});

describe('attack 24, one kind of token for another', () => {
  let partner: TestPartner;
  let kinds: Record<string, string>;
  beforeAll(async () => {
    partner = app.partner;
    const { token } = await tokenFor(app, trader, BUY);
    kinds = {
      'widget session': trader.widget.sessionToken, 'user token': signUserToken(app, partner, trader.widget.exchangeUserId), 'access token': trader.accessToken,
      'venue token': trader.venueToken, 'trade token': token, 'admin token': admin, 'API key': partner.apiKey, 'API secret': partner.apiSecret, 'session secret': partner.sessionSecret,
    };
  });

  const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
  const doors: [name: string, own: string[], knock: (token: string) => supertest.Test][] = [
    ['asking for a trade token', ['widget session'], (token) => requestToken(app, { ...trader.widget, sessionToken: token })],
    ['opening a widget session', ['user token'], (token) => app.request.post('/api/widget/session').send({ exchangeId: VENUE, userToken: token })],
    ['placing an order as the bearer', ['access token', 'trade token'], (token) => order(app, bearer(token))],
    ['placing an order with it in X-Trade-Token', ['trade token'], (token) => order(app, withToken(trader, token))],
    ['placing an order with it in the body', ['trade token'], (token) => order(app, bearer(trader.venueToken), { ...BUY, tradeToken: token })],
    ['redeeming it', ['trade token'], (token) => signedPost(app, partner, '/api/widget/redeem', { token })],
    ['redeeming by a bearer', [], (token) => app.request.post('/api/widget/redeem').set(bearer(token)).send({ token: kinds['trade token'] })],
    ['signing a partner’s call with it', ['API secret'], (token) => signedPost(app, { ...partner, apiSecret: token }, '/api/widget/executions', { executions: [] })],
    ['reading balances', ['access token', 'venue token'], (token) => app.request.get('/api/account/balances').set(bearer(token))],
    ['opening our own widget session', ['access token'], (token) => app.request.get('/api/account/widget-session').set(bearer(token))],
    ['reading partners as staff', ['admin token'], (token) => app.request.get('/api/admin/exchanges').set(bearer(token))],
    ['suspending a partner as staff', ['admin token'], (token) => app.request.post('/api/admin/exchanges/nobody-at-all/suspend').set(bearer(token)).send({ reason: 'stolen' })],
  ];

  test.each(doors)('%s takes its own kind alone', async (_name, own, knock) => {
    const before = await ordersOf(trader);
    for (const [kind, token] of Object.entries(kinds).filter(([name]) => !own.includes(name))) {
      const { status } = await knock(token);
      expect([kind, [401, 403].includes(status) ? 'refused' : status]).toEqual([kind, 'refused']);
    }
    expect(await ordersOf(trader)).toBe(before);
  });

  test('no token is taken that another kind’s secret signed', async () => {
    const { sessionToken, exchangeUserId } = trader.widget;
    const byApiSecret = forged(partner.apiSecret, claimsOf(kinds['user token']!));
    expect((await app.request.post('/api/widget/session').send({ exchangeId: VENUE, userToken: byApiSecret })).status).toBe(401);
    for (const secret of [partner.sessionSecret, partner.apiSecret]) {
      expect((await requestToken(app, { ...trader.widget, sessionToken: forged(secret, claimsOf(sessionToken), headerOf(sessionToken)) })).status).toBe(401);
      const minted = forged(secret, { ...claimsOf(kinds['trade token']!), jti: randomUUID() }, { ...headerOf(kinds['trade token']!), alg: 'HS256' });
      expect((await order(app, withToken(trader, minted))).status).toBe(403);
      expect((await signedPost(app, partner, '/api/widget/redeem', { token: minted })).status).toBe(403);
    }
    expect((await listTokens(app, admin, VENUE)).tokens.filter(({ jti }) => jti === claimsOf(kinds['trade token']!)['jti'])).toHaveLength(1);
    expect(exchangeUserId).toBe(claimsOf(kinds['trade token']!)['sub']);
  });
});
