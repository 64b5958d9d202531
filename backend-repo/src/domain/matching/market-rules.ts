import { divideRoundingUp, notionalOf, UNITS_PER_ONE, type Units } from '../money.ts';
import type { PlaceCommand } from './commands.ts';
import type { BoundRefusal, MarketRules, OrderType, PriceField, QuantityField, Refusal } from './types.ts';

/** Ticks and lots are safe integers with room to add them up: 2^40 lots in one order, 2^53 - 1 on one side of a book. */
export const LOTS_PER_ORDER_MAX = 2n ** 40n;
export const TICKS_MAX = 2n ** 52n;
/** Each part is a trade of its own: without a bound, one command could be a hundred million trades. */
export const ICEBERG_PARTS_MAX = 100n;
const ASSET_PATTERN = /^[A-Z0-9]{2,20}$/;

/** What an order asks for: a new order by its command, an amendment by the order with its new values. */
export type OrderTerms = Pick<PlaceCommand, 'side' | 'type' | 'quantity' | 'quoteAmount' | 'price' | 'stopPrice' | 'stopLimitPrice' | 'displayQuantity'>;

/** What a market asks of an order by itself, whatever its book holds. */
export type SizeRules = Pick<MarketRules, 'tick' | 'lot' | 'minPrice' | 'maxPrice' | 'minQuantity' | 'maxQuantity' | 'minNotional'>;

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
  return ratesProblem(rules);
}

function ratesProblem({ bandRate, stopProtectionRate, breakerRate, breakerWindowMs }: MarketRules): string | null {
  if (bandRate !== null && bandRate <= 0n) return 'bandRate must be positive, or left out';
  if (stopProtectionRate < 0n || stopProtectionRate >= UNITS_PER_ONE) return 'stopProtectionRate must be at least 0 and below 1';
  if (breakerRate !== null && breakerRate <= 0n) return 'breakerRate must be positive, or left out';
  if (!Number.isSafeInteger(breakerWindowMs) || breakerWindowMs <= 0) return 'breakerWindowMs must be a positive whole number';
  return null;
}

interface Needs {
  readonly price: boolean;
  readonly stopPrice: boolean;
  readonly displayQuantity: boolean;
  readonly timesInForce: string;
}

const NEEDS: Readonly<Record<OrderType, Needs>> = {
  MARKET: { price: false, stopPrice: false, displayQuantity: false, timesInForce: 'GTC' },
  LIMIT: { price: true, stopPrice: false, displayQuantity: false, timesInForce: 'GTC IOC FOK GTD' },
  STOP: { price: false, stopPrice: true, displayQuantity: false, timesInForce: 'GTC' },
  STOP_LIMIT: { price: true, stopPrice: true, displayQuantity: false, timesInForce: 'GTC IOC FOK GTD' },
  OCO: { price: true, stopPrice: true, displayQuantity: false, timesInForce: 'GTC GTD' },
  ICEBERG: { price: true, stopPrice: false, displayQuantity: true, timesInForce: 'GTC GTD' },
};

/** The first field that the order's type needs and that is missing, or that does not go with it (docs/decisions/0015). */
export function fieldsProblem(order: PlaceCommand): Refusal | null {
  const { type, quantity, quoteAmount, timeInForce } = order;
  const needs = NEEDS[type];
  const byAmount = type === 'MARKET' && quantity === null;
  if (quantity === null && quoteAmount === null) return { code: 'FIELD_REQUIRED', field: 'quantity', type };
  if (quoteAmount !== null && !byAmount) return { code: quantity === null ? 'FIELD_REQUIRED' : 'FIELD_NOT_ALLOWED', field: quantity === null ? 'quantity' : 'quoteAmount', type };
  for (const field of ['price', 'stopPrice'] as const) {
    if (needs[field] !== (order[field] !== null)) return { code: needs[field] ? 'FIELD_REQUIRED' : 'FIELD_NOT_ALLOWED', field, type };
  }
  if (order.stopLimitPrice !== null && type !== 'OCO') return { code: 'FIELD_NOT_ALLOWED', field: 'stopLimitPrice', type };
  if (needs.displayQuantity !== (order.displayQuantity !== null)) return { code: needs.displayQuantity ? 'FIELD_REQUIRED' : 'FIELD_NOT_ALLOWED', field: 'displayQuantity', type };
  if (!needs.timesInForce.includes(timeInForce)) return { code: 'FIELD_NOT_ALLOWED', field: 'timeInForce', type };
  if ((timeInForce === 'GTD') !== (order.expiresAt !== null)) return { code: timeInForce === 'GTD' ? 'FIELD_REQUIRED' : 'FIELD_NOT_ALLOWED', field: 'expiresAt', type };
  const mayBePostOnly = type === 'ICEBERG' || (type === 'LIMIT' && timeInForce !== 'IOC' && timeInForce !== 'FOK');
  return order.postOnly && !mayBePostOnly ? { code: 'FIELD_NOT_ALLOWED', field: 'postOnly', type } : null;
}

