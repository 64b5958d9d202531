import type { Knex } from 'knex';

/**
 * Every node knows whose identity is approved, and learns of each decision. By the clock of the database, so that nodes can ask for what changed
 * since they last looked. Whoever signs up has decided nothing yet, and nobody is told.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table auth.users add column kyc_changed_at timestamptz;
    create index users_kyc_changed on auth.users (kyc_changed_at) where kyc_changed_at is not null;

    create function auth.note_kyc_change() returns trigger language plpgsql as $$
      begin
        new.kyc_changed_at := clock_timestamp();
        notify auth_kyc;
        return new;
      end $$;
    create trigger users_kyc_added before insert on auth.users for each row when (new.kyc_status <> 'pending') execute function auth.note_kyc_change();
    create trigger users_kyc_changed before update of kyc_status on auth.users for each row when (new.kyc_status <> old.kyc_status) execute function auth.note_kyc_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger users_kyc_changed on auth.users;
    drop trigger users_kyc_added on auth.users;
    drop function auth.note_kyc_change;
    alter table auth.users drop column kyc_changed_at;
  `);
}
