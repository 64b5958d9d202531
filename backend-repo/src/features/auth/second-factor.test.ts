import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type supertest from 'supertest';
import type { Actor } from '../../domain/audit-entry.ts';
import type { AppError } from '../../errors.ts';
import { PASSWORD, signIn, TEST_CLIENT } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql } from '../../testing/venue.ts';
import { totp } from '../../totp.ts';

let app: TestApp;
let otherNode: TestApp;
beforeAll(async () => {
  app = await createTestApp({ env: { LIMIT_SECOND_FACTOR_PER_HOUR: '10000' } });
  otherNode = await createTestApp({ database: app.database });
});
afterAll(async () => {
  await otherNode.close();
  await app.close();
});

interface Person {
  readonly userId: number;
  readonly accessToken: string;
}
interface Protected extends Person {
  readonly secret: string;
  readonly backupCodes: string[];
}

const call = (path: string, { accessToken }: { readonly accessToken: string }, body: object, node = app): supertest.Test => node.request.post(`/api/auth/${path}`).set('Authorization', `Bearer ${accessToken}`).send(body);
const codeOf = ({ secret }: { readonly secret: string }, shiftSeconds = 0): string => totp.codeAt(secret, Math.floor(app.now() / 1000) + shiftSeconds);
const later = (milliseconds: number): void => [app, otherNode].forEach((node) => node.advance(milliseconds));
/** A code of each half minute counts once. */
const nextStep = (): void => later(30_000);
const ownerOf = ({ userId }: Person): { userId: number; actor: Actor } => ({ userId, actor: { kind: 'user', id: String(userId) } });
const check = (person: Person, code: string): Promise<string> => app.app.secondFactor.check(ownerOf(person), code);
/** Six digits that are the code of no step near this one. */
function wrongCode(person: { readonly secret: string }): string {
  const near = [-60, -30, 0, 30, 60].map((shift) => codeOf(person, shift));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code))!;
}
const fail = async (person: Protected, times: number): Promise<string[]> => {
  const verdicts: string[] = [];
  for (let count = 0; count < times; count += 1) verdicts.push(await check(person, wrongCode(person)));
  return verdicts;
};

/** In seconds, as a caller is told. */
const lockedFor = (person: Protected): Promise<number | undefined> =>
  app.app.secondFactor.demand(ownerOf(person), codeOf(person)).then(
    () => 0,
    (error: AppError) => error.retryAfter,
  );

/** Signs in once more, with a code where one is asked for. */
const signInAgain = (email: string, totp?: string): Promise<{ accessToken: string }> => app.app.logins.login({ email, password: PASSWORD, ...(totp && { totp }) }, TEST_CLIENT);
const emailOf = async ({ userId }: Person): Promise<string> => String((await sql(app.database.superUrl, `select email from auth.users where id = ${userId}`))[0]!['email']);
const isSignedIn = async ({ accessToken }: { readonly accessToken: string }): Promise<boolean> => (await app.request.get('/api/auth/profile').set('Authorization', `Bearer ${accessToken}`)).status === 200;

async function begin(person: Person): Promise<string> {
  const { body } = await call('enable-2fa', person, { password: PASSWORD }).expect(200);
  return (body as { data: { secret: string } }).data.secret;
}

async function somebody(role: 'user' | 'staff' | 'admin' = 'user'): Promise<Protected> {
  const person = await signIn(app, role);
  const secret = await begin(person);
  const { body } = await call('verify-2fa', person, { code: codeOf({ secret }) }).expect(200);
  nextStep();
  return { ...person, secret, backupCodes: (body as { data: { backup_codes: string[] } }).data.backup_codes };
}

const auditOf = async (userId: number): Promise<string[]> =>
  (await sql(app.database.superUrl, `select action from audit.entries where subject_kind = 'user' and subject_id = '${userId}' and action like any (array['second_factor.%', 'password.%']) order by at, entry_id`)).map((row) => String(row['action']));

