import { grownFloats, grownInts } from './price-levels.ts';

const ENTRIES_AT_START = 64;

/** What an incoming order met, oldest first: entries 0 … count-1 of the arrays. The next order forgets it. */
export class MatchLog {
  count = 0;
  kinds = new Int32Array(ENTRIES_AT_START);
  /** Where the resting order was; nobody uses its slot again before the next order rests. */
  slots = new Int32Array(ENTRIES_AT_START);
  ticks = new Float64Array(ENTRIES_AT_START);
  lots = new Float64Array(ENTRIES_AT_START);

  add(kind: number, slot: number, ticks: number, lots: number): void {
    const at = this.count;
    if (at === this.kinds.length) this.grow();
    this.kinds[at] = kind;
    this.slots[at] = slot;
    this.ticks[at] = ticks;
    this.lots[at] = lots;
    this.count = at + 1;
  }

  private grow(): void {
    const size = this.kinds.length * 2;
    this.kinds = grownInts(this.kinds, size);
    this.slots = grownInts(this.slots, size);
    this.ticks = grownFloats(this.ticks, size);
    this.lots = grownFloats(this.lots, size);
  }
}
