import { feeOf } from '../fee.ts';
import { filledQuantity, type LiveOrder, lockedFor } from './live-order.ts';
import type { Market } from './market.ts';
import { NONE } from './order-slots.ts';
import type { CancelReason, Trade } from './types.ts';
import type { Venue } from './venue.ts';

/** An order begins to rest or sleep in a slot, and holds what its open part can cost. */
export function settleDown(venue: Venue, order: LiveOrder, slot: number): void {
  occupy(order, slot);
  venue.ledger.hold(order.buying ? order.seat.quote : order.seat.base, lockedFor(order));
  if (!order.isOpen) enlist(venue, order);
}

export function occupy(order: LiveOrder, slot: number): void {
  order.slot = slot;
  order.seat.market.orderAt[slot] = order;
  countLots(order, order.openLots);
}

/** From here on it is one of its user's open orders. */
export function enlist(venue: Venue, order: LiveOrder): void {
  order.isOpen = true;
  venue.orders.set(order.id, order);
  order.seat.account.openOrders += 1;
  if (order.expiresAt !== null) venue.expiries.add(order);
}

/** Gives back what is held for so many of the open lots. */
export function giveBack(venue: Venue, order: LiveOrder, lots: number): void {
  const { seat, buying, holdTicks } = order;
  venue.ledger.release(buying ? seat.quote : seat.base, seat.market.holdOf(buying, holdTicks, lots));
  countLots(order, -lots);
}

/** The order leaves its slot for good, or to be sent in again: it holds nothing any more. */
export function leaveSlot(venue: Venue, order: LiveOrder): void {
  if (order.slot === NONE) return;
  giveBack(venue, order, order.openLots);
  order.slot = NONE;
}

/** Ends an order before it is filled. The book has let go of it already. */
export function end(venue: Venue, order: LiveOrder, reason: CancelReason, time: number): void {
  leaveSlot(venue, order);
  strike(venue, order);
  order.status = 'CANCELLED';
  order.reason = reason;
  order.updatedAt = time;
  venue.batch.orderChanged(order);
  venue.events.push({ type: 'cancelled', orderId: order.id, userId: order.seat.account.userId, filledQuantity: filledQuantity(order), quantity: order.quantity, reason, time });
}

/**
 * Settles one fill: both sides pay each other, then each pays its fee out of what it received (rounded up, design 5.4) to the house. The
 * maker's part comes out of its hold. What the taker pays comes out of its available balance, of which the engine has made sure.
 */
export function fill(venue: Venue, taker: LiveOrder, maker: LiveOrder, ticks: number, lots: number, time: number): void {
  const { market } = maker.seat;
  const [buyer, seller] = taker.buying ? [taker, maker] : [maker, taker];
  const quantity = BigInt(lots) * market.lot;
  const notional = market.notionalOf(ticks, lots);
  const buyerFee = feeOf(quantity, taker.buying ? buyer.seat.account.takerRate : buyer.seat.account.makerRate);
  const sellerFee = feeOf(notional, taker.buying ? seller.seat.account.makerRate : seller.seat.account.takerRate);
  venue.lastTradeId += 1;
  const id = venue.lastTradeId;

  giveBack(venue, maker, lots);
  pay(venue, market, { buyer, seller, quantity, notional, buyerFee, sellerFee, tradeId: id, time });
  recordFill(venue, buyer, lots, notional, buyerFee, time);
  recordFill(venue, seller, lots, notional, sellerFee, time);
  const trade: Trade = {
    id,
    symbol: market.symbol,
    price: BigInt(ticks) * market.tick,
    quantity,
    notional,
    buyerOrderId: buyer.id,
    sellerOrderId: seller.id,
    buyerId: buyer.seat.account.userId,
    sellerId: seller.seat.account.userId,
    buyerFee,
    sellerFee,
    takerSide: taker.side,
    executedAt: time,
  };
  venue.batch.tradeMade(trade);
  venue.events.push({ type: 'trade', trade });
  tellFilled(venue, maker, time);
}

/** How far an order has been filled. */
export function tellFilled(venue: Venue, order: LiveOrder, time: number): void {
  const { id: orderId, quantity } = order;
  const { userId } = order.seat.account;
  if (order.status === 'FILLED') venue.events.push({ type: 'filled', orderId, userId, filledQuantity: quantity, time });
  else venue.events.push({ type: 'partially-filled', orderId, userId, filledQuantity: filledQuantity(order), quantity, time });
}

interface Payment {
  readonly buyer: LiveOrder;
  readonly seller: LiveOrder;
  readonly quantity: bigint;
  readonly notional: bigint;
  readonly buyerFee: bigint;
  readonly sellerFee: bigint;
  readonly tradeId: number;
  readonly time: number;
}

function pay({ ledger }: Venue, market: Market, { buyer, seller, quantity, notional, buyerFee, sellerFee, tradeId, time }: Payment): void {
  const moved = { cause: 'TRADE', tradeId, reference: null, time } as const;
  ledger.post(seller.seat.base, buyer.seat.base, quantity, moved);
  ledger.post(buyer.seat.quote, seller.seat.quote, notional, moved);
  const charged = { cause: 'FEE', tradeId, reference: null, time } as const;
  ledger.post(buyer.seat.base, market.houseBase, buyerFee, charged);
  ledger.post(seller.seat.quote, market.houseQuote, sellerFee, charged);
}

function recordFill(venue: Venue, order: LiveOrder, lots: number, notional: bigint, fee: bigint, time: number): void {
  order.openLots -= lots;
  order.filledNotional += notional;
  order.fee += fee;
  order.updatedAt = time;
  venue.batch.orderChanged(order);
  if (order.openLots > 0) {
    order.status = 'PARTIAL';
    return;
  }
  order.status = 'FILLED';
  order.slot = NONE;
  strike(venue, order);
}

/** From here on it is not open any more. */
function strike(venue: Venue, order: LiveOrder): void {
  if (!order.isOpen) return;
  order.isOpen = false;
  venue.orders.delete(order.id);
  order.seat.account.openOrders -= 1;
  if (order.expiresAt !== null) venue.expiries.remove(order);
}

function countLots({ seat, buying }: LiveOrder, lots: number): void {
  if (!buying) {
    seat.market.sellingLots += lots;
    return;
  }
  seat.market.buyingLots += lots;
  seat.buyingLots += lots;
}
