import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cloneDatabase, type TestDatabase } from '../testing/postgres.ts';
import { sql } from '../testing/venue.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

const OURS = `n.nspname not like 'pg\\_%' and n.nspname not in ('information_schema', 'public')`;

/** What a new table, sequence or schema must bring, as the SQL that its migration lacks. */
const missing = (url: string): Promise<{ missing: string }[]> =>
  sql(url, `
    select format('grant usage on schema %I to backup', n.nspname) as missing from pg_namespace n
      where ${OURS} and not has_schema_privilege('backup', n.oid, 'usage')
    union all
    select format('grant select on %I.%I to backup', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${OURS} and c.relkind in ('r', 'p', 'S')
        and not case c.relkind when 'S' then has_sequence_privilege('backup', c.oid, 'select') else has_table_privilege('backup', c.oid, 'select') end
    union all
    select format('create policy %I on %I.%I for select to backup using (true)', c.relname || '_backup', n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${OURS} and c.relkind in ('r', 'p') and c.relrowsecurity and not exists (
        select from pg_policies p where p.schemaname = n.nspname and p.tablename = c.relname and p.roles = '{backup}' and p.cmd = 'SELECT' and p.qual = 'true')
    union all
    select format('alter table public.%I set schema …', c.relname) from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname not like 'schema\\_migrations%'
    order by 1`);

test('role backup sees every row of every table; a migration that adds one brings its share', async () => {
  expect(await missing(database.superUrl)).toEqual([]);
});

test('a new table, a table with row-level security and a new schema are missed by name', async () => {
  const own = await cloneDatabase();
  try {
    await sql(own.ownerUrl, `
      create table widget.notes (id bigint generated always as identity primary key);
      create table widget.secrets (id bigint); alter table widget.secrets enable row level security;
      create schema news; create table news.items (id bigint)`);
    expect((await missing(own.superUrl)).map((row) => row.missing)).toEqual([
      'create policy secrets_backup on widget.secrets for select to backup using (true)',
      'grant select on news.items to backup',
      'grant usage on schema news to backup',
    ]);
  } finally {
    await own.drop();
  }
});

test('role backup may change nothing, anywhere, and is no way to anything more', async () => {
  const rights = await sql(database.superUrl, `
    select n.nspname, c.relname, p.kind from pg_class c join pg_namespace n on n.oid = c.relnamespace,
      unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain']) p(kind)
      where ${OURS} and c.relkind in ('r', 'p') and has_table_privilege('backup', c.oid, p.kind)
    union all
    select n.nspname, c.relname, p.kind from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(array['usage', 'update']) p(kind)
      where ${OURS} and c.relkind = 'S' and has_sequence_privilege('backup', c.oid, p.kind)
    union all
    select n.nspname, '', 'create' from pg_namespace n where ${OURS} and has_schema_privilege('backup', n.oid, 'create')
    union all
    select n.nspname, f.proname::text, 'execute' from pg_proc f join pg_namespace n on n.oid = f.pronamespace
      where ${OURS} and f.prosecdef and has_function_privilege('backup', f.oid, 'execute')`);
  expect(rights).toEqual([]);
  const role = await sql(database.superUrl, `select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb,
    exists (select from pg_auth_members where member = r.oid) as member_of_others from pg_roles r where rolname = 'backup'`);
  expect(role).toEqual([{ rolsuper: false, rolbypassrls: false, rolcanlogin: false, rolcreaterole: false, rolcreatedb: false, member_of_others: false }]);
});

test('the owner takes the role on purpose, the app cannot take it at all', async () => {
  const count = 'set role backup; select count(*)::int as keys from auth.signing_keys';
  await expect(sql(database.appUrl, count)).rejects.toMatchObject({ code: '42501' });
  await expect(sql(database.ownerUrl, `set role backup; insert into widget.fee_schedules (version, rate, description) values (9, 0, 'x')`)).rejects.toMatchObject({ code: '42501' });
});
