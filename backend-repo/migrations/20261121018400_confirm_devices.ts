import type { Knex } from 'knex';

const END_REASONS = ['logout', 'logout_all', 'ended_by_user', 'refresh_token_reused', 'password_changed', 'second_factor_changed', 'ended_by_staff'];
const NEW_END_REASONS = ['device_denied', 'device_forgotten', 'reverification'];

/**
 * A device that is new to an account is confirmed by a link in its owner's mail; and an account about which something is wrong lets nobody in until
 * its owner has shown that they read its mail (decision 0027).
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Devices from before are known and count as confirmed; so do those that a node of the version before adds while it still runs.
    alter table auth.devices
      add column confirmed_at timestamptz default now(),
      add column link_hash bytea constraint devices_link_hash_key unique constraint devices_link_hash_check check (octet_length(link_hash) = 32),
      add column link_expires_at timestamptz,
      add constraint devices_link_check check ((link_hash is null) = (link_expires_at is null));
    grant update (confirmed_at, link_hash, link_expires_at) on auth.devices to app;

    -- A device that was forgotten leaves its number behind: such a session is of no device that is confirmed. Null: from before.
    alter table auth.sessions add column device_id bigint;

    alter table auth.users
      -- The first device of an account needs no link. There is one first device, also when all are forgotten later.
      add column first_device_at timestamptz,
      add column reverify_since timestamptz,
      -- After device_denied a link in the mail is not enough: somebody else knows the password.
      add column reverify_cause text constraint users_reverify_cause_check check (reverify_cause in ('risk_events', 'device_denied')),
      add column reverified_at timestamptz,
      add constraint users_reverify_check check ((reverify_since is null) = (reverify_cause is null));
    update auth.users u set first_device_at = d.first from (select user_id, min(created_at) as first from auth.devices group by user_id) d where d.user_id = u.id;
    grant update (first_device_at, reverify_since, reverify_cause, reverified_at) on auth.users to app;
    grant select (reverify_since, reverified_at) on auth.users to writer;

    -- Nodes hold in memory whose API keys are refused.
    create trigger users_reverify_notify after update of reverify_since on auth.users
      for each row when (old.reverify_since is distinct from new.reverify_since) execute function auth.notify_api_keys();

    create index idx_deposits_completed on trading.deposits (updated_at) where status = 'completed';
  `);
  await setEndReasons(knex, [...END_REASONS, ...NEW_END_REASONS]);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index trading.idx_deposits_completed;
    drop trigger users_reverify_notify on auth.users;
    revoke select (reverify_since, reverified_at) on auth.users from writer;
    alter table auth.users drop column first_device_at, drop column reverify_since, drop column reverify_cause, drop column reverified_at;
    alter table auth.sessions drop column device_id;
    alter table auth.devices drop column confirmed_at, drop column link_hash, drop column link_expires_at;
  `);
  await knex('auth.sessions').whereIn('end_reason', NEW_END_REASONS).update({ end_reason: 'ended_by_user' });
  await setEndReasons(knex, END_REASONS);
}

async function setEndReasons(knex: Knex, reasons: readonly string[]): Promise<void> {
  await knex.raw(`
    alter table auth.sessions drop constraint sessions_end_reason_check;
    alter table auth.sessions add constraint sessions_end_reason_check check (end_reason in (${reasons.map((reason) => `'${reason}'`).join(', ')}));
  `);
}
