import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { PASSWORD } from '../../testing/builders.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly signingKey: string;
}

let database: TestDatabase;
let first: TestApp;
let second: TestApp;
beforeAll(async () => {
  database = await cloneDatabase();
  [first, second] = [await createTestApp({ database }), await createTestApp({ database })];
});
afterAll(async () => {
  await second.close();
  await first.close();
  await database.drop();
});

async function newUser(): Promise<{ userId: number; email: string }> {
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  return { userId: (await first.app.auth.createUser(email, PASSWORD, 'user'))!, email };
}
const dataOf = <T>({ body }: { body: unknown }): T => (body as { data: T }).data;
const codeOf = ({ body }: { body: unknown }): string => (body as { error: { code: string } }).error.code;
const signInAs = async (email: string, app = first): Promise<Tokens> => dataOf(await app.request.post('/api/auth/login').send({ email, password: PASSWORD }).expect(200));
const refresh = (refreshToken: string, app = first, agent = 'test'): supertest.Test => app.request.post('/api/auth/refresh').set('User-Agent', agent).send({ refreshToken });
const signedIn = (accessToken: string, method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, app = first): supertest.Test => app.request[method](path).set('Authorization', `Bearer ${accessToken}`);
const profile = (accessToken: string, app = first): supertest.Test => signedIn(accessToken, 'get', '/api/auth/profile', app);
const sidOf = (accessToken: string): string => (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
/** Signed in by a user agent that `refresh` repeats. */
async function session(email?: string): Promise<Tokens & { email: string }> {
  const who = email ?? (await newUser()).email;
  const answer = await first.request.post('/api/auth/login').set('User-Agent', 'test').send({ email: who, password: PASSWORD }).expect(200);
  return { ...dataOf<Tokens>(answer), email: who };
}
const actionsOf = async (sessionId: string): Promise<string[]> =>
  (await sql<{ action: string }>(database.superUrl, `select action from audit.entries where subject_id = $1 order by entry_id`, [sessionId])).map(({ action }) => action);

describe('A1 a refresh token', () => {
  test('is 256 bits by chance, kept as its SHA-256 alone, and gives way to one child of the same family', async () => {
    const { refreshToken, accessToken, signingKey } = await session();
    expect(Buffer.from(refreshToken, 'base64url')).toHaveLength(32);
    const next = dataOf<Tokens>(await refresh(refreshToken).expect(200));
    expect(next.refreshToken).not.toBe(refreshToken);
    expect(next.signingKey).toBe(signingKey);
    expect(sidOf(next.accessToken)).toBe(sidOf(accessToken));
    const rows = await sql<{ token_hash: Buffer; parent_hash: Buffer | null; session_id: string; used: boolean }>(
      database.superUrl, 'select token_hash, parent_hash, session_id, used_at is not null as used from auth.refresh_tokens where session_id = $1 order by created_at', [sidOf(accessToken)],
    );
    const hash = (token: string): Buffer => createHash('sha256').update(token).digest();
    expect(rows).toEqual([
      { token_hash: hash(refreshToken), parent_hash: null, session_id: sidOf(accessToken), used: true },
      { token_hash: hash(next.refreshToken), parent_hash: hash(refreshToken), session_id: sidOf(accessToken), used: false },
    ]);
    await profile(next.accessToken).expect(200);
  });

  test('renews for seven days from the sign-in, however often it was renewed', async () => {
    const app = await createTestApp();
    try {
      const email = 'week@example.com';
      await app.app.auth.createUser(email, PASSWORD, 'user');
      let { refreshToken } = await signInAs(email, app);
      for (let day = 0; day < 6; day += 1) {
        app.advance(86_400_000);
        ({ refreshToken } = dataOf<Tokens>(await app.request.post('/api/auth/refresh').send({ refreshToken }).expect(200)));
      }
      app.advance(86_400_001);
      expect(codeOf(await app.request.post('/api/auth/refresh').send({ refreshToken }).expect(401))).toBe('REFRESH_TOKEN_INVALID');
    } finally {
      await app.close();
    }
  });

  test('that nobody was given renews nothing', async () => {
    expect(codeOf(await refresh('x'.repeat(43)).expect(401))).toBe('REFRESH_TOKEN_INVALID');
    expect(codeOf(await first.request.post('/api/auth/refresh').send({}).expect(401))).toBe('REFRESH_TOKEN_INVALID');
  });
});

describe('A2 a refresh token shown again', () => {
  test('within ten seconds from the same device gives the same child', async () => {
    const { refreshToken } = await session();
    const [one, two] = [dataOf<Tokens>(await refresh(refreshToken).expect(200)), dataOf<Tokens>(await refresh(refreshToken, second).expect(200))];
    expect(two.refreshToken).toBe(one.refreshToken);
    await refresh(one.refreshToken).expect(200);
  });

  test('by another device ends the family, and its owner is told', async () => {
    const { refreshToken, email } = await session();
    const child = dataOf<Tokens>(await refresh(refreshToken).expect(200));
    expect(codeOf(await refresh(refreshToken, first, 'another').expect(401))).toBe('REFRESH_TOKEN_INVALID');
    await refresh(child.refreshToken).expect(401);
    expect(codeOf(await profile(child.accessToken).expect(401))).toBe('ACCESS_TOKEN_INVALID');
    expect(await actionsOf(sidOf(child.accessToken))).toEqual(['session.started', 'session.renewed', 'session.refresh_token_reused', 'session.refresh_refused']);
    expect(email).toBeDefined();
    expect(await sql(database.superUrl, `select template from jobs.mails`)).toContainEqual({ template: 'alert' });
  });

  test('once its child was used ends the family, even at once', async () => {
    const { refreshToken } = await session();
    const child = dataOf<Tokens>(await refresh(refreshToken).expect(200));
    const grandchild = dataOf<Tokens>(await refresh(child.refreshToken).expect(200));
    await refresh(refreshToken).expect(401);
    await refresh(grandchild.refreshToken).expect(401);
  });

  test('at once ends the family where the grace is switched off', async () => {
    const strict = await createTestApp({ database, env: { REFRESH_GRACE_SECONDS: '0' } });
    try {
      const { refreshToken } = await session();
      const child = dataOf<Tokens>(await refresh(refreshToken, strict).expect(200));
      await refresh(refreshToken, strict).expect(401);
      await refresh(child.refreshToken, strict).expect(401);
    } finally {
      await strict.close();
    }
  });
});

describe('A3', () => {
  test('50 who renew with one token at once, at two nodes, get one child, and nobody is signed out', async () => {
    const { refreshToken, accessToken } = await session();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => refresh(refreshToken, at % 2 === 0 ? first : second)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    const children = new Set(answers.map((answer) => dataOf<Tokens>(answer).refreshToken));
    expect(children.size).toBe(1);
    expect(await sql(database.superUrl, 'select count(*)::int as tokens from auth.refresh_tokens where session_id = $1', [sidOf(accessToken)])).toEqual([{ tokens: 2 }]);
    for (const answer of answers.slice(0, 4)) await profile(dataOf<Tokens>(answer).accessToken, second).expect(200);
    await refresh([...children][0]!).expect(200);
  });

  test('a token shown again an hour later ends its family at every node within a second', async () => {
    const [here, there] = [await createTestApp({ database, ahead: 3_600_000 }), await createTestApp({ database, ahead: 3_600_000 })];
    try {
      const { refreshToken } = await session();
      const stolen = refreshToken;
      const child = dataOf<Tokens>(await refresh(refreshToken).expect(200));
      const later = dataOf<Tokens>(await refresh(child.refreshToken, here).expect(200));
      await profile(later.accessToken, there).expect(200);
      await refresh(stolen, here).expect(401);
      const at = Date.now();
      await profile(later.accessToken, here).expect(401);
      await until(() => profile(later.accessToken, there), ({ status }) => status === 401, 1_000);
      expect(Date.now() - at).toBeLessThan(1_000);
      await refresh(later.refreshToken, there).expect(401);
    } finally {
      await here.close();
      await there.close();
    }
  });
});
