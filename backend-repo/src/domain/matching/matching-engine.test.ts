import { describe, expect, test } from '@jest/globals';
import { formatAmount } from '../money.ts';
import { MatchingEngine } from './matching-engine.ts';
import type { Command } from './commands.ts';
import type { Outcome, Refusal } from './types.ts';
import { ANN, BOB, balanceText, BTCUSDT, cancel, CAT, deposit, emptyState, ETHBTC, HOUSE, limit, marketOrder, richEngine, tradesIn, units, withdraw } from './venue-for-tests.ts';

/** Applies, and makes sure that nothing is broken afterwards. */
function run(engine: MatchingEngine, ...commands: Command[]): Outcome {
  let outcome: Outcome | undefined;
  for (const command of commands) {
    outcome = engine.apply(command);
    expect(engine.checkInvariants()).toEqual([]);
  }
  if (outcome === undefined) throw new Error('no command');
  return outcome;
}

function fundedEngine(...credits: Command[]): MatchingEngine {
  const engine = MatchingEngine.restore(emptyState());
  run(engine, ...credits);
  return engine;
}

function refusalOf(engine: MatchingEngine, command: Command): Refusal | null {
  const before = engine.stateHash();
  const outcome = run(engine, command);
  if (outcome.refusal !== null) expect(engine.stateHash()).toBe(before);
  return outcome.refusal;
}

function depthText(engine: MatchingEngine, symbol = 'BTCUSDT'): string {
  const depth = engine.depth(symbol, 10);
  const side = (rows: readonly (readonly [bigint, bigint])[] = []): string => rows.map(([price, quantity]) => `${formatAmount(price)}x${formatAmount(quantity)}`).join(' ');
  return `${side(depth?.bids)} | ${side(depth?.asks)}`;
}

