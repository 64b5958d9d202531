import Joi from 'joi';
import { isFontList, isMappedUrl, type PartnerSettings } from '../../domain/partner-settings.ts';
import { amount, pattern, symbol as symbolName } from '../../http/order-fields.ts';
import { EXCHANGE_ID } from './widget.schema.ts';

/** What staff may send about a partner. Checked when written, so that the widget need not distrust it. */
const color = pattern(/^#[0-9a-fA-F]{6}$/, 'a colour such as #3A86FF');
const asset = pattern(/^[A-Z0-9]{2,10}$/, '2 to 10 capital letters and digits');
const exchangeId = pattern(EXCHANGE_ID, 'the id of an exchange');
const FEE_SCHEDULE_MAX = 2_147_483_647;

function fitting(fits: (text: string) => boolean, what: string): Joi.StringSchema {
  return Joi.string().custom((value: string, helpers) => (fits(value) ? value : helpers.error('text.unfit'))).messages({ 'text.unfit': `{#label} must be ${what}.` });
}

// Names are part of what is stored: nothing Postgres would not take may stand in them.
const texts = (name: RegExp): Joi.ObjectSchema => Joi.object().pattern(Joi.string().pattern(name), Joi.string().allow('').max(500)).max(20);
const PLAIN_NAME = /^[\w.[\]-]{1,64}$/;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;

const mapping = Joi.object({
  url: fitting(isMappedUrl, 'https, or http on localhost, with placeholders after the host only').max(500).required(),
  method: Joi.string().valid('GET', 'POST').required(),
  headers: texts(HEADER_NAME),
  body: texts(PLAIN_NAME),
  answer: texts(PLAIN_NAME),
});

const symbol = Joi.object({
  symbol: symbolName.required(),
  base: asset.required(),
  quote: asset.required(),
  tickSize: amount.required(),
  lotSize: amount.required(),
  minQuantity: amount.required(),
  maxQuantity: amount.required(),
  minNotional: amount.required(),
  maxPrice: amount,
});

const isOrigin = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

const name = Joi.string().trim().min(1).max(80);

const settings = {
  identityMode: Joi.string().valid('signed', 'label'),
  allowedOrigins: Joi.array().items(fitting(isOrigin, 'an origin such as https://exchange.example').max(300)).max(50).unique(),
  theme: Joi.object({
    primaryColor: color.required(),
    backgroundColor: color.required(),
    textColor: color.required(),
    fontFamily: fitting(isFontList, 'names of fonts and commas').required(),
  }),
  features: Joi.object({ showPnl: Joi.boolean().required(), allowMarketOrders: Joi.boolean().required() }),
  locale: pattern(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language tag such as en or pt-BR').max(35),
  symbols: Joi.array().items(symbol).max(500).unique('symbol'),
  endpoints: Joi.object({
    order: mapping,
    orderStatus: mapping,
    balance: mapping,
    orderbookUrl: fitting((text) => isMappedUrl(text) && text.includes('{symbol}'), 'https, or http on localhost, with {symbol} after the host').max(500),
  }),
  traderFee: Joi.object({ makerRate: amount.required(), takerRate: amount.required(), text: Joi.string().allow('').max(200).required() }),
  feeSchedule: Joi.number().integer().min(1).max(FEE_SCHEDULE_MAX),
  labelTokensPerDay: Joi.number().integer().min(1).max(10_000_000),
};

export type Algorithm = 'ES256' | 'HS256';
export type UpdateExchangeRequest = Partial<PartnerSettings>;
export type CreateExchangeRequest = UpdateExchangeRequest & { exchangeId: string; name: string; algorithm?: Algorithm };

export const createExchangeRequest: Joi.ObjectSchema<CreateExchangeRequest> = Joi.object({
  exchangeId: exchangeId.required(),
  name: name.required(),
  algorithm: Joi.string().valid('ES256', 'HS256'),
  ...settings,
}).required();

export const updateExchangeRequest: Joi.ObjectSchema<UpdateExchangeRequest> = Joi.object({ name, ...settings }).required();

export interface ExchangesQuery {
  limit: number;
  after?: string;
  status?: 'active' | 'suspended';
}

export const exchangesQuery: Joi.ObjectSchema<ExchangesQuery> = Joi.object({
  limit: Joi.number().integer().min(1).max(100).default(50),
  after: exchangeId,
  status: Joi.string().valid('active', 'suspended'),
});

/** The versions an If-Match names. `null`: any will do. Tags that are not ours match nothing, as RFC 9110 asks. */
export function versionsMatching(ifMatch: string | undefined): number[] | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  return ifMatch.split(',').flatMap((tag) => /^\s*"(\d{1,9})"\s*$/.exec(tag)?.[1] ?? []).map(Number);
}
