import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashOf } from './engine-state.ts';
import { MatchingEngine } from './matching-engine.ts';
import type { Command } from './commands.ts';
import { type BatchChanges, type BalanceState, type EngineState, EXTERNAL_ACCOUNT, type MarketState, type StoredOrder, type Trade, type UserId } from './types.ts';
import { LIVELY_MARKETS, randomCommand } from './random-commands-for-tests.ts';
import { ANN, asText, BOB, cancel, deposit, emptyState, expire, HOUSE, limit, marketOrder, numbersFrom, place, richEngine, setStatus, units } from './venue-for-tests.ts';

const START = emptyState(LIVELY_MARKETS);

/** A command log of every kind of order, made by running it once. */
function randomLog(seed: number, length: number): Command[] {
  const engine = MatchingEngine.restore(START);
  const next = numbersFrom(seed);
  const owners: UserId[] = [];
  return Array.from({ length }, (_, number) => {
    const command = randomCommand(next, number * 2, owners);
    if (engine.apply(command).order !== null && command.kind === 'place') owners.push(command.userId);
    return command;
  });
}

/** Everything an engine says to a log, and where it ends, as one hash. */
function replay(engine: MatchingEngine, log: readonly Command[]): string {
  const hash = createHash('sha256');
  for (const command of log) hash.update(asText(engine.apply(command)));
  return hash.update(engine.stateHash()).digest('hex');
}

const stored = ({ locked: _locked, ...order }: BatchChanges['newOrders'][number]): StoredOrder => order;

/** The database, as maps: writes a batch's changes and nothing else, and reads back the rows for a restore. */
class Rows {
  private readonly orders = new Map<number, StoredOrder>();
  private readonly balances = new Map<string, BalanceState>();
  private readonly markets = new Map(START.markets.map((market): [string, MarketState] => [market.symbol, market]));
  private readonly feeRates = new Map<UserId, BatchChanges['feeRates'][number]>();
  readonly journalTotals = new Map<string, bigint>();
  private last = { lastOrderId: 0, lastTradeId: 0, lastPriority: 0 };
  private readonly trades = new Map<number, Trade>();

  write(changes: BatchChanges): void {
    for (const order of changes.newOrders) {
      if (this.orders.has(order.id)) throw new Error(`order ${order.id} inserted twice`);
      this.orders.set(order.id, stored(order));
    }
    for (const order of changes.updatedOrders) {
      if (!this.orders.has(order.id)) throw new Error(`order ${order.id} updated before it was inserted`);
      this.orders.set(order.id, stored(order));
    }
    for (const trade of changes.trades) {
      if (this.trades.has(trade.id)) throw new Error(`trade ${trade.id} inserted twice`);
      this.trades.set(trade.id, trade);
    }
    for (const { userId, asset, availableDelta, lockedDelta } of changes.balances) {
      const old = this.balances.get(`${userId} ${asset}`) ?? { userId, asset, available: 0n, locked: 0n };
      this.balances.set(`${userId} ${asset}`, { userId, asset, available: old.available + availableDelta, locked: old.locked + lockedDelta });
    }
    for (const progress of changes.markets) {
      const old = this.markets.get(progress.symbol);
      if (old !== undefined) this.markets.set(progress.symbol, { ...old, ...progress });
    }
    for (const rates of changes.feeRates) this.feeRates.set(rates.userId, rates);
    for (const { debit, credit, asset, amount } of changes.journal) {
      this.journalTotals.set(`${debit} ${asset}`, (this.journalTotals.get(`${debit} ${asset}`) ?? 0n) - amount);
      this.journalTotals.set(`${credit} ${asset}`, (this.journalTotals.get(`${credit} ${asset}`) ?? 0n) + amount);
    }
    this.last = { lastOrderId: changes.lastOrderId, lastTradeId: changes.lastTradeId, lastPriority: changes.lastPriority };
  }

  read(): EngineState {
    const open = [...this.orders.values()].filter(({ status }) => status === 'PENDING' || status === 'PARTIAL');
    // Rows come back in any order: the newest first is the worst case for time priority.
    return { houseUserId: HOUSE, markets: [...this.markets.values()].reverse(), feeRates: [...this.feeRates.values()], balances: [...this.balances.values()].reverse(), orders: open.reverse(), ...this.last };
  }

