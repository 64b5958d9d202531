import { MatchLog } from './match-log.ts';
import {
  ALL_OR_NOTHING, FILLED, MAKER_YIELDS, MET_OWN_ORDER, NEXT_PART, NOBODY_YIELDS, NOT_ALL_REACHABLE, OWN_CANCELLED, PARTLY_USED, REST_CANCELLED, RESTED, RESTS,
  TAKER_YIELDS, USED_UP, WOULD_TAKE,
} from './order-codes.ts';
import { DISPLAY, HIDDEN, IN_BOOK, IN_STOPS, IS_BUY, LEVEL, LINKS_SHIFT, LOTS_SHIFT, NEXT, NONE, OrderSlots, OWNER, SHOWN, STOP_LEVEL } from './order-slots.ts';
import { PriceLevels } from './price-levels.ts';
import { reachableLots } from './reach.ts';

/**
 * One market's orders: price-time priority, whole ticks and whole lots (safe integers), no money, nothing allocated per command. It knows
 * owners (small numbers of the caller's), self-trade prevention, time in force, post-only, icebergs and stops. What an order met is in `log`.
 */
export class OrderBook {
  readonly bids = new PriceLevels('highest');
  readonly asks = new PriceLevels('lowest');
  /** Stops by stop price: the best one wakes first. */
  readonly buyStops = new PriceLevels('lowest');
  readonly sellStops = new PriceLevels('highest');
  readonly slots = new OrderSlots();
  readonly log = new MatchLog();
  /** Of the last submitted order: what became of it, and the lots that found no match. */
  ending = FILLED;
  left = 0;

  /** Matches an order and lets its rest lie, as it wishes. Returns the slot of what rests, else `NONE`. */
  submit(owner: number, buying: boolean, limit: number, lots: number, timeInForce: number, yields: number, postOnly: boolean, display: number): number {
    this.log.count = 0;
    this.left = lots;
    if (this.crosses(buying, limit)) {
      if (postOnly) {
        this.ending = WOULD_TAKE;
        return NONE;
      }
      if (timeInForce === ALL_OR_NOTHING && reachableLots(this, owner, buying, limit, lots, yields) < lots) {
        this.ending = NOT_ALL_REACHABLE;
        return NONE;
      }
      if (this.take(owner, buying, limit, lots, yields)) return NONE;
    } else if (timeInForce === ALL_OR_NOTHING) {
      this.ending = NOT_ALL_REACHABLE;
      return NONE;
    }
    if (this.left === 0) {
      this.ending = FILLED;
      return NONE;
    }
    if (timeInForce !== RESTS) {
      this.ending = REST_CANCELLED;
      return NONE;
    }
    this.ending = RESTED;
    return this.rest(owner, buying, limit, this.left, display, display);
  }

  /** Would an order with this limit trade at once? */
  crosses(buying: boolean, limit: number): boolean {
    const other = buying ? this.asks : this.bids;
    if (other.count === 0) return false;
    const best = other.ticks[other.best()]!;
    return buying ? best <= limit : best >= limit;
  }

  /** Puts an order at the end of its level's queue without a look at the other side. An iceberg shows `shown` first, then `display` at a time. */
  rest(owner: number, buying: boolean, ticks: number, lots: number, shown: number, display: number): number {
    const side = buying ? this.bids : this.asks;
    const level = side.open(ticks);
    const slot = this.slots.make(owner, buying);
    const amounts = this.slots.lots;
    const at = slot << LOTS_SHIFT;
    const visible = display === 0 || shown > lots ? lots : shown;
    amounts[at + SHOWN] = visible;
    amounts[at + HIDDEN] = lots - visible;
    amounts[at + DISPLAY] = display;
    this.slots.append(side, level, slot, IN_BOOK);
    side.lots[level]! += visible;
    side.hidden[level]! += lots - visible;
    return slot;
  }

  /** A stop that is not in the book. */
  sleep(owner: number, buying: boolean, stopTicks: number): number {
    const slot = this.slots.make(owner, buying);
    this.arm(slot, stopTicks);
    return slot;
  }

  /** Gives an order a stop, beside its place in the book. */
  arm(slot: number, stopTicks: number): void {
    const stops = this.slots.links[(slot << LINKS_SHIFT) + IS_BUY] === 1 ? this.buyStops : this.sellStops;
    this.slots.append(stops, stops.open(stopTicks), slot, IN_STOPS);
  }

  /** The slot of the stop that is next to wake at this last price, or `NONE`. BUY before SELL. */
  dueStop(lastTicks: number): number {
    const buy = this.buyStops.best();
    if (buy !== NONE && this.buyStops.ticks[buy]! <= lastTicks) return this.buyStops.head[buy]!;
    const sell = this.sellStops.best();
    if (sell !== NONE && this.sellStops.ticks[sell]! >= lastTicks) return this.sellStops.head[sell]!;
    return NONE;
  }

