import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer } from '../../jest-redis.mjs';
import { readContract } from './contract.ts';
import { startTestPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

interface Servers {
  testPostgres?: { stop: () => Promise<void> };
  testRedis?: { kill: () => Promise<void> };
  testContract?: { remove: () => Promise<void> };
}

export default async function globalSetup(): Promise<void> {
  const servers = globalThis as Servers;
  if (!process.env['TEST_REDIS_URL'] && findRedisServer() !== null) {
    const redis = await startRedis();
    servers.testRedis = redis;
    process.env['TEST_REDIS_URL'] = redis.url;
  }
  servers.testContract = await parseContract();
  const server = await startTestPostgres();
  process.env['TEST_POSTGRES'] = JSON.stringify(server.address);
  servers.testPostgres = server;
}

async function parseContract(): Promise<{ remove: () => Promise<void> }> {
  delete process.env['TEST_CONTRACT'];
  const folder = await mkdtemp(join(tmpdir(), 'test-contract-'));
  const file = join(folder, 'openapi.json');
  await writeFile(file, JSON.stringify(readContract()));
  process.env['TEST_CONTRACT'] = file;
  return { remove: () => rm(folder, { recursive: true, force: true }) };
}
