import type pg from 'pg';
import type { PreparedQueries } from '../../db/connection.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { inWriterTransaction } from '../../db/writer-transaction.ts';
import type { Candle, Interval, PublicTrade } from '../../domain/candles.ts';
import { amountFrom } from '../../domain/money.ts';

/** What a node begins with: everything up to the trade `lastTradeId`. Candles by market and interval, oldest first; trades oldest first. */
export interface StoredTape {
  readonly lastTradeId: number;
  readonly candles: readonly StoredCandle[];
  readonly trades: readonly PublicTrade[];
}

export interface StoredCandle extends Candle {
  readonly symbol: string;
  readonly interval: Interval;
}

type CandleRow = { symbol: string; candle_interval: Interval; start: number } & Record<'open' | 'high' | 'low' | 'close' | 'volume' | 'quote_volume', string> & { trades: number };
type TradeRow = { id: number; symbol: string; taker_side: PublicTrade['takerSide']; executed_at: number } & Record<'price' | 'quantity' | 'notional', string>;

const CANDLE = 'found.symbol, candle_interval, round(extract(epoch from open_time) * 1000)::float8 as start, open, high, low, close, volume, quote_volume, trades::float8 as trades';
const TRADE = 'id::float8 as id, found.symbol, price, quantity, notional, taker_side, round(extract(epoch from executed_at) * 1000)::float8 as executed_at';
const INTERVALS = `(values ('1m', interval '1 minute'), ('5m', interval '5 minutes'), ('15m', interval '15 minutes'), ('1h', interval '1 hour'), ('4h', interval '4 hours'), ('1d', interval '1 day'))`;
/** Minutes first: the longer ones are made of few of them. Whatever the clock did, the first and the last trade are those by id. */
const ADD_UP = `
  with page as materialized (
    select * from trading.trades where id > $1 order by id limit $2
  ), minutes as materialized (
    select symbol, date_bin('1 minute', executed_at, timestamptz 'epoch') as minute, min(id) as first, max(id) as last, (array_agg(price order by id))[1] as open, max(price) as high,
      min(price) as low, (array_agg(price order by id desc))[1] as close, sum(quantity) as volume, sum(notional) as quote_volume, count(*) as trades
    from page group by 1, 2
  ), made as (
    select symbol, name, date_bin(step, minute, timestamptz 'epoch') as open_time, (array_agg(open order by first))[1] as open, max(high) as high, min(low) as low,
      (array_agg(close order by last desc))[1] as close, sum(volume) as volume, sum(quote_volume) as quote_volume, sum(trades) as trades
    from minutes cross join ${INTERVALS} as intervals (name, step) group by 1, 2, 3
  ), stored as (
    insert into trading.candles as kept (symbol, candle_interval, open_time, open, high, low, close, volume, quote_volume, trades) select * from made
    on conflict (symbol, candle_interval, open_time) do update set high = greatest(kept.high, excluded.high), low = least(kept.low, excluded.low), close = excluded.close,
      volume = kept.volume + excluded.volume, quote_volume = kept.quote_volume + excluded.quote_volume, trades = kept.trades + excluded.trades
  )
  select count(*)::int as trades, max(id)::float8 as last from page`;

/** The public record of what was traded. Nobody's name leaves this file. */
export class CandlesRepository {
  readonly #pool: pg.Pool;

