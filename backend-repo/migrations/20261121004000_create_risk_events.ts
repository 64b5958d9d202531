import type { Knex } from 'knex';

/**
 * spec/4's risk_events. Besides its columns: which rule found it, on which market and when, so that one thing is told of once; the sender's name for
 * what another service told of; and who said what of it in the end. No trader sees these rows, their own included: who is watched must not know.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.risk_events (
      id bigint generated always as identity constraint risk_events_pkey primary key,
      user_id bigint,
      event_type varchar(50) not null constraint risk_events_event_type_check check (event_type in ('WITHDRAWAL', 'DEPOSIT', 'TRADE', 'LOGIN', 'SUSPICIOUS_ACTIVITY')),
      severity varchar(20) not null constraint risk_events_severity_check check (severity in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
      description text,
      metadata jsonb,
      resolved boolean not null default false,
      created_at timestamptz not null default current_timestamp,
      updated_at timestamptz not null default current_timestamp,
      kind text not null constraint risk_events_kind_check check (kind ~ '^[a-z]+(_[a-z]+)*$'),
      symbol varchar(20) constraint risk_events_symbol_check check (symbol = upper(symbol)),
      window_start timestamptz,
      reference text,
      note text,
      decided_by bigint,
      decided_at timestamptz,
      constraint risk_events_found_or_told check ((window_start is null) <> (reference is null))
    );
    create index idx_risk_events_user_time on trading.risk_events (user_id, created_at desc);
    create index idx_risk_events_type on trading.risk_events (event_type);
    create index idx_risk_events_severity on trading.risk_events (severity);
    create index idx_risk_events_unresolved on trading.risk_events (resolved) where resolved = false;
    -- What the rules find twice, on two nodes or after a restart, is one event.
    create unique index risk_events_finding_key on trading.risk_events (kind, user_id, coalesce(symbol, ''), window_start) where window_start is not null;
    create unique index risk_events_reference_key on trading.risk_events (reference) where reference is not null;
    create trigger trg_risk_events_updated_at before update on trading.risk_events for each row execute function trading.update_updated_at_column();
    create function trading.risk_severity_rank(severity text) returns integer language sql immutable as $$
      select array_position(array['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], severity)
    $$;

    grant select on trading.risk_events to app;
    grant update (resolved, note, decided_by, decided_at, updated_at) on trading.risk_events to app;
    grant select, insert on trading.risk_events to writer;
    grant update (severity, description, metadata, resolved, updated_at) on trading.risk_events to writer;
    alter table trading.risk_events enable row level security;
    alter table trading.risk_events force row level security;
    create policy risk_events_staff_reads on trading.risk_events for select to app using (nullif(current_setting('app.staff_id', true), '') is not null);
    create policy risk_events_staff_decides on trading.risk_events for update to app
      using (nullif(current_setting('app.staff_id', true), '') is not null) with check (decided_by = nullif(current_setting('app.staff_id', true), '')::bigint);
    create policy risk_events_watch_reads on trading.risk_events for select to writer using (true);
    create policy risk_events_watch_adds on trading.risk_events for insert to writer with check (true);
    create policy risk_events_watch_changes on trading.risk_events for update to writer using (true) with check (true);
    create policy risk_events_backup on trading.risk_events for select to backup using (true);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table trading.risk_events;
    drop function trading.risk_severity_rank;
  `);
}
