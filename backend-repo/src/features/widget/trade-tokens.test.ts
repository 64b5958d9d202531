import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPublicKey, createSecretKey, randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import pg from 'pg';
import { isUuidV7 } from '../../domain/uuid.ts';
import { awakeClock } from '../../testing/awake-clock.ts';
import {
  createPartner, getToken, LIMIT_ORDER, listTokens, newExchange, openSession, PAGE, requestToken, signIn, type TestPartner, type TestUser, type TokenAnswer,
} from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

let app: TestApp;
let partner: TestPartner;
let owner: pg.Client;
beforeAll(async () => {
  app = await createTestApp();
  partner = await createPartner(app);
  owner = new pg.Client({ connectionString: app.database.superUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await app.close();
});

const user = (): Promise<TestUser> => openSession(app, partner);
const claimsOf = (token: string): Record<string, unknown> => jsonwebtoken.decode(token) as Record<string, unknown>;

test('a token says exactly the order, for one user of one exchange, for ten seconds', async () => {
  const trader = await user();
  const answer = await getToken(app, trader, { ...LIMIT_ORDER, clientOrderId: 'order-1' });
  const { header, payload } = jsonwebtoken.decode(answer.token, { complete: true })!;
  const claims = payload as Record<string, number>;
  expect(header).toEqual({ alg: 'ES256', typ: 'trade+jwt', kid: expect.any(String) });
  expect(claims).toEqual({
    iss: 'our-domain', aud: partner.exchangeId, sub: trader.exchangeUserId, jti: answer.jti, iat: claims['iat'], nbf: claims['iat'], exp: claims['iat']! + 10,
    trade: { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '64000', clientOrderId: 'order-1' },
  });
  expect(isUuidV7(answer.jti)).toBe(true);
  expect(answer.expiresAt).toBe(new Date(claims['exp']! * 1000).toISOString());
  // What is left of the ten seconds when it is answered; a second may have begun since it was signed, or since then.
  expect(answer.expiresIn).toBeLessThanOrEqual(10);
  expect(answer.expiresIn).toBeGreaterThanOrEqual(claims['exp']! - Math.floor(app.now() / 1000));
});

test('an ES256 token verifies with the published key alone', async () => {
  const { token } = await getToken(app, await user());
  const { body } = await app.request.get(`/api/widget/jwks/${partner.exchangeId}`).expect(200);
  const { keys } = body as { keys: { kid: string }[] };
  const jwk = keys.find(({ kid }) => kid === jsonwebtoken.decode(token, { complete: true })!.header.kid)!;
  expect(jwk).not.toHaveProperty('d');
  jsonwebtoken.verify(token, createPublicKey({ key: jwk as never, format: 'jwk' }), { algorithms: ['ES256'] });
});

test('an HS256 token verifies with the shared secret, which is not published', async () => {
  const shared = await createPartner(app, { algorithm: 'HS256' });
  const { token } = await getToken(app, await openSession(app, shared));
  jsonwebtoken.verify(token, createSecretKey(Buffer.from(shared.tokenSecret!)), { algorithms: ['HS256'] });
  const { body } = await app.request.get(`/api/widget/jwks/${shared.exchangeId}`).expect(200);
  expect(body).toEqual({ keys: [] });
});

test('both paths of the specification answer', async () => {
  const trader = await user();
  for (const path of ['/api/app/widget/generate-trade-token', '/api/widget/generate-trade-token']) {
    await app.request.post(path).set({ Authorization: `Bearer ${trader.sessionToken}`, 'Idempotency-Key': randomUUID() })
      .send({ exchangeId: partner.exchangeId, exchangeUserId: trader.exchangeUserId, trade: LIMIT_ORDER }).expect(201);
  }
});

test('a token that was answered stands on the ledger', async () => {
  const { jti } = await getToken(app, await user());
  const { rows } = await owner.query('select * from widget.trade_tokens where jti = $1', [jti]);
  expect(rows[0]).toMatchObject({ exchange_id: partner.exchangeId, symbol: 'BTCUSDT', quantity: '0.01000000', price: '64000.00000000', fee_schedule: 1 });
});

describe('amounts have one spelling', () => {
  /** Where a market takes whatever can be written. */
  const wide = (): Promise<TestPartner> =>
    createPartner(app, { symbols: newExchange('x').symbols.map((symbol) => ({ ...symbol, tickSize: '1', lotSize: '0.00000001', minQuantity: '0', maxQuantity: '0', minNotional: '0' })) });

  test.each([['1.0', '1'], ['1', '1'], ['0.10', '0.1'], ['007', '7'], ['0.00000001', '0.00000001'], ['999999999999.99999999', '999999999999.99999999']])('%s is signed as %s', async (quantity, signed) => {
    const { token } = await getToken(app, await openSession(app, await wide()), { ...LIMIT_ORDER, quantity });
    expect(claimsOf(token)['trade']).toMatchObject({ quantity: signed });
  });

  test.each(['1e0', '+1', '-1', ' 1', '1 ', '', '.5', '1.', '0x1', '1,5', '٣', '1'.repeat(25), '0.123456789', '0', '0.0', 'NaN', 'Infinity', 1, null, ['1']])('%j is refused as a quantity', async (quantity) => {
    const { body } = await requestToken(app, await user(), { ...LIMIT_ORDER, quantity }).expect(400);
    expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { 'trade.quantity': expect.any(String) } } });
  });
});

