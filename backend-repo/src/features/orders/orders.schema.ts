import Joi from 'joi';
import type { OrderStatus, OrderType, Side } from '../../domain/matching/types.ts';
import { ORDER_TYPES } from '../../domain/order-terms.ts';
import { amount, CLIENT_ORDER_ID, orderFields, pattern, symbol, moment, type OrderRequest } from '../../http/order-fields.ts';

export interface PlaceOrderRequest extends OrderRequest {
  tradeToken?: string;
}

const JWT_CHARACTERS_MAX = 4_096;

export const placeOrderRequest: Joi.ObjectSchema<PlaceOrderRequest> = Joi.object({
  ...orderFields,
  tradeToken: Joi.string().max(JWT_CHARACTERS_MAX),
}).required();

const id = Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER);

export const orderPath: Joi.ObjectSchema<{ id: number }> = Joi.object({ id: id.required() }).required();

/** New values of an open order, as decimals; what is left out stays as it is. */
export interface AmendOrderRequest {
  quantity?: string;
  price?: string;
  stopPrice?: string;
  stopLimitPrice?: string;
}

export const amendOrderRequest: Joi.ObjectSchema<AmendOrderRequest> = Joi.object({ quantity: amount, price: amount, stopPrice: amount, stopLimitPrice: amount })
  .min(1)
  .required()
  .messages({ 'object.min': 'Say what to change: quantity, price, stopPrice or stopLimitPrice.' });

export const cancelOrdersQuery: Joi.ObjectSchema<{ symbol?: string }> = Joi.object({ symbol });

export const ORDERS_PER_PAGE_MAX = 100;

/** Which of a user's orders; newest first, `cursor` is the last id of the page before. */
export interface OrdersQuery {
  symbol?: string;
  side?: Side;
  type?: OrderType;
  status?: OrderStatus;
  clientOrderId?: string;
  from?: string;
  to?: string;
  limit: number;
  cursor?: number;
}

const orderFilters = {
  symbol,
  side: Joi.string().valid('BUY', 'SELL'),
  type: Joi.string().valid(...ORDER_TYPES),
  from: moment,
  to: moment,
  limit: Joi.number().integer().min(1).max(ORDERS_PER_PAGE_MAX).default(50),
  cursor: id,
};

/** For /active and /history, whose status is in their name. */
export const ordersByStateQuery: Joi.ObjectSchema<OrdersQuery> = Joi.object(orderFilters);

export const ordersQuery: Joi.ObjectSchema<OrdersQuery> = Joi.object({
  ...orderFilters,
  status: Joi.string().valid('PENDING', 'PARTIAL', 'FILLED', 'CANCELLED'),
  clientOrderId: pattern(CLIENT_ORDER_ID, '1 to 64 letters, digits or ._:-'),
});