describe('turning it on', () => {
  test('A5 asks for the password again, and says nothing to who does not know it', async () => {
    const person = await signIn(app, 'user');
    const { body } = await call('enable-2fa', person, { password: 'another password' }).expect(401);
    expect(body).toMatchObject({ error: { code: 'AUTHENTICATION_FAILED' } });
    expect(await auditOf(person.userId)).toEqual(['password.refused']);
    await call('verify-2fa', person, { code: '123456' }).expect(409);
  });

  test('A9 the secret guards nothing until a code made with it was shown', async () => {
    const person = await signIn(app, 'user');
    const secret = await begin(person);
    expect([await app.app.secondFactor.isOn(person.userId), await check(person, codeOf({ secret }))]).toEqual([false, 'wrong']);
    expect((await call('verify-2fa', person, { code: wrongCode({ secret }) }).expect(401)).body).toMatchObject({ error: { code: 'SECOND_FACTOR_WRONG' } });
    await call('verify-2fa', person, { code: codeOf({ secret }) }).expect(200);
    expect(await app.app.secondFactor.isOn(person.userId)).toBe(true);
    expect(await auditOf(person.userId)).toEqual(['second_factor.begun', 'second_factor.failed', 'second_factor.passed', 'second_factor.enabled']);
  });

  test('the answer carries what an authenticator app scans', async () => {
    const person = await signIn(app, 'user');
    const { body, headers } = await call('enable-2fa', person, { password: PASSWORD }).expect(200);
    const { secret, otpauth_url, expires_in } = (body as { data: Record<string, string> }).data as { secret: string; otpauth_url: string; expires_in: unknown };
    expect(new URL(otpauth_url).searchParams.get('secret')).toBe(secret);
    expect([expires_in, headers['cache-control']]).toEqual([600, 'no-store']);
  });

  test('a secret that nobody verified is dead after ten minutes', async () => {
    const person = await signIn(app, 'user');
    const secret = await begin(person);
    later(600_000);
    expect((await call('verify-2fa', person, { code: codeOf({ secret }) }).expect(409)).body).toMatchObject({ error: { code: 'SECOND_FACTOR_OFF' } });
  });

  test('beginning again makes another secret, and the first one is dead', async () => {
    const person = await signIn(app, 'user');
    const [first, second] = [await begin(person), await begin(person)];
    await call('verify-2fa', person, { code: codeOf({ secret: first }) }).expect(401);
    await call('verify-2fa', person, { code: codeOf({ secret: second }) }).expect(200);
  });

  test('one that is on is not replaced: it has to be turned off first', async () => {
    const person = await somebody();
    expect((await call('enable-2fa', person, { password: PASSWORD }).expect(409)).body).toMatchObject({ error: { code: 'SECOND_FACTOR_ON' } });
    expect(await check(person, codeOf(person))).toBe('right');
  });

  test('A9 two at once turn it on once, and one of them has backup codes', async () => {
    const person = await signIn(app, 'user');
    const code = codeOf({ secret: await begin(person) });
    const answers = await Promise.all([app, otherNode].map((node) => call('verify-2fa', person, { code }, node)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    expect(await sql(app.database.superUrl, `select count(*)::int as codes from auth.backup_codes where user_id = ${person.userId}`)).toEqual([{ codes: 10 }]);
  });

  test('its owner hears of it by mail', async () => {
    const before = await mails();
    const person = await somebody();
    await call('disable-2fa', person, { password: PASSWORD, code: codeOf(person) }).expect(200);
    expect((await mails()) - before).toBe(2);
  });

  test('nobody does so with a session of the widget', async () => {
    const person = await signIn(app, 'user');
    const accessToken = app.app.auth.widgetAccessToken(person.userId);
    for (const path of ['enable-2fa', 'verify-2fa', 'disable-2fa']) await call(path, { ...person, accessToken }, {}).expect(403);
  });
});

const mails = async (): Promise<number> => Number((await sql(app.database.superUrl, `select count(*) from jobs.mails where template = 'second-factor-changed'`))[0]!['count']);

describe('a code', () => {
  test('A9 counts once, also when two nodes are asked at the same time', async () => {
    const person = await somebody();
    for (let round = 0; round < 5; round += 1) {
      const code = codeOf(person);
      const verdicts = await Promise.all(Array.from({ length: 4 }, (_, index) => [app, otherNode][index % 2]!.app.secondFactor.check(ownerOf(person), code)));
      expect(verdicts.filter((verdict) => verdict === 'right')).toHaveLength(1);
      nextStep();
    }
  });

  test('A9 that turned the factor on does not open anything else', async () => {
    const person = await signIn(app, 'user');
    const code = codeOf({ secret: await begin(person) });
    await call('verify-2fa', person, { code }).expect(200);
    expect(await check(person, code)).toBe('wrong');
  });

  test('A9 of the half minute before counts, but not after a newer one', async () => {
    const person = await somebody();
    nextStep();
    const [older, newer] = [codeOf(person, -30), codeOf(person)];
    expect([await check(person, older), await check(person, newer), await check(person, older)]).toEqual(['right', 'right', 'wrong']);
  });

  test('A9 of an older half minute, or of the next one, does not count', async () => {
    const person = await somebody();
    later(60_000);
    for (const shift of [-60, 30]) expect(await check(person, codeOf(person, shift))).toBe('wrong');
  });

  test('A9 opens only its owner’s account', async () => {
    const [one, other] = [await somebody(), await somebody()];
    expect([await check(one, codeOf(other)), await check(one, other.backupCodes[0]!), await check(one, codeOf(one))]).toEqual(['wrong', 'wrong', 'right']);
  });
});

describe('backup codes', () => {
  test('A10 there are ten, kept as hashes, and each counts once', async () => {
    const person = await somebody();
    expect(new Set(person.backupCodes).size).toBe(10);
    expect(await check(person, person.backupCodes[3]!.toUpperCase())).toBe('right');
    expect(await check(person, person.backupCodes[3]!)).toBe('wrong');
    expect(await check(person, person.backupCodes[4]!)).toBe('right');
    const rows = await sql(app.database.superUrl, `select encode(code_hash, 'hex') as hash, code_hash::text as text from auth.backup_codes where user_id = ${person.userId}`);
    for (const { hash, text } of rows) for (const code of person.backupCodes) expect(`${String(hash)} ${String(text)}`).not.toContain(code.replaceAll('-', ''));
  });

  test('A10 of ten requests at once with one code, one is let in', async () => {
    const person = await somebody();
    const verdicts = await Promise.all(Array.from({ length: 4 }, (_, index) => [app, otherNode][index % 2]!.app.secondFactor.check(ownerOf(person), person.backupCodes[0]!)));
    expect(verdicts.filter((verdict) => verdict === 'right')).toHaveLength(1);
  });

  test('where only a code of the app will do, they do not', async () => {
    const person = await somebody();
    expect(await app.app.secondFactor.check(ownerOf(person), person.backupCodes[0]!, 'totp')).toBe('wrong');
    expect(await app.app.secondFactor.check(ownerOf(person), person.backupCodes[0]!, 'backup')).toBe('right');
  });

  test('are gone when the factor is turned off', async () => {
    const person = await somebody();
    await call('disable-2fa', person, { password: PASSWORD, code: person.backupCodes[0]! }).expect(200);
    expect([await app.app.secondFactor.isOn(person.userId), await check(person, person.backupCodes[1]!)]).toEqual([false, 'wrong']);
    expect(await sql(app.database.superUrl, `select count(*)::int as codes from auth.backup_codes where user_id = ${person.userId}`)).toEqual([{ codes: 0 }]);
  });
});

describe('five wrong codes', () => {
  test('A9 lock the factor for a minute: a right code is then not even looked at', async () => {
    const person = await somebody();
    expect(await fail(person, 6)).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'locked']);
    const { body, headers } = await call('disable-2fa', person, { password: PASSWORD, code: codeOf(person) }).expect(429);
    expect([body, headers['retry-after']]).toMatchObject([{ error: { code: 'SECOND_FACTOR_LOCKED' } }, '60']);
    later(59_000);
    expect(await check(person, codeOf(person))).toBe('locked');
    later(1_000);
    expect(await check(person, codeOf(person))).toBe('right');
  });

  test('A9 of either kind together lock both', async () => {
    const person = await somebody();
    await fail(person, 3);
    for (const code of ['0000-0000-0000-0000', 'no code at all']) expect(await check(person, code)).toBe('wrong');
    expect([await check(person, codeOf(person)), await check(person, person.backupCodes[0]!)]).toEqual(['locked', 'locked']);
  });

  test('A9 lock for longer each time, and trying meanwhile does not lengthen it', async () => {
    const person = await somebody();
    for (const seconds of [60, 120, 240]) {
      await fail(person, 5);
      expect(await fail(person, 3)).toEqual(['locked', 'locked', 'locked']);
      expect(await lockedFor(person)).toBe(seconds);
      later(seconds * 1000 - 1_000);
      expect(await fail(person, 1)).toEqual(['locked']);
      later(1_000);
    }
    expect(await check(person, codeOf(person))).toBe('right');
    expect(await fail(person, 5)).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'wrong']);
    expect(await lockedFor(person)).toBe(60);
  });

  test('A9 are all that twenty guesses at once get, at two nodes', async () => {
    const person = await somebody();
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, index) => [app, otherNode][index % 2]!.app.secondFactor.check(ownerOf(person), wrongCode(person))));
    expect([verdicts.filter((verdict) => verdict === 'wrong').length, verdicts.filter((verdict) => verdict === 'locked').length]).toEqual([5, 15]);
  });
});

