import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type supertest from 'supertest';
import { createSecretBox } from '../../domain/secret-box.ts';
import { PASSWORD, signIn, TEST_CLIENT } from '../../testing/builders.ts';
import { TEST_ENCRYPTION_KEY } from '../../testing/postgres.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { linkTo } from '../../testing/sign-up.ts';
import { sql, until } from '../../testing/venue.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const NEW_PASSWORD = 'another horse, another battery';
const as = (accessToken: string, asked: supertest.Test): supertest.Test => asked.set('Authorization', `Bearer ${accessToken}`);
const profile = (accessToken: string): supertest.Test => as(accessToken, app.request.get('/api/auth/profile'));
const put = (accessToken: string, body: object): supertest.Test => as(accessToken, app.request.put('/api/auth/profile')).send(body);
const codeOf = ({ body }: { body: unknown }): string => (body as { error: { code: string } }).error.code;
const dataOf = ({ body }: { body: unknown }): Record<string, unknown> => (body as { data: Record<string, unknown> }).data;

describe('the profile', () => {
  test('says who one is, and changes by field: what is left out stays, null clears', async () => {
    const { accessToken, userId } = await signIn(app, 'user');
    expect(dataOf(await profile(accessToken).expect(200))).toEqual({
      email: expect.stringContaining('@example.com'), username: null, full_name: null, avatar_url: null, timezone: 'UTC', kyc_status: 'pending', fee_tier: 1, second_factor: false, created_at: expect.any(String),
    });
    const username = `ann-${userId}`;
    await put(accessToken, { username, full_name: 'Ann O’Neill-Østergård', timezone: 'Europe/Berlin', avatar_url: 'https://example.com/a.png' }).expect(200);
    expect(dataOf(await put(accessToken, { avatar_url: null }).expect(200))).toMatchObject({ username, full_name: 'Ann O’Neill-Østergård', timezone: 'Europe/Berlin', avatar_url: null });
  });

  test.each([
    { role: 'admin' }, { fee_tier: 5 }, { kyc_status: 'approved' }, { email: 'other@example.com' }, { email_verified_at: '2026-01-01T00:00:00Z' }, { password_hash: 'x' }, { id: 1 }, { permissions: ['write:users'] },
  ])('cannot be used to set what is not one’s own to set: %j', async (more) => {
    const { accessToken, userId } = await signIn(app, 'user');
    const read = (): Promise<unknown> => sql(app.database.superUrl, 'select * from auth.users where id = $1', [userId]);
    const before = await read();
    await put(accessToken, { timezone: 'Europe/Berlin', ...more }).expect(400);
    expect(await read()).toEqual(before);
  });

  test.each([
    ['full_name', '<script>alert(1)</script>'], ['full_name', 'Ann" onload="x'], ['username', '<b>ann</b>'], ['avatar_url', 'javascript:alert(1)'], ['avatar_url', 'https://example.com/"><script>'],
    ['avatar_url', 'http://example.com/a.png'], ['timezone', 'Nowhere/Land'],
  ])('takes no markup and nothing that is not what it says: %s %s', async (field, value) => {
    const { accessToken } = await signIn(app, 'user');
    const { body } = await put(accessToken, { [field]: value }).expect(400);
    expect((body as { error: { fields: object } }).error.fields).toHaveProperty(field);
  });

  test('a name belongs to one', async () => {
    const [one, other] = [await signIn(app, 'user'), await signIn(app, 'user')];
    const username = `bob-${one.userId}`;
    await put(one.accessToken, { username }).expect(200);
    expect(codeOf(await put(other.accessToken, { username }).expect(409))).toBe('USERNAME_TAKEN');
  });
});

