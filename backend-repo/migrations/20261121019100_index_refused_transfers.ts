import type { Knex } from 'knex';

/** By time: whether the money of one moved all the same is asked for every few seconds, on every node. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index idx_deposits_failed on trading.deposits (updated_at) where status = 'failed';
    create index idx_withdrawals_refused on trading.withdrawals (updated_at) where funds = 'refused';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index trading.idx_withdrawals_refused, trading.idx_deposits_failed');
}