describe('showing a code again', () => {
  test('A9 the session says when, in a new access token', async () => {
    const person = await somebody('admin');
    const { body, headers } = await call('verify-2fa', person, { code: codeOf(person) }).expect(200);
    const { data } = body as { data: { accessToken: string; expiresIn: number } };
    expect([Object.keys(data).toSorted(), data.expiresIn, headers['cache-control']]).toEqual([['accessToken', 'expiresIn'], 900, 'no-store']);
    expect(app.app.auth.authenticate(data.accessToken)).toMatchObject({ userId: person.userId, secondFactorAt: expect.closeTo(app.now(), -4) });
    await call('verify-2fa', person, { code: codeOf(person) }).expect(401);
  });

  test('A10 a backup code will do, once', async () => {
    const person = await somebody();
    await call('verify-2fa', person, { code: person.backupCodes[0]! }).expect(200);
    expect((await call('verify-2fa', person, { code: person.backupCodes[0]! }).expect(401)).body).toMatchObject({ error: { code: 'SECOND_FACTOR_WRONG' } });
  });
});

describe('sessions elsewhere', () => {
  test('A5 are over when the second factor is turned on, and when it is turned off; the one that does it stays', async () => {
    const person = await signIn(app, 'user');
    const email = await emailOf(person);
    const before = await signInAgain(email);
    const secret = await begin(person);
    await call('verify-2fa', person, { code: codeOf({ secret }) }).expect(200);
    expect([await isSignedIn(before), await isSignedIn(person)]).toEqual([false, true]);
    nextStep();
    const between = await signInAgain(email, codeOf({ secret }));
    expect([await isSignedIn(between), app.app.auth.authenticate(between.accessToken).secondFactorAt]).toEqual([true, expect.closeTo(app.now(), -4)]);
    nextStep();
    await call('disable-2fa', person, { password: PASSWORD, code: codeOf({ secret }) }).expect(200);
    expect([await isSignedIn(between), await isSignedIn(person)]).toEqual([false, true]);
  });

  test('A9 nobody signs in with the code that was just shown elsewhere', async () => {
    const person = await somebody();
    const code = codeOf(person);
    await call('verify-2fa', person, { code }).expect(200);
    await expect(signInAgain(await emailOf(person), code)).rejects.toMatchObject({ code: 'SECOND_FACTOR_WRONG' });
    await expect(signInAgain(await emailOf(person))).rejects.toMatchObject({ code: 'TWO_FACTOR_REQUIRED' });
  });
});

