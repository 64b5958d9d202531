import { amountFrom, divideRoundingUp, UNITS_PER_ONE, type Units } from './money.ts';

/** A share of an amount, in 1e-8 parts: 0.15 % is `150000n`. */
export type FeeRate = bigint & { readonly kind?: 'FeeRate' };

/** A fee is rounded up to the next 1e-8 (design 5.4), so that no split into small fills makes it vanish. */
export function feeOf(amount: Units, rate: FeeRate): Units {
  return divideRoundingUp(amount * rate, UNITS_PER_ONE);
}

/** Reads a rate that we wrote ourselves: `0.0015` is 0.15 %. */
export function feeRateFrom(text: string): FeeRate {
  return amountFrom(text) as bigint;
}
