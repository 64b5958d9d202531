import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { asUser } from '../../db/as-user.ts';
import { connect } from '../../db/connection.ts';
import { awakeClock } from '../../testing/awake-clock.ts';
import { askToWithdraw, mayWithdraw } from '../../testing/withdrawals.ts';
import { BUY, createNode, createTrader, createVenue, createWidgetTrader, newClientOrderId, placed, SELL, sql, tokenFor, until, type TestVenue, type WidgetTrader } from '../../testing/venue.ts';

let app: TestVenue;
let ann: WidgetTrader;
beforeAll(async () => {
  app = await createVenue();
  ann = await createWidgetTrader(app, { USDT: '100000' });
  const { token } = await tokenFor(app, ann, BUY);
  await app.request.post('/api/orders').set('Authorization', `Bearer ${ann.venueToken}`).set('X-Trade-Token', token).send(BUY).expect(201);
  await placed(app, ann, { ...BUY, clientOrderId: newClientOrderId() });
  await placed(app, await createTrader(app, { BTC: '1' }), SELL);
  const { deposits, tiers } = app.app.trading!;
  await deposits.announce(ann.userId, { asset: 'USDT', amount: '1' }, newClientOrderId());
  await askToWithdraw(app, await mayWithdraw(app, ann)).expect(201);
  await tiers.recalculate();
  await sql(app.database.superUrl, `insert into auth.backup_codes (user_id, code_hash) values ($1, 'so that there is a row')`, [ann.userId]);
  await tiers.pin(ann.userId, 2, 'so that there is a row', { kind: 'system', id: 'test' });
});
afterAll(() => app.close());

const TRADING = ['orders', 'trades', 'balances', 'journal', 'order_keys', 'execution_reports', 'fee_tiers', 'daily_volumes', 'deposits', 'withdrawals'];
const USER_OWNED = [...TRADING.map((table) => `trading.${table}`), 'auth.second_factors', 'auth.backup_codes'];

async function refusedAs(role: 'app' | 'writer', statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: app.database.appUrl, ...(role === 'writer' && { options: '-c role=writer' }) });
  await client.connect();
  try {
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
  } finally {
    await client.end();
  }
}

test.each([
  ['app', `insert into trading.balances (user_id, asset, available) values (1, 'USDT', 1)`],
  ['app', 'update trading.balances set available = 1'],
  ['app', `insert into trading.journal (asset, amount, debit_account, credit_account, cause, created_at) values ('USDT', 1, 0, 1, 'DEPOSIT', now())`],
  ['app', `update trading.orders set status = 'FILLED'`],
  ['app', 'update trading.engine_state set epoch = 1000'],
  ['app', 'select * from trading.widget_users'],
  ['app', `insert into trading.withdrawals (id, user_id, asset, amount, address, idempotency_key, fingerprint, created_at, updated_at)
    values (gen_random_uuid(), 1, 'USDT', 1, 'theirs', 'another user’s', '', now(), now())`],
  ['app', `update trading.deposits set status = 'confirmed'`],
  ['app', `set app.user_id = '1'; insert into trading.deposits (id, user_id, asset, amount, status, idempotency_key, fingerprint, created_at, updated_at)
    values (gen_random_uuid(), 1, 'USDT', 1, 'confirmed', 'seen by nobody', '', now(), now())`],
  ['app', `set app.user_id = '1'; insert into trading.withdrawals (id, user_id, asset, amount, address, status, funds, idempotency_key, fingerprint, created_at, updated_at)
    values (gen_random_uuid(), 1, 'USDT', 1, 'mine', 'failed', 'to_return', 'never taken', '', now(), now())`],
  ['app', 'update trading.fee_tiers set tier = 5'],
  ['writer', 'update trading.withdrawals set amount = 1'],
  ['writer', 'delete from trading.deposits'],
  ['writer', 'update trading.trades set price = 1'],
  ['writer', 'delete from trading.trades'],
  ['writer', 'update trading.journal set amount = 1'],
  ['writer', 'delete from trading.journal'],
  ['writer', 'truncate trading.journal'],
  ['writer', 'delete from trading.orders'],
  ['writer', 'truncate trading.execution_reports'],
  ['writer', 'update trading.orders set user_id = 1'],
  ['writer', 'update trading.balances set user_id = 1'],
] as const)('%s may not: %s', async (role, statement) => {
  await refusedAs(role, statement);
});

