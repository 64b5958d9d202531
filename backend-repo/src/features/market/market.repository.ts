import type { PreparedQueries } from '../../db/connection.ts';
import { MARKET_COLUMNS, toMarketRules, type MarketRow } from '../../domain/market-row.ts';
import type { MarketRules } from '../../domain/matching/types.ts';

export interface BookLevel {
  readonly side: 'BUY' | 'SELL';
  readonly price: string;
  readonly quantity: string;
}

/**
 * A side of the book has few prices near the touch and may have many orders; the index on (symbol, side, price) of open orders serves it. Sleeping stops
 * are not in the book, hidden parts of icebergs do not show, and a woken OCO waits at its other limit.
 */
const RESTING = `
  select side, case when type = 'OCO' and triggered_at is not null then stop_limit_price else price end as price, coalesce(displayed_quantity, quantity - filled_quantity) as shown
    from trading.orders where symbol = $1 and status in ('PENDING', 'PARTIAL') and (type not in ('STOP', 'STOP_LIMIT') or triggered_at is not null)`;
const BOOK = `
  with resting as (${RESTING})
  (select side, price::text, sum(shown)::text as quantity from resting where side = 'BUY' group by side, resting.price order by resting.price desc limit $2)
  union all
  (select side, price::text, sum(shown)::text from resting where side = 'SELL' group by side, resting.price order by resting.price limit $2)`;

export class MarketRepository {
  readonly #sql: PreparedQueries;

  /** @param sql as role `writer`, the only one that may see all orders; what comes back names nobody */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  async loadMarkets(): Promise<MarketRules[]> {
    const { rows } = await this.#sql.query<MarketRow>({ name: 'markets', text: `select ${MARKET_COLUMNS} from trading.markets order by symbol`, values: [] });
    return rows.map(toMarketRules);
  }

  /** The best levels of both sides, best first. */
  async book(symbol: string, levels: number): Promise<BookLevel[]> {
    const { rows } = await this.#sql.query<BookLevel>({ name: 'market-book', text: BOOK, values: [symbol, levels] });
    return rows;
  }
}
