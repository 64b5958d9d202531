/** The same stream through three engines: our book, the whole venue with balances around it, and nodejs-order-book. */
import { OrderBook as PeerBook, SelfTradePreventionMode, Side } from 'nodejs-order-book';
import { MatchingEngine } from '../src/domain/matching/matching-engine.ts';
import { OrderBook } from '../src/domain/matching/order-book.ts';
import { ANY_PRICE, IMMEDIATE, RESTS } from '../src/domain/matching/order-codes.ts';
import { NONE } from '../src/domain/matching/order-slots.ts';
import type { Command } from '../src/domain/matching/commands.ts';
import type { MarketState } from '../src/domain/matching/types.ts';
import { ADD, AMEND, CANCEL, MARKET, type Stream } from './engine-stream.ts';

/** What came of a stream. All contestants must say the same. */
export interface Result {
  readonly trades: number;
  readonly volume: number;
  /** Price and size of every level, bids then asks, as text. */
  readonly book: string;
}

/** Carries out command after command. `prepare` makes ready what a caller would have had anyway (ids as strings, commands as objects), untimed. */
export interface Contestant {
  prepare(from: number, to: number): void;
  /** Commands `from` … `to - 1` of the stream. */
  run(from: number, to: number): void;
  result(): Result;
}

/** Stops that sleep beyond all prices of the stream: each trade looks whether one has to wake. */
const SLEEPING_STOPS = 1_000;
const FAR_ABOVE = 10_000_000;

/** The integer core with owners, self-trade prevention of every mode, post-only and stops. The caller keeps each order's slot, as the venue does. */
export class OurBook implements Contestant {
  private readonly book = new OrderBook();
  private readonly slotOf: Int32Array;
  private trades = 0;
  private volume = 0;
  private readonly stream: Stream;

  constructor(stream: Stream) {
    this.stream = stream;
    this.slotOf = new Int32Array(stream.orders + 1).fill(NONE);
    for (let at = 0; at < SLEEPING_STOPS; at += 1) this.book.sleep(at % 64, true, FAR_ABOVE + at);
  }

  prepare(): void {
    // Numbers are all it needs.
  }

  run(from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.one(at);
  }

  result(): Result {
    return { trades: this.trades, volume: this.volume, book: bookText(this.book.depth(true, Infinity), this.book.depth(false, Infinity)) };
  }

  private one(at: number): void {
    const { kinds, orderIds } = this.stream;
    const kind = kinds[at]!;
    const id = orderIds[at]!;
    if (kind === CANCEL || kind === AMEND) this.book.remove(this.slotOf[id]!);
    if (kind !== CANCEL) this.submit(at, id, kind === MARKET);
  }

  private submit(at: number, id: number, market: boolean): void {
    const { buying, ticks, lots, users, postOnly } = this.stream;
    const { book } = this;
    const buys = buying[at] === 1;
    const limit = market ? (buys ? ANY_PRICE.buying : ANY_PRICE.selling) : ticks[at]!;
    this.slotOf[id] = book.submit(users[at]!, buys, limit, lots[at]!, market ? IMMEDIATE : RESTS, id & 3, postOnly[at] === 1, 0);
    const { log } = book;
    if (log.count === 0) return;
    this.trades += log.count;
    for (let entry = 0; entry < log.count; entry += 1) this.volume += log.lots[entry]!;
    if (book.dueStop(log.ticks[log.count - 1]!) !== NONE) throw new Error('a stop beyond all prices is due');
  }
}

const MODES = [SelfTradePreventionMode.NONE, SelfTradePreventionMode.EXPIRE_TAKER, SelfTradePreventionMode.EXPIRE_MAKER, SelfTradePreventionMode.EXPIRE_BOTH];

export class PeersBook implements Contestant {
  private readonly book = new PeerBook();
  private readonly ids: string[];
  private readonly users = Array.from({ length: 64 }, (_, user) => `user-${user}`);
  private trades = 0;
  private volume = 0;
  private readonly stream: Stream;

  constructor(stream: Stream) {
    this.stream = stream;
    this.ids = Array.from({ length: stream.orders + 1 }, (_, id) => `order-${id}`);
  }

  prepare(): void {
    // Its ids are made.
  }

  run(from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.one(at);
  }

  result(): Result {
    const [asks, bids] = this.book.depth();
    const best = (one: [number, number], other: [number, number]): number => one[0] - other[0];
    return { trades: this.trades, volume: this.volume, book: bookText(bids.sort(best).reverse(), asks.sort(best)) };
  }

  private one(at: number): void {
    const { kinds, orderIds, buying, ticks, lots, users, postOnly } = this.stream;
    const id = this.ids[orderIds[at]!]!;
    const kind = kinds[at]!;
    if (kind === CANCEL) {
      this.book.cancel(id);
      return;
    }
    const size = lots[at]!;
    const side = buying[at] === 1 ? Side.BUY : Side.SELL;
    const who = { accountId: this.users[users[at]!]!, stpMode: MODES[orderIds[at]! & 3]! };
    const answer =
      kind === MARKET ? this.book.market({ side, size, ...who })
      : kind === ADD ? this.book.limit({ id, side, size, price: ticks[at]!, postOnly: postOnly[at] === 1, ...who })
      : this.book.modify(id, { size, price: ticks[at]! });
    if (answer.err !== null) throw new Error(`nodejs-order-book refuses a command: ${answer.err.message}`);
    this.volume += size - answer.quantityLeft;
    // A taker that is filled stands last among the done ones; one that rests in part is the partial one.
    for (const { id: done } of answer.done) if (done !== id) this.trades += 1;
    if (answer.partial !== null && answer.partial.id !== id) this.trades += 1;
  }
}

