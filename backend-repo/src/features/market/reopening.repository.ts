import type { Sql } from '../../db/connection.ts';

/** A market that its circuit breaker halted. Times are milliseconds since 1970. */
export interface Halt {
  readonly symbol: string;
  /** By the engine's time, which names the halt; `null` for one from before that was written down. */
  readonly haltedAt: number | null;
  readonly since: number;
  readonly lastPrice: string | null;
  /** The share by which the price had to move, and within what time. */
  readonly rate: string | null;
  readonly windowMs: number;
}

/** As role writer. */
export class ReopeningRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async halts(): Promise<Halt[]> {
    const { rows } = (await this.#sql.raw(
      `select symbol, round(extract(epoch from halted_at) * 1000)::float8 as "haltedAt", round(extract(epoch from coalesce(halted_at, status_since)) * 1000)::float8 as since,
         last_price::text as "lastPrice", breaker_rate::text as rate, breaker_window_ms as "windowMs"
       from trading.markets where status = 'halted' and halt_reason = 'CIRCUIT_BREAKER' order by symbol`,
    )) as { rows: Halt[] };
    return rows;
  }

  /** @returns false when the end of this halt was ordered before */
  async claim({ symbol, since }: Halt, at: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw('insert into trading.reopenings (symbol, halted_at, ordered_at) values (?, ?, ?) on conflict do nothing returning symbol', [
      symbol, new Date(since), new Date(at),
    ] as unknown[] as string[])) as { rows: unknown[] };
    return rows.length > 0;
  }
}
