import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac, createPublicKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import pg from 'pg';
import { signIn } from '../../testing/builders.ts';
import { signUp } from '../../testing/sign-up.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const PASSWORD = 'correct horse battery';
const login = (email: string, password = PASSWORD) => app.request.post('/api/auth/login').send({ email, password });

test('who registered can sign in, with an access token anyone can verify', async () => {
  await signUp(app, 'ann@example.com');
  const { body } = await login('Ann@Example.com').expect(200);
  const { accessToken, expiresIn } = (body as { data: { accessToken: string; expiresIn: number } }).data;
  expect(expiresIn).toBe(900);
  const { header } = jsonwebtoken.decode(accessToken, { complete: true })!;
  const { body: jwks } = await app.request.get('/api/auth/jwks').expect(200);
  const jwk = (jwks as { keys: { kid: string }[] }).keys.find(({ kid }) => kid === header.kid)!;
  const claims = jsonwebtoken.verify(accessToken, createPublicKey({ key: jwk as never, format: 'jwk' }), { algorithms: ['RS256'], issuer: 'trading-platform' });
  expect(claims).toMatchObject({ sub: expect.stringMatching(/^\d+$/), email: 'ann@example.com', role: 'user', permissions: expect.arrayContaining(['trade', 'view_balance']) });
});

test('A6 a password is kept as argon2id only', async () => {
  await signUp(app, 'kept@example.com');
  const client = new pg.Client({ connectionString: app.database.appUrl });
  await client.connect();
  const { rows } = await client.query<{ password_hash: string }>(`select password_hash from auth.users where email = 'kept@example.com'`);
  await client.end();
  expect(rows[0]!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$/);
});

test('an unknown address and a wrong password are answered alike', async () => {
  await signUp(app, 'bob@example.com');
  const wrong = await login('bob@example.com', 'wrong password!').expect(401);
  const unknown = await login('nobody@example.com').expect(401);
  const plain = ({ body }: { body: unknown }): unknown => ({ ...(body as { error: object }).error, request_id: '' });
  expect(plain(unknown)).toEqual(plain(wrong));
});

describe('a body is refused', () => {
  test('that is no JSON, or not sent as JSON', async () => {
    expect((await app.request.post('/api/auth/register').set('Content-Type', 'application/json').send('{"email"').expect(400)).body).toMatchObject({ error: { code: 'INVALID_JSON' } });
    expect((await app.request.post('/api/auth/register').set('Content-Type', 'text/plain').send('x').expect(415)).body).toMatchObject({ error: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  });

  test('of more than 100 kB', async () => {
    const { body } = await app.request.post('/api/auth/register').send({ email: 'x'.repeat(110_000) }).expect(413);
    expect(body).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
  });
});

describe('an access token is refused', () => {
  const balances = (token: string) => app.request.get('/api/admin/exchanges/demo-exchange/tokens').set('Authorization', `Bearer ${token}`);

  test('when it is altered, unsigned, signed with the public key, or of another kind', async () => {
    const { accessToken } = await signIn(app, 'admin');
    const { header, payload } = jsonwebtoken.decode(accessToken, { complete: true })!;
    const { body } = await app.request.get('/api/auth/jwks').expect(200);
    const pem = createPublicKey({ key: (body as { keys: object[] }).keys[0] as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const [, claims] = accessToken.split('.') as [string, string];
    const hs256 = `${Buffer.from(JSON.stringify({ ...header, alg: 'HS256' })).toString('base64url')}.${claims}`;
    const confused = `${hs256}.${createHmac('sha256', pem).update(hs256).digest('base64url')}`;
    const unsigned = `${Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url')}.${claims}.`;
    for (const bad of [confused, unsigned, accessToken.slice(0, -3), jsonwebtoken.sign(payload, 'secret'), 'x']) {
      expect((await balances(bad).expect(401)).body).toMatchObject({ error: { code: 'ACCESS_TOKEN_INVALID' } });
    }
  });

  test('after fifteen minutes', async () => {
    const own = await createTestApp();
    try {
      const { accessToken } = await signIn(own, 'admin');
      const ask = () => own.request.get('/api/admin/exchanges/no-such-exchange/tokens').set('Authorization', `Bearer ${accessToken}`);
      await ask().expect(404);
      own.advance(901_000);
      await ask().expect(401);
    } finally {
      await own.close();
    }
  });
});

test('login is limited per address, with both header families', async () => {
  const own = await createTestApp({ env: { LIMIT_LOGIN_PER_HOUR: '3' } });
  try {
    const attempt = () => own.request.post('/api/auth/login').send({ email: 'x@example.com', password: 'wrong password' });
    for (let count = 0; count < 3; count += 1) await attempt().expect(401);
    const { body, headers } = await attempt().expect(429);
    expect(body).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED', retry_after: expect.any(Number) } });
    expect(headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': expect.stringMatching(/^\d{10}$/), ratelimit: expect.stringContaining('"login"'), 'retry-after': expect.any(String) });
  } finally {
    await own.close();
  }
});
