import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { createPartner, openSession, PAGE, requestToken, signUserToken, type TestPartner } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';

let app: TestApp;
let partner: TestPartner;
beforeAll(async () => {
  app = await createTestApp();
  partner = await createPartner(app);
});
afterAll(() => app.close());

const open = (userToken: string, exchangeId = partner.exchangeId) => app.request.post('/api/widget/session').send({ exchangeId, userToken });

test('a user token that the partner signed opens a session of five minutes', async () => {
  const { body } = await open(signUserToken(app, partner, 'user-1')).expect(200);
  expect(body).toEqual({ success: true, data: { sessionToken: expect.any(String), expiresIn: 300 } });
});

test('a user token works once', async () => {
  const userToken = signUserToken(app, partner, 'user-1');
  await open(userToken).expect(200);
  const { body } = await open(userToken).expect(401);
  expect(body).toMatchObject({ error: { code: 'USER_TOKEN_SPENT' } });
});

test('of twenty parallel uses of one user token exactly one opens a session', async () => {
  const userToken = signUserToken(app, partner, 'user-1');
  const answers = await Promise.all(Array.from({ length: 20 }, () => open(userToken)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

describe('a session is refused', () => {
  const seconds = (ahead: number): number => Math.floor(app.now() / 1000) + ahead;
  test.each<[string, () => string]>([
    ['for a token with no jti', () => signUserToken(app, partner, 'user-1', { jti: undefined })],
    ['for an expiry more than five minutes ahead', () => signUserToken(app, partner, 'user-1', { exp: seconds(400) })],
    ['for an expired token', () => signUserToken(app, partner, 'user-1', { exp: seconds(-10) })],
    ['for another audience', () => signUserToken(app, partner, 'user-1', { aud: 'widget' })],
    ['for another issuer', () => signUserToken(app, partner, 'user-1', { iss: 'somebody-else' })],
    ['for a list of audiences', () => signUserToken(app, partner, 'user-1', { aud: ['widget-session', 'x'] })],
    ['for an e-mail address as user', () => signUserToken(app, partner, 'jane@example.com')],
    ['for a percent-encoded e-mail address as user', () => signUserToken(app, partner, 'jane%40example.com')],
    ['for a user longer than 128 characters', () => signUserToken(app, partner, 'x'.repeat(129))],
    ['for a user with a space', () => signUserToken(app, partner, 'user 1')],
    ['for a token signed with the apiSecret', () => jsonwebtoken.sign({ iss: partner.exchangeId, sub: 'u', aud: 'widget-session', jti: randomUUID(), exp: seconds(60) }, partner.apiSecret)],
    ['for an unsigned token', () => jsonwebtoken.sign({ iss: partner.exchangeId, sub: 'u', aud: 'widget-session', jti: randomUUID(), exp: seconds(60) }, null, { algorithm: 'none' })],
    ['for text that is no token', () => 'not-a-token'],
  ])('%s', async (_name, userToken) => {
    const { body } = await open(userToken()).expect(401);
    expect(body).toMatchObject({ error: { code: 'USER_TOKEN_INVALID' } });
  });

  test("for another partner's user token", async () => {
    const other = await createPartner(app);
    await open(signUserToken(app, other, 'user-1')).expect(401);
  });

  test('for an exchange nobody knows', async () => {
    const { body } = await open('x.y.z', 'no-such-exchange').expect(404);
    expect(body).toMatchObject({ error: { code: 'EXCHANGE_NOT_FOUND' } });
  });

  test('for a page that is not on the list, and its browser may not even ask', async () => {
    const refused = await open(signUserToken(app, partner, 'user-1')).set('Origin', 'https://thief.example').expect(403);
    expect(refused.body).toMatchObject({ error: { code: 'ORIGIN_NOT_ALLOWED' } });
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  });
});

test("a page on the partner's list may call, without credentials", async () => {
  const { headers } = await open(signUserToken(app, partner, 'user-1')).set('Origin', PAGE).expect(200);
  expect(headers['access-control-allow-origin']).toBe(PAGE);
  expect(headers['access-control-allow-credentials']).toBeUndefined();
});

test('a session does not outlive its five minutes', async () => {
  const own = await createTestApp();
  try {
    const user = await openSession(own, await createPartner(own));
    await requestToken(own, user).expect(201);
    own.advance(301_000);
    const { body } = await requestToken(own, user).expect(401);
    expect(body).toMatchObject({ error: { code: 'SESSION_INVALID' } });
  } finally {
    await own.close();
  }
});

test('a trade token, a user token and an access token are no sessions', async () => {
  const user = await openSession(app, partner);
  const token = ((await requestToken(app, user).expect(201)).body as { data: { token: string } }).data.token;
  for (const sessionToken of [token, signUserToken(app, partner, 'user-1'), 'x']) {
    const { body } = await requestToken(app, { ...user, sessionToken }).expect(401);
    expect(body).toMatchObject({ error: { code: 'SESSION_INVALID' } });
  }
});
