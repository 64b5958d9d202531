import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import jsonwebtoken from 'jsonwebtoken';
import pg from 'pg';
import type supertest from 'supertest';
import { createPartner, getToken, LIMIT_ORDER, openSession, PAGE, requestToken, signedPost, type TestPartner, type TestUser, type TokenAnswer } from '../../testing/builders.ts';
import { readContract } from '../../testing/contract.ts';
import { createTestApp, signedHeaders, type TestApp } from '../../testing/test-app.ts';
import { BUY, createTrader, createVenue, createWidgetTrader, newClientOrderId, placed, placeOrder, tokenFor, until, type TestVenue, type Trader, type WidgetTrader } from '../../testing/venue.ts';

/**
 * The rules of the Idempotency-Key draft, by name, on every route that changes something for a trader or a partner: I1 the key is asked for, I2 a repeat gets
 * the first answer, I3 a repeat in flight, I4 another body under the key, I5 whose the key is, I6 what is compared, I7 how long, I8 errors keep no key, I9 a
 * crash half-way heals. docs/guides/idempotency.md is the same as a table.
 */
let app: TestVenue;
let node: TestApp;
let owner: pg.Client;
let partner: TestPartner;
beforeAll(async () => {
  app = await createVenue();
  node = await createTestApp({ database: app.database });
  owner = new pg.Client({ connectionString: app.database.superUrl });
  await owner.connect();
  partner = await createPartner(app);
  await until(async () => node.app.widget!.partners.find(partner.exchangeId), (found) => found !== undefined);
});
afterAll(async () => {
  await owner.end();
  await node.close();
  await app.close();
});

const user = (): Promise<TestUser> => openSession(app, partner);
const token = ({ body }: supertest.Response): TokenAnswer => (body as { data: TokenAnswer }).data;
const hit = ({ headers }: supertest.Response): unknown => (headers as Record<string, string>)['idempotency-hit'];
const claims = ({ token: text }: TokenAnswer): unknown => jsonwebtoken.decode(text);
const rowsOf = async (table: string, column: string, value: unknown): Promise<number> => (await owner.query(`select from ${table} where ${column} = $1`, [value])).rowCount!;
const keyRows = (key: string): Promise<number> => rowsOf('widget.token_keys', 'idempotency_key', key);
const tokensOf = ({ exchangeUserId }: TestUser): Promise<number> => rowsOf('widget.trade_tokens', 'exchange_user_id', exchangeUserId);

/** The connection that works on `call` dies while it writes to this table, after everything its statement wrote before. */
async function dyingIn(table: string, connection: string, call: supertest.Test): Promise<supertest.Response> {
  await owner.query(`
    create function widget.wait_for_test() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); return new; end $$;
    create trigger wait_for_test before insert on ${table} for each row execute function widget.wait_for_test();
    select pg_advisory_lock(4711)`);
  try {
    const answer = call.then((response) => response);
    const stuck = `select pid from pg_stat_activity where application_name = $1 and wait_event = 'advisory' and datname = current_database()`;
    const pids = await until(async () => (await owner.query<{ pid: number }>(stuck, [connection])).rows, (rows) => rows.length > 0);
    for (const { pid } of pids) await owner.query('select pg_terminate_backend($1)', [pid]);
    return await answer;
  } finally {
    await owner.query(`select pg_advisory_unlock(4711); drop trigger wait_for_test on ${table}; drop function widget.wait_for_test()`);
  }
}

