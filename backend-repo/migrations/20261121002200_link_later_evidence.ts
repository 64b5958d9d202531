import type { Knex } from 'knex';

/**
 * A report that was sent unsigned and later once more, signed: its line in `executions` is append-only, so what makes it evidence is a line of
 * its own.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table widget.report_evidence_links (
      jti uuid not null,
      exchange_id text not null,
      quantity numeric(20,8) not null,
      status text not null,
      evidence_id uuid not null,
      linked_at timestamptz not null,
      constraint report_evidence_links_pkey primary key (jti, quantity, status)
    );
    grant select, insert on widget.report_evidence_links to writer;
    grant select on widget.report_evidence_links to app;
    alter table widget.report_evidence_links enable row level security;
    alter table widget.report_evidence_links force row level security;
    create policy report_evidence_links_writer on widget.report_evidence_links to writer using (true) with check (true);
    create policy report_evidence_links_partner on widget.report_evidence_links for select to app
      using (exchange_id = current_setting('app.exchange_id', true));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table widget.report_evidence_links');
}
