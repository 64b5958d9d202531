import type { Knex } from 'knex';

/**
 * How far the audit log tells of what the venue and the token ledger have appended (docs/decisions/0028): only where the next look begins. Who moves a
 * mark makes a gap or an overlap between two entries, which `npm run audit:verify` names.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table audit.ledger_marks (
      stream text constraint ledger_marks_pkey primary key constraint ledger_marks_stream_check check (stream in ('venue', 'tokens')),
      number bigint not null default 0,
      order_id bigint not null default 0,
      trade_id bigint not null default 0,
      journal_id bigint not null default 0,
      jti uuid not null default '00000000-0000-0000-0000-000000000000'
    );
    insert into audit.ledger_marks (stream) values ('venue'), ('tokens');
    grant select, update on audit.ledger_marks to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table audit.ledger_marks');
}
