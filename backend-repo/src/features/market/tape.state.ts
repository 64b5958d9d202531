import { firstOf, INTERVAL_NAMES, INTERVALS, startOf, together, withTrade, type Candle, type Interval, type PublicTrade } from '../../domain/candles.ts';
import type { Units } from '../../domain/money.ts';
import type { CandlesRepository } from './candles.repository.ts';

export const LOOK_EVERY_MS = 500;
export const TRADES_KEPT = 1_000;
/** A day of minutes, and as many candles of any interval as one request may ask for. */
export const CANDLES_KEPT = 1_440;
const TRADES_PER_LOOK = 5_000;
const TRADES_PER_PAGE = 50_000;
const DAY_MINUTES = 1_440;

export type TapeSource = Pick<CandlesRepository, 'addUp' | 'load' | 'tradesSince' | 'tradesBefore' | 'candles'>;

/** The candles of one market and interval. From `reaches` on none is missing. */
interface Series {
  readonly byStart: Map<number, Candle>;
  reaches: number;
}

interface MarketTape {
  /** Oldest first, the last ones. */
  readonly trades: PublicTrade[];
  readonly series: Readonly<Record<Interval, Series>>;
  day: { readonly minute: number; readonly lastTradeId: number; readonly sum: Candle | null } | null;
}

/** What was traded in the 24 hours up to now, the current minute included; `null` values: this market has never traded. */
export interface DaySummary {
  readonly last: Units | null;
  readonly day: Candle | null;
}

/**
 * What was traded lately, the same on every node: trades in the order of their ids, told by the engine where it runs, read from Postgres elsewhere at
 * most twice a second, and only while somebody asks. What is told is taken only when nothing is missing before it.
 */
export class TradeTape {
  readonly #source: TapeSource;
  readonly #clock: () => number;
  #markets = new Map<string, MarketTape>();
  #lastId = 0;
  #loaded = false;
  #behind = false;
  #lookedAt = -Infinity;
  #looking: Promise<void> | null = null;

  /** @param clock milliseconds, monotonic */
  constructor(source: TapeSource, clock: () => number) {
    this.#source = source;
    this.#clock = clock;
  }

