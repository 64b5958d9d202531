import Joi from 'joi';
import { readLine } from '../../domain/login-backoff.ts';

const reason = Joi.string().trim().min(3).max(500);

export const unlockRequest: Joi.ObjectSchema<{ reason: string }> = Joi.object({ reason: reason.required() }).required();

/** An address, or the /64 that is blocked as one, as the audit log writes it. */
const address = Joi.string().max(50).custom((value: string) => {
  if (readLine(value) === null) throw new Error('not an address');
  return value;
}).messages({ 'any.custom': '{#label} must be an IP address.' });

export const unblockRequest: Joi.ObjectSchema<{ address: string; reason: string }> = Joi.object({ address: address.required(), reason: reason.required() }).required();

export const lockedUserPath: Joi.ObjectSchema<{ id: number }> = Joi.object({ id: Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER).required() }).required();
