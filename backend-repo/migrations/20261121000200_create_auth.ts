import type { Knex } from 'knex';

/** People (spec/4 "Users Table") and the RS256 keys their access tokens are signed with. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auth.users (
      id bigint generated always as identity constraint users_pkey primary key,
      email varchar(255) not null,
      username varchar(50) constraint users_username_key unique,
      full_name text,
      avatar_url text,
      timezone text not null default 'UTC',
      password_hash varchar(255) not null,
      role text not null default 'user' constraint users_role_check check (role in ('user', 'staff', 'admin')),
      kyc_status varchar(50) not null default 'pending' constraint users_kyc_status_check check (kyc_status in ('pending', 'approved', 'rejected')),
      fee_tier integer not null default 1 constraint users_fee_tier_check check (fee_tier between 1 and 5),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create unique index users_email_key on auth.users (lower(email));
    create index idx_users_kyc_status on auth.users (kyc_status);
    grant select, insert on auth.users to app;
    grant update (password_hash, updated_at) on auth.users to app;

    create table auth.signing_keys (
      kid text constraint signing_keys_pkey primary key,
      private_key_sealed text not null,
      public_jwk jsonb not null,
      state text not null default 'active' constraint signing_keys_state_check check (state in ('active', 'retiring', 'retired')),
      created_at timestamptz not null default now()
    );
    -- Two nodes that start on an empty database both make a key; one of them wins.
    create unique index signing_keys_one_active on auth.signing_keys ((true)) where state = 'active';
    grant select, insert on auth.signing_keys to app;
    grant update (state) on auth.signing_keys to app;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table auth.signing_keys, auth.users');
}
