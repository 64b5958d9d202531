import Joi from 'joi';
import { ORDER_TYPES, SELF_TRADE_PREVENTIONS, TIMES_IN_FORCE, type OrderField } from '../domain/order-terms.ts';
import type { TradeRequest } from '../domain/trade-token.ts';

/** The fields of an order, for every route that takes one: the token request and the venue must never differ (contract.md, Trade tokens). */
export const AMOUNT = /^\d{1,12}(\.\d{1,8})?$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
export const SYMBOL = /^[A-Z0-9]{5,20}$/;
export const CLIENT_ORDER_ID = /^[A-Za-z0-9._:-]{1,64}$/;

export const pattern = (regex: RegExp, what: string): Joi.StringSchema =>
  Joi.string().pattern(regex).messages({ 'string.pattern.base': `{#label} must be ${what}.` });

/** What the link of a mail carries. */
export const linkToken = pattern(/^[\w-]{43}$/, 'the token of a link, as it stands in the mail');

export const amount = pattern(AMOUNT, 'a plain decimal in a string, such as "0.001"');
export const symbol = pattern(SYMBOL, 'a symbol such as BTCUSDT');

/** Since 1970, in the one form that `toISOString` writes. Date.parse makes 2 March of 30 February, and Postgres an error. */
const isMoment = (text: string): boolean => Date.parse(text) >= 0 && new Date(text).toISOString() === text;

export const time = pattern(TIME, 'a time in UTC with milliseconds, such as "2026-01-15T10:30:00.000Z"').custom((value: string, helpers) => {
  return isMoment(value) ? value : helpers.error('string.pattern.base');
}, 'a day that there is');

/** As `time`, where nothing is signed: milliseconds may be left out, as spec/4 prints its times. */
export const moment = pattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/, 'a time in UTC, such as "2026-01-15T10:30:00Z"').custom((value: string, helpers) => {
  const written = value.length === '2026-01-15T10:30:00Z'.length ? value.replace('Z', '.000Z') : value;
  return isMoment(written) ? written : helpers.error('string.pattern.base');
}, 'a day that there is');

/** Why a member of staff wants to see a person's data. */
export const readReason = pattern(/^\P{Cc}*$/u, 'text without control characters').trim().min(10).max(200);

/** A list takes a reason, and asks for one where a filter names one person. @param filters by which value each names a person */
export const reasonWhere = (filters: Readonly<Record<string, Joi.Schema>>): Joi.StringSchema =>
  Object.entries(filters).reduce((schema, [filter, names]) => schema.when(filter, { is: names.required(), then: Joi.required() }), readReason);

/** The closed list: here, in the signed token, and at the venue. Which fields go together is `domain/order-terms.ts`. */
export const orderFields = {
  symbol: symbol.required(),
  side: Joi.string().valid('BUY', 'SELL').required(),
  type: Joi.string().valid(...ORDER_TYPES).required(),
  quantity: amount,
  quoteAmount: amount,
  price: amount,
  stopPrice: amount,
  stopLimitPrice: amount,
  displayQuantity: amount,
  timeInForce: Joi.string().valid(...TIMES_IN_FORCE),
  expiresAt: time,
  postOnly: Joi.boolean().strict(),
  selfTradePrevention: Joi.string().valid(...SELF_TRADE_PREVENTIONS),
  clientOrderId: pattern(CLIENT_ORDER_ID, '1 to 64 letters, digits or ._:-'),
} satisfies Record<OrderField, Joi.Schema>;

export type OrderRequest = TradeRequest;
