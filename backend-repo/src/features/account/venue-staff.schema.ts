import Joi from 'joi';
import type { MarketStatus, OrderStatus, OrderType, Side } from '../../domain/matching/types.ts';
import { ORDER_TYPES } from '../../domain/order-terms.ts';
import type { FeeTier } from '../../domain/trading-tiers.ts';
import { pattern, symbol, moment, readReason, reasonWhere } from '../../http/order-fields.ts';
import { PAGE_MAX } from './account.schema.ts';

const number = Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER);
const reason = Joi.string().trim().min(3).max(500);
const page = { limit: Joi.number().integer().min(1).max(PAGE_MAX).default(50), cursor: number };

/** Newest first; `cursor` is the `next_cursor` of the page before. */
export interface Paging {
  limit: number;
  cursor?: number;
}

export interface UsersQuery extends Paging {
  email?: string;
  reason?: string;
  role?: 'user' | 'staff' | 'admin';
}

export interface AllOrdersQuery extends Paging {
  userId?: number;
  reason?: string;
  symbol?: string;
  side?: Side;
  type?: OrderType;
  status?: OrderStatus;
  from?: string;
  to?: string;
}

export interface AllTradesQuery extends Paging {
  userId?: number;
  reason?: string;
  symbol?: string;
  from?: string;
  to?: string;
}

const reasonOfPerson = reasonWhere({ userId: Joi.any() });
const tier = Joi.number().integer().min(1).max(5);

/** `email`: the beginning of it. */
export const usersQuery: Joi.ObjectSchema<UsersQuery> = Joi.object({ ...page, email: Joi.string().max(255), reason: reasonWhere({ email: Joi.any() }), role: Joi.string().valid('user', 'staff', 'admin') });

export const allOrdersQuery: Joi.ObjectSchema<AllOrdersQuery> = Joi.object({
  ...page,
  userId: number,
  reason: reasonOfPerson,
  symbol,
  side: Joi.string().valid('BUY', 'SELL'),
  type: Joi.string().valid(...ORDER_TYPES),
  status: Joi.string().valid('PENDING', 'PARTIAL', 'FILLED', 'CANCELLED'),
  from: moment,
  to: moment,
});

export const allTradesQuery: Joi.ObjectSchema<AllTradesQuery> = Joi.object({ ...page, userId: number, reason: reasonOfPerson, symbol, from: moment, to: moment });

export const userPath: Joi.ObjectSchema<{ id: number }> = Joi.object({ id: number.required() }).required();
export const personQuery: Joi.ObjectSchema<{ reason: string }> = Joi.object({ reason: readReason.required() });

export const transferPath: Joi.ObjectSchema<{ id: string }> = Joi.object({ id: Joi.string().guid({ version: 'uuidv7' }).required() }).required();
export const marketPath: Joi.ObjectSchema<{ symbol: string }> = Joi.object({ symbol: symbol.required() }).required();

export const venueReasonRequest: Joi.ObjectSchema<{ reason: string }> = Joi.object({ reason: reason.required() }).required();

/** `reference`: what a withdrawal was sent as. */
export interface SendRequest {
  reason: string;
  reference?: string;
}

const sendRequest: Joi.ObjectSchema<SendRequest> = Joi.object({ reason: reason.required(), reference: pattern(/^[\x21-\x7e]{1,128}$/, '1 to 128 visible ASCII characters') }).required();

export const decisionRequest = (decision: string): Joi.ObjectSchema<SendRequest> => (decision === 'send' ? sendRequest : venueReasonRequest);

/** `null`: by volume again. */
export interface FeeTierRequest {
  tier: FeeTier | null;
  reason: string;
}

export const feeTierRequest: Joi.ObjectSchema<FeeTierRequest> = Joi.object({ tier: tier.allow(null).required(), reason: reason.required() }).required();

export const MARKET_ACTIONS = { halt: 'halted', open: 'open', 'post-only': 'post-only' } as const satisfies Record<string, MarketStatus>;
