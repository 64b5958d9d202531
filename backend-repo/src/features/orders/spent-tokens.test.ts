import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type supertest from 'supertest';
import type { PreparedQueries } from '../../db/connection.ts';
import { amountFrom } from '../../domain/money.ts';
import { PLAIN_ORDER } from '../../domain/venue-command.ts';
import type { AppError } from '../../errors.ts';
import { BUY, createTrader, createVenue, createWidgetTrader, newClientOrderId, placed, SELL, sql, tokenFor, until, type TestVenue, type WidgetTrader } from '../../testing/venue.ts';
import { OrdersService } from './orders.service.ts';
import { ReportsRepository } from './reports.repository.ts';
import { venueNonces } from './trade-gate.service.ts';

/** A spent token and the order it was spent on stay together, whatever is lost in between. */
let app: TestVenue;
let trader: WidgetTrader;
let client: pg.Client;
beforeAll(async () => {
  app = await createVenue();
  trader = await createWidgetTrader(app, { USDT: '1000000' });
  client = new pg.Client({ connectionString: app.database.superUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await app.close();
});

const send = (token: string, order: object = BUY): supertest.Test => app.request.post('/api/orders').set('Authorization', `Bearer ${trader.venueToken}`).set('X-Trade-Token', token).send(order);
const reportOf = async (jti: string): Promise<Record<string, unknown> | undefined> =>
  (await sql(app.database.superUrl, 'select order_id::int, refusal, status, version from trading.execution_reports where jti = $1', [jti]))[0];
const command = (jti: string, clientOrderId: string) =>
  ({ kind: 'place', ...PLAIN_ORDER, userId: trader.userId, symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: amountFrom('0.01'), price: amountFrom('64000'), clientOrderId, fingerprint: 'f', tradeTokenJti: jti }) as const;

describe('an order that reaches the engine twice, because the first answer was lost,', () => {
  test.each(['filled', 'resting'])('leaves the report of its token alone when it is %s', async (what) => {
    const engine = app.app.trading!.engine;
    if (what === 'filled') await placed(app, await createTrader(app, { BTC: '1' }), { ...SELL, quantity: '0.01' });
    const [jti, name] = [randomUUID(), newClientOrderId()];
    await engine.submit(command(jti, name));
    const before = await reportOf(jti);
    expect(before).toMatchObject({ order_id: expect.any(Number), status: what === 'filled' ? 'executed' : null });
    expect(await engine.submit(command(jti, name))).toEqual({ kind: 'repeated', orderId: before!['order_id'] });
    expect(await reportOf(jti)).toEqual(before);
  });

  test('is not placed by the second attempt when the first was refused and reported', async () => {
    const poor = await createTrader(app, {});
    const order = { ...command(randomUUID(), newClientOrderId()), userId: poor.userId };
    expect(await app.app.trading!.engine.submit(order)).toMatchObject({ kind: 'refused', refusal: { code: 'INSUFFICIENT_BALANCE' } });
    await app.app.trading!.account.fund(poor.userId, 'USDT', '1000', 'just in time');
    expect(await app.app.trading!.engine.submit(order)).toEqual({ kind: 'token-rejected', jti: order.tradeTokenJti, refusal: 'INSUFFICIENT_BALANCE' });
    expect(await reportOf(order.tradeTokenJti)).toMatchObject({ order_id: null, status: 'rejected' });
  });
});

test('an order whose token was reported as rejected already is refused, and its neighbours are not', async () => {
  const { engine } = app.app.trading!;
  const jti = randomUUID();
  await sql(app.database.superUrl, `insert into trading.execution_reports (jti, user_id, executed_at, version, status, refusal, reported_version) values ($1, $2, now(), 1, 'rejected', 'NEVER_PLACED', 1)`, [jti, trader.userId]);
  const answers = await Promise.all([engine.submit(command(jti, newClientOrderId())), ...[1, 2, 3].map(() => engine.submit(command(randomUUID(), newClientOrderId())))]);
  expect(answers.map(({ kind }) => kind)).toEqual(['token-rejected', 'done', 'done', 'done']);
});

test('a report that becomes rejected while its order is being committed does not fail the batch', async () => {
  const jti = randomUUID();
  await client.query('begin');
  await client.query(`insert into trading.execution_reports (jti, user_id, executed_at, version, status, refusal) values ($1, $2, now(), 1, 'rejected', 'NEVER_PLACED')`, [jti, trader.userId]);
  const answer = app.app.trading!.engine.submit(command(jti, newClientOrderId()));
  await until(() => sql(app.database.superUrl, `select pid from pg_stat_activity where application_name = 'engine' and wait_event_type = 'Lock' and datname = current_database()`), (rows) => rows.length === 1);
  await client.query('commit');
  expect(await answer).toMatchObject({ kind: 'done' });
  expect(await reportOf(jti)).toMatchObject({ order_id: expect.any(Number), status: 'rejected' });
});

test('an order that was refused is refused to all who ask for it at once, though its report is not committed yet', async () => {
  const poor = await createTrader(app, {});
  const { engine } = app.app.trading!;
  const order = { ...command(randomUUID(), newClientOrderId()), userId: poor.userId };
  const funds = { kind: 'credit', userId: poor.userId, asset: 'USDT', amount: amountFrom('1000'), cause: 'DEPOSIT', reference: newClientOrderId() } as const;
  const answers = await Promise.all([engine.submit(order), engine.submit(funds), engine.submit(order)]);
  expect(answers.map(({ kind }) => kind)).toEqual(['refused', 'done', 'token-rejected']);
});

describe('a token that is shown again while its first call is under way', () => {
  test('by eleven others at once: one order is placed, and each of them is told of it', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(token)));
    const [first, ...others] = answers.toSorted((one, other) => one.status - other.status).map(({ body }) => body);
    expect(others.map(({ error }) => ({ code: error.code, id: error.details.order?.id }))).toEqual(Array.from({ length: 11 }, () => ({ code: 'TRADE_TOKEN_SPENT', id: first.data.id })));
  });

  const none = { price: null, quoteAmount: null, stopPrice: null, stopLimitPrice: null, displayQuantity: null, expiresAt: null, triggeredAt: null };
  const order = { ...none, id: 17, symbol: 'BTCUSDT', quantity: 1n, filledQuantity: 0n, filledNotional: 0n, fee: 0n, createdAt: 0, updatedAt: 0 };
  /** @param looks what each look finds, the last one again and again */
  const shownAgain = async (looks: readonly object[]): Promise<{ error: AppError; pauses: number[] }> => {
    const pauses: number[] = [];
    const orders = { findSpentToken: async () => looks[Math.min(pauses.length, looks.length - 1)], find: async () => order };
    const service = new OrdersService({
      market: async () => ({ symbol: 'BTCUSDT', tick: 1_000_000n }),
      requireEngine: async () => undefined,
      gate: { sessionUser: (userId: number) => ({ userId, exchangeUserId: 'u' }), spend: async () => ({ spent: 'a-jti' }) },
      asUser: async (_userId: number, work: (orders: unknown) => unknown) => work(orders),
      pause: async (milliseconds: number) => void pauses.push(milliseconds),
      isDatabaseAway: () => false,
    } as never);
    const shown = { tokens: [{ token: 't', claimedUser: 'u' }], name: null };
    const error: unknown = await service.place({ userId: 1, freely: false, signed: false }, BUY as never, shown, async () => undefined).catch((thrown: unknown) => thrown);
    return { error: error as AppError, pauses };
  };
  const NOTHING_YET = { orderId: null, refusal: null };

  test('waits until the first call has committed, on whatever node that is', async () => {
    const { error, pauses } = await shownAgain([NOTHING_YET, NOTHING_YET, { orderId: 17, refusal: null }]);
    expect(error).toMatchObject({ code: 'TRADE_TOKEN_SPENT', details: { jti: 'a-jti', order: { id: 17 } } });
    expect(pauses).toHaveLength(2);
  });

  test('is told why there is no order, without a wait when that is known', async () => {
    const { error, pauses } = await shownAgain([{ orderId: null, refusal: 'INSUFFICIENT_BALANCE' }]);
    expect(error).toMatchObject({ code: 'TRADE_TOKEN_SPENT', details: { jti: 'a-jti', refusal: 'INSUFFICIENT_BALANCE' } });
    expect(pauses).toEqual([]);
  });

  test('is told when to come back after less than a second without a result', async () => {
    const { error, pauses } = await shownAgain([NOTHING_YET]);
    expect(error).toMatchObject({ code: 'TRADE_TOKEN_SPENT', details: { jti: 'a-jti' }, retryAfter: 1 });
    expect(pauses.reduce((sum, pauseMs) => sum + pauseMs, 0)).toBeLessThan(1_000);
  });
});

