import type { Knex } from 'knex';

/**
 * Two tables of core (design 5.12, 5.13). `audit.entries`: who did what, written in the change's own transaction, append-only by grant.
 * `jobs.outbox`: what others must be told of, written in the transaction of the change it tells about.
 */
export async function up(knex: Knex): Promise<void> {
  for (const schema of ['audit', 'jobs']) {
    await knex.raw(`create schema ${schema}`);
    await knex.raw(`grant usage on schema ${schema} to app, writer`);
  }
  await knex.raw(`
    create table audit.entries (
      entry_id uuid constraint entries_pkey primary key,
      at timestamptz not null,
      actor_kind text not null constraint entries_actor_kind_check check (actor_kind in ('user', 'partner', 'system')),
      actor_id text not null,
      on_behalf_of text,
      action text not null constraint entries_action_check check (action ~ '^[a-z]+(_[a-z]+)*(\\.[a-z]+(_[a-z]+)*)+$'),
      subject_kind text not null,
      subject_id text not null,
      reason text,
      ip text,
      request_id text,
      before jsonb,
      after jsonb
    );
    create index entries_subject on audit.entries (subject_kind, subject_id, entry_id desc);
    create index entries_actor on audit.entries (actor_kind, actor_id, entry_id desc);
    grant insert on audit.entries to app, writer;

    create table jobs.outbox (
      event_id uuid constraint outbox_pkey primary key,
      sequence bigint generated always as identity constraint outbox_sequence_key unique,
      -- Events of one key leave in the order of their sequence.
      ordering_key text not null,
      type text not null,
      payload jsonb not null,
      created_at timestamptz not null,
      attempts integer not null default 0,
      next_attempt_at timestamptz not null,
      delivered_at timestamptz,
      parked_at timestamptz,
      last_error text
    );
    create index outbox_due on jobs.outbox (next_attempt_at, sequence) where delivered_at is null and parked_at is null;
    create index outbox_order on jobs.outbox (ordering_key, sequence) where delivered_at is null;
    grant select, insert on jobs.outbox to app, writer;
    -- What was said stays as it was said; only its delivery moves on.
    grant update (attempts, next_attempt_at, delivered_at, parked_at, last_error) on jobs.outbox to app, writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop schema jobs cascade');
  await knex.raw('drop schema audit cascade');
}
