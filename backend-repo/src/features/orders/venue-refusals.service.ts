import { boundWords, isPriceField } from '../../domain/bound-words.ts';
import type { MarketRules, Refusal } from '../../domain/matching/types.ts';
import { decimalsOf, formatAmount, type Units } from '../../domain/money.ts';
import { AppError, type ErrorCode } from '../../errors.ts';

type Details = Record<string, string | number>;

/** What a caller gets: a code, a sentence for the field to blame, and the numbers a program can act on. */
interface Answer {
  readonly code: ErrorCode;
  readonly text?: string;
  readonly details?: Details;
}

/** Prices are written with the decimals of its tick, and amounts with its assets. */
export type RefusedMarket = Pick<MarketRules, 'tick' | 'baseAsset' | 'quoteAsset'>;

/**
 * The engine's refusal as callers get it.
 * @param market `null`: of a command that is no order
 */
export function refusalError(refusal: Refusal, market: RefusedMarket | null): AppError {
  const { code, text, details } = isOfTier(refusal) ? tierAnswer(refusal, market) : marketAnswer(refusal, market ? decimalsOf(market.tick) : 0);
  return new AppError(code, { ...(text !== undefined && { fields: { [refusal.field]: text } }), ...(details && { details }) });
}

type TierRefusal = Extract<Refusal, { code: 'ORDER_TOO_LARGE' | 'POSITION_TOO_LARGE' }>;
type MarketRefusal = Exclude<Refusal, TierRefusal>;
const isOfTier = (refusal: Refusal): refusal is TierRefusal => refusal.code === 'ORDER_TOO_LARGE' || refusal.code === 'POSITION_TOO_LARGE';

/** Refused for what the trader's tier allows. The field is a quantity, and what is bounded is not. */
function tierAnswer({ code, given, max }: TierRefusal, market: RefusedMarket | null): Answer {
  const of = (asset: string | undefined): string => (asset === undefined ? formatAmount(max) : `${formatAmount(max)} ${asset}`);
  const text = code === 'ORDER_TOO_LARGE' ? `The order may be worth at most ${of(market?.quoteAsset)}.` : `You may hold at most ${of(market?.baseAsset)}, with open orders.`;
  return { code, text, details: { given: formatAmount(given), max: formatAmount(max) } };
}

const marketAnswer = (refusal: MarketRefusal, priceDecimals: number): Answer =>
  answerTo(refusal, (units) => formatAmount(units, isPriceField(refusal.field) ? priceDecimals : 0), (units) => formatAmount(units, priceDecimals));

type Written = (units: Units) => string;

function answerTo(refusal: MarketRefusal, written: Written, price: Written): Answer {
  switch (refusal.code) {
    case 'UNKNOWN_SYMBOL':
      return { code: refusal.code, text: 'There is no such market here.' };
    case 'MARKET_HALTED':
      return { code: refusal.code, text: 'Nothing but cancels is taken right now.', details: { symbol: refusal.symbol } };
    case 'MARKET_POST_ONLY':
      return { code: refusal.code, text: 'Nothing that would trade at once is taken right now.', details: { symbol: refusal.symbol } };
    case 'NO_LIQUIDITY':
      return { code: refusal.code, text: 'Nobody offers the other side right now.', details: { symbol: refusal.symbol } };
    case 'FIELD_REQUIRED':
      return { code: 'VALIDATION_ERROR', text: `Is needed with type ${refusal.type}.` };
    case 'FIELD_NOT_ALLOWED':
      return { code: 'VALIDATION_ERROR', text: `Does not go with type ${refusal.type}.` };
    case 'EXPIRY_IN_THE_PAST':
      return { code: 'VALIDATION_ERROR', text: 'Must be in the future.' };
    case 'HALT_OVER':
      return { code: 'WRONG_STATE', details: { symbol: refusal.symbol } };
    case 'ORDER_NOT_OPEN':
      return { code: 'ORDER_NOT_FOUND' };
    case 'ORDER_CHANGED':
      return { code: refusal.code };
    case 'AMOUNT_NOT_POSITIVE':
      return { code: 'VALIDATION_ERROR', text: 'Must be more than zero.' };
    case 'FEE_RATE_OUT_OF_RANGE':
      return { code: 'VALIDATION_ERROR', text: 'Must be between 0 and 1.' };
    case 'TOO_MANY_OPEN_ORDERS':
      return { code: refusal.code, details: { max: refusal.max } };
    case 'INSUFFICIENT_BALANCE':
      // Two decimals at least, as spec/4 prints it.
      return { code: refusal.code, details: { asset: refusal.asset, required: formatAmount(refusal.required, 2), available: formatAmount(refusal.available, 2) } };
    case 'PRICE_OUTSIDE_BAND':
    case 'WOULD_TAKE':
    case 'FILL_OR_KILL':
    case 'STOP_WOULD_TRIGGER':
      return stateAnswer(refusal, written, price);
    case 'PRICE_TOO_LOW':
    case 'PRICE_TOO_HIGH':
    case 'PRICE_NOT_ON_TICK':
    case 'QUANTITY_TOO_SMALL':
    case 'QUANTITY_TOO_LARGE':
    case 'QUANTITY_NOT_ON_LOT':
    case 'NOTIONAL_TOO_SMALL':
      return boundWords(refusal, written);
    case 'AMOUNT_TOO_LARGE':
      return { code: 'VALIDATION_ERROR', text: `Must be at most ${written(refusal.max)}.`, details: { given: written(refusal.given), max: written(refusal.max) } };
  }
}

/** Refused for what the book or the last price is right now. */
function stateAnswer(refusal: Extract<Refusal, { code: 'PRICE_OUTSIDE_BAND' | 'WOULD_TAKE' | 'FILL_OR_KILL' | 'STOP_WOULD_TRIGGER' }>, written: Written, price: Written): Answer {
  switch (refusal.code) {
    case 'PRICE_OUTSIDE_BAND':
      return { code: refusal.code, text: `Right now it may reach ${price(refusal.limit)}.`, details: { given: written(refusal.given), limit: price(refusal.limit) } };
    case 'WOULD_TAKE':
      return { code: refusal.code, text: `Right now it would meet ${price(refusal.best)}.`, details: { best: price(refusal.best) } };
    case 'FILL_OR_KILL':
      return { code: refusal.code, text: `Right now ${formatAmount(refusal.reachable)} can be filled.`, details: { reachable: formatAmount(refusal.reachable) } };
    case 'STOP_WOULD_TRIGGER':
      return { code: refusal.code, text: `The last price is ${price(refusal.last)} already.`, details: { given: written(refusal.given), last: price(refusal.last) } };
  }
}
