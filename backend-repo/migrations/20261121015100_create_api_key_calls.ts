import type { Knex } from 'knex';

/**
 * Signed calls that changed something, for as long as somebody could send them again. Only what a call was signed with tells it from another:
 * names and nonces in headers may be left unsigned. A digest says nothing of the call.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auth.api_key_calls (
      digest bytea constraint api_key_calls_pkey primary key,
      taken_at timestamptz not null default now()
    );
    create index idx_api_key_calls_taken on auth.api_key_calls (taken_at);
    grant select, insert, delete on auth.api_key_calls to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table auth.api_key_calls');
}
