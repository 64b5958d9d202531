import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns {string | null} where the binary of Redis is */
export function findRedisServer() {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'redis-server'));
  return places.find((place) => existsSync(place)) ?? null;
}

/**
 * Tests named *.redis.test.ts need a real Redis: TEST_REDIS_URL, or the one they start; those named *.own-redis.test.ts stop theirs and need the
 * binary. Where it is missing they are left out, and scripts/test says how many. With REQUIRE_REDIS=1, as CI sets it, that is a failure.
 * @returns {string[]} patterns of the tests that cannot run
 */
export function withoutRedis() {
  if (findRedisServer() !== null) return [];
  if (process.env.REQUIRE_REDIS === '1') throw new Error('REQUIRE_REDIS is set and redis-server is not installed.');
  return process.env.TEST_REDIS_URL ? ['\\.own-redis\\.test\\.ts$'] : ['\\.(own-)?redis\\.test\\.ts$'];
}
