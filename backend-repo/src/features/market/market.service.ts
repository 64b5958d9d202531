import { amountFrom, decimalsOf, formatAmount } from '../../domain/money.ts';
import { marketRulesProblem } from '../../domain/matching/market-rules.ts';
import type { MarketRules, OrderBookDepth } from '../../domain/matching/types.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { MarketState } from './market.state.ts';

export interface MarketDeps {
  readonly markets: MarketState;
  readonly carryOut: (command: VenueCommand) => Promise<{ readonly kind: 'done' | 'repeated' }>;
  /** The committed book, where this node runs the engine. */
  readonly depthHere: (symbol: string, levels: number) => Promise<OrderBookDepth | null>;
  readonly now: () => number;
}

type Level = readonly [price: string, quantity: string];

export interface Orderbook {
  readonly symbol: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
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

  /** @throws AppError UNKNOWN_SYMBOL */
  async require(symbol: string): Promise<MarketRules> {
    const market = await this.#deps.markets.find(symbol);
    if (!market) throw new AppError('UNKNOWN_SYMBOL', { fields: { symbol: 'There is no such market here.' } });
    return market;
  }

  /** From memory where the engine runs, from Postgres elsewhere. @throws AppError NOT_FOUND */
  async orderbook(symbol: string, depth: number): Promise<Orderbook> {
    const market = await this.#deps.markets.find(symbol);
    if (!market) throw new AppError('NOT_FOUND', { message: 'There is no such market here.' });
    const here = await this.#deps.depthHere(symbol, depth);
    const { bids, asks } = here ?? (await this.#storedBook(symbol, depth));
    const decimals = decimalsOf(market.tick);
    const level = ([price, quantity]: readonly [bigint, bigint]): Level => [formatAmount(price, decimals), formatAmount(quantity)];
    return { symbol, bids: bids.map(level), asks: asks.map(level), timestamp: new Date(this.#deps.now()).toISOString() };
  }

  async #storedBook(symbol: string, depth: number): Promise<Pick<OrderBookDepth, 'bids' | 'asks'>> {
    const levels = await this.#deps.markets.book(symbol);
    const side = (wanted: 'BUY' | 'SELL'): [bigint, bigint][] =>
      levels.filter((level) => level.side === wanted).slice(0, depth).map(({ price, quantity }) => [amountFrom(price), amountFrom(quantity)]);
    return { bids: side('BUY'), asks: side('SELL') };
  }
}
