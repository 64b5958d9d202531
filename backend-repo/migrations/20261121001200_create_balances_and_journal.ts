import type { Knex } from 'knex';

/**
 * spec/4's balances, and the double-entry journal under them: a row moves a positive amount of one asset from a debit to a credit account,
 * so it cannot be unbalanced (design 5.9). Account 0 is everything outside the venue, account -1 the house, all others are users. Holds
 * (available to locked) are no postings.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trading.balances (
      id bigint generated always as identity constraint balances_pkey primary key,
      user_id bigint not null,
      asset varchar(20) not null constraint balances_asset_check check (asset = upper(asset)),
      available numeric(20,8) not null default 0 constraint balances_available_check check (available >= 0),
      locked numeric(20,8) not null default 0 constraint balances_locked_check check (locked >= 0),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint balances_user_id_asset_key unique (user_id, asset)
    ) with (fillfactor = 70);
    create index idx_balances_user on trading.balances (user_id);
    create index idx_balances_asset on trading.balances (asset);
    create function trading.update_updated_at_column() returns trigger language plpgsql as $$
      begin
        new.updated_at = current_timestamp;
        return new;
      end $$;
    create trigger trg_balances_updated_at before update on trading.balances for each row execute function trading.update_updated_at_column();

    create table trading.journal (
      id bigint generated always as identity constraint journal_pkey primary key,
      asset varchar(20) not null,
      amount numeric(20,8) not null constraint journal_amount_check check (amount > 0),
      debit_account bigint not null,
      credit_account bigint not null,
      cause text not null constraint journal_cause_check check (cause in ('TRADE', 'FEE', 'DEPOSIT', 'WITHDRAWAL', 'ADJUSTMENT')),
      trade_id bigint,
      reference text,
      created_at timestamptz not null,
      constraint journal_accounts_check check (debit_account <> credit_account)
    );
    -- What moves money from or to the outside is named by its caller, and happens once per name.
    create unique index journal_reference_key on trading.journal (cause, reference) where reference is not null;

    grant select on trading.balances, trading.journal to app;
    grant select, insert on trading.balances, trading.journal to writer;
    grant update (available, locked, updated_at) on trading.balances to writer;
  `);
  for (const table of ['balances', 'journal']) {
    await knex.raw(`
      alter table trading.${table} enable row level security;
      alter table trading.${table} force row level security;
      create policy ${table}_engine_reads on trading.${table} for select to writer using (true);
      create policy ${table}_engine_adds on trading.${table} for insert to writer with check (true);
    `);
  }
  await knex.raw(`
    create policy balances_engine_changes on trading.balances for update to writer using (true) with check (true);
    create policy balances_own on trading.balances for select to app using (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
    create policy journal_own on trading.journal for select to app
      using (nullif(current_setting('app.user_id', true), '')::bigint in (debit_account, credit_account));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table trading.journal, trading.balances;
    drop function trading.update_updated_at_column;
  `);
}
