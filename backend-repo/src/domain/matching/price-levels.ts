const LEVELS_AT_START = 64;
/** Prices whose level was used lately are found without a search. A power of two. */
const HINTS = 4096;
/** Up to here a loop moves the better levels faster than a call does. */
const MOVED_BY_HAND_MAX = 24;

/**
 * The price levels of one side of a book, or of one side's stops, best last. A level is a small number (an index into the arrays below) that
 * stays the same while the level lives. Prices are whole ticks, amounts whole lots. Opening and closing a level shifts the levels that are
 * better than it: those near the touch change most and cost least.
 */
export class PriceLevels {
  /** How many levels there are. */
  count = 0;
  ticks = new Float64Array(LEVELS_AT_START);
  /** What the level shows, and what its icebergs hide. */
  lots = new Float64Array(LEVELS_AT_START);
  hidden = new Float64Array(LEVELS_AT_START);
  /** Lots of one owner at the level while somebody measures what that owner can reach; else 0. */
  own = new Float64Array(LEVELS_AT_START);
  orders = new Int32Array(LEVELS_AT_START);
  /** First and last order slot of the level's queue. */
  head = new Int32Array(LEVELS_AT_START);
  tail = new Int32Array(LEVELS_AT_START);

  private readonly sign: 1 | -1;
  /** sign × ticks, ascending, so that the best price is last on both sides. */
  private keys = new Float64Array(LEVELS_AT_START);
  private levelAt = new Int32Array(LEVELS_AT_START);
  private readonly hints = new Int32Array(HINTS);
  private freed = new Int32Array(LEVELS_AT_START);
  private freedCount = 0;
  private made = 0;

  constructor(best: 'highest' | 'lowest') {
    this.sign = best === 'highest' ? 1 : -1;
  }

  /** The level with the best price, or -1. */
  best(): number {
    return this.count === 0 ? -1 : this.levelAt[this.count - 1]!;
  }

  /** The level at a rank (0 = best). The rank must be below `count`. */
  atRank(rank: number): number {
    return this.levelAt[this.count - 1 - rank]!;
  }

  /** The level at this price; made when there is none. */
  open(ticks: number): number {
    // The low bits of ticks up to 2^52: `%` of a large float is slow, and a wrong hint costs a search only.
    const hint = (ticks | 0) & (HINTS - 1);
    const hinted = this.hints[hint]!;
    if (this.ticks[hinted] === ticks && this.orders[hinted]! > 0) return hinted;
    const level = this.find(ticks);
    this.hints[hint] = level;
    return level;
  }

  /** Forgets an empty level. */
  close(level: number): void {
    const position = this.positionOf(this.ticks[level]! * this.sign);
    const { keys, levelAt } = this;
    if (this.count - position <= MOVED_BY_HAND_MAX) {
      for (let at = position + 1; at < this.count; at += 1) {
        keys[at - 1] = keys[at]!;
        levelAt[at - 1] = levelAt[at]!;
      }
    } else {
      keys.copyWithin(position, position + 1, this.count);
      levelAt.copyWithin(position, position + 1, this.count);
    }
    this.count -= 1;
    this.freed[this.freedCount] = level;
    this.freedCount += 1;
  }

  /** What is wrong with the arrays themselves; empty when all is well. */
  problems(): string[] {
    const found: string[] = [];
    for (let at = 1; at < this.count; at += 1) {
      if (this.keys[at - 1]! >= this.keys[at]!) found.push(`levels out of order at ${at}`);
    }
    if (this.made - this.freedCount !== this.count) found.push(`${this.made - this.freedCount} levels in use, ${this.count} listed`);
    for (let rank = 0; rank < this.count; rank += 1) {
      if (this.own[this.atRank(rank)] !== 0) found.push(`level ${this.ticks[this.atRank(rank)]} still counts somebody's own lots`);
    }
    return found;
  }

  private find(ticks: number): number {
    const key = ticks * this.sign;
    const position = this.positionOf(key);
    if (position < this.count && this.keys[position] === key) return this.levelAt[position]!;
    if (this.count === this.keys.length) this.grow();
    const { keys, levelAt } = this;
    if (this.count - position <= MOVED_BY_HAND_MAX) {
      for (let at = this.count; at > position; at -= 1) {
        keys[at] = keys[at - 1]!;
        levelAt[at] = levelAt[at - 1]!;
      }
    } else {
      keys.copyWithin(position + 1, position, this.count);
      levelAt.copyWithin(position + 1, position, this.count);
    }
    const level = this.newLevel();
    keys[position] = key;
    levelAt[position] = level;
    this.count += 1;
    this.ticks[level] = ticks;
    this.lots[level] = 0;
    this.hidden[level] = 0;
    this.orders[level] = 0;
    this.head[level] = -1;
    this.tail[level] = -1;
    return level;
  }

  private newLevel(): number {
    if (this.freedCount === 0) return this.made++;
    this.freedCount -= 1;
    return this.freed[this.freedCount]!;
  }

  /** The first position whose key is not below `key`. */
  private positionOf(key: number): number {
    const { keys } = this;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(): void {
    const size = this.keys.length * 2;
    this.keys = grownFloats(this.keys, size);
    this.levelAt = grownInts(this.levelAt, size);
    this.ticks = grownFloats(this.ticks, size);
    this.lots = grownFloats(this.lots, size);
    this.hidden = grownFloats(this.hidden, size);
    this.own = grownFloats(this.own, size);
    this.orders = grownInts(this.orders, size);
    this.head = grownInts(this.head, size);
    this.tail = grownInts(this.tail, size);
    this.freed = grownInts(this.freed, size);
  }
}

export function grownFloats(old: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(size);
  grown.set(old);
  return grown;
}

export function grownInts(old: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(size);
  grown.set(old);
  return grown;
}
