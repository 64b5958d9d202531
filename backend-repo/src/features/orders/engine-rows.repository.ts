import { amountFrom } from '../../domain/money.ts';
import type { OrderState, StoredOrder } from '../../domain/matching/types.ts';

const optional = (text: string | null): bigint | null => (text === null ? null : amountFrom(text));

/**
 * An order's columns, times as milliseconds since 1970. What is locked is left to the engine, which works it out from the order and compares the sum of
 * all of a user's orders with the balance.
 */
export const ORDER_COLUMNS = `id, user_id, symbol, side, type, quantity::text, quote_amount::text, price::text, stop_price::text, stop_limit_price::text,
  display_quantity::text, displayed_quantity::text, time_in_force, round(extract(epoch from expires_at) * 1000)::float8 as expires_at, post_only,
  self_trade_prevention, round(extract(epoch from triggered_at) * 1000)::float8 as triggered_at, coalesce(priority, id)::float8 as priority,
  filled_quantity::text, filled_notional::text, fee::text, fee_asset, status, reason, client_order_id, trade_token_jti,
  round(extract(epoch from created_at) * 1000)::float8 as created_at, round(extract(epoch from updated_at) * 1000)::float8 as updated_at`;

/** Ids are text, times milliseconds since 1970. */
export interface OrderRow {
  id: string;
  user_id: string;
  symbol: string;
  side: OrderState['side'];
  type: OrderState['type'];
  quantity: string;
  quote_amount: string | null;
  price: string | null;
  stop_price: string | null;
  stop_limit_price: string | null;
  display_quantity: string | null;
  displayed_quantity: string | null;
  time_in_force: OrderState['timeInForce'];
  expires_at: number | null;
  post_only: boolean;
  self_trade_prevention: OrderState['selfTradePrevention'];
  triggered_at: number | null;
  priority: number;
  filled_quantity: string;
  filled_notional: string;
  fee: string;
  fee_asset: string;
  status: OrderState['status'];
  reason: OrderState['reason'];
  client_order_id: string | null;
  trade_token_jti: string | null;
  created_at: number;
  updated_at: number;
}

export function toStoredOrder(row: OrderRow): StoredOrder {
  return {
    id: Number(row.id),
    userId: Number(row.user_id),
    symbol: row.symbol,
    side: row.side,
    type: row.type,
    quantity: amountFrom(row.quantity),
    quoteAmount: optional(row.quote_amount),
    price: optional(row.price),
    stopPrice: optional(row.stop_price),
    stopLimitPrice: optional(row.stop_limit_price),
    displayQuantity: optional(row.display_quantity),
    displayedQuantity: optional(row.displayed_quantity),
    timeInForce: row.time_in_force,
    expiresAt: row.expires_at,
    postOnly: row.post_only,
    selfTradePrevention: row.self_trade_prevention,
    triggeredAt: row.triggered_at,
    priority: row.priority,
    filledQuantity: amountFrom(row.filled_quantity),
    filledNotional: amountFrom(row.filled_notional),
    fee: amountFrom(row.fee),
    feeAsset: row.fee_asset,
    status: row.status,
    reason: row.reason,
    clientOrderId: row.client_order_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
