import Joi from 'joi';
import { AMOUNT, SYMBOL } from '../../http/order-fields.ts';
import type { NewExchange } from './partners.repository.ts';
import { EXCHANGE_ID } from './widget.schema.ts';

/** What a partner's configuration may be (contract.md, Trade tokens). Checked when written, so that the widget need not distrust it. */
const color = Joi.string().pattern(/^#[0-9a-fA-F]{6}$/);
const decimal = Joi.string().pattern(AMOUNT);
const httpUrl = Joi.string().uri({ scheme: ['http', 'https'] }).max(500);
const placeholders = Joi.object().pattern(Joi.string().max(64), Joi.string().max(500)).max(20);

const mapping = Joi.object({
  url: Joi.string().pattern(/^https?:\/\/[^\s{}]+(?:\{\w+\}[^\s{}]*)*$/).max(500).required(),
  method: Joi.string().valid('GET', 'POST').required(),
  headers: placeholders,
  body: placeholders,
  answer: placeholders,
});

const symbol = Joi.object({
  symbol: Joi.string().pattern(SYMBOL).required(),
  base: Joi.string().pattern(/^[A-Z0-9]{2,10}$/).required(),
  quote: Joi.string().pattern(/^[A-Z0-9]{2,10}$/).required(),
  tickSize: decimal.required(),
  lotSize: decimal.required(),
  minQuantity: decimal.required(),
  maxQuantity: decimal.required(),
  minNotional: decimal.required(),
});

export const newExchangeSchema: Joi.ObjectSchema<NewExchange> = Joi.object({
  exchange_id: Joi.string().pattern(EXCHANGE_ID).required(),
  name: Joi.string().trim().min(1).max(80).required(),
  identity_mode: Joi.string().valid('signed', 'label').required(),
  limit_tier: Joi.string().valid('standard', 'bench').required(),
  allowed_origins: Joi.array().items(httpUrl.custom((value: string, helpers) => (new URL(value).origin === value ? value : helpers.error('any.invalid')))).max(50).required(),
  theme: Joi.object({
    primaryColor: color.required(),
    backgroundColor: color.required(),
    textColor: color.required(),
    // Names and commas only: nothing that could end the declaration or fetch something.
    fontFamily: Joi.string().pattern(/^[\w\s,'"-]{1,200}$/).required(),
  }).required(),
  features: Joi.object({ showPnl: Joi.boolean().required(), allowMarketOrders: Joi.boolean().required() }).required(),
  locale: Joi.string().pattern(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/).required(),
  symbols: Joi.array().items(symbol).max(500).unique('symbol').required(),
  endpoints: Joi.object({ order: mapping, orderStatus: mapping, balance: mapping, orderbookUrl: Joi.string().pattern(/^https?:\/\/[^\s{}]+\{symbol\}[^\s{}]*$/).max(500) }).required(),
  trader_fee: Joi.object({ makerRate: decimal.required(), takerRate: decimal.required(), text: Joi.string().allow('').max(200).required() }).required(),
  fee_schedule: Joi.number().integer().min(1).required(),
}).required();
