import type { Knex } from 'knex';

/**
 * Who is signed in where. A session is a family of refresh tokens of which at most one is alive: each is kept as its SHA-256 and gives way to
 * one child. Access-token keys get a life like the partners' (docs/decisions/0020).
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auth.sessions (
      session_id uuid constraint sessions_pkey primary key,
      user_id bigint not null constraint sessions_user_fkey references auth.users (id),
      -- SHA-256 of what the client calls its device, or of its user agent.
      device_hash bytea not null constraint sessions_device_hash_check check (octet_length(device_hash) = 32),
      name text constraint sessions_name_check check (length(name) between 1 and 100),
      user_agent text not null,
      ip text not null,
      signing_key_sealed text not null,
      second_factor_at timestamptz,
      created_at timestamptz not null,
      last_used_at timestamptz not null,
      -- However often it is renewed, it is over then.
      expires_at timestamptz not null,
      -- By the clock of the database: every node asks for what ended since it last looked.
      ended_at timestamptz,
      end_reason text constraint sessions_end_reason_check
        check (end_reason in ('logout', 'logout_all', 'ended_by_user', 'refresh_token_reused', 'password_changed', 'second_factor_changed', 'ended_by_staff')),
      constraint sessions_end_check check ((ended_at is null) = (end_reason is null))
    );
    create index sessions_user on auth.sessions (user_id, created_at desc) where ended_at is null;
    create index sessions_ended on auth.sessions (ended_at) where ended_at is not null;
    create index sessions_expiry on auth.sessions (expires_at);
    grant select, insert, delete on auth.sessions to app;
    grant update (name, device_hash, user_agent, ip, second_factor_at, last_used_at, ended_at, end_reason) on auth.sessions to app;

    create function auth.notify_sessions() returns trigger language plpgsql as $$
      begin
        notify auth_sessions;
        return null;
      end $$;
    create trigger sessions_notify after update of ended_at on auth.sessions for each statement execute function auth.notify_sessions();

    create table auth.refresh_tokens (
      token_hash bytea constraint refresh_tokens_pkey primary key constraint refresh_tokens_token_hash_check check (octet_length(token_hash) = 32),
      session_id uuid not null constraint refresh_tokens_session_fkey references auth.sessions (session_id) on delete cascade,
      -- A token has one child, whoever asks.
      parent_hash bytea constraint refresh_tokens_parent_key unique,
      created_at timestamptz not null,
      used_at timestamptz,
      -- For whoever asked twice at once; gone as soon as the child is used.
      child_sealed text
    );
    create index refresh_tokens_session on auth.refresh_tokens (session_id);
    grant select, insert on auth.refresh_tokens to app;
    grant update (used_at, child_sealed) on auth.refresh_tokens to app;

    grant update (username, full_name, avatar_url, timezone) on auth.users to app;

    alter table auth.signing_keys drop constraint signing_keys_state_check;
    alter table auth.signing_keys
      add constraint signing_keys_state_check check (state in ('upcoming', 'active', 'retiring', 'retired')),
      add column activates_at timestamptz,
      add column retires_at timestamptz;
    create unique index signing_keys_one_upcoming on auth.signing_keys ((true)) where state = 'upcoming';
    grant update (activates_at, retires_at) on auth.signing_keys to app;

    create function auth.notify_signing_keys() returns trigger language plpgsql as $$
      begin
        notify auth_signing_keys;
        return null;
      end $$;
    create trigger signing_keys_notify after insert or update on auth.signing_keys for each statement execute function auth.notify_signing_keys();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger signing_keys_notify on auth.signing_keys;
    drop function auth.notify_signing_keys;
    drop index auth.signing_keys_one_upcoming;
    revoke update (activates_at, retires_at) on auth.signing_keys from app;
    delete from auth.signing_keys where state = 'upcoming';
    alter table auth.signing_keys drop constraint signing_keys_state_check;
    alter table auth.signing_keys
      add constraint signing_keys_state_check check (state in ('active', 'retiring', 'retired')),
      drop column activates_at,
      drop column retires_at;
    revoke update (username, full_name, avatar_url, timezone) on auth.users from app;
    drop table auth.refresh_tokens, auth.sessions;
    drop function auth.notify_sessions;
  `);
}
