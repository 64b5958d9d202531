/** Steps 1 to 8 of "In which order it is refused" (docs/decisions/0015): what can be said without looking into the book or at a balance. */
import type { PlaceCommand } from '../commands.ts';
import { bandLimit, hasStop, isBeyond, limitOf, ONE, type Problem, problem, type ReferenceMarket, type ReferenceOrder, sleeps } from './reference-order.ts';

type Asked = Pick<ReferenceOrder, 'type' | 'side' | 'price' | 'stopPrice' | 'stopLimitPrice' | 'displayQuantity' | 'triggeredAt'> & { quantity: bigint | null; quoteAmount: bigint | null };

export function marketProblem(market: ReferenceMarket, { type, timeInForce }: PlaceCommand): Problem {
  if (market.status === 'halted') return problem('MARKET_HALTED', 'symbol');
  const neverRests = type === 'MARKET' || (type === 'LIMIT' && (timeInForce === 'IOC' || timeInForce === 'FOK'));
  return market.status === 'post-only' && neverRests ? problem('MARKET_POST_ONLY', 'symbol') : null;
}

type Presence = 'needed' | 'optional' | 'never';

export function fieldsProblem(command: PlaceCommand): Problem {
  const { type, timeInForce, quoteAmount } = command;
  const byAmount = type === 'MARKET' && quoteAmount !== null && command.quantity === null;
  const limited = type === 'LIMIT' || type === 'STOP_LIMIT' || type === 'OCO' || type === 'ICEBERG';
  const amounts: [keyof PlaceCommand, Presence][] = [
    ['quantity', byAmount ? 'optional' : 'needed'],
    ['quoteAmount', byAmount ? 'needed' : 'never'],
    ['price', limited ? 'needed' : 'never'],
    ['stopPrice', hasStop(command) ? 'needed' : 'never'],
    ['stopLimitPrice', type === 'OCO' ? 'optional' : 'never'],
    ['displayQuantity', type === 'ICEBERG' ? 'needed' : 'never'],
  ];
  for (const [field, presence] of amounts) {
    if (presence === 'needed' && command[field] === null) return problem('FIELD_REQUIRED', field);
    if (presence === 'never' && command[field] !== null) return problem('FIELD_NOT_ALLOWED', field);
  }
  const atOnce = timeInForce === 'IOC' || timeInForce === 'FOK';
  const plainOnly = type === 'MARKET' || type === 'STOP';
  if (plainOnly && timeInForce !== 'GTC') return problem('FIELD_NOT_ALLOWED', 'timeInForce');
  if ((type === 'OCO' || type === 'ICEBERG') && atOnce) return problem('FIELD_NOT_ALLOWED', 'timeInForce');
  if (timeInForce === 'GTD' && command.expiresAt === null) return problem('FIELD_REQUIRED', 'expiresAt');
  if (timeInForce !== 'GTD' && command.expiresAt !== null) return problem('FIELD_NOT_ALLOWED', 'expiresAt');
  const mayBePostOnly = type === 'ICEBERG' || (type === 'LIMIT' && !atOnce);
  return command.postOnly && !mayBePostOnly ? problem('FIELD_NOT_ALLOWED', 'postOnly') : null;
}

export function pricesProblem(market: ReferenceMarket, { type, side, price, stopPrice, stopLimitPrice }: Asked): Problem {
  const prices = { price, stopPrice, stopLimitPrice };
  for (const [field, given] of Object.entries(prices)) {
    if (given === null) continue;
    if (given < market.minPrice) return problem('PRICE_TOO_LOW', field);
    if (given > market.maxPrice) return problem('PRICE_TOO_HIGH', field);
    if (given % market.tick !== 0n) return problem('PRICE_NOT_ON_TICK', field);
  }
  if (type !== 'OCO' || price === null || stopPrice === null) return null;
  if (side === 'BUY' && stopPrice <= price) return problem('PRICE_TOO_LOW', 'stopPrice');
  return side === 'SELL' && stopPrice >= price ? problem('PRICE_TOO_HIGH', 'stopPrice') : null;
}

export function quantitiesProblem(market: ReferenceMarket, { quantity, quoteAmount, displayQuantity }: Asked): Problem {
  if (quantity === null) return quoteAmount !== null && (quoteAmount < 1n || quoteAmount < market.minNotional) ? problem('QUANTITY_TOO_SMALL', 'quoteAmount') : null;
  if (quantity < market.minQuantity) return problem('QUANTITY_TOO_SMALL', 'quantity');
  if (quantity > market.maxQuantity) return problem('QUANTITY_TOO_LARGE', 'quantity');
  if (quantity % market.lot !== 0n) return problem('QUANTITY_NOT_ON_LOT', 'quantity');
  if (displayQuantity === null) return null;
  if (displayQuantity < market.minQuantity || displayQuantity * 100n < quantity) return problem('QUANTITY_TOO_SMALL', 'displayQuantity');
  if (displayQuantity >= quantity) return problem('QUANTITY_TOO_LARGE', 'displayQuantity');
  return displayQuantity % market.lot === 0n ? null : problem('QUANTITY_NOT_ON_LOT', 'displayQuantity');
}

/** What an order with a price asks for; `null` for MARKET. */
function askedFor({ type, price, stopPrice, quantity }: Asked): bigint | null {
  const at = type === 'STOP' ? stopPrice : price;
  return at === null || quantity === null ? null : (at * quantity) / ONE;
}

export function notionalProblem(market: ReferenceMarket, asked: Asked): Problem {
  const worth = askedFor(asked);
  if (worth !== null && worth < market.minNotional) return problem('NOTIONAL_TOO_SMALL', 'quantity');
  const part = asked.displayQuantity === null || asked.price === null ? null : (asked.price * asked.displayQuantity) / ONE;
  return part !== null && part < market.minNotional ? problem('NOTIONAL_TOO_SMALL', 'displayQuantity') : null;
}

export function bandProblem(market: ReferenceMarket, asked: Asked, bestOffer: bigint | null): Problem {
  const [limit, band] = [limitOf(asked, market), bandLimit(asked.side, market, bestOffer)];
  if (limit === null || band === null || sleeps(asked)) return null;
  const field = asked.type === 'OCO' && asked.triggeredAt !== null ? 'stopLimitPrice' : 'price';
  return isBeyond(asked.side, limit, band) ? problem('PRICE_OUTSIDE_BAND', field) : null;
}

/** A stop that the last price has reached already, or an OCO whose two prices do not have the last price between them. */
export function stopProblem({ lastPrice: last }: ReferenceMarket, { type, side, price, stopPrice, triggeredAt }: Asked): Problem {
  if (stopPrice === null || triggeredAt !== null || last === null) return null;
  const reached = side === 'BUY' ? last >= stopPrice : last <= stopPrice;
  const notBetween = type === 'OCO' && price !== null && (side === 'BUY' ? last <= price : last >= price);
  return reached || notBetween ? problem('STOP_WOULD_TRIGGER', 'stopPrice') : null;
}
