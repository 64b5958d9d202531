import type { Venue } from './engine-state.ts';
import type { Balance } from './ledger.ts';
import { type LiveOrder, lockedFor, type Market, paysFrom } from './live-order.ts';
import type { PriceLevels } from './price-levels.ts';
import { ASSET_TOTAL_MAX, type OrderId } from './types.ts';

/** Every broken promise, as a sentence; empty when all hold. Looks at everything, so it is for tests, start-up and chaos runs. */
export function problemsOf(venue: Venue): string[] {
  return [...balanceProblems(venue), ...[...venue.markets.values()].flatMap((market) => bookProblems(venue, market)), ...orderProblems(venue)];
}

/** Nothing negative; per asset all balances add up to credits minus debits; what is locked is what open orders hold, to the last unit. */
function balanceProblems({ ledger, orders }: Venue): string[] {
  const found: string[] = [];
  const held = new Map<Balance, bigint>();
  for (const order of orders.values()) held.set(paysFrom(order), (held.get(paysFrom(order)) ?? 0n) + lockedFor(order));
  const sums = new Map<string, bigint>();
  for (const balance of ledger.allBalances()) {
    const { userId, asset, available, locked } = balance;
    if (available < 0n || locked < 0n) found.push(`user ${userId} has a negative ${asset} balance: available ${available}, locked ${locked}`);
    if (locked !== (held.get(balance) ?? 0n)) found.push(`user ${userId} has ${locked} ${asset} locked, open orders hold ${held.get(balance) ?? 0n}`);
    sums.set(asset, (sums.get(asset) ?? 0n) + available + locked);
  }
  for (const [asset, sum] of sums) {
    if (sum !== ledger.total(asset)) found.push(`${asset}: balances add up to ${sum}, credits minus debits are ${ledger.total(asset)}`);
    if (sum > ASSET_TOTAL_MAX) found.push(`${asset}: ${sum} in all is above the maximum`);
  }
  return found;
}

/** The book is not crossed, each queue is in order of arrival, each level knows its lots, and it holds exactly the open orders. */
function bookProblems({ orders }: Venue, market: Market): string[] {
  const { book, symbol } = market;
  const found: string[] = [];
  const bid = book.bestTicks(true);
  const ask = book.bestTicks(false);
  if (bid !== null && ask !== null && bid >= ask) found.push(`${symbol}: crossed, bid ${bid} ask ${ask}`);
  let resting = 0;
  for (const [side, bids] of [[book.bids, true], [book.asks, false]] as const) {
    found.push(...side.problems().map((problem) => `${symbol}: ${problem}`), ...queueProblems(market, side, bids));
    for (const entry of book.resting(bids)) {
      resting += 1;
      const order = orders.get(entry.id);
      if (order === undefined || !isEntryOf(order, market, entry, bids)) found.push(`${symbol}: order ${entry.id} rests in the book but is not open like that`);
    }
  }
  if (resting !== book.size) found.push(`${symbol}: ${resting} orders rest, ${book.size} slots are in use`);
  return found;
}

function isEntryOf(order: LiveOrder, market: Market, entry: { ticks: number; lots: number; slot: number; owner: number }, bids: boolean): boolean {
  const sameOrder = order.market === market && order.side === (bids ? 'BUY' : 'SELL') && order.account.userId === entry.owner;
  return sameOrder && order.ticks === entry.ticks && order.openLots === entry.lots && order.slot === entry.slot;
}

function queueProblems({ book, symbol }: Market, side: PriceLevels, bids: boolean): string[] {
  const found: string[] = [];
  const levels = new Map<number, { lots: number; orders: number; lastId: OrderId }>();
  let total = 0;
  for (const { id, ticks, lots } of book.resting(bids)) {
    const level = levels.get(ticks) ?? { lots: 0, orders: 0, lastId: 0 };
    if (id <= level.lastId) found.push(`${symbol}: order ${id} waits behind the younger ${level.lastId}`);
    if (lots <= 0) found.push(`${symbol}: order ${id} rests with ${lots} lots`);
    levels.set(ticks, { lots: level.lots + lots, orders: level.orders + 1, lastId: id });
    total += lots;
  }
  for (let rank = 0; rank < side.count; rank += 1) {
    const level = side.atRank(rank);
    const ticks = side.ticks[level] as number;
    const seen = levels.get(ticks);
    if (seen === undefined || seen.lots !== side.lots[level] || seen.orders !== side.orders[level]) found.push(`${symbol}: level ${ticks} does not add up`);
  }
  if (total !== side.totalLots || levels.size !== side.count) found.push(`${symbol}: a side does not add up`);
  return found;
}

function orderProblems({ orders, lastOrderId }: Venue): string[] {
  const found: string[] = [];
  const perMarket = new Map<Market, number>();
  for (const order of orders.values()) {
    perMarket.set(order.market, (perMarket.get(order.market) ?? 0) + 1);
    if (order.id > lastOrderId) found.push(`order ${order.id} is above the last id ${lastOrderId}`);
    if (order.status !== 'PENDING' && order.status !== 'PARTIAL') found.push(`order ${order.id} is ${order.status} and still open`);
  }
  for (const [market, count] of perMarket) {
    if (count !== market.book.size) found.push(`${market.symbol}: ${count} open orders, ${market.book.size} in the book`);
  }
  return found;
}
