import type { Knex } from 'knex';

/**
 * What every order does (docs/decisions/0015): more types, time in force, stops, shown parts, a place in the queue; price bands and circuit breakers of
 * markets. The version before runs on this: what it does not write is null or has a default, and orders without a priority are in the order of their ids.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table trading.orders
      drop constraint orders_type_check,
      add constraint orders_type_check check (type in ('MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT', 'OCO', 'ICEBERG')),
      drop constraint orders_limit_has_price,
      add constraint orders_price_by_type check ((type in ('LIMIT', 'STOP_LIMIT', 'OCO', 'ICEBERG')) = (price is not null)),
      add column quote_amount numeric(20,8) constraint orders_quote_amount_check check (quote_amount is null or (quote_amount > 0 and type = 'MARKET')),
      add column stop_price numeric(20,8) constraint orders_stop_price_check check (stop_price > 0),
      add column stop_limit_price numeric(20,8) constraint orders_stop_limit_price_check check (stop_limit_price is null or (stop_limit_price > 0 and type = 'OCO')),
      add column display_quantity numeric(20,8) constraint orders_display_quantity_check check (display_quantity > 0),
      add column displayed_quantity numeric(20,8) constraint orders_displayed_quantity_check check (displayed_quantity >= 0),
      add column time_in_force varchar(3) not null default 'GTC' constraint orders_time_in_force_check check (time_in_force in ('GTC', 'IOC', 'FOK', 'GTD')),
      add column expires_at timestamptz,
      add column post_only boolean not null default false,
      add column self_trade_prevention varchar(5) not null default 'TAKER'
        constraint orders_self_trade_prevention_check check (self_trade_prevention in ('NONE', 'TAKER', 'MAKER', 'BOTH')),
      add column triggered_at timestamptz,
      add column priority bigint,
      add constraint orders_stop_price_by_type check ((type in ('STOP', 'STOP_LIMIT', 'OCO')) = (stop_price is not null)),
      add constraint orders_display_quantity_by_type check ((type = 'ICEBERG') = (display_quantity is not null)),
      add constraint orders_expires_at_by_time_in_force check ((time_in_force = 'GTD') = (expires_at is not null));
    create index idx_orders_user_id on trading.orders (user_id, id desc);
    create index idx_trades_buyer on trading.trades (buyer_id, id desc);
    create index idx_trades_seller on trading.trades (seller_id, id desc);
    grant update (quantity, price, stop_price, stop_limit_price, displayed_quantity, triggered_at, priority) on trading.orders to writer;

    alter table trading.markets
      drop constraint markets_status_check,
      add constraint markets_status_check check (status in ('open', 'post-only', 'halted')),
      add column halt_reason text constraint markets_halt_reason_check check (halt_reason in ('CIRCUIT_BREAKER', 'STAFF')),
      add column status_since timestamptz not null default now(),
      add column band_rate numeric(9,8) constraint markets_band_rate_check check (band_rate > 0 and band_rate < 1),
      add column stop_protection_rate numeric(9,8) not null default 0.05 constraint markets_stop_protection_rate_check check (stop_protection_rate > 0 and stop_protection_rate < 1),
      add column breaker_rate numeric(9,8) constraint markets_breaker_rate_check check (breaker_rate > 0 and breaker_rate < 1),
      add column breaker_window_ms integer not null default 300000 constraint markets_breaker_window_ms_check check (breaker_window_ms > 0),
      add column last_price numeric(20,8) constraint markets_last_price_check check (last_price > 0),
      add column breaker_price numeric(20,8) constraint markets_breaker_price_check check (breaker_price > 0),
      add column breaker_since timestamptz;
    grant update (halt_reason, status_since, last_price, breaker_price, breaker_since) on trading.markets to writer;

    -- The digest is of another form now, so it stands in a column of its own, with the number of the batch that left it: the version before writes neither.
    alter table trading.engine_state
      add column last_priority bigint not null default 0,
      add column digest text,
      add column digest_batches bigint;
  `);
}

/** Orders of the new types must have ended and gone before: the check says so. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table trading.engine_state drop column last_priority, drop column digest, drop column digest_batches;
    update trading.markets set status = 'halted' where status = 'post-only';
    alter table trading.markets
      drop constraint markets_status_check,
      add constraint markets_status_check check (status in ('open', 'halted')),
      drop column halt_reason, drop column status_since, drop column band_rate, drop column stop_protection_rate, drop column breaker_rate, drop column breaker_window_ms,
      drop column last_price, drop column breaker_price, drop column breaker_since;
    drop index trading.idx_orders_user_id, trading.idx_trades_buyer, trading.idx_trades_seller;
    revoke update (quantity, price) on trading.orders from writer;
    alter table trading.orders
      drop constraint orders_type_check,
      add constraint orders_type_check check (type in ('MARKET', 'LIMIT')),
      drop constraint orders_price_by_type,
      add constraint orders_limit_has_price check ((type = 'LIMIT') = (price is not null)),
      drop column quote_amount, drop column stop_price, drop column stop_limit_price, drop column display_quantity, drop column displayed_quantity, drop column time_in_force,
      drop column expires_at, drop column post_only, drop column self_trade_prevention, drop column triggered_at, drop column priority;
  `);
}
