import { amountFrom, decimalsOf, formatAmount } from '../../domain/money.ts';
import { marketRulesProblem } from '../../domain/matching/market-rules.ts';
import type { MarketRules, MarketState as Market, OrderBookDepth } from '../../domain/matching/types.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { MarketState } from './market.state.ts';

export interface MarketDeps {
  readonly markets: MarketState;
  readonly carryOut: (command: VenueCommand) => Promise<{ readonly kind: 'done' | 'repeated' }>;
  /** The committed book, where this node runs the engine. */
  readonly depthHere: (symbol: string, levels: number) => Promise<OrderBookDepth | null>;
  readonly crc32: (text: string) => number;
  readonly now: () => number;
}

export type Level = readonly [price: string, quantity: string];

export interface Orderbook {
  readonly symbol: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** One more for each command that changed the book. */
  readonly sequence: number;
  /** Of the best ten levels of each side: `checksumText`. */
  readonly checksum: number;
  readonly timestamp: string;
}

/** Markets and what can be seen of them. */
export class MarketService {
  readonly #deps: MarketDeps;

  constructor(deps: MarketDeps) {
    this.#deps = deps;
  }

  /**
   * Opens a market.
   * @returns false when there is one by this symbol already; it keeps its rules
   * @throws Error with a sentence when the rules contradict each other
   */
  async createMarket(rules: MarketRules): Promise<boolean> {
    const problem = marketRulesProblem(rules);
    if (problem !== null) throw new Error(`market ${rules.symbol}: ${problem}`);
    const answer = await this.#deps.carryOut({ kind: 'create-market', rules });
    await this.#deps.markets.reload();
    return answer.kind === 'done';
  }

  /** Its rules, and how it stands, about two seconds old at most on a node without the engine. @throws AppError UNKNOWN_SYMBOL */
  async require(symbol: string): Promise<Market> {
    const market = await this.#deps.markets.find(symbol);
    if (!market) throw new AppError('UNKNOWN_SYMBOL', { fields: { symbol: 'There is no such market here.' } });
    return market;
  }

  /** From memory where the engine runs, from Postgres elsewhere. @throws AppError NOT_FOUND */
  async orderbook(symbol: string, depth: number): Promise<Orderbook> {
    const market = await this.#deps.markets.find(symbol);
    if (!market) throw new AppError('NOT_FOUND', { message: 'There is no such market here.' });
    const book = (await this.#deps.depthHere(symbol, Math.max(depth, CHECKSUM_LEVELS))) ?? (await this.#storedBook(symbol));
    const decimals = decimalsOf(market.tick);
    const level = ([price, quantity]: readonly [bigint, bigint]): Level => [formatAmount(price, decimals), formatAmount(quantity)];
    const [bids, asks] = [book.bids.map(level), book.asks.map(level)];
    const checksum = this.#deps.crc32(checksumText(bids, asks));
    return { symbol, bids: bids.slice(0, depth), asks: asks.slice(0, depth), sequence: book.sequence, checksum, timestamp: new Date(this.#deps.now()).toISOString() };
  }

  /** The best price of each side; `null` where nobody offers. @throws AppError NOT_FOUND */
  async touch(symbol: string): Promise<{ bid: Level | null; ask: Level | null }> {
    const { bids, asks } = await this.orderbook(symbol, 1);
    return { bid: bids[0] ?? null, ask: asks[0] ?? null };
  }

  async #storedBook(symbol: string): Promise<OrderBookDepth> {
    const { sequence, levels } = await this.#deps.markets.book(symbol);
    const side = (wanted: 'BUY' | 'SELL'): [bigint, bigint][] =>
      levels.filter((level) => level.side === wanted).map(({ price, quantity }) => [amountFrom(price), amountFrom(quantity)]);
    return { symbol, sequence, bids: side('BUY'), asks: side('SELL') };
  }
}

const CHECKSUM_LEVELS = 10;

/** As the contract says it: the best ten bids, then the best ten asks, each `price:quantity` as printed, `|` between levels and `;` between sides. */
export function checksumText(bids: readonly Level[], asks: readonly Level[]): string {
  const side = (levels: readonly Level[]): string => levels.slice(0, CHECKSUM_LEVELS).map(([price, quantity]) => `${price}:${quantity}`).join('|');
  return `${side(bids)};${side(asks)}`;
}
