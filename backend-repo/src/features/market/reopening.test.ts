import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { feeRateFrom } from '../../domain/fee.ts';
import type { MarketState } from '../../domain/matching/types.ts';
import { AppError } from '../../errors.ts';
import { signIn } from '../../testing/builders.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import type { TestApp } from '../../testing/test-app.ts';
import { createNode, createTrader, market, placed, placeOrder, sql, type Trader } from '../../testing/venue.ts';
import { ReopeningService, type ReopeningDeps } from './reopening.service.ts';

const PAUSE_MS = 100_000;
const env = { BREAKER_PAUSE_SECONDS: String(PAUSE_MS / 1_000) };
const COINS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE'] as const;

let database: TestDatabase;
let [first, second] = [] as unknown as [TestApp, TestApp];
let [admin, seller, buyer] = [] as unknown as [Trader, Trader, Trader];
beforeAll(async () => {
  database = await cloneDatabase();
  // The test says when a node looks.
  [first, second] = [await createNode({ database, env, runJobsByClock: false }), await createNode({ database, env, runJobsByClock: false })];
  for (const coin of COINS) await first.app.trading!.market.createMarket({ ...market(`${coin}USDT`, coin), breakerRate: feeRateFrom('0.1'), breakerWindowMs: 60_000 });
  admin = await signIn(first, 'admin');
  const funds = { USDT: '1000000', ...Object.fromEntries(COINS.map((coin) => [coin, '1000'])) };
  [seller, buyer] = [await createTrader(first, funds), await createTrader(first, funds)];
});
afterAll(async () => {
  await second.close();
  await first.close();
  await database.drop();
});

const order = (coin: string, price: string): object => ({ symbol: `${coin}USDT`, type: 'LIMIT', quantity: '1', price });

async function trade(coin: string, price: string, node = first): Promise<void> {
  await placed(node, seller, { ...order(coin, price), side: 'SELL' });
  await placed(node, buyer, { ...order(coin, price), side: 'BUY' });
}
async function trip(coin: string): Promise<void> {
  await trade(coin, '100');
  await trade(coin, '111');
}
const reaction = async (coin: string, node = first): Promise<string> => {
  const { status, body } = await placeOrder(node, buyer, { ...order(coin, '90'), side: 'BUY' });
  return status === 201 ? 'open' : (body as { error: { code: string } }).error.code;
};
const later = (milliseconds: number): void => [first, second].forEach((node) => node.advance(milliseconds));
const everyNodeLooks = (): Promise<unknown> => Promise.all([first, second, first, second].map((node) => node.app.trading!.reopenMarkets()));
const staff = (coin: string, action: string): Promise<unknown> =>
  first.request.post(`/api/admin/markets/${coin}USDT/${action}`).set('Authorization', `Bearer ${admin.accessToken}`).send({ reason: 'a drill' }).expect(200);
const orders = async (coin: string): Promise<string[]> =>
  (await sql<{ line: string }>(database.superUrl, `select actor_kind || ' ' || actor_id || ': ' || (after ->> 'status') || ', ' || reason as line from audit.entries where subject_id = $1 order by entry_id`, [`${coin}USDT`])).map(({ line }) => line);
const events = (coin: string): Promise<unknown[]> => sql(database.superUrl, `select kind, severity, event_type, user_id, metadata ->> 'last_price' as price, resolved from trading.risk_events where symbol = $1 and kind = 'circuit_breaker'`, [`${coin}USDT`]);

