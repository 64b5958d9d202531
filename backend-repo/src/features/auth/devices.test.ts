import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type supertest from 'supertest';
import type { AppError } from '../../errors.ts';
import { PASSWORD, TEST_CLIENT, turnOnSecondFactor } from '../../testing/builders.ts';
import { newestMail, queuedMails } from '../../testing/mails.ts';
import { linkTo } from '../../testing/sign-up.ts';
import { createTestApp, signedHeaders, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';
import { totp } from '../../totp.ts';

interface Person {
  readonly userId: number;
  readonly email: string;
}
interface Entered {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly device: string;
}
interface Device {
  readonly id: number;
  readonly name: string | null;
  readonly confirmed: boolean;
  readonly current: boolean;
}

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const codeOf = ({ body }: { body: unknown }): string => (body as { error: { code: string } }).error.code;
const dataOf = <T>({ body }: { body: unknown }): T => (body as { data: T }).data;
async function newPerson(): Promise<Person> {
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  return { email, userId: (await app.app.auth.createUser(email, PASSWORD, 'user'))! };
}
const login = (email: string, more: object = {}, node = app): supertest.Test => node.request.post('/api/auth/login').send({ email, password: PASSWORD, ...more });
const enter = async (email: string, more: object = {}, node = app): Promise<Entered> => dataOf<Entered>(await login(email, more, node).expect(200));
const as = ({ accessToken }: Pick<Entered, 'accessToken'>, method: 'get' | 'post' | 'patch' | 'delete', path: string): supertest.Test => app.request[method](path).set('Authorization', `Bearer ${accessToken}`);
const devicesOf = async (who: Entered): Promise<Device[]> => dataOf<{ devices: Device[] }>(await as(who, 'get', '/api/auth/devices').expect(200)).devices;
const isConfirmed = async (who: Entered): Promise<boolean> => (await devicesOf(who)).find(({ current }) => current)!.confirmed;
const tokenIn = (url: string): string => new URLSearchParams(new URL(url).hash.slice(1)).get('device')!;
const linkFor = async (email: string): Promise<string> => tokenIn((await newestMail(app.database.superUrl, email, 'new-device')).data.denyUrl);
const decide = (token: string, decision: 'confirm' | 'deny'): supertest.Test => app.request.post('/api/auth/confirm-device').send({ token, decision });
/** Somebody with a device that is confirmed, and signed in with another. */
async function onTwoDevices(): Promise<Person & { first: Entered; second: Entered }> {
  const person = await newPerson();
  return { ...person, first: await enter(person.email), second: await enter(person.email) };
}

describe('a device that signs in', () => {
  test('needs no link when it is the first of its account, and is confirmed by the mail when it is not', async () => {
    const { email, first, second } = await onTwoDevices();
    expect(await isConfirmed(first)).toBe(true);
    expect(await isConfirmed(second)).toBe(false);
    const [told, asked] = (await queuedMails(app.database.superUrl, email)).map(({ data }) => data as { confirmUrl: string | null; denyUrl: string });
    expect(told!.confirmUrl).toBeNull();
    expect(asked!.confirmUrl).toMatch(/^http:\/\/localhost:8080\/verify#device=[\w-]{43}$/);
    expect(asked!.denyUrl).toBe(`${asked!.confirmUrl}&deny`);
    expect(dataOf(await decide(tokenIn(asked!.confirmUrl!), 'confirm').expect(200))).toEqual({ decision: 'confirm' });
    expect(await isConfirmed(second)).toBe(true);
    expect(await isConfirmed(await enter(email, { device: second.device }))).toBe(true);
  });

  test('is called by browser and system in the list and in the mail, however late in its header they stand', async () => {
    const edge = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0';
    const { email } = await newPerson();
    const signIn = async (agent: string, more: object = {}): Promise<Entered> => dataOf<Entered>(await login(email, more).set('User-Agent', agent).expect(200));
    const nameInMail = async (): Promise<string> => (await newestMail(app.database.superUrl, email, 'new-device')).data.device;
    const first = await signIn(edge);
    expect([(await devicesOf(first)).map(({ name }) => name), await nameInMail()]).toEqual([['Edge on Windows'], 'Edge on Windows']);
    const silent = await signIn('');
    expect([(await devicesOf(silent)).find(({ current }) => current)!.name, await nameInMail()]).toEqual([null, 'A device without a name']);

    // One from before, of whose header only the beginning was kept, says its name when it comes again; a name that its owner gave stays.
    const second = await signIn(edge);
    const { id } = (await devicesOf(second)).find(({ current }) => current)!;
    await sql(app.database.superUrl, 'update auth.devices set name = $2 where id = $1', [id, edge.slice(0, 100)]);
    app.advance(30 * 60_000);
    const again = await signIn(edge, { device: second.device });
    expect([(await devicesOf(again)).find((each) => each.id === id)!.name, await nameInMail()]).toEqual(['Edge on Windows', 'Edge on Windows']);
    await as(again, 'patch', `/api/auth/devices/${id}`).send({ name: 'At work' }).expect(200);
    await signIn(edge, { device: second.device });
    expect((await devicesOf(again)).find((each) => each.id === id)!.name).toBe('At work');
  });

  test('is confirmed by a reset, which whoever reads the mail does', async () => {
    const { email } = await onTwoDevices();
    await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
    const { device } = dataOf<{ device: string }>(await app.request.post('/api/auth/reset-password').send({ token: await linkTo(app, email, 'reset-password'), new_password: 'another long password' }).expect(200));
    expect(await isConfirmed(dataOf<Entered>(await app.request.post('/api/auth/login').send({ email, password: 'another long password', device }).expect(200)))).toBe(true);
  });

  test('is not the first again once all are forgotten, nor once many others have pushed them out', async () => {
    const { email, first } = await onTwoDevices();
    for (let count = 0; count < 4; count += 1) await enter(email);
    expect(await isConfirmed(first)).toBe(true);
    expect(await devicesOf(first)).toHaveLength(5);
    for (const { id, current } of await devicesOf(first)) if (!current) await as(first, 'delete', `/api/auth/devices/${id}`).expect(200);
    await as(first, 'delete', `/api/auth/devices/${(await devicesOf(first))[0]!.id}`).expect(200);
    expect(await isConfirmed(await enter(email))).toBe(false);
  });

  test('is not the first where the account knows one from before first devices were counted, nor when that is forgotten', async () => {
    const { email, userId } = await newPerson();
    await sql(app.database.superUrl, `insert into auth.devices (user_id, secret_hash, created_at, last_seen_at) values ($1, sha256('from before'), now(), now())`, [userId]);
    expect(await isConfirmed(await enter(email))).toBe(false);
    await sql(app.database.superUrl, 'delete from auth.devices where user_id = $1', [userId]);
    expect(await isConfirmed(await enter(email))).toBe(false);
  });

  test('keeps what it was before devices were confirmed', async () => {
    const { userId, second } = await onTwoDevices();
    await sql(app.database.superUrl, 'update auth.sessions set device_id = null where user_id = $1', [userId]);
    expect(await app.app.devices.deviceConfirmed(app.app.auth.authenticate(second.accessToken).sessionId!)).toBe(true);
  });

  test('is asked for no confirmation where that is switched off', async () => {
    const { email } = await newPerson();
    const lax = await createTestApp({ database: app.database, env: { REQUIRE_DEVICE_VERIFICATION: 'false' }, ahead: app.now() - Date.now() });
    try {
      await enter(email, {}, lax);
      const second = await enter(email, {}, lax);
      expect(await isConfirmed(second)).toBe(true);
      const { device_id: id } = (await sql<{ device_id: string }>(app.database.superUrl, 'select max(id) as device_id from auth.devices'))[0]!;
      await sql(app.database.superUrl, 'update auth.devices set confirmed_at = null where id = $1', [id]);
      const { sessionId } = app.app.auth.authenticate(second.accessToken);
      expect(await lax.app.devices.deviceConfirmed(sessionId!)).toBe(true);
      expect(await app.app.devices.deviceConfirmed(sessionId!)).toBe(false);
      expect(await queuedMails(app.database.superUrl, email)).toEqual([]);
    } finally {
      await lax.close();
    }
  });
});

describe('A10 the link to confirm a device', () => {
  test('A10 is good once, for 30 minutes, and looking at it does not use it; only its digest is kept', async () => {
    const { email, second } = await onTwoDevices();
    const token = await linkFor(email);
    expect(JSON.stringify(await sql(app.database.superUrl, 'select * from auth.devices'))).not.toContain(token);
    await app.request.get('/api/auth/confirm-device').expect(405);
    app.advance(29 * 60_000);
    await decide(token, 'confirm').expect(200);
    for (const decision of ['confirm', 'deny'] as const) expect(codeOf(await decide(token, decision).expect(400))).toBe('LINK_INVALID');
    expect(await isConfirmed(await enter(email, { device: second.device }))).toBe(true);
  });

  test('A10 is over after 30 minutes, and the next sign-in from that device sends another; before that it sends none', async () => {
    const { email, second } = await onTwoDevices();
    const token = await linkFor(email);
    await enter(email, { device: second.device });
    expect(await linkFor(email)).toBe(token);
    app.advance(30 * 60_000);
    expect(codeOf(await decide(token, 'confirm').expect(400))).toBe('LINK_INVALID');
    await enter(email, { device: second.device });
    await decide(await linkFor(email), 'confirm').expect(200);
  });

  test('A10 of many who use it at once one does', async () => {
    const { email } = await onTwoDevices();
    const token = await linkFor(email);
    const statuses = await Promise.all(Array.from({ length: 8 }, (_, at) => decide(token, at % 2 === 0 ? 'confirm' : 'deny').then(({ status }) => status)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });
});

test('a device that its owner does not know ends every session at once and is forgotten, on record and as a risk', async () => {
  const { email, userId, first, second } = await onTwoDevices();
  await decide(await linkFor(email), 'deny').expect(200);
  for (const { accessToken, refreshToken } of [first, second]) {
    await as({ accessToken }, 'get', '/api/auth/profile').expect(401);
    await app.request.post('/api/auth/refresh').send({ refreshToken }).expect(401);
  }
  expect(codeOf(await login(email, { device: first.device }).expect(403))).toBe('REVERIFICATION_REQUIRED');
  expect(await sql(app.database.superUrl, 'select count(*)::int as devices from auth.devices where user_id = $1', [userId])).toEqual([{ devices: 1 }]);
  const lines = await sql<{ action: string; reason: string | null }>(app.database.superUrl, `select action, reason from audit.entries where actor_id = $1 and action ~ '^(device|user|session.ended)' order by entry_id`, [String(userId)]);
  expect(lines.map(({ action, reason }) => `${action} ${reason ?? ''}`.trim())).toEqual(['device.denied', 'session.ended device_denied', 'user.reverification_forced', 'session.ended reverification']);
  const risks = await until(() => sql(app.database.superUrl, `select kind, severity from trading.risk_events where user_id = $1 order by kind`, [userId]), ({ length }) => length === 2);
  expect(risks).toEqual([{ kind: 'device_denied', severity: 'HIGH' }, { kind: 'reverification', severity: 'MEDIUM' }]);
});

describe('API keys of an account of which a device is denied', () => {
  interface Key {
    readonly id: string;
    readonly key: string;
    readonly secret: string;
  }
  const askForKey = (who: Entered, name: string): supertest.Test => as(who, 'post', '/api/auth/api-keys').send({ name, scopes: ['read:balance'], password: PASSWORD });
  const call = async ({ key, secret }: Key): Promise<string> => {
    const path = '/api/account/balances';
    const answer = await app.request.get(path).set(signedHeaders({ apiKey: key, apiSecret: secret }, 'GET', path, '', { timestamp: app.now() }));
    return answer.status === 200 ? 'in' : codeOf(answer);
  };
  const namesLeft = async (userId: number): Promise<unknown[]> => (await sql(app.database.superUrl, 'select name from auth.api_keys where user_id = $1 and revoked_at is null order by id', [userId])).map(({ name }) => name);
  const waiting = (): Promise<unknown> => until(() => sql(app.database.superUrl, `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`), ({ length }) => length === 1);
  async function beside<T>(work: (other: pg.Client) => Promise<T>): Promise<T> {
    const other = new pg.Client({ connectionString: app.database.superUrl });
    await other.connect();
    try {
      await other.query('begin');
      return await work(other);
    } finally {
      await other.end();
    }
  }

  test('are revoked if they were made since it first appeared, on record, and stay so when its owner is back; the others are good again', async () => {
    const { email, userId } = await newPerson();
    const first = await enter(email);
    const before = dataOf<Key>(await askForKey(first, 'from before').expect(201));
    app.advance(1_000);
    const second = await enter(email);
    const after = dataOf<Key>(await askForKey(second, 'of the stranger').expect(201));
    app.advance(60_000);
    const again = dataOf<Key>(await askForKey(first, 'of the owner').expect(201));
    expect([await call(before), await call(after), await call(again)]).toEqual(['in', 'in', 'in']);
    await decide(await linkFor(email), 'deny').expect(200);
    expect([await call(before), await call(after), await call(again)]).toEqual(['REVERIFICATION_REQUIRED', 'SIGNATURE_INVALID', 'SIGNATURE_INVALID']);
    await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
    await app.request.post('/api/auth/reset-password').send({ token: await linkTo(app, email, 'reset-password'), new_password: 'another long password' }).expect(200);
    await until(() => call(before), (code) => code !== 'REVERIFICATION_REQUIRED');
    expect([await call(before), await call(after), await call(again)]).toEqual(['in', 'SIGNATURE_INVALID', 'SIGNATURE_INVALID']);
    const lines = await sql(app.database.superUrl, `select actor_id, subject_id, reason, before from audit.entries where action = 'api_key.revoked' and actor_id = $1 order by subject_id`, [String(userId)]);
    const revoked = { actor_id: String(userId), reason: 'device_denied' };
    expect(lines).toEqual([{ ...revoked, subject_id: after.id, before: { name: 'of the stranger' } }, { ...revoked, subject_id: again.id, before: { name: 'of the owner' } }]);
  });

  test('are revoked while they are being made', async () => {
    const { email, userId } = await onTwoDevices();
    const token = await linkFor(email);
    const denied = await beside(async (other) => {
      await other.query('select from auth.users where id = $1 for share', [userId]);
      await other.query(`insert into auth.api_keys (id, user_id, name, scopes, secret_sealed, created_at) values (gen_random_uuid(), $1, 'just now', '{read:balance}', 'x', $2)`, [userId, new Date(app.now())]);
      const answer = decide(token, 'deny').then(({ status }) => status);
      await waiting();
      await other.query('commit');
      return answer;
    });
    expect([denied, await namesLeft(userId)]).toEqual([200, []]);
  });

  test('are not made by whoever was in when it began', async () => {
    const { userId, second } = await onTwoDevices();
    const code = await beside(async (other) => {
      await other.query(`update auth.users set reverify_since = now(), reverify_cause = 'device_denied' where id = $1`, [userId]);
      const answer = askForKey(second, 'too late').then(codeOf);
      await waiting();
      await other.query('commit');
      return answer;
    });
    expect([code, await namesLeft(userId)]).toEqual(['REVERIFICATION_REQUIRED', []]);
  });
});

describe('from a device that is not confirmed', () => {
  test('the second factor cannot be turned off, and no code is spent on it', async () => {
    const person = await newPerson();
    const secret = await turnOnSecondFactor(app, person);
    const code = (): string => totp.codeAt(secret, Math.floor(app.now() / 1000));
    const next = async (): Promise<Entered> => {
      app.advance(30_000);
      return enter(person.email, { totp: code() });
    };
    const [, second] = [await next(), await next()];
    app.advance(30_000);
    const turnOff = (): supertest.Test => as(second, 'post', '/api/auth/disable-2fa').send({ password: PASSWORD, code: code() });
    expect(codeOf(await turnOff().expect(403))).toBe('DEVICE_NOT_CONFIRMED');
    await decide(await linkFor(person.email), 'confirm').expect(200);
    await turnOff().expect(200);
  });

  test('only itself can be forgotten', async () => {
    const { first, second } = await onTwoDevices();
    const theirs = (await devicesOf(second)).find(({ current }) => !current)!;
    expect(codeOf(await as(second, 'delete', `/api/auth/devices/${theirs.id}`).expect(403))).toBe('DEVICE_NOT_CONFIRMED');
    const own = (await devicesOf(second)).find(({ current }) => current)!;
    expect(dataOf(await as(second, 'delete', `/api/auth/devices/${own.id}`).expect(200))).toEqual({ sessions_ended: 1 });
    await as(second, 'get', '/api/auth/profile').expect(401);
    expect(await devicesOf(first)).toHaveLength(1);
  });
});

describe('devices of one’s own', () => {
  test('are listed, named and forgotten, which ends their sessions and makes them strangers', async () => {
    const { email, first, second } = await onTwoDevices();
    const [mine, other] = (await devicesOf(first)).toSorted((one, two) => Number(two.current) - Number(one.current)) as [Device, Device];
    expect([mine.confirmed, other.confirmed]).toEqual([true, false]);
    expect(dataOf(await as(first, 'patch', `/api/auth/devices/${other.id}`).send({ name: 'The laptop' }).expect(200))).toEqual({ name: 'The laptop' });
    expect((await devicesOf(first)).find(({ id }) => id === other.id)!.name).toBe('The laptop');
    await as(first, 'delete', `/api/auth/devices/${other.id}`).expect(200);
    await as(second, 'get', '/api/auth/profile').expect(401);
    expect((await enter(email, { device: second.device })).device).not.toBe(second.device);
    expect(codeOf(await as(first, 'delete', `/api/auth/devices/${other.id}`).expect(404))).toBe('DEVICE_NOT_FOUND');
  });
});

describe('whoever has to show that an account is theirs', () => {
  const forceBy = (cause: 'risk_events' | 'device_denied', { userId }: Pick<Person, 'userId'>): Promise<void> => app.app.reverification.force(userId, cause, { kind: 'system', id: 'test' });
  const forced = async (cause: 'risk_events' | 'device_denied'): Promise<Person> => {
    const person = await newPerson();
    await forceBy(cause, person);
    return person;
  };
  const mailsOf = async (email: string): Promise<{ url: string | null; resetUrl: string }[]> => (await queuedMails(app.database.superUrl, email)).flatMap((mail) => (mail.template === 'reverify' ? [mail.data] : []));
  const links = async (email: string): Promise<(string | null)[]> => (await mailsOf(email)).map(({ url }) => url);
  const tokenOf = (url: string): string => new URLSearchParams(new URL(url).hash.slice(1)).get('token')!;
  const use = (url: string): supertest.Test => app.request.post('/api/auth/verify-email').send({ token: tokenOf(url) });
  const setPassword = (token: string, password: string): supertest.Test => app.request.post('/api/auth/reset-password').send({ token, new_password: password });
  const reset = (url: string, password = 'another long password'): supertest.Test => setPassword(tokenOf(url), password);
  const changes = async (userId: number): Promise<string[]> =>
    (await sql<{ action: string }>(app.database.superUrl, `select action from audit.entries where subject_id = $1 and action ~ 'reverif|email_verified|password_reset$' order by entry_id`, [String(userId)])).map(({ action }) => action);

  test('gets a link with the right password, one within five minutes, and is in again once it was used', async () => {
    const { email, userId } = await forced('risk_events');
    expect(codeOf(await login(email, { password: 'a wrong password' }).expect(401))).toBe('AUTHENTICATION_FAILED');
    expect(await links(email)).toEqual([]);
    for (let count = 0; count < 3; count += 1) expect(codeOf(await login(email).expect(403))).toBe('REVERIFICATION_REQUIRED');
    expect(await links(email)).toHaveLength(1);
    app.advance(5 * 60_000 + 1_000);
    await login(email).expect(403);
    const urls = await links(email);
    expect(urls).toHaveLength(2);
    expect(dataOf(await use(urls[1]!).expect(200))).toEqual({ email });
    expect(codeOf(await use(urls[0]!).expect(400))).toBe('LINK_INVALID');
    await enter(email);
    expect(await changes(userId)).toEqual(['user.reverification_forced', ...Array<string>(4).fill('login.reverification_required'), 'user.email_verified']);
  });

  test('or sets a new password, which ends it as well', async () => {
    const { email } = await forced('risk_events');
    await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
    await app.request.post('/api/auth/reset-password').send({ token: await linkTo(app, email, 'reset-password'), new_password: 'another long password' }).expect(200);
    await app.request.post('/api/auth/login').send({ email, password: 'another long password' }).expect(200);
  });

  test('sets a new password where a device was denied, by the link of the mail or another: reading the mail alone lets nobody in who knows the old one', async () => {
    const { email, userId } = await forced('risk_events');
    await login(email).expect(403);
    const [link] = await links(email);
    await forceBy('device_denied', { userId });
    await forceBy('risk_events', { userId });
    expect(codeOf(await use(link!).expect(400))).toBe('LINK_INVALID');
    for (let count = 0; count < 2; count += 1) expect(codeOf(await login(email).expect(403))).toBe('REVERIFICATION_REQUIRED');
    const [, asked, ...more] = await mailsOf(email);
    expect([asked!.url, more]).toEqual([null, []]);
    expect(asked!.resetUrl).toMatch(/^http:\/\/localhost:8080\/reset#token=[\w-]{43}$/);
    await reset(asked!.resetUrl).expect(200);
    await app.request.post('/api/auth/login').send({ email, password: 'another long password' }).expect(200);
    expect(await changes(userId)).toEqual([
      'user.reverification_forced', 'login.reverification_required', 'user.reverification_forced', ...Array<string>(2).fill('login.reverification_required'), 'user.password_reset',
    ]);
  });

  test('sets one that is new where a device was denied: the old one is refused, and the link stays good for another', async () => {
    const { email } = await onTwoDevices();
    await decide(await linkFor(email), 'deny').expect(200);
    await login(email).expect(403);
    const [asked] = await mailsOf(email);
    const { body } = await reset(asked!.resetUrl, PASSWORD).expect(400);
    expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { new_password: expect.stringContaining('another') } } });
    expect(codeOf(await login(email).expect(403))).toBe('REVERIFICATION_REQUIRED');
    await reset(asked!.resetUrl).expect(200);
    await login(email, { password: 'another long password' }).expect(200);
    await login(email).expect(401);
  });

  test('sets one that is new, too, where a device is denied while the old one is being set again', async () => {
    const { email, userId } = await newPerson();
    await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
    const token = await linkTo(app, email, 'reset-password');
    const owner = new pg.Client({ connectionString: app.database.superUrl });
    await owner.connect();
    try {
      await owner.query('begin');
      await owner.query(`update auth.users set reverify_since = now(), reverify_cause = 'device_denied' where id = $1`, [userId]);
      const answer = setPassword(token, PASSWORD).then(codeOf);
      await until(() => sql(app.database.superUrl, `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`), ({ length }) => length === 1);
      await owner.query('commit');
      expect(await answer).toBe('VALIDATION_ERROR');
    } finally {
      await owner.end();
    }
    expect(codeOf(await login(email).expect(403))).toBe('REVERIFICATION_REQUIRED');
    await setPassword(token, 'another long password').expect(200);
  });

  test('may keep the old password where nobody said that somebody else knows it', async () => {
    const { email } = await forced('risk_events');
    await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
    await setPassword(await linkTo(app, email, 'reset-password'), PASSWORD).expect(200);
    await login(email).expect(200);
  });

  test('is no reason for a node to load its API keys again while nothing changes about it', async () => {
    const { email, userId } = await newPerson();
    const told: string[] = [];
    const other = new pg.Client({ connectionString: app.database.superUrl });
    await other.connect();
    try {
      other.on('notification', ({ channel }) => told.push(channel));
      await other.query('listen auth_api_keys');
      await other.query('listen step_over');
      await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
      await app.request.post('/api/auth/reset-password').send({ token: await linkTo(app, email, 'reset-password'), new_password: 'another long password' }).expect(200);
      await other.query('notify step_over');
      await forceBy('risk_events', { userId });
      await other.query('notify step_over');
      expect(told).toEqual(['step_over', 'auth_api_keys', 'step_over']);
    } finally {
      await other.end();
    }
  });

  test('shows a code of the second factor first, where it is on: without one nothing is said, and no mail leaves', async () => {
    const person = await newPerson();
    const secret = await turnOnSecondFactor(app, person);
    await app.app.reverification.force(person.userId, 'risk_events', { kind: 'system', id: 'test' });
    expect(codeOf(await login(person.email).expect(401))).toBe('TWO_FACTOR_REQUIRED');
    expect(await links(person.email)).toEqual([]);
    app.advance(30_000);
    expect(codeOf(await login(person.email, { totp: totp.codeAt(secret, Math.floor(app.now() / 1000)) }).expect(403))).toBe('REVERIFICATION_REQUIRED');
    expect(await links(person.email)).toHaveLength(1);
  });

  test('is not let in by a sign-in that was under way', async () => {
    const { userId, email } = await newPerson();
    const other = new pg.Client({ connectionString: app.database.superUrl });
    await other.connect();
    try {
      await other.query('begin');
      await other.query(`update auth.users set reverify_since = now(), reverify_cause = 'risk_events' where id = $1`, [userId]);
      const opened = app.app.sessions.open({ userId, email, role: 'user', secondFactorAt: null }, TEST_CLIENT).then(() => 'in', (error: AppError) => error.code);
      await other.query('commit');
      expect(await opened).toBe('REVERIFICATION_REQUIRED');
    } finally {
      await other.end();
    }
  });
});
