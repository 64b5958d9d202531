import { type Amount, divide, multiply, parseAmount, ZERO } from './amount.ts';
import type { Order, Report, Side } from './order.ts';

/** What the trader has bought and sold through this widget since it was opened. Average cost; nothing is known of other trades. */
export interface Position {
  /** Negative when more was sold than bought here. */
  readonly quantity: Amount;
  /** What the open quantity cost, in the quote asset; negative for a short position. */
  readonly cost: Amount;
  readonly realised: Amount;
}

export const FLAT: Position = { quantity: ZERO, cost: ZERO, realised: ZERO };

export interface Fill {
  readonly side: Side;
  readonly quantity: Amount;
  readonly money: Amount;
  /** In the quote asset. */
  readonly fee: Amount;
}

export function applyFill(position: Position, fill: Fill): Position {
  const sign = fill.side === 'BUY' ? 1n : -1n;
  const realised = position.realised - fill.fee;
  const sameWay = position.quantity === 0n || position.quantity > 0n === sign > 0n;
  if (sameWay) return { quantity: position.quantity + sign * fill.quantity, cost: position.cost + sign * fill.money, realised };

  const open = position.quantity < 0n ? -position.quantity : position.quantity;
  const closing = fill.quantity < open ? fill.quantity : open;
  const closingMoney = divide(fill.money * closing, fill.quantity, 'down');
  const closingCost = divide(position.cost * closing, open, 'down');
  const openingMoney = fill.money - closingMoney;
  return {
    quantity: position.quantity + sign * fill.quantity,
    cost: position.cost - closingCost + sign * openingMoney,
    // Closing a long earns money minus cost; a short's cost is negative, so the same line serves it.
    realised: realised - sign * closingMoney - closingCost,
  };
}

export function profit(position: Position, marketPrice: Amount | null): Amount | null {
  if (position.quantity === 0n) return position.realised;
  if (marketPrice === null) return null;
  return position.realised + multiply(position.quantity, marketPrice, 'down') - position.cost;
}

/** Totals of one order as last reported. */
export interface Filled {
  readonly quantity: Amount;
  /** The quantity less the fee, where that is taken from what was bought. */
  readonly kept: Amount;
  readonly money: Amount;
  readonly fee: Amount;
}

export const UNFILLED: Filled = { quantity: ZERO, kept: ZERO, money: ZERO, fee: ZERO };

/** An exchange reports totals so far; the difference to the totals before is the new fill. */
export function newFill(order: Order, before: Filled, report: Report, market: { readonly base: string; readonly quote: string }): { fill: Fill; totals: Filled } | null {
  const quantity = parseAmount(report.filledQuantity ?? '');
  const average = parseAmount(report.averagePrice ?? '');
  if (!quantity || !average || quantity <= before.quantity) return null;
  const paid = parseAmount(report.fee ?? '') ?? ZERO;
  const takenFromBought = report.feeAsset === market.base && order.side === 'BUY' && paid < quantity ? paid : ZERO;
  const totals = { quantity, kept: quantity - takenFromBought, money: multiply(quantity, average, 'down'), fee: feeInQuote(order, report, paid, average, market) };
  // A fee that was put right afterwards can be more than the new fill; the next report then brings both.
  if (totals.kept <= before.kept) return null;
  return {
    fill: { side: order.side, quantity: totals.kept - before.kept, money: totals.money - before.money, fee: totals.fee - before.fee },
    totals,
  };
}

/** What is paid besides the quantity. We know no price for a third asset, so a fee in one is left out. */
function feeInQuote(order: Order, { feeAsset }: Report, paid: Amount, average: Amount, { base, quote }: { readonly base: string; readonly quote: string }): Amount {
  if (feeAsset === base) return order.side === 'SELL' ? multiply(paid, average, 'up') : ZERO;
  return feeAsset === null || feeAsset === quote ? paid : ZERO;
}
