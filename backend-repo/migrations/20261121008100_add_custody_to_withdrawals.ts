import type { Knex } from 'knex';

/** Withdrawals that a custodian sends: from the moment that it may have heard of one, nobody else sends it or gives its money back. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table trading.withdrawals add column custody_since timestamptz, add column custody_asked_at timestamptz;
    create index idx_withdrawals_custody on trading.withdrawals (custody_asked_at nulls first) where status in ('approved', 'sent') and approvals_needed = 1;
    grant update (custody_since, custody_asked_at) on trading.withdrawals to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table trading.withdrawals drop column custody_since, drop column custody_asked_at');
}
