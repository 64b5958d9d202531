import { expect, test } from '@jest/globals';
import type { OrderFact, TradeFact } from '../../domain/risk/facts.ts';
import { NOON } from '../../domain/risk/tape-for-tests.ts';
import { RiskMemory } from './risk.state.ts';

const HOUR_MS = 3_600_000;
const order = (userId: number, change: Partial<OrderFact> = {}): OrderFact => ({
  kind: 'placed', time: NOON, orderId: 1, userId, symbol: 'BTCUSDT', side: 'BUY', price: 100n, open: 1n, byOwner: true, touch: null, ...change,
});
const trade = (buyerId: number, sellerId: number, change: Partial<TradeFact> = {}): TradeFact => ({
  id: 1, symbol: 'BTCUSDT', price: 100n, quantity: 1n, notional: 7n, buyerId, sellerId, buyerOrderId: 1, sellerOrderId: 2, takerSide: 'BUY', executedAt: NOON, ...change,
});
const due = (memory: RiskMemory, at = NOON) => [...memory.due(at)];

test('a trader sees their orders, the trades they were a side of, and the market’s volume', () => {
  const memory = new RiskMemory(HOUR_MS);
  memory.observe({ orders: [order(1), order(2), order(1, { symbol: 'ETHUSDT' })], trades: [trade(1, 2), trade(2, 3, { price: 99n }), trade(2, 2)] });
  const seen = due(memory).map(({ userId, symbol, orders, trades, placements, volumes, marketVolumes, lastPrice }) => [
    `${userId} ${symbol}`, orders.length, trades.length, placements.length, volumes.map(({ notional }) => notional), marketVolumes.map(({ notional }) => notional), lastPrice,
  ]);
  expect(seen.sort()).toEqual([
    ['1 BTCUSDT', 1, 1, 2, [7n], [21n], 100n],
    ['1 ETHUSDT', 1, 0, 2, [], [], null],
    ['2 BTCUSDT', 1, 3, 1, [21n], [21n], 100n],
    ['3 BTCUSDT', 0, 1, 0, [7n], [21n], 100n],
  ]);
});

test('a trader is judged until ten seconds after the last fact, and again with the next', () => {
  const memory = new RiskMemory(HOUR_MS);
  memory.observe({ orders: [order(1)], trades: [] });
  expect([0, 10_000, 10_001, 10_002].map((later) => due(memory, NOON + later).length)).toEqual([1, 1, 1, 0]);
  memory.observe({ orders: [order(1, { time: NOON + 20_000 })], trades: [] });
  expect(due(memory, NOON + 20_000)[0]!.orders).toHaveLength(2);
});

test('who is busy pushes out nothing but their own', () => {
  const memory = new RiskMemory(HOUR_MS);
  memory.observe({ orders: [order(1)], trades: [] });
  memory.observe({ orders: Array.from({ length: 5_000 }, (_, orderId) => order(2, { orderId })), trades: Array.from({ length: 5_000 }, (_, id) => trade(2, 3, { id })) });
  const [one, two] = due(memory);
  expect([one!.orders.length, two!.orders.length, two!.trades.length, two!.placements.length]).toEqual([1, 256, 256, 512]);
  expect([two!.orders.at(-1)!.orderId, two!.trades[0]!.id]).toEqual([4_999, 4_744]);
});

test('above half a million facts, a tenth of the traders is forgotten: whoever was quiet longest', () => {
  const memory = new RiskMemory(HOUR_MS);
  const facts = Array.from({ length: 256 }, (_, orderId) => orderId);
  const busy = (userId: number, time: number): void => memory.observe({ orders: facts.map((orderId) => order(userId, { orderId, time })), trades: [] });
  for (let userId = 1; userId <= 1_953; userId += 1) busy(userId, NOON + userId);
  const users = (): number[] => due(memory, NOON + 5_000).map(({ userId }) => userId);
  expect(users()).toHaveLength(1_953);
  busy(1, NOON + 3_000);
  busy(1_954, NOON + 3_000);
  expect(users().length).toBe(1_954 - 196);
  expect([1, 2, 197, 198, 1_954].map((userId) => users().includes(userId))).toEqual([true, false, false, true, true]);
});

test('volumes are kept by the hour for a day, those of the past beside what is seen', () => {
  const memory = new RiskMemory(HOUR_MS);
  memory.observe({ orders: [], trades: [trade(1, 2)] });
  memory.addPast(Array.from({ length: 30 }, (_, hours) => [1, null].map((userId) => ({ symbol: 'BTCUSDT', userId, start: NOON - hours * HOUR_MS, notional: 1n }))).flat());
  const { volumes, marketVolumes } = due(memory).find(({ userId }) => userId === 1)!;
  expect([volumes.length, volumes.at(-1), marketVolumes.at(-1), volumes.at(-2)]).toEqual([
    25, { start: NOON, notional: 8n }, { start: NOON, notional: 8n }, { start: NOON - HOUR_MS, notional: 1n },
  ]);
  expect(volumes.map(({ start }) => start)).toEqual(volumes.map(({ start }) => start).toSorted((one, other) => one - other));
});

test('who is only known from the past is not judged', () => {
  const memory = new RiskMemory(HOUR_MS);
  memory.addPast([{ symbol: 'BTCUSDT', userId: 1, start: NOON, notional: 1n }]);
  expect(due(memory)).toEqual([]);
});

test('after it was cleared it knows nothing', () => {
  const memory = new RiskMemory(HOUR_MS);
  memory.observe({ orders: [order(1)], trades: [trade(1, 2)] });
  memory.clear();
  expect(due(memory)).toEqual([]);
  memory.observe({ orders: [order(1)], trades: [] });
  expect(due(memory)).toEqual([expect.objectContaining({ placements: [NOON], volumes: [], marketVolumes: [], trades: [], lastPrice: null })]);
});
