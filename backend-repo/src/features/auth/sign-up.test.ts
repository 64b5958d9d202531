import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import type { MailTemplate } from '../../domain/mail.ts';
import { PASSWORD } from '../../testing/builders.ts';
import { queuedMails } from '../../testing/mails.ts';
import { linkTo, register, solveCaptcha } from '../../testing/sign-up.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql } from '../../testing/venue.ts';
import { totp } from '../../totp.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const newAddress = (): string => `${randomUUID().slice(0, 8)}@example.com`;
const login = (email: string, password = PASSWORD, more: object = {}) => app.request.post('/api/auth/login').send({ email, password, ...more });
const verify = (token: string) => app.request.post('/api/auth/verify-email').send({ token });
const askReset = (email: string) => app.request.post('/api/auth/reset-password').send({ email });
const reset = (token: string, password: string) => app.request.post('/api/auth/reset-password').send({ token, new_password: password });
const codeOf = ({ body }: supertest.Response): string | undefined => (body as { error?: { code: string } }).error?.code;
const plain = ({ status, body }: supertest.Response): unknown => ({ status, body: JSON.parse(JSON.stringify(body).replace(/req_\w+/g, '').replace(/"email":"[^"]*"/, '')) as unknown });

async function signedUp(password = PASSWORD): Promise<string> {
  const email = newAddress();
  await app.app.auth.createUser(email, password, 'user');
  return email;
}

async function resetLink(email: string): Promise<string> {
  await askReset(email).expect(202);
  return linkTo(app, email, 'reset-password');
}

const mailsTo = async (email: string): Promise<MailTemplate[]> => (await queuedMails(app.database.superUrl, email)).map(({ template }) => template);

describe('signing up', () => {
  test('A10 an address is confirmed by the link, and only then its account can be used', async () => {
    const email = newAddress();
    expect((await register(app, email)).status).toBe(202);
    expect(codeOf(await login(email, 'another password').expect(401))).toBe('AUTHENTICATION_FAILED');
    expect(codeOf(await login(email).expect(403))).toBe('EMAIL_NOT_VERIFIED');
    const token = await linkTo(app, email, 'verify-email');
    await verify(token).expect(200, { success: true, data: { email } });
    await login(email).expect(200);
  });

  test('A7 a known address is answered like a new one, and its mailbox is told; the account stays as it is', async () => {
    const known = await signedUp();
    const first = await register(app, newAddress(), 'another password');
    const again = await register(app, known.toUpperCase(), 'another password');
    expect(plain(again)).toEqual(plain(first));
    expect(Object.keys(again.headers).sort()).toEqual(Object.keys(first.headers).sort());
    expect(await mailsTo(known)).toEqual(['account-exists']);
    await login(known).expect(200);
    await login(known, 'another password').expect(401);
  });

  test('A10 the password is the one that was chosen with the link, not the one of whoever signed the address up before', async () => {
    const email = newAddress();
    await register(app, email, 'chosen by a stranger');
    await register(app, email, 'chosen by the owner');
    const token = await linkTo(app, email, 'verify-email');
    await verify(token).expect(200);
    await login(email, 'chosen by a stranger').expect(401);
    await login(email, 'chosen by the owner').expect(200);
  });

  test('A10 the link of one sign-up voids those of the others', async () => {
    const email = newAddress();
    await register(app, email, 'chosen by a stranger');
    const older = await linkTo(app, email, 'verify-email');
    await register(app, email, 'chosen by the owner');
    await verify(await linkTo(app, email, 'verify-email')).expect(200);
    expect(codeOf(await verify(older).expect(400))).toBe('LINK_INVALID');
    await login(email, 'chosen by the owner').expect(200);
  });

  test('A10 looking at a link does not use it, and it is kept as a digest alone', async () => {
    const email = newAddress();
    await register(app, email);
    const token = await linkTo(app, email, 'verify-email');
    expect(Buffer.from(token, 'base64url').length * 8).toBeGreaterThanOrEqual(128);
    for (const path of ['/api/auth/verify-email', '/api/auth/reset-password']) await app.request.get(`${path}?token=${token}`).expect(405);
    const [dump] = await sql(app.database.superUrl, `select string_agg(t::text, ' ') || (select coalesce(string_agg(after::text, ' '), '') from audit.entries) as text from auth.mail_tokens t`);
    expect(String(dump!['text'])).not.toContain(token);
    expect(app.logs.join('\n')).not.toContain(token);
    await verify(token).expect(200);
  });

  test('two who use one link at once: one of them is let in', async () => {
    const email = newAddress();
    await register(app, email);
    const token = await linkTo(app, email, 'verify-email');
    const answers = await Promise.all(Array.from({ length: 5 }, () => verify(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
  });

  test('A10 a link lasts thirty minutes, and is for one thing', async () => {
    const own = await createTestApp();
    try {
      const email = newAddress();
      await register(own, email);
      const token = await linkTo(own, email, 'verify-email');
      await own.request.post('/api/auth/reset-password').send({ token, new_password: 'another password' }).expect(400);
      own.advance(30 * 60_000);
      expect(codeOf(await own.request.post('/api/auth/verify-email').send({ token }).expect(400))).toBe('LINK_INVALID');
    } finally {
      await own.close();
    }
  });

  test.each([['short', 'password'], ['x'.repeat(129), 'password'], ['passwordpassword', 'password'], ['twelve-chars\u0000', 'password'], ['e\u0301 decomposed letters', 'password']])('refuses the password %j', async (password, field) => {
    const answer = await register(app, newAddress(), password);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: { fields: object } }).error.fields).toHaveProperty(field);
  });
});

describe('the proof of work', () => {
  const send = (captcha: string) => app.request.post('/api/auth/register').send({ email: newAddress(), password: PASSWORD, captcha });

  test('is good once', async () => {
    const captcha = await solveCaptcha(app);
    await send(captcha).expect(202);
    expect(codeOf(await send(captcha).expect(400))).toBe('CAPTCHA_INVALID');
  });

  test('is good once, also for many at once', async () => {
    const captcha = await solveCaptcha(app);
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(captcha)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 400, 400, 400, 400]);
  });

  test('is refused when it is made easier, signed by another, guessed, or no challenge at all', async () => {
    const { body } = await app.request.get('/api/auth/captcha').expect(200);
    const challenge = (body as { data: Challenge }).data;
    const solution = (await solveChallenge({ challenge, deriveKey }))!;
    const pack = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
    const bad = [
      pack({ challenge: { ...challenge, parameters: { ...challenge.parameters, keyPrefix: '0' } }, solution }),
      pack({ challenge: { ...challenge, parameters: { ...challenge.parameters, expiresAt: 99_999_999_999 } }, solution }),
      pack({ challenge: { ...challenge, signature: 'ab'.repeat(32) }, solution }),
      pack({ challenge, solution: { ...solution, derivedKey: 'ab'.repeat(32) } }),
      pack({ challenge: null, solution: null }), pack(null), pack([]), 'AAAA',
    ];
    for (const captcha of bad) expect(codeOf(await send(captcha).expect(400))).toBe('CAPTCHA_INVALID');
    await send(pack({ challenge, solution })).expect(202);
  });

  test('is too old after ten minutes', async () => {
    const own = await createTestApp();
    try {
      const captcha = await solveCaptcha(own);
      own.advance(601_000);
      expect(codeOf(await own.request.post('/api/auth/register').send({ email: newAddress(), password: PASSWORD, captcha }).expect(400))).toBe('CAPTCHA_INVALID');
    } finally {
      await own.close();
    }
  });
});

describe('resetting the password', () => {
  test('A10 the link sets it once, ends every session and signs nobody in', async () => {
    const email = await signedUp();
    const { accessToken } = ((await login(email).expect(200)).body as { data: { accessToken: string } }).data;
    const profile = () => app.request.get('/api/auth/profile').set('Authorization', `Bearer ${accessToken}`);
    await profile().expect(200);
    const token = await resetLink(email);
    const { body, headers } = await reset(token, 'a new long password').expect(200);
    expect(Object.keys((body as { data: object }).data)).toEqual(['device']);
    expect(String(headers['set-cookie'])).not.toMatch(/refresh_token|csrf_token/);
    await profile().expect(401);
    expect(codeOf(await reset(token, 'a newer long password').expect(400))).toBe('LINK_INVALID');
    await login(email).expect(401);
    await login(email, 'a new long password').expect(200);
    expect(await mailsTo(email)).toContain('password-changed');
  });

  test('A10 a reset is no way around the second factor', async () => {
    const email = await signedUp();
    const { accessToken } = ((await login(email).expect(200)).body as { data: { accessToken: string } }).data;
    const call = (path: string, body: object) => app.request.post(`/api/auth/${path}`).set('Authorization', `Bearer ${accessToken}`).send(body);
    const { secret } = ((await call('enable-2fa', { password: PASSWORD }).expect(200)).body as { data: { secret: string } }).data;
    await call('verify-2fa', { code: totp.codeAt(secret, Math.floor(app.now() / 1000)) }).expect(200);
    await reset(await resetLink(email), 'a new long password').expect(200);
    expect(codeOf(await login(email, 'a new long password').expect(401))).toBe('TWO_FACTOR_REQUIRED');
  });

  test('A10 many who use one link at once: one of them sets the password', async () => {
    const email = await signedUp();
    const token = await resetLink(email);
    const answers = await Promise.all(Array.from({ length: 4 }, (_, at) => reset(token, `a new long password ${at}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    await login(email, `a new long password ${answers.findIndex(({ status }) => status === 200)}`).expect(200);
  });

  test('A10 other links are void once one of them has set it', async () => {
    const email = await signedUp();
    const older = await resetLink(email);
    await reset(await resetLink(email), 'a new long password').expect(200);
    expect(codeOf(await reset(older, 'a newer long password').expect(400))).toBe('LINK_INVALID');
  });

  test('A10 a password that will not do leaves the link as it was', async () => {
    const email = await signedUp();
    const token = await resetLink(email);
    expect(codeOf(await reset(token, 'passwordpassword').expect(400))).toBe('VALIDATION_ERROR');
    expect(codeOf(await reset(token, email).expect(400))).toBe('VALIDATION_ERROR');
    await reset(token, 'a new long password').expect(200);
  });

  test('A10 whoever resets before confirming has confirmed, and the password of the sign-up is gone', async () => {
    const email = newAddress();
    await register(app, email, 'chosen by a stranger');
    const signUpLink = await linkTo(app, email, 'verify-email');
    await reset(await resetLink(email), 'chosen by the owner').expect(200);
    await verify(signUpLink).expect(400);
    await login(email, 'chosen by the owner').expect(200);
  });

  test('A7 an address that nobody has is answered alike, and after the same time', async () => {
    const email = await signedUp();
    const times: number[] = [];
    const timed = async (address: string): Promise<supertest.Response> => {
      const begun = performance.now();
      const answer = await askReset(address).expect(202);
      times.push(performance.now() - begun);
      return answer;
    };
    const [known, unknown] = [await timed(email), await timed(newAddress())];
    expect(plain(unknown)).toEqual(plain(known));
    // Both are ready long before, and wait for the same moment.
    expect(Math.min(...times)).toBeGreaterThanOrEqual(99);
  });

  test('A7 three an hour and address are sent, and an address that nobody has is counted alike', async () => {
    const own = await createTestApp({ env: { LIMIT_RESETS_PER_HOUR: '3' } });
    try {
      const known = newAddress();
      await own.app.auth.createUser(known, PASSWORD, 'user');
      const ask = (email: string) => own.request.post('/api/auth/reset-password').send({ email });
      for (const email of [known, newAddress()]) {
        for (let count = 0; count < 3; count += 1) await ask(email).expect(202);
        expect((await ask(email.toUpperCase()).expect(429)).headers).toMatchObject({ 'x-ratelimit-limit': '3', 'retry-after': expect.any(String) });
      }
    } finally {
      await own.close();
    }
  });

  test.each([{}, { email: 'a@example.com', token: 'x'.repeat(43), new_password: PASSWORD }, { token: 'x'.repeat(43) }, { new_password: PASSWORD }])('refuses %j', async (body) => {
    await app.request.post('/api/auth/reset-password').send(body).expect(400);
  });
});
