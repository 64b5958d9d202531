import type { Knex } from 'knex';

/**
 * Rotation: a key is published (`upcoming`) before it signs (`active`) and still verifies after (`retiring`). Report keys: the public half of
 * what a partner signs its reports with. Columns are nullable or have a default, so the version before runs on this.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table widget.exchanges
      add column version integer not null default 1,
      add column label_tokens_per_day integer not null default 10000
        constraint exchanges_label_tokens_per_day_check check (label_tokens_per_day between 1 and 10000000);
    grant update (version, label_tokens_per_day) on widget.exchanges to app;

    alter table widget.exchange_keys
      drop constraint exchange_keys_state_check,
      add constraint exchange_keys_state_check check (state in ('upcoming', 'active', 'retiring', 'retired')),
      add column activates_at timestamptz,
      add column overlap_seconds integer,
      add column retires_at timestamptz,
      add constraint exchange_keys_upcoming_check check (state <> 'upcoming' or (activates_at is not null and overlap_seconds is not null));
    create unique index exchange_keys_one_upcoming on widget.exchange_keys (exchange_id) where state = 'upcoming';
    grant update (activates_at, overlap_seconds, retires_at) on widget.exchange_keys to app;

    alter table widget.exchange_credentials
      add column retires_at timestamptz,
      add column retired_at timestamptz;
    grant update (retires_at, retired_at) on widget.exchange_credentials to app;

    create table widget.report_keys (
      exchange_id text not null constraint report_keys_exchange_id_fkey references widget.exchanges,
      kid text not null,
      public_jwk jsonb not null,
      state text not null default 'active' constraint report_keys_state_check check (state in ('active', 'retired')),
      created_at timestamptz not null default now(),
      retired_at timestamptz,
      constraint report_keys_pkey primary key (exchange_id, kid)
    );
    create unique index report_keys_one_active on widget.report_keys (exchange_id) where state = 'active';
    grant select, insert on widget.report_keys to app;
    grant update (state, retired_at) on widget.report_keys to app;
    create trigger report_keys_notify after insert or update or delete on widget.report_keys
      for each statement execute function widget.notify_partners();

    -- What a partner signed, byte for byte, so that it can be shown to a third party.
    create table widget.report_evidence (
      evidence_id uuid not null,
      exchange_id text not null,
      kid text not null,
      signature text not null,
      body bytea not null,
      received_at timestamptz not null,
      constraint report_evidence_pkey primary key (evidence_id)
    );
    grant insert on widget.report_evidence to writer;
    grant select on widget.report_evidence to app;
    alter table widget.report_evidence enable row level security;
    alter table widget.report_evidence force row level security;
    create policy report_evidence_adds on widget.report_evidence for insert to writer with check (true);
    create policy report_evidence_partner on widget.report_evidence for select to app using (exchange_id = current_setting('app.exchange_id', true));

    alter table widget.executions add column evidence_id uuid;
    -- What the fee of a token is due in, as it was when the token was issued.
    alter table widget.trade_tokens add column quote_asset text;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table widget.trade_tokens drop column quote_asset;
    alter table widget.executions drop column evidence_id;
    drop table widget.report_evidence, widget.report_keys;
    alter table widget.exchange_credentials drop column retires_at, drop column retired_at;
    drop index widget.exchange_keys_one_upcoming;
    delete from widget.exchange_keys where state = 'upcoming';
    alter table widget.exchange_keys
      drop constraint exchange_keys_upcoming_check, drop column activates_at, drop column overlap_seconds, drop column retires_at,
      drop constraint exchange_keys_state_check,
      add constraint exchange_keys_state_check check (state in ('active', 'retiring', 'retired'));
    alter table widget.exchanges drop column version, drop column label_tokens_per_day;
  `);
}
