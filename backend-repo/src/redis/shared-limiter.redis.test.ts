import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { bucketOf, LocalLimiter, windowOf, type Limit, type Limiter } from '../http/limiter.ts';
import { testRedisUrl } from '../testing/redis.ts';
import { RedisLink } from './redis-link.ts';
import { SharedLimiter } from './shared-limiter.ts';

const unexpected = (error: unknown): never => {
  throw error;
};
const keyOf = (kind: string, name: string): string => `tokens:1:${kind}:${createHash('sha256').update(name).digest().toString('base64url', 0, 16)}`;
const link = new RedisLink({ url: testRedisUrl(), trialKey: keyOf('trial', randomUUID()), onAway: unexpected, onBack: () => undefined });
const here = new LocalLimiter(() => performance.now(), Date.now);
beforeAll(() => link.start());
afterAll(() => link.stop());

// One list of cases for both, so that a node counts alike with Redis and without. The limits refill slowly: a slow machine changes nothing.
describe.each<[string, Limiter]>([['in memory', here], ['in Redis', new SharedLimiter(link, here, keyOf)]])('counted %s', (_name, limiter) => {
  const key = randomUUID();
  const takes = async (limit: Limit, times: number): Promise<[boolean, number, number, number][]> => {
    const states: [boolean, number, number, number][] = [];
    for (let at = 0; at < times; at += 1) {
      const { allowed, remaining, waitSeconds, fullSeconds } = await limiter.take(limit, key);
      states.push([allowed, remaining, waitSeconds, fullSeconds]);
    }
    return states;
  };

  test('a window lets its number through, then nobody until it ends', async () => {
    expect(await takes(windowOf('test-window', 2, 3600), 4)).toEqual([[true, 1, 3600, 3600], [true, 0, 3600, 3600], [false, 0, 3600, 3600], [false, 0, 3600, 3600]]);
  });

  test('a window with a lockout is closed from the first too many on, and no longer for those after it', async () => {
    const limit = windowOf('test-lockout', 1, 60, { lockoutSeconds: 3600 });
    expect(await takes(limit, 2)).toEqual([[true, 0, 60, 60], [false, 0, 3600, 3600]]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const [[allowed, remaining, wait]] = (await takes(limit, 1)) as [[boolean, number, number, number]];
    expect([allowed, remaining, wait <= 3599]).toEqual([false, 0, true]);
  });

  test('a bucket lets its burst through, then one at a time as it refills', async () => {
    const limit = bucketOf('test-bucket', { name: 'x', quota: 60, windowSeconds: 36_000 }, 2);
    expect(await takes(limit, 3)).toEqual([[true, 1, 1, 600], [true, 0, 600, 1200], [false, 0, 600, 1200]]);
  });

  test('a fast bucket is full again in its second', async () => {
    const limit = bucketOf('test-fast', { name: 'x', quota: 20, windowSeconds: 1 }, 1);
    expect((await limiter.take(limit, key)).allowed).toBe(true);
    await expect((async () => {
      while (!(await limiter.take(limit, key)).allowed) await new Promise((resolve) => setTimeout(resolve, 10));
    })()).resolves.toBeUndefined();
  });

  test('of several limits nothing is taken behind the one that refuses', async () => {
    const [first, second] = [windowOf('test-first', 1, 3600), windowOf('test-second', 2, 3600)];
    const both = [{ limit: first, key }, { limit: second, key }];
    expect((await limiter.takeEach(both)).map(({ allowed }) => allowed)).toEqual([true, true]);
    expect((await limiter.takeEach(both)).map(({ allowed }) => allowed)).toEqual([false]);
    expect((await limiter.take(second, key)).remaining).toBe(0);
  });
});

test('in memory the answer is there at once: no promise stands in the way of a token', () => {
  const limit = windowOf('test-at-once', 1, 60);
  expect(here.take(limit, 'x')).toMatchObject({ allowed: true });
  expect(here.takeEach([{ limit, key: 'x' }])).toMatchObject([{ allowed: false }]);
});