describe('a name that is another one', () => {
  const changesOf = async (userId: number): Promise<unknown[]> => {
    const rows = await sql<{ event_id: string; type: string; payload: object; personal_sealed: string }>(
      app.database.superUrl, `select event_id, type, payload, personal_sealed from jobs.outbox where ordering_key = 'client ${userId}' order by sequence`,
    );
    for (const { type, payload } of rows) expect({ type, payload }).toEqual({ type: 'account.updated', payload: { clientId: String(userId) } });
    return rows.map(({ event_id, personal_sealed }) => (JSON.parse(createSecretBox([TEST_ENCRYPTION_KEY]).open(personal_sealed, ['outbox', event_id])!) as { changes: unknown }).changes);
  };

  test('is told to whoever keeps the books, sealed until then; one that stays, and what is no name, is not', async () => {
    const { accessToken, userId } = await signIn(app, 'user');
    const username = `carol-${userId}`;
    await put(accessToken, { username, full_name: 'Carol Example', timezone: 'Europe/Berlin' }).expect(200);
    await put(accessToken, { username, full_name: 'Carol Example', avatar_url: 'https://example.com/c.png' }).expect(200);
    await put(accessToken, { timezone: 'UTC' }).expect(200);
    await put(accessToken, { username, full_name: null }).expect(200);
    expect(await changesOf(userId)).toEqual([{ username, fullName: 'Carol Example' }, { fullName: null }]);
  });

  test('is told once, however many say it at the same moment, and not at all when it is refused or of one of us', async () => {
    const [person, other, staff] = [await signIn(app, 'user'), await signIn(app, 'user'), await signIn(app, 'staff')];
    const username = `dan-${person.userId}`;
    for (const { status } of await Promise.all([1, 2, 3].map(() => put(person.accessToken, { username })))) expect(status).toBe(200);
    await put(other.accessToken, { username, full_name: 'Dan Example' }).expect(409);
    await put(staff.accessToken, { full_name: 'Stan Example' }).expect(200);
    expect([await changesOf(person.userId), await changesOf(other.userId), await changesOf(staff.userId)]).toEqual([[{ username }], [], []]);
  });
});

describe('A5 a changed password', () => {
  const change = (accessToken: string, current_password: string, new_password = NEW_PASSWORD): supertest.Test =>
    as(accessToken, app.request.post('/api/auth/change-password')).send({ current_password, new_password });

  test('ends every other session at once, is on record, and its owner is told', async () => {
    const email = `${randomUUID().slice(0, 8)}@example.com`;
    const userId = (await app.app.auth.createUser(email, PASSWORD, 'user'))!;
    const [here, there] = [await app.app.logins.login({ email, password: PASSWORD }, TEST_CLIENT), await app.app.logins.login({ email, password: PASSWORD }, TEST_CLIENT)];
    await profile(there.accessToken).expect(200);
    expect(dataOf(await change(here.accessToken, PASSWORD).expect(200))).toEqual({ sessions_ended: 1 });
    await profile(here.accessToken).expect(200);
    await profile(there.accessToken).expect(401);
    await app.request.post('/api/auth/refresh').send({ refreshToken: there.refreshToken }).expect(401);
    await app.request.post('/api/auth/login').send({ email, password: PASSWORD }).expect(401);
    await app.request.post('/api/auth/login').send({ email, password: NEW_PASSWORD }).expect(200);
    const lines = await sql<{ action: string }>(app.database.superUrl, `select action from audit.entries where subject_id = $1 and action like 'user.%'`, [String(userId)]);
    expect(lines).toEqual([{ action: 'user.password_changed' }]);
    expect(await sql(app.database.superUrl, `select template from jobs.mails where template = 'password-changed'`)).toHaveLength(1);
  });

  test('needs the current one, and a wrong one is on record', async () => {
    const { accessToken, userId } = await signIn(app, 'user');
    expect(codeOf(await change(accessToken, 'not the password').expect(401))).toBe('AUTHENTICATION_FAILED');
    expect(await sql(app.database.superUrl, `select action from audit.entries where subject_id = $1 and action like 'user.%'`, [String(userId)])).toEqual([{ action: 'user.password_change_refused' }]);
  });

  test.each(['short', 'passwordpassword', 'abcabcabcabcabc'])('is none that guessers try: %s', async (weak) => {
    const { accessToken } = await signIn(app, 'user');
    const { body } = await change(accessToken, PASSWORD, weak).expect(400);
    expect((body as { error: { fields: object } }).error.fields).toHaveProperty('new_password');
  });

  test('cannot be guessed with a stolen access token: ten an hour', async () => {
    const own = await createTestApp({ env: { LIMIT_LOGIN_PER_HOUR: '10' } });
    try {
      const { accessToken } = await signIn(own, 'user');
      const guess = (): supertest.Test => as(accessToken, own.request.post('/api/auth/change-password')).send({ current_password: 'a guess', new_password: NEW_PASSWORD });
      for (let count = 0; count < 10; count += 1) await guess().expect(401);
      await guess().expect(429);
    } finally {
      await own.close();
    }
  });
});

