import Joi from 'joi';

/** What requests of role widget may contain. The contract check compares these with docs/openapi.yaml. */
export const EXCHANGE_ID = /^[a-z0-9](?:[a-z0-9-]{1,62}[a-z0-9])$/;
export const AMOUNT = /^\d{1,12}(\.\d{1,8})?$/;
export const SYMBOL = /^[A-Z0-9]{5,20}$/;
export const CLIENT_ORDER_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const VISIBLE_ID = /^[\x21-\x7e]{1,128}$/;
const JWT_CHARACTERS_MAX = 4_096;

const pattern = (regex: RegExp, what: string): Joi.StringSchema => Joi.string().pattern(regex).messages({ 'string.pattern.base': `{#label} must be ${what}.` });
const exchangeId = pattern(EXCHANGE_ID, 'the id of an exchange').required();
const amount = pattern(AMOUNT, 'a plain decimal in a string, such as "0.001"');

/** The closed list of fields of an order: here, in the signed token, and at the venue. */
export const orderFields = {
  symbol: pattern(SYMBOL, 'a symbol such as BTCUSDT').required(),
  side: Joi.string().valid('BUY', 'SELL').required(),
  type: Joi.string().valid('MARKET', 'LIMIT').required(),
  quantity: amount.required(),
  price: amount,
  clientOrderId: pattern(CLIENT_ORDER_ID, '1 to 64 letters, digits or ._:-'),
};

export interface TradeRequest {
  symbol: string;
  side: 'BUY' | 'SELL';
  type: 'MARKET' | 'LIMIT';
  quantity: string;
  price?: string;
  clientOrderId?: string;
}

export interface TokenRequest {
  exchangeId: string;
  exchangeUserId: string;
  trade: TradeRequest;
}

export const tokenRequest: Joi.ObjectSchema<TokenRequest> = Joi.object({
  exchangeId,
  exchangeUserId: pattern(VISIBLE_ID, '1 to 128 visible ASCII characters').required(),
  trade: Joi.object(orderFields).required(),
}).required();

export const sessionRequest: Joi.ObjectSchema<{ exchangeId: string; userToken: string }> = Joi.object({
  exchangeId,
  userToken: Joi.string().max(JWT_CHARACTERS_MAX).required(),
}).required();

export const redeemRequest: Joi.ObjectSchema<{ token: string }> = Joi.object({
  token: Joi.string().max(JWT_CHARACTERS_MAX).required(),
}).required();

export interface ExecutionItem {
  jti: string;
  status: 'executed' | 'partially_executed' | 'rejected' | 'expired';
  quantity: string;
  price?: string;
  orderId: string;
  executedAt: string;
}

export const executionsRequest: Joi.ObjectSchema<{ executions: ExecutionItem[] }> = Joi.object({
  executions: Joi.array()
    .min(1)
    .max(1_000)
    .items(
      Joi.object({
        jti: Joi.string().guid({ separator: '-' }).lowercase().required(),
        status: Joi.string().valid('executed', 'partially_executed', 'rejected', 'expired').required(),
        quantity: amount.required(),
        price: amount,
        orderId: pattern(/^[\x21-\x7e]{1,64}$/, '1 to 64 visible ASCII characters').required(),
        executedAt: pattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/, 'a time such as 2026-01-15T10:30:00Z').required(),
      }),
    )
    .required(),
}).required();

export const configQuery: Joi.ObjectSchema<{ id: string }> = Joi.object({ id: exchangeId }).required();
export const exchangeIdPath: Joi.ObjectSchema<{ exchangeId: string }> = Joi.object({ exchangeId }).required();

export const TOKENS_PER_PAGE_MAX = 100;
export const tokensQuery: Joi.ObjectSchema<{ limit: number; before?: string }> = Joi.object({
  limit: Joi.number().integer().min(1).max(TOKENS_PER_PAGE_MAX).default(50),
  before: Joi.string().guid({ separator: '-' }).lowercase(),
});

/** RFC-style key format, 16 to 64 visible ASCII characters (facts: rules I5). */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{16,64}$/;
