import pg from 'pg';
import { fullName, type Content, type Table, type TableName } from './manifest.ts';

/** Rows must read the same on both sides, whatever a server or a login has set. And a backup takes as long as it takes. */
const SETTINGS = `
  set local timezone = 'UTC';
  set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'iso_8601';
  set local bytea_output = 'hex';
  set local extra_float_digits = 1;
  set local client_encoding = 'UTF8';
  set local search_path = pg_catalog;
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0`;

export async function readRowsAlike(client: pg.ClientBase): Promise<void> {
  await client.query(SETTINGS);
}

/** Ours is what stands in the schemas that this login owns, but for schema public, where only the list of migrations is. */
export const OURS = `pg_get_userbyid(n.nspowner) = session_user and n.nspname not in ('public', 'information_schema') and n.nspname not like 'pg\\_%'`;

export async function readTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select n.nspname::text as schema, c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't' and ${OURS}
    group by 1, 2 order by 1, 2`);
  return rows;
}

/** The sum of the first 64 bits of each row's SHA-256: no order, no memory, and a lost, doubled or changed row shows. */
export async function contentOf(client: pg.ClientBase, table: Table): Promise<Content> {
  const { rows } = await client.query<{ rows: string; digest: string }>(
    `select count(*)::text as rows,
       coalesce(sum(('x' || left(encode(sha256(convert_to(row(${columnsOf(table)})::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint), 0)::text as digest
     from ${quoted(table)}`,
  );
  return rows[0]!;
}

export const quoted = ({ schema, name }: TableName): string => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
export const columnsOf = ({ columns }: Table): string => columns.map((column) => pg.escapeIdentifier(column)).join(', ');

/** Children after their parents. A cycle would need constraints that can wait, and we have none. */
export function inLoadingOrder<Named extends TableName>(tables: readonly Named[], references: readonly { readonly from: string; readonly to: string }[]): Named[] {
  const left = new Map(tables.map((table) => [fullName(table), table]));
  const ordered: Named[] = [];
  while (left.size > 0) {
    const free = [...left].filter(([name]) => !references.some(({ from, to }) => from === name && left.has(to)));
    if (free.length === 0) throw new Error(`These tables refer to each other, so none can be loaded first: ${[...left.keys()].join(', ')}`);
    for (const [name, table] of free) {
      left.delete(name);
      ordered.push(table);
    }
  }
  return ordered;
}
