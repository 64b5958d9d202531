import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { PASSWORD, signIn } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql } from '../../testing/venue.ts';

let app: TestApp;
let admin: { userId: number; accessToken: string };
beforeAll(async () => {
  app = await createTestApp({ env: { TRUST_PROXY_HOPS: '1', FAILED_LOGIN_THRESHOLD: '1', SUSPICIOUS_IP_THRESHOLD: '3' } });
  admin = await signIn(app, 'admin');
});
afterAll(() => app.close());

const outcome = async (email: string, { password = PASSWORD, from = '8.8.8.8' } = {}): Promise<string> => {
  const { body } = await app.request.post('/api/auth/login').set('X-Forwarded-For', from).send({ email, password });
  return (body as { error?: { code: string } }).error?.code ?? 'in';
};
const asAdmin = (path: string, body: object): supertest.Test => app.request.post(`/api/admin/${path}`).set('X-Forwarded-For', '24.48.0.1').set('Authorization', `Bearer ${admin.accessToken}`).send(body);
const reason = 'They called us, and we called back';
async function newPerson(): Promise<{ email: string; userId: number }> {
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  return { email, userId: (await app.app.auth.createUser(email, PASSWORD, 'user'))! };
}
const lastLine = async (action: string): Promise<unknown> =>
  (await sql(app.database.superUrl, 'select actor_id, subject_id, reason, after from audit.entries where action = $1 order by entry_id desc limit 1', [action]))[0];

test('staff lifts the locks of an account, with a reason that is on record', async () => {
  const { email, userId } = await newPerson();
  expect([await outcome(email, { password: 'a wrong password' }), await outcome(email)]).toEqual(['AUTHENTICATION_FAILED', 'LOGIN_LOCKED']);
  expect((await asAdmin(`users/${userId}/unlock`, {})).status).toBe(400);
  expect(await outcome(email)).toBe('LOGIN_LOCKED');
  const { body } = await asAdmin(`users/${userId}/unlock`, { reason }).expect(200);
  const lifted = { locks_lifted: 2, reverification_lifted: false };
  expect((body as { data: unknown }).data).toEqual({ user_id: userId, ...lifted });
  expect(await lastLine('user.unlocked')).toEqual({ actor_id: String(admin.userId), subject_id: String(userId), reason, after: lifted });
  expect(await outcome(email)).toBe('in');
});

test('what locks nobody out is not counted among the locks', async () => {
  const { email, userId } = await newPerson();
  expect(await outcome(email)).toBe('in');
  const lifted = async (): Promise<number> => ((await asAdmin(`users/${userId}/unlock`, { reason }).expect(200)).body as { data: { locks_lifted: number } }).data.locks_lifted;
  expect(await lifted()).toBe(0);
  await outcome(email, { password: 'a wrong password', from: '8.8.10.1' });
  expect(await lifted()).toBe(2);
  expect(await lifted()).toBe(0);
});

test.each(['risk_events', 'device_denied'] as const)('staff lifts what an account has to show first, by reason of %s', async (cause) => {
  const { email, userId } = await newPerson();
  await app.app.reverification.force(userId, cause, { kind: 'system', id: 'test' });
  expect(await outcome(email)).toBe('REVERIFICATION_REQUIRED');
  const { body } = await asAdmin(`users/${userId}/unlock`, { reason }).expect(200);
  expect((body as { data: unknown }).data).toMatchObject({ reverification_lifted: true });
  expect(await outcome(email)).toBe('in');
  await asAdmin('users/999999999/unlock', { reason }).expect(404);
});

test.each([['8.8.9.1', '8.8.9.1'], ['2001:4860:4860:1::5', '2001:4860:4860:1::/64']])('staff lifts the block of %s, and what led to it is forgotten', async (from, line) => {
  const { email } = await newPerson();
  for (let count = 0; count < 3; count += 1) await outcome(`${randomUUID()}@example.com`, { from, password: 'a wrong password' });
  expect(await outcome(email, { from })).toBe('LOGIN_LOCKED');
  const { body } = await asAdmin('addresses/unblock', { address: line, reason }).expect(200);
  expect((body as { data: unknown }).data).toEqual({ address: line, unblocked: true });
  expect(await lastLine('address.unblocked')).toEqual({ actor_id: String(admin.userId), subject_id: line, reason, after: { unblocked: true } });
  expect(await outcome(`${randomUUID()}@example.com`, { from, password: 'a wrong password' })).toBe('AUTHENTICATION_FAILED');
  expect(await outcome(email, { from })).toBe('in');
  expect(((await asAdmin('addresses/unblock', { address: from, reason }).expect(200)).body as { data: unknown }).data).toEqual({ address: line, unblocked: false });
  await asAdmin('addresses/unblock', { address: 'nowhere', reason }).expect(400);
});

test('nobody but an admin lifts anything', async () => {
  const { userId } = await newPerson();
  for (const role of ['user', 'staff'] as const) {
    const { accessToken } = await signIn(app, role);
    await app.request.post(`/api/admin/users/${userId}/unlock`).set('Authorization', `Bearer ${accessToken}`).send({ reason }).expect(403);
  }
});
