import type { Knex } from 'knex';

/**
 * Grave risk events are told by mail (ALERT_EMAIL). An event says itself, whoever writes it, that somebody has yet to be told of it; and again when it
 * has become worse. `risk_alerts` is when a mail about a kind went into the queue last.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table trading.risk_events add column alert_due_at timestamptz;
    create index risk_events_alert_due on trading.risk_events (alert_due_at) where alert_due_at is not null;
    create function trading.mark_alert_due() returns trigger language plpgsql set search_path = pg_catalog as $$
      begin
        if new.severity in ('HIGH', 'CRITICAL') and (tg_op = 'INSERT' or new.severity is distinct from old.severity) then
          new.alert_due_at := clock_timestamp();
        end if;
        return new;
      end $$;
    create trigger trg_risk_events_alert before insert or update of severity on trading.risk_events for each row execute function trading.mark_alert_due();
    grant update (alert_due_at) on trading.risk_events to writer;

    create table trading.risk_alerts (
      kind text constraint risk_alerts_pkey primary key,
      told_at timestamptz not null
    );
    grant select, insert on trading.risk_alerts to writer;
    grant update (told_at) on trading.risk_alerts to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table trading.risk_alerts;
    drop trigger trg_risk_events_alert on trading.risk_events;
    drop function trading.mark_alert_due;
    alter table trading.risk_events drop column alert_due_at;
  `);
}