describe('matching', () => {
  test('both directions trade at the maker’s price', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'));
    expect(tradesIn(run(engine, limit(BOB, 'BUY', '1', '105')))).toEqual(['maker 1: 1 at 100']);
    run(engine, limit(ANN, 'BUY', '1', '100'));
    expect(tradesIn(run(engine, limit(BOB, 'SELL', '1', '95')))).toEqual(['maker 3: 1 at 100']);
  });

  test('the rest of a limit order becomes the best price', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'), limit(ANN, 'SELL', '1', '102'));
    const { order } = run(engine, limit(BOB, 'BUY', '3', '101'));
    expect(order).toMatchObject({ status: 'PARTIAL', filledQuantity: units('1'), locked: units('202') });
    expect(depthText(engine)).toBe('101x2 | 102x1');
  });

  test('a cancelled rest leaves no phantom price, and a second cancel is refused', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'));
    run(engine, marketOrder(BOB, 'BUY', '0.4'));
    const { order } = run(engine, cancel(ANN, 1));
    expect(order).toMatchObject({ status: 'CANCELLED', reason: 'USER_REQUEST', filledQuantity: units('0.4'), locked: 0n });
    expect(depthText(engine)).toBe(' | ');
    expect(refusalOf(engine, cancel(ANN, 1))).toMatchObject({ code: 'ORDER_NOT_OPEN', field: 'orderId', orderId: 1 });
    expect(refusalOf(engine, marketOrder(BOB, 'BUY', '1'))).toMatchObject({ code: 'NO_LIQUIDITY' });
  });

  test('a cancel of a filled, a never issued or another user’s order is refused alike', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'), marketOrder(BOB, 'BUY', '1'), limit(ANN, 'SELL', '1', '100'));
    for (const command of [cancel(ANN, 1), cancel(ANN, 99), cancel(BOB, 3), cancel(ANN, 0), cancel(ANN, -1)]) {
      expect(refusalOf(engine, command)).toEqual({ code: 'ORDER_NOT_OPEN', field: 'orderId', orderId: command.orderId });
    }
  });

  test('an id is never given twice: not after a cancel, a fill or a refusal', () => {
    const engine = richEngine();
    const ids = [limit(ANN, 'SELL', '1', '100'), marketOrder(BOB, 'BUY', '1'), limit(ANN, 'SELL', '1', '100')].map((command) => run(engine, command).order?.id);
    run(engine, cancel(ANN, 3));
    expect(refusalOf(engine, limit(ANN, 'SELL', '1', '100.001'))).toMatchObject({ code: 'PRICE_NOT_ON_TICK' });
    ids.push(run(engine, limit(ANN, 'SELL', '1', '100')).order?.id);
    expect(ids).toEqual([1, 2, 3, 4]);
  });

  test('a market order takes what there is; its rest is cancelled and does not rest', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'), limit(ANN, 'SELL', '1', '110'));
    const outcome = run(engine, marketOrder(BOB, 'BUY', '5'));
    expect(tradesIn(outcome)).toEqual(['maker 1: 1 at 100', 'maker 2: 1 at 110']);
    expect(outcome.order).toMatchObject({ status: 'CANCELLED', reason: 'NO_LIQUIDITY', price: null, filledQuantity: units('2'), filledNotional: units('210'), locked: 0n });
    expect(depthText(engine)).toBe(' | ');
    expect(outcome.events.map(({ type }) => type).slice(0, 7)).toEqual(['accepted', 'trade', 'filled', 'trade', 'filled', 'partially-filled', 'cancelled']);
  });

  test('a market order into an empty side is refused and uses no id', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'BUY', '1', '100'));
    expect(refusalOf(engine, marketOrder(BOB, 'BUY', '1'))).toEqual({ code: 'NO_LIQUIDITY', field: 'symbol', symbol: 'BTCUSDT' });
    expect(run(engine, marketOrder(BOB, 'SELL', '1')).order?.id).toBe(2);
  });

  test('the rest of an order that meets its own user’s order is cancelled; the resting order stays', () => {
    const engine = richEngine();
    run(engine, limit(BOB, 'SELL', '1', '100'), limit(ANN, 'SELL', '1', '101'), limit(BOB, 'SELL', '1', '102'));
    const outcome = run(engine, limit(ANN, 'BUY', '3', '105'));
    expect(tradesIn(outcome)).toEqual(['maker 1: 1 at 100']);
    expect(outcome.order).toMatchObject({ status: 'CANCELLED', reason: 'SELF_TRADE', filledQuantity: units('1'), locked: 0n });
    expect(depthText(engine)).toBe(' | 101x1 102x1');
    expect(run(engine, marketOrder(ANN, 'BUY', '1')).order).toMatchObject({ status: 'CANCELLED', reason: 'SELF_TRADE', filledQuantity: 0n });
  });

  test('prices and quantities at the ceiling of the rules trade exactly', () => {
    const engine = richEngine([ANN, BOB], [{ ...BTCUSDT, maxPrice: units('999999999'), maxQuantity: units('10000000') }]);
    run(engine, deposit(BOB, 'USDT', '98900000000'), limit(ANN, 'SELL', '90', '999999999'));
    expect(run(engine, limit(BOB, 'BUY', '90', '999999999')).order).toMatchObject({ status: 'FILLED', filledNotional: units('89999999910') });
  });
});

