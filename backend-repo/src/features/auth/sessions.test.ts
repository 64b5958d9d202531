import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { awakeClock } from '../../testing/awake-clock.ts';
import { newExchange, PASSWORD } from '../../testing/builders.ts';
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
      const clock = awakeClock();
      await profile(later.accessToken, here).expect(401);
      await until(() => profile(later.accessToken, there), ({ status }) => status === 401);
      expect(clock.now()).toBeLessThan(1_000);
      clock.stop();
      await refresh(later.refreshToken, there).expect(401);
    } finally {
      await here.close();
      await there.close();
    }
  });
});

describe('a session that ended', () => {
  test('is refused at once where it ended, and at the other node without being asked for', async () => {
    const { accessToken, refreshToken } = await session();
    await profile(accessToken, second).expect(200);
    expect(dataOf(await signedIn(accessToken, 'post', '/api/auth/logout').send({}).expect(200))).toEqual({ sessions_ended: 1 });
    expect(codeOf(await profile(accessToken).expect(401))).toBe('ACCESS_TOKEN_INVALID');
    await until(() => profile(accessToken, second), ({ status }) => status === 401, 1_000);
    await refresh(refreshToken, second).expect(401);
  });

  test('is known to a node that starts after it ended', async () => {
    const { accessToken } = await session();
    await signedIn(accessToken, 'post', '/api/auth/logout').expect(200);
    const started = await createTestApp({ database });
    try {
      await profile(accessToken, started).expect(401);
    } finally {
      await started.close();
    }
  });

  test('takes the widget session of the venue’s page with it', async () => {
    await first.app.widget!.partners.create(newExchange('demo-exchange'), 'ES256');
    const { accessToken } = await session();
    const { venueToken } = dataOf<{ venueToken: string }>(await signedIn(accessToken, 'get', '/api/account/widget-session').expect(200));
    await signedIn(venueToken, 'get', '/api/account/balances').expect(200);
    // What a page that embeds the widget holds cannot sign its user out.
    await signedIn(venueToken, 'post', '/api/auth/logout').send({ all: true }).expect(403);
    await signedIn(accessToken, 'post', '/api/auth/logout').send({}).expect(200);
    await signedIn(venueToken, 'get', '/api/account/balances').expect(401);
  });

  test('leaves the others alone, unless all were meant', async () => {
    const here = await session();
    const there = await session(here.email);
    const third = await session(here.email);
    await signedIn(here.accessToken, 'post', '/api/auth/logout').send({}).expect(200);
    await profile(there.accessToken).expect(200);
    expect(dataOf(await signedIn(there.accessToken, 'post', '/api/auth/logout').send({ all: true }).expect(200))).toEqual({ sessions_ended: 2 });
    await profile(third.accessToken).expect(401);
    expect(await actionsOf(sidOf(third.accessToken))).toEqual(['session.started', 'session.ended']);
  });
});

test('a session that is long over is forgotten, with its tokens; one that lives is not', async () => {
  const { accessToken } = await session();
  const left = async (): Promise<unknown> =>
    sql(database.superUrl, 'select (select count(*)::int from auth.sessions where session_id = $1) as sessions, (select count(*)::int from auth.refresh_tokens where session_id = $1) as tokens', [sidOf(accessToken)]);
  await first.app.sessions.purge();
  expect(await left()).toEqual([{ sessions: 1, tokens: 1 }]);
  const later = await createTestApp({ database, ahead: 8 * 86_400_000 + 60_000 });
  try {
    await later.app.sessions.purge();
  } finally {
    await later.close();
  }
  expect(await left()).toEqual([{ sessions: 0, tokens: 0 }]);
});

