import { isAsleep, type LiveOrder } from './live-order.ts';
import type { Market } from './market.ts';
import { DISPLAY, HIDDEN, IN_BOOK, IN_STOPS, IS_BUY, LEVEL, LINKS_SHIFT, LOTS_SHIFT, NEXT, NONE, OWN_NEXT, OWNER, PREVIOUS, SHOWN } from './order-slots.ts';
import type { PriceLevels } from './price-levels.ts';
import { isStirring } from './sending.ts';
import type { Venue } from './venue.ts';

/**
 * The book is not crossed and holds exactly the open orders; each queue is in order of priority, each level knows its lots, each iceberg shows
 * no more than it may, each stop that waits stands at its price and none is due (unless the last command had to leave it), and no slot is lost.
 */
export function bookProblems({ orders, restless }: Venue, market: Market): string[] {
  const { book, symbol } = market;
  const found: string[] = [];
  const bid = book.bestTicks(true);
  const ask = book.bestTicks(false);
  if (bid !== null && ask !== null && bid >= ask) found.push(`crossed, bid ${bid} ask ${ask}`);
  const seen = new Set<LiveOrder>();
  for (const [side, buying] of [[book.bids, true], [book.asks, false]] as const) found.push(...side.problems(), ...queueProblems(market, side, buying, seen));
  for (const [stops, buying] of [[book.buyStops, true], [book.sellStops, false]] as const) found.push(...stops.problems(), ...stopProblems(market, stops, buying, seen));
  for (const order of seen) if (orders.get(order.id) !== order) found.push(`order ${order.id} rests in the book but is not open`);
  if (seen.size !== book.slots.size) found.push(`${seen.size} orders rest or sleep, ${book.slots.size} slots are in use`);
  if (restless !== market && isStirring(market)) found.push(`order ${market.orderAt[book.dueStop(market.lastTicks)]?.id} should have woken`);
  found.push(...ownerProblems(market, seen));
  return found.map((problem) => `${symbol}: ${problem}`);
}

function queueProblems(market: Market, side: PriceLevels, buying: boolean, seen: Set<LiveOrder>): string[] {
  const found: string[] = [];
  const { links, lots } = market.book.slots;
  for (let rank = 0; rank < side.count; rank += 1) {
    const level = side.atRank(rank);
    const ticks = side.ticks[level]!;
    const queue = queueOf(market, side, level, IN_BOOK, found);
    let [shown, hidden] = [0, 0];
    for (const order of queue) {
      const at = order.slot << LOTS_SHIFT;
      seen.add(order);
      shown += lots[at + SHOWN]!;
      hidden += lots[at + HIDDEN]!;
      if (order.buying !== buying || order.ticks !== ticks || isAsleep(order)) found.push(`order ${order.id} rests in the book but is not open like that`);
      if (lots[at + SHOWN]! <= 0 || lots[at + HIDDEN]! < 0 || lots[at + SHOWN]! + lots[at + HIDDEN]! !== order.openLots) found.push(`order ${order.id} has ${order.openLots} lots open, not what it shows and hides`);
      if (order.type === 'ICEBERG' ? lots[at + SHOWN]! > lots[at + DISPLAY]! : lots[at + HIDDEN] !== 0) found.push(`order ${order.id} does not show what it should`);
      if (order.stopTicks > 0 && links[(order.slot << LINKS_SHIFT) + IN_STOPS + LEVEL] === NONE) found.push(`the stop of order ${order.id} is not armed`);
    }
    if (shown !== side.lots[level] || hidden !== side.hidden[level]) found.push(`level ${ticks} does not add up`);
  }
  return found;
}

function stopProblems(market: Market, stops: PriceLevels, buying: boolean, seen: Set<LiveOrder>): string[] {
  const found: string[] = [];
  for (let rank = 0; rank < stops.count; rank += 1) {
    const level = stops.atRank(rank);
    for (const order of queueOf(market, stops, level, IN_STOPS, found)) {
      if (order.buying !== buying || order.stopTicks !== stops.ticks[level]) found.push(`order ${order.id} sleeps among the stops but is not open like that`);
      if (isAsleep(order)) seen.add(order);
      else if (!seen.has(order)) found.push(`order ${order.id} has a stop but does not rest`);
    }
  }
  return found;
}

/** The orders of a level, as linked; what is wrong with the links goes to `found`. */
function queueOf(market: Market, side: PriceLevels, level: number, queue: number, found: string[]): LiveOrder[] {
  const { links } = market.book.slots;
  const orders: LiveOrder[] = [];
  let before = NONE;
  for (let slot = side.head[level]!; slot !== NONE && orders.length <= side.orders[level]!; slot = links[(slot << LINKS_SHIFT) + queue + NEXT]!) {
    const order = market.orderAt[slot]!;
    const at = (slot << LINKS_SHIFT) + queue;
    const last = orders.at(-1);
    if (order.slot !== slot || links[at + PREVIOUS] !== before || links[at + LEVEL] !== level) found.push(`slot ${slot} is linked wrongly`);
    if (last !== undefined && last.priority >= order.priority) found.push(`order ${last.id} stands before ${order.id}, which came first`);
    orders.push(order);
    before = slot;
  }
  if (orders.length !== side.orders[level] || orders.length === 0 || side.tail[level] !== before) found.push(`level ${side.ticks[level]} does not add up`);
  return orders;
}

/** Each owner's list has exactly that owner's orders, and the counted lots are theirs. */
function ownerProblems(market: Market, seen: ReadonlySet<LiveOrder>): string[] {
  const found: string[] = [];
  const { slots } = market.book;
  const [buying, selling] = [new Map<number, number>(), [...seen].filter((order) => !order.buying).reduce((sum, { openLots }) => sum + openLots, 0)];
  let listed = 0;
  for (const seat of new Set([...seen].map((order) => order.seat))) {
    for (let slot = slots.ownHead(seat.owner); slot !== NONE && listed <= seen.size; slot = slots.links[(slot << LINKS_SHIFT) + OWN_NEXT]!) {
      const order = market.orderAt[slot]!;
      const at = slot << LINKS_SHIFT;
      listed += 1;
      if (order.seat !== seat || slots.links[at + OWNER] !== seat.owner || (slots.links[at + IS_BUY] === 1) !== order.buying) found.push(`order ${order.id} is on another user's list`);
      if (order.buying) buying.set(seat.owner, (buying.get(seat.owner) ?? 0) + order.openLots);
    }
    if (seat.buyingLots !== (buying.get(seat.owner) ?? 0)) found.push(`user ${seat.account.userId} buys ${buying.get(seat.owner) ?? 0} lots, counted are ${seat.buyingLots}`);
  }
  if (listed !== seen.size) found.push(`${seen.size} orders are open, ${listed} are on their users' lists`);
  const bought = [...buying.values()].reduce((sum, lots) => sum + lots, 0);
  if (bought !== market.buyingLots || selling !== market.sellingLots) found.push(`open lots are ${bought} and ${selling}, counted are ${market.buyingLots} and ${market.sellingLots}`);
  return found;
}
