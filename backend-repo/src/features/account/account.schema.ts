import Joi from 'joi';
import { amount, linkToken, pattern, symbol, moment } from '../../http/order-fields.ts';

export const PAGE_MAX = 100;
/** RFC-style key format, 16 to 64 visible ASCII characters. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{16,64}$/;

const asset = pattern(/^[A-Z0-9]{2,20}$/, 'an asset such as USDT');
const limit = Joi.number().integer().min(1).max(PAGE_MAX).default(50);
const id = Joi.string().guid({ version: 'uuidv7' });

export const assetPath: Joi.ObjectSchema<{ asset: string }> = Joi.object({ asset: asset.required() }).required();
export const symbolPath: Joi.ObjectSchema<{ symbol: string }> = Joi.object({ symbol: symbol.required() }).required();

/** Newest first; `cursor` is the `next_cursor` of the page before. */
export interface OwnTradesQuery {
  symbol?: string | null;
  from?: string | null;
  to?: string | null;
  limit: number;
  cursor?: number;
}

const tradeFilters = { from: moment, to: moment, limit, cursor: Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER) };
export const ownTradesQuery: Joi.ObjectSchema<OwnTradesQuery> = Joi.object({ symbol, ...tradeFilters });
export const ownTradesOfSymbolQuery: Joi.ObjectSchema<OwnTradesQuery> = Joi.object(tradeFilters);

export const feesQuery: Joi.ObjectSchema<{ from?: string; to?: string }> = Joi.object({ from: moment, to: moment });

export interface DepositRequest {
  asset: string;
  amount: string;
}

export interface WithdrawalRequest extends DepositRequest {
  address: string;
  /** Of the authenticator, or a backup code; where the session has shown one just now, it may be left out. */
  totp?: string;
}

export const depositRequest: Joi.ObjectSchema<DepositRequest> = Joi.object({ asset: asset.required(), amount: amount.required() }).required();

/** What the payment provider has received. `reference`: the deposit's id, as its sender quoted it. */
export interface FundingRequest extends DepositRequest {
  transactionId: string;
  reference: string;
}

export const fundingRequest: Joi.ObjectSchema<FundingRequest> = Joi.object({
  transactionId: pattern(/^[A-Za-z0-9._:-]{1,100}$/, '1 to 100 letters, digits or ._:-').required(),
  reference: id.required(),
  asset: asset.required(),
  amount: amount.required(),
}).required();

export const withdrawalRequest: Joi.ObjectSchema<WithdrawalRequest> = Joi.object({
  asset: asset.required(),
  amount: amount.required(),
  address: pattern(/^[\x21-\x7e]{4,128}$/, '4 to 128 visible ASCII characters').required(),
  totp: Joi.string().max(64),
}).required();

export const withdrawalConfirmation: Joi.ObjectSchema<{ token: string }> = Joi.object({ token: linkToken.required() }).required();
export const withdrawalPath: Joi.ObjectSchema<{ id: string }> = Joi.object({ id: id.required() }).required();

/** Newest first. */
export interface TransfersQuery {
  status?: string;
  userId?: number;
  limit: number;
  cursor?: string;
}

const transferFilters = { limit, cursor: id };
export const DEPOSIT_STATUSES = ['pending', 'confirmed', 'completed', 'failed'] as const;
export const WITHDRAWAL_STATUSES = ['requested', 'mail_confirmed', 'approved', 'sent', 'completed', 'failed', 'rejected', 'cancelled'] as const;
const statusOf = (statuses: readonly string[]): Joi.StringSchema => Joi.string().valid(...statuses);

export const depositsQuery: Joi.ObjectSchema<TransfersQuery> = Joi.object({ ...transferFilters, status: statusOf(DEPOSIT_STATUSES) });
export const withdrawalsQuery: Joi.ObjectSchema<TransfersQuery> = Joi.object({ ...transferFilters, status: statusOf(WITHDRAWAL_STATUSES) });
