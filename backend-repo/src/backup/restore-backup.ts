import type pg from 'pg';
import { knownMigrations, migrateExactly, ownerTransaction } from '../db/migrate.ts';
import { ensureRolesWithoutLogin } from '../db/roles.ts';
import { readArchive, verifyArchive } from './archive.ts';
import { fullName, type Manifest } from './manifest.ts';
import { contentOf, readRowsAlike, readTables } from './rows.repository.ts';
import { addPartitions, analyze, copyIn, empty, endLeases, findOccupants, openForLoading, setSequences } from './target.repository.ts';

export interface RestoredTable {
  readonly name: string;
  readonly rows: string;
  readonly equal: boolean;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly tables: readonly RestoredTable[];
  /** Made by hand, by no migration: the file has their rows, the database does not. */
  readonly leftOut: readonly string[];
  /** Migrations that this version brings beyond the backup's. */
  readonly applied: readonly string[];
}

/** Fills an empty database from a backup, in one transaction: it ends as it was backed up, to the row, or as empty as it was. */
export async function restoreBackup(ownerUrl: string, file: string): Promise<Restored> {
  const manifest = await verifyArchive(file);
  await refuseUnknown(manifest);
  await ensureRolesWithoutLogin(ownerUrl);
  const restored = await ownerTransaction(ownerUrl, async (transaction, client) => {
    await refuseOccupied(client, manifest);
    await migrateExactly(transaction, manifest.migrations);
    await readRowsAlike(client);
    const { tables, leftOut } = await matchTables(client, manifest);
    await addPartitions(client, manifest.partitions.filter(({ parent }) => tables.some((table) => fullName(table) === fullName(parent))));
    await empty(client, tables);
    const close = await openForLoading(client, tables);
    await load(client, file, tables);
    const compared = await compare(client, tables);
    await setSequences(client, manifest.sequences);
    await endLeases(client, schemasOf(manifest));
    await close();
    await analyze(client, tables);
    return { tables: compared, leftOut, applied: await migrateExactly(transaction, await knownMigrations()) };
  });
  return { manifest, ...restored };
}

/** Only tables that the migrations made are touched, and each of them must be in the backup. */
async function matchTables(client: pg.ClientBase, manifest: Manifest): Promise<{ tables: Manifest['tables']; leftOut: string[] }> {
  const made = new Set((await readTables(client)).map(fullName));
  const backedUp = new Set(manifest.tables.map(fullName));
  const missing = [...made].filter((name) => !backedUp.has(name));
  if (missing.length > 0) throw new Error(`The backup lacks ${missing.join(', ')}. Nothing was restored.`);
  return { tables: manifest.tables.filter((table) => made.has(fullName(table))), leftOut: [...backedUp].filter((name) => !made.has(name)) };
}

async function refuseUnknown(manifest: Manifest): Promise<void> {
  const known = new Set(await knownMigrations());
  const unknown = manifest.migrations.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`The backup is of a newer version of the backend: this one does not know ${unknown.join(', ')}. Restore it with that version. Nothing was restored.`);
}

async function refuseOccupied(client: pg.ClientBase, manifest: Manifest): Promise<void> {
  const occupants = await findOccupants(client, schemasOf(manifest));
  if (occupants.length > 0) throw new Error(`The database is not empty: it has ${occupants.join(', ')}. A restore needs a new, empty database. Nothing was restored.`);
}

async function load(client: pg.ClientBase, file: string, tables: Manifest['tables']): Promise<void> {
  const byName = new Map(tables.map((table) => [fullName(table), table]));
  for await (const { name, body } of readArchive(file)) {
    const table = byName.get(name.split('/')[0]!);
    if (table) await copyIn(client, table, body);
  }
}

async function compare(client: pg.ClientBase, tables: Manifest['tables']): Promise<RestoredTable[]> {
  const compared: RestoredTable[] = [];
  for (const table of tables) {
    const { rows, digest } = await contentOf(client, table);
    compared.push({ name: fullName(table), rows, equal: rows === table.rows && digest === table.digest });
  }
  const different = compared.filter(({ equal }) => !equal);
  if (different.length > 0) throw new Error(`What was loaded is not what was backed up: ${different.map(({ name }) => name).join(', ')}. Nothing was restored.`);
  return compared;
}

const schemasOf = ({ tables }: Manifest): string[] => [...new Set(tables.map(({ schema }) => schema))];
