import type { BatchChanges, OrderId, OrderState, Side, Trade, UserId } from '../matching/types.ts';
import type { Units } from '../money.ts';
import { RISK_THRESHOLDS } from './thresholds.ts';

/** What the rules judge: what happened on the venue, as plain data. All times are milliseconds since 1970. */
export interface Touch {
  readonly bid: Units | null;
  readonly ask: Units | null;
}

export interface OrderFact {
  readonly kind: 'placed' | 'amended' | 'cancelled';
  readonly time: number;
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly symbol: string;
  readonly side: Side;
  /** Where it stands in the book; `null` for one that the book does not show: a market order, a sleeping stop. */
  readonly price: Units | null;
  /** Of a new order all of it, of a cancelled one what it left behind, else what is open now. */
  readonly open: Units;
  /** Its owner asked for it. False when the venue ended it (immediate-or-cancel, the expiry of one that was given time, self-trade prevention). */
  readonly byOwner: boolean;
  /** Best prices at the time; `null` when nobody looked. */
  readonly touch: Touch | null;
}

export type TradeFact = Pick<Trade, 'id' | 'symbol' | 'price' | 'quantity' | 'notional' | 'buyerId' | 'sellerId' | 'buyerOrderId' | 'sellerOrderId' | 'takerSide' | 'executedAt'>;

/** What one committed batch did, orders before trades before changes. */
export interface VenueFacts {
  readonly orders: readonly OrderFact[];
  readonly trades: readonly TradeFact[];
}

/** What was traded in the window that begins at `start`, in quote units. */
export interface WindowVolume {
  readonly start: number;
  readonly notional: Units;
}

/** All that is remembered of one trader on one market, each list oldest first. */
export interface TraderFacts {
  readonly userId: UserId;
  readonly symbol: string;
  readonly orders: readonly OrderFact[];
  /** Those the trader was a side of. */
  readonly trades: readonly TradeFact[];
  /** When the trader placed orders, on any market. */
  readonly placements: readonly number[];
  readonly volumes: readonly WindowVolume[];
  readonly marketVolumes: readonly WindowVolume[];
  readonly lastPrice: Units | null;
  /** What is remembered of another trader on this market. */
  readonly tradesOf: (userId: UserId) => readonly TradeFact[];
}

/**
 * An order that was changed without a word of how is told as `amended` with what is open now: whoever follows it sees whether anything differs.
 * @param touchOf best prices of a market after the batch
 */
export function factsOfBatch({ newOrders, updatedOrders, trades }: Pick<BatchChanges, 'newOrders' | 'updatedOrders' | 'trades'>, touchOf: (symbol: string) => Touch | null): VenueFacts {
  const touches = new Map<string, Touch | null>();
  const touch = (symbol: string): Touch | null => {
    if (!touches.has(symbol)) touches.set(symbol, touchOf(symbol));
    return touches.get(symbol)!;
  };
  const orders = newOrders.map((order) => factOf(order, 'placed', touch(order.symbol)));
  for (const order of newOrders) if (order.status === 'CANCELLED') orders.push(factOf(order, 'cancelled', touch(order.symbol)));
  for (const order of updatedOrders) if (order.status !== 'FILLED') orders.push(factOf(order, order.status === 'CANCELLED' ? 'cancelled' : 'amended', touch(order.symbol)));
  return { orders, trades };
}

function factOf(order: OrderState, kind: OrderFact['kind'], touch: Touch | null): OrderFact {
  return {
    kind,
    time: kind === 'placed' ? order.createdAt : order.updatedAt,
    orderId: order.id,
    userId: order.userId,
    symbol: order.symbol,
    side: order.side,
    price: isAsleep(order) ? null : order.price,
    open: kind === 'placed' ? order.quantity : order.quantity - order.filledQuantity,
    byOwner: kind !== 'cancelled' || isOwnersEnd(order),
    touch,
  };
}

/** An order that was given seconds to live was taken away when it was placed. */
export function isOwnersEnd({ reason, createdAt, expiresAt }: Pick<OrderState, 'reason' | 'createdAt' | 'expiresAt'>): boolean {
  if (reason === 'EXPIRED') return expiresAt !== null && expiresAt - createdAt < RISK_THRESHOLDS.spoofing.orderAgeMaxMs;
  return reason === 'USER_REQUEST';
}

/** Of an OCO the resting half is in the book all the while. */
const isAsleep = ({ type, triggeredAt }: OrderState): boolean => (type === 'STOP' || type === 'STOP_LIMIT') && triggeredAt === null;

export const opposite = (side: Side): Side => (side === 'BUY' ? 'SELL' : 'BUY');

/** @returns the facts at or after `since`; the list is by time */
export function factsSince<Fact>(facts: readonly Fact[], since: number, timeOf: (fact: Fact) => number): readonly Fact[] {
  const first = facts.findIndex((fact) => timeOf(fact) >= since);
  if (first === 0) return facts;
  return first === -1 ? [] : facts.slice(first);
}