test('a market that its circuit breaker halted opens again by itself after the pause, whoever looks how often; staff is told, and it is on record once', async () => {
  await trip('AAA');
  await everyNodeLooks();
  later(PAUSE_MS - 20_000);
  await everyNodeLooks();
  expect(await reaction('AAA')).toBe('MARKET_HALTED');
  expect(await orders('AAA')).toEqual([]);
  later(20_000);
  await everyNodeLooks();
  expect(await reaction('AAA')).toBe('open');
  await everyNodeLooks();
  expect(await orders('AAA')).toEqual(['system reopen-markets: open, 100 seconds after its circuit breaker halted it']);
  expect(await events('AAA')).toEqual([{ kind: 'circuit_breaker', severity: 'HIGH', event_type: 'TRADE', user_id: null, price: '111', resolved: false }]);
  const counted = await Promise.all([first, second].map((node) => node.app.metrics.registry.getSingleMetricAsString('risk_events_total')));
  expect(counted.join('\n').match(/kind="circuit_breaker",severity="HIGH"} [1-9]\d*/g)).toEqual(['kind="circuit_breaker",severity="HIGH"} 1']);
});

test('a halt of staff during the pause stays, and the breaker’s halt was told of all the same', async () => {
  await trip('BBB');
  await staff('BBB', 'halt');
  later(PAUSE_MS);
  await everyNodeLooks();
  expect(await reaction('BBB')).toBe('MARKET_HALTED');
  expect(await orders('BBB')).toEqual([`user ${admin.userId}: halted, a drill`]);
  expect(await events('BBB')).toHaveLength(1);
});

test('a second halt has a pause of its own', async () => {
  await trip('CCC');
  await staff('CCC', 'open');
  later(PAUSE_MS - 30_000);
  await trip('CCC');
  later(60_000);
  await everyNodeLooks();
  expect(await reaction('CCC')).toBe('MARKET_HALTED');
  later(PAUSE_MS - 60_000);
  await everyNodeLooks();
  expect(await reaction('CCC')).toBe('open');
  expect(await events('CCC')).toHaveLength(2);
});

test('a node that looked before staff halted the market, and orders after it, opens nothing', async () => {
  await trip('DDD');
  later(PAUSE_MS);
  const [stored] = await sql<{ halted: number }>(database.superUrl, `select round(extract(epoch from halted_at) * 1000)::float8 as halted from trading.markets where symbol = 'DDDUSDT'`);
  await staff('DDD', 'halt');
  await expect(second.app.trading!.engine.submit({ kind: 'reopen-market', symbol: 'DDDUSDT', haltedAt: stored!.halted })).resolves.toMatchObject({ kind: 'refused', refusal: { code: 'HALT_OVER' } });
  expect(await reaction('DDD')).toBe('MARKET_HALTED');
});

test('the pause goes on when the node with the engine is gone', async () => {
  await trip('EEE');
  expect(first.app.trading!.engine.queueHere).not.toBeNull();
  await first.close();
  const third = await createNode({ database, env });
  try {
    third.advance(second.now() - third.now());
    expect(await reaction('EEE', second)).toBe('MARKET_HALTED');
    [second, third].forEach((node) => node.advance(PAUSE_MS));
    await Promise.all([second, third].map((node) => node.app.trading!.reopenMarkets()));
    expect(await reaction('EEE', second)).toBe('open');
  } finally {
    first = third;
  }
});

test('one market that cannot be opened does not keep the others shut, and the job says so', async () => {
  const halted = { haltReason: 'CIRCUIT_BREAKER', haltedAt: 1, lastPrice: null, breakerRate: null, breakerWindowMs: 1 } as unknown as MarketState;
  const opened: string[] = [];
  const tables = { reopenings: { claim: async () => true }, audit: async () => undefined };
  const service = new ReopeningService({
    markets: { all: async () => [{ ...halted, symbol: 'ONE' }, { ...halted, symbol: 'TWO' }], reload: async () => undefined },
    transaction: (work) => work(tables as unknown as Parameters<Parameters<ReopeningDeps['transaction']>[0]>[0]),
    carryOut: async (command) => {
      if (!('symbol' in command) || command.symbol === 'ONE') throw new AppError('ENGINE_UNAVAILABLE');
      opened.push(String(command.symbol));
    },
    tell: async () => undefined,
    pauseSeconds: 300,
    now: () => 1_000_000,
  });
  await expect(service.look()).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  expect(opened).toEqual(['TWO']);
});
