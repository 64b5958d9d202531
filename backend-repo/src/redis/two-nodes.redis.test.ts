import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { createPartner, getToken, LIMIT_ORDER, openSession, PAGE, requestToken, signedPost, signIn, type TestPartner, type TestUser } from '../testing/builders.ts';
import { testRedisUrl } from '../testing/redis.ts';
import { createTestApp, type TestApp } from '../testing/test-app.ts';
import { until } from '../testing/venue.ts';

let nodes: [TestApp, TestApp];
let partner: TestPartner;
beforeAll(async () => {
  // Keys in Redis depend on it: what other files count there is not ours.
  const env = { REDIS_URL: testRedisUrl(), JWT_SECRET: `of-this-file-${randomUUID()}` };
  const first = await createTestApp({ env });
  nodes = [first, await createTestApp({ env, database: first.database })];
  partner = await newPartner();
});
afterAll(async () => {
  await nodes[1].close();
  await nodes[0].close();
});

/** One that both nodes know. */
async function newPartner(change: Parameters<typeof createPartner>[1] = {}): Promise<TestPartner> {
  const made = await createPartner(nodes[0], change);
  await until(() => Promise.resolve(nodes[1].app.widget!.partners.credentials(made.apiKey)), (known) => known !== undefined);
  return made;
}

/** Sends one request after the other to the nodes in turn. */
async function inTurn(times: number, send: (node: TestApp) => PromiseLike<{ status: number }>): Promise<number[]> {
  const statuses: number[] = [];
  for (let at = 0; at < times; at += 1) statuses.push((await send(nodes[at % 2]!)).status);
  return statuses;
}

const passed = (statuses: readonly number[]): number => statuses.filter((status) => status !== 429).length;
const allAtOnce = async (times: number, send: (node: TestApp) => PromiseLike<{ status: number }>): Promise<number[]> =>
  (await Promise.all(Array.from({ length: times }, (_, at) => send(nodes[at % 2]!)))).map(({ status }) => status);

test('a user asks two nodes for ten tokens a second, not for twenty', async () => {
  const user = await openSession(nodes[0], partner);
  const started = Date.now();
  const statuses = await allAtOnce(30, (node) => requestToken(node, user));
  // What a slow machine adds in the meantime.
  const refilled = Math.floor(((Date.now() - started) / 1000) * 10);
  expect(passed(statuses)).toBeGreaterThanOrEqual(10);
  expect(passed(statuses)).toBeLessThanOrEqual(10 + refilled);
});

test('at most 20 open tokens over both nodes, exactly, and one that is redeemed at the other node makes room', async () => {
  const hoarded = await newPartner();
  const exchangeUserId = 'hoarder';
  const session = { exchangeId: hoarded.exchangeId, exchangeUserId, identityMode: 'signed' as const };
  // Past the rate per second, which has its own test: straight to the service.
  const issue = (node: TestApp): Promise<string> =>
    node.app.widget!.tradeTokens
      .issue(session, { exchangeId: hoarded.exchangeId, exchangeUserId, trade: LIMIT_ORDER } as never, randomUUID(), PAGE)
      .then(({ issued }) => issued.token, (error: { code: string }) => error.code);
  const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => issue(nodes[at % 2]!)));
  const tokens = answers.filter((answer) => answer.includes('.'));
  expect(tokens).toHaveLength(20);
  expect(answers.filter((answer) => answer === 'TOO_MANY_OPEN_TOKENS')).toHaveLength(40);
  await signedPost(nodes[1], hoarded, '/api/widget/redeem', { token: tokens[0]! }).expect(200);
  // Nobody waits for the room that a redemption makes.
  await until(() => issue(nodes[0]), (answer) => answer.includes('.'));
  expect(await issue(nodes[1])).toBe('TOO_MANY_OPEN_TOKENS');
});

test('a signed call that one node has taken is refused by the other', async () => {
  const user = await openSession(nodes[0], partner);
  const { token } = await getToken(nodes[0], user);
  const nonce = randomUUID();
  await signedPost(nodes[0], partner, '/api/widget/redeem', { token }, { nonce }).expect(200);
  const { body } = await signedPost(nodes[1], partner, '/api/widget/redeem', { token }, { nonce }).expect(401);
  expect(body).toMatchObject({ error: { code: 'NONCE_REUSED' } });
});

