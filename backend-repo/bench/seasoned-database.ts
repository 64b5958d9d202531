import pg from 'pg';
import { type Cluster, startCluster } from '../demo/cluster.ts';
import { migrate } from '../src/db/migrate.ts';
import { appUrl, ensureRoles } from '../src/db/roles.ts';

const SECRETS = { ENCRYPTION_KEY: 'bench-encryption-key-0123456789abcdef', JWT_SECRET: 'bench-jwt-secret-0123456789abcdef-0123' };
const SEGMENTS_SHORT = 8;
const SEGMENTS = 48;

/**
 * A durable Postgres as it is after its first hour: with log segments to use again. A new one zeroes each 16 MB when it first gets there, and whoever
 * commits then waits 40 to 60 ms for it, every few seconds: that would be the 99th percentile of everything measured here, ours and the peers'.
 */
export async function startSeasonedCluster(dataDirectory: string, short: boolean): Promise<Cluster> {
  const cluster = await startCluster({ dataDirectory, settings: ['min_wal_size=1GB', 'max_wal_size=4GB'] });
  const client = new pg.Client({ connectionString: cluster.url('postgres') });
  await client.connect();
  try {
    for (let segment = 0; segment < (short ? SEGMENTS_SHORT : SEGMENTS); segment += 1) {
      await client.query(`select pg_logical_emit_message(false, 'bench', '')`);
      await client.query('select pg_switch_wal()');
    }
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
  return cluster;
}

/** @returns the environment of a server on it, `more` included */
export async function prepareDatabase(ownerUrl: string, more: Record<string, string>): Promise<Record<string, string>> {
  const app = appUrl(ownerUrl, undefined, SECRETS.ENCRYPTION_KEY);
  await ensureRoles(ownerUrl, app);
  await migrate(ownerUrl);
  return { ...SECRETS, DATABASE_URL: ownerUrl, DATABASE_APP_URL: app, ...more };
}
