import { afterEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { awakeClock } from '../../testing/awake-clock.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import type { TestApp } from '../../testing/test-app.ts';
import {
  balancesOf, brokenBooks, BUY, createMarkets, createNode, createTrader, newClientOrderId, placed, placeOrder, SELL, sql, until, type Trader,
} from '../../testing/venue.ts';

let open: TestApp[] = [];
let databases: TestDatabase[] = [];
afterEach(async () => {
  for (const app of open.reverse()) await app.close();
  for (const database of databases) await database.drop();
  [open, databases] = [[], []];
});

async function newDatabase(): Promise<TestDatabase> {
  const database = await cloneDatabase();
  databases.push(database);
  return database;
}

async function node(database: TestDatabase, env: Record<string, string> = {}): Promise<TestApp> {
  const app = await createNode({ database, env });
  open.push(app);
  return app;
}

async function close(app: TestApp): Promise<void> {
  open = open.filter((other) => other !== app);
  await app.close();
}

async function venue(env: Record<string, string> = {}): Promise<{ database: TestDatabase; first: TestApp; trader: Trader; maker: Trader }> {
  const database = await newDatabase();
  const first = await node(database, env);
  await createMarkets(first);
  return { database, first, trader: await createTrader(first, { USDT: '100000' }), maker: await createTrader(first, { BTC: '10' }) };
}

const book = async (app: TestApp): Promise<unknown> => {
  const { body } = await app.request.get('/api/markets/BTCUSDT/orderbook').expect(200);
  return { bids: body.data.bids, asks: body.data.asks };
};
const ordersStored = async (database: TestDatabase): Promise<number> => (await sql<{ n: number }>(database.superUrl, 'select count(*)::int as n from trading.orders'))[0]!.n;

describe('with two nodes', () => {
  test('the one without the engine places orders at the other, and shows the same book from Postgres', async () => {
    const { database, first, trader, maker } = await venue();
    const second = await node(database);
    await placed(second, maker, { ...SELL, price: '65000', quantity: '0.3' });
    await placed(first, maker, { ...SELL, price: '64000', quantity: '0.1' });
    expect(await placed(second, trader, { ...BUY, quantity: '0.2' })).toMatchObject({ status: 'PARTIAL', filled_quantity: '0.1', average_price: '64000.00' });
    expect(await book(first)).toEqual({ bids: [['64000.00', '0.1']], asks: [['65000.00', '0.3']] });
    expect(await book(second)).toEqual(await book(first));
    expect(await balancesOf(second, trader)).toEqual(await balancesOf(first, trader));
    // A refusal comes across with its code and numbers.
    const { body } = await placeOrder(second, maker, { ...BUY, quantity: '1' }).expect(422);
    expect(body.error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { asset: 'USDT', required: '64000.00', available: '6393.60' } });
    expect(await brokenBooks(database.superUrl)).toEqual([]);
  });

  test('the book from Postgres is without sleeping stops, and has a woken OCO at its other price', async () => {
    const { first, trader, maker } = await venue();
    const second = await node(databases[0]!);
    const trades = async (price: string): Promise<void> => {
      await placed(first, maker, { ...SELL, price });
      expect(await placed(first, trader, { ...BUY, price })).toMatchObject({ status: 'FILLED' });
    };
    await trades('64000');
    const oco = await placed(first, maker, { ...SELL, type: 'OCO', price: '70000', stopPrice: '63500', stopLimitPrice: '63000', quantity: '0.2' });
    await placed(first, maker, { ...SELL, type: 'STOP', price: undefined, stopPrice: '50000', quantity: '0.3' });
    await placed(first, maker, { ...SELL, type: 'STOP_LIMIT', stopPrice: '50000', price: '60000', quantity: '0.4' });
    const asleep = { bids: [], asks: [['70000.00', '0.2']] };
    expect(await book(first)).toEqual(asleep);
    await until(() => book(second), (shown) => JSON.stringify(shown) === JSON.stringify(asleep));
    await trades('63400');
    expect((await first.request.get(`/api/orders/${oco.id}`).set('Authorization', `Bearer ${maker.accessToken}`).expect(200)).body.data).toMatchObject({ status: 'PENDING', triggered_at: expect.any(String) });
    // The second shows the book that it has until it hears of another.
    const woken = { bids: [], asks: [['63000.00', '0.2']] };
    expect(await book(first)).toEqual(woken);
    await until(() => book(second), (shown) => JSON.stringify(shown) === JSON.stringify(woken));
  });

  test('the second takes the engine over within the lease when the first hangs, and what the first still holds changes nothing', async () => {
    // As far as its lease goes, a node hangs whose next renewal is half a minute away.
    const { database, first, trader } = await venue({ ENGINE_LEASE_MS: '60000', ENGINE_RENEW_MS: '30000' });
    const second = await node(database);
    await placed(first, trader, BUY);
    await sql(database.superUrl, `update trading.engine_lease set until = now() + interval '600 milliseconds'`);
    const started = Date.now();
    await until(() => sql<{ moved: boolean }>(database.superUrl, 'select address = $1 as moved from trading.engine_lease', [second.config.nodeAddress]), ([row]) => row!.moved, 10_000);
    await until(() => placeOrder(second, trader, BUY), ({ status }) => status === 201);
    expect(Date.now() - started).toBeLessThan(10_000);

    const { body } = await placeOrder(first, trader, BUY).expect(503);
    expect(body.error.code).toBe('ENGINE_UNAVAILABLE');
    expect(await ordersStored(database)).toBe(2);
    // It has learned that it was replaced, and from now on asks the other.
    await placed(first, trader, BUY);
    expect(await ordersStored(database)).toBe(3);
    expect(await brokenBooks(database.superUrl)).toEqual([]);
  });

  test('a node that stops hands the engine over at once', async () => {
    const { database, first, trader } = await venue();
    const second = await node(database);
    await close(first);
    await until(() => placeOrder(second, trader, BUY), ({ status }) => status === 201, 1_000);
  });
});