  /** What each order has filled and paid, by its row and by adding up its trades. */
  fills(): { byRow: string[]; byTrades: string[] } {
    const sums = new Map<number, { quantity: bigint; notional: bigint; fee: bigint }>();
    const add = (orderId: number, { quantity, notional }: Trade, fee: bigint): void => {
      const sum = sums.get(orderId) ?? { quantity: 0n, notional: 0n, fee: 0n };
      sums.set(orderId, { quantity: sum.quantity + quantity, notional: sum.notional + notional, fee: sum.fee + fee });
    };
    for (const trade of this.trades.values()) {
      add(trade.buyerOrderId, trade, trade.buyerFee);
      add(trade.sellerOrderId, trade, trade.sellerFee);
    }
    const filled = [...this.orders.values()].filter(({ filledQuantity }) => filledQuantity > 0n);
    return {
      byRow: filled.map(({ id, filledQuantity, filledNotional, fee }) => `${id}: ${filledQuantity} ${filledNotional} ${fee}`).sort(),
      byTrades: [...sums].map(([id, { quantity, notional, fee }]) => `${id}: ${quantity} ${notional} ${fee}`).sort(),
    };
  }

  totals(): [string, bigint][] {
    return [...this.balances.values()].map(({ userId, asset, available, locked }) => [`${userId} ${asset}`, available + locked]);
  }
}

describe('random command streams', () => {
  test('keep every invariant after every command', () => {
    const property = fc.property(fc.array(fc.infiniteStream(fc.nat(0xffff_ffff)), { minLength: 20, maxLength: 150 }), (streams) => {
      const engine = MatchingEngine.restore(START);
      const owners: UserId[] = [];
      streams.forEach((stream, number) => {
        const next = (below: number): number => (stream.next().value as number) % below;
        const command = randomCommand(next, number * 2, owners);
        const before = engine.stateHash();
        const { refusal, order } = engine.apply(command);
        if (command.kind === 'place' && order !== null) owners.push(command.userId);
        if (refusal !== null) expect(engine.stateHash()).toBe(before);
        expect(engine.checkInvariants()).toEqual([]);
      });
    });
    fc.assert(property, { numRuns: 60, seed: 20_261_121 });
  });

  test('are never taken in halves: events, changes and journal tell the same story', () => {
    const engine = MatchingEngine.restore(START);
    const rows = new Rows();
    randomLog(7, 3_000).forEach((command, i) => {
      engine.apply(command);
      if (i % 37 === 0) rows.write(engine.takeChanges());
    });
    rows.write(engine.takeChanges());
    const { byRow, byTrades } = rows.fills();
    expect(byRow).toEqual(byTrades);
    expect(byRow.length).toBeGreaterThan(100);
    for (const [account, total] of rows.totals()) expect([account, rows.journalTotals.get(account) ?? 0n]).toEqual([account, total]);
    for (const asset of ['BTC', 'ETH', 'USDT']) {
      const inside = rows.totals().filter(([account]) => account.endsWith(asset)).reduce((sum, [, total]) => sum + total, 0n);
      expect(inside).toBe(-(rows.journalTotals.get(`${EXTERNAL_ACCOUNT} ${asset}`) ?? 0n));
    }
  });
});

