import { grownFloats, grownInts, PriceLevels } from './price-levels.ts';

const SLOTS_AT_START = 1024;
const FILLS_AT_START = 64;
const NONE = -1;

/** The limit of an order that takes any price. */
export const ANY_PRICE = { buying: Number.POSITIVE_INFINITY, selling: 0 } as const;

/** One resting order, as `OrderBook.resting` lists it. */
export interface RestingOrder {
  readonly id: number;
  readonly owner: number;
  readonly ticks: number;
  readonly lots: number;
  readonly slot: number;
}

/**
 * One market's book: price-time priority, whole ticks and whole lots (safe integers), no money. An order rests in a slot, a row of parallel
 * typed arrays that is also a link of its level's queue, so that cancelling costs the same in a queue of ten and of a hundred thousand, and
 * nothing is allocated per order. The caller keeps the slot that `add` returns until the order leaves the book.
 *
 * Self-trade: an incoming order stops in front of the first resting order of its own owner (contract: the incoming rest is cancelled).
 */
export class OrderBook {
  readonly bids = new PriceLevels('bids');
  readonly asks = new PriceLevels('asks');

  /** What the last `take` took, oldest first: entries 0 … fillCount-1 of the three arrays. */
  fillCount = 0;
  fillIds = new Float64Array(FILLS_AT_START);
  fillTicks = new Float64Array(FILLS_AT_START);
  fillLots = new Float64Array(FILLS_AT_START);
  /** The last `take` or `costOf` ended in front of an order of the same owner. */
  metOwnOrder = false;

  private ids = new Float64Array(SLOTS_AT_START);
  private owners = new Float64Array(SLOTS_AT_START);
  private lots = new Float64Array(SLOTS_AT_START);
  private levelOf = new Int32Array(SLOTS_AT_START);
  private next = new Int32Array(SLOTS_AT_START);
  private previous = new Int32Array(SLOTS_AT_START);
  private isBid = new Uint8Array(SLOTS_AT_START);
  /** Freed slots form a stack through `next`. */
  private freeSlot = NONE;
  private slotsMade = 0;
  private slotsFree = 0;

  /** How many orders rest here. */
  get size(): number {
    return this.slotsMade - this.slotsFree;
  }

  /** Puts an order at the end of its level's queue. Returns its slot. */
  add(id: number, owner: number, bid: boolean, ticks: number, lots: number): number {
    const side = bid ? this.bids : this.asks;
    const level = side.open(ticks);
    const slot = this.newSlot();
    this.ids[slot] = id;
    this.owners[slot] = owner;
    this.lots[slot] = lots;
    this.levelOf[slot] = level;
    this.isBid[slot] = bid ? 1 : 0;
    const last = side.tail[level] as number;
    this.previous[slot] = last;
    this.next[slot] = NONE;
    if (last === NONE) side.head[level] = slot;
    else this.next[last] = slot;
    side.tail[level] = slot;
    side.lots[level] = (side.lots[level] as number) + lots;
    side.orders[level] = (side.orders[level] as number) + 1;
    side.totalLots += lots;
    return slot;
  }

  /** Takes a resting order out. The slot must be one that `add` returned and that has not left since. */
  remove(slot: number): void {
    const side = this.isBid[slot] === 1 ? this.bids : this.asks;
    const level = this.levelOf[slot] as number;
    const before = this.previous[slot] as number;
    const after = this.next[slot] as number;
    if (before === NONE) side.head[level] = after;
    else this.next[before] = after;
    if (after === NONE) side.tail[level] = before;
    else this.previous[after] = before;
    const lots = this.lots[slot] as number;
    side.lots[level] = (side.lots[level] as number) - lots;
    side.totalLots -= lots;
    const left = (side.orders[level] as number) - 1;
    side.orders[level] = left;
    if (left === 0) side.close(level);
    this.next[slot] = this.freeSlot;
    this.freeSlot = slot;
    this.slotsFree += 1;
  }

