import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type supertest from 'supertest';
import { createSecretBox } from '../../domain/secret-box.ts';
import { SEALED_COLUMNS } from '../../domain/sealed-columns.ts';
import { createPartner, getToken, openSession, PASSWORD, signedPost, signIn, TEST_CLIENT, turnOnSecondFactor, type TestPartner } from '../../testing/builders.ts';
import { cloneDatabase, TEST_ENCRYPTION_KEY, type TestDatabase } from '../../testing/postgres.ts';
import { createTestApp, signedHeaders, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';
import { totp } from '../../totp.ts';

const NEW_KEY = 'another-encryption-key-0123456789abcdef';
const NAME = 'Ann O’Neill-Østergård';

let database: TestDatabase;
let before: TestApp;
let person: { userId: number; accessToken: string };
let email: string;
let refreshToken: string;
let authenticator: string;
let apiKey: { key: string; secret: string };
let partner: TestPartner;
beforeAll(async () => {
  database = await cloneDatabase();
  // Ten minutes later the audit log signs its first checkpoint.
  before = await createTestApp({ database, ahead: 3_600_000 });
  person = await signIn(before, 'user');
  email = (await sql<{ email: string }>(database.superUrl, 'select email from auth.users where id = $1', [person.userId]))[0]!.email;
  await ask(before, 'put', '/api/auth/profile').send({ full_name: NAME }).expect(200);
  await ask(before, 'post', '/api/account/kyc').send(KYC).expect(201);
  apiKey = dataOf(await ask(before, 'post', '/api/auth/api-keys').send({ name: 'bot', scopes: ['read:balance'], password: PASSWORD }).expect(201));
  partner = await createPartner(before, { algorithm: 'HS256' });
  const session = await before.app.sessions.open({ userId: person.userId, email, role: 'user', secondFactorAt: null }, TEST_CLIENT);
  ({ refreshToken } = session);
  await before.request.post('/api/auth/refresh').set('User-Agent', TEST_CLIENT.userAgent).send({ refreshToken }).expect(200);
  await until(() => sql(database.superUrl, 'select 1 from audit.checkpoint_keys'), (rows) => rows.length === 1);
});
afterAll(async () => {
  await before.close();
  await database.drop();
});

const KYC = { full_name: NAME, date_of_birth: '1990-12-31', country: 'CA', address: '1 Sparks Street, Ottawa', documents: [{ kind: 'passport', media_type: 'image/jpeg', content: '/9j/AAAA' }] };
const dataOf = <T>({ body }: supertest.Response): T => (body as { data: T }).data;
const ask = (app: TestApp, method: 'get' | 'post' | 'put', path: string): supertest.Test => app.request[method](path).set('Authorization', `Bearer ${person.accessToken}`);

interface Run {
  readonly code: number;
  readonly said: string;
}
const reseal = (keys: Record<string, string>): Promise<Run> =>
  new Promise((resolve) => {
    const { JWT_SECRET = before.config.jwtSecret, ...rest } = process.env;
    const env = { ...rest, JWT_SECRET, DATABASE_URL: database.ownerUrl, DATABASE_APP_URL: database.appUrl, ...keys };
    execFile(process.execPath, [fileURLToPath(new URL('../../secrets-reseal.ts', import.meta.url))], { env }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), said: stdout + stderr }));
  });
/** How many there are of each column, and how many of them lie under this key. */
async function sealedWith(key: string): Promise<{ column: string; rows: number; under: number }[]> {
  const { keyId } = createSecretBox([key]);
  const counts = SEALED_COLUMNS.map(({ table, column }) => `select '${table}.${column}' as column, count(${column})::int as rows, count(*) filter (where starts_with(${column}, '${keyId}:'))::int as under from ${table}`);
  return sql(database.superUrl, counts.join(' union all '));
}

