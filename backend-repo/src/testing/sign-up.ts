import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type supertest from 'supertest';
import { PASSWORD } from './builders.ts';
import { newestMail } from './mails.ts';
import type { TestApp } from './test-app.ts';

/** What a browser works out before it may sign somebody up. @param from where it says it is, to an app that counts a proxy */
export async function solveCaptcha(app: TestApp, from = '127.0.0.1'): Promise<string> {
  const { body } = await app.request.get('/api/auth/captcha').set('X-Forwarded-For', from).expect(200);
  const challenge = (body as { data: Challenge }).data;
  return Buffer.from(JSON.stringify({ challenge, solution: await solveChallenge({ challenge, deriveKey }) })).toString('base64');
}

export async function register(app: TestApp, email: string, password = PASSWORD): Promise<supertest.Response> {
  return app.request.post('/api/auth/register').send({ email, password, captcha: await solveCaptcha(app) });
}

/** The token of the newest link that was sent to somebody. */
export async function linkTo(app: TestApp, email: string, template: 'verify-email' | 'reset-password'): Promise<string> {
  const { data } = await newestMail(app.database.superUrl, email, template);
  return new URLSearchParams(new URL(data.url).hash.slice(1)).get('token')!;
}

/** All the way in: the form, the mail, the link. */
export async function signUp(app: TestApp, email: string, password = PASSWORD): Promise<void> {
  await register(app, email, password);
  await app.request.post('/api/auth/verify-email').send({ token: await linkTo(app, email, 'verify-email') }).expect(200);
}
