import { INTERVALS, startOf, withoutGaps, type Candle, type Interval, type PublicTrade } from '../../domain/candles.ts';
import type { MarketState as Market } from '../../domain/matching/types.ts';
import { decimalsOf, divideRoundingHalfUp, formatAmount, type Units } from '../../domain/money.ts';
import { AppError } from '../../errors.ts';
import { CANDLES_PER_REQUEST_MAX, type KlinesQuery } from './market.schema.ts';
import type { Level } from './market.service.ts';
import type { MarketState } from './market.state.ts';
import type { TradeTape } from './tape.state.ts';

export interface MarketDataDeps {
  readonly markets: Pick<MarketState, 'find' | 'all'>;
  readonly tape: Pick<TradeTape, 'fresh' | 'trades' | 'summary' | 'candles'>;
  readonly touch: (symbol: string) => Promise<{ readonly bid: Level | null; readonly ask: Level | null }>;
  readonly now: () => number;
}

/** For so long after a candle's end another node may still read a trade of it. */
const SETTLED_MS = 10_000;

/** What everybody may know of the trading: names nobody, and is the same on every node. */
export class MarketDataService {
  readonly #deps: MarketDataDeps;

  constructor(deps: MarketDataDeps) {
    this.#deps = deps;
  }

  async markets(): Promise<object> {
    return { markets: (await this.#deps.markets.all()).map(rulesOf) };
  }

  /** @throws AppError NOT_FOUND */
  async ticker(symbol: string): Promise<object> {
    const market = await this.#require(symbol);
    const [{ bid, ask }] = await Promise.all([this.#deps.touch(symbol), this.#deps.tape.fresh()]);
    const offers = { best_bid: bid?.[0] ?? null, best_bid_quantity: bid?.[1] ?? null, best_ask: ask?.[0] ?? null, best_ask_quantity: ask?.[1] ?? null };
    return { ...this.#day(market), ...offers, timestamp: this.#timestamp() };
  }

  /** All markets at once, and what they come to together. */
  async stats(): Promise<object> {
    const [markets] = await Promise.all([this.#deps.markets.all(), this.#deps.tape.fresh()]);
    const volumes = new Map<string, Units>();
    let trades = 0;
    for (const { symbol, quoteAsset } of markets) {
      const { day } = this.#deps.tape.summary(symbol, this.#deps.now());
      volumes.set(quoteAsset, (volumes.get(quoteAsset) ?? 0n) + (day?.quoteVolume ?? 0n));
      trades += day?.trades ?? 0;
    }
    const byAsset = [...volumes].sort(([one], [other]) => (one < other ? -1 : 1)).map(([asset, volume]) => ({ asset, quote_volume: formatAmount(volume) }));
    return { markets: markets.map((market) => this.#day(market)), totals: { markets: markets.length, trades, quote_volumes: byAsset }, timestamp: this.#timestamp() };
  }

  /** Newest first. @throws AppError NOT_FOUND */
  async trades(symbol: string, limit: number, cursor: number | null): Promise<object> {
    const market = await this.#require(symbol);
    await this.#deps.tape.fresh();
    const found = await this.#deps.tape.trades(symbol, limit + 1, cursor ?? Number.MAX_SAFE_INTEGER);
    const page = found.slice(0, limit);
    const decimals = decimalsOf(market.tick);
    return { symbol, trades: page.map((trade) => tradeOf(trade, decimals)), next_cursor: found.length > limit ? page.at(-1)!.id : null };
  }

  /** @throws AppError NOT_FOUND, VALIDATION_ERROR */
  async klines(symbol: string, query: KlinesQuery): Promise<{ readonly ended: boolean } & Record<string, unknown>> {
    const market = await this.#require(symbol);
    const now = this.#deps.now();
    const { interval } = query;
    const { from, to } = rangeOf(query, now);
    await this.#deps.tape.fresh();
    const { find, closeBefore } = await this.#deps.tape.candles(symbol, interval, from, to);
    const decimals = decimalsOf(market.tick);
    return { symbol, interval, candles: withoutGaps(from, to, interval, find, closeBefore).map((candle) => candleOf(candle, interval, decimals)), ended: to <= startOf(now - SETTLED_MS, interval) };
  }

  #day({ symbol, tick }: Market): object {
    const { last, day } = this.#deps.tape.summary(symbol, this.#deps.now());
    const price = (units: Units | null): string | null => (units === null ? null : formatAmount(units, decimalsOf(tick)));
    const open = day?.open ?? last;
    return {
      symbol,
      last_price: price(last),
      open_24h: price(open),
      high_24h: price(day?.high ?? last),
      low_24h: price(day?.low ?? last),
      change_24h: last === null || open === null ? null : price(last - open),
      change_percent_24h: last === null || open === null ? null : percent(last - open, open),
      volume_24h: formatAmount(day?.volume ?? 0n),
      quote_volume_24h: formatAmount(day?.quoteVolume ?? 0n),
      trades_24h: day?.trades ?? 0,
    };
  }

  async #require(symbol: string): Promise<Market> {
    const market = await this.#deps.markets.find(symbol);
    if (!market) throw new AppError('NOT_FOUND', { message: 'There is no such market here.' });
    return market;
  }

  #timestamp(): string {
    return new Date(this.#deps.now()).toISOString();
  }
}

/**
 * The candles that begin at or after `from` and before `to`, both whole multiples of the interval; none lies in the future. Without `from` the last
 * `limit` before `to`, with `from` alone the first `limit`.
 */
function rangeOf(query: KlinesQuery, now: number): { from: number; to: number } {
  const step = INTERVALS[query.interval];
  const roundUp = (text: string): number => Math.ceil(Date.parse(text) / step) * step;
  const end = startOf(now, query.interval) + step;
  const to = query.to === undefined ? end : Math.min(roundUp(query.to), end);
  if (query.from === undefined) return { from: to - query.limit * step, to };
  if (query.to !== undefined && query.from >= query.to) throw new AppError('VALIDATION_ERROR', { fields: { from: 'Must be before `to`.' } });
  const from = roundUp(query.from);
  if (query.to === undefined) return { from, to: Math.min(to, from + query.limit * step) };
  if ((to - from) / step > CANDLES_PER_REQUEST_MAX) throw new AppError('VALIDATION_ERROR', { fields: { from: `From here to \`to\` are more than ${CANDLES_PER_REQUEST_MAX} candles.` } });
  return { from: Math.max(from, to - query.limit * step), to };
}

function rulesOf(market: Market): object {
  const price = (units: Units): string => formatAmount(units, decimalsOf(market.tick));
  return {
    symbol: market.symbol,
    base_asset: market.baseAsset,
    quote_asset: market.quoteAsset,
    tick_size: price(market.tick),
    lot_size: formatAmount(market.lot),
    min_price: price(market.minPrice),
    max_price: price(market.maxPrice),
    min_quantity: formatAmount(market.minQuantity),
    max_quantity: formatAmount(market.maxQuantity),
    min_notional: formatAmount(market.minNotional),
    price_band: market.bandRate === null ? null : formatAmount(market.bandRate as bigint),
    status: market.status,
    halt_reason: market.haltReason,
  };
}

const tradeOf = ({ id, price, quantity, notional, takerSide, executedAt }: PublicTrade, decimals: number): object => ({
  id,
  price: formatAmount(price, decimals),
  quantity: formatAmount(quantity),
  quote_quantity: formatAmount(notional),
  taker_side: takerSide,
  executed_at: new Date(executedAt).toISOString(),
});

const candleOf = ({ start, open, high, low, close, volume, quoteVolume, trades }: Candle, interval: Interval, decimals: number): object => ({
  open_time: new Date(start).toISOString(),
  close_time: new Date(start + INTERVALS[interval]).toISOString(),
  open: formatAmount(open, decimals),
  high: formatAmount(high, decimals),
  low: formatAmount(low, decimals),
  close: formatAmount(close, decimals),
  volume: formatAmount(volume),
  quote_volume: formatAmount(quoteVolume),
  trades,
});

/** With two decimals, a tie away from zero. */
function percent(change: Units, of: Units): string {
  const hundredths = divideRoundingHalfUp((change < 0n ? -change : change) * 10_000n, of);
  return formatAmount((change < 0n ? -hundredths : hundredths) * 1_000_000n, 2);
}
