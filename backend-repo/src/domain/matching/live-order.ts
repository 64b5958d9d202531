import type { Units } from '../money.ts';
import type { Seat } from './market.ts';
import { NONE } from './order-slots.ts';
import type { CancelReason, OrderId, OrderState, OrderStatus, OrderType, SelfTradePrevention, Side, StoredOrder, TimeInForce } from './types.ts';

/** An order inside the engine, from its acceptance until it ends: as it was given, in ticks and lots, and how far it has come. */
export interface LiveOrder {
  readonly id: OrderId;
  readonly seat: Seat;
  readonly side: Side;
  readonly buying: boolean;
  readonly type: OrderType;
  readonly quoteAmount: Units | null;
  readonly displayQuantity: Units | null;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly clientOrderId: string | null;
  readonly createdAt: number;
  quantity: Units;
  price: Units | null;
  stopPrice: Units | null;
  stopLimitPrice: Units | null;
  lots: number;
  /** The price at which it rests or would rest, in ticks; 0 for MARKET and STOP. Of a woken OCO, its stop half's. */
  ticks: number;
  /** 0: it has no stop, or the stop has woken. */
  stopTicks: number;
  /** What it holds per lot, in ticks: the dearest price at which it may trade. Only a BUY's matters. */
  holdTicks: number;
  openLots: number;
  filledNotional: Units;
  fee: Units;
  status: OrderStatus;
  reason: CancelReason | null;
  triggeredAt: number | null;
  priority: number;
  updatedAt: number;
  /** Where it rests or sleeps; `NONE` when it does neither, and then it holds nothing. */
  slot: number;
  /** It rests or sleeps, or has done so and is on its way through the book again. */
  isOpen: boolean;
  /** Where it stands among the orders with an end of their own; -1: nowhere. */
  expiryRank: number;
  changedInBatch: boolean;
}

/** It sleeps until its stop price is reached, and is not in the book. An OCO rests instead. */
export function isAsleep(order: LiveOrder): boolean {
  return order.stopTicks > 0 && order.type !== 'OCO';
}

export function filledQuantity(order: LiveOrder): Units {
  return BigInt(order.lots - order.openLots) * order.seat.market.lot;
}

/** What is held for the order's open part: quote for a BUY, base for a SELL. */
export function lockedFor(order: LiveOrder): Units {
  return order.slot === NONE ? 0n : order.seat.market.holdOf(order.buying, order.holdTicks, order.openLots);
}

/** What the book shows of an open iceberg; `null` for all others. */
function displayedQuantity({ type, slot, seat }: LiveOrder): Units | null {
  return type === 'ICEBERG' && slot !== NONE ? BigInt(seat.market.book.shownLots(slot)) * seat.market.lot : null;
}

export function orderState(order: LiveOrder): OrderState {
  const { seat, buying } = order;
  const { market } = seat;
  return {
    id: order.id,
    userId: seat.account.userId,
    symbol: market.symbol,
    side: order.side,
    type: order.type,
    quantity: order.quantity,
    quoteAmount: order.quoteAmount,
    price: order.price,
    stopPrice: order.stopPrice,
    stopLimitPrice: order.stopLimitPrice,
    displayQuantity: order.displayQuantity,
    displayedQuantity: displayedQuantity(order),
    timeInForce: order.timeInForce,
    expiresAt: order.expiresAt,
    postOnly: order.postOnly,
    selfTradePrevention: order.selfTradePrevention,
    triggeredAt: order.triggeredAt,
    priority: order.priority,
    filledQuantity: order.openLots === order.lots ? 0n : filledQuantity(order),
    filledNotional: order.filledNotional,
    fee: order.fee,
    feeAsset: buying ? market.rules.baseAsset : market.rules.quoteAsset,
    status: order.status,
    reason: order.reason,
    locked: lockedFor(order),
    clientOrderId: order.clientOrderId,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}

export function storedOrder(order: LiveOrder): StoredOrder {
  const { locked: _locked, ...stored } = orderState(order);
  return stored;
}