describe('on record', () => {
  test('H7 each verdict on a code says from where it came and with which request, at every door', async () => {
    const person = await somebody();
    const email = await emailOf(person);
    const code = wrongCode(person);
    await call('verify-2fa', person, { code }).expect(401);
    await call('disable-2fa', person, { password: PASSWORD, code }).expect(401);
    await call('change-password', person, { current_password: PASSWORD, new_password: 'three otters juggle at dawn', totp: code }).expect(401);
    await call('api-keys', person, { password: PASSWORD, name: 'a program', scopes: ['read:balance'], totp: code }).expect(401);
    await app.request.post('/api/auth/login').send({ email, password: PASSWORD, totp: code }).expect(401);
    const lines = await sql(app.database.superUrl, `select action, ip, request_id from audit.entries where subject_id = '${person.userId}' and action ~ '^second_factor.(failed|passed|locked)$' order by at, entry_id`);
    const actions = ['passed', 'failed', 'failed', 'failed', 'failed', 'locked'];
    expect(lines).toEqual(actions.map((action) => ({ action: `second_factor.${action}`, ip: '127.0.0.1', request_id: expect.stringMatching(/^req_/) })));
  });

  test('H7 a try while it is locked is counted, with whose it is', async () => {
    const person = await somebody();
    await fail(person, 5);
    for (let count = 0; count < 2; count += 1) await call('verify-2fa', person, { code: codeOf(person) }).expect(429);
    await app.app.audit.refusals.flush();
    const lines = await sql(app.database.superUrl, `select ip, after from audit.entries where action = 'request.refused' and actor_id = '${person.userId}'`);
    expect(lines).toMatchObject([{ ip: '127.0.0.1', after: { count: 2, what: { 'SECOND_FACTOR_LOCKED POST /api/auth/verify-2fa': 2 } } }]);
  });
});

