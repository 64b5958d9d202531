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
    -- What is in the log stays in it, whatever becomes of this table: where an earlier one had come to is where this one begins.
    insert into audit.ledger_marks (stream, number, order_id, trade_id, journal_id, jti)
      select streams.name, coalesce((last.after ->> 'number')::bigint, 0), coalesce((last.after #>> '{orders,to}')::bigint, 0), coalesce((last.after #>> '{trades,to}')::bigint, 0),
        coalesce((last.after #>> '{journal,to}')::bigint, 0), coalesce((last.after #>> '{tokens,to}')::uuid, '00000000-0000-0000-0000-000000000000')
      from (values ('venue'), ('tokens')) as streams (name)
      left join lateral (select after from audit.entries where action = streams.name || '.recorded' order by (after ->> 'number')::bigint desc limit 1) last on true;
    grant select, update on audit.ledger_marks to writer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table audit.ledger_marks');
}