  /** What the engine of this node committed, in order. */
  observe({ trades }: { readonly trades: readonly PublicTrade[] }): void {
    if (!this.#loaded || trades.length === 0) return;
    if (trades[0]!.id > this.#lastId + 1) this.#behind = true;
    else for (const trade of trades) this.#add(trade);
  }

  /** Resolves when what is here is at most half a second old. */
  async fresh(): Promise<void> {
    if (this.#loaded && !this.#behind && this.#clock() - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  /** Newest first. */
  async trades(symbol: string, limit: number, before: number): Promise<PublicTrade[]> {
    const kept = this.#markets.get(symbol)?.trades ?? [];
    const end = firstIndex(kept, before);
    if (end >= limit || kept.length < TRADES_KEPT) return kept.slice(Math.max(0, end - limit), end).reverse();
    return this.#source.tradesBefore(symbol, before, limit);
  }

  summary(symbol: string, now: number): DaySummary {
    const market = this.#markets.get(symbol);
    if (!market) return { last: null, day: null };
    const minute = startOf(now, '1m');
    const newest = market.trades.at(-1)!;
    if (market.day?.minute !== minute || market.day.lastTradeId !== newest.id) {
      const since = minute - (DAY_MINUTES - 1) * INTERVALS['1m'];
      const candles = [...market.series['1m'].byStart.values()].filter(({ start }) => start >= since).sort((one, other) => one.start - other.start);
      market.day = { minute, lastTradeId: newest.id, sum: together(candles) };
    }
    return { last: newest.price, day: market.day.sum };
  }

  /** The candles that begin at or after `from` and before `to`, and the close before them. What is older than memory reaches comes from the table. */
  async candles(symbol: string, interval: Interval, from: number, to: number): Promise<{ find: (start: number) => Candle | undefined; closeBefore: Units | null }> {
    const series = this.#markets.get(symbol)?.series[interval];
    if (!series) return { find: () => undefined, closeBefore: null };
    if (from > series.reaches) return { find: (start) => series.byStart.get(start), closeBefore: lastBefore(series.byStart.values(), from)?.close ?? null };
    const { reaches } = series;
    const older = await this.#source.candles(symbol, interval, from, Math.min(to, reaches));
    const byStart = new Map(older.map((candle) => [candle.start, candle]));
    return { find: (start) => (start < reaches ? byStart.get(start) : series.byStart.get(start)), closeBefore: lastBefore(older, from)?.close ?? null };
  }

  /** Adds what was traded to the stored candles: a job, and before a load. */
  async store(): Promise<void> {
    while ((await this.#source.addUp(TRADES_PER_PAGE)) === TRADES_PER_PAGE);
  }

  async #look(): Promise<void> {
    const asked = this.#clock();
    if (!this.#loaded) await this.#load();
    this.#behind = false;
    const missed = await this.#source.tradesSince(this.#lastId, TRADES_PER_LOOK);
    if (missed.length < TRADES_PER_LOOK) for (const trade of missed) this.#add(trade);
    else await this.#load();
    this.#lookedAt = asked;
  }

  async #load(): Promise<void> {
    await this.store();
    const { lastTradeId, candles, trades } = await this.#source.load(CANDLES_KEPT, TRADES_KEPT);
    // Told or read further meanwhile: the next look goes on from here.
    this.#behind = true;
    const markets = new Map<string, MarketTape>();
    for (const trade of trades) keep(marketOf(markets, trade.symbol).trades, trade);
    for (const { symbol, interval, ...candle } of candles) marketOf(markets, symbol).series[interval].byStart.set(candle.start, candle);
    for (const { series } of markets.values()) for (const interval of INTERVAL_NAMES) if (series[interval].byStart.size >= CANDLES_KEPT) series[interval].reaches = oldestOf(series[interval]);
    this.#markets = markets;
    this.#lastId = lastTradeId;
    this.#loaded = true;
  }

  #add(trade: PublicTrade): void {
    if (trade.id <= this.#lastId) return;
    const { id, symbol, price, quantity, notional, takerSide, executedAt } = trade;
    this.#lastId = id;
    const market = marketOf(this.#markets, symbol);
    keep(market.trades, { id, symbol, price, quantity, notional, takerSide, executedAt });
    for (const interval of INTERVAL_NAMES) addTo(market.series[interval], startOf(executedAt, interval), trade);
  }
}

function addTo(series: Series, start: number, trade: PublicTrade): void {
  const candle = series.byStart.get(start);
  if (candle) series.byStart.set(start, withTrade(candle, trade));
  else if (start > series.reaches) {
    series.byStart.set(start, firstOf(start, trade));
    if (series.byStart.size <= CANDLES_KEPT) return;
    series.byStart.delete(oldestOf(series));
    series.reaches = oldestOf(series);
  }
}

function marketOf(markets: Map<string, MarketTape>, symbol: string): MarketTape {
  let market = markets.get(symbol);
  if (!market) {
    const series = Object.fromEntries(INTERVAL_NAMES.map((interval) => [interval, { byStart: new Map(), reaches: -Infinity }])) as unknown as Record<Interval, Series>;
    markets.set(symbol, (market = { trades: [], series, day: null }));
  }
  return market;
}

/** Dropping one at a time would move all the others each time. */
function keep(trades: PublicTrade[], trade: PublicTrade): void {
  trades.push(trade);
  if (trades.length >= 2 * TRADES_KEPT) trades.splice(0, TRADES_KEPT);
}

const oldestOf = ({ byStart }: Series): number => Math.min(...byStart.keys());

/** The place of the first trade with this id or a later one. */
function firstIndex(trades: readonly PublicTrade[], id: number): number {
  let [low, high] = [0, trades.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (trades[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lastBefore(candles: Iterable<Candle>, from: number): Candle | null {
  let last: Candle | null = null;
  for (const candle of candles) if (candle.start < from && (last === null || candle.start > last.start)) last = candle;
  return last;
}
