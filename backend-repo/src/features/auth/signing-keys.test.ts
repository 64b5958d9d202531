import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import jsonwebtoken from 'jsonwebtoken';
import { createSecretBox } from '../../domain/secret-box.ts';
import { signIn, TEST_CLIENT } from '../../testing/builders.ts';
import { cloneDatabase, TEST_ENCRYPTION_KEY, type TestDatabase } from '../../testing/postgres.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { signingKey } from '../../testing/traders.ts';
import { sql, until } from '../../testing/venue.ts';

let database: TestDatabase;
let first: TestApp;
let second: TestApp;
beforeAll(async () => {
  database = await cloneDatabase();
  await sql(database.superUrl, 'delete from auth.signing_keys');
  [first, second] = await Promise.all([createTestApp({ database }), createTestApp({ database })]);
});
afterAll(async () => {
  await second.close();
  await first.close();
  await database.drop();
});

const BY = { kind: 'system', id: 'test' } as const;
const kidOf = (token: string): string => jsonwebtoken.decode(token, { complete: true })!.header.kid!;
const published = async (app: TestApp): Promise<string[]> => ((await app.request.get('/.well-known/jwks.json').expect(200)).body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
const rotate = (...options: string[]): Promise<{ stdout: string }> => {
  const env = { ...process.env, DATABASE_URL: database.ownerUrl, DATABASE_APP_URL: database.appUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY, JWT_SECRET: first.config.jwtSecret, LOG_LEVEL: 'silent' };
  return promisify(execFile)(process.execPath, [fileURLToPath(new URL('../../access-key-rotate.ts', import.meta.url)), ...options], { env });
};
const statusOf = async (token: string, app = first): Promise<number> => (await app.request.get('/api/auth/profile').set('Authorization', `Bearer ${token}`)).status;

test('the first start on a database makes a key; two nodes that start at once have the same one', async () => {
  const keys = await sql(database.superUrl, 'select kid from auth.signing_keys');
  expect(keys).toHaveLength(1);
  expect([await published(first), await published(second)]).toEqual([[keys[0]!['kid']], [keys[0]!['kid']]]);
});

test('a key is published at every node before it signs, and the one before it until its last token is over', async () => {
  const before = (await signIn(first, 'user')).accessToken;
  const { kid } = await first.app.signingKeys.rotate(600, BY);
  await until(async () => Promise.all([published(first), published(second)]), (sets) => sets.every((kids) => kids.includes(kid)), 2_000);
  expect(kidOf((await signIn(first, 'user')).accessToken)).toBe(kidOf(before));
  await expect(first.app.signingKeys.rotate(600, BY)).rejects.toMatchObject({ code: 'ROTATION_UNDER_WAY' });
  first.advance(600_000);
  second.advance(600_000);
  await Promise.all([first.app.signingKeys.moveDue(), second.app.signingKeys.moveDue()]);
  await until(async () => kidOf((await signIn(second, 'user')).accessToken), (signing) => signing === kid, 5_000);
  const after = (await signIn(second, 'user')).accessToken;
  expect([await statusOf(before, second), await statusOf(after)]).toEqual([200, 200]);
  first.advance(1_140_000);
  await first.app.signingKeys.moveDue();
  expect(await published(first)).toContain(kidOf(before));
  first.advance(120_000);
  second.advance(1_260_000);
  await first.app.signingKeys.moveDue();
  await until(() => published(second), (kids) => !kids.includes(kidOf(before)), 5_000);
  expect(await sql(database.superUrl, `select action from audit.entries where subject_kind = 'access_key' order by entry_id`)).toEqual([
    { action: 'access_key.published' }, { action: 'access_key.activated' }, { action: 'access_key.retired' },
  ]);
});

test('npm run access-key:rotate publishes a key on a database that is served', async () => {
  const { stdout } = await rotate('--activate-in-seconds', '3600');
  const { kid } = JSON.parse(stdout) as { kid: string };
  await until(() => published(second), (kids) => kids.includes(kid));
  await expect(rotate('--activate-in-seconds', 'soon')).rejects.toMatchObject({ code: 2 });
}, 60_000);

async function upcoming(): Promise<{ kid: string; sealed: string }> {
  const [row] = await sql<{ kid: string; sealed: string }>(database.superUrl, `select kid, private_key_sealed as sealed from auth.signing_keys where state = 'upcoming'`);
  return row!;
}

test('npm run access-key:rotate -- --retire-at-once has each token of before refused at every node, one that was seen before as well; sessions go on', async () => {
  const { userId, accessToken: other } = await signIn(second, 'user');
  const session = await first.app.sessions.open({ userId, email: 'somebody@example.com', role: 'user', secondFactorAt: null }, TEST_CLIENT);
  const { kid: waiting, sealed } = await upcoming();
  const stolen = createSecretBox([TEST_ENCRYPTION_KEY]).open(sealed, ['access-token-key', waiting])!;
  const byUpcoming = jsonwebtoken.sign(jsonwebtoken.decode(other) as object, stolen, { algorithm: 'RS256', header: { alg: 'RS256', typ: 'JWT', kid: waiting } });
  const statuses = (): Promise<number[]> => Promise.all([session.accessToken, other, byUpcoming].flatMap((token) => [statusOf(token, first), statusOf(token, second)]));
  expect(await statuses()).toEqual(Array(6).fill(200));
  const { stdout } = await rotate('--retire-at-once');
  const { kid } = JSON.parse(stdout) as { kid: string };
  await until(statuses, (answers) => answers.every((answer) => answer === 401), 5_000);
  expect([await published(first), await published(second)]).toEqual([[kid], [kid]]);
  const renewed = await second.request.post('/api/auth/refresh').set('User-Agent', TEST_CLIENT.userAgent).send({ refreshToken: session.refreshToken }).expect(200);
  const { accessToken } = (renewed.body as { data: { accessToken: string } }).data;
  expect([kidOf(accessToken), await statusOf(accessToken, first)]).toEqual([kid, 200]);
  expect(await sql(database.superUrl, 'select kid, state from auth.signing_keys where state <> $1', ['retired'])).toEqual([{ kid, state: 'active' }]);
  expect(await sql(database.superUrl, `select action, after->>'at_once' as at_once, count(*)::int from audit.entries where after ? 'at_once' group by 1, 2 order by 1`)).toEqual([
    { action: 'access_key.activated', at_once: 'true', count: 1 }, { action: 'access_key.retired', at_once: 'true', count: 2 },
  ]);
  await expect(rotate('--retire-at-once', '--activate-in-seconds', '600')).rejects.toMatchObject({ code: 2 });
}, 60_000);

test('of two who retire the keys at once at the same time one is told, and one key signs', async () => {
  const answers = await Promise.allSettled([first.app.signingKeys.replaceAtOnce(BY), second.app.signingKeys.replaceAtOnce(BY)]);
  const kids = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.kid] : []));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as { code: string }).code] : []));
  expect(refused.every((code) => code === 'ROTATION_UNDER_WAY')).toBe(true);
  expect(kids.length).toBeGreaterThan(0);
  const [active, ...more] = await sql<{ kid: string }>(database.superUrl, `select kid from auth.signing_keys where state <> 'retired'`);
  expect([kids.includes(active!.kid), more]).toEqual([true, []]);
  await until(async () => [await published(first), await published(second)], (sets) => sets.every((set) => set.length === 1 && set[0] === active!.kid), 5_000);
});