describe('a token request', () => {
  test('I1: without a key is refused, and told where to read on', async () => {
    const { body } = await requestToken(app, await user(), LIMIT_ORDER, '').expect(400);
    const { code, message } = (body as { error: { code: string; message: string } }).error;
    expect(code).toBe('IDEMPOTENCY_KEY_REQUIRED');
    const guide = /docs\/guides\/[a-z]+\.md/.exec(message)![0];
    expect(existsSync(new URL(`../../../../${guide}`, import.meta.url))).toBe(true);
  });

  test('I2: repeated gets the same status, jti and claims, and is told that it is a repetition, on every node', async () => {
    const [trader, key] = [await user(), randomUUID()];
    const first = await requestToken(app, trader, LIMIT_ORDER, key).expect(201);
    expect(hit(first)).toBeUndefined();
    for (const at of [app, node]) {
      const again = await requestToken(at, trader, LIMIT_ORDER, key).expect(201);
      expect(hit(again)).toBe('true');
      expect([claims(token(again)), token(again).jti, token(again).expiresAt]).toEqual([claims(token(first)), token(first).jti, token(first).expiresAt]);
    }
    expect(await tokensOf(trader)).toBe(1);
  });

  test('I2: with a shared secret the repeated token is the same text', async () => {
    const [trader, key] = [await openSession(app, await createPartner(app, { algorithm: 'HS256' })), randomUUID()];
    const answers = [await requestToken(app, trader, LIMIT_ORDER, key).expect(201), await requestToken(app, trader, LIMIT_ORDER, key).expect(201)];
    expect(token(answers[1]!).token).toBe(token(answers[0]!).token);
  });

  test("I2: a partner's page may read that it was a repetition", async () => {
    const { headers } = await requestToken(app, await user()).set('Origin', PAGE).expect(201);
    expect((headers as Record<string, string>)['access-control-expose-headers']!.split(',')).toContain('Idempotency-Hit');
  });

  test('I3 (design 5.7: joined, where the draft says 409): repeated while it is under way joins the first, whatever node it comes to', async () => {
    const [trader, key] = [await user(), randomUUID()];
    await owner.query('begin; lock table widget.token_keys in access exclusive mode');
    const calls = Array.from({ length: 6 }, (_, index) => requestToken(index % 3 === 2 ? node : app, trader, LIMIT_ORDER, key).then((response) => response));
    await until(async () => (await owner.query(`select from pg_stat_activity where application_name = 'ledger' and wait_event_type = 'Lock' and datname = current_database()`)).rowCount, (count) => count === 2);
    await owner.query('rollback');
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(new Set(answers.map((answer) => token(answer).jti)).size).toBe(1);
    expect(answers.filter((answer) => hit(answer) === undefined)).toHaveLength(1);
    expect(await tokensOf(trader)).toBe(1);
  });

  test('I4: for another order under the same key is refused, also while the first is under way', async () => {
    const [trader, key] = [await user(), randomUUID()];
    const orders = [LIMIT_ORDER, { ...LIMIT_ORDER, side: 'SELL' }, { ...LIMIT_ORDER, clientOrderId: 'mine' }];
    const answers = await Promise.all(orders.map((order) => requestToken(app, trader, order, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
    for (const { status, body } of answers) if (status === 422) expect(body).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await tokensOf(trader)).toBe(1);
  });

  test('I5: the key is one user’s at one exchange, for both names of the route, 16 to 64 visible characters', async () => {
    const [trader, key] = [await user(), randomUUID()];
    const first = token(await requestToken(app, trader, LIMIT_ORDER, key).expect(201));
    const alias = await app.request.post('/api/widget/generate-trade-token').set({ Authorization: `Bearer ${trader.sessionToken}`, 'Idempotency-Key': key })
      .send({ exchangeId: partner.exchangeId, exchangeUserId: trader.exchangeUserId, trade: LIMIT_ORDER }).expect(201);
    expect([token(alias).jti, hit(alias)]).toEqual([first.jti, 'true']);
    for (const other of [await user(), await openSession(app, await createPartner(app), trader.exchangeUserId)]) {
      const answer = await requestToken(app, other, LIMIT_ORDER, key).expect(201);
      expect([token(answer).jti === first.jti, hit(answer)]).toEqual([false, undefined]);
    }
    for (const bad of ['x'.repeat(15), 'x'.repeat(65), 'with spaces inside']) await requestToken(app, trader, LIMIT_ORDER, bad).expect(400);
  });

  test('I6: is compared by what it orders, not by how it is written', async () => {
    const [trader, key] = [await user(), randomUUID()];
    await requestToken(app, trader, LIMIT_ORDER, key).expect(201);
    const { symbol, side, type } = LIMIT_ORDER;
    expect(hit(await requestToken(app, trader, { price: '064000.00', quantity: '0.0100', type, side, symbol }, key).expect(201))).toBe('true');
    await requestToken(app, trader, { ...LIMIT_ORDER, price: '64000.01' }, key).expect(422);
  });

  test('I8: that was answered 401 or 403 has not used its key up', async () => {
    const [trader, key] = [await user(), randomUUID()];
    await requestToken(app, { ...trader, sessionToken: 'x' }, LIMIT_ORDER, key).expect(401);
    await requestToken(app, trader, LIMIT_ORDER, key).set('Origin', 'https://thief.example').expect(403);
    expect(await keyRows(key)).toBe(0);
    expect(hit(await requestToken(app, trader, { ...LIMIT_ORDER, side: 'SELL' }, key).expect(201))).toBeUndefined();
  });

  test('I7, I8: that was answered 429 has not used its key up; one that was answered has it for the 24 hours of the contract', async () => {
    const description = (readContract().paths['/api/app/widget/generate-trade-token']!['post'] as unknown as { description: string }).description;
    expect(description).toContain('24 hours');
    const own = await createTestApp({ env: { LIMIT_OPEN_TOKENS_PER_USER: '1' } });
    try {
      const [by, key] = [await createPartner(own), randomUUID()];
      const ask = async (named = key): Promise<supertest.Response> => requestToken(own, await openSession(own, by, 'ada'), LIMIT_ORDER, named);
      expect((await ask(randomUUID())).status).toBe(201);
      expect((await ask()).status).toBe(429);
      own.advance(11_000);
      const first = await ask();
      expect([first.status, hit(first)]).toEqual([201, undefined]);
      own.advance(24 * 3_600_000 - 60_000);
      await own.app.widget!.purgeKeys();
      expect((await ask()).body).toMatchObject({ error: { code: 'TOKEN_EXPIRED' } });
      own.advance(120_000);
      await own.app.widget!.purgeKeys();
      const later = await ask();
      expect([later.status, hit(later), token(later).jti === token(first).jti]).toEqual([201, undefined, false]);
    } finally {
      await own.close();
    }
  });

  test('I8, I9: whose commit dies between the key and the ledger’s line is a 503 that leaves neither, and may be repeated', async () => {
    const [trader, key] = [await user(), randomUUID()];
    const { status, body } = await dyingIn('widget.trade_tokens', 'ledger', requestToken(app, trader, LIMIT_ORDER, key));
    expect([status, (body as { error: { code: string } }).error.code]).toEqual([503, 'LEDGER_UNAVAILABLE']);
    expect([await keyRows(key), await tokensOf(trader)]).toEqual([0, 0]);
    expect(hit(await requestToken(app, trader, LIMIT_ORDER, key).expect(201))).toBeUndefined();
    expect([await keyRows(key), await tokensOf(trader)]).toEqual([1, 1]);
  });
});

describe('redeeming', () => {
  const redeem = (text: string, by = partner, at: TestApp = app): supertest.Test => signedPost(at, by, '/api/widget/redeem', { token: text });
  const code = ({ body }: supertest.Response): unknown => (body as { error: { code: string } }).error.code;

  test('I1, I5: needs no key: the jti is one, for the partner it was issued to', async () => {
    const { token: text } = await getToken(app, await user());
    expect(code(await redeem(text, await createPartner(app)).expect(403))).toBe('TRADE_TOKEN_INVALID');
    await redeem(text).expect(200);
  });

  test('I2 (contract.md: 409 with the first result, where the draft says the same status): again says when it was spent', async () => {
    const { token: text, jti } = await getToken(app, await user());
    const first = await redeem(text).expect(200);
    const again = await redeem(text, partner, node).expect(409);
    expect(again.body).toMatchObject({ error: { code: 'TRADE_TOKEN_SPENT', details: { jti, redeemedAt: (first.body as { data: { redeemedAt: string } }).data.redeemedAt } } });
  });

  test('I3: many times at once on two nodes is won by one call', async () => {
    const { token: text } = await getToken(app, await user());
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => redeem(text, partner, index % 2 ? node : app)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test('I8: with a bad signature spends nothing', async () => {
    const { token: text, jti } = await getToken(app, await user());
    await redeem(text, { ...partner, apiSecret: 'another secret' }).expect(401);
    expect(await rowsOf('widget.redemptions', 'jti', jti)).toBe(0);
    await redeem(text).expect(200);
  });

  test('I9: whose connection dies in the write leaves the token unspent', async () => {
    const { token: text, jti } = await getToken(app, await user());
    expect((await dyingIn('widget.redemptions', 'writer', redeem(text))).status).toBe(503);
    expect(await rowsOf('widget.redemptions', 'jti', jti)).toBe(0);
    await redeem(text).expect(200);
  });
});

/** Later than every token of these tests, and not so late that no clock could show it. */
const EXECUTED_AT = new Date(Date.now() + 3_600_000).toISOString();

describe('reporting executions', () => {
  const said = (jti: string, change: object = {}): object => ({ jti, status: 'executed', quantity: '0.01', price: '64000', orderId: '17', executedAt: EXECUTED_AT, ...change });
  const report = (executions: object[], at: TestApp = app): supertest.Test => signedPost(at, partner, '/api/widget/executions', { executions });
  const result = async (call: supertest.Test): Promise<Record<string, unknown>> => ((await call.expect(200)).body as { data: Record<string, unknown> }).data;
  const fresh = async (): Promise<string> => (await getToken(app, await user())).jti;

  test('I1, I2: needs no key: the same report again counts as a duplicate, for ever', async () => {
    const jti = await fresh();
    expect(await result(report([said(jti)]))).toMatchObject({ recorded: 1, duplicates: 0 });
    expect(await result(report([said(jti)], node))).toEqual({ recorded: 0, duplicates: 1, refused: [] });
  });

  test('I3: from many calls at once on two nodes is recorded once', async () => {
    const jti = await fresh();
    const results = await Promise.all(Array.from({ length: 10 }, (_, index) => result(report([said(jti)], index % 2 ? node : app))));
    expect(results.filter(({ recorded }) => recorded === 1)).toHaveLength(1);
    expect(results.filter(({ duplicates }) => duplicates === 1)).toHaveLength(9);
  });

  test('I4: of something else for a token that ended is refused, and what is on record stays', async () => {
    const jti = await fresh();
    await report([said(jti)]).expect(200);
    expect(await result(report([said(jti, { price: '1' })]))).toMatchObject({ recorded: 0, refused: [{ index: 0, jti, code: 'EXECUTION_CONFLICT' }] });
  });

  test('I6: is compared by what it says, not by how it is written', async () => {
    const jti = await fresh();
    await report([said(jti)]).expect(200);
    expect(await result(report([said(jti, { quantity: '0.010', price: '064000.0' })]))).toMatchObject({ duplicates: 1, refused: [] });
  });

  test('I8: with a bad signature records nothing', async () => {
    const jti = await fresh();
    await signedPost(app, { ...partner, apiSecret: 'another secret' }, '/api/widget/executions', { executions: [said(jti)] }).expect(401);
    expect(await result(report([said(jti)]))).toMatchObject({ recorded: 1 });
  });

  test('I9: whose connection dies in the write records nothing of the batch, and all of it when it is repeated', async () => {
    const [one, two] = [await fresh(), await fresh()];
    expect((await dyingIn('widget.executions', 'reports', report([said(one), said(two)]))).status).toBe(503);
    expect(await rowsOf('widget.executions', 'jti', one)).toBe(0);
    expect(await result(report([said(one), said(two)]))).toMatchObject({ recorded: 2, duplicates: 0 });
  });
});

describe('an order at our venue', () => {
  const order = (): typeof BUY & { clientOrderId: string } => ({ ...BUY, clientOrderId: newClientOrderId() });
  const ordersOf = ({ userId }: Trader): Promise<number> => rowsOf('trading.orders', 'user_id', userId);
  let trader: WidgetTrader;
  beforeAll(async () => {
    trader = await createWidgetTrader(app, { USDT: '1000000' });
  });

  test('I1 (spec/4: clientOrderId may be left out): without a name of its own is another order each time', async () => {
    expect((await placed(app, trader, BUY)).id).not.toBe((await placed(app, trader, BUY)).id);
  });

  test('I1, I2: with a trade token needs none: the token is its name, and the repeat gets the first order', async () => {
    const { token: text } = await tokenFor(app, trader, BUY);
    const send = (): supertest.Test => placeOrder(app, { accessToken: trader.venueToken }, BUY).set('X-Trade-Token', text);
    const before = await ordersOf(trader);
    const { id } = ((await send().expect(201)).body as { data: { id: number } }).data;
    expect((await send().expect(409)).body).toMatchObject({ error: { code: 'TRADE_TOKEN_SPENT', details: { order: { id } } } });
    expect(await ordersOf(trader)).toBe(before + 1);
  });

  test('I2, I6: repeated under its clientOrderId gets the order as it is now, however its amounts are written', async () => {
    const named = order();
    const first = await placed(app, trader, named);
    expect(await placed(app, trader, { ...named, quantity: '0.010', price: '064000.0' })).toEqual(first);
    await app.app.trading!.engine.submit({ kind: 'cancel', userId: trader.userId, orderId: first.id });
    expect(await placed(app, trader, named)).toMatchObject({ id: first.id, status: 'CANCELLED' });
  });

  test('I3: many times at once is placed once', async () => {
    const [named, before] = [order(), await ordersOf(trader)];
    const answers = await Promise.all(Array.from({ length: 10 }, () => placed(app, trader, named)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await ordersOf(trader)).toBe(before + 1);
  });

  test('I4 (spec/4: 409): another order under the same clientOrderId is refused', async () => {
    const named = order();
    await placed(app, trader, named);
    expect((await placeOrder(app, trader, { ...named, side: 'SELL' }).expect(409)).body).toMatchObject({ error: { code: 'CLIENT_ORDER_ID_REUSED' } });
  });

  test('I5: a clientOrderId is its user’s own', async () => {
    const named = order();
    expect((await placed(app, await createTrader(app), named)).id).not.toBe((await placed(app, trader, named)).id);
  });

  test('I8: that was refused, or came from nobody, has not used its clientOrderId up', async () => {
    const poor = await createTrader(app, { USDT: '100' });
    const named = order();
    await placeOrder(app, { accessToken: 'x' }, named).expect(401);
    await placeOrder(app, poor, named).expect(422);
    expect(await rowsOf('trading.order_keys', 'client_order_id', named.clientOrderId)).toBe(0);
    await app.app.trading!.account.fund(poor.userId, 'USDT', '100000', newClientOrderId());
    await placed(app, poor, named);
  });

  test('I9: whose batch dies between the key and the order leaves neither, and is placed when it is repeated', async () => {
    const [named, before] = [order(), await ordersOf(trader)];
    await owner.query(`
      create function trading.fail_for_test() returns trigger language plpgsql as $$ begin raise exception 'cut off' using errcode = '57P01'; end $$;
      create trigger fail_for_test before insert on trading.orders for each row execute function trading.fail_for_test()`);
    try {
      await placeOrder(app, trader, named).expect(503);
      expect([await rowsOf('trading.order_keys', 'client_order_id', named.clientOrderId), await ordersOf(trader)]).toEqual([0, before]);
    } finally {
      await owner.query('drop trigger fail_for_test on trading.orders; drop function trading.fail_for_test()');
    }
    await until(async () => (await placeOrder(app, trader, named)).status, (status) => status === 201);
    expect(await ordersOf(trader)).toBe(before + 1);
  });
});

test('a partner’s call is signed once: the same bytes again are refused by their nonce, a repeat is signed anew', async () => {
  const { token: text } = await getToken(app, await user());
  const body = JSON.stringify({ token: text });
  const headers = signedHeaders(partner, 'POST', '/api/widget/redeem', body, { timestamp: app.now() });
  await app.request.post('/api/widget/redeem').set(headers).send(body).expect(200);
  expect((await app.request.post('/api/widget/redeem').set(headers).send(body).expect(401)).body).toMatchObject({ error: { code: 'NONCE_REUSED' } });
});
