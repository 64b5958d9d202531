import { describe, expect, test } from '@jest/globals';
import { feeRateFrom } from '../fee.ts';
import type { MatchingEngine } from './matching-engine.ts';
import type { Command } from './commands.ts';
import type { EngineEvent, MarketState, OrderState, Outcome, Refusal } from './types.ts';
import { amend, ANN, BOB, BTCUSDT, cancelAll, CAT, ETHUSDT, expire, limit, marketOrder, place, richEngine, setStatus, units, withdraw } from './venue-for-tests.ts';

/** A band of 10 %, stops that may slip by 1 %, a breaker at 20 %. */
const LIVELY: MarketState = { ...BTCUSDT, bandRate: feeRateFrom('0.1'), stopProtectionRate: feeRateFrom('0.01'), breakerRate: feeRateFrom('0.2') };
const TRADERS = [ANN, BOB, CAT];

function run(engine: MatchingEngine, ...commands: Command[]): Outcome {
  const outcomes = commands.map((command) => {
    const outcome = engine.apply(command);
    expect([outcome.refusal, engine.checkInvariants()]).toEqual([null, []]);
    return outcome;
  });
  return outcomes.at(-1)!;
}

/** An engine whose last price is 100. */
function tradedEngine(market: MarketState = LIVELY): MatchingEngine {
  const engine = richEngine(TRADERS, [market, ETHUSDT]);
  run(engine, limit(ANN, 'SELL', '1', '100'), limit(BOB, 'BUY', '1', '100'));
  engine.takeChanges();
  return engine;
}

/** Everything but balances, without what each event has in common. */
function told({ events }: Outcome): object[] {
  return events.filter(({ type }) => type !== 'balance').map((event: EngineEvent) => (event.type === 'trade' ? { trade: event.trade.id } : Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'time' && key !== 'userId'))));
}

const stop = place({ userId: BOB, side: 'BUY', type: 'STOP', quantity: units('2'), stopPrice: units('105') });
const oco = place({ userId: BOB, side: 'BUY', type: 'OCO', quantity: units('2'), price: units('90'), stopPrice: units('105') });
const iceberg = place({ userId: ANN, side: 'SELL', type: 'ICEBERG', quantity: units('5'), price: units('101'), displayQuantity: units('2') });

describe('what is held, to the last unit', () => {
  const cases: [string, Command, string][] = [
    ['a STOP BUY: its protection price, rounded down to the tick', { ...stop, stopPrice: units('105.55') }, '213.2'],
    ['a STOP SELL: its quantity', { ...stop, side: 'SELL', stopPrice: units('95') }, '2'],
    ['a STOP_LIMIT BUY: its limit, also below the stop', { ...stop, type: 'STOP_LIMIT', price: units('104') }, '208'],
    ['an OCO BUY: the protection price of its stop half', oco, '212.1'],
    ['an OCO BUY with a stopLimitPrice: that, when it is dearer', { ...oco, stopLimitPrice: units('107.3') }, '214.6'],
    ['an OCO BUY with a cheap stopLimitPrice: its price', { ...oco, stopLimitPrice: units('80') }, '180'],
    ['an iceberg BUY: what it hides, too', { ...iceberg, side: 'BUY', price: units('90') }, '450'],
  ];
  test.each(cases)('%s', (_name, command, held) => {
    const { order } = run(tradedEngine(), command);
    expect(order?.locked).toBe(units(held));
  });

  test('a part fill of an OCO gives back its share of the dearer half; woken, it holds its stop half', () => {
    const engine = tradedEngine();
    run(engine, { ...oco, stopLimitPrice: units('106') }, limit(ANN, 'SELL', '0.5', '90'));
    expect(engine.openOrder(3)?.locked).toBe(units('159'));
    run(engine, setStatus('open'), limit(CAT, 'SELL', '0.1', '98'), limit(ANN, 'BUY', '0.1', '98'), limit(CAT, 'SELL', '0.1', '105'), limit(ANN, 'BUY', '0.1', '105'));
    expect(engine.openOrder(3)).toMatchObject({ triggeredAt: 1, price: units('90'), filledQuantity: units('0.5'), locked: units('159') });
    expect(engine.depth('BTCUSDT', 1)?.bids).toEqual([[units('106'), units('1.5')]]);
  });
});

