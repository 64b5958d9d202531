import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { FORMAT, FORMAT_VERSION, type Manifest, type Partition, type Sequence, type Table } from './manifest.ts';
import { columnsOf, contentOf, inLoadingOrder, OURS, quoted, readRowsAlike, readTables } from './rows.repository.ts';

const LOCK_TIMEOUT = '10s';

/**
 * One moment of the database, for as long as `work` takes: a repeatable-read transaction sees what was committed when it began, all of it
 * and nothing later. Writers are not kept waiting; a change of the schema is.
 */
export async function withSnapshot<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'backup', keepAlive: true });
  // A connection that dies between two statements fails the next one; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const expected = await readTables(client);
    if (expected.length === 0) throw new Error('There is nothing to back up: DATABASE_URL names a database without our schemas, or a login that does not own them.');
    await client.query('begin isolation level repeatable read, read only');
    await takeRole(client);
    await readRowsAlike(client);
    // Locking takes no snapshot, so the snapshot that follows sees the tables as they now stay.
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'; lock table ${expected.map(quoted).join(', ')} in access share mode`);
    if (JSON.stringify(await readTables(client)) !== JSON.stringify(expected)) throw new Error('A migration ran while the backup began. Try again.');
    await refuseHidden(client);
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function takeRole(client: pg.Client): Promise<void> {
  try {
    await client.query('set local role backup');
  } catch (error) {
    throw new Error('This login cannot take the role "backup". Use the owner’s login, and run `npm run migrate` once if the database is older than that role.', { cause: error });
  }
}

/** Row-level security hides rows without a word; a backup that lacks them must not look like one. */
async function refuseHidden(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select n.nspname || '.' || c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relrowsecurity and ${OURS} and not exists (
      select from pg_catalog.pg_policies p where p.schemaname = n.nspname and p.tablename = c.relname and p.roles = '{backup}' and p.cmd = 'SELECT' and p.qual = 'true')
    order by 1`);
  if (rows.length > 0) throw new Error(`Role backup would see no row of ${rows.map(({ name }) => name).join(', ')}: a policy for it is missing there. No backup was made.`);
}

export async function describe(client: pg.Client): Promise<Manifest> {
  const tables = inLoadingOrder(await readTables(client), await readReferences(client));
  const contents: (Table & { rows: string; digest: string })[] = [];
  for (const table of tables) contents.push({ ...table, ...(await contentOf(client, table)) });
  const about = await client.query<{ createdAt: Date; serverVersion: string }>(`select now() as "createdAt", current_setting('server_version') as "serverVersion"`);
  const migrations = await client.query<{ name: string }>('select name from public.schema_migrations order by name');
  return {
    format: FORMAT,
    version: FORMAT_VERSION,
    createdAt: about.rows[0]!.createdAt.toISOString(),
    serverVersion: about.rows[0]!.serverVersion,
    migrations: migrations.rows.map(({ name }) => name),
    tables: contents,
    partitions: await readPartitions(client),
    sequences: await readSequences(client),
  };
}

export function copyOut(client: pg.Client, table: Table): AsyncIterable<Buffer> {
  // `copy table` refuses a partitioned one.
  return client.query(copyTo(`copy (select ${columnsOf(table)} from ${quoted(table)}) to stdout`));
}

async function readReferences(client: pg.Client): Promise<{ from: string; to: string }[]> {
  const { rows } = await client.query<{ from: string; to: string }>(`
    select n.nspname || '.' || c.relname as "from", tn.nspname || '.' || t.relname as "to"
    from pg_catalog.pg_constraint f
    join pg_catalog.pg_class c on c.oid = f.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class t on t.oid = f.confrelid join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
    where f.contype = 'f' and f.conparentid = 0 and not f.condeferrable and ${OURS}`);
  return rows;
}

async function readPartitions(client: pg.Client): Promise<Partition[]> {
  const { rows } = await client.query<Partition>(`
    select n.nspname::text as schema, c.relname::text as name, json_build_object('schema', pn.nspname, 'name', p.relname) as parent, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class p on p.oid = i.inhparent join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
    where c.relkind in ('r', 'p') and c.relispartition and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT' and ${OURS}
    order by 1, 2`);
  return rows;
}

/** A sequence knows no transactions: by now it may be ahead of the rows, which skips numbers and never gives one twice. */
async function readSequences(client: pg.Client): Promise<Sequence[]> {
  const { rows } = await client.query<Sequence>(`
    select n.nspname::text as schema, c.relname::text as name, s.last_value::text as "lastValue"
    from pg_catalog.pg_sequences s
    join pg_catalog.pg_namespace n on n.nspname = s.schemaname join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = s.sequencename
    where s.last_value is not null and ${OURS} order by 1, 2`);
  return rows;
}