describe('the order must be one that could be placed', () => {
  test.each<[string, object, string]>([
    ['a limit order without a price', { ...LIMIT_ORDER, price: undefined }, 'trade.price'],
    ['a market order with a price', { ...LIMIT_ORDER, type: 'MARKET' }, 'trade.price'],
    ['an unknown field', { ...LIMIT_ORDER, leverage: '5' }, 'trade.leverage'],
    ['a side in small letters', { ...LIMIT_ORDER, side: 'buy' }, 'trade.side'],
    ['a type we do not have', { ...LIMIT_ORDER, type: 'TRAILING_STOP' }, 'trade.type'],
    ['a NUL in clientOrderId', { ...LIMIT_ORDER, clientOrderId: 'a\u0000b' }, 'trade.clientOrderId'],
  ])('not %s', async (_name, trade, field) => {
    const { body } = await requestToken(app, await user(), trade).expect(400);
    expect((body as { error: { fields: object } }).error.fields).toHaveProperty([field]);
  });

  test('not in a market the exchange does not trade', async () => {
    const { body } = await requestToken(app, await user(), { ...LIMIT_ORDER, symbol: 'DOGEUSDT' }).expect(400);
    expect(body).toMatchObject({ error: { code: 'UNKNOWN_SYMBOL' } });
  });

  test('not a market order where the exchange has switched them off', async () => {
    const strict = await createPartner(app, { features: { showPnl: false, allowMarketOrders: false } });
    const { body } = await requestToken(app, await openSession(app, strict), { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '1' }).expect(403);
    expect(body).toMatchObject({ error: { code: 'MARKET_ORDERS_DISABLED' } });
  });
});

