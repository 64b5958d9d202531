import type { Knex } from 'knex';

/** One authenticator per person, and ten codes for the day on which it is lost. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auth.second_factors (
      user_id bigint constraint second_factors_pkey primary key constraint second_factors_user_id_fkey references auth.users (id),
      state text not null default 'pending' constraint second_factors_state_check check (state in ('pending', 'on')),
      -- Nobody has proved yet that they hold a pending one. It is forgotten at this time.
      pending_until timestamptz not null,
      secret_sealed text not null,
      secret_key_id text not null generated always as (split_part(secret_sealed, ':', 1)) stored,
      -- A code is taken once: only one of a later step than this is right.
      last_step bigint not null default 0,
      failures integer not null default 0 constraint second_factors_failures_check check (failures >= 0),
      locked_until timestamptz,
      turned_on_at timestamptz,
      constraint second_factors_turned_on_check check ((state = 'on') = (turned_on_at is not null))
    );
    grant select, insert, delete on auth.second_factors to app;
    grant update (state, pending_until, secret_sealed, last_step, failures, locked_until, turned_on_at) on auth.second_factors to app;

    create table auth.backup_codes (
      user_id bigint not null constraint backup_codes_user_id_fkey references auth.second_factors (user_id) on delete cascade,
      code_hash bytea not null,
      used_at timestamptz,
      constraint backup_codes_pkey primary key (user_id, code_hash)
    );
    grant select, insert on auth.backup_codes to app;
    grant update (used_at) on auth.backup_codes to app;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table auth.backup_codes, auth.second_factors');
}
