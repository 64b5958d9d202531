import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import type supertest from 'supertest';
import { PASSWORD, signIn, turnOnSecondFactor } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql } from '../../testing/venue.ts';
import { totp } from '../../totp.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const login = (email: string, password: string, more: object = {}): supertest.Test => app.request.post('/api/auth/login').send({ email, password, ...more });
const codeOf = ({ body }: { body: unknown }): string => (body as { error: { code: string } }).error.code;
const dataOf = <T>({ body }: { body: unknown }): T => (body as { data: T }).data;
const newUser = async (): Promise<string> => {
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  await app.app.auth.createUser(email, PASSWORD, 'user');
  return email;
};

describe('A7 an address that nobody has and a wrong password', () => {
  test('are answered alike: status, headers and body', async () => {
    const known = await login(await newUser(), 'not the password').expect(401);
    const unknown = await login('nobody@example.com', 'not the password').expect(401);
    const plain = ({ body, headers }: supertest.Response): unknown => {
      const { error } = body as { error: object };
      return [Object.keys(headers as object).sort(), { ...error, request_id: '' }];
    };
    expect(plain(unknown)).toEqual(plain(known));
  });

  test('are as much work', async () => {
    // One person each: whoever fails often has to wait, known or not.
    const people: string[] = [];
    for (let count = 0; count < 9; count += 1) people.push(await newUser());
    // Processor time of this process and its threads: what else runs on this machine changes how long an answer takes, and not this.
    const work = async (who: string): Promise<number> => {
      const before = process.cpuUsage();
      await login(who, 'not the password').expect(401);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (const email of people) {
      known.push(await work(email));
      unknown.push(await work(`${randomUUID()}@example.com`));
    }
    const median = (list: number[]): number => list.toSorted((one, other) => one - other)[4]!;
    expect(median(unknown) / median(known)).toBeGreaterThan(0.7);
    expect(median(unknown) / median(known)).toBeLessThan(1.4);
  });

  test('are on record alike, and no address is readable there', async () => {
    const email = await newUser();
    await login(email, 'not the password').expect(401);
    await login('nobody-at-all@example.com', 'not the password').expect(401);
    const rows = await sql<{ line: string }>(app.database.superUrl, `select e::text as line from audit.entries e where action = 'login.failed' order by entry_id desc limit 2`);
    expect(rows).toHaveLength(2);
    expect(rows.map(({ line }) => line).join()).not.toMatch(/nobody-at-all|example\.com/);
  });
});

describe('with a second factor on', () => {
  test('login asks for a code once the password is right, and the token says when it was shown', async () => {
    const { userId, accessToken } = await signIn(app, 'user');
    const [{ email }] = (await sql<{ email: string }>(app.database.superUrl, 'select email from auth.users where id = $1', [userId])) as [{ email: string }];
    const call = (path: string, body: object): supertest.Test => app.request.post(`/api/auth/${path}`).set('Authorization', `Bearer ${accessToken}`).send(body);
    const { secret } = dataOf<{ secret: string }>(await call('enable-2fa', { password: PASSWORD }).expect(200));
    const codeNow = (): string => totp.codeAt(secret, Math.floor(app.now() / 1000));
    await call('verify-2fa', { code: codeNow() }).expect(200);
    app.advance(30_000);
    expect(codeOf(await login(email, 'not the password').expect(401))).toBe('AUTHENTICATION_FAILED');
    expect(codeOf(await login(email, PASSWORD).expect(401))).toBe('TWO_FACTOR_REQUIRED');
    expect(codeOf(await login(email, PASSWORD, { totp: '000000' }).expect(401))).toBe('SECOND_FACTOR_WRONG');
    const signedIn = dataOf<{ accessToken: string; refreshToken: string }>(await login(email, PASSWORD, { totp: codeNow() }).expect(200));
    const shownAt = (jsonwebtoken.decode(signedIn.accessToken) as { second_factor_at: number }).second_factor_at;
    expect(Math.abs(shownAt - app.now())).toBeLessThan(5_000);
    // Renewing a session shows no code.
    app.advance(60_000);
    const renewed = dataOf<{ accessToken: string }>(await app.request.post('/api/auth/refresh').send({ refreshToken: signedIn.refreshToken }).expect(200));
    expect((jsonwebtoken.decode(renewed.accessToken) as { second_factor_at: number }).second_factor_at).toBe(shownAt);
  });
});

describe('A8 whoever has the right password and is asked for more', () => {
  interface Guarded {
    readonly email: string;
    readonly userId: number;
    readonly codeNow: () => string;
  }
  const withSecondFactor = async (node = app): Promise<Guarded> => {
    const email = `${randomUUID().slice(0, 8)}@example.com`;
    const userId = (await node.app.auth.createUser(email, PASSWORD, 'user'))!;
    const secret = await turnOnSecondFactor(node, { userId, email });
    return { email, userId, codeNow: () => totp.codeAt(secret, Math.floor(node.now() / 1000)) };
  };
  const fourWrong = async (email: string, more: object): Promise<void> => {
    for (const wait of [0, 0, 0, 1]) {
      app.advance(wait * 1000);
      await login(email, 'not the password', more).expect(401);
    }
    app.advance(2_000);
  };
  const deviceOf = async ({ email, codeNow }: Guarded): Promise<object> => {
    const { device } = dataOf<{ device: string }>(await login(email, PASSWORD, { totp: codeNow() }).expect(200));
    app.advance(30_000);
    return { device };
  };

  test.each([
    ['on a device that is new', (): Promise<object> => Promise.resolve({})],
    ['on one that is known', deviceOf],
  ])('A8 comes again at once with it, however many passwords were wrong before, %s', async (_, prepare) => {
    const person = await withSecondFactor();
    const more = await prepare(person);
    await fourWrong(person.email, more);
    for (let count = 0; count < 3; count += 1) expect(codeOf(await login(person.email, PASSWORD, more).expect(401))).toBe('TWO_FACTOR_REQUIRED');
    await login(person.email, PASSWORD, { ...more, totp: person.codeNow() }).expect(200);
  });

  test('A8 has no more wrong codes for it: what failed before still counts', async () => {
    const { email, codeNow } = await withSecondFactor();
    await fourWrong(email, {});
    expect(codeOf(await login(email, PASSWORD).expect(401))).toBe('TWO_FACTOR_REQUIRED');
    expect(codeOf(await login(email, PASSWORD, { totp: '000000' }).expect(401))).toBe('SECOND_FACTOR_WRONG');
    const { body, headers } = await login(email, PASSWORD, { totp: codeNow() }).expect(429);
    expect([codeOf({ body }), Number(headers['retry-after'])]).toEqual(['LOGIN_LOCKED', expect.closeTo(3_600, -2)]);
  });

  test('A8 is told the same again, whatever it is, where one failure locks', async () => {
    const strict = await createTestApp({ database: app.database, ahead: app.now() - Date.now(), env: { FAILED_LOGIN_THRESHOLD: '1' } });
    try {
      const { email, userId, codeNow } = await withSecondFactor(strict);
      const twice = async (more: object = {}): Promise<string[]> => {
        const attempt = async (): Promise<string> => codeOf(await strict.request.post('/api/auth/login').send({ email, password: PASSWORD, ...more }));
        return [await attempt(), await attempt()];
      };
      const setUser = (change: string): Promise<unknown> => sql(app.database.superUrl, `update auth.users set ${change} where id = $1`, [userId]);
      await setUser('email_verified_at = null');
      expect(await twice()).toEqual(['EMAIL_NOT_VERIFIED', 'EMAIL_NOT_VERIFIED']);
      await setUser('email_verified_at = now()');
      expect(await twice()).toEqual(['TWO_FACTOR_REQUIRED', 'TWO_FACTOR_REQUIRED']);
      await sql(app.database.superUrl, `update auth.second_factors set locked_until = now() + interval '1 day' where user_id = $1`, [userId]);
      expect(await twice({ totp: codeNow() })).toEqual(['SECOND_FACTOR_LOCKED', 'SECOND_FACTOR_LOCKED']);
      await sql(app.database.superUrl, 'delete from auth.second_factors where user_id = $1', [userId]);
      await strict.app.reverification.force(userId, 'risk_events', { kind: 'system', id: 'test' });
      expect(await twice()).toEqual(['REVERIFICATION_REQUIRED', 'REVERIFICATION_REQUIRED']);
    } finally {
      await strict.close();
    }
  });
});

describe('H7 on record', () => {
  const linesOf = (subject: string): Promise<{ action: string; ip: string; request_id: string; after: Record<string, unknown> }[]> =>
    sql(app.database.superUrl, `select action, ip, request_id, after from audit.entries where subject_id = $1 and action ~ '^login[.](failed|refused|challenged)$' order by at, entry_id`, [subject]);
  const accountOf = (email: string): string => createHash('sha256').update(email).digest('hex').slice(0, 16);
  const agent = 'Mozilla/5.0 (test)';
  const from = { country: null, user_agent: agent, endpoint: '/api/auth/login' };
  const tryIn = (email: string, password: string, more: object = {}): supertest.Test => login(email, password, more).set('User-Agent', agent);

  test('a right password that stops at the address or at the second factor is there with its account', async () => {
    const email = await newUser();
    const userId = (await app.app.auth.findUserId(email))!;
    await sql(app.database.superUrl, 'update auth.users set email_verified_at = null where id = $1', [userId]);
    await tryIn(email, PASSWORD).expect(403);
    await sql(app.database.superUrl, 'update auth.users set email_verified_at = now() where id = $1', [userId]);
    await turnOnSecondFactor(app, { userId, email });
    await tryIn(email, PASSWORD).expect(401);
    await sql(app.database.superUrl, `update auth.second_factors set locked_until = now() + interval '1 day' where user_id = $1`, [userId]);
    await tryIn(email, PASSWORD, { totp: '000000' }).expect(429);
    const codes = ['EMAIL_NOT_VERIFIED', 'TWO_FACTOR_REQUIRED', 'SECOND_FACTOR_LOCKED'];
    expect(await linesOf(String(userId))).toEqual(codes.map((code) => ({ action: 'login.challenged', ip: '127.0.0.1', request_id: expect.stringMatching(/^req_/), after: { ...from, code } })));
  });

  test('what failed is there with why, how often in a row, and with which program', async () => {
    const email = await newUser();
    const userId = (await app.app.auth.findUserId(email))!;
    await turnOnSecondFactor(app, { userId, email });
    await tryIn(email, 'not the password').expect(401);
    await tryIn(email, PASSWORD, { totp: '000000' }).expect(401);
    const unknown = `${randomUUID()}@example.com`;
    for (const wait of [0, 0, 0, 1, 2]) {
      app.advance(wait * 1000);
      await tryIn(unknown, 'not the password').expect(401);
    }
    await tryIn(unknown, 'not the password').expect(429);
    const failed = (failure_reason: string, attempt_count: number): object => ({ action: 'login.failed', ip: '127.0.0.1', request_id: expect.any(String), after: { ...from, failure_reason, attempt_count } });
    expect(await linesOf(String(userId))).toEqual([failed('invalid_password', 1), failed('invalid_code', 2)]);
    const refused = { action: 'login.refused', after: { ...from, code: 'LOGIN_LOCKED', failure_reason: 'locked' } };
    expect(await linesOf(accountOf(unknown))).toMatchObject([...[1, 2, 3, 4, 5].map((count) => failed('unknown_account', count)), refused]);
  });
});