describe('a token is on record before it is spent', () => {
  test.each([
    ['stays there when it was spent', { first: true }, 'mark', []],
    ['is off it again when it was spent before, elsewhere', { first: false }, 'mark', ['forget']],
    ['is off it again when its issuer refuses it', { first: false, refused: 'TRADE_TOKEN_EXPIRED' }, 'mark', ['forget']],
    ['stays there for another request that put it there', { first: false }, null, []],
  ] as const)('and %s', async (_what, result, mark, after) => {
    const steps: string[] = [];
    const store = venueNonces({
      expect: async () => (steps.push('expect'), mark),
      redeem: async () => (steps.push('redeem'), result),
      forget: async () => void steps.push('forget'),
      isKnown: async () => false,
    }, 1);
    expect(await store.spend({ exchangeId: 'x', jti: 'j', expiresAt: 0, token: 't' })).toEqual(result);
    expect(steps).toEqual(['expect', 'redeem', ...after]);
  });

  test('so that one that cannot be put on record is not spent', async () => {
    const { token } = await tokenFor(app, trader, BUY);
    await sql(app.database.superUrl, 'alter table trading.execution_reports rename to hidden');
    const first = await send(token);
    await sql(app.database.superUrl, 'alter table trading.hidden rename to execution_reports');
    expect([first.status, first.body.error.code]).toEqual([503, 'TRADE_TOKEN_CHECK_UNAVAILABLE']);
    await send(token).expect(201);
  });

  test('and stays there when nobody knows whether it was spent, and is reported as rejected then', async () => {
    const { token, jti } = await tokenFor(app, trader, BUY);
    await sql(app.database.superUrl, 'alter table widget.redemptions rename to hidden');
    await send(token).expect(503);
    await sql(app.database.superUrl, 'alter table widget.hidden rename to redemptions');
    expect(await reportOf(jti)).toMatchObject({ order_id: null, version: 0 });
    await sql(app.database.superUrl, `update trading.execution_reports set next_attempt_at = now() - interval '61 seconds' where jti = $1`, [jti]);
    await app.app.trading!.deliverReports();
    expect(await reportOf(jti)).toMatchObject({ status: 'rejected', refusal: 'NEVER_PLACED' });
  });

  test('and off it again when it was refused, but not when another request with it is on its way', async () => {
    const reports = new ReportsRepository(client as PreparedQueries);
    const jti = randomUUID();
    const mark = await reports.expect(jti, trader.userId, 0);
    expect(await reports.expect(jti, trader.userId, 0)).toBeNull();
    await reports.forget(jti, mark!);
    expect(await reportOf(jti)).toBeDefined();
    const alone = randomUUID();
    await reports.forget(alone, (await reports.expect(alone, trader.userId, 0))!);
    expect(await reportOf(alone)).toBeUndefined();
  });
});

