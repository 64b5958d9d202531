import type { Knex } from 'knex';

/**
 * A trade token may say more than MARKET and LIMIT need (docs/decisions/0015). What it says beside the columns stands in `terms`, in the claim's own words;
 * `null` for an order that has nothing more, which is what the version before writes.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table widget.trade_tokens
      add column terms jsonb constraint trade_tokens_terms_check check (jsonb_typeof(terms) = 'object' and terms <> '{}'),
      alter column quantity drop not null,
      add constraint trade_tokens_amount_check check (quantity is not null or terms ? 'quoteAmount') not valid`.replace(/\?/g, '\\?'));
}

/** Tokens by quote amount have no quantity, and must be gone before. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table widget.trade_tokens
      drop constraint trade_tokens_amount_check,
      alter column quantity set not null,
      drop column terms`);
}
