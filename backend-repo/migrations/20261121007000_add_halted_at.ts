import type { Knex } from 'knex';

/**
 * When the circuit breaker halted a market, so that a job can open it again when its time has come, on whatever node and after whatever restart;
 * and the openings so ordered, each halt once.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table trading.markets add column halted_at timestamptz;
    grant update (halted_at) on trading.markets to writer;

    create table trading.reopenings (
      symbol varchar(20) not null constraint reopenings_symbol_fkey references trading.markets (symbol),
      halted_at timestamptz not null,
      ordered_at timestamptz not null,
      constraint reopenings_pkey primary key (symbol, halted_at)
    );
    grant select, insert on trading.reopenings to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table trading.reopenings;
    alter table trading.markets drop column halted_at;
  `);
}
