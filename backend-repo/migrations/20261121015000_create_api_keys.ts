import type { Knex } from 'knex';

/**
 * Keys that traders' programs sign their calls with. The secret must be known to check a signature, so it is sealed and not hashed; with the
 * key it ends. Role app sees a user's own keys, without the secret; writer reads all of them into the memory of a node.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auth.api_keys (
      id uuid constraint api_keys_pkey primary key,
      user_id bigint not null constraint api_keys_user_id_fkey references auth.users,
      name text not null constraint api_keys_name_check check (char_length(name) between 1 and 64),
      scopes text[] not null constraint api_keys_scopes_check check (cardinality(scopes) between 1 and 20),
      -- Addresses and networks. Empty: from anywhere.
      ip_allow_list text[] not null default '{}' constraint api_keys_ip_allow_list_check check (cardinality(ip_allow_list) <= 20),
      require_version_2 boolean not null default false,
      secret_sealed text,
      created_at timestamptz not null,
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      constraint api_keys_revoked_without_secret check ((revoked_at is null) = (secret_sealed is not null))
    );
    create index idx_api_keys_user on auth.api_keys (user_id, id desc);
    create index idx_api_keys_active on auth.api_keys (id) where revoked_at is null;

    grant select (id, user_id, name, scopes, ip_allow_list, require_version_2, created_at, expires_at, last_used_at, revoked_at) on auth.api_keys to app;
    grant insert (id, user_id, name, scopes, ip_allow_list, require_version_2, secret_sealed, created_at, expires_at) on auth.api_keys to app;
    grant update (secret_sealed, revoked_at) on auth.api_keys to app;
    grant select on auth.api_keys to writer;
    grant update (last_used_at) on auth.api_keys to writer;

    alter table auth.api_keys enable row level security;
    alter table auth.api_keys force row level security;
    create policy api_keys_own on auth.api_keys for all to app
      using (user_id = nullif(current_setting('app.user_id', true), '')::bigint) with check (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
    create policy api_keys_read on auth.api_keys for select to writer using (true);
    create policy api_keys_used on auth.api_keys for update to writer using (true);
    create policy api_keys_backup on auth.api_keys for select to backup using (true);

    -- Every node holds the keys in memory; this tells them to look again. That a key was used is no reason to.
    create function auth.notify_api_keys() returns trigger language plpgsql as $$
      begin
        notify auth_api_keys;
        return null;
      end $$;
    create trigger api_keys_notify after insert or update of revoked_at or delete on auth.api_keys for each statement execute function auth.notify_api_keys();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table auth.api_keys;
    drop function auth.notify_api_keys;
  `);
}
