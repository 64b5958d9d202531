import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import jsonwebtoken from 'jsonwebtoken';
import { createSecretBox } from '../domain/secret-box.ts';
import { PASSWORD, signIn, TEST_CLIENT, turnOnSecondFactor } from './builders.ts';
import { codeBlocks } from './markdown.ts';
import { cloneDatabase, TEST_ENCRYPTION_KEY, type TestDatabase } from './postgres.ts';
import { createTestApp, signedHeaders, type TestApp } from './test-app.ts';
import { sql, until } from './venue.ts';

const RUNBOOK = fileURLToPath(new URL('../../../docs/runbooks/a-leaked-secret.md', import.meta.url));
const BACKEND = fileURLToPath(new URL('../..', import.meta.url));
const NEW_KEYS = { ENCRYPTION_KEY: 'another-encryption-key-0123456789abcdef', ENCRYPTION_KEY_PREVIOUS: TEST_ENCRYPTION_KEY };

let database: TestDatabase;
let first: TestApp;
let second: TestApp;
let [endAccess, whoIsLeft, sealAnew]: string[] = [];
beforeAll(async () => {
  // Its blocks stand inside a numbered list.
  const blocks = codeBlocks((await readFile(RUNBOOK, 'utf8')).replace(/^ {3}/gm, ''));
  [endAccess, whoIsLeft, sealAnew] = blocks.map(({ text }) => text);
  expect(blocks.map(({ language }) => language)).toEqual(['sh', 'sql', 'sh']);
  database = await cloneDatabase();
  // As the runbook's first step leaves them, on what was sealed with the key that leaked.
  const before = await createTestApp({ database });
  await before.close();
  [first, second] = await Promise.all([createTestApp({ database, env: NEW_KEYS }), createTestApp({ database, env: NEW_KEYS })]);
});
afterAll(async () => {
  await second.close();
  await first.close();
  await database.drop();
});

async function run(block: string): Promise<string> {
  const env = { ...process.env, ...NEW_KEYS, DATABASE_URL: database.ownerUrl, DATABASE_APP_URL: database.appUrl, JWT_SECRET: first.config.jwtSecret, LOG_LEVEL: 'silent' };
  return (await promisify(execFile)('bash', ['-ec', block], { cwd: BACKEND, env })).stdout;
}

/** What whoever has the database and the old key signs: an admin of whom only the number is true. */
async function forge(userId: number): Promise<string> {
  const [row] = await sql<{ kid: string; sealed: string }>(database.superUrl, `select kid, private_key_sealed as sealed from auth.signing_keys where state = 'active'`);
  const key = createSecretBox([TEST_ENCRYPTION_KEY]).open(row!.sealed, ['access-token-key', row!.kid])!;
  const now = Math.floor(first.now() / 1000);
  const claims = { iss: 'trading-platform', aud: 'trading-platform', sub: String(userId), sid: randomUUID(), role: 'admin', permissions: ['read:users'], second_factor_at: first.now(), iat: now, nbf: now, exp: now + 86_400, jti: 'forged' };
  return jsonwebtoken.sign(claims, key, { algorithm: 'RS256', header: { alg: 'RS256', typ: 'JWT', kid: row!.kid } });
}

async function newApiKey(accessToken: string): Promise<{ apiKey: string; apiSecret: string }> {
  const { body } = await first.request.post('/api/auth/api-keys').set('Authorization', `Bearer ${accessToken}`).send({ name: 'bot', scopes: ['read:balance'], password: PASSWORD }).expect(201);
  const { key, secret } = (body as { data: { key: string; secret: string } }).data;
  return { apiKey: key, apiSecret: secret };
}

test('with the lines of the runbook whoever holds the old key and the database is nobody any more, at every node', async () => {
  const [admin, trader] = [await signIn(first, 'admin'), await signIn(first, 'user')];
  const session = await first.app.sessions.open({ userId: trader.userId, email: 'somebody@example.com', role: 'user', secondFactorAt: null }, TEST_CLIENT);
  const [forged, api] = [await forge(admin.userId), await newApiKey(trader.accessToken)];
  const answers = (): Promise<number[]> =>
    Promise.all([first, second].flatMap((node) => [
      node.request.get('/api/admin/users?role=user').set('Authorization', `Bearer ${forged}`),
      node.request.get('/api/auth/profile').set('Authorization', `Bearer ${trader.accessToken}`),
      node.request.get('/api/account/balances').set(signedHeaders(api, 'GET', '/api/account/balances', '', { timestamp: node.now() })),
    ]).map(async (answer) => (await answer).status));
  await until(answers, (statuses) => statuses.join() === '200,200,200,200,200,200', 5_000);
  expect(await run(endAccess!)).toMatch(/"kid": "at_[\s\S]*\d+ sessions ended, 1 API keys revoked\n$/);
  await until(answers, (statuses) => statuses.every((status) => status === 401), 5_000);
  await second.request.post('/api/auth/refresh').set('User-Agent', TEST_CLIENT.userAgent).send({ refreshToken: session.refreshToken }).expect(401);
  expect(await sql(database.superUrl, `select actor_id, reason, after from audit.entries where action = 'sign_ins.ended'`)).toEqual([
    { actor_id: 'sign-ins:end', reason: 'ENCRYPTION_KEY leaked', after: { sessions: expect.any(Number), api_keys: 1 } },
  ]);
  expect(await sql(database.superUrl, 'select 1 from auth.sessions where ended_at is null')).toEqual([]);
  const { accessToken } = await signIn(second, 'user');
  await first.request.get('/api/auth/profile').set('Authorization', `Bearer ${accessToken}`).expect(200);
}, 60_000);

test('who still uses an authenticator of before is listed, those of ours first', async () => {
  const people = [];
  for (const role of ['user', 'staff', 'admin'] as const) {
    const { userId } = await signIn(first, role);
    const email = (await sql<{ email: string }>(database.superUrl, 'select email from auth.users where id = $1', [userId]))[0]!.email;
    await turnOnSecondFactor(first, { userId, email });
    people.push({ userId, email, role });
  }
  expect(await sql(database.ownerUrl, whoIsLeft!)).toEqual([]);
  await sql(database.superUrl, `update auth.second_factors set turned_on_at = turned_on_at - interval '1 day' where user_id = any($1)`, [people.slice(0, 2).map(({ userId }) => userId)]);
  expect(await sql(database.ownerUrl, whoIsLeft!)).toEqual([people[1]!, people[0]!].map(({ role, email }) => ({ role, email, turned_on_at: expect.any(Date) })));
}, 30_000);

test('afterwards the audit log has another key, and nothing is left under the old one', async () => {
  expect(await run(sealAnew!)).toMatch(/"endorsedBy": null[\s\S]*Nothing is left under an older key\n$/);
  await expect(run(`npm run --silent sign-ins:end -- --reason short`)).rejects.toMatchObject({ code: 2 });
}, 60_000);