describe('determinism', () => {
  test('the same log gives byte-identical events and the same state hash', () => {
    const log = randomLog(11, 5_000);
    const first = replay(MatchingEngine.restore(START), log);
    expect(replay(MatchingEngine.restore(START), log)).toBe(first);
    expect(replay(MatchingEngine.restore(START), randomLog(12, 5_000))).not.toBe(first);
  });

  test('a snapshot at any point plus the tail gives what the whole log gives', () => {
    const log = randomLog(13, 3_000);
    for (let cut = 1; cut < log.length; cut += 311) {
      const whole = MatchingEngine.restore(START);
      log.slice(0, cut).forEach((command) => whole.apply(command));
      const restored = MatchingEngine.restore(whole.snapshot());
      expect(restored.stateHash()).toBe(whole.stateHash());
      expect(replay(restored, log.slice(cut))).toBe(replay(whole, log.slice(cut)));
    }
  });

  test('the rows written batch by batch restore the engine, and it goes on alike', () => {
    const log = randomLog(17, 4_000);
    let engine = MatchingEngine.restore(START);
    const untouched = MatchingEngine.restore(START);
    const rows = new Rows();
    const next = numbersFrom(5);
    for (let at = 0; at < log.length; ) {
      const batch = log.slice(at, at + 1 + next(60));
      for (const command of batch) expect(asText(engine.apply(command))).toBe(asText(untouched.apply(command)));
      rows.write(engine.takeChanges());
      at += batch.length;
      if (next(5) > 0) continue;
      // A crash between two batches; sometimes with a batch that never reached the rows.
      log.slice(at, at + next(30)).forEach((command) => engine.apply(command));
      engine = MatchingEngine.restore(rows.read());
      expect(engine.stateHash()).toBe(untouched.stateHash());
    }
    expect(engine.snapshot()).toEqual(untouched.snapshot());
  });

  test('taking the changes has no influence on the state', () => {
    const log = randomLog(19, 1_000);
    const engine = MatchingEngine.restore(START);
    for (const command of log) {
      engine.apply(command);
      engine.takeChanges();
    }
    const other = MatchingEngine.restore(START);
    log.forEach((command) => other.apply(command));
    expect(engine.stateHash()).toBe(other.stateHash());
  });
});