  /** @param pool as role `writer`, the only one that may see all trades */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Adds the next trades to the stored candles, each once, on whatever node. @returns how many */
  addUp(tradesMax: number): Promise<number> {
    return inWriterTransaction(this.#pool, async (sql) => {
      const mark = await sql.query<{ last: number }>({ name: 'candle-mark', text: 'select last_trade_id::float8 as last from trading.candle_progress where id = 1 for update', values: [] });
      const { rows: [page] } = await sql.query<{ trades: number; last: number }>({ name: 'candle-page', text: ADD_UP, values: [mark.rows[0]!.last, tradesMax] });
      if (page!.trades > 0) await sql.query({ name: 'candle-done', text: 'update trading.candle_progress set last_trade_id = $1 where id = 1', values: [page!.last] });
      return page!.trades;
    });
  }

  load(candlesMax: number, tradesMax: number): Promise<StoredTape> {
    return inSnapshot(this.#pool, LOAD_QUERY_MS, async (sql) => {
      const mark = await sql.query<{ last: number }>({ name: 'tape-mark', text: 'select last_trade_id::float8 as last from trading.candle_progress where id = 1', values: [] });
      const candles = await sql.query<CandleRow>({
        name: 'tape-candles',
        text: `select ${CANDLE} from trading.markets m cross join ${INTERVALS} as intervals (name, step) cross join lateral
          (select * from trading.candles c where c.symbol = m.symbol and c.candle_interval = name order by open_time desc limit $1) found order by found.symbol, candle_interval, open_time`,
        values: [candlesMax],
      });
      const lastTradeId = mark.rows[0]!.last;
      const trades = await sql.query<TradeRow>({
        name: 'tape-trades',
        text: `select ${TRADE} from trading.markets m cross join lateral (select * from trading.trades t where t.symbol = m.symbol and id <= $1 order by id desc limit $2) found order by found.id`,
        values: [lastTradeId, tradesMax],
      });
      return { lastTradeId, candles: candles.rows.map(toCandle), trades: trades.rows.map(toTrade) };
    });
  }

  /** Of all markets, oldest first. */
  async tradesSince(id: number, limit: number): Promise<PublicTrade[]> {
    const { rows } = await this.#sql.query<TradeRow>({ name: 'tape-since', text: `select ${TRADE} from trading.trades found where id > $1 order by found.id limit $2`, values: [id, limit] });
    return rows.map(toTrade);
  }

  /** Of one market, newest first. */
  async tradesBefore(symbol: string, id: number, limit: number): Promise<PublicTrade[]> {
    const text = `select ${TRADE} from trading.trades found where symbol = $1 and id < $2 order by found.id desc limit $3`;
    const { rows } = await this.#sql.query<TradeRow>({ name: 'tape-before', text, values: [symbol, id, limit] });
    return rows.map(toTrade);
  }

  /** Those that begin at or after `from` and before `to`, and the last one before them; oldest first. */
  async candles(symbol: string, interval: Interval, from: number, to: number): Promise<Candle[]> {
    const text = `
      select ${CANDLE} from (
        (select * from trading.candles where symbol = $1 and candle_interval = $2 and open_time < to_timestamp($3::float8 / 1000) order by open_time desc limit 1)
        union all
        (select * from trading.candles where symbol = $1 and candle_interval = $2 and open_time >= to_timestamp($3::float8 / 1000) and open_time < to_timestamp($4::float8 / 1000))
      ) found order by open_time`;
    const { rows } = await this.#sql.query<CandleRow>({ name: 'candles-of', text, values: [symbol, interval, from, to] });
    return rows.map(toCandle);
  }

  get #sql(): PreparedQueries {
    return this.#pool;
  }
}

const LOAD_QUERY_MS = 60_000;

function toCandle(row: CandleRow): StoredCandle {
  const { symbol, candle_interval: interval, start, trades } = row;
  const [open, high, low, close, volume, quoteVolume] = [row.open, row.high, row.low, row.close, row.volume, row.quote_volume].map(amountFrom) as [bigint, bigint, bigint, bigint, bigint, bigint];
  return { symbol, interval, start, open, high, low, close, volume, quoteVolume, trades };
}

function toTrade({ id, symbol, price, quantity, notional, taker_side: takerSide, executed_at: executedAt }: TradeRow): PublicTrade {
  return { id, symbol, price: amountFrom(price), quantity: amountFrom(quantity), notional: amountFrom(notional), takerSide, executedAt };
}
