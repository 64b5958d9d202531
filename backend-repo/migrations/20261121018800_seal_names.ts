import type { Knex } from 'knex';

/**
 * Names of people are sealed (decision 0029). What was written before stays in `full_name` until it is written again, or `npm run secrets:reseal` has
 * run; a node of the version before goes on reading and writing there.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table auth.users add column full_name_sealed text;
    grant update (full_name_sealed) on auth.users to app;

    -- For npm run secrets:reseal. Row-level security guards people from each other; the owner could switch it off.
    create policy api_keys_owner on auth.api_keys to current_user using (true) with check (true);
    create policy kyc_submissions_owner on auth.kyc_submissions to current_user using (true) with check (true);
  `);
}

/** Sealed names are lost on the way back: without the key nobody can write them down. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop policy kyc_submissions_owner on auth.kyc_submissions;
    drop policy api_keys_owner on auth.api_keys;
    alter table auth.users drop column full_name_sealed;
  `);
}
