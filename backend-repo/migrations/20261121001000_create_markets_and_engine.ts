import type { Knex } from 'knex';

/**
 * The markets, and what the one engine of the venue needs to be the only one (design 5.9): its lease, its counters, and a digest of the
 * state its last batch left behind. Only `writer`, the engine's role, writes here.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.markets (
      symbol varchar(20) constraint markets_pkey primary key constraint markets_symbol_check check (symbol = upper(symbol)),
      base_asset varchar(20) not null,
      quote_asset varchar(20) not null,
      tick numeric(20,8) not null constraint markets_tick_check check (tick > 0),
      lot numeric(20,8) not null constraint markets_lot_check check (lot > 0),
      min_price numeric(20,8) not null constraint markets_min_price_check check (min_price > 0),
      max_price numeric(20,8) not null,
      min_quantity numeric(20,8) not null constraint markets_min_quantity_check check (min_quantity > 0),
      max_quantity numeric(20,8) not null,
      min_notional numeric(20,8) not null constraint markets_min_notional_check check (min_notional >= 0),
      status text not null default 'open' constraint markets_status_check check (status in ('open', 'halted')),
      sequence bigint not null default 0,
      created_at timestamptz not null default now(),
      constraint markets_price_range_check check (max_price >= min_price),
      constraint markets_quantity_range_check check (max_quantity >= min_quantity),
      constraint markets_assets_check check (base_asset <> quote_asset)
    );

    -- Users whose rates differ from the defaults.
    create table trading.fee_rates (
      user_id bigint constraint fee_rates_pkey primary key,
      maker_rate numeric(9,8) not null constraint fee_rates_maker_check check (maker_rate between 0 and 1),
      taker_rate numeric(9,8) not null constraint fee_rates_taker_check check (taker_rate between 0 and 1),
      updated_at timestamptz not null default now()
    );

    -- Who runs the engine. Every time in it is the database's.
    create table trading.engine_lease (
      id integer constraint engine_lease_pkey primary key constraint engine_lease_one_row check (id = 1),
      epoch bigint not null,
      holder text,
      address text,
      until timestamptz not null
    );
    insert into trading.engine_lease (id, epoch, until) values (1, 0, '-infinity');

    -- Each batch updates this row where its epoch still stands, so no batch of an engine that was replaced can change anything.
    create table trading.engine_state (
      id integer constraint engine_state_pkey primary key constraint engine_state_one_row check (id = 1),
      epoch bigint not null,
      last_order_id bigint not null,
      last_trade_id bigint not null,
      batches bigint not null,
      state_digest text,
      updated_at timestamptz not null default now()
    ) with (fillfactor = 20);
    insert into trading.engine_state (id, epoch, last_order_id, last_trade_id, batches) values (1, 0, 0, 0, 0);

    grant select on trading.markets, trading.engine_lease to app;
    grant select, insert on trading.markets to writer;
    grant update (status, sequence) on trading.markets to writer;
    grant select, insert, update on trading.fee_rates to writer;
    grant select, update on trading.engine_lease, trading.engine_state to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table trading.engine_state, trading.engine_lease, trading.fee_rates, trading.markets');
}
