import Joi from 'joi';
import { INTERVAL_NAMES, type Interval } from '../../domain/candles.ts';
import { symbol, moment } from '../../http/order-fields.ts';

export const BOOK_LEVELS_MAX = 100;
export const TRADES_PER_PAGE_MAX = 100;
export const CANDLES_PER_REQUEST_MAX = 1_000;

export const marketPath: Joi.ObjectSchema<{ symbol: string }> = Joi.object({ symbol: symbol.required() }).required();

export const noQuery: Joi.ObjectSchema<Record<never, never>> = Joi.object({});

export const orderbookQuery: Joi.ObjectSchema<{ depth: number }> = Joi.object({
  depth: Joi.number().integer().min(1).max(BOOK_LEVELS_MAX).default(20),
});

/** `cursor` is the last id of the page before. */
export const tradesQuery: Joi.ObjectSchema<{ limit: number; cursor?: number }> = Joi.object({
  limit: Joi.number().integer().min(1).max(TRADES_PER_PAGE_MAX).default(50),
  cursor: Joi.number().integer().min(1),
});

export interface KlinesQuery {
  interval: Interval;
  from?: string;
  to?: string;
  limit: number;
}

export const klinesQuery: Joi.ObjectSchema<KlinesQuery> = Joi.object({
  interval: Joi.string().valid(...INTERVAL_NAMES).required(),
  from: moment,
  to: moment,
  limit: Joi.number().integer().min(1).max(CANDLES_PER_REQUEST_MAX).default(500),
});