describe('refusals change nothing and carry the numbers', () => {
  const symbol = 'BTCUSDT';
  const cases: [string, Command, Refusal][] = [
    ['an unknown symbol', { ...limit(ANN, 'BUY', '1', '100'), symbol: 'NOPE' }, { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol: 'NOPE' }],
    ['a limit order without a price', { ...limit(ANN, 'BUY', '1', '100'), price: null }, { code: 'FIELD_REQUIRED', field: 'price', type: 'LIMIT' }],
    ['a market order with a price', { ...marketOrder(ANN, 'BUY', '1'), price: units('100') }, { code: 'FIELD_NOT_ALLOWED', field: 'price', type: 'MARKET' }],
    ['a price of zero', limit(ANN, 'BUY', '1', '0'), { code: 'PRICE_TOO_LOW', field: 'price', given: 0n, min: units('0.01') }],
    ['a negative price', { ...limit(ANN, 'BUY', '1', '1'), price: -units('1') }, { code: 'PRICE_TOO_LOW', field: 'price', given: -units('1'), min: units('0.01') }],
    ['a price above the bound', limit(ANN, 'BUY', '1', '1000000.01'), { code: 'PRICE_TOO_HIGH', field: 'price', given: units('1000000.01'), max: units('1000000') }],
    ['a price between ticks', limit(ANN, 'BUY', '1', '100.001'), { code: 'PRICE_NOT_ON_TICK', field: 'price', given: units('100.001'), tick: units('0.01') }],
    ['a quantity of zero', limit(ANN, 'BUY', '0', '100'), { code: 'QUANTITY_TOO_SMALL', field: 'quantity', given: 0n, min: units('0.00001') }],
    ['a negative quantity', { ...limit(ANN, 'SELL', '1', '100'), quantity: -units('1') }, { code: 'QUANTITY_TOO_SMALL', field: 'quantity', given: -units('1'), min: units('0.00001') }],
    ['a quantity above the bound', limit(ANN, 'BUY', '9000.00001', '100'), { code: 'QUANTITY_TOO_LARGE', field: 'quantity', given: units('9000.00001'), max: units('9000') }],
    ['a quantity between lots', limit(ANN, 'BUY', '1.000001', '100'), { code: 'QUANTITY_NOT_ON_LOT', field: 'quantity', given: units('1.000001'), lot: units('0.00001') }],
    ['a limit order worth too little', limit(ANN, 'BUY', '0.01', '499.99'), { code: 'NOTIONAL_TOO_SMALL', field: 'quantity', given: units('4.9999'), min: units('5') }],
    ['a market order without liquidity', marketOrder(ANN, 'SELL', '1'), { code: 'NO_LIQUIDITY', field: 'symbol', symbol }],
    ['a buy above the balance', limit(BOB, 'BUY', '1', '100.01'), { code: 'INSUFFICIENT_BALANCE', field: 'quantity', asset: 'USDT', required: units('100.01'), available: units('100') }],
    ['a sale of what one has not', limit(BOB, 'SELL', '1', '100'), { code: 'INSUFFICIENT_BALANCE', field: 'quantity', asset: 'BTC', required: units('1'), available: 0n }],
    ['an order of a user nobody knows', limit(99, 'SELL', '1', '100'), { code: 'INSUFFICIENT_BALANCE', field: 'quantity', asset: 'BTC', required: units('1'), available: 0n }],
    ['a withdrawal above the balance', withdraw(BOB, 'USDT', '100.00000001'), { code: 'INSUFFICIENT_BALANCE', field: 'amount', asset: 'USDT', required: units('100.00000001'), available: units('100') }],
    ['a withdrawal of nothing', withdraw(BOB, 'USDT', '0'), { code: 'AMOUNT_NOT_POSITIVE', field: 'amount', given: 0n }],
    ['a negative deposit', { ...deposit(BOB, 'USDT', '1'), amount: -1n }, { code: 'AMOUNT_NOT_POSITIVE', field: 'amount', given: -1n }],
    ['a fee above everything', { kind: 'set-fee-rates', time: 1, userId: ANN, makerRate: 0n, takerRate: 100_000_001n }, { code: 'FEE_RATE_OUT_OF_RANGE', field: 'takerRate', given: 100_000_001n }],
    ['a rebate', { kind: 'set-fee-rates', time: 1, userId: ANN, makerRate: -1n, takerRate: 0n }, { code: 'FEE_RATE_OUT_OF_RANGE', field: 'makerRate', given: -1n }],
    ['the halt of an unknown market', { kind: 'set-market-status', time: 1, symbol: 'NOPE', status: 'halted' }, { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol: 'NOPE' }],
  ];
  test.each(cases)('%s', (_name, command, expected) => {
    const engine = richEngine([ANN]);
    run(engine, deposit(BOB, 'USDT', '100'));
    engine.takeChanges();
    expect(refusalOf(engine, command)).toEqual(expected);
    const { newOrders, updatedOrders, trades, balances, journal, markets } = engine.takeChanges();
    expect([newOrders, updatedOrders, trades, balances, journal, markets]).toEqual([[], [], [], [], [], []]);
  });

  test('a refusal is one event', () => {
    const engine = richEngine();
    const { events, order } = run(engine, cancel(ANN, 5));
    expect(order).toBeNull();
    expect(events).toEqual([{ type: 'refused', command: 'cancel', userId: ANN, refusal: { code: 'ORDER_NOT_OPEN', field: 'orderId', orderId: 5 }, time: 1 }]);
  });

  test('the smallest order that the rules allow is accepted', () => {
    expect(refusalOf(richEngine(), limit(ANN, 'BUY', '0.01', '500'))).toBeNull();
  });

  test('a market order is worth too little when it is so at the best price', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'));
    expect(refusalOf(engine, marketOrder(BOB, 'BUY', '0.04999'))).toEqual({ code: 'NOTIONAL_TOO_SMALL', field: 'quantity', given: units('4.999'), min: units('5') });
  });

  test('a halted market refuses orders, lets its users cancel, and opens again', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'));
    engine.takeChanges();
    run(engine, { kind: 'set-market-status', time: 1, symbol: 'BTCUSDT', status: 'halted' });
    const progress = { symbol: 'BTCUSDT', haltedAt: null, lastPrice: null, breakerPrice: null, breakerSince: null };
    expect(engine.takeChanges().markets).toEqual([{ ...progress, status: 'halted', haltReason: 'STAFF', sequence: 1 }]);
    expect(refusalOf(engine, marketOrder(BOB, 'BUY', '1'))).toEqual({ code: 'MARKET_HALTED', field: 'symbol', symbol: 'BTCUSDT' });
    expect(refusalOf(engine, limit(BOB, 'BUY', '1', '100', 'ETHBTC'))).toMatchObject({ code: 'PRICE_TOO_HIGH' });
    expect(run(engine, cancel(ANN, 1)).order?.status).toBe('CANCELLED');
    run(engine, { kind: 'set-market-status', time: 1, symbol: 'BTCUSDT', status: 'open' });
    expect(refusalOf(engine, limit(BOB, 'BUY', '1', '100'))).toBeNull();
    expect(engine.takeChanges().markets).toEqual([{ ...progress, status: 'open', haltReason: null, sequence: 3 }]);
  });

  test('no asset grows beyond what its column holds', () => {
    const engine = MatchingEngine.restore(emptyState());
    run(engine, deposit(ANN, 'USDT', '999999999999.99999998'));
    expect(refusalOf(engine, deposit(BOB, 'USDT', '0.00000002'))).toEqual({ code: 'AMOUNT_TOO_LARGE', field: 'amount', given: 2n, max: 1n });
    expect(refusalOf(engine, deposit(BOB, 'USDT', '0.00000001'))).toBeNull();
  });

  test('one side of a book never holds more lots than a safe integer', () => {
    // 2^40 lots per order: the 8,192nd order on a side would pass 2^53 - 1.
    const most = 1_099_511_627_776n;
    const engine = richEngine([ANN], [{ ...ETHBTC, tick: 100_000_000n, lot: 1n, minPrice: 100_000_000n, minQuantity: 1n, maxQuantity: most, minNotional: 0n }]);
    engine.apply({ ...deposit(ANN, 'ETH', '1'), amount: most * 8_192n });
    const order = { ...limit(ANN, 'SELL', '1', '1', 'ETHBTC'), quantity: most };
    for (let i = 1; i < 8_192; i += 1) expect(engine.apply(order).refusal).toBeNull();
    expect(refusalOf(engine, order)).toEqual({ code: 'QUANTITY_TOO_LARGE', field: 'quantity', given: most, max: most - 1n });
    expect(refusalOf(engine, { ...order, quantity: most - 1n })).toBeNull();
  });
});