describe("an order that the partner's own market would not take gets no token:", () => {
  const GTD = { ...LIMIT_ORDER, timeInForce: 'GTD' };
  test.each<[string, object, string, string]>([
    ['a price between ticks', { ...LIMIT_ORDER, price: '64000.005' }, 'PRICE_NOT_ON_TICK', 'price'],
    ['a quantity between lots', { ...LIMIT_ORDER, quantity: '0.01005' }, 'QUANTITY_NOT_ON_LOT', 'quantity'],
    ['too small a quantity', { ...LIMIT_ORDER, quantity: '0.00005' }, 'QUANTITY_TOO_SMALL', 'quantity'],
    ['too large a quantity', { ...LIMIT_ORDER, quantity: '999999999999', price: '999999999999' }, 'QUANTITY_TOO_LARGE', 'quantity'],
    ['too large a market order', { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '1000.0001' }, 'QUANTITY_TOO_LARGE', 'quantity'],
    ['too small an amount to spend', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteAmount: '4.99' }, 'QUANTITY_TOO_SMALL', 'quoteAmount'],
    ['too little worth', { ...LIMIT_ORDER, price: '400' }, 'NOTIONAL_TOO_SMALL', 'quantity'],
    ['an end in the past', { ...GTD, expiresAt: '1970-01-01T00:00:00.000Z' }, 'VALIDATION_ERROR', 'expiresAt'],
  ])('%s', async (_name, trade, code, field) => {
    const { body } = await requestToken(app, await user(), trade).expect(400);
    expect(body).toMatchObject({ error: { code, fields: { [`trade.${field}`]: expect.any(String) } } });
  });

  test('the answer has the numbers, in the words of the venue', async () => {
    const { body } = await requestToken(app, await user(), { ...LIMIT_ORDER, quantity: '1001' }).expect(400);
    expect(body).toMatchObject({ error: { code: 'QUANTITY_TOO_LARGE', fields: { 'trade.quantity': 'Must be at most 1000.' }, details: { given: '1001', max: '1000' } } });
  });

  test('one that has an end before it still gets one', async () => {
    await requestToken(app, await user(), { ...GTD, expiresAt: new Date(app.now() + 60_000).toISOString() }).expect(201);
  });

  test('but one that was handed out is given again to who lost the answer, whatever the market asks for by now', async () => {
    const strict = await createPartner(app);
    const trader = await openSession(app, strict);
    const key = randomUUID();
    const { data: first } = (await requestToken(app, trader, LIMIT_ORDER, key).expect(201)).body as { data: TokenAnswer };
    const symbols = strict.exchange.symbols.map((symbol) => ({ ...symbol, minQuantity: '1' }));
    for (const change of [{ symbols }, { symbols: [] }]) {
      await app.app.widget!.partners.update(strict.exchangeId, change);
      const { body, headers } = await requestToken(app, trader, LIMIT_ORDER, key).expect(201);
      expect(body).toMatchObject({ data: { jti: first.jti, expiresAt: first.expiresAt } });
      expect(headers['idempotency-hit']).toBe('true');
      await requestToken(app, trader, LIMIT_ORDER).expect(400);
      await requestToken(app, trader, { ...LIMIT_ORDER, quantity: '0.02' }, key).expect(422);
    }
  });
});

test("a session gets tokens for its own user and exchange only", async () => {
  const trader = await user();
  const other = await createPartner(app);
  for (const stranger of [{ ...trader, exchangeUserId: 'somebody-else' }, { ...trader, partner: other }]) {
    const { body } = await requestToken(app, stranger).expect(403);
    expect(body).toMatchObject({ error: { code: 'SESSION_MISMATCH' } });
  }
});

test('no session, no token', async () => {
  const trader = await user();
  await app.request.post('/api/widget/generate-trade-token').set('Idempotency-Key', randomUUID()).send({}).expect(401);
  await requestToken(app, { ...trader, sessionToken: trader.sessionToken.slice(0, -2) }).expect(401);
});

test("a page that is not on the partner's list gets no token, whatever session it shows", async () => {
  const { body } = await requestToken(app, await user()).set('Origin', 'https://thief.example').expect(403);
  expect(body).toMatchObject({ error: { code: 'ORIGIN_NOT_ALLOWED' } });
  await requestToken(app, await user()).set('Origin', PAGE).expect(201);
});

