import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PASSWORD, signIn } from '../testing/builders.ts';
import { testRedisUrl } from '../testing/redis.ts';
import { createTestApp, signedHeaders, type TestApp } from '../testing/test-app.ts';
import { until } from '../testing/venue.ts';

let nodes: [TestApp, TestApp];
let key: { key: string; secret: string };
beforeAll(async () => {
  // Keys in Redis depend on it: what other files count there is not ours.
  const env = { REDIS_URL: testRedisUrl(), JWT_SECRET: `of-this-file-${randomUUID()}` };
  const first = await createTestApp({ env });
  nodes = [first, await createTestApp({ env, database: first.database })];
  const { accessToken } = await signIn(first, 'user');
  const made = await first.request.post('/api/auth/api-keys').set('Authorization', `Bearer ${accessToken}`).send({ name: 'bot', scopes: ['view_orders', 'trade'], password: PASSWORD }).expect(201);
  key = (made.body as { data: typeof key }).data;
  await until(() => read(1), (status) => status === 200, 1_000);
});
afterAll(async () => {
  await nodes[1].close();
  await nodes[0].close();
});

type Signing = Parameters<typeof signedHeaders>[4];
const headers = (method: string, options?: Signing): Record<string, string> => signedHeaders({ apiKey: key.key, apiSecret: key.secret }, method, '/api/orders', '', options);
const read = (node: 0 | 1, options?: Signing): Promise<number> => nodes[node].request.get('/api/orders').set(headers('GET', options)).then(({ status }) => status);

test.each([1, 2] as const)('A11 of a signed call that comes to both nodes at once, one is taken, by version %i', async (version) => {
  const nonce = randomUUID();
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, at) => read(at % 2 === 0 ? 0 : 1, { version, nonce })));
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 401)).toHaveLength(19);
});

test('A11 a call of version 1 that changes something counts once over both nodes, whatever nonce it comes back with', async () => {
  const signed = headers('DELETE', { version: 1 });
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, at) => nodes[at % 2]!.request.delete('/api/orders').set({ ...signed, 'X-API-Nonce': randomUUID() }).then(({ status }) => status)));
  // One is taken; what becomes of it is the engine's business, which no other node can reach here.
  expect(statuses.filter((status) => status !== 401)).toHaveLength(1);
});