describe('restore', () => {
  function stateWithOrders(): EngineState {
    const engine = richEngine();
    for (const command of [limit(ANN, 'SELL', '2', '100'), limit(BOB, 'SELL', '1', '100'), marketOrder(BOB, 'BUY', '0.5'), limit(BOB, 'BUY', '1', '90')]) engine.apply(command);
    return engine.snapshot();
  }

  test('keeps who came first by priority, whatever the order of the rows and ids', () => {
    const state = stateWithOrders();
    const engine = MatchingEngine.restore({ ...state, orders: [...state.orders].reverse() });
    engine.apply(deposit(4, 'USDT', '1000'));
    const { events } = engine.apply(marketOrder(4, 'BUY', '2'));
    expect(events.flatMap((event) => (event.type === 'trade' ? [event.trade.sellerOrderId] : []))).toEqual([1, 2]);
  });

  test('puts sleeping and armed stops, half-shown icebergs, woken orders and the circuit breaker’s window back', () => {
    const engine = richEngine([ANN, BOB], LIVELY_MARKETS);
    const iceberg = place({ userId: ANN, side: 'SELL', type: 'ICEBERG', quantity: units('3'), price: units('100'), displayQuantity: units('1') });
    const stop = place({ userId: BOB, side: 'BUY', type: 'STOP', quantity: units('1'), stopPrice: units('100.01') });
    const stopLimit = place({ ...stop, type: 'STOP_LIMIT', price: units('99'), stopPrice: units('100') });
    const oco = place({ ...stop, type: 'OCO', price: units('90'), stopPrice: units('101'), stopLimitPrice: units('95'), timeInForce: 'GTD', expiresAt: 50 });
    const commands = [iceberg, stop, stopLimit, marketOrder(BOB, 'BUY', '1.4'), oco];
    for (const command of commands) expect(engine.apply(command).refusal).toBeNull();
    const state = engine.snapshot();
    expect(state.orders.map(({ type, triggeredAt, displayedQuantity }) => [type, triggeredAt, displayedQuantity])).toEqual([['ICEBERG', null, units('0.6')], ['STOP', null, null], ['STOP_LIMIT', 1, null], ['OCO', null, null]]);
    expect(state.markets[0]).toMatchObject({ lastPrice: units('100'), breakerPrice: units('100'), breakerSince: 1 });

    const restored = MatchingEngine.restore(state);
    expect(restored.nextExpiry()).toBe(50);
    const tail = [marketOrder(BOB, 'BUY', '1'), limit(ANN, 'SELL', '3', '100.01'), marketOrder(BOB, 'BUY', '2'), setStatus('open'), limit(BOB, 'BUY', '2', '100.01'), expire(50), cancel(BOB, 3)];
    expect(tail.map((command) => asText(restored.apply(command)))).toEqual(tail.map((command) => asText(engine.apply(command))));
    expect(restored.stateHash()).toBe(engine.stateHash());
  });

  test('knows that a woken OCO holds its stop half only', () => {
    const engine = richEngine();
    const oco = place({ userId: BOB, side: 'BUY', type: 'OCO', quantity: units('1'), price: units('90'), stopPrice: units('100'), stopLimitPrice: units('80') });
    for (const command of [oco, limit(ANN, 'SELL', '1', '100'), marketOrder(4, 'BUY', '1')]) engine.apply(command);
    expect(engine.openOrder(1)).toMatchObject({ triggeredAt: 1, locked: units('80') });
    expect(MatchingEngine.restore(engine.snapshot()).openOrder(1)).toEqual(engine.openOrder(1));
  });

  test('goes on with the ids after the stored ones', () => {
    const engine = MatchingEngine.restore({ ...stateWithOrders(), lastOrderId: 900, lastTradeId: 70 });
    expect(engine.apply(limit(ANN, 'SELL', '1', '120')).order?.id).toBe(901);
    expect(engine.apply(cancel(ANN, 901)).refusal).toBeNull();
  });

  test('starts with an empty batch', () => {
    const { newOrders, balances, journal } = MatchingEngine.restore(stateWithOrders()).takeChanges();
    expect([newOrders, balances, journal]).toEqual([[], [], []]);
  });

  const lies: [string, (state: EngineState) => EngineState, RegExp][] = [
    ['an order that holds more than is locked', (s) => changeOrder(s, { quantity: units('3') }), /user 2 has 15\d+ BTC locked, open orders hold 25\d+/],
    ['a locked balance that no order explains', (s) => ({ ...s, balances: s.balances.map((b) => ({ ...b, locked: b.locked + 1n })) }), /locked, open orders hold/],
    ['a negative balance', (s) => ({ ...s, balances: s.balances.map((b) => ({ ...b, available: -1n })) }), /negative BTC balance/],
    ['an open order that is filled', (s) => changeOrder(s, { filledQuantity: units('2') }), /order 1: filled quantity is not below/],
    ['a status that does not fit', (s) => changeOrder(s, { status: 'PENDING' }), /order 1: status PENDING does not fit/],
    ['an order twice', (s) => ({ ...s, orders: [...s.orders, ...s.orders] }), /order 1: listed twice/],
    ['an order of an unknown market', (s) => changeOrder(s, { symbol: 'NOPE' }), /order 1: unknown symbol NOPE/],
    ['an order above the last id', (s) => ({ ...s, lastOrderId: 1 }), /order 2: above lastOrderId 1/],
    ['a price between ticks', (s) => changeOrder(s, { price: 1n }), /order 1: price is not on/],
    ['a resting market order', (s) => changeOrder(s, { type: 'MARKET' }), /order 1: a market order never rests/],
    ['a limit order with a stop', (s) => changeOrder(s, { stopPrice: units('80') }), /order 1: its stop price does not go with its type/],
    ['a stop-limit without a stop', (s) => changeOrder(s, { type: 'STOP_LIMIT' }), /order 1: its stop price does not go with its type/],
    ['a woken order that has no stop', (s) => changeOrder(s, { triggeredAt: 1 }), /order 1: once woken it never rests/],
    ['an iceberg that does not say what it shows', (s) => changeOrder(s, { type: 'ICEBERG', displayQuantity: units('1') }), /order 1: an iceberg, and nothing else, has a displayed quantity/],
    ['an iceberg that shows more than it may', (s) => changeOrder(s, { type: 'ICEBERG', displayQuantity: units('1'), displayedQuantity: units('1.1') }), /order 1: what it shows is more/],
    ['an order that expires without a time', (s) => changeOrder(s, { timeInForce: 'GTD' }), /order 1: it must say when it expires/],
    ['a priority nobody was given', (s) => changeOrder(s, { priority: 900 }), /order 1: priority 900 was never issued/],
    ['a priority given twice', (s) => changeOrder(s, { priority: 2 }), /has a priority of its own no more: 2/],
    ['due stops on two markets', (s) => dueOnTwoMarkets(s), /order 9\d should have woken/],
    ['a last price between ticks', (s) => changeMarket(s, { lastPrice: 1n }), /its last price is not on its tick/],
    ['a window without a beginning', (s) => changeMarket(s, { breakerPrice: units('1') }), /window needs a price and a time/],
    ['a crossed book', (s) => changeOrder(s, { price: units('80') }), /crossed, bid 9000 ask 8000/],
    ['a market twice', (s) => ({ ...s, markets: [...s.markets, ...s.markets] }), /market BTCUSDT: listed twice/],
    ['a market with inexact notionals', (s) => changeMarket(s, { lot: 1n }), /tick × lot must be a whole number/],
    ['a market with a quantity off its lot', (s) => changeMarket(s, { minQuantity: 1_001n }), /minQuantity must be a positive multiple of lot/],
    ['a market with too many lots', (s) => changeMarket(s, { maxQuantity: 1_000n * (2n ** 40n + 1n) }), /at most 2\^40 lots/],
    ['a market against itself', (s) => changeMarket(s, { quoteAsset: 'BTC' }), /base and quote must be different/],
  ];
  test.each(lies)('refuses rows with %s', (_name, change, message) => {
    expect(() => MatchingEngine.restore(change(stateWithOrders()))).toThrow(message);
  });

  /** One market may have been left restless by the last command; two cannot. */
  function dueOnTwoMarkets(state: EngineState): EngineState {
    const [order] = state.orders.filter(({ id }) => id === 1);
    const due = ['BTCUSDT', 'ETHUSDT'].map((symbol, index): StoredOrder => ({ ...order!, id: 90 + index, priority: 90 + index, symbol, type: 'STOP_LIMIT', stopPrice: units('100') }));
    const markets = state.markets.map((market) => ({ ...market, lastPrice: units('100') }));
    const balances = state.balances.map((row) => ({ ...row, locked: row.locked * 3n }));
    return { ...state, orders: [...state.orders, ...due], markets, balances, lastOrderId: 99, lastPriority: 99 };
  }

  function changeOrder(state: EngineState, change: Partial<StoredOrder>): EngineState {
    return { ...state, orders: state.orders.map((order) => (order.id === 1 ? { ...order, ...change } : order)) };
  }

  function changeMarket(state: EngineState, change: Partial<MarketState>): EngineState {
    return { ...state, markets: state.markets.map((market) => (market.symbol === 'BTCUSDT' ? { ...market, ...change } : market)) };
  }
});

