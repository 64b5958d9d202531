import type { Sql } from '../../db/connection.ts';
import type { Side } from '../../domain/matching/types.ts';
import type { OwnTradesQuery } from './account.schema.ts';

/** A trade as one of its two sides has it. */
export interface OwnTradeRow {
  id: number;
  order_id: number;
  symbol: string;
  side: Side;
  role: 'maker' | 'taker';
  tick: string;
  price: string;
  quantity: string;
  notional: string;
  fee: string;
  fee_asset: string;
  executed_at: Date;
}

export interface FeesPaidRow {
  asset: string;
  amount: string;
  trades: number;
}

const SIDE = (side: Side, own: 'buyer' | 'seller', asset: 'base' | 'quote'): string => `
  select t.id::float8 as id, t.${own}_order_id::float8 as order_id, t.symbol, '${side}' as side, case t.taker_side when '${side}' then 'taker' else 'maker' end as role,
    m.tick::text as tick, t.price::text as price, t.quantity::text as quantity, t.notional::text as notional, t.${own}_fee::text as fee, m.${asset}_asset as fee_asset, t.executed_at
  from trading.trades t join trading.markets m using (symbol)
  where t.${own}_id = ? and t.id < ? and (?::text is null or t.symbol = ?)
    and t.executed_at >= coalesce(?::timestamptz, '-infinity') and t.executed_at < coalesce(?::timestamptz, 'infinity')
  order by t.id desc limit ?`;

const MINE = `(${SIDE('BUY', 'buyer', 'base')}) union all (${SIDE('SELL', 'seller', 'quote')}) order by id desc, side limit ?`;

const PAID = `
  select asset, sum(fee)::text as amount, count(*)::float8 as trades from (
    select m.base_asset as asset, t.buyer_fee as fee from trading.trades t join trading.markets m using (symbol) where t.buyer_id = ? and t.executed_at >= ? and t.executed_at < ?
    union all
    select m.quote_asset, t.seller_fee from trading.trades t join trading.markets m using (symbol) where t.seller_id = ? and t.executed_at >= ? and t.executed_at < ?
  ) paid group by asset order by asset`;

/** A user's own trades: row-level security decides whose they are, so every call is made `asUser`; the user is named besides, for the indexes. */
export class OwnTradesRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first, at most `limit`. Who traded with themselves has both sides, the bought one first. */
  async list(userId: number, { symbol = null, from = null, to = null, limit, cursor = 2 * Number.MAX_SAFE_INTEGER }: OwnTradesQuery): Promise<OwnTradeRow[]> {
    const side = (below: number): unknown[] => [userId, below, symbol, symbol, from, to, limit];
    const values = [...side(Math.floor(cursor / 2)), ...side(Math.ceil(cursor / 2)), limit];
    const { rows } = (await this.#sql.raw(MINE, values as string[])) as { rows: OwnTradeRow[] };
    return rows;
  }

  /** @param from, to milliseconds since 1970 */
  async feesPaid(userId: number, from: number, to: number): Promise<FeesPaidRow[]> {
    const side = [userId, new Date(from), new Date(to)];
    const { rows } = (await this.#sql.raw(PAID, [...side, ...side])) as { rows: FeesPaidRow[] };
    return rows;
  }
}

/** Where the page after this trade begins. A trade has two places: the bought side before the sold one. */
export const placeOf = ({ id, side }: Pick<OwnTradeRow, 'id' | 'side'>): number => 2 * id + (side === 'BUY' ? 1 : 0);
