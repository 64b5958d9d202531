import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createPartner, openSession, requestToken, type TestPartner, type TestUser } from '../testing/builders.ts';
import { freePort } from '../testing/postgres.ts';
import { startRedis, type TestRedis } from '../testing/redis.ts';
import { createTestApp, type TestApp } from '../testing/test-app.ts';
import { until } from '../testing/venue.ts';
import { REDIS_DEADLINE_MS } from './redis-link.ts';

let redis: TestRedis;
let nodes: [TestApp, TestApp];
let partner: TestPartner;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.kill());
beforeEach(async () => {
  const env = { REDIS_URL: redis.url, JWT_SECRET: `of-this-test-${randomUUID()}`, LIMIT_LOGIN_PER_HOUR: '4', ROLES: 'widget' };
  const first = await createTestApp({ env });
  nodes = [first, await createTestApp({ env, database: first.database })];
  partner = await createPartner(first);
  await until(() => Promise.resolve(nodes[1].app.widget!.partners.credentials(partner.apiKey)), (known) => known !== undefined);
});
afterEach(async () => {
  await nodes[1].close();
  await nodes[0].close();
});

async function gauge(node: TestApp): Promise<string | undefined> {
  return /^redis_available (\d)$/m.exec(await node.app.metrics.registry.metrics())?.[1];
}
const said = (node: TestApp, words: string): number => node.logs.filter((line) => line.includes(words)).length;
const bothSay = (value: string): Promise<unknown> => until(() => Promise.all(nodes.map(gauge)), (values) => values.every((now) => now === value));

async function logins(node: TestApp, times: number): Promise<number> {
  let passed = 0;
  for (let at = 0; at < times; at += 1) passed += (await node.request.post('/api/auth/login').send({})).status === 429 ? 0 : 1;
  return passed;
}

const slowestOf = async (times: number, send: () => PromiseLike<{ status: number }>): Promise<{ statuses: number[]; milliseconds: number }> => {
  const statuses: number[] = [];
  let milliseconds = 0;
  for (let at = 0; at < times; at += 1) {
    const started = performance.now();
    statuses.push((await send()).status);
    milliseconds = Math.max(milliseconds, performance.now() - started);
  }
  return { statuses, milliseconds };
};

/** Tokens of users who have asked for nothing yet: none of them is near a limit. */
async function freshUsers(times: number): Promise<TestUser[]> {
  return Promise.all(Array.from({ length: times }, () => openSession(nodes[0], partner)));
}

test('Redis killed and started again under calls: every call is answered, each node counts alone meanwhile, and sharing resumes', async () => {
  await bothSay('1');
  expect(await logins(nodes[0], 3)).toBe(3);
  const users = await freshUsers(30);
  const calls = users.map((user, at) => requestToken(nodes[at % 2]!, user));
  const answers = Promise.all(calls);
  await redis.kill();
  expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 201));
  await bothSay('0');
  expect(await logins(nodes[0], 6)).toBe(4);
  expect(await logins(nodes[1], 6)).toBe(4);
  await nodes[0].request.get('/ready').expect(200);
  await redis.startAgain();
  await bothSay('1');
  // It was started empty: four more, over both nodes.
  expect((await logins(nodes[0], 3)) + (await logins(nodes[1], 3))).toBe(4);
  for (const node of nodes) expect([said(node, 'Redis is away'), said(node, 'Redis is there')]).toEqual([1, 2]);
});

test('Redis that hangs slows one call by the deadline, and nobody after it', async () => {
  await bothSay('1');
  const [first, ...rest] = await freshUsers(9);
  redis.hang();
  try {
    const waited = await slowestOf(1, () => requestToken(nodes[0], first!));
    expect(waited.statuses).toEqual([201]);
    expect(waited.milliseconds).toBeLessThan(2 * REDIS_DEADLINE_MS);
    const after = await slowestOf(8, () => requestToken(nodes[0], rest.pop()!));
    expect(after.statuses).toEqual(Array.from({ length: 8 }, () => 201));
    expect(after.milliseconds).toBeLessThan(REDIS_DEADLINE_MS);
    expect([await gauge(nodes[0]), said(nodes[0], 'Redis is away')]).toEqual(['0', 1]);
  } finally {
    redis.goOn();
  }
  await until(() => gauge(nodes[0]), (value) => value === '1');
});

test('a node starts and serves without the Redis it was told of', async () => {
  const env = { REDIS_URL: `redis://127.0.0.1:${await freePort()}`, LIMIT_LOGIN_PER_HOUR: '4', ROLES: 'widget' };
  const alone = await createTestApp({ env, database: nodes[0].database });
  try {
    await alone.request.get('/ready').expect(200);
    expect(await logins(alone, 6)).toBe(4);
    expect([await gauge(alone), said(alone, 'Redis is away')]).toEqual(['0', 1]);
  } finally {
    await alone.close();
  }
});

test('a node without REDIS_URL has no connection, and no metric tells of one', async () => {
  const alone = await createTestApp({ database: nodes[0].database });
  try {
    expect([await gauge(alone), said(alone, 'Redis')]).toEqual([undefined, 0]);
  } finally {
    await alone.close();
  }
});
