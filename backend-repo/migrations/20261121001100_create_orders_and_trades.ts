import type { Knex } from 'knex';

/**
 * spec/4's orders and trades, range-partitioned by id: ids grow with time, so a range is a stretch of time and PRIMARY KEY (id) is unique
 * over all of it (contract.md, Venue). Trades name their orders without a foreign key: both are rows of one statement by one writer, and
 * the check would lock every order row once more per fill.
 */
export async function up(knex: Knex): Promise<void> {
  await createOrders(knex);
  await createTrades(knex);
  await createOrderKeys(knex);
  for (const table of ['orders', 'trades']) await knex.raw(`create table trading.${table}_default partition of trading.${table} default`);
  await createPartitionFunction(knex);
  await knex.raw('select trading.ensure_partitions(2)');
}

async function createOrders(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.orders (
      id bigint not null,
      user_id bigint not null,
      symbol varchar(20) not null constraint orders_symbol_check check (symbol = upper(symbol)),
      side varchar(4) not null constraint orders_side_check check (side in ('BUY', 'SELL')),
      type varchar(10) not null constraint orders_type_check check (type in ('MARKET', 'LIMIT')),
      quantity numeric(20,8) not null constraint orders_quantity_check check (quantity > 0),
      price numeric(20,8) constraint orders_price_check check (price > 0),
      filled_quantity numeric(20,8) not null default 0 constraint orders_filled_quantity_check check (filled_quantity >= 0 and filled_quantity <= quantity),
      filled_notional numeric(20,8) not null default 0 constraint orders_filled_notional_check check (filled_notional >= 0),
      fee numeric(20,8) not null default 0 constraint orders_fee_check check (fee >= 0),
      fee_asset varchar(20) not null,
      status varchar(20) not null default 'PENDING' constraint orders_status_check check (status in ('PENDING', 'PARTIAL', 'FILLED', 'CANCELLED')),
      reason text,
      client_order_id text,
      trade_token_jti uuid,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint orders_pkey primary key (id),
      constraint orders_limit_has_price check ((type = 'LIMIT') = (price is not null))
    ) partition by range (id);
    create index idx_orders_symbol_status on trading.orders (symbol, status);
    create index idx_orders_user_created on trading.orders (user_id, created_at desc);
    create index idx_orders_symbol_side_price on trading.orders (symbol, side, price) where status in ('PENDING', 'PARTIAL');

    grant select on trading.orders to app;
    grant select, insert on trading.orders to writer;
    grant update (filled_quantity, filled_notional, fee, status, reason, updated_at) on trading.orders to writer;
    alter table trading.orders enable row level security;
    alter table trading.orders force row level security;
    create policy orders_own on trading.orders for select to app using (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
    create policy orders_engine_reads on trading.orders for select to writer using (true);
    create policy orders_engine_adds on trading.orders for insert to writer with check (true);
    create policy orders_engine_changes on trading.orders for update to writer using (true) with check (true);
  `);
}

async function createTrades(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.trades (
      id bigint not null,
      symbol varchar(20) not null constraint trades_symbol_check check (symbol = upper(symbol)),
      buyer_order_id bigint not null,
      seller_order_id bigint not null,
      buyer_id bigint not null,
      seller_id bigint not null,
      quantity numeric(20,8) not null constraint trades_quantity_check check (quantity > 0),
      price numeric(20,8) not null constraint trades_price_check check (price > 0),
      notional numeric(20,8) not null constraint trades_notional_check check (notional > 0),
      buyer_fee numeric(20,8) not null constraint trades_buyer_fee_check check (buyer_fee >= 0),
      seller_fee numeric(20,8) not null constraint trades_seller_fee_check check (seller_fee >= 0),
      taker_side varchar(4) not null constraint trades_taker_side_check check (taker_side in ('BUY', 'SELL')),
      executed_at timestamptz not null default now(),
      constraint trades_pkey primary key (id)
    ) partition by range (id);
    create index idx_trades_symbol_time on trading.trades (symbol, executed_at desc);
    create index idx_trades_buyer_order on trading.trades (buyer_order_id);
    create index idx_trades_seller_order on trading.trades (seller_order_id);

    grant select on trading.trades to app;
    grant select, insert on trading.trades to writer;
    alter table trading.trades enable row level security;
    alter table trading.trades force row level security;
    create policy trades_own on trading.trades for select to app
      using (nullif(current_setting('app.user_id', true), '')::bigint in (buyer_id, seller_id));
    create policy trades_engine_reads on trading.trades for select to writer using (true);
    create policy trades_engine_adds on trading.trades for insert to writer with check (true);
  `);
}

async function createOrderKeys(knex: Knex): Promise<void> {
  await knex.raw(`
    -- clientOrderId is unique per user, over all partitions of orders. Kept 90 days.
    create table trading.order_keys (
      user_id bigint not null,
      client_order_id text not null,
      order_id bigint not null,
      fingerprint text not null,
      created_at timestamptz not null,
      constraint order_keys_pkey primary key (user_id, client_order_id)
    );
    create index order_keys_created_at on trading.order_keys (created_at);

    grant select on trading.order_keys to app;
    grant select, insert, delete on trading.order_keys to writer;
    alter table trading.order_keys enable row level security;
    alter table trading.order_keys force row level security;
    create policy order_keys_own on trading.order_keys for select to app using (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
    create policy order_keys_engine_reads on trading.order_keys for select to writer using (true);
    create policy order_keys_engine_adds on trading.order_keys for insert to writer with check (true);
    create policy order_keys_purge on trading.order_keys for delete to writer using (created_at < now() - interval '90 days');
  `);
}

async function createPartitionFunction(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Partitions of ten million ids each, from the one in use to some ahead. Returns how many are still missing. Security definer: the app may
    -- ask, but owns nothing. A new partition needs its parent for itself: it gives up after half a second rather than make every order wait
    -- behind a long read, and one range that fails does not keep the others from being made.
    create function trading.ensure_partitions(ahead integer) returns integer
    language plpgsql security definer set search_path = pg_catalog set lock_timeout = '500ms' as $$
      declare
        size constant bigint := 10000000;
        missing integer := 0;
        parent text;
        last_id bigint;
        number bigint;
        child text;
        blocked boolean;
      begin
        perform pg_advisory_xact_lock(hashtext('trading.ensure_partitions'));
        for parent, last_id in
          select 'orders', last_order_id from trading.engine_state union all select 'trades', last_trade_id from trading.engine_state
        loop
          blocked := false;
          for step in 0..ahead loop
            number := last_id / size + step;
            child := parent || '_' || lpad(number::text, 5, '0');
            if to_regclass('trading.' || child) is null then
              begin
                -- A reader that stands in one range's way stands in the way of all ranges of its table.
                if blocked then raise lock_not_available; end if;
                execute format('create table trading.%I partition of trading.%I for values from (%s) to (%s)', child, parent, number * size, (number + 1) * size);
              exception when others then
                raise warning 'partition trading.% was not made: %', child, sqlerrm;
                blocked := sqlstate = '55P03';
                missing := missing + 1;
              end;
            end if;
          end loop;
        end loop;
        return missing;
      end $$;
    revoke execute on function trading.ensure_partitions from public;
    grant execute on function trading.ensure_partitions to app;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function trading.ensure_partitions;
    drop table trading.order_keys, trading.trades, trading.orders;
  `);
}