  /** Takes an order out, its stop included. The slot must be one that was given and has not been taken out since. */
  remove(slot: number): void {
    const { links, lots } = this.slots;
    const at = slot << LINKS_SHIFT;
    const buying = links[at + IS_BUY] === 1;
    const level = links[at + LEVEL]!;
    if (level !== NONE) {
      const side = buying ? this.bids : this.asks;
      side.lots[level]! -= lots[(slot << LOTS_SHIFT) + SHOWN]!;
      side.hidden[level]! -= lots[(slot << LOTS_SHIFT) + HIDDEN]!;
      this.slots.unlink(side, slot, IN_BOOK);
    }
    if (links[at + STOP_LEVEL] !== NONE) this.slots.unlink(buying ? this.buyStops : this.sellStops, slot, IN_STOPS);
    this.slots.release(slot);
  }

  /** Makes a resting order smaller where it stands: what it hides first. At least one lot must be left. */
  reduce(slot: number, by: number): void {
    const { links, lots } = this.slots;
    const level = links[(slot << LINKS_SHIFT) + LEVEL]!;
    const side = links[(slot << LINKS_SHIFT) + IS_BUY] === 1 ? this.bids : this.asks;
    const at = slot << LOTS_SHIFT;
    const hidden = Math.min(by, lots[at + HIDDEN]!);
    lots[at + HIDDEN]! -= hidden;
    lots[at + SHOWN]! -= by - hidden;
    side.hidden[level]! -= hidden;
    side.lots[level]! -= by - hidden;
  }

  /** The best price of a side in ticks, or `null`. */
  bestTicks(bid: boolean): number | null {
    const side = bid ? this.bids : this.asks;
    const level = side.best();
    return level === NONE ? null : side.ticks[level]!;
  }

  isBuy(slot: number): boolean {
    return this.slots.links[(slot << LINKS_SHIFT) + IS_BUY] === 1;
  }

  /** The price at which an order rests. */
  ticksOf(slot: number): number {
    return (this.isBuy(slot) ? this.bids : this.asks).ticks[this.slots.links[(slot << LINKS_SHIFT) + LEVEL]!]!;
  }

  /** What an order in the book shows. */
  shownLots(slot: number): number {
    return this.slots.lots[(slot << LOTS_SHIFT) + SHOWN]!;
  }

  /** The best `levels` price levels of a side: ticks and the lots they show, best first. */
  depth(bid: boolean, levels: number): [number, number][] {
    const side = bid ? this.bids : this.asks;
    const listed: [number, number][] = [];
    for (let rank = 0; rank < side.count && rank < levels; rank += 1) {
      const level = side.atRank(rank);
      listed.push([side.ticks[level]!, side.lots[level]!]);
    }
    return listed;
  }

  /** Best price and oldest order first, up to and including `limit`. True when it ended in front of an order of its own owner. */
  private take(owner: number, buying: boolean, limit: number, lots: number, yields: number): boolean {
    const side = buying ? this.asks : this.bids;
    let left = lots;
    while (left > 0 && side.count > 0) {
      const level = side.best();
      const ticks = side.ticks[level]!;
      if (buying ? ticks > limit : ticks < limit) break;
      const slot = side.head[level]!;
      if (yields !== NOBODY_YIELDS && this.slots.links[(slot << LINKS_SHIFT) + OWNER] === owner) {
        if ((yields & MAKER_YIELDS) !== 0) {
          this.log.add(OWN_CANCELLED, slot, ticks, 0);
          this.remove(slot);
        }
        if ((yields & TAKER_YIELDS) === 0) continue;
        this.left = left;
        this.ending = MET_OWN_ORDER;
        return true;
      }
      left -= this.takeFrom(side, level, slot, ticks, left);
    }
    this.left = left;
    return false;
  }

  /** One trade with what the first order of a level shows. Returns its lots. */
  private takeFrom(side: PriceLevels, level: number, slot: number, ticks: number, wanted: number): number {
    const amounts = this.slots.lots;
    const at = slot << LOTS_SHIFT;
    const shown = amounts[at + SHOWN]!;
    if (wanted < shown) {
      amounts[at + SHOWN] = shown - wanted;
      side.lots[level]! -= wanted;
      this.log.add(PARTLY_USED, slot, ticks, wanted);
      return wanted;
    }
    const hidden = amounts[at + HIDDEN]!;
    if (hidden === 0) {
      this.log.add(USED_UP, slot, ticks, shown);
      this.remove(slot);
      return shown;
    }
    const display = amounts[at + DISPLAY]!;
    const next = hidden < display ? hidden : display;
    amounts[at + SHOWN] = next;
    amounts[at + HIDDEN] = hidden - next;
    side.lots[level]! += next - shown;
    side.hidden[level]! -= next;
    if (this.slots.links[(slot << LINKS_SHIFT) + NEXT] !== NONE) {
      this.slots.detach(side, slot, IN_BOOK);
      this.slots.append(side, level, slot, IN_BOOK);
    }
    this.log.add(NEXT_PART, slot, ticks, shown);
    return shown;
  }
}