describe('an Idempotency-Key', () => {
  test('is needed, 16 to 64 visible characters', async () => {
    const trader = await user();
    for (const key of ['', 'short', 'x'.repeat(65), 'with a space in it']) {
      const { body } = await requestToken(app, trader, LIMIT_ORDER, key).expect(400);
      expect(body).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REQUIRED' } });
    }
  });

  test('gives the same token again for the same order, however it is spelled', async () => {
    const trader = await user();
    const key = randomUUID();
    const first = ((await requestToken(app, trader, LIMIT_ORDER, key).expect(201)).body as { data: TokenAnswer }).data;
    const second = ((await requestToken(app, trader, { ...LIMIT_ORDER, quantity: '0.010' }, key).expect(201)).body as { data: TokenAnswer }).data;
    expect(second).toMatchObject({ jti: first.jti, expiresAt: first.expiresAt });
    expect(claimsOf(second.token)).toEqual(claimsOf(first.token));
  });

  test('is refused with another order', async () => {
    const trader = await user();
    const key = randomUUID();
    await requestToken(app, trader, LIMIT_ORDER, key).expect(201);
    const { body } = await requestToken(app, trader, { ...LIMIT_ORDER, quantity: '0.02' }, key).expect(422);
    expect(body).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  test('of another user is another key', async () => {
    const key = randomUUID();
    const one = ((await requestToken(app, await user(), LIMIT_ORDER, key).expect(201)).body as { data: TokenAnswer }).data;
    const two = ((await requestToken(app, await user(), LIMIT_ORDER, key).expect(201)).body as { data: TokenAnswer }).data;
    expect(two.jti).not.toBe(one.jti);
  });

  test('shown to two nodes at once gives one token', async () => {
    const node = await createTestApp({ database: app.database });
    try {
      const trader = await openSession(app, partner);
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => requestToken(index % 2 === 0 ? app : node, trader, LIMIT_ORDER, key).expect(201)));
      expect(new Set(answers.map(({ body }) => (body as { data: TokenAnswer }).data.jti)).size).toBe(1);
    } finally {
      await node.close();
    }
  });

  test('whose token has expired says so', async () => {
    const own = await createTestApp();
    try {
      const trader = await openSession(own, await createPartner(own));
      const key = randomUUID();
      await requestToken(own, trader, LIMIT_ORDER, key).expect(201);
      own.advance(10_500);
      const { body } = await requestToken(own, trader, LIMIT_ORDER, key).expect(409);
      expect(body).toMatchObject({ error: { code: 'TOKEN_EXPIRED' } });
    } finally {
      await own.close();
    }
  });
});