describe('a browser', () => {
  const cookiesOf = (answer: supertest.Response): Map<string, string> =>
    new Map((answer.headers['set-cookie'] as unknown as string[]).map((line) => [line.split('=')[0]!, line]));
  const valueOf = (cookies: Map<string, string>, name: string): string => /=([^;]*)/.exec(cookies.get(name)!)![1]!;
  const browse = async (app = first): Promise<{ cookies: Map<string, string>; answer: supertest.Response }> => {
    const { email } = await newUser();
    const answer = await app.request.post('/api/auth/login').set('X-Client', 'browser').send({ email, password: PASSWORD }).expect(200);
    return { cookies: cookiesOf(answer), answer };
  };

  test('gets the refresh token in a cookie that no script reads, and never in the body', async () => {
    const { cookies, answer } = await browse();
    expect(dataOf(answer)).toEqual({ accessToken: expect.any(String), expiresIn: 900, signingKey: expect.any(String) });
    expect(cookies.get('refresh_token')).toMatch(/^refresh_token=[\w-]{43}; Path=\/api\/auth; Max-Age=604\d\d\d; HttpOnly; SameSite=Strict$/);
    expect(cookies.get('csrf_token')).toMatch(/^csrf_token=[\w-]{43}; Path=\/; Max-Age=604\d\d\d; SameSite=Strict$/);
    const overTls = await createTestApp({ database, env: { PUBLIC_URL: 'https://venue.example' } });
    try {
      for (const line of (await browse(overTls)).cookies.values()) expect(line).toMatch(/; Secure$/);
    } finally {
      await overTls.close();
    }
  });

  test('repeats csrf_token to renew; without it nothing is spent', async () => {
    const { cookies } = await browse();
    const cookie = ['refresh_token', 'csrf_token', 'device'].map((name) => `${name}=${valueOf(cookies, name)}`).join('; ');
    const renew = (csrf?: string): supertest.Test => first.request.post('/api/auth/refresh').set({ Cookie: cookie, ...(csrf !== undefined && { 'X-CSRF-Token': csrf }) }).send({});
    expect(codeOf(await renew().expect(403))).toBe('CSRF_TOKEN_INVALID');
    expect(codeOf(await renew('another').expect(403))).toBe('CSRF_TOKEN_INVALID');
    const renewed = await renew(valueOf(cookies, 'csrf_token')).expect(200);
    expect(dataOf(renewed)).not.toHaveProperty('refreshToken');
    // Two tabs that renew at once agree on the new one.
    expect(valueOf(cookiesOf(await renew(valueOf(cookies, 'csrf_token')).expect(200)), 'refresh_token')).toBe(valueOf(cookiesOf(renewed), 'refresh_token'));
  });

  test('that signs out loses its cookies', async () => {
    const { answer } = await browse();
    const out = await signedIn(dataOf<Tokens>(answer).accessToken, 'post', '/api/auth/logout').send({}).expect(200);
    expect([...cookiesOf(out).values()].every((line) => line.includes('Max-Age=0'))).toBe(true);
  });
});

describe('sessions of one’s own', () => {
  test('are listed, named and ended', async () => {
    const here = await session();
    const there = await session(here.email);
    await signedIn(here.accessToken, 'patch', `/api/auth/sessions/${sidOf(there.accessToken)}`).send({ name: 'The laptop' }).expect(200);
    const { sessions } = dataOf<{ sessions: object[] }>(await signedIn(here.accessToken, 'get', '/api/auth/sessions').expect(200));
    expect(sessions).toEqual([
      expect.objectContaining({ id: sidOf(there.accessToken), name: 'The laptop', user_agent: 'test', current: false }),
      expect.objectContaining({ id: sidOf(here.accessToken), name: null, current: true }),
    ]);
    await signedIn(here.accessToken, 'delete', `/api/auth/sessions/${sidOf(there.accessToken)}`).expect(200);
    await profile(there.accessToken).expect(401);
    await signedIn(here.accessToken, 'delete', `/api/auth/sessions/${sidOf(there.accessToken)}`).expect(404);
  });

  test('somebody else’s are not there', async () => {
    const [mine, theirs] = [await session(), await session()];
    for (const id of [sidOf(theirs.accessToken), 'none', randomUUID()]) {
      expect(codeOf(await signedIn(mine.accessToken, 'delete', `/api/auth/sessions/${id}`).expect(404))).toBe('SESSION_NOT_FOUND');
      await signedIn(mine.accessToken, 'patch', `/api/auth/sessions/${id}`).send({ name: 'mine' }).expect(404);
    }
    await profile(theirs.accessToken).expect(200);
  });
});
