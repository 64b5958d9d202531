import Joi from 'joi';
import { moment } from '../../http/order-fields.ts';

/**
 * What a key may be allowed. Each is a permission of its owner; `write:balance` moves money and is there only for who names it. The account
 * itself (password, second factor, sessions, keys) is never a program's business.
 */
export const API_KEY_SCOPES = ['trade', 'view_orders', 'view_balance', 'read:balance', 'read:trades', 'write:balance'] as const;
export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

export interface CreateApiKeyRequest {
  name: string;
  scopes: ApiKeyScope[];
  ip_allow_list?: string[];
  expires_at?: string | null;
  require_version_2?: boolean;
  password: string;
  totp?: string;
}

export const createApiKeyRequest: Joi.ObjectSchema<CreateApiKeyRequest> = Joi.object({
  name: Joi.string().trim().min(1).max(64).required(),
  scopes: Joi.array().items(Joi.string().valid(...API_KEY_SCOPES)).min(1).unique().required(),
  ip_allow_list: Joi.array().items(Joi.string().ip({ cidr: 'optional' })).max(20).unique(),
  expires_at: moment.allow(null),
  require_version_2: Joi.boolean(),
  password: Joi.string().max(128).required(),
  totp: Joi.string().max(64),
}).required();

export const apiKeyPath: Joi.ObjectSchema<{ id: string }> = Joi.object({ id: Joi.string().guid({ separator: '-' }).required() }).required();

/** Of a key's id: what stands in X-API-Key. The secret is this, a dot, and what nobody can guess. */
export const publicKeyOf = (id: string): string => `ak_${id.replaceAll('-', '')}`;
