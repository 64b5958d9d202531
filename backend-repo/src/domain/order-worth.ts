import type { FeeRate } from './fee.ts';
import { divideRoundingUp, notionalOf, UNITS_PER_ONE, type Units } from './money.ts';

/** What an order says of its amount, as it is placed or as it would be after a change. */
export interface PricedOrder {
  readonly side: 'BUY' | 'SELL';
  /** `null`: `quoteAmount` says how much. */
  readonly quantity: Units | null;
  readonly quoteAmount: Units | null;
  readonly price: Units | null;
  readonly stopPrice: Units | null;
  readonly stopLimitPrice: Units | null;
}

export interface MarketPrices {
  /** `null` before the first trade. */
  readonly lastPrice: Units | null;
  /** How far past its stop price a woken stop may trade. */
  readonly stopProtectionRate: FeeRate;
}

/**
 * What an order is about, in quote units: by the dearest price at which it may trade, and by the last price where it may trade at a better one than it names, as a SELL
 * and a market order do.
 * @returns `null`: nobody can tell
 */
export function orderWorth(order: PricedOrder, { lastPrice, stopProtectionRate }: MarketPrices): Units | null {
  const { side, quantity, quoteAmount, price, stopLimitPrice } = order;
  if (quoteAmount !== null || quantity === null) return quoteAmount;
  const named = [price, stopWorth(order, stopProtectionRate), stopLimitPrice].filter((each) => each !== null);
  const prices = side === 'SELL' || named.length === 0 ? [...named, lastPrice].filter((each) => each !== null) : named;
  if (prices.length === 0) return null;
  return notionalOf(prices.reduce((dearest, each) => (each > dearest ? each : dearest)), quantity);
}

/** A BUY whose stop has no limit of its own, a STOP or an OCO, is held at its protection price. A limit at or above the stop is that of a STOP_LIMIT. */
function stopWorth({ side, price, stopPrice, stopLimitPrice }: PricedOrder, stopProtectionRate: FeeRate): Units | null {
  const hasLimit = stopLimitPrice !== null || (price !== null && stopPrice !== null && price >= stopPrice);
  if (stopPrice === null || side === 'SELL' || hasLimit) return stopPrice;
  return divideRoundingUp(stopPrice * (UNITS_PER_ONE + stopProtectionRate), UNITS_PER_ONE);
}
