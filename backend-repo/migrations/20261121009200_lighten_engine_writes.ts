import type { Knex } from 'knex';

/**
 * What a batch of the engine writes often costs less: keys come in the order of their time, so a block-range index finds the old ones (as for
 * widget.token_keys), and a balance's page keeps room for its next version, which then needs no new entry in any index.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index trading.order_keys_created_at;
    create index order_keys_created_at on trading.order_keys using brin (created_at);
    alter table trading.balances set (fillfactor = 70);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table trading.balances reset (fillfactor);
    drop index trading.order_keys_created_at;
    create index order_keys_created_at on trading.order_keys (created_at);
  `);
}
