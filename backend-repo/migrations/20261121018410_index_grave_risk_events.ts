import type { Knex } from 'knex';

/** Those that somebody has yet to look at, by time: what follows from them by itself is asked for every few seconds. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`create index risk_events_grave on trading.risk_events (created_at) where not resolved and severity in ('HIGH', 'CRITICAL')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index trading.risk_events_grave');
}