test.each<Record<string, string>>([{ NODE_ADDRESS: 'http://0.0.0.0:9464' }, { METRICS_HOST: '::' }])('a node whose address means nothing to others says so when it starts (%j)', async (env) => {
  const app = await createNode({ database: await newDatabase(), env });
  open.push(app);
  expect(app.logs.join('')).toContain('set NODE_ADDRESS');
});

test('whatever characters a name has, the batch it is in writes it as it is', async () => {
  const { database, first, trader } = await venue();
  const names = ['a,b', '"', 'NULL', '{}', '\\', '\\"', '’ ü 語 🙂', ' ', "'; drop table trading.orders"];
  await Promise.all(names.map((name) => first.app.trading!.account.fund(trader.userId, 'BTC', '1', name)));
  const stored = await sql<{ reference: string }>(database.superUrl, `select reference from trading.journal where reference = any ($1)`, [names]);
  expect(stored.map(({ reference }) => reference).sort()).toEqual([...names].sort());
});

describe('the door between nodes', () => {
  test('is not on the public port, and opens for nobody without the nodes’ signature, nor twice for one', async () => {
    const { first } = await venue();
    await first.request.post('/internal/engine/commands').send({}).expect(404);
    const url = `${first.config.nodeAddress}/internal/engine/commands`;
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    const second = await node(databases[0]!);
    let seen: RequestInit | undefined;
    const original = globalThis.fetch;
    globalThis.fetch = (target, init) => {
      seen = init;
      return original(target, init);
    };
    try {
      await second.app.trading!.account.fund(1, 'USDT', '1', 'twice');
    } finally {
      globalThis.fetch = original;
    }
    const { signal: _, ...request } = seen!;
    expect((await fetch(url, request)).status).toBe(401);
    expect((await fetch(url, { ...request, body: String(request.body).replace('"1', '"2') })).status).toBe(401);
    expect((await fetch(`${first.config.nodeAddress}/metrics`)).status).toBe(200);
  });
});

describe('after a restart', () => {
  test('the book, the balances and the ids go on where they were', async () => {
    const { database, first, trader, maker } = await venue();
    await placed(first, maker, { ...SELL, price: '65000' });
    const bid = await placed(first, trader, { ...BUY, quantity: '0.05' });
    await placed(first, maker, { ...SELL, quantity: '0.02' });
    const before = [await book(first), await balancesOf(first, trader)];
    const [{ digest: digest }] = await sql<{ digest: string }>(database.superUrl, 'select digest from trading.engine_state') as [{ digest: string }];
    await close(first);

    const again = await node(database);
    expect([await book(again), await balancesOf(again, trader)]).toEqual(before);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const next = await placed(again, trader, BUY);
    expect(next.id).toBe(bid.id + 2);
  });

  test('nothing trades while any of its rows is not what the last batch left behind, and all trades again once it is', async () => {
    const { database, first, trader } = await venue();
    await placed(first, trader, BUY);
    const again = await node(database);
    const takesOver = async (): Promise<void> => void (await sql(database.superUrl, `update trading.engine_lease set epoch = epoch + 1, holder = null, until = '-infinity'`));
    await close(first);
    const changes = [
      ['a balance', 'update trading.balances set available = available + 0.00000001', 'update trading.balances set available = available - 0.00000001'],
      ['an open order', `update trading.orders set client_order_id = 'changed'`, 'update trading.orders set client_order_id = null'],
      ['a market', 'update trading.markets set min_notional = 4', 'update trading.markets set min_notional = 5'],
      ['the counters', 'update trading.engine_state set last_trade_id = last_trade_id + 1', 'update trading.engine_state set last_trade_id = last_trade_id - 1'],
    ] as const;
    for (const [what, change, undo] of changes) {
      await until(() => again.request.get('/ready').then((response) => response), ({ status }) => status === 200);
      again.logs.length = 0;
      await sql(database.superUrl, change);
      await takesOver();
      await until(() => Promise.resolve(again.logs.join('')), (logs) => logs.includes('not what its last batch left behind'));
      await again.request.get('/ready').expect(503);
      const { body } = await placeOrder(again, trader, BUY).expect(503);
      expect([what, body.error.code]).toEqual([what, 'ENGINE_UNAVAILABLE']);
      await sql(database.superUrl, undo);
    }
    await until(() => placeOrder(again, trader, BUY), ({ status }) => status === 201);
  });
});

