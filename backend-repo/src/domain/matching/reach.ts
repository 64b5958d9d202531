/**
 * What an incoming order would meet, before anything trades. Levels are counted by their totals. Only at a level where the order's own owner
 * stands is more to be known: what they hide and show (where the resting order would give way), or what is in front of the first of them
 * (where the incoming one would), and these are the orders that it would trade with next.
 */
import type { OrderBook } from './order-book.ts';
import { NOBODY_YIELDS, TAKER_YIELDS } from './order-codes.ts';
import { HIDDEN, IS_BUY, LEVEL, LINKS_SHIFT, LOTS_SHIFT, NEXT, NONE, OWN_NEXT, OWNER, SHOWN } from './order-slots.ts';
import type { PriceLevels } from './price-levels.ts';

/** How many of `lots` it can reach within its limit. `owner` is `NONE` for one who has never had an order here. */
export function reachableLots(book: OrderBook, owner: number, buying: boolean, limit: number, lots: number, yields: number): number {
  const other = buying ? book.asks : book.bids;
  const hasOwn = countOwn(book, other, owner, buying, yields);
  let left = lots;
  for (let rank = 0; rank < other.count && left > 0; rank += 1) {
    const level = other.atRank(rank);
    if (isBeyond(other.ticks[level]!, buying, limit)) break;
    const blocked = hasOwn && isBlocked(other, level, yields);
    left -= Math.min(left, lotsAt(book, other, level, owner, left, blocked));
    if (blocked) break;
  }
  if (hasOwn) forgetOwn(book, other, owner, buying);
  return lots - left;
}

/** What those lots would cost or bring, in ticks × lots. */
export function reachableCost(book: OrderBook, owner: number, buying: boolean, limit: number, lots: number, yields: number): bigint {
  const other = buying ? book.asks : book.bids;
  const hasOwn = countOwn(book, other, owner, buying, yields);
  let left = lots;
  let cost = 0n;
  for (let rank = 0; rank < other.count && left > 0; rank += 1) {
    const level = other.atRank(rank);
    const ticks = other.ticks[level]!;
    if (isBeyond(ticks, buying, limit)) break;
    const blocked = hasOwn && isBlocked(other, level, yields);
    const taken = Math.min(left, lotsAt(book, other, level, owner, left, blocked));
    cost += steps(ticks, taken);
    left -= taken;
    if (blocked) break;
  }
  if (hasOwn) forgetOwn(book, other, owner, buying);
  return cost;
}

/** How many lots can be had for at most `budget` (ticks × lots), from the best price on, up to the first that it does not pay for. */
export function lotsForBudget(book: OrderBook, owner: number, buying: boolean, limit: number, budget: bigint, yields: number): number {
  const other = buying ? book.asks : book.bids;
  const hasOwn = countOwn(book, other, owner, buying, yields);
  let lots = 0;
  let rest = budget;
  for (let rank = 0; rank < other.count; rank += 1) {
    const level = other.atRank(rank);
    const ticks = other.ticks[level]!;
    if (isBeyond(ticks, buying, limit)) break;
    const blocked = hasOwn && isBlocked(other, level, yields);
    const affordable = Number(rest / BigInt(ticks));
    const here = lotsAt(book, other, level, owner, affordable, blocked);
    const taken = Math.min(affordable, here);
    lots += taken;
    rest -= steps(ticks, taken);
    if (blocked || taken < here) break;
  }
  if (hasOwn) forgetOwn(book, other, owner, buying);
  return lots;
}

export function steps(ticks: number, lots: number): bigint {
  const product = ticks * lots;
  return Number.isSafeInteger(product) ? BigInt(product) : BigInt(ticks) * BigInt(lots);
}

function isBeyond(ticks: number, buying: boolean, limit: number): boolean {
  return buying ? ticks > limit : ticks < limit;
}

function isBlocked(other: PriceLevels, level: number, yields: number): boolean {
  return (yields & TAKER_YIELDS) !== 0 && other.own[level]! > 0;
}

/** What can be had at a level; of a blocked one no more is counted than `wanted`. */
function lotsAt(book: OrderBook, other: PriceLevels, level: number, owner: number, wanted: number, blocked: boolean): number {
  if (!blocked) return other.lots[level]! + other.hidden[level]! - other.own[level]!;
  const { links, lots } = book.slots;
  let ahead = 0;
  for (let slot = other.head[level]!; slot !== NONE && ahead < wanted; slot = links[(slot << LINKS_SHIFT) + NEXT]!) {
    if (links[(slot << LINKS_SHIFT) + OWNER] === owner) break;
    ahead += lots[(slot << LOTS_SHIFT) + SHOWN]!;
  }
  return ahead;
}

/** Writes down at which levels of the other side the owner stands, with how much. False: at none, or nobody would mind. */
function countOwn(book: OrderBook, other: PriceLevels, owner: number, buying: boolean, yields: number): boolean {
  return yields !== NOBODY_YIELDS && owner !== NONE && markOwn(book, other, owner, buying, 1);
}

function forgetOwn(book: OrderBook, other: PriceLevels, owner: number, buying: boolean): void {
  markOwn(book, other, owner, buying, 0);
}

function markOwn(book: OrderBook, other: PriceLevels, owner: number, buying: boolean, factor: 0 | 1): boolean {
  const { links, lots } = book.slots;
  const side = buying ? 0 : 1;
  let found = false;
  for (let slot = book.slots.ownHead(owner); slot !== NONE; slot = links[(slot << LINKS_SHIFT) + OWN_NEXT]!) {
    const at = slot << LINKS_SHIFT;
    const level = links[at + LEVEL]!;
    if (level === NONE || links[at + IS_BUY] !== side) continue;
    found = true;
    const own = lots[(slot << LOTS_SHIFT) + SHOWN]! + lots[(slot << LOTS_SHIFT) + HIDDEN]!;
    other.own[level] = factor === 0 ? 0 : other.own[level]! + own;
  }
  return found;
}
