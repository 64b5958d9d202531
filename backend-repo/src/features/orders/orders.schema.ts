import Joi from 'joi';
import { orderFields, type OrderRequest } from '../../http/order-fields.ts';

export interface PlaceOrderRequest extends OrderRequest {
  tradeToken?: string;
}

const JWT_CHARACTERS_MAX = 4_096;

export const placeOrderRequest: Joi.ObjectSchema<PlaceOrderRequest> = Joi.object({
  ...orderFields,
  tradeToken: Joi.string().max(JWT_CHARACTERS_MAX),
}).required();

export const orderPath: Joi.ObjectSchema<{ id: number }> = Joi.object({
  id: Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER).required(),
}).required();
