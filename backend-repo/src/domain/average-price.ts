import { divideRoundingHalfUp, UNITS_PER_ONE, type Units } from './money.ts';

/** Of what an order has filled, half up to 1e-8; `null` while that is nothing. For show and for reports: money moves by notional, never by this. */
export function averagePrice({ filledQuantity, filledNotional }: { readonly filledQuantity: Units; readonly filledNotional: Units }): Units | null {
  return filledQuantity === 0n ? null : divideRoundingHalfUp(filledNotional * UNITS_PER_ONE, filledQuantity);
}
