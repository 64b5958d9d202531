import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TEST_ENCRYPTION_KEY } from './testing/postgres.ts';
import { createTestApp, type TestApp } from './testing/test-app.ts';
import { sql } from './testing/venue.ts';

const COMMAND = fileURLToPath(new URL('./admin-create.ts', import.meta.url));
const PASSWORD = 'correct horse battery';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function create(args: readonly string[], { input = '', databaseAppUrl = app.database.appUrl } = {}): Promise<Run> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: {
      ...process.env, DATABASE_URL: app.database.ownerUrl, DATABASE_APP_URL: databaseAppUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY,
      JWT_SECRET: 'test-jwt-secret-0123456789abcdef-012345', LOG_LEVEL: 'silent',
    },
  });
  child.stdin.on('error', () => undefined).end(input);
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit') as Promise<[number]>, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

const login = (email: string, password: string) => app.request.post('/api/auth/login').send({ email, password });
const auditOf = (email: string) =>
  sql(app.database.superUrl, `select e.actor_kind, e.actor_id, e.action, e.subject_kind, e.before, e.after from audit.entries e join auth.users u on u.id::text = e.subject_id where u.email = $1`, [email]);

test('admin:create makes somebody who can take partners on, prints the password once and leaves a line in the audit log', async () => {
  const { code, stdout, stderr } = await create(['first@example.com']);
  expect([code, stderr]).toEqual([0, '']);
  const { email, password } = JSON.parse(stdout) as { email: string; password: string };
  expect(email).toBe('first@example.com');
  expect(password).toMatch(/^[\w-]{24}$/);
  const { body } = await login(email, password).expect(200);
  const { accessToken } = (body as { data: { accessToken: string } }).data;
  await app.request.post('/api/admin/exchanges').set('Authorization', `Bearer ${accessToken}`).send({ exchangeId: 'northlight', name: 'Northlight' }).expect(201);
  expect(await auditOf(email)).toEqual([{ actor_kind: 'system', actor_id: 'admin:create', action: 'admin.created', subject_kind: 'user', before: null, after: { role: 'admin' } }]);
  const [user] = await sql<{ password_hash: string }>(app.database.superUrl, 'select password_hash from auth.users where email = $1', [email]);
  expect(user!.password_hash).toMatch(/^\$argon2id\$/);
});

test('with --password-stdin the first line is the password, and is not printed', async () => {
  const { code, stdout } = await create(['second@example.com', '--password-stdin'], { input: `${PASSWORD}\nwhat follows\n` });
  expect([code, JSON.parse(stdout)]).toEqual([0, { email: 'second@example.com' }]);
  await login('second@example.com', PASSWORD).expect(200);
});

test('a trader’s address is refused in any case of letters, and the trader stays a trader with the old password', async () => {
  await app.app.auth.createUser('trader@example.com', PASSWORD, 'user');
  const { code, stdout, stderr } = await create(['Trader@example.com']);
  expect([code, stdout, stderr]).toEqual([1, '', 'Somebody has the e-mail address Trader@example.com already, so nobody was made.\n']);
  await login('trader@example.com', PASSWORD).expect(200);
  expect(await sql(app.database.superUrl, `select role from auth.users where lower(email) = 'trader@example.com'`)).toEqual([{ role: 'user' }]);
  expect(await auditOf('trader@example.com')).toEqual([]);
});

describe('admin:create refuses, makes nobody, and says what is wrong:', () => {
  test.each<[string, string[], string, number, string]>([
    ['no address', [], '', 2, 'npm run --silent admin:create'],
    ['an option that it does not know', ['third@example.com', '--password', PASSWORD], '', 2, '--password'],
    ['an address that is none', ['third'], '', 1, 'email'],
    ['a password that is too short', ['third@example.com', '--password-stdin'], 'short\n', 1, 'password'],
    ['nothing on standard input', ['third@example.com', '--password-stdin'], '', 1, 'password'],
  ])('%s', async (_name, args, input, code, words) => {
    expect(await create(args, { input })).toEqual({ code, stdout: '', stderr: expect.stringContaining(words) });
    expect(await sql(app.database.superUrl, `select email from auth.users where email like 'third%'`)).toEqual([]);
  });
});

test('before the first migration it says what to run', async () => {
  const empty = new URL(app.database.appUrl);
  empty.pathname = '/postgres';
  expect(await create(['third@example.com'], { databaseAppUrl: empty.href })).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('npm run migrate') });
});

test('an admin whose line in the audit log cannot be written is not made', async () => {
  await sql(app.database.superUrl, `alter table audit.entries add constraint full_up check (action <> 'admin.created') not valid`);
  const { code, stdout } = await create(['unseen@example.com']);
  await sql(app.database.superUrl, 'alter table audit.entries drop constraint full_up');
  expect([code, stdout]).toEqual([1, '']);
  expect(await app.app.auth.findUserId('unseen@example.com')).toBeNull();
});
