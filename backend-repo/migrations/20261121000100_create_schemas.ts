import type { Knex } from 'knex';

/** One schema per role of the backend (design §1). `app` and `writer` use them and own nothing. */
const SCHEMAS = ['auth', 'widget', 'trading'];

export async function up(knex: Knex): Promise<void> {
  for (const schema of SCHEMAS) {
    await knex.raw(`create schema ${schema}`);
    await knex.raw(`grant usage on schema ${schema} to app, writer`);
  }
  await knex.raw('revoke create on schema public from public');
  // /ready compares what is applied with what this version brings.
  await knex.raw('grant select on public.schema_migrations to app');
}

export async function down(knex: Knex): Promise<void> {
  for (const schema of [...SCHEMAS].reverse()) await knex.raw(`drop schema ${schema}`);
  await knex.raw('revoke select on public.schema_migrations from app');
}