describe('A4 an access token', () => {
  const claimsOf = async (): Promise<Record<string, unknown>> => jsonwebtoken.decode((await signIn(first, 'admin')).accessToken) as Record<string, unknown>;
  const signWith = (key: KeyObject, claims: object, header: object): string => jsonwebtoken.sign(claims, key, { algorithm: 'RS256', header: { alg: 'RS256', typ: 'JWT', ...header } as jsonwebtoken.JwtHeader });

  test('names its issuer, audience, kind, key and id, and from when until when it is good', async () => {
    const { accessToken } = await signIn(first, 'user');
    const { header, payload } = jsonwebtoken.decode(accessToken, { complete: true })!;
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.stringMatching(/^at_/) });
    const { iat } = payload as { iat: number };
    expect(payload).toMatchObject({ iss: 'trading-platform', aud: 'trading-platform', sid: expect.any(String), jti: expect.any(String), nbf: iat - 5, exp: iat + 900 });
  });

  test('is refused with another issuer, audience, kind or time, though signed with our key', async () => {
    const { kid, privateKey } = await signingKey(first.config);
    const claims = await claimsOf();
    const now = Math.floor(first.now() / 1000);
    expect(await statusOf(signWith(privateKey, claims, { kid }))).toBe(200);
    for (const [change, header] of [
      [{ iss: 'another' }, {}], [{ aud: 'another' }, {}], [{ aud: ['trading-platform', 'another'] }, {}], [{ exp: now - 1 }, {}], [{ nbf: now + 60 }, {}], [{ exp: undefined }, {}],
      [{}, { typ: 'trade+jwt' }], [{}, { typ: 'widget-session+jwt' }], [{}, { crit: ['b64'] }],
    ] as const) {
      expect([change, header, await statusOf(signWith(privateKey, JSON.parse(JSON.stringify({ ...claims, ...change })) as object, { kid, ...header }))]).toEqual([change, header, 401]);
    }
  });

  test('is refused under a kid that is not one of ours, whatever the kid says', async () => {
    const mine = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const claims = await claimsOf();
    const { kid } = await signingKey(first.config);
    for (const name of [kid, '../../../../dev/null', `' or '1'='1`, '__proto__', 'constructor', '', 'https://attacker.example/jwks.json', `${kid}\u0000`]) {
      expect([name, await statusOf(signWith(mine.privateKey, claims, { kid: name }))]).toEqual([name, 401]);
    }
    const jwk = mine.publicKey.export({ format: 'jwk' });
    expect(await statusOf(signWith(mine.privateKey, claims, { kid, jwk, jku: 'https://attacker.example/jwks.json', x5u: 'https://attacker.example/x.pem' }))).toBe(401);
  });

  test('is refused without a signature, and with our public key as a secret', async () => {
    const claims = Buffer.from(JSON.stringify(await claimsOf())).toString('base64url');
    const { keys } = (await first.request.get('/.well-known/jwks.json')).body as { keys: { kid: string }[] };
    for (const jwk of keys) {
      const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      for (const secret of [pem, JSON.stringify(jwk), '']) {
        const body = `${Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid: jwk.kid })).toString('base64url')}.${claims}`;
        expect(await statusOf(`${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`)).toBe(401);
      }
      for (const alg of ['none', 'None', 'NONE']) expect(await statusOf(`${Buffer.from(JSON.stringify({ alg, typ: 'JWT', kid: jwk.kid })).toString('base64url')}.${claims}.`)).toBe(401);
    }
  });
});
