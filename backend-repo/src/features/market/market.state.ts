import type { MarketRules } from '../../domain/matching/types.ts';
import type { BookLevel, MarketRepository } from './market.repository.ts';

const RELOAD_EVERY_MS = 1_000;
const BOOK_KEEP_MS = 500;
const BOOK_LEVELS = 100;

/**
 * The rules of the markets, which never change once made, and on nodes without the engine the last books seen. Unknown symbols are free to
 * invent, so they cause at most one load a second.
 */
export class MarketState {
  readonly #repository: Pick<MarketRepository, 'loadMarkets' | 'book'>;
  readonly #clock: () => number;
  #rules = new Map<string, MarketRules>();
  #loadedAt = -Infinity;
  #loading: Promise<void> | null = null;
  readonly #books = new Map<string, { readonly at: number; readonly levels: Promise<BookLevel[]> }>();

  /** @param clock milliseconds, monotonic */
  constructor(repository: Pick<MarketRepository, 'loadMarkets' | 'book'>, clock: () => number) {
    this.#repository = repository;
    this.#clock = clock;
  }

  async find(symbol: string): Promise<MarketRules | null> {
    if (!this.#rules.has(symbol) && this.#clock() - this.#loadedAt >= RELOAD_EVERY_MS) await this.reload();
    return this.#rules.get(symbol) ?? null;
  }

  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** At most half a second old. Only for symbols that exist: their number bounds what is kept. */
  async book(symbol: string): Promise<BookLevel[]> {
    const kept = this.#books.get(symbol);
    if (kept && this.#clock() - kept.at < BOOK_KEEP_MS) return kept.levels;
    const levels = this.#repository.book(symbol, BOOK_LEVELS);
    this.#books.set(symbol, { at: this.#clock(), levels });
    levels.catch(() => this.#books.delete(symbol));
    return levels;
  }

  async #load(): Promise<void> {
    const rules = await this.#repository.loadMarkets();
    this.#rules = new Map(rules.map((market) => [market.symbol, market]));
    this.#loadedAt = this.#clock();
  }
}