test('the state hash sees every field of every row', () => {
  const engine = richEngine();
  const oco = place({ userId: ANN, side: 'SELL', type: 'OCO', quantity: units('1'), price: units('120'), stopPrice: units('80'), stopLimitPrice: units('70'), timeInForce: 'GTD', expiresAt: 9 });
  for (const command of [oco, limit(ANN, 'SELL', '2', '100'), marketOrder(BOB, 'BUY', '0.5'), { kind: 'set-fee-rates', time: 1, userId: ANN, makerRate: 1n, takerRate: 2n } as const]) engine.apply(command);
  const state = engine.snapshot();
  const hashes = [engine.stateHash()];
  const other = (value: unknown): unknown => (typeof value === 'bigint' ? value + 7n : typeof value === 'number' ? value + 7 : typeof value === 'boolean' ? !value : `${String(value)}X`);
  // `status` follows from the fills and `feeAsset` from the market; only resting orders without a reason are stored.
  const derived = ['status', 'reason', 'feeAsset'];
  for (const list of ['markets', 'feeRates', 'balances', 'orders'] as const) {
    for (const key of Object.keys(state[list][0] as object).filter((field) => list !== 'orders' || !derived.includes(field))) {
      hashes.push(hashOf({ ...state, [list]: state[list].map((row, i) => (i === 0 ? { ...row, [key]: other(row[key as keyof typeof row]) } : row)) }));
    }
  }
  for (const key of ['houseUserId', 'lastOrderId', 'lastTradeId', 'lastPriority'] as const) hashes.push(hashOf({ ...state, [key]: state[key] + 7 }));
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashes.length).toBeGreaterThan(50);
});