/** Which tables show rows to app: unasked, and as a user who has none. */
async function leaks(): Promise<string[]> {
  const database = connect(app.database.appUrl, 2, () => undefined);
  const leaking: string[] = [];
  try {
    for (const table of USER_OWNED) {
      const unasked = (await database.app.raw(`select 1 from ${table}`)) as { rows: unknown[] };
      const asStranger = await asUser(database.app)(999_999, async (trx) => (await trx.raw(`select 1 from ${table}`)) as { rows: unknown[] });
      const asAnn = await asUser(database.app)(ann.userId, async (trx) => (await trx.raw(`select 1 from ${table}`)) as { rows: unknown[] });
      expect(asAnn.rows.length).toBeGreaterThan(0);
      if (unasked.rows.length > 0 || asStranger.rows.length > 0) leaking.push(table);
    }
    return leaking;
  } finally {
    await database.close();
  }
}

test('app sees one user’s rows at a time and none unasked; with row-level security off this test would fail', async () => {
  expect(await leaks()).toEqual([]);
  for (const table of USER_OWNED) await sql(app.database.superUrl, `alter table ${table} disable row level security`);
  expect(await leaks()).toEqual(USER_OWNED);
  const { body } = await app.request.get('/api/orders/1').set('Authorization', `Bearer ${(await createTrader(app, {})).accessToken}`).expect(200);
  expect(body.data.id).toBe(1);
  for (const table of USER_OWNED) await sql(app.database.superUrl, `alter table ${table} enable row level security`);
});

test('ids have partitions of their own, and more are made ahead of need', async () => {
  const count = async (): Promise<number> => (await sql<{ n: number }>(app.database.superUrl, `select count(*)::int as n from pg_inherits where inhparent = 'trading.orders'::regclass`))[0]!.n;
  expect(await count()).toBe(4);
  await sql(app.database.superUrl, 'update trading.engine_state set last_order_id = 25000000');
  await app.app.trading!.ensurePartitions();
  expect(await count()).toBe(6);
});

test.each([11, 100_000, -1])('%i ranges ahead are not made for anybody', async (ahead) => {
  await expect(sql(app.database.appUrl, `set statement_timeout = 2000; select trading.ensure_partitions(${ahead})`)).rejects.toThrow('ahead must be from 0 to 10');
});

describe('a partition that cannot be made', () => {
  const MISSING = 'partitions of orders or trades are missing';
  const exists = async (name: string): Promise<boolean> => (await sql<{ is: boolean }>(app.database.superUrl, `select to_regclass('trading.${name}') is not null as is`))[0]!.is;

  test('because of a long read makes no order wait for longer than half a second, nor the other table', async () => {
    await sql(app.database.superUrl, 'drop table trading.orders_00002; drop table trading.trades_00002');
    const reader = new pg.Client({ connectionString: app.database.superUrl });
    await reader.connect();
    try {
      await reader.query('begin; select count(*) from trading.orders');
      const ensuring = expect(app.app.trading!.ensurePartitions()).rejects.toThrow(MISSING);
      await until(() => sql(app.database.superUrl, `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%ensure_partitions%' and datname = current_database()`), (rows) => rows.length > 0);
      const clock = awakeClock();
      await placed(app, ann, BUY);
      expect(clock.now()).toBeLessThan(1_500);
      clock.stop();
      await ensuring;
    } finally {
      await reader.end();
    }
    expect([await exists('orders_00002'), await exists('trades_00002')]).toEqual([false, true]);
    await app.app.trading!.ensurePartitions();
    expect(await exists('orders_00002')).toBe(true);
  });

  test('because its ids went to the default partition is told, and the others are made', async () => {
    await sql(app.database.superUrl, `drop table trading.trades_00000; drop table trading.trades_00001;
      insert into trading.trades (id, symbol, buyer_order_id, seller_order_id, buyer_id, seller_id, quantity, price, notional, buyer_fee, seller_fee, taker_side)
      values (5, 'BTCUSDT', 1, 2, 1, 1, 1, 1, 1, 0, 0, 'BUY')`);
    await expect(app.app.trading!.ensurePartitions()).rejects.toThrow(MISSING);
    expect([await exists('trades_00000'), await exists('trades_00001')]).toEqual([false, true]);
    expect(await app.app.metrics.registry.metrics()).toContain('partitions_missing{schema="trading"} 1');
  });

  test('is made when a node starts', async () => {
    await sql(app.database.superUrl, 'delete from trading.trades_default; drop table trading.orders_00002');
    const second = await createNode({ database: app.database });
    await second.close();
    expect([await exists('trades_00000'), await exists('orders_00002')]).toEqual([true, true]);
  });
});
