import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TEST_ENCRYPTION_KEY } from './testing/postgres.ts';
import { createTestApp, type TestApp } from './testing/test-app.ts';
import { sql } from './testing/venue.ts';
import { totp } from './totp.ts';

const COMMAND = fileURLToPath(new URL('./admin-create.ts', import.meta.url));

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function create(args: readonly string[], input = '', databaseAppUrl = app.database.appUrl): Promise<Ended> {
  const env = {
    ...process.env, DATABASE_URL: app.database.ownerUrl, DATABASE_APP_URL: databaseAppUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY, JWT_SECRET: 'test-jwt-secret-0123456789abcdef-012345', LOG_LEVEL: 'silent',
  };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [COMMAND, ...args], { env }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
    child.stdin!.end(input);
  });
}

/** Of somebody's first call: they sign in, and turn a second factor on. */
const statusFor = async (email: string, password: string): Promise<number> => {
  const signedIn = await app.request.post('/api/auth/login').send({ email, password }).expect(200);
  const post = (path: string, body: object) => app.request.post(path).set('Authorization', `Bearer ${(signedIn.body as { data: { accessToken: string } }).data.accessToken}`).send(body);
  expect((await post('/api/admin/exchanges', {})).body).toMatchObject({ error: { code: expect.stringMatching(/^(SECOND_FACTOR_STALE|PERMISSION_DENIED)$/) } });
  const { secret } = ((await post('/api/auth/enable-2fa', { password }).expect(200)).body as { data: { secret: string } }).data;
  const verified = await post('/api/auth/verify-2fa', { code: totp.codeAt(secret, Math.floor(app.now() / 1000)) }).expect(200);
  const { accessToken } = (verified.body as { data: { accessToken: string } }).data;
  return (await app.request.post('/api/admin/exchanges').set('Authorization', `Bearer ${accessToken}`).send({})).status;
};

test('admin:create makes an admin who can sign in and take partners on; it prints the password once, and is on record', async () => {
  const { code, stdout } = await create(['--email', 'first@example.com']);
  const made = JSON.parse(stdout) as { userId: number; password: string };
  expect([code, made]).toEqual([0, { userId: expect.any(Number), email: 'first@example.com', role: 'admin', password: expect.stringMatching(/^[\w-]{24}$/) }]);
  // 400: an admin may, and the body says nothing. Whoever may not gets 403.
  expect(await statusFor('first@example.com', made.password)).toBe(400);
  const record = await sql(app.database.superUrl, `select actor_kind, actor_id, subject_id, after from audit.entries where action = 'user.created'`);
  expect(record).toEqual([{ actor_kind: 'system', actor_id: 'admin:create', subject_id: String(made.userId), after: { role: 'admin' } }]);
  expect(JSON.stringify(record)).not.toContain(made.password);
});

test('a password may come from standard input, and staff may look only', async () => {
  const { stdout } = await create(['--email', 'second@example.com', '--role', 'staff', '--password-stdin'], 'correct horse battery\n');
  expect(JSON.parse(stdout)).toEqual({ userId: expect.any(Number), email: 'second@example.com', role: 'staff' });
  expect(await statusFor('second@example.com', 'correct horse battery')).toBe(403);
});

describe('admin:create refuses, and says what is wrong:', () => {
  test.each<[string, string[], string, number, string]>([
    ['an address that is known', ['--email', 'FIRST@example.com'], '', 1, 'Somebody has this e-mail address already'],
    ['an address that is none', ['--email', 'nobody'], '', 1, 'email'],
    ['a short password', ['--email', 'third@example.com', '--password-stdin'], 'short', 1, 'password'],
    ['no address', [], '', 2, 'admin:create'],
    ['a role that is none', ['--email', 'third@example.com', '--role', 'owner'], '', 2, 'admin:create'],
  ])('%s', async (_name, args, input, code, words) => {
    expect(await create(args, input)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
  });
});

test('before the first migration it says what to run, and ends at once', async () => {
  const [noTables, noLogin] = [new URL(app.database.appUrl), new URL(app.database.appUrl)];
  noTables.pathname = '/postgres';
  noLogin.username = 'nobody_yet';
  for (const url of [noTables, noLogin]) {
    const { code, stderr } = await create(['--email', 'third@example.com'], '', url.href);
    expect([code, stderr]).toEqual([1, expect.stringContaining('npm run migrate')]);
  }
});
