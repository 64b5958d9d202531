import type { MarketProgress, MarketState as Market } from '../../domain/matching/types.ts';
import type { MarketRepository, StoredBook } from './market.repository.ts';

const RELOAD_EVERY_MS = 1_000;
const STATUS_KEEP_MS = 500;
const BOOK_KEEP_MS = 500;
const BOOK_LEVELS = 100;

/**
 * The markets: their rules, which never change once made, and how they stand, which the engine of this node tells with each batch. On nodes without it
 * the last books seen, too. Unknown symbols are free to invent, so they cause at most one load a second.
 */
export class MarketState {
  readonly #repository: Pick<MarketRepository, 'loadMarkets' | 'book'>;
  readonly #clock: () => number;
  #markets: ReadonlyMap<string, Market> = new Map();
  #loadedAt = -Infinity;
  #loading: Promise<void> | null = null;
  readonly #books = new Map<string, { readonly at: number; readonly book: Promise<StoredBook> }>();

  /** @param clock milliseconds, monotonic */
  constructor(repository: Pick<MarketRepository, 'loadMarkets' | 'book'>, clock: () => number) {
    this.#repository = repository;
    this.#clock = clock;
  }

  /**
   * Of a known one without asking, since orders wait for it: as the last batch here or the last load left it. The job `reopenMarkets` loads every two
   * seconds, so how it stands is about two seconds old at most on a node without the engine, and older while the database is away.
   */
  async find(symbol: string): Promise<Market | null> {
    if (!this.#markets.has(symbol) && this.#clock() - this.#loadedAt >= RELOAD_EVERY_MS) await this.reload();
    return this.#markets.get(symbol) ?? null;
  }

  /** By symbol, half a second old at most. */
  async all(): Promise<Market[]> {
    if (this.#clock() - this.#loadedAt >= STATUS_KEEP_MS) await this.reload();
    return [...this.#markets.values()];
  }

  /** What the engine of this node committed. */
  observe({ markets }: { readonly markets: readonly MarketProgress[] }): void {
    if (markets.length === 0) return;
    const changed = new Map(this.#markets);
    for (const progress of markets) {
      // The engine is here now. Should it go again, what was seen before it came is old.
      this.#books.delete(progress.symbol);
      const market = changed.get(progress.symbol);
      if (market) changed.set(progress.symbol, { ...market, ...progress });
    }
    this.#markets = changed;
  }

  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** At most half a second old. Only for symbols that exist: their number bounds what is kept. */
  async book(symbol: string): Promise<StoredBook> {
    const kept = this.#books.get(symbol);
    if (kept && this.#clock() - kept.at < BOOK_KEEP_MS) return kept.book;
    const book = this.#repository.book(symbol, BOOK_LEVELS);
    this.#books.set(symbol, { at: this.#clock(), book });
    book.catch(() => this.#books.delete(symbol));
    return book;
  }

  async #load(): Promise<void> {
    const asked = this.#clock();
    const markets = await this.#repository.loadMarkets();
    this.#markets = new Map(markets.map((market) => [market.symbol, market]));
    this.#loadedAt = asked;
  }
}