describe('when a batch cannot be committed', () => {
  /** Holds the row that every batch begins with. */
  async function holdingBatches(database: TestDatabase, work: () => Promise<void>): Promise<void> {
    const blocker = new pg.Client({ connectionString: database.superUrl });
    await blocker.connect();
    try {
      await blocker.query('begin');
      await blocker.query('select 1 from trading.engine_state for update');
      await work();
    } finally {
      await blocker.end();
    }
  }
  const blocked = (database: TestDatabase): Promise<unknown> =>
    until(
      () => sql(database.superUrl, `select pid from pg_stat_activity where application_name = 'engine' and wait_event_type = 'Lock' and query like '%held as%' and datname = current_database()`),
      (rows) => rows.length === 1,
    );

  test('because its connection was killed, the engine loads again and loses nothing it had acknowledged', async () => {
    const { database, first, trader } = await venue();
    const acknowledged = await placed(first, trader, BUY);
    const order = { ...BUY, clientOrderId: newClientOrderId() };
    await holdingBatches(database, async () => {
      const lost = placeOrder(first, trader, order).then((response) => response);
      await blocked(database);
      const waiting = placeOrder(first, trader, BUY).then((response) => response);
      await until(() => Promise.resolve(first.app.trading!.engine.queueHere), (queued) => queued === 1);
      await sql(database.superUrl, `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'engine' and wait_event_type = 'Lock' and datname = current_database()`);
      expect([(await lost).status, (await lost).body.error.code]).toEqual([503, 'ORDER_OUTCOME_UNKNOWN']);
      expect([(await waiting).status, (await waiting).body.error.code]).toEqual([503, 'ENGINE_UNAVAILABLE']);
    });
    const retried = await until(() => placeOrder(first, trader, order), ({ status }) => status === 201);
    const twice = await placed(first, trader, order);
    expect(twice.id).toBe(retried.body.data.id);
    expect(await ordersStored(database)).toBe(2);
    expect((await placed(first, trader, BUY)).id).toBeGreaterThan(acknowledged.id);
    expect(await brokenBooks(database.superUrl)).toEqual([]);
  });

  test('within two seconds nobody is told a result, and an order that was committed after all is found by its name', async () => {
    const { database, first, trader } = await venue();
    const order = { ...BUY, clientOrderId: newClientOrderId() };
    await holdingBatches(database, async () => {
      const clock = awakeClock();
      const { body } = await placeOrder(first, trader, order).expect(503);
      expect(body.error.code).toBe('ORDER_OUTCOME_UNKNOWN');
      expect(clock.now()).toBeLessThan(2_500);
      clock.stop();
    });
    const found = await until(() => placeOrder(first, trader, order), ({ status }) => status === 201);
    expect(await sql(database.superUrl, 'select id::int from trading.orders')).toEqual([{ id: found.body.data.id }]);
    expect(await balancesOf(first, trader)).toEqual({ USDT: '99360 + 640' });
    expect(await brokenBooks(database.superUrl)).toEqual([]);
  });
});

test('money that arrives under one reference arrives once, on any node', async () => {
  const { database, first, trader } = await venue();
  const second = await node(database);
  const fund = (app: TestApp, amount: string): Promise<boolean> => app.app.trading!.account.fund(trader.userId, 'USDT', amount, 'deposit 1');
  const answers = await Promise.all([fund(first, '5'), fund(second, '5'), fund(first, '5.0'), fund(second, '5')]);
  expect(answers.filter((arrived) => arrived)).toHaveLength(1);
  await expect(fund(second, '6')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  await close(first);
  await until(() => fund(second, '5').catch(() => null), (arrived) => arrived === false);
  expect(await balancesOf(second, trader)).toEqual({ USDT: '100005 + 0' });
});
