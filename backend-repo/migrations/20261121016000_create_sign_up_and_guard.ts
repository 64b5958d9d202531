import type { Knex } from 'knex';

/**
 * Sign-up and the guard of login. An address is confirmed by a link before its account can be used; people from before count as confirmed. What
 * the guard counts stands here, so that it holds over nodes and restarts. Accounts are counted under the digest of their address: an address
 * that nobody has is counted like any other, and none can be read from these tables.
 */
export async function up(knex: Knex): Promise<void> {
  await createSignUp(knex);
  await createGuard(knex);
}

async function createSignUp(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table auth.users add column email_verified_at timestamptz;
    update auth.users set email_verified_at = created_at;
    grant update (email_verified_at) on auth.users to app;

    -- Links that are sent by mail. The mail alone has the token. A link that nobody may use has no user.
    create table auth.mail_tokens (
      token_hash bytea constraint mail_tokens_pkey primary key constraint mail_tokens_hash_check check (length(token_hash) = 32),
      kind text not null constraint mail_tokens_kind_check check (kind in ('verify-email', 'reset-password')),
      user_id bigint,
      -- Of a sign-up: the link makes this the password, and so never one that somebody else chose for the same address.
      password_hash text,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create index mail_tokens_user on auth.mail_tokens (user_id) where used_at is null;
    create index mail_tokens_expiry on auth.mail_tokens (expires_at);
    grant select, insert, delete on auth.mail_tokens to app;
    grant update (used_at) on auth.mail_tokens to app;

    create table auth.spent_challenges (
      challenge_hash bytea constraint spent_challenges_pkey primary key,
      expires_at timestamptz not null
    );
    create index spent_challenges_expiry on auth.spent_challenges (expires_at);
    grant select, insert, delete on auth.spent_challenges to app;
  `);
}

async function createGuard(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auth.devices (
      id bigint generated always as identity constraint devices_pkey primary key,
      user_id bigint not null,
      secret_hash bytea not null,
      name text,
      ip text,
      country text,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      constraint devices_user_secret_key unique (user_id, secret_hash)
    );
    grant select, insert, delete on auth.devices to app;
    grant update (name, ip, country, last_seen_at) on auth.devices to app;

    -- What fails per account and network, per account as a whole, and per device that the account knows.
    create table auth.login_locks (
      scope text not null constraint login_locks_scope_check check (scope in ('source', 'account', 'device')),
      key text not null,
      account text not null,
      failures integer not null default 0,
      -- Attempts that are being judged right now: more of them at once than may fail are not let in.
      open integer not null default 0,
      opened_at timestamptz not null,
      failed_at timestamptz,
      locked_until timestamptz,
      constraint login_locks_pkey primary key (scope, key)
    );
    create index login_locks_account on auth.login_locks (account);
    create index login_locks_age on auth.login_locks (opened_at);
    grant select, insert, update, delete on auth.login_locks to app;

    create table auth.login_failures (
      id bigint generated always as identity constraint login_failures_pkey primary key,
      address text not null,
      at timestamptz not null
    );
    create index login_failures_address on auth.login_failures (address, at);
    create index login_failures_age on auth.login_failures (at);
    grant select, insert, delete on auth.login_failures to app;

    create table auth.blocked_addresses (
      address text constraint blocked_addresses_pkey primary key,
      since timestamptz not null,
      until timestamptz not null
    );
    grant select, insert, update, delete on auth.blocked_addresses to app;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table auth.blocked_addresses, auth.login_failures, auth.login_locks, auth.devices, auth.spent_challenges, auth.mail_tokens;
    alter table auth.users drop column email_verified_at;
  `);
}