describe('holds', () => {
  test('a limit buy holds price × quantity, a limit sell the quantity; a cancel gives both back to the last unit', () => {
    const engine = fundedEngine(deposit(ANN, 'USDT', '1000'), deposit(ANN, 'BTC', '2'));
    run(engine, limit(ANN, 'BUY', '0.12345', '333.33'), limit(ANN, 'SELL', '1.5', '400'));
    expect(balanceText(engine, ANN, 'USDT')).toBe('available 958.8504115 locked 41.1495885');
    expect(balanceText(engine, ANN, 'BTC')).toBe('available 0.5 locked 1.5');
    run(engine, cancel(ANN, 1), cancel(ANN, 2));
    expect(balanceText(engine, ANN, 'USDT')).toBe('available 1000 locked 0');
    expect(balanceText(engine, ANN, 'BTC')).toBe('available 2 locked 0');
  });

  test('a better price than the limit is not held and not paid', () => {
    const engine = fundedEngine(deposit(ANN, 'BTC', '1'), deposit(BOB, 'USDT', '220'));
    run(engine, limit(ANN, 'SELL', '1', '90'));
    expect(run(engine, limit(BOB, 'BUY', '2', '110')).order).toMatchObject({ status: 'PARTIAL', locked: units('110') });
    expect(balanceText(engine, BOB, 'USDT')).toBe('available 20 locked 110');
    run(engine, cancel(BOB, 2));
    expect(balanceText(engine, BOB, 'USDT')).toBe('available 130 locked 0');
  });

  test('what is held cannot be withdrawn or ordered with again', () => {
    const engine = fundedEngine(deposit(ANN, 'USDT', '100'));
    run(engine, limit(ANN, 'BUY', '0.6', '100'));
    expect(refusalOf(engine, limit(ANN, 'BUY', '0.5', '100'))).toMatchObject({ code: 'INSUFFICIENT_BALANCE', required: units('50'), available: units('40') });
    expect(refusalOf(engine, withdraw(ANN, 'USDT', '40.00000001'))).toMatchObject({ code: 'INSUFFICIENT_BALANCE', available: units('40') });
    expect(refusalOf(engine, withdraw(ANN, 'USDT', '40'))).toBeNull();
  });

  test('a market buy needs exactly what it will cost, over several levels', () => {
    const engine = fundedEngine(deposit(ANN, 'BTC', '10'), deposit(BOB, 'USDT', '301.99999999'));
    run(engine, limit(ANN, 'SELL', '1', '100'), limit(ANN, 'SELL', '1', '101'), limit(ANN, 'SELL', '1', '101'));
    expect(refusalOf(engine, marketOrder(BOB, 'BUY', '3'))).toEqual({ code: 'INSUFFICIENT_BALANCE', field: 'quantity', asset: 'USDT', required: units('302'), available: units('301.99999999') });
    run(engine, deposit(BOB, 'USDT', '0.00000001'));
    expect(run(engine, marketOrder(BOB, 'BUY', '3')).order?.status).toBe('FILLED');
    expect(balanceText(engine, BOB, 'USDT')).toBe('available 0 locked 0');
  });

  test('a market buy of more than the book has needs only what the book has', () => {
    const engine = fundedEngine(deposit(ANN, 'BTC', '1'), deposit(BOB, 'USDT', '100'));
    run(engine, limit(ANN, 'SELL', '1', '100'));
    expect(run(engine, marketOrder(BOB, 'BUY', '1000')).order).toMatchObject({ status: 'CANCELLED', reason: 'NO_LIQUIDITY', filledQuantity: units('1') });
  });

  test('a market sale needs its whole quantity', () => {
    const engine = fundedEngine(deposit(ANN, 'USDT', '100'), deposit(BOB, 'BTC', '1'));
    run(engine, limit(ANN, 'BUY', '1', '100'));
    expect(refusalOf(engine, marketOrder(BOB, 'SELL', '2'))).toMatchObject({ code: 'INSUFFICIENT_BALANCE', asset: 'BTC', required: units('2') });
  });
});

