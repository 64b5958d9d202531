import { notionalOf, type Units } from './money.ts';

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

/**
 * What an order is about, in quote units: by the dearest price it names, and by the last price where it may trade at a better one, as a SELL and
 * a market order do.
 * @param lastPrice of the market, or `null` before its first trade
 * @returns `null`: nobody can tell
 */
export function orderWorth({ side, quantity, quoteAmount, price, stopPrice, stopLimitPrice }: PricedOrder, lastPrice: Units | null): Units | null {
  if (quoteAmount !== null || quantity === null) return quoteAmount;
  const named = [price, stopPrice, stopLimitPrice].filter((each) => each !== null);
  const prices = side === 'SELL' || named.length === 0 ? [...named, lastPrice].filter((each) => each !== null) : named;
  if (prices.length === 0) return null;
  return notionalOf(prices.reduce((dearest, each) => (each > dearest ? each : dearest)), quantity);
}
