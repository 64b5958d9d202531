import knexLib from 'knex';
import { fileURLToPath } from 'node:url';

const { knex } = knexLib;
const directory = fileURLToPath(new URL('../../migrations', import.meta.url));
const migrations = { directory, loadExtensions: ['.ts'], extension: 'ts', schemaName: 'public', tableName: 'schema_migrations' };

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

async function withOwner<T>(ownerUrl: string, work: (owner: ReturnType<typeof knex>) => Promise<T>): Promise<T> {
  const owner = knex({ client: 'pg', connection: { connectionString: ownerUrl, application_name: 'migrate' }, pool: { min: 0, max: 2 } });
  try {
    return await work(owner);
  } finally {
    await owner.destroy();
  }
}
