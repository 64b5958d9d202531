import { findRedisServer } from '../../jest-redis.mjs';
import { startTestPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

interface Servers {
  testPostgres?: { stop: () => Promise<void> };
  testRedis?: { kill: () => Promise<void> };
}

export default async function globalSetup(): Promise<void> {
  const servers = globalThis as Servers;
  if (!process.env['TEST_REDIS_URL'] && findRedisServer() !== null) {
    const redis = await startRedis();
    servers.testRedis = redis;
    process.env['TEST_REDIS_URL'] = redis.url;
  }
  const server = await startTestPostgres();
  process.env['TEST_POSTGRES'] = JSON.stringify(server.address);
  servers.testPostgres = server;
}
