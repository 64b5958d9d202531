import type { LiveOrder } from './live-order.ts';
import type { Market } from './market.ts';
import { NONE } from './order-slots.ts';
import { holdTicksOf } from './placing.ts';
import { enlist, occupy } from './settlement.ts';
import type { StoredOrder } from './types.ts';
import type { Venue } from './venue.ts';

/** Puts a stored order back in its place. What is wrong with the row, or `null`. */
export function restoreOrder(venue: Venue, row: StoredOrder): string | null {
  const market = venue.markets.get(row.symbol);
  if (market === undefined) return `unknown symbol ${row.symbol}`;
  if (venue.orders.has(row.id)) return 'listed twice';
  if (row.id > venue.lastOrderId) return `above lastOrderId ${venue.lastOrderId}`;
  if (row.priority <= 0 || row.priority > venue.lastPriority) return `priority ${row.priority} was never issued, the last one is ${venue.lastPriority}`;
  const problem = pricesProblem(market, row) ?? quantitiesProblem(market, row);
  if (problem !== null) return problem;
  const order = liveOrder(venue, market, row);
  const { owner } = order.seat;
  const { book } = market;
  const shown = row.displayedQuantity === null ? 0 : market.lotsOf(row.displayedQuantity);
  const display = row.displayQuantity === null ? 0 : market.lotsOf(row.displayQuantity);
  const sleeps = order.stopTicks > 0 && row.type !== 'OCO';
  const slot = sleeps ? book.sleep(owner, order.buying, order.stopTicks) : book.rest(owner, order.buying, order.ticks, order.openLots, shown, display);
  if (!sleeps && order.stopTicks > 0) book.arm(slot, order.stopTicks);
  occupy(order, slot);
  enlist(venue, order);
  return null;
}

/** The row must have the prices that its type has, and its stop must have woken if it rests where only a woken one can. */
function pricesProblem(market: Market, { type, price, stopPrice, stopLimitPrice, triggeredAt }: StoredOrder): string | null {
  const hasStop = type === 'STOP' || type === 'STOP_LIMIT' || type === 'OCO';
  if (type === 'MARKET') return 'a market order never rests';
  if ((price === null) !== (type === 'STOP')) return 'its price does not go with its type';
  if ((stopPrice !== null) !== hasStop || (stopLimitPrice !== null && type !== 'OCO')) return 'its stop price does not go with its type';
  if (triggeredAt !== null && (!hasStop || type === 'STOP' || (type === 'OCO' && stopLimitPrice === null))) return 'once woken it never rests';
  const isPrice = (given: bigint | null): boolean => given === null || (given > 0n && given % market.tick === 0n);
  return isPrice(price) && isPrice(stopPrice) && isPrice(stopLimitPrice) ? null : 'price is not on the market’s tick';
}

function quantitiesProblem({ lot }: Market, row: StoredOrder): string | null {
  const { type, quantity, filledQuantity, displayQuantity, displayedQuantity, timeInForce, expiresAt } = row;
  if (quantity % lot !== 0n || filledQuantity % lot !== 0n) return 'quantity is not on the market’s lot';
  if (filledQuantity < 0n || filledQuantity >= quantity) return 'filled quantity is not below its quantity';
  if (row.status !== (filledQuantity === 0n ? 'PENDING' : 'PARTIAL')) return `status ${row.status} does not fit what is filled`;
  if ((timeInForce === 'GTD') !== (expiresAt !== null)) return 'it must say when it expires if it is GTD, and only then';
  if ((type === 'ICEBERG') !== (displayQuantity !== null) || (displayQuantity === null) !== (displayedQuantity === null)) return 'an iceberg, and nothing else, has a displayed quantity';
  if (displayQuantity === null || displayedQuantity === null) return null;
  const fits = displayQuantity % lot === 0n && displayedQuantity % lot === 0n && displayedQuantity > 0n && displayedQuantity <= displayQuantity && displayedQuantity <= quantity - filledQuantity;
  return fits ? null : 'what it shows is more than it may show, or nothing';
}

function liveOrder(venue: Venue, market: Market, row: StoredOrder): LiveOrder {
  const woken = row.triggeredAt !== null;
  const ticks = market.ticksOf(woken ? (row.stopLimitPrice ?? row.price) : row.price);
  return {
    id: row.id,
    seat: market.seat(venue.ledger.account(row.userId), venue.ledger),
    side: row.side,
    buying: row.side === 'BUY',
    type: row.type,
    quoteAmount: row.quoteAmount,
    displayQuantity: row.displayQuantity,
    timeInForce: row.timeInForce,
    expiresAt: row.expiresAt,
    postOnly: row.postOnly,
    selfTradePrevention: row.selfTradePrevention,
    clientOrderId: row.clientOrderId,
    createdAt: row.createdAt,
    quantity: row.quantity,
    price: row.price,
    stopPrice: row.stopPrice,
    stopLimitPrice: row.stopLimitPrice,
    lots: market.lotsOf(row.quantity),
    ticks,
    stopTicks: woken ? 0 : market.ticksOf(row.stopPrice),
    holdTicks: woken ? ticks : holdTicksOf(market, row),
    openLots: market.lotsOf(row.quantity - row.filledQuantity),
    filledNotional: row.filledNotional,
    fee: row.fee,
    status: row.status,
    reason: row.reason,
    triggeredAt: row.triggeredAt,
    priority: row.priority,
    updatedAt: row.updatedAt,
    slot: NONE,
    isOpen: false,
    expiryRank: -1,
    changedInBatch: false,
  };
}