describe('turning it off', () => {
  test('A5 takes the password and a code', async () => {
    const person = await somebody();
    await call('disable-2fa', person, { password: 'another password', code: codeOf(person) }).expect(401);
    await call('disable-2fa', person, { password: PASSWORD, code: wrongCode(person) }).expect(401);
    await call('disable-2fa', person, { password: PASSWORD, code: codeOf(person) }).expect(200);
    expect((await call('disable-2fa', person, { password: PASSWORD, code: codeOf(person) }).expect(409)).body).toMatchObject({ error: { code: 'SECOND_FACTOR_OFF' } });
    expect((await auditOf(person.userId)).slice(3)).toEqual(['password.refused', 'second_factor.failed', 'second_factor.passed', 'second_factor.disabled']);
  });
});

test('A9 the secret is kept sealed, for this user only, with the key that sealed it', async () => {
  const [one, other] = [await somebody(), await somebody()];
  const rows = await sql(app.database.superUrl, `select secret_sealed, secret_key_id from auth.second_factors where user_id = ${one.userId}`);
  expect(String(rows[0]!['secret_sealed'])).not.toContain(one.secret);
  expect(String(rows[0]!['secret_sealed']).startsWith(`${String(rows[0]!['secret_key_id'])}:`)).toBe(true);
  await sql(app.database.superUrl, `update auth.second_factors set secret_sealed = (select secret_sealed from auth.second_factors where user_id = ${one.userId}) where user_id = ${other.userId}`);
  await expect(check(other, codeOf(one))).rejects.toThrow('does not open');
});

describe('A9 second factors of others', () => {
  const NAMES_USER = '-c app.names_user=on';
  /** Does it all in one transaction that is rolled back. @returns how many rows each statement saw or changed */
  async function rowsAsApp(options: string | undefined, asUserId: number | null, statements: readonly string[]): Promise<(number | null)[]> {
    const client = new pg.Client({ connectionString: app.database.appUrl, ...(options && { options }) });
    await client.connect();
    try {
      await client.query('begin');
      if (asUserId !== null) await client.query(`select set_config('app.user_id', $1, true)`, [String(asUserId)]);
      const counts: (number | null)[] = [];
      for (const statement of statements) counts.push((await client.query(statement)).rowCount);
      return counts;
    } finally {
      await client.end();
    }
  }
  /** What a second factor goes through, from its last code to the first of another. */
  const life = (userId: number): string[] => [
    `update auth.second_factors set failures = failures + 1 where user_id = ${userId} and state = 'on' returning secret_sealed`,
    `update auth.backup_codes set used_at = now() where user_id = ${userId}`,
    `delete from auth.second_factors where user_id = ${userId}`,
    `insert into auth.second_factors as kept (user_id, secret_sealed, pending_until) values (${userId}, 'sealed', now()) on conflict (user_id) do update set failures = 0 where kept.state = 'pending'`,
    `insert into auth.backup_codes (user_id, code_hash) values (${userId}, 'hash')`,
  ];

  test('are neither seen nor changed nor made, whoever asks and whoever is named', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const newcomer = await signIn(app, 'user');
    expect(await rowsAsApp(NAMES_USER, one.userId, life(one.userId))).toEqual([1, 10, 1, 1, 1]);
    for (const named of [null, other.userId]) {
      expect(await rowsAsApp(NAMES_USER, named, life(one.userId).slice(0, 3))).toEqual([0, 0, 0]);
      await expect(rowsAsApp(NAMES_USER, named, life(newcomer.userId).slice(3, 4))).rejects.toMatchObject({ code: '42501' });
      await expect(rowsAsApp(NAMES_USER, named, [`insert into auth.backup_codes (user_id, code_hash) values (${one.userId}, 'hash')`])).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('are no hindrance to a node of the version before, which names nobody, while nodes are replaced', async () => {
    const { userId } = await somebody();
    expect(await rowsAsApp(undefined, null, life(userId))).toEqual([1, 10, 1, 1, 1]);
    // A connection that has named somebody before, for another table, is left with an empty name.
    expect(await rowsAsApp(`-c app.user_id=`, null, life(userId))).toEqual([1, 10, 1, 1, 1]);
  });
});
