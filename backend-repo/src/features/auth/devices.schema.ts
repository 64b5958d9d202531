import Joi from 'joi';
import { linkToken } from '../../http/order-fields.ts';
import type { DeviceDecision } from './devices.service.ts';

export const confirmDeviceRequest: Joi.ObjectSchema<{ token: string; decision: DeviceDecision }> = Joi.object({
  token: linkToken.required(),
  decision: Joi.string().valid('confirm', 'deny').required(),
}).required();

export const renameDeviceRequest: Joi.ObjectSchema<{ name: string | null }> = Joi.object({ name: Joi.string().min(1).max(100).allow(null).required() }).required();

/** As a path says it. */
export const devicePath: Joi.ObjectSchema<{ id: number }> = Joi.object({ id: Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER).required() }).required();
