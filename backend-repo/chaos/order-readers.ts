import { randomInt } from 'node:crypto';
import { SYMBOLS, type Symbol } from './order-mix.ts';
import { pause } from './pause.ts';
import type { BackendVictim } from './victims.ts';

export interface SeenTrade {
  readonly id: number;
  readonly symbol: string;
  readonly price: string;
  readonly quantity: string;
  readonly taker_side: string;
  readonly executed_at: string;
}

/** What everybody could see, and what contradicts itself in it. */
export class PublicRecord {
  /** By id; where two nodes told two trades under one id, both. */
  readonly trades = new Map<string, SeenTrade>();
  readonly #checksums = new Map<string, number>();
  readonly highestSequence = new Map<Symbol, number>();
  readonly lastPrices = new Map<string, { readonly symbol: Symbol; readonly price: string }>();
  readonly mostTrades = new Map<Symbol, number>();
  looks = 0;
  /** Two books under one sequence: one of them never was. */
  contradictions = 0;
  /** A number that only grows was smaller than before, at one node, within one life of it. */
  wentBackwards = 0;
  readonly examples: string[] = [];

  sawTrade(symbol: Symbol, trade: Omit<SeenTrade, 'symbol'>): void {
    const { id, price, quantity, taker_side, executed_at } = trade;
    this.trades.set(`${id} ${symbol} ${price} ${quantity} ${taker_side} ${executed_at}`, { id, symbol, price, quantity, taker_side, executed_at });
  }

  sawBook(symbol: Symbol, sequence: number, checksum: number, where: string): void {
    const name = `${symbol} ${sequence}`;
    const before = this.#checksums.get(name);
    if (before !== undefined && before !== checksum) {
      this.contradictions += 1;
      this.examples.push(`two books of ${name}, the second at ${where}`);
    }
    this.#checksums.set(name, checksum);
    this.highestSequence.set(symbol, Math.max(sequence, this.highestSequence.get(symbol) ?? 0));
  }

  sawTicker(symbol: Symbol, lastPrice: string | null, trades: number): void {
    if (lastPrice !== null) this.lastPrices.set(`${symbol} ${lastPrice}`, { symbol, price: lastPrice });
    this.mostTrades.set(symbol, Math.max(trades, this.mostTrades.get(symbol) ?? 0));
  }

  sawBackwards(what: string): void {
    this.wentBackwards += 1;
    this.examples.push(what);
  }
}

const ANSWER_MS = 3_000;
const LOOK_EVERY_MS = 60;
/** Public routes are limited by address. */
const ADDRESSES = 250;

/** Looks at one market of one node, again and again, as anybody can. */
export class PublicReader {
  readonly #node: BackendVictim;
  readonly #symbol: Symbol;
  readonly #record: PublicRecord;
  #life: number | null = null;
  #before = new Map<string, number>();

  constructor(node: BackendVictim, symbol: Symbol, record: PublicRecord) {
    this.#node = node;
    this.#symbol = symbol;
    this.#record = record;
  }

  async run(watch: { stop: boolean }): Promise<void> {
    while (!watch.stop) {
      await this.look();
      await pause(randomInt(LOOK_EVERY_MS));
    }
  }

  async look(): Promise<void> {
    const life = this.#node.upSince();
    const book = await this.#get<{ sequence: number; checksum: number }>(`orderbook?depth=${randomInt(1, 50)}`);
    if (book) this.#record.sawBook(this.#symbol, book.sequence, book.checksum, this.#node.name);
    const tape = await this.#get<{ trades: Omit<SeenTrade, 'symbol'>[] }>('trades?limit=100');
    for (const trade of tape?.trades ?? []) this.#record.sawTrade(this.#symbol, trade);
    const ticker = await this.#get<{ last_price: string | null; trades_24h: number }>('ticker');
    if (ticker) this.#record.sawTicker(this.#symbol, ticker.last_price, ticker.trades_24h);
    // An answer may be of the life before: only what began and ended in one life is compared.
    if (life === null || this.#node.upSince() !== life) return;
    if (this.#life !== life) this.#before = new Map();
    this.#life = life;
    this.#grows('sequence of the book', book?.sequence);
    this.#grows('newest trade', tape?.trades[0]?.id);
    this.#grows('trades of the day', ticker?.trades_24h);
  }

  #grows(what: string, now: number | undefined): void {
    if (now === undefined) return;
    const before = this.#before.get(what) ?? 0;
    if (now < before) this.#record.sawBackwards(`${what} of ${this.#symbol} at ${this.#node.name}: ${now} after ${before}`);
    this.#before.set(what, now);
  }

  async #get<T>(route: string): Promise<T | null> {
    const address = `10.9.${randomInt(ADDRESSES)}.${randomInt(1, ADDRESSES)}`;
    try {
      const response = await fetch(`${this.#node.url}/api/markets/${this.#symbol}/${route}`, { headers: { 'X-Forwarded-For': address }, signal: AbortSignal.timeout(ANSWER_MS) });
      const body = (await response.json()) as { data: T };
      if (!response.ok) return null;
      this.#record.looks += 1;
      return body.data;
    } catch {
      return null;
    }
  }
}

export const readersOf = (nodes: readonly BackendVictim[], record: PublicRecord): PublicReader[] =>
  nodes.flatMap((node) => SYMBOLS.map((symbol) => new PublicReader(node, symbol, record)));
