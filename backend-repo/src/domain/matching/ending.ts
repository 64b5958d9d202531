/** Orders that end without a trade: because their user wants it, or because their time has come. */
import { isAsleep, type LiveOrder } from './live-order.ts';
import type { Seat } from './market.ts';
import { LINKS_SHIFT, NONE, OWN_NEXT } from './order-slots.ts';
import { end } from './settlement.ts';
import { type CancelAllCommand, type CancelCommand, EXPIRED_PER_COMMAND_MAX, type ExpireCommand } from './commands.ts';
import type { CancelReason, Refusal } from './types.ts';
import type { Venue } from './venue.ts';

export function cancel(venue: Venue, { userId, orderId, time }: CancelCommand): LiveOrder | Refusal {
  const order = venue.orders.get(orderId);
  if (order === undefined || order.seat.account.userId !== userId) return { code: 'ORDER_NOT_OPEN', field: 'orderId', orderId };
  takeOut(venue, order, 'USER_REQUEST', time);
  return order;
}

/** Ends a user's orders, by id. Returns them. */
export function cancelAll(venue: Venue, { userId, symbol, time }: CancelAllCommand): LiveOrder[] | Refusal {
  if (symbol !== null && !venue.markets.has(symbol)) return { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol };
  const seats = [...(venue.ledger.knownAccount(userId)?.seats.values() ?? [])].filter(({ market }) => symbol === null || market.symbol === symbol);
  const ended = seats.flatMap(ordersOf).sort((one, other) => one.id - other.id);
  for (const order of ended) takeOut(venue, order, 'USER_REQUEST', time);
  return ended;
}

/** Ends what is due, the earliest end first, then by id, and no more than one command may. Returns it. */
export function expire(venue: Venue, { time }: ExpireCommand): LiveOrder[] {
  const ended: LiveOrder[] = [];
  for (let first = venue.expiries.first; first !== null && first.expiresAt! <= time && ended.length < EXPIRED_PER_COMMAND_MAX; first = venue.expiries.first) {
    takeOut(venue, first, 'EXPIRED', time);
    ended.push(first);
  }
  return ended;
}

/** The user's open orders on one market. */
function ordersOf({ market, owner }: Seat): LiveOrder[] {
  const { slots } = market.book;
  const found: LiveOrder[] = [];
  for (let slot = slots.ownHead(owner); slot !== NONE; slot = slots.links[(slot << LINKS_SHIFT) + OWN_NEXT]!) found.push(market.orderAt[slot]!);
  return found;
}

function takeOut(venue: Venue, order: LiveOrder, reason: CancelReason, time: number): void {
  const { market } = order.seat;
  if (!isAsleep(order)) venue.bookChanged(market);
  market.book.remove(order.slot);
  end(venue, order, reason, time);
}
