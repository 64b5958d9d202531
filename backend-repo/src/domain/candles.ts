import type { Trade } from './matching/types.ts';
import type { Units } from './money.ts';

const MINUTE = 60_000;
/** How long a candle of each interval lasts, in milliseconds. All begin at whole multiples since 1970, in UTC. */
export const INTERVALS = { '1m': MINUTE, '5m': 5 * MINUTE, '15m': 15 * MINUTE, '1h': 60 * MINUTE, '4h': 240 * MINUTE, '1d': 1440 * MINUTE } as const;
export type Interval = keyof typeof INTERVALS;
export const INTERVAL_NAMES = Object.keys(INTERVALS) as Interval[];

/** What everybody may know of a trade. */
export type PublicTrade = Pick<Trade, 'id' | 'symbol' | 'price' | 'quantity' | 'notional' | 'takerSide' | 'executedAt'>;

export interface Candle {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly open: Units;
  readonly high: Units;
  readonly low: Units;
  readonly close: Units;
  readonly volume: Units;
  readonly quoteVolume: Units;
  readonly trades: number;
}

export const startOf = (time: number, interval: Interval): number => Math.floor(time / INTERVALS[interval]) * INTERVALS[interval];

type Traded = Pick<PublicTrade, 'price' | 'quantity' | 'notional'>;

export function firstOf(start: number, { price, quantity, notional }: Traded): Candle {
  return { start, open: price, high: price, low: price, close: price, volume: quantity, quoteVolume: notional, trades: 1 };
}

/** Trades are added in the order of their ids. */
export function withTrade(candle: Candle, { price, quantity, notional }: Traded): Candle {
  const { start, open, high, low, volume, quoteVolume, trades } = candle;
  return { start, open, high: price > high ? price : high, low: price < low ? price : low, close: price, volume: volume + quantity, quoteVolume: quoteVolume + notional, trades: trades + 1 };
}

/**
 * One candle for each interval from `from` up to, not including, `to`: where nothing traded, the close before it and no volume. Before the first
 * trade there is none.
 * @param find the candle that begins at this moment
 * @param closeBefore of the last candle before `from`
 */
export function withoutGaps(from: number, to: number, interval: Interval, find: (start: number) => Candle | undefined, closeBefore: Units | null): Candle[] {
  const candles: Candle[] = [];
  let close = closeBefore;
  for (let start = from; start < to; start += INTERVALS[interval]) {
    const traded = find(start);
    if (traded) candles.push(traded);
    else if (close !== null) candles.push({ start, open: close, high: close, low: close, close, volume: 0n, quoteVolume: 0n, trades: 0 });
    close = traded?.close ?? close;
  }
  return candles;
}

/** All of several candles that follow each other, as one; `null` when there is none. */
export function together(candles: readonly Candle[]): Candle | null {
  const [first, ...rest] = candles;
  if (!first) return null;
  return rest.reduce((sum, next) => ({
    start: sum.start,
    open: sum.open,
    high: next.high > sum.high ? next.high : sum.high,
    low: next.low < sum.low ? next.low : sum.low,
    close: next.close,
    volume: sum.volume + next.volume,
    quoteVolume: sum.quoteVolume + next.quoteVolume,
    trades: sum.trades + next.trades,
  }), first);
}
