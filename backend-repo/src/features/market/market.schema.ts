import Joi from 'joi';
import { symbol } from '../../http/order-fields.ts';

export const BOOK_LEVELS_MAX = 100;

export const marketPath: Joi.ObjectSchema<{ symbol: string }> = Joi.object({ symbol: symbol.required() }).required();

export const orderbookQuery: Joi.ObjectSchema<{ depth: number }> = Joi.object({
  depth: Joi.number().integer().min(1).max(BOOK_LEVELS_MAX).default(20),
});
