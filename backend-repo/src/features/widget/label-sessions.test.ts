import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import type supertest from 'supertest';
import { createPartner, openSession, PAGE, requestToken, signUserToken, type TestPartner, type TestUser } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

let app: TestApp;
let partner: TestPartner;
let forward = 0;
let addresses = 1;
let caller: Agent;
beforeAll(async () => {
  app = await createTestApp();
  // Tomorrow at noon: no day ends while these tests run.
  app.advance(DAY_MS - (app.now() % DAY_MS) + DAY_MS / 2);
  forward = app.now() - Date.now();
});
afterAll(() => app.close());
beforeEach(async () => {
  // 60 label tokens a minute per address: each test calls from one of its own.
  addresses += 1;
  caller = new Agent({ localAddress: `127.0.0.${addresses}` });
  partner = await createPartner(app, { identity_mode: 'label' });
});

// spec/1's own example of an exchangeUserId.
const SPEC_USER = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const HALF_A_MINUTE_MS = 30_000;
const DAY_MS = 86_400_000;

const ask = (body: object, node = app): supertest.Test => node.request.post('/api/widget/session').set('Origin', PAGE).send({ exchangeId: partner.exchangeId, ...body });
const fromPage = (user: TestUser, node = app, key?: string): supertest.Test => requestToken(node, user, undefined, key).agent(caller).set('Origin', PAGE);

/** What the widget does after spec/1's bare init. */
async function openLabelSession(exchangeUserId = `user-${randomUUID().slice(0, 8)}`, node = app): Promise<TestUser> {
  const { body } = await ask({ exchangeUserId }, node).expect(200);
  return { partner, exchangeUserId, sessionToken: (body as { data: { sessionToken: string } }).data.sessionToken };
}

async function identityModes(exchangeId: string): Promise<string[]> {
  const rows = await sql<{ identity_mode: string }>(app.database.superUrl, 'select identity_mode from widget.trade_tokens where exchange_id = $1 order by jti', [exchangeId]);
  return rows.map((row) => row.identity_mode);
}

describe('a bare name', () => {
  test('opens a session of five minutes on a page of a partner in label mode, and gets a token that the ledger marks', async () => {
    const { body } = await ask({ exchangeUserId: SPEC_USER }).expect(200);
    expect(body).toEqual({ success: true, data: { sessionToken: expect.any(String), expiresIn: 300 } });
    await fromPage(await openLabelSession(SPEC_USER)).expect(201);
    expect(await identityModes(partner.exchangeId)).toEqual(['label']);
  });

  test('never opens one at a partner that proves who its users are', async () => {
    partner = await createPartner(app);
    const { body } = await ask({ exchangeUserId: SPEC_USER }).expect(403);
    expect(body).toMatchObject({ error: { code: 'USER_TOKEN_REQUIRED' } });
  });

  test('opens nothing at a suspended partner', async () => {
    await app.app.widget!.partners.suspend(partner.exchangeId);
    const { body } = await ask({ exchangeUserId: SPEC_USER }).expect(403);
    expect(body).toMatchObject({ error: { code: 'PARTNER_SUSPENDED' } });
  });

  test.each(['jane@example.com', 'jane%40example.com'])('that is an e-mail address is refused: %s', async (exchangeUserId) => {
    const { body } = await ask({ exchangeUserId }).expect(400);
    expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { exchangeUserId: expect.stringContaining('e-mail address') } } });
  });

  test.each(['', 'user 1', 'x'.repeat(129), 'jür', 7])('that is not 1 to 128 visible ASCII characters is refused: %j', async (exchangeUserId) => {
    const { body } = await ask({ exchangeUserId }).expect(400);
    expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { exchangeUserId: expect.any(String) } } });
  });
});

test('a partner in label mode may still sign: the session and its tokens are then signed ones', async () => {
  await requestToken(app, await openSession(app, partner)).expect(201);
  expect(await identityModes(partner.exchangeId)).toEqual(['signed']);
});

test.each([
  ['both a user token and a name', { userToken: 'x', exchangeUserId: SPEC_USER }],
  ['neither', {}],
])('a session request with %s is refused by field', async (_name, body) => {
  const answer = await ask(body).expect(400);
  expect(answer.body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { userToken: 'Send userToken or exchangeUserId, not both.' } } });
});