describe('A5 a sign-in that is under way', () => {
  interface Person {
    readonly userId: number;
    readonly email: string;
  }
  const newPerson = async (): Promise<Person> => {
    const email = `${randomUUID().slice(0, 8)}@example.com`;
    return { email, userId: (await app.app.auth.createUser(email, PASSWORD, 'user'))! };
  };
  const login = (email: string, password = PASSWORD): supertest.Test => app.request.post('/api/auth/login').send({ email, password });
  /** Asks, and comes back when it waits for the row that the test holds. */
  const asked = async (request: supertest.Test, waiting: number): Promise<{ answer: Promise<supertest.Response> }> => {
    const answer = request.then((response) => response);
    await until(() => sql(app.database.superUrl, `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`), (rows) => rows.length === waiting);
    return { answer };
  };
  /** Nobody else writes the row of this person, or knows that nobody does, before `work` is done. @returns what was asked meanwhile */
  async function whileHeld({ userId }: Person, work: (owner: pg.Client) => Promise<{ answer: Promise<supertest.Response> }[]>): Promise<supertest.Response[]> {
    const owner = new pg.Client({ connectionString: app.database.superUrl });
    await owner.connect();
    try {
      await owner.query('begin');
      await owner.query('select from auth.users where id = $1 for update', [userId]);
      const all = await work(owner);
      await owner.query('commit');
      return await Promise.all(all.map(({ answer }) => answer));
    } finally {
      await owner.end();
    }
  }
  const hashOf = async ({ userId }: Person): Promise<string> => (await sql<{ password_hash: string }>(app.database.superUrl, 'select password_hash from auth.users where id = $1', [userId]))[0]!.password_hash;
  const setHash = (sqlOf: (text: string, values: unknown[]) => Promise<unknown>, { userId }: Person, hash: string): Promise<unknown> => sqlOf('update auth.users set password_hash = $2 where id = $1', [userId, hash]);
  const hashedWithLess = (password: string): Promise<string> => argon2.hash(password, { type: argon2.argon2id, memoryCost: 8_192, timeCost: 2, parallelism: 1 });

  test.each([
    ['changed', async (person: Person) => {
      const { accessToken } = await app.app.logins.login({ email: person.email, password: PASSWORD }, TEST_CLIENT);
      return (): supertest.Test => as(accessToken, app.request.post('/api/auth/change-password')).send({ current_password: PASSWORD, new_password: NEW_PASSWORD });
    }],
    ['reset', async ({ email }: Person) => {
      await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
      const token = await linkTo(app, email, 'reset-password');
      return (): supertest.Test => app.request.post('/api/auth/reset-password').send({ token, new_password: NEW_PASSWORD });
    }],
  ])('with a password that is %s meanwhile opens no session', async (_, prepare) => {
    const person = await newPerson();
    const change = await prepare(person);
    const answers = await whileHeld(person, async () => [await asked(change(), 1), await asked(login(person.email), 2)]);
    expect(answers).toMatchObject([{ status: 200 }, { status: 401, body: { error: { code: 'AUTHENTICATION_FAILED' } } }]);
    await login(person.email, NEW_PASSWORD).expect(200);
  });

  test('while a second factor is turned on opens no session without its code', async () => {
    const person = await newPerson();
    const answers = await whileHeld(person, async (owner) => {
      const signingIn = await asked(login(person.email), 1);
      // What turning it on writes into the row, in the transaction that turns it on.
      await owner.query('update auth.users set credentials_changed_at = now() where id = $1', [person.userId]);
      return [signingIn];
    });
    expect(answers).toMatchObject([{ status: 401, body: { error: { code: 'AUTHENTICATION_FAILED' } } }]);
    await login(person.email).expect(200);
  });

  test('and hashes the password anew puts no old one in the place of a new one', async () => {
    const person = await newPerson();
    await setHash((text, values) => sql(app.database.superUrl, text, values), person, await hashedWithLess(PASSWORD));
    const chosen = await hashedWithLess(NEW_PASSWORD);
    const answers = await whileHeld(person, async (owner) => {
      const signingIn = await asked(login(person.email), 1);
      await setHash((text, values) => owner.query(text, values), person, chosen);
      return [signingIn];
    });
    expect(answers).toMatchObject([{ status: 401, body: { error: { code: 'AUTHENTICATION_FAILED' } } }]);
    expect(await hashOf(person)).toBe(chosen);
  });

  test('and hashes the password anew succeeds, and so does another beside it', async () => {
    const person = await newPerson();
    await setHash((text, values) => sql(app.database.superUrl, text, values), person, await hashedWithLess(PASSWORD));
    const answers = await whileHeld(person, async () => [await asked(login(person.email), 1), await asked(login(person.email), 2)]);
    expect(answers).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(await hashOf(person)).toContain('m=19456');
    await login(person.email).expect(200);
  });
});
