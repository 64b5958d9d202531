import type { Knex } from 'knex';

/** Partner exchanges, the keys that sign their trade tokens, and the credentials their backends call us with. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table widget.fee_schedules (
      version integer constraint fee_schedules_pkey primary key,
      rate numeric(9,8) not null constraint fee_schedules_rate_check check (rate >= 0 and rate < 1),
      description text not null,
      created_at timestamptz not null default now()
    );
    insert into widget.fee_schedules (version, rate, description) values (1, 0.0005, '0.05 % of the executed notional, in the quote asset');

    create table widget.exchanges (
      exchange_id text constraint exchanges_pkey primary key
        constraint exchanges_exchange_id_check check (exchange_id ~ '^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$'),
      name text not null,
      status text not null default 'active' constraint exchanges_status_check check (status in ('active', 'suspended')),
      identity_mode text not null default 'signed' constraint exchanges_identity_mode_check check (identity_mode in ('signed', 'label')),
      limit_tier text not null default 'standard' constraint exchanges_limit_tier_check check (limit_tier in ('standard', 'bench')),
      allowed_origins text[] not null default '{}',
      theme jsonb not null,
      features jsonb not null,
      locale text not null default 'en',
      symbols jsonb not null default '[]',
      endpoints jsonb not null default '{}',
      trader_fee jsonb not null,
      fee_schedule integer not null default 1 constraint exchanges_fee_schedule_fkey references widget.fee_schedules (version),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    create table widget.exchange_keys (
      kid text constraint exchange_keys_pkey primary key,
      exchange_id text not null constraint exchange_keys_exchange_id_fkey references widget.exchanges,
      algorithm text not null constraint exchange_keys_algorithm_check check (algorithm in ('HS256', 'ES256')),
      secret_sealed text not null,
      public_jwk jsonb,
      state text not null default 'active' constraint exchange_keys_state_check check (state in ('active', 'retiring', 'retired')),
      created_at timestamptz not null default now(),
      retiring_at timestamptz,
      retired_at timestamptz,
      constraint exchange_keys_public_check check ((algorithm = 'ES256') = (public_jwk is not null))
    );
    create unique index exchange_keys_one_active on widget.exchange_keys (exchange_id) where state = 'active';

    create table widget.exchange_credentials (
      api_key text constraint exchange_credentials_pkey primary key,
      exchange_id text not null constraint exchange_credentials_exchange_id_fkey references widget.exchanges,
      api_secret_sealed text not null,
      session_secret_sealed text not null,
      state text not null default 'active' constraint exchange_credentials_state_check check (state in ('active', 'retiring', 'retired')),
      created_at timestamptz not null default now()
    );
    create unique index exchange_credentials_one_active on widget.exchange_credentials (exchange_id) where state = 'active';

    grant select on widget.fee_schedules to app, writer;
    grant select, insert on widget.exchanges, widget.exchange_keys, widget.exchange_credentials to app;
    grant update (name, status, identity_mode, limit_tier, allowed_origins, theme, features, locale, symbols, endpoints, trader_fee, fee_schedule, updated_at)
      on widget.exchanges to app;
    grant update (state, retiring_at, retired_at) on widget.exchange_keys to app;
    grant update (state) on widget.exchange_credentials to app;
    grant select (exchange_id, status, fee_schedule) on widget.exchanges to writer;
    grant select (kid, exchange_id, state) on widget.exchange_keys to writer;

    -- Every node holds the partners in memory; this tells them to look again.
    create function widget.notify_partners() returns trigger language plpgsql as $$
      begin
        notify widget_partners;
        return null;
      end $$;
    create trigger exchanges_notify after insert or update or delete on widget.exchanges for each statement execute function widget.notify_partners();
    create trigger exchange_keys_notify after insert or update or delete on widget.exchange_keys for each statement execute function widget.notify_partners();
    create trigger exchange_credentials_notify after insert or update or delete on widget.exchange_credentials
      for each statement execute function widget.notify_partners();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table widget.exchange_credentials, widget.exchange_keys, widget.exchanges, widget.fee_schedules;
    drop function widget.notify_partners;
  `);
}
