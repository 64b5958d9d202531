import { hash } from 'node:crypto';
import { canonicalAmount } from './money.ts';
import { isUuidV7 } from './uuid.ts';

/**
 * What a trade token says (design 5.5). Every field the engine would act on is in it, in one canonical spelling, so that "1.0" and "1"
 * are one order and no other text is.
 */
export const TRADE_FIELDS = ['symbol', 'side', 'type', 'quantity', 'price', 'clientOrderId'] as const;

export type Side = 'BUY' | 'SELL';
export type OrderType = 'MARKET' | 'LIMIT';

export interface Trade {
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** Canonical decimal, base asset. */
  readonly quantity: string;
  /** Canonical decimal, quote asset per one base. Only with LIMIT. */
  readonly price?: string;
  readonly clientOrderId?: string;
}

export interface TradeTokenClaims {
  readonly iss: string;
  /** exchangeId */
  readonly aud: string;
  /** exchangeUserId */
  readonly sub: string;
  /** UUIDv7 */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly trade: Trade;
}

export const TRADE_TOKEN_TYPE = 'trade+jwt';

export type TradeVerdict = { readonly ok: true; readonly trade: Trade } | { readonly ok: false; readonly fields: Record<string, string> };

/** The canonical trade, always in the same key order. `request` has passed the schema: known fields, strings, right patterns. */
export function canonicalTrade(request: Trade): TradeVerdict {
  const quantity = canonicalAmount(request.quantity);
  const price = request.price === undefined ? undefined : canonicalAmount(request.price);
  const fields: Record<string, string> = {};
  if (quantity === null) fields['quantity'] = 'Write a plain decimal such as "0.001".';
  if (quantity === '0') fields['quantity'] = 'Must be more than zero.';
  if (price === null) fields['price'] = 'Write a plain decimal such as "45000.00".';
  if (price === '0') fields['price'] = 'Must be more than zero.';
  if (request.type === 'LIMIT' && price === undefined) fields['price'] = 'A limit order needs a price.';
  if (request.type === 'MARKET' && price !== undefined) fields['price'] = 'A market order has no price.';
  if (quantity === null || price === null || Object.keys(fields).length > 0) return { ok: false, fields };
  const { symbol, side, type, clientOrderId } = request;
  return { ok: true, trade: { symbol, side, type, quantity, ...(price !== undefined && { price }), ...(clientOrderId !== undefined && { clientOrderId }) } };
}

/** The last second that RFC 3339 can write: whoever shares a secret can sign any number. */
const SECONDS_MAX = 253_402_300_799;

/** The claims of a token whose signature held, or `null` when they are not of the shape we issue. */
export function readTradeTokenClaims(claims: Record<string, unknown>): TradeTokenClaims | null {
  const { iss, aud, sub, jti, iat, nbf, exp } = claims;
  const trade = readTrade(claims['trade']);
  const texts = [iss, aud, sub, jti].every((value) => typeof value === 'string');
  const numbers = [iat, nbf, exp].every((value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= SECONDS_MAX);
  if (!trade || !texts || !numbers || !isUuidV7(jti as string) || exchangeUserIdProblem(sub as string) !== null) return null;
  return { iss, aud, sub, jti, iat, nbf, exp, trade } as TradeTokenClaims;
}

function readTrade(value: unknown): Trade | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = Object.entries(value);
  const known = fields.every(([name, text]) => (TRADE_FIELDS as readonly string[]).includes(name) && typeof text === 'string' && VISIBLE_ASCII.test(text));
  const trade = value as Trade;
  if (!known || trade.quantity === undefined || canonicalAmount(trade.quantity) === null) return null;
  return trade.price !== undefined && canonicalAmount(trade.price) === null ? null : trade;
}

/** One text per order: two requests are the same order when these are equal. */
export function tradeFingerprint(exchangeId: string, exchangeUserId: string, trade: Trade): string {
  const values = [exchangeId, exchangeUserId, ...TRADE_FIELDS.map((field) => trade[field] ?? null)];
  return hash('sha256', JSON.stringify(values), 'base64url');
}

const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;
// Also catches "name@host" without a dot and percent-encoded addresses: an anonymous id has no reason to hold either.
const LOOKS_LIKE_MAIL = /[^@]@[^@]|%40/i;

/** Why this is no usable exchangeUserId, or `null` when it is one. spec/1 §5: stable and anonymous, never personal data. */
export function exchangeUserIdProblem(text: string): string | null {
  if (!VISIBLE_ASCII.test(text)) return 'Use 1 to 128 visible ASCII characters.';
  if (LOOKS_LIKE_MAIL.test(text)) return 'This looks like an e-mail address. Use an anonymous id that stays the same for the user.';
  return null;
}
