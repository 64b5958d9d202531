import { boundWords, isPriceField } from './bound-words.ts';
import { notionalTooSmall, priceProblem, quantityProblem, quoteAmountProblem, type SizeRules } from './matching/market-rules.ts';
import type { BoundRefusal } from './matching/types.ts';
import { AMOUNT_MAX, amountFrom, decimalsOf, formatAmount, notionalOf, parseAmount, type Units } from './money.ts';
import type { WidgetSymbol } from './partner-settings.ts';
import type { Trade } from './trade-token.ts';

/** A partner's market in whole units, so that no amount of it is read again for each order. What its entry does not say, it allows. */
export function sizeRulesOf({ tickSize, lotSize, minQuantity, maxQuantity, minNotional, maxPrice }: WidgetSymbol): SizeRules {
  return {
    tick: amountOr(1n, tickSize),
    lot: amountOr(1n, lotSize),
    minPrice: 0n,
    maxPrice: maxPrice === undefined ? AMOUNT_MAX : amountFrom(maxPrice),
    minQuantity: amountFrom(minQuantity),
    // As in the widget's ticket: no bound.
    maxQuantity: amountOr(AMOUNT_MAX, maxQuantity),
    minNotional: amountFrom(minNotional),
  };
}

function amountOr(whenZero: Units, text: string): Units {
  const units = amountFrom(text);
  return units === 0n ? whenZero : units;
}

/**
 * The first rule of its market that an order breaks; prices before quantities, quantities before the worth, as at the venue
 * (docs/decisions/0015). What only an engine can know (its book, the sides of an OCO, an iceberg's parts) is left to the partner's.
 */
export function sizeRefusal(rules: SizeRules, trade: Trade): BoundRefusal | null {
  const [price, stopPrice, stopLimitPrice] = [unitsOf(trade.price), unitsOf(trade.stopPrice), unitsOf(trade.stopLimitPrice)];
  const problem = priceProblem(rules, 'price', price) ?? priceProblem(rules, 'stopPrice', stopPrice) ?? priceProblem(rules, 'stopLimitPrice', stopLimitPrice);
  if (problem) return problem;
  const [quantity, quoteAmount, displayQuantity] = [unitsOf(trade.quantity), unitsOf(trade.quoteAmount), unitsOf(trade.displayQuantity)];
  if (quantity === null) return quoteAmount === null ? null : amountRefusal(rules, quoteAmount);
  const at = price ?? stopPrice;
  return quantityProblem(rules, 'quantity', quantity, rules.minQuantity, rules.maxQuantity)
    ?? (displayQuantity === null ? null : quantityProblem(rules, 'displayQuantity', displayQuantity, rules.minQuantity, quantity))
    ?? (at === null ? null : notionalTooSmall(rules, at, quantity));
}

/** The quantity is open, and the largest one at the highest price is the most that it can come to. */
function amountRefusal(rules: SizeRules, given: Units): BoundRefusal | null {
  const max = notionalOf(rules.maxPrice, rules.maxQuantity);
  return quoteAmountProblem(rules, given) ?? (given > max ? { code: 'QUANTITY_TOO_LARGE', field: 'quoteAmount', given, max } : null);
}

/**
 * Half-open: an order with an end is dead at that very moment.
 * @param now in the form of `expiresAt`, in which the later of two moments is the larger text
 */
export const hasEnded = ({ expiresAt }: Trade, now: string): boolean => expiresAt !== undefined && expiresAt <= now;

/** As the venue words it: prices with the decimals of the tick. */
export function sizeWords({ tick }: SizeRules, refusal: BoundRefusal): ReturnType<typeof boundWords> {
  return boundWords(refusal, (units) => formatAmount(units, isPriceField(refusal.field) ? decimalsOf(tick) : 0));
}

const unitsOf = (amount: string | undefined): Units | null => (amount === undefined ? null : parseAmount(amount)!);
