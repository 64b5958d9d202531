import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Manifest, Partition, Sequence, Table, TableName } from './manifest.ts';
import { columnsOf, quoted } from './rows.repository.ts';

/** What is in the way of a restore: our schemas or our list of migrations. Empty when nothing is. */
export async function findOccupants(client: pg.ClientBase, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ occupant: string }>(
    `select 'schema ' || nspname as occupant from pg_namespace where nspname = any($1)
     union all select 'table public.' || relname from pg_class where relnamespace = 'public'::regnamespace and relname = 'schema_migrations' order by 1`,
    [schemas],
  );
  return rows.map(({ occupant }) => occupant);
}

/** The migrations made those of today and some months ahead; a backup brings those of its own time. */
export async function addPartitions(client: pg.ClientBase, partitions: readonly Partition[]): Promise<void> {
  for (const partition of partitions) {
    const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [quoted(partition)]);
    if (!rows[0]!.there) await client.query(`create table ${quoted(partition)} partition of ${quoted(partition.parent)} ${partition.bound}`);
  }
}

/** Migrations put first rows into some tables; the backup has them too. */
export async function empty(client: pg.ClientBase, tables: readonly TableName[]): Promise<void> {
  await client.query(`truncate ${tables.map(quoted).join(', ')}`);
}

/**
 * Rows come back as they were: no trigger touches them, and the owner sees them (COPY does not load a table under row-level security).
 * Both hold for this transaction alone, which ends by taking them back.
 * @returns what takes them back
 */
export async function openForLoading(client: pg.ClientBase, tables: readonly TableName[]): Promise<() => Promise<void>> {
  const { rows: forced } = await client.query<TableName>(`
    select n.nspname::text as schema, c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relforcerowsecurity and n.nspname = any($1)`, [tables.map(({ schema }) => schema)]);
  for (const table of forced) await client.query(`alter table ${quoted(table)} no force row level security`);
  for (const table of tables) await client.query(`alter table ${quoted(table)} disable trigger user`);
  await client.query('set constraints all deferred');
  return async () => {
    await client.query('set constraints all immediate');
    for (const table of tables) await client.query(`alter table ${quoted(table)} enable trigger user`);
    for (const table of forced) await client.query(`alter table ${quoted(table)} force row level security`);
  };
}

export async function copyIn(client: pg.ClientBase, table: Table, rows: Buffer): Promise<void> {
  await pipeline(Readable.from([rows]), client.query(copyFrom(`copy ${quoted(table)} (${columnsOf(table)}) from stdin`)));
}

export async function setSequences(client: pg.ClientBase, sequences: readonly Sequence[]): Promise<void> {
  for (const sequence of sequences) {
    await client.query('select setval(found, $2::bigint) from to_regclass($1) found where found is not null', [quoted(sequence), sequence.lastValue]);
  }
}

/** A lease says that a process lives. None of those that held one works on this database. */
export async function endLeases(client: pg.ClientBase, schemas: readonly string[]): Promise<void> {
  const { rows } = await client.query<TableName>(`
    select table_schema::text as schema, table_name::text as name from information_schema.columns
    where table_schema = any($1) and column_name in ('epoch', 'holder', 'until') group by 1, 2 having count(*) = 3`, [schemas]);
  for (const lease of rows) await client.query(`update ${quoted(lease)} set holder = null, until = '-infinity'`);
}

export async function analyze(client: pg.ClientBase, tables: Manifest['tables']): Promise<void> {
  await client.query(`analyze ${tables.map(quoted).join(', ')}`);
}
