import type { Sql } from '../../db/connection.ts';
import type { StoredOrder } from '../../domain/matching/types.ts';
import { ORDER_COLUMNS, toStoredOrder, type OrderRow } from './engine-rows.repository.ts';

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

  async findSpentToken(jti: string): Promise<SpentToken | null> {
    const { rows } = (await this.#sql.raw('select order_id::float8 as "orderId", refusal from trading.execution_reports where jti = ?', [jti])) as { rows: SpentToken[] };
    return rows[0] ?? null;
  }
}
