import type { Sql } from '../../db/connection.ts';

/** As role writer. */
export class ReopeningRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Times are milliseconds since 1970.
   * @returns false when the end of this halt was ordered before
   */
  async claim(symbol: string, haltedAt: number, at: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw('insert into trading.reopenings (symbol, halted_at, ordered_at) values (?, ?, ?) on conflict do nothing returning symbol', [
      symbol, new Date(haltedAt), new Date(at),
    ] as unknown[] as string[])) as { rows: unknown[] };
    return rows.length > 0;
  }
}
