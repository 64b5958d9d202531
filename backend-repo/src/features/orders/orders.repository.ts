import type { Sql } from '../../db/connection.ts';
import { twice } from '../../db/twice.ts';
import type { OrderStatus, StoredOrder } from '../../domain/matching/types.ts';
import { ORDER_COLUMNS, toStoredOrder, type OrderRow } from './engine-rows.repository.ts';
import type { OrdersQuery } from './orders.schema.ts';

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

  async find(id: number): Promise<StoredOrder | null> {
    const { rows } = (await this.#sql.raw(`select ${ORDER_COLUMNS} from trading.orders where id = ?`, [id])) as { rows: OrderRow[] };
    return rows[0] ? toStoredOrder(rows[0]) : null;
  }

  /** Was it placed with a trade token? */
  async isFromToken(id: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw('select trade_token_jti is not null as "fromToken" from trading.orders where id = ?', [id])) as { rows: { fromToken: boolean }[] };
    return rows[0]?.fromToken ?? false;
  }

  /** Newest first, at most `limit`. */
  async list({ symbol, side, type, clientOrderId, from, to, limit, cursor }: OrdersQuery, statuses: readonly OrderStatus[]): Promise<StoredOrder[]> {
    const { rows } = (await this.#sql.raw(
      `select ${ORDER_COLUMNS} from trading.orders
       where id < coalesce(?::bigint, 9223372036854775807) and status = any (?) and (?::text is null or symbol = ?) and (?::text is null or side = ?)
         and (?::text is null or type = ?) and (?::text is null or client_order_id = ?)
         and created_at >= coalesce(?::timestamptz, '-infinity') and created_at < coalesce(?::timestamptz, 'infinity')
       order by id desc limit ?`,
      [
        cursor ?? null, statuses, ...twice(symbol), ...twice(side), ...twice(type), ...twice(clientOrderId), from ?? null, to ?? null, limit,
      ] as unknown[] as string[],
    )) as { rows: OrderRow[] };
    return rows.map(toStoredOrder);
  }

  async findSpentToken(jti: string): Promise<SpentToken | null> {
    const { rows } = (await this.#sql.raw('select order_id::float8 as "orderId", refusal from trading.execution_reports where jti = ?', [jti])) as { rows: SpentToken[] };
    return rows[0] ?? null;
  }
}