describe('events tell the story in order', () => {
  test('of a stop that wakes, takes what there is and gives the rest up', () => {
    const engine = tradedEngine();
    run(engine, stop, limit(ANN, 'SELL', '1', '105'), limit(ANN, 'SELL', '1', '106'), limit(ANN, 'SELL', '9', '107'));
    const outcome = run(engine, marketOrder(CAT, 'BUY', '1'));
    expect(told(outcome).slice(4)).toEqual([
      { type: 'triggered', orderId: 3, symbol: 'BTCUSDT', lastPrice: units('105') },
      { trade: 3 },
      { type: 'filled', orderId: 5, filledQuantity: units('1') },
      { type: 'partially-filled', orderId: 3, filledQuantity: units('1'), quantity: units('2') },
      // 106.05 is as far as it goes.
      { type: 'cancelled', orderId: 3, filledQuantity: units('1'), quantity: units('2'), reason: 'NO_LIQUIDITY' },
    ]);
    expect(outcome.events.filter(({ type }) => type === 'balance')).toHaveLength(8);
  });

  test('of an amendment that trades', () => {
    const engine = tradedEngine();
    run(engine, limit(ANN, 'SELL', '1', '102'), limit(BOB, 'BUY', '2', '99'));
    const outcome = run(engine, amend(BOB, 4, { price: units('102'), quantity: units('3') }));
    expect(told(outcome)).toEqual([
      { type: 'amended', orderId: 4, quantity: units('3'), price: units('102'), keptPriority: false },
      { trade: 2 },
      { type: 'filled', orderId: 3, filledQuantity: units('1') },
      { type: 'partially-filled', orderId: 4, filledQuantity: units('1'), quantity: units('3') },
    ]);
    expect(told(run(engine, amend(BOB, 4, { quantity: units('2') })))).toEqual([{ type: 'amended', orderId: 4, quantity: units('2'), price: units('102'), keptPriority: true }]);
    expect(run(engine, amend(BOB, 4, { quantity: units('2') })).events).toEqual([]);
  });

  test('of a market that halts itself, and opens', () => {
    const engine = tradedEngine({ ...LIVELY, bandRate: null });
    run(engine, limit(ANN, 'SELL', '1', '120'));
    expect(told(run(engine, marketOrder(BOB, 'BUY', '1'))).at(-1)).toEqual({ type: 'market-status', symbol: 'BTCUSDT', status: 'halted', reason: 'CIRCUIT_BREAKER' });
    expect(engine.takeChanges().markets).toEqual([{ symbol: 'BTCUSDT', status: 'halted', haltReason: 'CIRCUIT_BREAKER', haltedAt: 1, sequence: 4, lastPrice: units('120'), breakerPrice: null, breakerSince: null }]);
    expect(told(run(engine, setStatus('open')))).toEqual([{ type: 'market-status', symbol: 'BTCUSDT', status: 'open', reason: null }]);
  });
});

describe('refusals carry the numbers', () => {
  const cases: [string, Command, Refusal][] = [
    ['outside the band', limit(BOB, 'BUY', '1', '112.21'), { code: 'PRICE_OUTSIDE_BAND', field: 'price', given: units('112.21'), limit: units('112.2') }],
    ['a stop that is due', { ...stop, stopPrice: units('100') }, { code: 'STOP_WOULD_TRIGGER', field: 'stopPrice', given: units('100'), last: units('102') }],
    ['an OCO with its stop below its price', { ...oco, stopPrice: units('90') }, { code: 'PRICE_TOO_LOW', field: 'stopPrice', given: units('90'), min: units('90.01') }],
    ['an iceberg that shows all of it', { ...iceberg, displayQuantity: units('5') }, { code: 'QUANTITY_TOO_LARGE', field: 'displayQuantity', given: units('5'), max: units('4.99999') }],
    ['an iceberg of more than a hundred parts', { ...iceberg, displayQuantity: units('0.04999') }, { code: 'QUANTITY_TOO_SMALL', field: 'displayQuantity', given: units('0.04999'), min: units('0.05') }],
    ['a stop without a stop price', { ...stop, stopPrice: null }, { code: 'FIELD_REQUIRED', field: 'stopPrice', type: 'STOP' }],
    ['a stop with a limit', { ...stop, price: units('1') }, { code: 'FIELD_NOT_ALLOWED', field: 'price', type: 'STOP' }],
    ['GTD without a time', { ...limit(BOB, 'BUY', '1', '90'), timeInForce: 'GTD' }, { code: 'FIELD_REQUIRED', field: 'expiresAt', type: 'LIMIT' }],
    ['an end in the past', { ...limit(BOB, 'BUY', '1', '90'), timeInForce: 'GTD', expiresAt: 1 }, { code: 'EXPIRY_IN_THE_PAST', field: 'expiresAt', given: 1 }],
    ['post-only that would take', { ...limit(BOB, 'BUY', '1', '103'), postOnly: true }, { code: 'WOULD_TAKE', field: 'price', best: units('102') }],
    ['fill or kill', { ...limit(BOB, 'BUY', '4', '102'), timeInForce: 'FOK' }, { code: 'FILL_OR_KILL', field: 'quantity', reachable: units('3') }],
    ['too many open orders', { ...limit(ANN, 'SELL', '1', '103'), limits: { openOrdersMax: 1, notionalMax: null, positionMax: null } }, { code: 'TOO_MANY_OPEN_ORDERS', field: 'symbol', max: 1 }],
    ['an order too large', { ...stop, limits: { openOrdersMax: null, notionalMax: units('212.09'), positionMax: null } }, { code: 'ORDER_TOO_LARGE', field: 'quantity', given: units('212.1'), max: units('212.09') }],
    ['a position too large', { ...stop, limits: { openOrdersMax: null, notionalMax: null, positionMax: units('100000002') } }, { code: 'POSITION_TOO_LARGE', field: 'quantity', given: units('100000003.997'), max: units('100000002') }],
    ['an amount that pays for nothing', { ...marketOrder(BOB, 'BUY', '1'), quantity: null, quoteAmount: 0n }, { code: 'QUANTITY_TOO_SMALL', field: 'quoteAmount', given: 0n, min: units('5') }],
    ['an amendment below what is filled', amend(ANN, 3, { quantity: units('1') }), { code: 'QUANTITY_TOO_SMALL', field: 'quantity', given: units('1'), min: units('1.00001') }],
    ['a stop for a limit order', amend(ANN, 3, { stopPrice: units('1') }), { code: 'FIELD_NOT_ALLOWED', field: 'stopPrice', type: 'LIMIT' }],
    ['an amendment above the balance', amend(ANN, 3, { quantity: units('9000') }), { code: 'INSUFFICIENT_BALANCE', field: 'quantity', asset: 'BTC', required: units('8999'), available: units('4') }],
    ['an amendment of what has changed', amend(ANN, 3, { quantity: units('2'), judged: { quantity: units('9'), price: units('102'), stopPrice: null, stopLimitPrice: null } }), { code: 'ORDER_CHANGED', field: 'orderId', orderId: 3 }],
    ['cancel-all on a market that is none', cancelAll(ANN, 'NOPE'), { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol: 'NOPE' }],
  ];
  test.each(cases)('%s', (_name, command, expected) => {
    const engine = tradedEngine();
    run(engine, limit(ANN, 'SELL', '4', '102'), limit(BOB, 'BUY', '1', '102'));
    const { available = 0n } = engine.balancesOf(ANN).find(({ asset }) => asset === 'BTC') ?? {};
    run(engine, { ...withdraw(ANN, 'BTC', '1'), amount: available - units('1') });
    engine.takeChanges();
    const before = engine.stateHash();
    expect(engine.apply(command).refusal).toEqual(expected);
    const { newOrders, updatedOrders, trades, balances, journal, markets } = engine.takeChanges();
    expect([engine.stateHash(), newOrders, updatedOrders, trades, balances, journal, markets]).toEqual([before, [], [], [], [], [], []]);
  });
});