test('a backlog that is not due yet is not read to find out that nothing is due', async () => {
  await sql(app.database.superUrl, `insert into trading.execution_reports (jti, user_id, executed_at, version, status, next_attempt_at)
    select gen_random_uuid(), 1, now(), n % 2, case n % 2 when 1 then 'executed' end, now() + interval '5 minutes' from generate_series(1, 20000) n`);
  await sql(app.database.superUrl, 'analyze trading.execution_reports');
  await client.query('begin');
  const reports = new ReportsRepository(client as PreparedQueries);
  await reports.claim(500);
  await reports.rejectLost('NEVER_PLACED', 60, 500);
  const { rows } = await client.query<{ read: number }>(`select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables where relname = 'execution_reports'`);
  await client.query('rollback');
  expect(rows[0]!.read).toBeLessThan(100);
});

test.each([
  ['holds a NUL', 'a\u0000b'],
  ['is too long', 'x'.repeat(500)],
  ['is nobody’s', 'nobody'],
])('a token whose claimed user %s is not valid', async (_what, sub) => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'ES256', typ: 'trade+jwt', kid: 'k' })}.${part({ sub })}.AAAA`;
  const { body } = await app.request.post('/api/orders').set('Authorization', `Bearer ${token}`).send(BUY).expect(403);
  expect(body.error.code).toBe('TRADE_TOKEN_INVALID');
});

test('prices in a refusal are printed as the market prints them', async () => {
  const refused = async (price: string): Promise<unknown> => {
    const { body } = await app.request.post('/api/orders').set('Authorization', `Bearer ${trader.accessToken}`).send({ ...BUY, price }).expect(400);
    return body.error;
  };
  expect(await refused('2000000')).toMatchObject({ code: 'PRICE_OUT_OF_RANGE', details: { given: '2000000.00', max: '1000000.00' } });
  expect(await refused('64000.005')).toMatchObject({ code: 'PRICE_NOT_ON_TICK', details: { given: '64000.005', tick: '0.01' } });
});