  /**
   * Matches an incoming order against the other side, best price and oldest order first, up to and including `limit` ticks. Resting orders
   * that are used up leave the book. Returns the lots that found no match; the fills are in `fillIds`, `fillTicks`, `fillLots`.
   */
  take(buying: boolean, limit: number, lots: number, owner: number): number {
    const side = buying ? this.asks : this.bids;
    let left = lots;
    this.fillCount = 0;
    this.metOwnOrder = false;
    while (left > 0 && side.count > 0) {
      const level = side.best();
      const ticks = side.ticks[level] as number;
      if (buying ? ticks > limit : ticks < limit) break;
      const slot = side.head[level] as number;
      if (this.owners[slot] === owner) {
        this.metOwnOrder = true;
        break;
      }
      const resting = this.lots[slot] as number;
      const filled = resting < left ? resting : left;
      this.recordFill(this.ids[slot] as number, ticks, filled);
      left -= filled;
      if (filled === resting) {
        this.remove(slot);
      } else {
        this.lots[slot] = resting - filled;
        side.lots[level] = (side.lots[level] as number) - filled;
        side.totalLots -= filled;
      }
    }
    return left;
  }

  /** What `take` without a limit would cost, in ticks × lots, up to the lots it can reach. Changes nothing but `metOwnOrder`. */
  costOf(buying: boolean, lots: number, owner: number): bigint {
    const side = buying ? this.asks : this.bids;
    let left = lots;
    let cost = 0n;
    this.metOwnOrder = false;
    for (let rank = 0; rank < side.count && left > 0; rank += 1) {
      const level = side.atRank(rank);
      let here = 0;
      for (let slot = side.head[level] as number; slot !== NONE && here < left; slot = this.next[slot] as number) {
        if (this.owners[slot] === owner) {
          this.metOwnOrder = true;
          break;
        }
        here += this.lots[slot] as number;
      }
      const taken = here < left ? here : left;
      cost += BigInt(side.ticks[level] as number) * BigInt(taken);
      if (this.metOwnOrder) break;
      left -= taken;
    }
    return cost;
  }

  /** The best price of a side in ticks, or `null`. */
  bestTicks(bid: boolean): number | null {
    const side = bid ? this.bids : this.asks;
    const level = side.best();
    return level === NONE ? null : (side.ticks[level] as number);
  }

  /** The best `levels` price levels of a side: ticks and total lots, best first. */
  depth(bid: boolean, levels: number): [number, number][] {
    const side = bid ? this.bids : this.asks;
    const listed: [number, number][] = [];
    for (let rank = 0; rank < side.count && rank < levels; rank += 1) {
      const level = side.atRank(rank);
      listed.push([side.ticks[level] as number, side.lots[level] as number]);
    }
    return listed;
  }

  /** All resting orders of a side in the order in which they would be matched. */
  *resting(bid: boolean): Generator<RestingOrder> {
    const side = bid ? this.bids : this.asks;
    for (let rank = 0; rank < side.count; rank += 1) {
      const level = side.atRank(rank);
      for (let slot = side.head[level] as number; slot !== NONE; slot = this.next[slot] as number) {
        yield { id: this.ids[slot] as number, owner: this.owners[slot] as number, ticks: side.ticks[level] as number, lots: this.lots[slot] as number, slot };
      }
    }
  }

  private recordFill(id: number, ticks: number, lots: number): void {
    const at = this.fillCount;
    if (at === this.fillIds.length) {
      this.fillIds = grownFloats(this.fillIds, at * 2);
      this.fillTicks = grownFloats(this.fillTicks, at * 2);
      this.fillLots = grownFloats(this.fillLots, at * 2);
    }
    this.fillIds[at] = id;
    this.fillTicks[at] = ticks;
    this.fillLots[at] = lots;
    this.fillCount = at + 1;
  }

  private newSlot(): number {
    if (this.freeSlot !== NONE) {
      const slot = this.freeSlot;
      this.freeSlot = this.next[slot] as number;
      this.slotsFree -= 1;
      return slot;
    }
    if (this.slotsMade === this.ids.length) this.grow();
    return this.slotsMade++;
  }

  private grow(): void {
    const size = this.ids.length * 2;
    this.ids = grownFloats(this.ids, size);
    this.owners = grownFloats(this.owners, size);
    this.lots = grownFloats(this.lots, size);
    this.levelOf = grownInts(this.levelOf, size);
    this.next = grownInts(this.next, size);
    this.previous = grownInts(this.previous, size);
    const flags = new Uint8Array(size);
    flags.set(this.isBid);
    this.isBid = flags;
  }
}
