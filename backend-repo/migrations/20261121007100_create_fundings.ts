import type { Knex } from 'knex';

/** Which transaction of the payment provider paid for which deposit: one for one, so that neither a repeated call nor a second transaction credits twice. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.fundings (
      transaction_id text constraint fundings_pkey primary key constraint fundings_transaction_id_check check (length(transaction_id) between 1 and 100),
      deposit_id uuid not null constraint fundings_deposit_id_key unique constraint fundings_deposit_id_fkey references trading.deposits (id),
      created_at timestamptz not null
    );
    grant select, insert on trading.fundings to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table trading.fundings');
}