const TICK = 1_000_000n;
const LOT = 1_000n;
const EVERYTHING = 10n ** 18n;
const BATCH = 64;
const PREVENTIONS = ['NONE', 'TAKER', 'MAKER', 'BOTH'] as const;

/** Everything: rules, holds, fees, journal, events, outcomes, and the changes of a batch of 64 for the database. */
export class OurVenue implements Contestant {
  private readonly engine: MatchingEngine;
  private commands: Command[] = [];
  private trades = 0;
  private volume = 0n;
  private readonly stream: Stream;

  constructor(stream: Stream) {
    this.stream = stream;
    const state = { houseUserId: 1_000, markets: [MARKET_STATE], feeRates: [], orders: [], lastOrderId: 0, lastTradeId: 0, lastPriority: 0 };
    const balances = Array.from({ length: 64 }, (_, user) => ['BTC', 'USDT'].map((asset) => ({ userId: user + 1, asset, available: EVERYTHING, locked: 0n }))).flat();
    this.engine = MatchingEngine.restore({ ...state, balances });
  }

  prepare(from: number, to: number): void {
    this.commands = [];
    for (let at = from; at < to; at += 1) this.commands.push(this.command(at));
  }

  run(): void {
    const { engine, commands } = this;
    for (let at = 0; at < commands.length; at += 1) {
      const outcome = engine.apply(commands[at]!);
      if (outcome.refusal !== null) throw new Error(`refused: ${outcome.refusal.code}`);
      if ((at + 1) % BATCH === 0 || at + 1 === commands.length) this.count(engine.takeChanges().trades);
    }
  }

  result(): Result {
    const depth = this.engine.depth('BTCUSDT', Infinity)!;
    const numbers = (rows: readonly (readonly [bigint, bigint])[]): [number, number][] => rows.map(([price, quantity]) => [Number(price / TICK), Number(quantity / LOT)]);
    return { trades: this.trades, volume: Number(this.volume / LOT), book: bookText(numbers(depth.bids), numbers(depth.asks)) };
  }

  private count(trades: readonly { readonly quantity: bigint }[]): void {
    this.trades += trades.length;
    for (const { quantity } of trades) this.volume += quantity;
  }

  private command(at: number): Command {
    const { kinds, orderIds, buying, ticks, lots, filled, users, postOnly } = this.stream;
    const kind = kinds[at]!;
    const orderId = orderIds[at]!;
    const common = { time: 1_000 + at, userId: this.userOf(at) };
    if (kind === CANCEL) return { kind: 'cancel', ...common, orderId };
    const price = kind === MARKET ? null : BigInt(ticks[at]!) * TICK;
    if (kind === AMEND) return { kind: 'amend', ...common, orderId, quantity: BigInt(lots[at]! + filled[at]!) * LOT, price, stopPrice: null, stopLimitPrice: null, limits: null, judged: null };
    return {
      kind: 'place', ...common, userId: users[at]! + 1, symbol: 'BTCUSDT', side: buying[at] === 1 ? 'BUY' : 'SELL', type: kind === MARKET ? 'MARKET' : 'LIMIT',
      quantity: BigInt(lots[at]!) * LOT, quoteAmount: null, price, stopPrice: null, stopLimitPrice: null, displayQuantity: null, timeInForce: 'GTC', expiresAt: null,
      postOnly: postOnly[at] === 1, selfTradePrevention: PREVENTIONS[orderId & 3]!, limits: null, clientOrderId: null,
    };
  }

  /** A cancel's user is the one who placed the order. */
  private userOf(at: number): number {
    const { orderIds, users, kinds } = this.stream;
    if (kinds[at] === ADD) this.placedBy[orderIds[at]!] = users[at]! + 1;
    return this.placedBy[orderIds[at]!] ?? users[at]! + 1;
  }

  private readonly placedBy: number[] = [];
}

const MARKET_STATE: MarketState = {
  symbol: 'BTCUSDT', baseAsset: 'BTC', quoteAsset: 'USDT', tick: TICK, lot: LOT, minPrice: TICK, maxPrice: TICK * 1_000_000n, minQuantity: LOT, maxQuantity: LOT * 1_000_000n,
  minNotional: 1n, status: 'open', bandRate: 50_000_000n, stopProtectionRate: 5_000_000n, breakerRate: 90_000_000n, breakerWindowMs: 60_000, haltReason: null, haltedAt: null, sequence: 0,
  lastPrice: null, breakerPrice: null, breakerSince: null,
};

function bookText(bids: readonly (readonly [number, number])[], asks: readonly (readonly [number, number])[]): string {
  return JSON.stringify([bids, asks]);
}
