import { grownFloats, grownInts, type PriceLevels } from './price-levels.ts';

const SLOTS_AT_START = 1024;
export const NONE = -1;

/**
 * A slot's links, sixteen to a slot, so that an order lies in one cache line. Where a queue's links begin in it: `IN_BOOK` and `IN_STOPS`.
 * Each queue has next, previous and level, in this order; a level of `NONE` says that the order is not in that queue.
 */
export const LINKS_SHIFT = 4;
export const IN_BOOK = 0;
export const IN_STOPS = 3;
export const NEXT = 0;
export const PREVIOUS = 1;
export const LEVEL = 2;
export const STOP_LEVEL = IN_STOPS + LEVEL;
export const OWNER = 6;
export const OWN_NEXT = 7;
export const OWN_PREVIOUS = 8;
export const IS_BUY = 9;

/** A slot's lots, four to a slot: shown in the book, hidden behind it, and how many an iceberg shows at a time (0: it is none). */
export const LOTS_SHIFT = 2;
export const SHOWN = 0;
export const HIDDEN = 1;
export const DISPLAY = 2;

/**
 * Where the open orders of one market are kept: rows of two typed arrays that are links of their queues too, so that nothing is allocated per
 * order and leaving a queue costs the same in a queue of ten and of a hundred thousand.
 */
export class OrderSlots {
  links = new Int32Array(SLOTS_AT_START << LINKS_SHIFT);
  lots = new Float64Array(SLOTS_AT_START << LOTS_SHIFT);
  /** First slot of each owner's list. */
  private ownHeads = new Int32Array(64).fill(NONE);
  /** Freed slots form a stack through `NEXT`. */
  private freeSlot = NONE;
  private made = 0;
  private free = 0;

  /** How many orders there are. */
  get size(): number {
    return this.made - this.free;
  }

  /** A slot that is in no queue yet. */
  make(owner: number, buying: boolean): number {
    const slot = this.freeSlot === NONE ? this.newSlot() : this.reusedSlot();
    const { links } = this;
    const at = slot << LINKS_SHIFT;
    const first = this.ownHead(owner);
    links[at + LEVEL] = NONE;
    links[at + STOP_LEVEL] = NONE;
    links[at + OWNER] = owner;
    links[at + IS_BUY] = buying ? 1 : 0;
    links[at + OWN_NEXT] = first;
    links[at + OWN_PREVIOUS] = NONE;
    if (first !== NONE) links[(first << LINKS_SHIFT) + OWN_PREVIOUS] = slot;
    this.ownHeads[owner] = slot;
    return slot;
  }

  /** The slot must be in no queue any more. Its links and lots can be read until the next `make`. */
  release(slot: number): void {
    const { links } = this;
    const at = slot << LINKS_SHIFT;
    const after = links[at + OWN_NEXT]!;
    const before = links[at + OWN_PREVIOUS]!;
    if (before === NONE) this.ownHeads[links[at + OWNER]!] = after;
    else links[(before << LINKS_SHIFT) + OWN_NEXT] = after;
    if (after !== NONE) links[(after << LINKS_SHIFT) + OWN_PREVIOUS] = before;
    links[at + NEXT] = this.freeSlot;
    this.freeSlot = slot;
    this.free += 1;
  }

  /** The owner's newest slot; the others follow through `OWN_NEXT`. */
  ownHead(owner: number): number {
    if (owner >= this.ownHeads.length) this.growOwners(owner);
    return this.ownHeads[owner]!;
  }

  /** Puts a slot at the end of a level's queue. `queue` is `IN_BOOK` or `IN_STOPS`. */
  append(side: PriceLevels, level: number, slot: number, queue: number): void {
    const { links } = this;
    const at = (slot << LINKS_SHIFT) + queue;
    const last = side.tail[level]!;
    links[at + NEXT] = NONE;
    links[at + PREVIOUS] = last;
    links[at + LEVEL] = level;
    if (last === NONE) side.head[level] = slot;
    else links[(last << LINKS_SHIFT) + queue + NEXT] = slot;
    side.tail[level] = slot;
    side.orders[level]! += 1;
  }

  /** Takes a slot out of its queue and closes a level that is empty then. */
  unlink(side: PriceLevels, slot: number, queue: number): void {
    this.detach(side, slot, queue);
    const at = (slot << LINKS_SHIFT) + queue;
    const level = this.links[at + LEVEL]!;
    this.links[at + LEVEL] = NONE;
    if (side.orders[level] === 0) side.close(level);
  }

  /** As `unlink`, but the level stays: for a slot that goes to its end at once. */
  detach(side: PriceLevels, slot: number, queue: number): void {
    const { links } = this;
    const at = (slot << LINKS_SHIFT) + queue;
    const level = links[at + LEVEL]!;
    const before = links[at + PREVIOUS]!;
    const after = links[at + NEXT]!;
    if (before === NONE) side.head[level] = after;
    else links[(before << LINKS_SHIFT) + queue + NEXT] = after;
    if (after === NONE) side.tail[level] = before;
    else links[(after << LINKS_SHIFT) + queue + PREVIOUS] = before;
    side.orders[level]! -= 1;
  }

  private reusedSlot(): number {
    const slot = this.freeSlot;
    this.freeSlot = this.links[(slot << LINKS_SHIFT) + NEXT]!;
    this.free -= 1;
    return slot;
  }

  private newSlot(): number {
    if (this.made << LINKS_SHIFT === this.links.length) {
      this.links = grownInts(this.links, this.links.length * 2);
      this.lots = grownFloats(this.lots, this.lots.length * 2);
    }
    return this.made++;
  }

  private growOwners(owner: number): void {
    const grown = new Int32Array(Math.max(owner + 1, this.ownHeads.length * 2)).fill(NONE);
    grown.set(this.ownHeads);
    this.ownHeads = grown;
  }
}