describe('rows of a batch', () => {
  test('say what an iceberg shows, and its new priority with each part', () => {
    const engine = tradedEngine();
    run(engine, iceberg, limit(ANN, 'SELL', '1', '101'));
    expect(engine.takeChanges().newOrders[0]).toMatchObject({ displayedQuantity: units('2'), priority: 3 });
    run(engine, marketOrder(BOB, 'BUY', '2.5'));
    expect(engine.takeChanges().updatedOrders.map(({ id, priority, displayedQuantity }) => [id, priority, displayedQuantity])).toEqual([[3, 6, units('2')], [4, 4, null]]);
    expect(engine.depth('BTCUSDT', 1)?.asks).toEqual([[units('101'), units('2.5')]]);
  });

  test('name every order that cancel-all and expire ended, in the outcome too', () => {
    const engine = tradedEngine();
    run(engine, { ...stop, timeInForce: 'GTC' }, { ...oco, timeInForce: 'GTD', expiresAt: 9 }, { ...limit(BOB, 'BUY', '1', '90', 'ETHUSDT'), timeInForce: 'GTD', expiresAt: 7 }, limit(CAT, 'BUY', '1', '80'));
    engine.takeChanges();
    const ids = (orders: readonly OrderState[]): number[] => orders.map(({ id }) => id);
    expect(engine.nextExpiry()).toBe(7);
    expect(ids(run(engine, expire(6)).ended)).toEqual([]);
    expect(ids(run(engine, expire(7)).ended)).toEqual([5]);
    expect(engine.nextExpiry()).toBe(9);
    expect(ids(run(engine, cancelAll(BOB, 'BTCUSDT')).ended)).toEqual([3, 4]);
    expect([engine.nextExpiry(), run(engine, cancelAll(BOB)).ended]).toEqual([null, []]);
    const { updatedOrders, balances, markets } = engine.takeChanges();
    expect(updatedOrders.map(({ id, reason, locked }) => [id, reason, locked])).toEqual([[3, 'USER_REQUEST', 0n], [4, 'USER_REQUEST', 0n], [5, 'EXPIRED', 0n]]);
    expect(balances.map(({ userId, asset, locked }) => [userId, asset, locked])).toEqual([[BOB, 'USDT', 0n]]);
    expect(markets.map(({ symbol, sequence }) => [symbol, sequence])).toEqual([['BTCUSDT', 5], ['ETHUSDT', 2]]);
  });
});
