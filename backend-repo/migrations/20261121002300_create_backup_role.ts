import type { Knex } from 'knex';

/**
 * What `npm run backup` reads as: every row of every table, whoever owns it, and nothing else. Tables made later get the grant by
 * themselves; one with row-level security brings its own policy `<table>_backup`, and a new schema the lines of SCHEMAS. A test names
 * what is missing.
 */
const SCHEMAS = ['auth', 'audit', 'jobs', 'widget', 'trading'];

export async function up(knex: Knex): Promise<void> {
  for (const schema of SCHEMAS) {
    await knex.raw(`
      grant usage on schema ${schema} to backup;
      grant select on all tables in schema ${schema} to backup;
      grant select on all sequences in schema ${schema} to backup;
      alter default privileges in schema ${schema} grant select on tables to backup;
      alter default privileges in schema ${schema} grant select on sequences to backup;
    `);
    await forEachGuardedTable(knex, schema, 'create policy %I on %I.%I for select to backup using (true)');
  }
  await knex.raw('grant select on public.schema_migrations to backup');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('revoke select on public.schema_migrations from backup');
  for (const schema of SCHEMAS) {
    await forEachGuardedTable(knex, schema, 'drop policy if exists %I on %I.%I');
    await knex.raw(`
      alter default privileges in schema ${schema} revoke select on sequences from backup;
      alter default privileges in schema ${schema} revoke select on tables from backup;
      revoke select on all sequences in schema ${schema} from backup;
      revoke select on all tables in schema ${schema} from backup;
      revoke usage on schema ${schema} from backup;
    `);
  }
}

async function forEachGuardedTable(knex: Knex, schema: string, statement: string): Promise<void> {
  await knex.raw(`
    do $$
      declare
        found text;
      begin
        for found in select relname from pg_class where relnamespace = '${schema}'::regnamespace and relrowsecurity order by relname loop
          execute format('${statement}', found || '_backup', '${schema}', found);
        end loop;
      end $$`);
}
