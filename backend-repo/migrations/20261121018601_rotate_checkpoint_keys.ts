import type { Knex } from 'knex';

/** A key that signs checkpoints is published before it signs. The version before signs with the newest, whatever its time. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table audit.checkpoint_keys add column active_from timestamptz not null default now();
    update audit.checkpoint_keys set active_from = created_at;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table audit.checkpoint_keys drop column active_from');
}
