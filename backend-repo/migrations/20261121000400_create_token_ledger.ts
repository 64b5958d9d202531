import type { Knex } from 'knex';

/**
 * The token ledger (design 5.6): append-only by grant, range-partitioned by jti. A UUIDv7 begins with its millisecond, so the bounds
 * are months and PRIMARY KEY (jti) is unique over all partitions. What happens to a token later is a row of its own.
 */
const LEDGER = ['trade_tokens', 'redemptions', 'executions'];

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table widget.trade_tokens (
      jti uuid not null,
      exchange_id text not null,
      exchange_user_id text not null,
      identity_mode text not null,
      kid text not null,
      symbol text not null,
      side text not null,
      type text not null,
      quantity numeric(20,8) not null,
      price numeric(20,8),
      client_order_id text,
      fee_schedule integer not null,
      issued_at timestamptz not null,
      expires_at timestamptz not null,
      constraint trade_tokens_pkey primary key (jti),
      constraint trade_tokens_quantity_check check (quantity > 0),
      constraint trade_tokens_price_check check (price > 0)
    ) partition by range (jti);
    create index trade_tokens_exchange_id_jti on widget.trade_tokens (exchange_id, jti desc);

    create table widget.redemptions (
      jti uuid not null,
      exchange_id text not null,
      redeemed_at timestamptz not null,
      constraint redemptions_pkey primary key (jti)
    ) partition by range (jti);

    create table widget.executions (
      jti uuid not null,
      exchange_id text not null,
      status text not null constraint executions_status_check check (status in ('executed', 'partially_executed', 'rejected', 'expired')),
      quantity numeric(20,8) not null constraint executions_quantity_check check (quantity >= 0),
      price numeric(20,8) constraint executions_price_check check (price > 0),
      order_id text not null,
      executed_at timestamptz not null,
      reported_at timestamptz not null,
      constraint executions_pkey primary key (jti, quantity, status),
      constraint executions_price_known check ((quantity > 0) = (price is not null))
    ) partition by range (jti);
    -- A token ends once.
    create unique index executions_one_end on widget.executions (jti) where status <> 'partially_executed';

    grant select, insert on widget.trade_tokens, widget.redemptions, widget.executions to writer;
    grant select on widget.trade_tokens, widget.redemptions, widget.executions to app;
  `);
  await createKeyTables(knex);
  for (const table of [...LEDGER, 'token_keys', 'user_token_uses']) {
    await knex.raw(`alter table widget.${table} enable row level security`);
    await knex.raw(`alter table widget.${table} force row level security`);
    await knex.raw(`create policy ${table}_writer on widget.${table} to writer using (true) with check (true)`);
  }
  for (const table of LEDGER) {
    await knex.raw(`create policy ${table}_partner on widget.${table} for select to app
      using (exchange_id = current_setting('app.exchange_id', true))`);
    await knex.raw(`create table widget.${table}_default partition of widget.${table} default`);
  }
  await createPartitionFunctions(knex);
  await knex.raw('select widget.ensure_partitions(now(), 3)');
}

async function createKeyTables(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Idempotency keys live 24 hours and in one table, so that they are unique over all time bounds.
    create table widget.token_keys (
      exchange_id text not null,
      exchange_user_id text not null,
      idempotency_key text not null,
      fingerprint text not null,
      jti uuid not null,
      created_at timestamptz not null,
      constraint token_keys_pkey primary key (exchange_id, exchange_user_id, idempotency_key)
    );
    -- Rows come in the order of their time: a block-range index finds the old ones and costs an insert next to nothing.
    create index token_keys_created_at on widget.token_keys using brin (created_at);

    create table widget.user_token_uses (
      exchange_id text not null,
      jti text not null,
      expires_at timestamptz not null,
      constraint user_token_uses_pkey primary key (exchange_id, jti)
    );
    create index user_token_uses_expires_at on widget.user_token_uses (expires_at);

    grant select, insert, delete on widget.token_keys, widget.user_token_uses to writer;
  `);
}

async function createPartitionFunctions(knex: Knex): Promise<void> {
  await knex.raw(`
    create function widget.first_uuid_of(moment timestamptz) returns uuid language sql immutable as $$
      select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
    $$;

    -- Partitions from this month to some months ahead. Returns how many are still missing. Security definer: the app may ask, but owns nothing.
    -- A new partition needs its parent for itself: it gives up after half a second rather than make every token wait behind a long read, and one
    -- month that fails does not keep the others from being made.
    create function widget.ensure_partitions(from_moment timestamptz, months integer) returns integer
    language plpgsql security definer set search_path = pg_catalog set lock_timeout = '500ms' as $$
      declare
        missing integer := 0;
        first timestamptz;
        parent text;
        child text;
      begin
        perform pg_advisory_xact_lock(hashtext('widget.ensure_partitions'));
        for step in 0..months loop
          first := (date_trunc('month', from_moment at time zone 'UTC') + make_interval(months => step)) at time zone 'UTC';
          foreach parent in array array['trade_tokens', 'redemptions', 'executions'] loop
            child := parent || to_char(first at time zone 'UTC', '_YYYY_MM');
            if to_regclass('widget.' || child) is null then
              begin
                execute format('create table widget.%I partition of widget.%I for values from (%L) to (%L)', child, parent,
                  widget.first_uuid_of(first), widget.first_uuid_of((first at time zone 'UTC' + interval '1 month') at time zone 'UTC'));
              exception when others then
                raise warning 'partition widget.% was not made: %', child, sqlerrm;
                missing := missing + 1;
              end;
            end if;
          end loop;
        end loop;
        return missing;
      end $$;
    revoke execute on function widget.ensure_partitions from public;
    grant execute on function widget.ensure_partitions to app;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function widget.ensure_partitions, widget.first_uuid_of;
    drop table widget.user_token_uses, widget.token_keys, widget.executions, widget.redemptions, widget.trade_tokens;
  `);
}
