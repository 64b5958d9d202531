import type { Sql } from '../../db/connection.ts';
import { toOrderState, type OrderRow } from './engine.repository.ts';
import type { OrderState } from '../../domain/matching/types.ts';

/** What became of a spent trade token of this user. */
export interface SpentToken {
  readonly orderId: number | null;
  readonly refusal: string | null;
}

/** A user's own orders: row-level security decides whose they are, so every call is made `asUser`. */
export class OrdersRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(id: number): Promise<OrderState | null> {
    const { rows } = (await this.#sql.raw(
      `select id, user_id, symbol, side, type, quantity::text, price::text, filled_quantity::text, filled_notional::text, fee::text, fee_asset, status, reason,
        client_order_id, trade_token_jti, '0' as locked,
        round(extract(epoch from created_at) * 1000)::float8 as created_at, round(extract(epoch from updated_at) * 1000)::float8 as updated_at
      from trading.orders where id = ?`,
      [id],
    )) as { rows: OrderRow[] };
    return rows[0] ? toOrderState(rows[0]) : null;
  }

  async findSpentToken(jti: string): Promise<SpentToken | null> {
    const { rows } = (await this.#sql.raw('select order_id::float8 as "orderId", refusal from trading.execution_reports where jti = ?', [jti])) as { rows: SpentToken[] };
    return rows[0] ?? null;
  }
}
