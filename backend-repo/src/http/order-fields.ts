import Joi from 'joi';

/** The fields of an order, for every route that takes one: the token request and the venue must never differ (contract.md, Trade tokens). */
export const AMOUNT = /^\d{1,12}(\.\d{1,8})?$/;
export const SYMBOL = /^[A-Z0-9]{5,20}$/;
export const CLIENT_ORDER_ID = /^[A-Za-z0-9._:-]{1,64}$/;

export const pattern = (regex: RegExp, what: string): Joi.StringSchema =>
  Joi.string().pattern(regex).messages({ 'string.pattern.base': `{#label} must be ${what}.` });

export const amount = pattern(AMOUNT, 'a plain decimal in a string, such as "0.001"');
export const symbol = pattern(SYMBOL, 'a symbol such as BTCUSDT');

/** The closed list: here, in the signed token, and at the venue. */
export const orderFields = {
  symbol: symbol.required(),
  side: Joi.string().valid('BUY', 'SELL').required(),
  type: Joi.string().valid('MARKET', 'LIMIT').required(),
  quantity: amount.required(),
  price: amount,
  clientOrderId: pattern(CLIENT_ORDER_ID, '1 to 64 letters, digits or ._:-'),
};

export interface OrderRequest {
  symbol: string;
  side: 'BUY' | 'SELL';
  type: 'MARKET' | 'LIMIT';
  quantity: string;
  price?: string;
  clientOrderId?: string;
}
