import type { PreparedQueries } from '../../db/connection.ts';
import { amountFrom } from '../../domain/money.ts';
import type { MarketRules } from '../../domain/matching/types.ts';

interface MarketRow {
  symbol: string;
  base_asset: string;
  quote_asset: string;
  tick: string;
  lot: string;
  min_price: string;
  max_price: string;
  min_quantity: string;
  max_quantity: string;
  min_notional: string;
  status: 'open' | 'halted';
}

export interface BookLevel {
  readonly side: 'BUY' | 'SELL';
  readonly price: string;
  readonly quantity: string;
}

/** A side of the book has few prices near the touch and may have many orders; the index on (symbol, side, price) of open orders serves it. */
const BOOK = `
  (select 'BUY' as side, price::text, sum(quantity - filled_quantity)::text as quantity from trading.orders
    where symbol = $1 and side = 'BUY' and status in ('PENDING', 'PARTIAL') group by price order by trading.orders.price desc limit $2)
  union all
  (select 'SELL', price::text, sum(quantity - filled_quantity)::text from trading.orders
    where symbol = $1 and side = 'SELL' and status in ('PENDING', 'PARTIAL') group by price order by trading.orders.price limit $2)`;

export class MarketRepository {
  readonly #sql: PreparedQueries;

  /** @param sql as role `writer`, the only one that may see all orders; what comes back names nobody */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  async loadMarkets(): Promise<MarketRules[]> {
    const { rows } = await this.#sql.query<MarketRow>({ name: 'markets', text: 'select * from trading.markets order by symbol', values: [] });
    return rows.map((row) => ({
      symbol: row.symbol,
      baseAsset: row.base_asset,
      quoteAsset: row.quote_asset,
      tick: amountFrom(row.tick),
      lot: amountFrom(row.lot),
      minPrice: amountFrom(row.min_price),
      maxPrice: amountFrom(row.max_price),
      minQuantity: amountFrom(row.min_quantity),
      maxQuantity: amountFrom(row.max_quantity),
      minNotional: amountFrom(row.min_notional),
      status: row.status,
    }));
  }

  /** The best levels of both sides, best first. */
  async book(symbol: string, levels: number): Promise<BookLevel[]> {
    const { rows } = await this.#sql.query<BookLevel>({ name: 'market-book', text: BOOK, values: [symbol, levels] });
    return rows;
  }
}
