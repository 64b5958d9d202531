import type { Knex } from 'knex';

/**
 * What became of each trade token at this venue: written by the batch that decided it, reported to the widget's operator after the commit.
 * Quantity and price are totals so far; `version` grows with each change and `reported_version` follows it. The row also answers whoever
 * shows a spent token again.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.execution_reports (
      jti uuid constraint execution_reports_pkey primary key,
      user_id bigint not null,
      order_id bigint,
      refusal text,
      status text constraint execution_reports_status_check check (status in ('executed', 'partially_executed', 'rejected', 'expired')),
      quantity numeric(20,8) not null default 0,
      price numeric(20,8),
      executed_at timestamptz not null,
      version integer not null,
      reported_version integer not null default 0,
      attempts integer not null default 0,
      next_attempt_at timestamptz not null default now(),
      operator_refused text,
      constraint execution_reports_version_check check ((version > 0) = (status is not null))
    );
    create index execution_reports_due on trading.execution_reports (next_attempt_at) where reported_version < version;
    -- Spent, and the engine has not seen the order yet.
    create index execution_reports_unseen on trading.execution_reports (next_attempt_at) where version = 0 and order_id is null;

    grant select on trading.execution_reports to app;
    grant select, insert, update on trading.execution_reports to writer;
    alter table trading.execution_reports enable row level security;
    alter table trading.execution_reports force row level security;
    create policy execution_reports_own on trading.execution_reports for select to app
      using (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
    create policy execution_reports_engine_reads on trading.execution_reports for select to writer using (true);
    create policy execution_reports_engine_adds on trading.execution_reports for insert to writer with check (true);
    create policy execution_reports_engine_changes on trading.execution_reports for update to writer using (true) with check (true);

    -- A token that was put on record to be spent, and was not.
    grant delete on trading.execution_reports to writer;
    create policy execution_reports_forget on trading.execution_reports for delete to writer using (version = 0 and order_id is null);

    -- The anonymous names under which the widget's operator knows our users.
    create table trading.widget_users (
      exchange_user_id text constraint widget_users_pkey primary key,
      user_id bigint not null,
      created_at timestamptz not null default now()
    );
    grant select, insert on trading.widget_users to writer;
    alter table trading.widget_users enable row level security;
    alter table trading.widget_users force row level security;
    create policy widget_users_reads on trading.widget_users for select to writer using (true);
    create policy widget_users_adds on trading.widget_users for insert to writer with check (true);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table trading.widget_users, trading.execution_reports');
}