describe('limits', () => {
  test('a user may ask ten times a second', async () => {
    // While the clock stands nothing is refilled.
    const own = await createTestApp({ database: app.database, clock: () => 0 });
    try {
      const trader = await openSession(own, partner);
      const answers = await Promise.all(Array.from({ length: 12 }, () => requestToken(own, trader)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(2);
      expect(refused[0]!.body).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED', retry_after: 1 } });
      expect(refused[0]!.headers).toMatchObject({ 'retry-after': '1', 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'ratelimit-policy': '"user";q=10;w=1' });
    } finally {
      await own.close();
    }
  });

  test('a user has at most twenty open tokens; one that is spent or expires makes room', async () => {
    const own = await createTestApp({ env: { LIMIT_TOKENS_PER_SECOND_PER_USER: '1000', LIMIT_OPEN_TOKENS_PER_USER: '20' } });
    try {
      const trader = await openSession(own, await createPartner(own));
      const key = randomUUID();
      const first = ((await requestToken(own, trader, LIMIT_ORDER, key).expect(201)).body as { data: TokenAnswer }).data;
      for (let count = 1; count < 20; count += 1) await requestToken(own, trader).expect(201);
      const { body } = await requestToken(own, trader).expect(429);
      expect(body).toMatchObject({ error: { code: 'TOO_MANY_OPEN_TOKENS' } });
      // A retry asks for nothing new.
      const again = ((await requestToken(own, trader, LIMIT_ORDER, key).expect(201)).body as { data: TokenAnswer }).data;
      expect(again.jti).toBe(first.jti);
      await own.app.widget!.tradeTokens.redeem(trader.partner.exchangeId, first.token);
      await requestToken(own, trader).expect(201);
      await requestToken(own, trader).expect(429);
      own.advance(11_000);
      await requestToken(own, trader).expect(201);
    } finally {
      await own.close();
    }
  });
});

test('the statement decides: a partner suspended a moment ago gets no token, although memory does not know yet', async () => {
  const suspended = await createPartner(app);
  const trader = await openSession(app, suspended);
  await owner.query('alter table widget.exchanges disable trigger exchanges_notify');
  await owner.query(`update widget.exchanges set status = 'suspended' where exchange_id = $1`, [suspended.exchangeId]);
  await owner.query('alter table widget.exchanges enable trigger exchanges_notify');
  const { body } = await requestToken(app, trader).expect(403);
  expect(body).toMatchObject({ error: { code: 'PARTNER_SUSPENDED' } });
  const { rows } = await owner.query('select 1 from widget.trade_tokens where exchange_id = $1', [suspended.exchangeId]);
  expect(rows).toHaveLength(0);
});

test('a suspended partner gets no token on any node within a second', async () => {
  const suspended = await createPartner(app);
  const trader = await openSession(app, suspended);
  await requestToken(app, trader).expect(201);
  await owner.query(`update widget.exchanges set status = 'suspended' where exchange_id = $1`, [suspended.exchangeId]);
  const { body } = await requestToken(app, trader).expect(403);
  expect(body).toMatchObject({ error: { code: 'PARTNER_SUSPENDED' } });
});

test('a key that retires while a node still signs with it costs no token: the new key takes over in the same call', async () => {
  const rotated = await createPartner(app);
  const trader = await openSession(app, rotated);
  // The new key comes from another partner: a key is sealed under its own id, not its owner's.
  const donor = await createPartner(app);
  const before = await getToken(app, trader);
  await owner.query('alter table widget.exchange_keys disable trigger exchange_keys_notify');
  await owner.query(`update widget.exchange_keys set state = 'retiring', retiring_at = now() where exchange_id = $1`, [rotated.exchangeId]);
  await owner.query(`update widget.exchange_keys set exchange_id = $1 where exchange_id = $2`, [rotated.exchangeId, donor.exchangeId]);
  await owner.query('alter table widget.exchange_keys enable trigger exchange_keys_notify');
  const after = await getToken(app, trader);
  const kid = (token: string): unknown => jsonwebtoken.decode(token, { complete: true })!.header.kid;
  expect(kid(after.token)).not.toBe(kid(before.token));
  const { body } = await app.request.get(`/api/widget/jwks/${rotated.exchangeId}`).expect(200);
  expect((body as { keys: { kid: string }[] }).keys.map((key) => key.kid).sort()).toEqual([kid(before.token), kid(after.token)].sort());
});

test('a row that the database refuses does not refuse its neighbours', async () => {
  const trader = await user();
  const session = { exchangeId: partner.exchangeId, exchangeUserId: trader.exchangeUserId, identityMode: 'signed' } as const;
  await owner.query(`alter table widget.trade_tokens add constraint trade_tokens_test check (quantity <> 0.0666)`);
  try {
    const results = await Promise.allSettled(
      ['0.01', '0.02', '0.0666', '0.03', '0.04'].map((quantity) =>
        app.app.widget!.tradeTokens.issue(session, { ...session, trade: { ...LIMIT_ORDER, quantity } }, randomUUID(), undefined),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  } finally {
    await owner.query('alter table widget.trade_tokens drop constraint trade_tokens_test');
  }
});

test('a commit that takes over two seconds is a 503, and its token is handed to nobody', async () => {
  const trader = await user();
  const blocker = new pg.Client({ connectionString: app.database.superUrl });
  await blocker.connect();
  await blocker.query('begin; lock table widget.token_keys in access exclusive mode');
  try {
    const clock = awakeClock();
    const { body } = await requestToken(app, trader).expect(503);
    expect(body).toMatchObject({ error: { code: 'LEDGER_UNAVAILABLE', retry_after: 1 } });
    expect(clock.now()).toBeLessThan(3_000);
    clock.stop();
  } finally {
    await blocker.query('rollback');
    await blocker.end();
  }
  await requestToken(app, trader).expect(201);
});

test('staff see a partner’s tokens, newest first, page by page', async () => {
  const listed = await createPartner(app);
  const trader = await openSession(app, listed);
  const jtis: string[] = [];
  for (let count = 0; count < 5; count += 1) jtis.unshift((await getToken(app, trader)).jti);
  const { accessToken } = await signIn(app, 'staff');
  const first = await listTokens(app, accessToken, listed.exchangeId, '?limit=3');
  const second = await listTokens(app, accessToken, listed.exchangeId, `?limit=3&before=${first.nextBefore}`);
  expect([...first.tokens, ...second.tokens].map(({ jti }) => jti)).toEqual(jtis);
  expect(second.nextBefore).toBeNull();
  // As many as fit on one page leave no page after it.
  expect(await listTokens(app, accessToken, listed.exchangeId, '?limit=5')).toMatchObject({ tokens: jtis.map((jti) => ({ jti })), nextBefore: null });
  expect(first.tokens[0]).toMatchObject({ status: 'issued', redeemedAt: null, execution: null, feeDue: { amount: '0', asset: 'USDT', rate: '0.0005' } });
});

test('traders do not see tokens of an exchange', async () => {
  const { accessToken } = await signIn(app, 'user');
  await app.request.get(`/api/admin/exchanges/${partner.exchangeId}/tokens`).set('Authorization', `Bearer ${accessToken}`).expect(403);
  await app.request.get(`/api/admin/exchanges/${partner.exchangeId}/tokens`).expect(401);
});

test('a 2xx writes no log line, a refusal does, and no token reaches the log', async () => {
  const trader = await user();
  const before = app.logs.length;
  const { token } = await getToken(app, trader);
  expect(app.logs.length).toBe(before);
  await requestToken(app, trader, { ...LIMIT_ORDER, quantity: 'x' }).expect(400);
  expect(app.logs.length).toBe(before + 1);
  const all = app.logs.join('\n');
  for (const secret of [token, trader.sessionToken, partner.apiSecret, partner.sessionSecret]) expect(all).not.toContain(secret);
});

test('idempotency keys are kept for 24 hours and then dropped; the ledger stays', async () => {
  const own = await createTestApp();
  try {
    const trader = await openSession(own, await createPartner(own));
    const { jti } = await getToken(own, trader);
    own.advance(23 * 3_600_000);
    expect(await own.app.widget!.purgeKeys()).toBe(1); // the user token's use, which lives minutes
    own.advance(2 * 3_600_000);
    expect(await own.app.widget!.purgeKeys()).toBe(1);
    expect(await own.app.widget!.purgeKeys()).toBe(0);
    const client = new pg.Client({ connectionString: own.database.superUrl });
    await client.connect();
    expect((await client.query('select 1 from widget.trade_tokens where jti = $1', [jti])).rowCount).toBe(1);
    await client.end();
  } finally {
    await own.close();
  }
});

test('a node that stops records and hands out what it was asked for before: also what waits behind a commit that is under way', async () => {
  const listeners = async (): Promise<number> => (await sql(app.database.superUrl, `select pid from pg_stat_activity where application_name = 'listen widget_partners' and datname = current_database()`)).length;
  await until(listeners, (ours) => ours === 1);
  // Its clock stands still: the two seconds after which a token that waits is refused never pass, however busy the machine is.
  const own = await createTestApp({ database: app.database, clock: () => 0 });
  await until(listeners, (both) => both === 2);
  const trader = await openSession(own, partner);
  const session = own.app.widget!.sessions.read(trader.sessionToken);
  const issue = (): Promise<unknown> => own.app.widget!.tradeTokens.issue(session, { exchangeId: partner.exchangeId, exchangeUserId: trader.exchangeUserId, trade: LIMIT_ORDER }, randomUUID(), undefined);
  await owner.query('begin; lock table widget.token_keys in exclusive mode');
  const first = issue();
  await until(() => sql(app.database.superUrl, `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%widget.token_keys%' and datname = current_database()`), (waiting) => waiting.length > 0);
  const asked = Promise.allSettled([first, issue()]);
  const closed = own.close();
  // It hears of no more changes: what comes next in its stop is the ledger.
  await until(listeners, (left) => left === 1);
  await owner.query('commit');
  await closed;
  expect((await asked).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
});

describe('a partition of the ledger that cannot be made', () => {
  test('because its rows went to the default partition is told by the job and by a metric, until it can', async () => {
    const own = await createTestApp();
    const told = async (): Promise<string | undefined> => /^.*partitions_missing\{schema="widget"\} (\d+)$/m.exec(await own.app.metrics.registry.metrics())?.[1];
    try {
      expect(await told()).toBe('0');
      own.advance(70 * 86_400_000);
      await sql(own.database.superUrl, `insert into widget.redemptions_default (jti, exchange_id, redeemed_at) values (widget.first_uuid_of(to_timestamp(${own.now() / 1000}) + interval '3 months'), 'x', now())`);
      await expect(own.app.widget!.ensurePartitions()).rejects.toThrow('1 partitions of the token ledger are missing');
      expect(await told()).toBe('1');
      await sql(own.database.superUrl, 'delete from widget.redemptions_default');
      await own.app.widget!.ensurePartitions();
      expect(await told()).toBe('0');
    } finally {
      await own.close();
    }
  });
});
