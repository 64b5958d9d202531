import type { PlaceCommand } from '../commands.ts';
import type { CancelReason, MarketProgress, MarketRules, OrderState, Refusal, Side } from '../types.ts';

/** One whole unit of an asset, and the rate 1. */
export const ONE = 100_000_000n;

/** A market as it stands now. */
export type ReferenceMarket = { -readonly [Field in keyof (MarketRules & MarketProgress)]: (MarketRules & MarketProgress)[Field] };

type Terms = Omit<PlaceCommand, 'kind' | 'time' | 'limits' | 'quantity' | 'clientOrderId'>;

/** An order with all that was said when it was placed, and what became of it. */
export interface ReferenceOrder extends Terms {
  readonly id: number;
  quantity: bigint;
  price: bigint | null;
  stopPrice: bigint | null;
  stopLimitPrice: bigint | null;
  filled: bigint;
  notional: bigint;
  fee: bigint;
  priority: number;
  triggeredAt: number | null;
  /** Others can meet it: it is neither asleep nor on its way. */
  resting: boolean;
  /** How much of it the book shows while it rests. */
  shown: bigint;
  status: OrderState['status'];
  reason: CancelReason | null;
}

export type Problem = { readonly code: Refusal['code']; readonly field: string } | null;

export function problem(code: Refusal['code'], field: string): Problem {
  return { code, field };
}

export function openPart({ quantity, filled }: Pick<ReferenceOrder, 'quantity' | 'filled'>): bigint {
  return quantity - filled;
}

export function hasStop({ type }: Pick<ReferenceOrder, 'type'>): boolean {
  return type === 'STOP' || type === 'STOP_LIMIT' || type === 'OCO';
}

export function sleeps({ type, triggeredAt }: Pick<ReferenceOrder, 'type' | 'triggeredAt'>): boolean {
  return (type === 'STOP' || type === 'STOP_LIMIT') && triggeredAt === null;
}

/** The furthest price it may trade at in the state it is in, `null` for MARKET. */
export function limitOf(order: Pick<ReferenceOrder, 'type' | 'side' | 'price' | 'stopPrice' | 'stopLimitPrice' | 'triggeredAt'>, market: ReferenceMarket): bigint | null {
  if (order.type === 'STOP') return protectionPrice(order, market);
  if (order.type === 'OCO' && order.triggeredAt !== null) return stopHalfLimit(order, market);
  return order.price;
}

/** What is held for it per whole unit of the base asset, when it is a BUY. */
export function dearestPrice(order: ReferenceOrder, market: ReferenceMarket): bigint {
  const limit = limitOf(order, market) ?? 0n;
  if (order.type !== 'OCO' || order.triggeredAt !== null) return limit;
  const other = stopHalfLimit(order, market);
  return other > limit ? other : limit;
}

export function stopHalfLimit(order: Pick<ReferenceOrder, 'side' | 'stopPrice' | 'stopLimitPrice'>, market: ReferenceMarket): bigint {
  return order.stopLimitPrice ?? protectionPrice(order, market);
}

function protectionPrice({ side, stopPrice }: Pick<ReferenceOrder, 'side' | 'stopPrice'>, market: ReferenceMarket): bigint {
  const price = onTick(side, (stopPrice ?? 0n) * (side === 'BUY' ? ONE + market.stopProtectionRate : ONE - market.stopProtectionRate), market);
  if (price > market.maxPrice) return market.maxPrice;
  return price < market.minPrice ? market.minPrice : price;
}

/** The furthest price allowed by the band, `null` when there is no band now. `bestOffer` is the best price of the other side. */
export function bandLimit(side: Side, market: ReferenceMarket, bestOffer: bigint | null): bigint | null {
  if (market.bandRate === null || market.lastPrice === null) return null;
  const untraded = market.breakerRate !== null && market.breakerSince === null;
  const from = untraded ? bestOffer : market.lastPrice;
  return from === null ? null : onTick(side, from * (side === 'BUY' ? ONE + market.bandRate : ONE - market.bandRate), market);
}

/** A price in parts of ONE as a price on the tick that is not further than it. Negative becomes 0: everything is allowed. */
function onTick(side: Side, parts: bigint, { tick }: ReferenceMarket): bigint {
  if (parts <= 0n) return 0n;
  const step = tick * ONE;
  const down = (parts / step) * tick;
  return side === 'SELL' && parts % step !== 0n ? down + tick : down;
}

/** Whether a trader who wants to trade at `price` at the latest may not trade at `limit`, or only beyond it. */
export function isBeyond(side: Side, price: bigint, limit: bigint): boolean {
  return side === 'BUY' ? price > limit : price < limit;
}

export function isDue({ side, stopPrice, triggeredAt }: ReferenceOrder, lastPrice: bigint | null): boolean {
  if (stopPrice === null || triggeredAt !== null || lastPrice === null) return false;
  return side === 'BUY' ? lastPrice >= stopPrice : lastPrice <= stopPrice;
}