describe('both nodes count together', () => {
  const burst = async (env: Record<string, string>, work: () => Promise<void>): Promise<void> => {
    const before = nodes;
    const full = { REDIS_URL: testRedisUrl(), JWT_SECRET: `of-this-test-${randomUUID()}`, ...env };
    const first = await createTestApp({ env: full, database: before[0].database });
    nodes = [first, await createTestApp({ env: full, database: before[0].database })];
    try {
      await work();
    } finally {
      await nodes[1].close();
      await nodes[0].close();
      nodes = before;
    }
  };

  test('the tokens of a partner, its signed calls, strangers, orders, public routes and label users', async () => {
    const env = {
      LIMIT_TOKENS_PER_SECOND_PER_PARTNER: '4', LIMIT_PARTNER_CALLS_BURST: '6', LIMIT_PARTNER_CALLS_PER_MINUTE: '6', LIMIT_UNAUTHENTICATED_PER_MINUTE: '12',
      LIMIT_ORDERS_PER_MINUTE_UNVERIFIED: '4', LIMIT_LABEL_TOKENS_PER_MINUTE_PER_ADDRESS: '8', LIMIT_STAFF_CALLS_PER_MINUTE: '6', LIMIT_LOGIN_PER_HOUR: '4',
    };
    await burst(env, async () => {
      const users = await Promise.all([1, 2, 3, 4].map(() => openSession(nodes[0], partner)));
      const started = Date.now();
      let asked = 0;
      const perPartner = await allAtOnce(16, (node) => requestToken(node, users[(asked += 1) % 4]!, {}));
      expect(passed(perPartner)).toBeGreaterThanOrEqual(4);
      expect(passed(perPartner)).toBeLessThanOrEqual(4 + Math.floor(((Date.now() - started) / 1000) * 4));

      expect(passed(await inTurn(8, (node) => signedPost(node, partner, '/api/widget/redeem', {})))).toBe(6);
      // The four sessions were opened without credentials, too.
      expect(passed(await inTurn(10, (node) => node.request.get(`/api/widget/jwks/${partner.exchangeId}`)))).toBe(8);
      expect(passed(await inTurn(14, (node) => node.request.post('/api/widget/redeem').send({})))).toBe(12);
      expect(passed(await inTurn(6, (node) => node.request.post('/api/auth/login').send({})))).toBe(4);

      const trader = await signIn(nodes[0], 'user');
      expect(passed(await inTurn(6, (node) => node.request.post('/api/orders').set('Authorization', `Bearer ${trader.accessToken}`).send({})))).toBe(4);
      const staff = await signIn(nodes[0], 'staff');
      expect(passed(await inTurn(8, (node) => node.request.get('/api/admin/exchanges').set('Authorization', `Bearer ${staff.accessToken}`)))).toBe(6);
    });
  });

  test('a partner’s label tokens of the day, to the very one, and those that were not given out come back', async () => {
    const label = await newPartner({ identity_mode: 'label', label_tokens_per_day: 7 });
    const users = await Promise.all(Array.from({ length: 20 }, async (_, index): Promise<TestUser> => {
      const exchangeUserId = `name-${index}`;
      const { body } = await nodes[index % 2]!.request.post('/api/widget/session').set('Origin', PAGE).send({ exchangeId: label.exchangeId, exchangeUserId }).expect(200);
      return { partner: label, exchangeUserId, sessionToken: (body as { data: { sessionToken: string } }).data.sessionToken };
    }));
    const answers = await Promise.all(users.map((user, index) => requestToken(nodes[index % 2]!, user).set('Origin', PAGE)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    for (const { status, body } of answers) if (status !== 201) expect(body).toMatchObject({ error: { code: 'LABEL_TOKENS_USED_UP' } });
  });

  test('six label tokens a minute for a name, whatever node it asks', async () => {
    const label = await newPartner({ identity_mode: 'label' });
    const { body } = await nodes[0].request.post('/api/widget/session').set('Origin', PAGE).send({ exchangeId: label.exchangeId, exchangeUserId: 'name-1' }).expect(200);
    const user: TestUser = { partner: label, exchangeUserId: 'name-1', sessionToken: (body as { data: { sessionToken: string } }).data.sessionToken };
    expect(await inTurn(8, (node) => requestToken(node, user).set('Origin', PAGE))).toEqual([201, 201, 201, 201, 201, 201, 429, 429]);
  });
});

test('Redis holds no name, address or key in the clear, and nothing for ever', async () => {
  const user = await openSession(nodes[0], partner);
  await getToken(nodes[0], user);
  const client = await createClient({ url: testRedisUrl() }).connect();
  try {
    const keys = await client.keys('*');
    expect(keys.length).toBeGreaterThan(3);
    for (const key of keys) expect(key).toMatch(/^tokens:1:[a-z0-9-]+:[\w-]{22}$/);
    for (const key of keys) expect([key, await client.pTTL(key)]).not.toEqual([key, -1]);
  } finally {
    await client.close();
  }
});
