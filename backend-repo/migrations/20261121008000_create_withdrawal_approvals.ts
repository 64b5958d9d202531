import type { Knex } from 'knex';

/**
 * Who approved which withdrawal, each of them once, and how many it takes. A node of the version before writes no approvals_needed; what it approved
 * stays approved.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table trading.withdrawals
      -- Judged by its worth when somebody first approves it; null: nobody has.
      add column approvals_needed integer constraint withdrawals_approvals_needed_check check (approvals_needed in (1, 2)),
      -- What staff sent it as, such as a transaction hash.
      add column reference text constraint withdrawals_reference_check check (length(reference) between 1 and 128);

    create table trading.withdrawal_approvals (
      withdrawal_id uuid not null constraint withdrawal_approvals_withdrawal_id_fkey references trading.withdrawals (id),
      approver_id bigint not null,
      reason text not null,
      created_at timestamptz not null,
      constraint withdrawal_approvals_pkey primary key (withdrawal_id, approver_id)
    );
    grant select, insert on trading.withdrawal_approvals to writer;
    grant update (approvals_needed, reference) on trading.withdrawals to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table trading.withdrawal_approvals;
    alter table trading.withdrawals drop column approvals_needed, drop column reference;
  `);
}