describe('fees', () => {
  test('maker 0.1 %, taker 0.15 %, each out of what the side receives, to the house', () => {
    const engine = fundedEngine(deposit(ANN, 'BTC', '1'), deposit(BOB, 'USDT', '45000'));
    run(engine, limit(ANN, 'SELL', '1', '45000'));
    const { order } = run(engine, marketOrder(BOB, 'BUY', '1'));
    expect(order).toMatchObject({ fee: units('0.0015'), feeAsset: 'BTC' });
    expect(balanceText(engine, BOB, 'BTC')).toBe('available 0.9985 locked 0');
    expect(balanceText(engine, ANN, 'USDT')).toBe('available 44955 locked 0');
    expect(balanceText(engine, HOUSE, 'BTC')).toBe('available 0.0015 locked 0');
    expect(balanceText(engine, HOUSE, 'USDT')).toBe('available 45 locked 0');
    expect(engine.takeChanges().trades).toMatchObject([{ buyerFee: units('0.0015'), sellerFee: units('45'), buyerId: BOB, sellerId: ANN, takerSide: 'BUY' }]);
  });

  test('a fee is rounded up, so that many small fills pay no less than one', () => {
    const engine = richEngine([ANN, BOB], [{ ...BTCUSDT, minNotional: 0n }]);
    run(engine, limit(ANN, 'SELL', '1', '0.01'));
    run(engine, marketOrder(BOB, 'BUY', '0.00001'));
    // 0.15 % of 1,000 units is 1.5 and 0.1 % of 10 units is 0.01: both go up.
    expect(engine.takeChanges().trades.at(-1)).toMatchObject({ quantity: 1_000n, notional: 10n, buyerFee: 2n, sellerFee: 1n });
  });

  test('own rates hold from the next trade on, for resting orders too', () => {
    const engine = richEngine([ANN, BOB]);
    run(engine, limit(ANN, 'SELL', '2', '100'), { kind: 'set-fee-rates', time: 1, userId: ANN, makerRate: 0n, takerRate: 0n });
    run(engine, { kind: 'set-fee-rates', time: 1, userId: BOB, makerRate: 0n, takerRate: 100_000_000n });
    run(engine, marketOrder(BOB, 'BUY', '1'));
    const changes = engine.takeChanges();
    expect(changes.trades).toMatchObject([{ sellerFee: 0n, buyerFee: units('1') }]);
    expect(changes.feeRates.map(({ userId }) => userId)).toEqual([ANN, BOB]);
    // A fee of zero is no movement, hence no row.
    expect(changes.journal.map(({ cause }) => cause)).toEqual(['TRADE', 'TRADE', 'FEE']);
  });

  test('the house itself can trade: its fee stays where it is', () => {
    const engine = richEngine([ANN, HOUSE]);
    run(engine, limit(HOUSE, 'SELL', '1', '100'), marketOrder(ANN, 'BUY', '1'));
    const { journal } = engine.takeChanges();
    expect(journal.filter(({ debit, credit }) => debit === credit)).toEqual([]);
    expect(journal.filter(({ cause }) => cause === 'FEE')).toHaveLength(1);
  });
});

