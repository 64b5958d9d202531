import { notionalOf, UNITS_PER_ONE, type Units } from '../money.ts';
import type { MarketRules, PlaceCommand, Refusal } from './types.ts';

/** Ticks and lots are safe integers with room to add them up: 2^40 lots in one order, 2^53 - 1 on one side of a book. */
export const LOTS_PER_ORDER_MAX = 2n ** 40n;
export const TICKS_MAX = 2n ** 52n;
const ASSET_PATTERN = /^[A-Z0-9]{2,20}$/;

/** A sentence about what is wrong with a market's rules, or `null`. For the check when a market is made, and for every load. */
export function marketRulesProblem(rules: MarketRules): string | null {
  const { tick, lot } = rules;
  if (!ASSET_PATTERN.test(rules.symbol)) return 'symbol must be 2 to 20 capital letters and digits';
  if (!ASSET_PATTERN.test(rules.baseAsset) || !ASSET_PATTERN.test(rules.quoteAsset)) return 'an asset must be 2 to 20 capital letters and digits';
  if (rules.baseAsset === rules.quoteAsset) return 'base and quote must be different assets';
  if (tick <= 0n || lot <= 0n) return 'tick and lot must be positive';
  if ((tick * lot) % UNITS_PER_ONE !== 0n) return 'tick × lot must be a whole number of 1e-8 quote units, so that every notional is exact';
  if (rules.minQuantity < lot || rules.minQuantity % lot !== 0n) return 'minQuantity must be a positive multiple of lot';
  if (rules.maxQuantity < rules.minQuantity || rules.maxQuantity % lot !== 0n) return 'maxQuantity must be a multiple of lot, at least minQuantity';
  if (rules.maxQuantity / lot > LOTS_PER_ORDER_MAX) return 'maxQuantity must be at most 2^40 lots';
  if (rules.minPrice < tick || rules.minPrice % tick !== 0n) return 'minPrice must be a positive multiple of tick';
  if (rules.maxPrice < rules.minPrice || rules.maxPrice % tick !== 0n) return 'maxPrice must be a multiple of tick, at least minPrice';
  if (rules.maxPrice / tick > TICKS_MAX) return 'maxPrice must be at most 2^52 ticks';
  if (rules.minNotional < 0n) return 'minNotional must not be negative';
  return null;
}

/** Which rule of its market an order breaks, before anyone looks at the book or at balances; `null` when it breaks none. */
export function orderProblem(rules: MarketRules, order: PlaceCommand): Refusal | null {
  if (rules.status === 'halted') return { code: 'MARKET_HALTED', field: 'symbol', symbol: rules.symbol };
  return priceProblem(rules, order) ?? quantityProblem(rules, order.quantity) ?? limitNotionalProblem(rules, order);
}

/** Refuses an order that is worth too little at `price`. */
export function notionalProblem(rules: MarketRules, price: Units, quantity: Units): Refusal | null {
  const given = notionalOf(price, quantity);
  return given < rules.minNotional ? { code: 'NOTIONAL_TOO_SMALL', field: 'quantity', given, min: rules.minNotional } : null;
}

function priceProblem(rules: MarketRules, { type, price }: PlaceCommand): Refusal | null {
  if (type === 'MARKET') return price === null ? null : { code: 'PRICE_NOT_ALLOWED', field: 'price' };
  if (price === null) return { code: 'PRICE_REQUIRED', field: 'price' };
  if (price < rules.minPrice) return { code: 'PRICE_TOO_LOW', field: 'price', given: price, min: rules.minPrice };
  if (price > rules.maxPrice) return { code: 'PRICE_TOO_HIGH', field: 'price', given: price, max: rules.maxPrice };
  if (price % rules.tick !== 0n) return { code: 'PRICE_NOT_ON_TICK', field: 'price', given: price, tick: rules.tick };
  return null;
}

function quantityProblem(rules: MarketRules, given: Units): Refusal | null {
  if (given < rules.minQuantity) return { code: 'QUANTITY_TOO_SMALL', field: 'quantity', given, min: rules.minQuantity };
  if (given > rules.maxQuantity) return { code: 'QUANTITY_TOO_LARGE', field: 'quantity', given, max: rules.maxQuantity };
  if (given % rules.lot !== 0n) return { code: 'QUANTITY_NOT_ON_LOT', field: 'quantity', given, lot: rules.lot };
  return null;
}

function limitNotionalProblem(rules: MarketRules, { price, quantity }: PlaceCommand): Refusal | null {
  return price === null ? null : notionalProblem(rules, price, quantity);
}
