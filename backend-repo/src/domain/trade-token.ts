import { hash } from 'node:crypto';
import { canonicalAmount } from './money.ts';
import { isAmountField, ORDER_FIELDS, ORDER_TYPES, termsProblems, type OrderField, type OrderType, type SelfTradePrevention, type TimeInForce } from './order-terms.ts';
import { isUuidV7 } from './uuid.ts';

/**
 * What a trade token says (design 5.5). Every field the engine would act on is in it, in one canonical spelling, so that "1.0" and "1"
 * are one order and no other text is.
 */
export const TRADE_FIELDS = ORDER_FIELDS;

export type Side = 'BUY' | 'SELL';

/** docs/decisions/0015 says which fields go together. Amounts are canonical decimals. */
export interface Trade {
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** Base asset. Left out only with `quoteAmount`. */
  readonly quantity?: string;
  readonly quoteAmount?: string;
  /** Quote asset per one base. */
  readonly price?: string;
  readonly stopPrice?: string;
  readonly stopLimitPrice?: string;
  readonly displayQuantity?: string;
  readonly timeInForce?: TimeInForce;
  /** `2026-01-15T10:30:00.000Z`, in exactly this form. */
  readonly expiresAt?: string;
  /** `true`, or left out. */
  readonly postOnly?: true;
  readonly selfTradePrevention?: SelfTradePrevention;
  readonly clientOrderId?: string;
}

/** An order as it stands in a request: amounts in any spelling, `postOnly` true or false. */
export type TradeRequest = Omit<Trade, 'postOnly'> & { readonly postOnly?: boolean };

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

/** The canonical trade, always in the same key order. `request` has passed the schema: known fields, right types, right patterns. */
export function canonicalTrade(request: TradeRequest): TradeVerdict {
  const trade: Record<string, string | boolean> = {};
  const fields: Record<string, string> = {};
  for (const field of ORDER_FIELDS) {
    const given = request[field];
    if (given === undefined || given === false) continue;
    trade[field] = isAmountField(field) ? canonicalField(field, given as string, fields) : given;
  }
  if (request.expiresAt !== undefined && !isCanonicalTime(request.expiresAt)) fields['expiresAt'] = 'Write a time such as "2026-01-15T10:30:00.000Z".';
  const verdict = { ...termsProblems(trade as unknown as Trade), ...fields };
  return Object.keys(verdict).length > 0 ? { ok: false, fields: verdict } : { ok: true, trade: trade as unknown as Trade };
}

function canonicalField(field: OrderField, given: string, fields: Record<string, string>): string {
  const amount = canonicalAmount(given);
  if (amount === null) fields[field] = 'Write a plain decimal such as "0.001".';
  if (amount === '0') fields[field] = 'Must be more than zero.';
  return amount ?? given;
}

/** Milliseconds and UTC, in the one form that `toISOString` writes, on a day that exists: then two texts are equal exactly when the moments are. */
function isCanonicalTime(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):([0-5]\d):([0-5]\d)\.\d{3}Z$/.exec(text);
  if (!parts) return false;
  const [year, month, day, hour] = [Number(parts[1]), Number(parts[2]), Number(parts[3]), Number(parts[4])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month) && hour <= 23;
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
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
  const known = Object.entries(value).every(([name, inner]) => {
    if (!(ORDER_FIELDS as readonly string[]).includes(name)) return false;
    return name === 'postOnly' ? inner === true : typeof inner === 'string' && VISIBLE_ASCII.test(inner);
  });
  if (!known || !(ORDER_TYPES as readonly unknown[]).includes((value as Trade).type)) return null;
  const verdict = canonicalTrade(value as Trade);
  return verdict.ok ? (value as Trade) : null;
}

// In the order of the first version, so that what was stored then still compares.
const FIRST_FIELDS = ['symbol', 'side', 'type', 'quantity', 'price', 'clientOrderId'] as const;
const LATER_FIELDS = ORDER_FIELDS.filter((field) => !(FIRST_FIELDS as readonly OrderField[]).includes(field));

/** One text per order: two requests are the same order when these are equal. */
export function tradeFingerprint(exchangeId: string, exchangeUserId: string, trade: Trade): string {
  const values: unknown[] = [exchangeId, exchangeUserId, ...FIRST_FIELDS.map((field) => trade[field] ?? null)];
  for (const field of LATER_FIELDS) if (trade[field] !== undefined) values.push(field, trade[field]);
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
