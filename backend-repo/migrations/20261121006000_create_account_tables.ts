import type { Knex } from 'knex';

/**
 * Fee tiers with the volumes they follow, and money on its way in and out. Volumes are kept by day and user, so that thirty days are never
 * added up from trades again: `volume_progress` says up to which trade they go.
 */
export async function up(knex: Knex): Promise<void> {
  await createTiers(knex);
  await createTransfers(knex);
  for (const table of ['fee_tiers', 'daily_volumes', 'deposits', 'withdrawals']) {
    await knex.raw(`
      alter table trading.${table} enable row level security;
      alter table trading.${table} force row level security;
      create policy ${table}_own on trading.${table} for select to app using (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
      create policy ${table}_venue on trading.${table} for all to writer using (true) with check (true);
      create policy ${table}_backup on trading.${table} for select to backup using (true);
    `);
  }
  for (const table of ['deposits', 'withdrawals']) {
    await knex.raw(`create policy ${table}_ask on trading.${table} for insert to app with check (user_id = nullif(current_setting('app.user_id', true), '')::bigint)`);
  }
}

async function createTiers(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Users above tier 1, or set by staff. applied_tier: whose rates the engine has been told.
    create table trading.fee_tiers (
      user_id bigint constraint fee_tiers_pkey primary key,
      tier integer not null constraint fee_tiers_tier_check check (tier between 1 and 5),
      pinned boolean not null default false,
      applied_tier integer not null default 1 constraint fee_tiers_applied_tier_check check (applied_tier between 1 and 5),
      updated_at timestamptz not null default now()
    );
    create index fee_tiers_to_apply on trading.fee_tiers (user_id) where applied_tier <> tier;
    create function trading.notify_tiers() returns trigger language plpgsql as $$
      begin
        notify venue_tiers;
        return null;
      end $$;
    create trigger fee_tiers_notify after insert or update of tier or delete on trading.fee_tiers for each statement execute function trading.notify_tiers();

    -- What a user bought and sold in USDT on one UTC day.
    create table trading.daily_volumes (
      user_id bigint not null,
      day date not null,
      volume numeric(38,8) not null constraint daily_volumes_volume_check check (volume > 0),
      constraint daily_volumes_pkey primary key (user_id, day)
    );
    create index daily_volumes_day on trading.daily_volumes (day);
    create table trading.volume_progress (
      id integer constraint volume_progress_pkey primary key constraint volume_progress_one_row check (id = 1),
      last_trade_id bigint not null,
      tiers_at timestamptz not null
    );
    insert into trading.volume_progress (id, last_trade_id, tiers_at) values (1, 0, '-infinity');

    grant select on trading.fee_tiers, trading.daily_volumes, trading.volume_progress to app;
    grant select, insert on trading.fee_tiers to writer;
    grant update (tier, pinned, applied_tier, updated_at) on trading.fee_tiers to writer;
    grant select, insert, delete on trading.daily_volumes to writer;
    grant update (volume) on trading.daily_volumes to writer;
    grant select on trading.volume_progress to writer;
    grant update (last_trade_id, tiers_at) on trading.volume_progress to writer;
  `);
}

async function createTransfers(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.deposits (
      id uuid constraint deposits_pkey primary key,
      user_id bigint not null,
      asset varchar(20) not null constraint deposits_asset_check check (asset = upper(asset)),
      amount numeric(20,8) not null constraint deposits_amount_check check (amount > 0),
      -- confirmed: staff has seen the money, and the engine may have credited it already.
      status text not null default 'pending' constraint deposits_status_check check (status in ('pending', 'confirmed', 'completed', 'failed')),
      reason text,
      idempotency_key text not null,
      fingerprint text not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint deposits_idempotency_key unique (user_id, idempotency_key)
    );
    create index idx_deposits_user on trading.deposits (user_id, id desc);
    create index idx_deposits_unfinished on trading.deposits (updated_at) where status = 'confirmed';

    create table trading.withdrawals (
      id uuid constraint withdrawals_pkey primary key,
      user_id bigint not null,
      asset varchar(20) not null constraint withdrawals_asset_check check (asset = upper(asset)),
      amount numeric(20,8) not null constraint withdrawals_amount_check check (amount > 0),
      address text not null,
      status text not null default 'requested' constraint withdrawals_status_check check (status in ('requested', 'approved', 'sent', 'completed', 'failed', 'rejected')),
      -- Where its money is: still the user's, taken, to be given back, given back; refused: there was not enough, and none was taken.
      funds text not null default 'to_take' constraint withdrawals_funds_check check (funds in ('to_take', 'taken', 'to_return', 'returned', 'refused')),
      refusal jsonb,
      reason text,
      idempotency_key text not null,
      fingerprint text not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint withdrawals_idempotency_key unique (user_id, idempotency_key),
      constraint withdrawals_ended_fit_funds check ((status in ('failed', 'rejected')) = (funds in ('to_return', 'returned', 'refused')))
    );
    create index idx_withdrawals_user on trading.withdrawals (user_id, id desc);
    create index idx_withdrawals_status on trading.withdrawals (status, id desc);
    create index idx_withdrawals_unfinished on trading.withdrawals (updated_at) where funds in ('to_take', 'to_return');

    grant select, insert on trading.deposits, trading.withdrawals to app;
    grant select on trading.deposits, trading.withdrawals to writer;
    grant update (status, reason, updated_at) on trading.deposits to writer;
    grant update (status, funds, refusal, reason, updated_at) on trading.withdrawals to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table trading.withdrawals, trading.deposits, trading.volume_progress, trading.daily_volumes, trading.fee_tiers;
    drop function trading.notify_tiers;
  `);
}
