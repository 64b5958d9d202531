import type { PreparedQueries } from '../../db/connection.ts';
import { MARKET_COLUMNS, toMarketState, type MarketRow } from '../../db/market-row.ts';
import type { MarketState } from '../../domain/matching/types.ts';

export interface BookLevel {
  readonly side: 'BUY' | 'SELL';
  readonly price: string;
  readonly quantity: string;
}

/** Levels and sequence are of one moment. */
export interface StoredBook {
  readonly sequence: number;
  /** The best levels of both sides, best first. */
  readonly levels: readonly BookLevel[];
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
  (select null as side, sequence::text as price, null as quantity from trading.markets where symbol = $1)
  union all
  (select side, price::text, sum(shown)::text as quantity from resting where side = 'BUY' group by side, resting.price order by resting.price desc limit $2)
  union all
  (select side, price::text, sum(shown)::text from resting where side = 'SELL' group by side, resting.price order by resting.price limit $2)`;

export class MarketRepository {
  readonly #sql: PreparedQueries;

  /** @param sql as role `writer`, the only one that may see all orders; what comes back names nobody */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  async loadMarkets(): Promise<MarketState[]> {
    const { rows } = await this.#sql.query<MarketRow>({ name: 'markets', text: `select ${MARKET_COLUMNS} from trading.markets order by symbol`, values: [] });
    return rows.map(toMarketState);
  }

  async book(symbol: string, levels: number): Promise<StoredBook> {
    const { rows } = await this.#sql.query<BookLevel | SequenceRow>({ name: 'market-book', text: BOOK, values: [symbol, levels] });
    const isLevel = (row: BookLevel | SequenceRow): row is BookLevel => row.side !== null;
    return { sequence: Number(rows.find((row) => !isLevel(row))?.price ?? 0), levels: rows.filter(isLevel) };
  }
}

/** The book's first row. */
interface SequenceRow {
  readonly side: null;
  readonly price: string;
}
