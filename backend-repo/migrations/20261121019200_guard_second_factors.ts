import type { Knex } from 'knex';

const TABLES = ['second_factors', 'backup_codes'];
const OWN = `user_id = nullif(current_setting('app.user_id', true), '')::bigint`;
// A node of the version before names no user, and must work on while nodes are replaced. Ours says of each connection that it does (db/connection.ts), so
// for it alone the rule holds from the first day. The next version takes this half away (decision 0020).
const VERSION_BEFORE = `current_setting('app.names_user', true) is distinct from 'on'`;

/** Second factors and their backup codes are shown to role app only for the user whom the transaction names. */
export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES) {
    await knex.raw(`
      alter table auth.${table} enable row level security;
      alter table auth.${table} force row level security;
      create policy ${table}_own on auth.${table} for all to app using (${OWN} or ${VERSION_BEFORE}) with check (${OWN} or ${VERSION_BEFORE});
      create policy ${table}_backup on auth.${table} for select to backup using (true);
      -- For npm run secrets:reseal.
      create policy ${table}_owner on auth.${table} to current_user using (true) with check (true);
    `);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES) {
    await knex.raw(`
      drop policy ${table}_owner on auth.${table};
      drop policy ${table}_backup on auth.${table};
      drop policy ${table}_own on auth.${table};
      alter table auth.${table} no force row level security;
      alter table auth.${table} disable row level security;
    `);
  }
}
