import type { Knex } from 'knex';

/**
 * Mails on their way (decision 0019). Written in the transaction of the change they tell about. `sealed` holds address and words, and is gone as soon as
 * the mail has left; what stays says only that a mail of this template left, and when.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table jobs.mails (
      mail_id uuid constraint mails_pkey primary key,
      template text not null,
      sealed text,
      created_at timestamptz not null,
      attempts integer not null default 0,
      -- By the database's clock. While somebody sends it: the end of their lease.
      next_attempt_at timestamptz not null default clock_timestamp(),
      sent_at timestamptz,
      parked_at timestamptz,
      -- What kind of answer the mail server gave. Never its words: they repeat the address.
      last_error text,
      constraint mails_sealed_check check ((sealed is null) = (sent_at is not null)),
      constraint mails_end_check check (sent_at is null or parked_at is null)
    );
    create index mails_due on jobs.mails (next_attempt_at) where sent_at is null and parked_at is null;
    create index mails_parked on jobs.mails (parked_at) where parked_at is not null;
    create index mails_created on jobs.mails (created_at);
    grant insert (mail_id, template, sealed, created_at) on jobs.mails to app, writer;
    grant select, delete on jobs.mails to app;
    -- What it says stays as it was written.
    grant update (sealed, attempts, next_attempt_at, sent_at, parked_at, last_error) on jobs.mails to app;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table jobs.mails');
}
