import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstOf, INTERVAL_NAMES, INTERVALS, startOf, together, withoutGaps, withTrade, type Candle } from './candles.ts';

interface Traded {
  readonly price: bigint;
  readonly quantity: bigint;
  readonly notional: bigint;
  readonly executedAt: number;
}

const trade = fc.record({ price: fc.bigInt(1n, 1_000n), quantity: fc.bigInt(1n, 1_000n), notional: fc.bigInt(1n, 1_000_000n), executedAt: fc.nat(4 * INTERVALS['1h']) });
const trades = fc.array(trade, { maxLength: 60 }).map((list) => list.sort((one, other) => one.executedAt - other.executedAt));

/** All trades of each stretch, looked through from the beginning each time. */
function naive(list: readonly Traded[], from: number, to: number, step: number): Candle[] {
  const candles: Candle[] = [];
  for (let start = from; start < to; start += step) {
    const inside = list.filter(({ executedAt }) => executedAt >= start && executedAt < start + step);
    const before = list.filter(({ executedAt }) => executedAt < start).at(-1);
    const prices = inside.map(({ price }) => price).sort((one, other) => (one < other ? -1 : 1));
    const sum = (pick: (one: Traded) => bigint): bigint => inside.reduce((total, one) => total + pick(one), 0n);
    if (inside.length > 0) {
      candles.push({ start, open: inside[0]!.price, high: prices.at(-1)!, low: prices[0]!, close: inside.at(-1)!.price, volume: sum(({ quantity }) => quantity), quoteVolume: sum(({ notional }) => notional), trades: inside.length });
    } else if (before) {
      candles.push({ start, open: before.price, high: before.price, low: before.price, close: before.price, volume: 0n, quoteVolume: 0n, trades: 0 });
    }
  }
  return candles;
}

function collected(list: readonly Traded[], stepOf: (time: number) => number): Map<number, Candle> {
  const candles = new Map<number, Candle>();
  for (const one of list) {
    const start = stepOf(one.executedAt);
    const candle = candles.get(start);
    candles.set(start, candle ? withTrade(candle, one) : firstOf(start, one));
  }
  return candles;
}

test('the candles of any trades, of any interval and stretch, are what one finds by looking through all of them', () => {
  fc.assert(fc.property(trades, fc.constantFrom(...INTERVAL_NAMES), fc.nat(20), fc.nat(40), (list, interval, first, count) => {
    const step = INTERVALS[interval];
    const [from, to] = [first * step, (first + count) * step];
    const candles = collected(list, (time) => startOf(time, interval));
    const earlier = [...candles.values()].filter(({ start }) => start < from).at(-1);
    expect(withoutGaps(from, to, interval, (start) => candles.get(start), earlier?.close ?? null)).toEqual(naive(list, from, to, step));
  }), { numRuns: 300 });
});

test('minutes put together are the candle of the hour', () => {
  fc.assert(fc.property(trades, (list) => {
    const minutes = [...collected(list, (time) => startOf(time, '1m')).values()].filter(({ start }) => start < INTERVALS['1h']);
    const [hour] = collected(list, (time) => startOf(time, '1h')).values();
    expect(together(minutes)).toEqual(hour?.start === 0 ? { ...hour, start: minutes[0]!.start } : null);
  }), { numRuns: 100 });
});