describe('a label session is for pages on the list:', () => {
  const origins: [string, (request: supertest.Test) => supertest.Test][] = [
    ['a page on no list', (request) => request.set('Origin', 'https://thief.example')],
    ['a sandboxed frame', (request) => request.set('Origin', 'null')],
    ['a program, which sends no Origin', (request) => request.unset('Origin')],
  ];

  test.each(origins)('%s cannot open one', async (_name, from) => {
    const { body } = await from(ask({ exchangeUserId: SPEC_USER })).expect(403);
    expect(body).toMatchObject({ error: { code: 'ORIGIN_NOT_ALLOWED' } });
  });

  test.each(origins)('%s gets no token with one', async (_name, from) => {
    const { body } = await from(fromPage(await openLabelSession())).expect(403);
    expect(body).toMatchObject({ error: { code: 'ORIGIN_NOT_ALLOWED' } });
  });

  test("another partner's page gets no token with one", async () => {
    await createPartner(app, { identity_mode: 'label', allowed_origins: ['https://other.example'] });
    await fromPage(await openLabelSession()).set('Origin', 'https://other.example').expect(403);
  });

  test('it ends when the partner goes over to signed users', async () => {
    const user = await openLabelSession();
    await sql(app.database.superUrl, "update widget.exchanges set identity_mode = 'signed' where exchange_id = $1", [partner.exchangeId]);
    await until(() => Promise.resolve(app.app.widget!.partners.find(partner.exchangeId)?.identity_mode), (mode) => mode === 'signed', 1_000);
    const { body } = await fromPage(user).expect(403);
    expect(body).toMatchObject({ error: { code: 'USER_TOKEN_REQUIRED' } });
  });
});

describe('the daily number of label tokens', () => {
  const usedUp = { error: { code: 'LABEL_TOKENS_USED_UP', retry_after: expect.any(Number) } };
  const capped = async (label_tokens_per_day: number): Promise<void> => {
    partner = await createPartner(app, { identity_mode: 'label', label_tokens_per_day });
  };
  const spend = async (tokens: number, node = app): Promise<void> => {
    for (let index = 0; index < tokens; index += 1) await fromPage(await openLabelSession(undefined, node), node).expect(201);
  };

  test('is the most a partner gets, whoever asks, and says when to come back', async () => {
    await capped(3);
    await spend(3);
    const { body, headers } = await fromPage(await openLabelSession()).expect(429);
    const untilMidnight = Math.ceil((DAY_MS - (app.now() % DAY_MS)) / 1000);
    expect(body).toMatchObject(usedUp);
    const { retry_after: wait } = (body as { error: { retry_after: number } }).error;
    expect(headers['retry-after']).toBe(String(wait));
    expect(Math.abs(wait - untilMidnight)).toBeLessThanOrEqual(2);
    expect(await identityModes(partner.exchangeId)).toHaveLength(3);
  });

  test('holds for twenty requests at once', async () => {
    await capped(5);
    const users = await Promise.all(Array.from({ length: 20 }, () => openLabelSession()));
    const answers = await Promise.all(users.map((user) => fromPage(user)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  test('does not count signed sessions, nor other partners', async () => {
    await capped(1);
    const signed = partner;
    await requestToken(app, await openSession(app, signed)).expect(201);
    await spend(1);
    await requestToken(app, await openSession(app, signed)).expect(201);
    await capped(1);
    await spend(1);
  });

  test('does not keep a lost answer from being asked for again', async () => {
    await capped(1);
    const user = await openLabelSession();
    const key = randomUUID();
    const first = (await fromPage(user, app, key).expect(201)).body as { data: { jti: string } };
    const again = (await fromPage(user, app, key).expect(201)).body as { data: { jti: string } };
    expect(again.data.jti).toBe(first.data.jti);
    await fromPage(user).expect(429);
  });
});

describe('over restarts, nodes and days the daily number', () => {
  let node: TestApp;
  const capped = async (label_tokens_per_day: number): Promise<void> => {
    partner = await createPartner(app, { identity_mode: 'label', label_tokens_per_day });
    node = await createTestApp({ database: app.database });
    node.advance(forward);
  };

  test('survives a restart', async () => {
    await capped(2);
    try {
      for (let index = 0; index < 2; index += 1) await fromPage(await openLabelSession()).expect(201);
      const { body } = await fromPage(await openLabelSession(undefined, node), node).expect(429);
      expect(body).toMatchObject({ error: { code: 'LABEL_TOKENS_USED_UP' } });
    } finally {
      await node.close();
    }
  });

  test('is known to another node within half a minute, and starts anew the next day', async () => {
    await capped(3);
    const ask = async (at: TestApp): Promise<number> => (await fromPage(await openLabelSession(undefined, at), at)).status;
    try {
      expect([await ask(app), await ask(node), await ask(node)]).toEqual([201, 201, 201]);
      // This node has read the ledger before the others' two: it learns of them behind its next token.
      app.advance(HALF_A_MINUTE_MS);
      expect(await ask(app)).toBe(201);
      await until(() => ask(app), (status) => status === 429);
      node.advance(2 * HALF_A_MINUTE_MS);
      expect(await ask(node)).toBe(429);
      node.advance(DAY_MS);
      expect(await ask(node)).toBe(201);
    } finally {
      app.advance(-HALF_A_MINUTE_MS);
      await node.close();
    }
  });
});

test('a user token still has to be the partner’s own, in label mode too', async () => {
  const other = await createPartner(app);
  const { body } = await ask({ userToken: signUserToken(app, other, SPEC_USER) }).expect(401);
  expect(body).toMatchObject({ error: { code: 'USER_TOKEN_INVALID' } });
});
