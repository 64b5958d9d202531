import type { Knex } from 'knex';

/**
 * Limits are the same for every partner: a tier without them could be set by one call of staff. The column stays, because the version before
 * this one reads it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    update widget.exchanges set limit_tier = 'standard' where limit_tier <> 'standard';
    alter table widget.exchanges drop constraint exchanges_limit_tier_check,
      add constraint exchanges_limit_tier_check check (limit_tier = 'standard')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table widget.exchanges drop constraint exchanges_limit_tier_check,
      add constraint exchanges_limit_tier_check check (limit_tier in ('standard', 'bench'))`);
}
