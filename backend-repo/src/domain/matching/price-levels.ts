const LEVELS_AT_START = 64;

/**
 * The price levels of one side of a book, best last. A level is a small number (an index into the arrays below) that stays the same while the
 * level lives. Prices are whole ticks, amounts whole lots. Opening and closing a level shifts the levels that are better than it: those near
 * the touch change most and cost least.
 */
export class PriceLevels {
  /** How many levels there are. */
  count = 0;
  /** All lots that rest on this side. */
  totalLots = 0;
  ticks = new Float64Array(LEVELS_AT_START);
  lots = new Float64Array(LEVELS_AT_START);
  orders = new Int32Array(LEVELS_AT_START);
  /** First and last order slot of the level's queue. */
  head = new Int32Array(LEVELS_AT_START);
  tail = new Int32Array(LEVELS_AT_START);

  private readonly sign: 1 | -1;
  /** sign × ticks, ascending, so that the best price is last on both sides. */
  private keys = new Float64Array(LEVELS_AT_START);
  private levelAt = new Int32Array(LEVELS_AT_START);
  private freed: number[] = [];
  private made = 0;

  constructor(side: 'bids' | 'asks') {
    this.sign = side === 'bids' ? 1 : -1;
  }

  /** The level with the best price, or -1. */
  best(): number {
    return this.count === 0 ? -1 : (this.levelAt[this.count - 1] as number);
  }

  /** The level at a rank (0 = best). The rank must be below `count`. */
  atRank(rank: number): number {
    return this.levelAt[this.count - 1 - rank] as number;
  }

  /** The level at this price; made when there is none. */
  open(ticks: number): number {
    const key = ticks * this.sign;
    const position = this.positionOf(key);
    if (position < this.count && this.keys[position] === key) return this.levelAt[position] as number;
    if (this.count === this.keys.length) this.grow();
    this.keys.copyWithin(position + 1, position, this.count);
    this.levelAt.copyWithin(position + 1, position, this.count);
    const level = this.freed.pop() ?? this.made++;
    this.keys[position] = key;
    this.levelAt[position] = level;
    this.count += 1;
    this.ticks[level] = ticks;
    this.lots[level] = 0;
    this.orders[level] = 0;
    this.head[level] = -1;
    this.tail[level] = -1;
    return level;
  }

  /** Forgets an empty level. */
  close(level: number): void {
    const position = this.positionOf((this.ticks[level] as number) * this.sign);
    this.keys.copyWithin(position, position + 1, this.count);
    this.levelAt.copyWithin(position, position + 1, this.count);
    this.count -= 1;
    this.freed.push(level);
  }

  /** What is wrong with the arrays themselves; empty when all is well. */
  problems(): string[] {
    const found: string[] = [];
    for (let i = 1; i < this.count; i += 1) {
      if ((this.keys[i - 1] as number) >= (this.keys[i] as number)) found.push(`levels out of order at ${i}`);
    }
    if (this.made - this.freed.length !== this.count) found.push(`${this.made - this.freed.length} levels in use, ${this.count} listed`);
    return found;
  }

  /** The first position whose key is not below `key`. */
  private positionOf(key: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] as number) < key) low = middle + 1;
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
    this.orders = grownInts(this.orders, size);
    this.head = grownInts(this.head, size);
    this.tail = grownInts(this.tail, size);
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
