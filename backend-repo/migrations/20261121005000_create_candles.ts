import type { Knex } from 'knex';

/**
 * Candles of all intervals, added up from trades a page at a time: `candle_progress` says up to which trade, so that each counts once. What is newer a
 * node adds from the trades themselves. The index lets one market's trades be read backwards by id.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.candles (
      symbol varchar(20) not null,
      candle_interval varchar(3) not null constraint candles_interval_check check (candle_interval in ('1m', '5m', '15m', '1h', '4h', '1d')),
      open_time timestamptz not null,
      open numeric(20,8) not null,
      high numeric(20,8) not null,
      low numeric(20,8) not null,
      close numeric(20,8) not null,
      volume numeric(30,8) not null,
      quote_volume numeric(30,8) not null,
      trades bigint not null constraint candles_trades_check check (trades > 0),
      constraint candles_pkey primary key (symbol, candle_interval, open_time),
      constraint candles_prices_check check (low > 0 and low <= least(open, close) and high >= greatest(open, close))
    ) with (fillfactor = 80);

    create table trading.candle_progress (
      id integer constraint candle_progress_pkey primary key constraint candle_progress_one_row check (id = 1),
      last_trade_id bigint not null
    );
    insert into trading.candle_progress (id, last_trade_id) values (1, 0);

    create index idx_trades_symbol_id on trading.trades (symbol, id desc);
    grant select, insert, update on trading.candles to writer;
    grant select, update on trading.candle_progress to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index trading.idx_trades_symbol_id; drop table trading.candle_progress, trading.candles');
}