describe('a batch', () => {
  test('dates an order by its placement and by the last command that changed it', () => {
    const engine = richEngine();
    run(engine, { ...limit(ANN, 'SELL', '1', '100'), time: 10 }, { ...limit(ANN, 'SELL', '1', '101'), time: 20 }, { ...marketOrder(BOB, 'BUY', '0.5'), time: 30 }, { ...cancel(ANN, 2), time: 40 });
    const { newOrders, trades } = engine.takeChanges();
    expect(newOrders.map(({ createdAt, updatedAt }) => [createdAt, updatedAt])).toEqual([[10, 30], [20, 40], [30, 30]]);
    expect(trades.map(({ executedAt }) => executedAt)).toEqual([30]);
  });

  test('has each order once, as it ends, and only net balance changes', () => {
    const engine = richEngine();
    run(engine, limit(ANN, 'SELL', '1', '100'), limit(ANN, 'SELL', '1', '101'));
    engine.takeChanges();
    run(engine, limit(BOB, 'BUY', '0.5', '100'), limit(BOB, 'BUY', '0.5', '100'), limit(CAT, 'BUY', '1', '99'), cancel(CAT, 5), cancel(ANN, 2));
    const changes = engine.takeChanges();
    expect(changes.newOrders.map(({ id, status }) => [id, status])).toEqual([[3, 'FILLED'], [4, 'FILLED'], [5, 'CANCELLED']]);
    expect(changes.updatedOrders.map(({ id, status }) => [id, status])).toEqual([[1, 'FILLED'], [2, 'CANCELLED']]);
    // Cat's hold came and went within the batch: no row.
    expect(changes.balances.map(({ userId, asset }) => `${userId} ${asset}`)).toEqual(['1 BTC', '1 USDT', '2 BTC', '2 USDT', '3 BTC', '3 USDT']);
    expect(changes).toMatchObject({ lastOrderId: 5, lastTradeId: 2, markets: [{ symbol: 'BTCUSDT', sequence: 7 }] });
    expect(engine.takeChanges()).toMatchObject({ newOrders: [], updatedOrders: [], trades: [], balances: [], journal: [], markets: [] });
  });

  test('the journal alone gives every user’s total: rows are positive and move between two accounts', () => {
    const engine = fundedEngine(deposit(ANN, 'BTC', '1'), deposit(BOB, 'USDT', '500'));
    run(engine, limit(ANN, 'SELL', '1', '100'), marketOrder(BOB, 'BUY', '0.7'), withdraw(BOB, 'USDT', '30'));
    const { journal } = engine.takeChanges();
    expect(journal.every(({ amount, debit, credit }) => amount > 0n && debit !== credit)).toBe(true);
    expect(journal.map(({ cause, asset, amount, debit, credit }) => `${cause} ${formatAmount(amount)} ${asset} ${debit}>${credit}`)).toEqual([
      'DEPOSIT 1 BTC 0>2',
      'DEPOSIT 500 USDT 0>3',
      'TRADE 0.7 BTC 2>3',
      'TRADE 70 USDT 3>2',
      'FEE 0.00105 BTC 3>1',
      'FEE 0.07 USDT 2>1',
      'WITHDRAWAL 30 USDT 3>0',
    ]);
  });

  test('one balance serves two markets', () => {
    const engine = fundedEngine(deposit(ANN, 'BTC', '1'), deposit(BOB, 'USDT', '100'), deposit(BOB, 'ETH', '10'));
    run(engine, limit(ANN, 'SELL', '0.6', '100'), limit(ANN, 'BUY', '10', '0.04', 'ETHBTC'));
    expect(balanceText(engine, ANN, 'BTC')).toBe('available 0 locked 1');
    expect(refusalOf(engine, limit(ANN, 'SELL', '0.1', '100'))).toMatchObject({ code: 'INSUFFICIENT_BALANCE', available: 0n });
    run(engine, marketOrder(BOB, 'BUY', '0.6'), marketOrder(BOB, 'SELL', '10', 'ETHBTC'));
    expect(balanceText(engine, ANN, 'BTC')).toBe('available 0 locked 0');
  });
});
