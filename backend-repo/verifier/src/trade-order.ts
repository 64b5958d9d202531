import { types } from 'node:util';
import { brokenTerms } from './order-terms.ts';

/**
 * Every field of an order that a token covers, and so every field an engine may act on. The list is closed: an order with
 * any other field is refused, since that field would be unsigned. The same list stands in our API contract (`Order`).
 */
export const TRADE_FIELDS = Object.freeze([
  'symbol', 'side', 'type', 'quantity', 'quoteAmount', 'price', 'stopPrice', 'stopLimitPrice', 'displayQuantity', 'timeInForce', 'expiresAt', 'postOnly',
  'selfTradePrevention', 'clientOrderId',
] as const);

export type TradeField = (typeof TRADE_FIELDS)[number];

/**
 * `basic`: MARKET by quantity, and LIMIT that waits until it is cancelled; nothing else is accepted, so an engine that knows nothing else is never asked
 * for it. `all`: every order of our contract; then yours must act on each of its fields.
 */
export type OrderTerms = 'basic' | 'all';

/** An order. Amounts are decimal strings, never numbers. Which fields go with which type: `Order` in the contract. */
export interface TradeOrder {
  /** e.g. BTCUSDT; 5 to 20 of A–Z and 0–9. */
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: 'MARKET' | 'LIMIT' | 'STOP' | 'STOP_LIMIT' | 'OCO' | 'ICEBERG';
  /** In the base asset, canonical: `^\d{1,12}(\.\d{1,8})?$` without needless zeros, above zero. Always there, but for a MARKET order with `quoteAmount`. */
  readonly quantity?: string;
  /** In the quote asset, the same form: spend or receive at most this much. */
  readonly quoteAmount?: string;
  /** The limit, in the quote asset, the same form. With `basic` terms it is there exactly when `type` is LIMIT. */
  readonly price?: string;
  readonly stopPrice?: string;
  readonly stopLimitPrice?: string;
  readonly displayQuantity?: string;
  readonly timeInForce?: 'GTC' | 'IOC' | 'FOK' | 'GTD';
  /** UTC with milliseconds: `2026-01-15T10:30:00.000Z`. */
  readonly expiresAt?: string;
  /** `true`, or not there. */
  readonly postOnly?: true;
  readonly selfTradePrevention?: 'NONE' | 'TAKER' | 'MAKER' | 'BOTH';
  /** The client's own name for the order; 1 to 64 of A–Z a–z 0–9 . _ : - */
  readonly clientOrderId?: string;
}

/** The fields of one order, each of the right shape and each amount canonical. */
type OrderFields = { readonly [Field in TradeField]?: string | true };

type OrderReading = { readonly fields: OrderFields } | { readonly refused: string };

const AMOUNT = /^\d{1,12}(\.\d{1,8})?$/;

/** `postOnly` is the one field that is no text. */
const SHAPES: Record<Exclude<TradeField, 'postOnly'>, RegExp> = {
  symbol: /^[A-Z0-9]{5,20}$/,
  side: /^(?:BUY|SELL)$/,
  type: /^(?:MARKET|LIMIT|STOP|STOP_LIMIT|OCO|ICEBERG)$/,
  quantity: AMOUNT,
  quoteAmount: AMOUNT,
  price: AMOUNT,
  stopPrice: AMOUNT,
  stopLimitPrice: AMOUNT,
  displayQuantity: AMOUNT,
  timeInForce: /^(?:GTC|IOC|FOK|GTD)$/,
  expiresAt: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
  selfTradePrevention: /^(?:NONE|TAKER|MAKER|BOTH)$/,
  clientOrderId: /^[A-Za-z0-9._:-]{1,64}$/,
};

const isTradeField = (name: PropertyKey): name is TradeField => (TRADE_FIELDS as readonly PropertyKey[]).includes(name);
const isAmountField = (name: TradeField): boolean => name !== 'postOnly' && SHAPES[name] === AMOUNT;

/**
 * The one way to write an amount: `"1.0"` and `"01"` become `"1"`. Undefined for anything that is not a plain decimal of at most
 * 12 digits before and 8 after the point: `"1e0"`, `"+1"`, `" 1"`, `".5"`, `"1."`, numbers.
 */
export function canonicalAmount(amount: unknown): string | undefined {
  if (typeof amount !== 'string' || !AMOUNT.test(amount)) return undefined;
  const [whole = '', fraction = ''] = amount.split('.');
  const digits = whole.replace(/^0+(?=\d)/, '');
  const decimals = fraction.replace(/0+$/, '');
  return decimals === '' ? digits : `${digits}.${decimals}`;
}

/**
 * Read an order from a request into fresh strings, or say which field is refused. Only own, plain properties are read: an
 * accessor could answer differently the second time, and an inherited field would not be seen by whoever logs the order.
 * Never throws, whatever it is given.
 */
export function readOrder(order: unknown, terms: OrderTerms): OrderReading {
  if (!isPlainObject(order)) return { refused: 'order' };
  const fields: { [Field in TradeField]?: string | true } = {};
  for (const name of Reflect.ownKeys(order)) {
    const property = Object.getOwnPropertyDescriptor(order, name);
    if (!isTradeField(name)) return { refused: String(name).slice(0, 64) };
    if (!property || !('value' in property) || !property.enumerable) return { refused: name };
    const value: unknown = property.value;
    // Left out, and not post-only, are each one thing that can be said in two ways.
    if (value === undefined || (name === 'postOnly' && value === false)) continue;
    const read = readField(name, value);
    if (read === undefined) return { refused: name };
    fields[name] = read;
  }
  const bad = brokenTerms(fields, terms);
  return bad === undefined ? { fields } : { refused: bad };
}

/** The first field in which two orders differ. A field that only one of them has is a difference. */
export function differingField(left: OrderFields, right: OrderFields): TradeField | undefined {
  return TRADE_FIELDS.find((name) => left[name] !== right[name]);
}

/** The trade of a verified token as a fresh frozen order, or the name of the field for which it is refused. */
export function readTokenTrade(trade: unknown, terms: OrderTerms): { readonly order: TradeOrder } | { readonly refused: string } {
  const reading = readOrder(trade, terms);
  if ('refused' in reading) return reading;
  const { fields } = reading;
  // A token is written by us, so what is not already canonical is not ours.
  const loose = TRADE_FIELDS.find((name) => fields[name] !== ownText(trade, name));
  if (loose) return { refused: loose };
  return { order: Object.freeze(fields) as TradeOrder };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  // Also true for the Object.prototype of another realm (vm contexts, test runners).
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

function readField(name: TradeField, value: unknown): string | true | undefined {
  if (name === 'postOnly') return value === true ? true : undefined;
  if (typeof value !== 'string' || !SHAPES[name].test(value)) return undefined;
  if (name === 'expiresAt') return isMoment(value) ? value : undefined;
  if (!isAmountField(name)) return value;
  const amount = canonicalAmount(value);
  return amount === '0' ? undefined : amount;
}

/** No 30th of February: one text for each moment. */
const isMoment = (text: string): boolean => Number.isFinite(Date.parse(text)) && new Date(text).toISOString() === text;

const ownText = (holder: unknown, name: TradeField): unknown =>
  Object.getOwnPropertyDescriptor(holder, name)?.value;
