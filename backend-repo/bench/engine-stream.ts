/**
 * The command stream of `scripts/bench engine`, made before anything is timed: 10,000 resting orders, then 50 % passive adds, 4 % crossing
 * orders, 3 % market orders, 38 % cancels and 5 % amendments (a new price and size), with about 10,000 orders resting throughout. The maker of the
 * stream keeps a book of its own, so that a cancel or amendment always names an order that is open.
 */
import { OrderBook } from '../src/domain/matching/order-book.ts';
import { ANY_PRICE, IMMEDIATE, RESTED, RESTS, TAKER_YIELDS, USED_UP } from '../src/domain/matching/order-codes.ts';
import { NONE } from '../src/domain/matching/order-slots.ts';

export const ADD = 0;
export const MARKET = 1;
export const CANCEL = 2;
export const AMEND = 3;

const RESTING = 10_000;
const MIDDLE = 100_000;
const LOTS_MAX = 100;
/** Takers are larger than makers, by as much as keeps the number of resting orders where it is. */
const TAKER_LOTS = 165;
const FAR_TICKS = 500;
const NEAR_TICKS = 25;
/** Buyers and sellers are different users: each order is looked at for self-trade, and none is one. */
const USERS = 64;

/** Column by column; entry `n` is the n-th command. Orders are numbered 1, 2, 3, … as they are placed. */
export interface Stream {
  readonly length: number;
  /** Commands that only build the first book. */
  readonly warmUp: number;
  readonly orders: number;
  readonly kinds: Uint8Array;
  readonly orderIds: Int32Array;
  readonly buying: Uint8Array;
  readonly ticks: Int32Array;
  readonly lots: Int32Array;
  /** Of an amendment, what the order has been filled with before. */
  readonly filled: Int32Array;
  readonly users: Int32Array;
  readonly postOnly: Uint8Array;
}

export function makeStream(commands: number, seed: number): Stream {
  return new StreamMaker(commands, seed).make();
}

class StreamMaker {
  private readonly next: (below: number) => number;
  private readonly book = new OrderBook();
  private readonly open: number[] = [];
  private readonly rankOf = new Map<number, number>();
  private readonly slotOf: Int32Array;
  private readonly idAt: number[] = [];
  private readonly filledOf: Int32Array;
  private readonly stream: { -readonly [Key in keyof Stream]: Stream[Key] };

  constructor(commands: number, seed: number) {
    const length = commands + RESTING;
    this.next = numbersFrom(seed);
    this.slotOf = new Int32Array(length + 1).fill(NONE);
    this.filledOf = new Int32Array(length + 1);
    const [ints, bytes] = [(): Int32Array => new Int32Array(length), (): Uint8Array => new Uint8Array(length)];
    this.stream = { length, warmUp: RESTING, orders: 0, kinds: bytes(), orderIds: ints(), buying: bytes(), ticks: ints(), lots: ints(), filled: ints(), users: ints(), postOnly: bytes() };
  }

  make(): Stream {
    for (let at = 0; at < this.stream.length; at += 1) {
      const roll = at < this.stream.warmUp ? 0 : this.next(100);
      if (roll < 50 || this.open.length === 0) this.add(at, false);
      else if (roll < 54) this.add(at, true);
      else if (roll < 57) this.market(at);
      else if (roll < 95) this.cancel(at);
      else this.amend(at);
    }
    return this.stream;
  }

  private add(at: number, crossing: boolean): void {
    const buying = this.next(2) === 0;
    const ticks = crossing ? this.crossingPrice(buying) : this.passivePrice(buying);
    const lots = 1 + this.next(crossing ? TAKER_LOTS : LOTS_MAX);
    const id = this.write(at, ADD, this.newOrder(), buying, ticks, lots);
    this.stream.postOnly[at] = !crossing && this.next(8) === 0 ? 1 : 0;
    this.submit(id, buying, ticks, lots, RESTS);
  }

  private market(at: number): void {
    const buying = this.next(2) === 0;
    const lots = 1 + this.next(TAKER_LOTS);
    const id = this.write(at, MARKET, this.newOrder(), buying, 0, lots);
    this.submit(id, buying, buying ? ANY_PRICE.buying : ANY_PRICE.selling, lots, IMMEDIATE);
  }

  private cancel(at: number): void {
    const id = this.open[this.next(this.open.length)]!;
    this.write(at, CANCEL, id, false, 0, 0);
    this.book.remove(this.slotOf[id]!);
    this.forget(id);
  }

  private amend(at: number): void {
    const id = this.open[this.next(this.open.length)]!;
    const slot = this.slotOf[id]!;
    const buying = this.book.isBuy(slot);
    const before = this.book.ticksOf(slot);
    let ticks = this.passivePrice(buying);
    // With the same price a smaller size would keep its place here, and lose it there.
    if (ticks === before) ticks += buying ? -1 : 1;
    const lots = 1 + this.next(LOTS_MAX);
    this.write(at, AMEND, id, buying, ticks, lots);
    this.stream.filled[at] = this.filledOf[id]!;
    this.book.remove(slot);
    this.forget(id);
    this.submit(id, buying, ticks, lots, RESTS);
  }

  private submit(id: number, buying: boolean, ticks: number, lots: number, timeInForce: number): void {
    const slot = this.book.submit(userOf(id, buying), buying, ticks, lots, timeInForce, TAKER_YIELDS, false, 0);
    const { log } = this.book;
    for (let entry = 0; entry < log.count; entry += 1) {
      const maker = this.idAt[log.slots[entry]!]!;
      this.filledOf[maker]! += log.lots[entry]!;
      this.filledOf[id]! += log.lots[entry]!;
      if (log.kinds[entry] === USED_UP) this.forget(maker);
    }
    if (this.book.ending !== RESTED) return;
    this.slotOf[id] = slot;
    this.idAt[slot] = id;
    this.rankOf.set(id, this.open.length);
    this.open.push(id);
  }

  private forget(id: number): void {
    const rank = this.rankOf.get(id)!;
    const last = this.open.pop()!;
    this.rankOf.delete(id);
    if (last === id) return;
    this.open[rank] = last;
    this.rankOf.set(last, rank);
  }

  private newOrder(): number {
    this.stream.orders += 1;
    return this.stream.orders;
  }

  private write(at: number, kind: number, id: number, buying: boolean, ticks: number, lots: number): number {
    this.stream.kinds[at] = kind;
    this.stream.orderIds[at] = id;
    this.stream.buying[at] = buying ? 1 : 0;
    this.stream.ticks[at] = ticks;
    this.stream.lots[at] = lots;
    this.stream.users[at] = userOf(id, buying);
    return id;
  }

  /** 70 % near the touch, ever fewer further away, 30 % anywhere within 500 ticks; never where it would trade. */
  private passivePrice(buying: boolean): number {
    const near = Math.floor(-Math.log(1 - this.next(1_000_000) / 1_000_000) * NEAR_TICKS);
    const away = 1 + (this.next(10) < 7 ? near : this.next(FAR_TICKS));
    const other = this.book.bestTicks(!buying) ?? MIDDLE;
    return buying ? other - away : other + away;
  }

  private crossingPrice(buying: boolean): number {
    const other = this.book.bestTicks(!buying) ?? MIDDLE;
    return buying ? other + this.next(20) : other - this.next(20);
  }
}

function userOf(id: number, buying: boolean): number {
  return (id % (USERS / 2)) * 2 + (buying ? 1 : 0);
}

/** mulberry32. `next(n)` is 0 … n-1. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