/** Each price by the market's rules, then an OCO's two against each other. */
export function pricesProblem(rules: MarketRules, { type, side, price, stopPrice, stopLimitPrice }: OrderTerms): Refusal | null {
  const problem = priceProblem(rules, 'price', price) ?? priceProblem(rules, 'stopPrice', stopPrice) ?? priceProblem(rules, 'stopLimitPrice', stopLimitPrice);
  if (problem !== null || type !== 'OCO' || price === null || stopPrice === null) return problem;
  if (side === 'BUY' && stopPrice <= price) return { code: 'PRICE_TOO_LOW', field: 'stopPrice', given: stopPrice, min: price + rules.tick };
  if (side === 'SELL' && stopPrice >= price) return { code: 'PRICE_TOO_HIGH', field: 'stopPrice', given: stopPrice, max: price - rules.tick };
  return null;
}

export function quantitiesProblem(rules: MarketRules, { quantity, quoteAmount, displayQuantity }: OrderTerms): Refusal | null {
  if (quoteAmount !== null) return quoteAmountProblem(rules, quoteAmount);
  if (quantity === null) return null;
  const problem = quantityProblem(rules, 'quantity', quantity, rules.minQuantity, rules.maxQuantity);
  if (problem !== null || displayQuantity === null) return problem;
  const least = divideRoundingUp(quantity, ICEBERG_PARTS_MAX * rules.lot) * rules.lot;
  return quantityProblem(rules, 'displayQuantity', displayQuantity, least > rules.minQuantity ? least : rules.minQuantity, quantity - rules.lot);
}

/** Refuses an order, or an iceberg's part (it is traded by itself), that is worth too little at its price, or its stop price. */
export function notionalProblem(rules: MarketRules, { quantity, displayQuantity, price, stopPrice }: OrderTerms): Refusal | null {
  const at = price ?? stopPrice;
  if (at === null || quantity === null) return null;
  return notionalTooSmall(rules, at, quantity) ?? (displayQuantity === null ? null : notionalTooSmall(rules, at, displayQuantity, 'displayQuantity'));
}

export function notionalTooSmall(rules: Pick<SizeRules, 'minNotional'>, price: Units, quantity: Units, field: 'quantity' | 'displayQuantity' = 'quantity'): BoundRefusal | null {
  const given = notionalOf(price, quantity);
  return given < rules.minNotional ? { code: 'NOTIONAL_TOO_SMALL', field, given, min: rules.minNotional } : null;
}

export function priceProblem(rules: SizeRules, field: PriceField, given: Units | null): BoundRefusal | null {
  if (given === null) return null;
  if (given < rules.minPrice) return { code: 'PRICE_TOO_LOW', field, given, min: rules.minPrice };
  if (given > rules.maxPrice) return { code: 'PRICE_TOO_HIGH', field, given, max: rules.maxPrice };
  if (given % rules.tick !== 0n) return { code: 'PRICE_NOT_ON_TICK', field, given, tick: rules.tick };
  return null;
}

export function quantityProblem(rules: SizeRules, field: QuantityField, given: Units, min: Units, max: Units): BoundRefusal | null {
  if (given < min) return { code: 'QUANTITY_TOO_SMALL', field, given, min };
  if (given > max) return { code: 'QUANTITY_TOO_LARGE', field, given, max };
  if (given % rules.lot !== 0n) return { code: 'QUANTITY_NOT_ON_LOT', field, given, lot: rules.lot };
  return null;
}

export function quoteAmountProblem({ minNotional }: SizeRules, given: Units): BoundRefusal | null {
  const min = minNotional > 0n ? minNotional : 1n;
  return given < min ? { code: 'QUANTITY_TOO_SMALL', field: 'quoteAmount', given, min } : null;
}
