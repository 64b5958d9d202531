import type { Knex } from 'knex';

const allow = (statuses: string, ended: string): string => `
  alter table trading.withdrawals
    drop constraint withdrawals_status_check,
    drop constraint withdrawals_ended_fit_funds,
    add constraint withdrawals_status_check check (status = any ('{${statuses}}'::text[])),
    add constraint withdrawals_ended_fit_funds check ((status = any ('{${ended}}'::text[])) = (funds = any ('{to_return,returned,refused}'::text[])));`;

/** Row-level security holds for the owner, too: it would change no row of the table, and say nothing. Nobody else sees the table in between. */
const seeingAll = (text: string): string => `alter table trading.withdrawals no force row level security; ${text} alter table trading.withdrawals force row level security;`;

/**
 * Withdrawals are confirmed by a link in a mail before anybody approves them, may be cancelled by their owner until then, count by what they were worth
 * when they were asked for, and wait after a change of password or second factor. What was asked for before this stays with staff: no mail went out.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table auth.users add column credentials_changed_at timestamptz;
    grant update (credentials_changed_at) on auth.users to app;

    alter table trading.withdrawals
      -- In USDT by the last price when it was asked for, rounded up; null: it had no price, and takes two approvers.
      add column worth_usdt numeric(38,8) constraint withdrawals_worth_usdt_check check (worth_usdt > numeric '0'),
      -- SHA-256 of the link's token; gone when it was used.
      add column confirm_token_hash bytea constraint withdrawals_confirm_token_hash_key unique constraint withdrawals_confirm_token_hash_check check (octet_length(confirm_token_hash) = 32),
      add column confirm_until timestamptz;
    create index idx_withdrawals_unconfirmed on trading.withdrawals (updated_at) where status = 'requested' and funds = 'taken';
    grant insert (worth_usdt) on trading.withdrawals to app;
    grant update (confirm_token_hash, confirm_until) on trading.withdrawals to writer;
    ${allow('requested,mail_confirmed,approved,sent,completed,failed,rejected,cancelled', 'failed,rejected,cancelled')}
    ${seeingAll(`update trading.withdrawals set status = 'mail_confirmed' where status = 'requested' and funds = 'taken';`)}
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ${seeingAll(`update trading.withdrawals set status = 'requested' where status = 'mail_confirmed';
      update trading.withdrawals set status = 'rejected' where status = 'cancelled';`)}
    ${allow('requested,approved,sent,completed,failed,rejected', 'failed,rejected')}
    drop index trading.idx_withdrawals_unconfirmed;
    revoke insert (worth_usdt) on trading.withdrawals from app;
    alter table trading.withdrawals drop column worth_usdt, drop column confirm_token_hash, drop column confirm_until;
    revoke update (credentials_changed_at) on auth.users from app;
    alter table auth.users drop column credentials_changed_at;
  `);
}
