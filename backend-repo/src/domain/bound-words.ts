import type { BoundRefusal } from './matching/types.ts';
import { formatAmount, type Units } from './money.ts';

/** What a caller reads whose order breaks a rule of its market: the venue's and a partner's say it alike. */
export interface BoundWords {
  readonly code: 'PRICE_NOT_ON_TICK' | 'PRICE_OUT_OF_RANGE' | 'QUANTITY_NOT_ON_LOT' | 'QUANTITY_TOO_SMALL' | 'QUANTITY_TOO_LARGE' | 'NOTIONAL_TOO_SMALL';
  readonly text: string;
  readonly details: Record<string, string>;
}

export const isPriceField = (field: string): boolean => field === 'price' || field === 'stopPrice' || field === 'stopLimitPrice';

/** @param written how an amount of the refused field is spelled */
export function boundWords(refusal: BoundRefusal, written: (units: Units) => string): BoundWords {
  const given = written(refusal.given);
  switch (refusal.code) {
    case 'PRICE_NOT_ON_TICK':
      return { code: refusal.code, text: `Must be a multiple of ${formatAmount(refusal.tick)}.`, details: { given, tick: formatAmount(refusal.tick) } };
    case 'QUANTITY_NOT_ON_LOT':
      return { code: refusal.code, text: `Must be a multiple of ${formatAmount(refusal.lot)}.`, details: { given, lot: formatAmount(refusal.lot) } };
    case 'NOTIONAL_TOO_SMALL':
      return { code: refusal.code, text: `The order must be worth at least ${written(refusal.min)}.`, details: { given, min: written(refusal.min) } };
    case 'PRICE_TOO_LOW':
      return { code: 'PRICE_OUT_OF_RANGE', text: `Must be at least ${written(refusal.min)}.`, details: { given, min: written(refusal.min) } };
    case 'QUANTITY_TOO_SMALL':
      return { code: refusal.code, text: `Must be at least ${written(refusal.min)}.`, details: { given, min: written(refusal.min) } };
    case 'PRICE_TOO_HIGH':
      return { code: 'PRICE_OUT_OF_RANGE', text: `Must be at most ${written(refusal.max)}.`, details: { given, max: written(refusal.max) } };
    case 'QUANTITY_TOO_LARGE':
      return { code: refusal.code, text: `Must be at most ${written(refusal.max)}.`, details: { given, max: written(refusal.max) } };
  }
}
