import Joi from 'joi';
import { amount, orderFields, pattern, type OrderRequest } from '../../http/order-fields.ts';

/** What requests of role widget may contain. The contract check compares these with docs/openapi.yaml. */
export const EXCHANGE_ID = /^[a-z0-9](?:[a-z0-9-]{1,62}[a-z0-9])$/;
const VISIBLE_ID = /^[\x21-\x7e]{1,128}$/;
const JWT_CHARACTERS_MAX = 4_096;

// joi's guid() also takes braces and brackets, which Postgres does not.
const uuid = pattern(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID in small letters');
const exchangeId = pattern(EXCHANGE_ID, 'the id of an exchange').required();
const visibleId = pattern(VISIBLE_ID, '1 to 128 visible ASCII characters');

export interface TokenRequest {
  exchangeId: string;
  exchangeUserId: string;
  trade: OrderRequest;
}

export const tokenRequest: Joi.ObjectSchema<TokenRequest> = Joi.object({
  exchangeId,
  exchangeUserId: visibleId.required(),
  trade: Joi.object(orderFields).required(),
}).required();

/** Signed mode sends the user token, label mode the bare name; never both. */
export type SessionRequest = { exchangeId: string } & ({ userToken: string; exchangeUserId?: never } | { exchangeUserId: string; userToken?: never });

const EITHER = 'Send userToken or exchangeUserId, not both.';
export const sessionRequest: Joi.ObjectSchema<SessionRequest> = Joi.object({
  exchangeId,
  userToken: Joi.string()
    .max(JWT_CHARACTERS_MAX)
    .when('exchangeUserId', { is: Joi.exist(), then: Joi.forbidden(), otherwise: Joi.required() })
    .messages({ 'any.required': EITHER, 'any.unknown': EITHER }),
  exchangeUserId: visibleId,
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
        jti: uuid.required(),
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
  before: uuid,
});

/** RFC-style key format, 16 to 64 visible ASCII characters (facts: rules I5). */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{16,64}$/;
