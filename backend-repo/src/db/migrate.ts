import knexLib, { type Knex } from 'knex';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type pg from 'pg';

const { knex } = knexLib;
const directory = fileURLToPath(new URL('../../migrations', import.meta.url));
const record = { schemaName: 'public', tableName: 'schema_migrations' };
const migrations = { ...record, directory, loadExtensions: ['.ts'], extension: 'ts' };

/** Runs what is not yet applied, as the owner. knex holds a lock, so two nodes may start at once. */
export async function migrate(ownerUrl: string): Promise<string[]> {
  return withOwner(ownerUrl, async (owner) => {
    const [, applied] = (await owner.migrate.latest(migrations)) as [number, string[]];
    return applied;
  });
}

/** Takes back everything, newest first. For tests of the way back. */
export async function rollbackAll(ownerUrl: string): Promise<void> {
  await withOwner(ownerUrl, (owner) => owner.migrate.rollback(migrations, true));
}

export async function knownMigrations(): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.ts')).sort();
}

/** These and no others, in the caller's transaction: the schema as a backup knew it. Returns those that were not applied before. */
export async function migrateExactly(transaction: Knex.Transaction, names: readonly string[]): Promise<string[]> {
  const migrationSource: Knex.MigrationSource<string> = {
    getMigrations: async () => [...names].sort(),
    getMigrationName: (name) => name,
    getMigration: async (name) => (await import(pathToFileURL(join(directory, name)).href)) as Knex.Migration,
  };
  const [, applied] = (await transaction.migrate.latest({ ...record, migrationSource })) as [number, string[]];
  return applied;
}

/** @param work gets the transaction twice: for migrations, and as the connection under it, for COPY */
export async function ownerTransaction<T>(ownerUrl: string, work: (transaction: Knex.Transaction, client: pg.Client) => Promise<T>): Promise<T> {
  return withOwner(ownerUrl, (owner) => owner.transaction(async (transaction) => work(transaction, (await transaction.client.acquireConnection()) as pg.Client)));
}

async function withOwner<T>(ownerUrl: string, work: (owner: ReturnType<typeof knex>) => Promise<T>): Promise<T> {
  const owner = knex({ client: 'pg', connection: { connectionString: ownerUrl, application_name: 'migrate' }, pool: { min: 0, max: 2 } });
  try {
    return await work(owner);
  } finally {
    await owner.destroy();
  }
}