test('every column that holds something sealed is known to whoever seals anew', async () => {
  const rows = await sql<{ column: string }>(
    database.superUrl,
    `select table_schema || '.' || table_name || '.' || column_name as column from information_schema.columns where column_name ~ 'sealed' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  expect(rows.map(({ column }) => column)).toEqual(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort());
});

test('a name of a person is in no table and no row that can be read without the key', async () => {
  const [row] = await sql<{ full_name: string | null; full_name_sealed: string }>(database.superUrl, 'select full_name, full_name_sealed from auth.users where id = $1', [person.userId]);
  expect(row).toEqual({ full_name: null, full_name_sealed: expect.not.stringContaining('Ann') });
  expect(createSecretBox([TEST_ENCRYPTION_KEY]).open(row!.full_name_sealed, ['full-name', String(person.userId + 1)])).toBeNull();
  expect(dataOf(await ask(before, 'get', '/api/auth/profile').expect(200))).toMatchObject({ full_name: NAME });
  const tables = await sql<{ name: string }>(database.superUrl, `select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema in ('auth', 'audit', 'jobs', 'trading', 'widget')`);
  const found = await sql(database.superUrl, tables.map(({ name }) => `select '${name}' as name from ${name} t where t::text like '%O’Neill%' or t::text like '%Sparks Street%'`).join(' union all '));
  expect(found).toEqual([]);
});

test('one that was written before names were sealed is read as it is, and sealed when it is written, or by the command', async () => {
  const [old, other, both] = [await signIn(before, 'user'), await signIn(before, 'user'), await signIn(before, 'user')];
  await before.request.put('/api/auth/profile').set('Authorization', `Bearer ${both.accessToken}`).send({ full_name: 'Bob Sealed' }).expect(200);
  for (const { userId } of [old, other, both]) await sql(database.superUrl, `update auth.users set full_name = 'Bob Before' where id = $1`, [userId]);
  const profile = (accessToken: string, method: 'get' | 'put'): supertest.Test => before.request[method]('/api/auth/profile').set('Authorization', `Bearer ${accessToken}`);
  expect(dataOf(await profile(old.accessToken, 'get').expect(200))).toMatchObject({ full_name: 'Bob Before' });
  expect(dataOf(await profile(old.accessToken, 'put').send({ timezone: 'Europe/Berlin' }).expect(200))).toMatchObject({ full_name: 'Bob Before' });
  expect(dataOf(await profile(old.accessToken, 'put').send({ full_name: 'Bob After' }).expect(200))).toMatchObject({ full_name: 'Bob After' });
  expect(dataOf(await profile(old.accessToken, 'put').send({ full_name: null }).expect(200))).toMatchObject({ full_name: null });
  expect(await reseal({ ENCRYPTION_KEY: TEST_ENCRYPTION_KEY })).toEqual({ code: 0, said: expect.stringMatching(/^auth\.users\.full_name +2 sealed anew\nNothing is left/) });
  for (const { accessToken } of [other, both]) expect(dataOf(await profile(accessToken, 'get').expect(200))).toMatchObject({ full_name: 'Bob Before' });
  expect(await sql(database.superUrl, 'select 1 from auth.users where full_name is not null')).toEqual([]);
});

test('a plain name that is there was written by a node of the version before, and is newer than the sealed one', async () => {
  const { userId, accessToken } = await signIn(before, 'user');
  const profile = (method: 'get' | 'put'): supertest.Test => before.request[method]('/api/auth/profile').set('Authorization', `Bearer ${accessToken}`);
  const names = (): Promise<unknown> => sql(database.superUrl, 'select full_name, full_name_sealed from auth.users where id = $1', [userId]);
  const elsewhere = (): Promise<unknown> => sql(database.superUrl, `update auth.users set full_name = 'Bob Newer' where id = $1`, [userId]);
  await profile('put').send({ full_name: 'Bob Sealed' }).expect(200);
  await elsewhere();
  expect(dataOf(await profile('get').expect(200))).toMatchObject({ full_name: 'Bob Newer' });
  expect(dataOf(await profile('put').send({ full_name: 'Bob Newest' }).expect(200))).toMatchObject({ full_name: 'Bob Newest' });
  expect(await names()).toEqual([{ full_name: null, full_name_sealed: expect.any(String) }]);
  await elsewhere();
  expect(dataOf(await profile('put').send({ full_name: null }).expect(200))).toMatchObject({ full_name: null });
  expect(await names()).toEqual([{ full_name: null, full_name_sealed: null }]);
});

test('without the key of before nothing is touched, and the command says so', async () => {
  const were = await sealedWith(TEST_ENCRYPTION_KEY);
  expect(await reseal({ ENCRYPTION_KEY: NEW_KEY })).toEqual({ code: 1, said: expect.stringContaining('did not open: set ENCRYPTION_KEY_PREVIOUS') });
  expect(await sealedWith(TEST_ENCRYPTION_KEY)).toEqual(were);
});

test('after it ENCRYPTION_KEY_PREVIOUS can go: everything opens with the new key alone', async () => {
  authenticator = await turnOnSecondFactor(before, { userId: person.userId, email });
  expect((await sealedWith(TEST_ENCRYPTION_KEY)).filter(({ rows, under }) => rows === 0 || under !== rows)).toEqual([]);
  expect(await reseal({ ENCRYPTION_KEY: NEW_KEY, ENCRYPTION_KEY_PREVIOUS: TEST_ENCRYPTION_KEY })).toEqual({ code: 0, said: expect.stringMatching(/Nothing is left under an older key\n$/) });
  expect((await sealedWith(NEW_KEY)).filter(({ rows, under }) => rows === 0 || under !== rows)).toEqual([]);
  const after = await createTestApp({ database, ahead: 3_600_000, env: { ENCRYPTION_KEY: NEW_KEY } });
  try {
    after.advance(60_000);
    const signedIn = await after.request.post('/api/auth/login').send({ email, password: PASSWORD, totp: totp.codeAt(authenticator, Math.floor(after.now() / 1000)) }).expect(200);
    const { accessToken } = dataOf<{ accessToken: string }>(signedIn);
    expect(dataOf(await after.request.get('/api/auth/profile').set('Authorization', `Bearer ${accessToken}`).expect(200))).toMatchObject({ full_name: NAME });
    const signed = signedHeaders({ apiKey: apiKey.key, apiSecret: apiKey.secret }, 'GET', '/api/account/balances', '', { timestamp: after.now() });
    await after.request.get('/api/account/balances').set(signed).expect(200);
    const { token } = await getToken(after, await openSession(after, partner, `user-${randomUUID().slice(0, 8)}`));
    await signedPost(after, partner, '/api/widget/redeem', { token }).expect(200);
    const admin = await signIn(after, 'admin');
    const kyc = await after.request.get(`/api/admin/users/${person.userId}/kyc?reason=Whether+it+opens`).set('Authorization', `Bearer ${admin.accessToken}`).expect(200);
    expect(dataOf(kyc)).toMatchObject({ full_name: NAME });
  } finally {
    await after.close();
  }
  expect(await sql(database.superUrl, `select count(*)::int as runs from audit.entries where action = 'secrets.resealed'`)).toEqual([{ runs: 3 }]);
}, 40_000);
