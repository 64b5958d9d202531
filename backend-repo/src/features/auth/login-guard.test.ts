import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type supertest from 'supertest';
import { loadConfig } from '../../config.ts';
import { PASSWORD } from '../../testing/builders.ts';
import { newestMail, queuedMails } from '../../testing/mails.ts';
import { linkTo } from '../../testing/sign-up.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

let app: TestApp;
let otherNode: TestApp;
beforeAll(async () => {
  // Whoever calls says through one proxy from where.
  const env = { TRUST_PROXY_HOPS: '1', SUSPICIOUS_IP_THRESHOLD: '20' };
  app = await createTestApp({ env });
  otherNode = await createTestApp({ env, database: app.database });
});
afterAll(async () => {
  await otherNode.close();
  await app.close();
});

const HOME = '24.48.0.1';
const FAR = '8.8.8.8';
let networks = 0;
/** An address in a network of its own, in the United States. */
const newNetwork = (): string => `8.8.${(networks += 1)}.1`;

interface Attempt {
  readonly password?: string;
  readonly from?: string;
  readonly device?: string;
  readonly node?: TestApp;
}

const login = (email: string, { password = PASSWORD, from = HOME, device, node = app }: Attempt = {}): supertest.Test =>
  node.request.post('/api/auth/login').set('X-Forwarded-For', from).send({ email, password, ...(device && { device }) });
const outcome = async (email: string, attempt: Attempt = {}): Promise<string> => {
  const { body } = await login(email, attempt);
  return (body as { error?: { code: string } }).error?.code ?? 'in';
};
const wrong = (email: string, attempt: Attempt = {}): Promise<string> => outcome(email, { ...attempt, password: 'a wrong password' });

async function newPerson(): Promise<string> {
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  await app.app.auth.createUser(email, PASSWORD, 'user');
  return email;
}

async function deviceOf(email: string, from = HOME): Promise<string> {
  const { body } = await login(email, { from }).expect(200);
  return (body as { data: { device: string } }).data.device;
}

const later = (seconds: number): void => [app, otherNode].forEach((node) => node.advance(seconds * 1_000));

/** Five wrong passwords from there, with the waits between them. */
async function lockOut(email: string, from: string): Promise<void> {
  for (const wait of [0, 0, 0, 1, 2]) {
    later(wait);
    expect(await wrong(email, { from })).toBe('AUTHENTICATION_FAILED');
  }
}

describe('A8 back-off', () => {
  test('A8 failures slow a source down, and the fifth locks it for an hour, the right password too', async () => {
    const email = await newPerson();
    const from = newNetwork();
    for (let count = 0; count < 3; count += 1) expect(await wrong(email, { from })).toBe('AUTHENTICATION_FAILED');
    const waits = () => sql(app.database.superUrl, `select extract(epoch from locked_until - failed_at)::int as seconds from auth.login_locks where key like '%|' || $1`, [from.replace(/1$/, '0/24')]);
    expect(await waits()).toEqual([{ seconds: 1 }]);
    later(1);
    expect(await wrong(email, { from })).toBe('AUTHENTICATION_FAILED');
    expect(await waits()).toEqual([{ seconds: 2 }]);
    later(2);
    expect(await wrong(email, { from })).toBe('AUTHENTICATION_FAILED');
    later(3_540);
    for (const node of [app, otherNode]) expect(await outcome(email, { from, node })).toBe('LOGIN_LOCKED');
    const { headers } = await login(email, { from }).expect(429);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    later(61);
    expect(await outcome(email, { from })).toBe('in');
  });

  test('A8 an address that nobody has is locked in the same words at the same time', async () => {
    const [known, unknown] = [await newPerson(), `${randomUUID()}@example.com`];
    const from = [newNetwork(), newNetwork()] as const;
    const answers: unknown[][] = [[], []];
    for (const wait of [0, 0, 0, 1, 2, 1]) {
      later(wait);
      for (const [at, email] of [known, unknown].entries()) {
        const { status, body, headers } = await login(email, { from: from[at]!, password: 'a wrong password' });
        answers[at]!.push([status, JSON.stringify(body).replace(/req_\w+/g, '').replace(/"retry_after":\d+/, ''), Object.keys(headers).sort().join()]);
      }
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]!.map((answer) => (answer as [number])[0])).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test('A8 what fails while it is locked makes the lock no longer', async () => {
    const email = await newPerson();
    const from = newNetwork();
    await lockOut(email, from);
    for (let count = 0; count < 10; count += 1) {
      later(350);
      expect(await wrong(email, { from })).toBe('LOGIN_LOCKED');
    }
    later(101);
    expect(await outcome(email, { from })).toBe('in');
  });

  test('A8 guessing side by side is no way around the count, on two nodes either', async () => {
    const email = await newPerson();
    const from = newNetwork();
    const codes = await Promise.all(Array.from({ length: 30 }, (_, at) => wrong(email, { from, node: at % 2 ? app : otherNode })));
    expect(codes.filter((code) => code === 'AUTHENTICATION_FAILED').length).toBeLessThanOrEqual(5);
  });

  test('A8 a stranger locks out their own network, not the owner', async () => {
    const email = await newPerson();
    await lockOut(email, newNetwork());
    expect(await outcome(email, { from: FAR })).toBe('in');
  });

  test('A8 it counts by /24 and /48', async () => {
    const email = await newPerson();
    const network = newNetwork();
    await lockOut(email, network);
    expect(await outcome(email, { from: network.replace(/1$/, '200') })).toBe('LOGIN_LOCKED');
    await lockOut(email, '2001:4860:4860:1::1');
    expect(await outcome(email, { from: '2001:4860:4860:ffff::2' })).toBe('LOGIN_LOCKED');
  });

  test('A8 who guesses from everywhere is slowed down over all sources, and the owner still gets in', async () => {
    const email = await newPerson();
    const device = await deviceOf(email);
    const account = String((await sql(app.database.superUrl, `select encode(sha256(convert_to($1, 'UTF8')), 'hex') as account`, [email]))[0]!['account']);
    await sql(app.database.superUrl, `update auth.login_locks set failures = 54, opened_at = now() where scope = 'account' and account = $1`, [account]);
    for (const seconds of [32, 64, 128]) {
      expect(await wrong(email, { from: newNetwork() })).toBe('AUTHENTICATION_FAILED');
      expect(await outcome(email, { from: newNetwork() })).toBe('LOGIN_LOCKED');
      expect(await outcome(email, { from: newNetwork(), device })).toBe('in');
      later(seconds);
    }
  });
});

describe('A8 the owner always gets in', () => {
  test('A8 on a device that the account knows, from the locked network itself', async () => {
    const email = await newPerson();
    const from = newNetwork();
    const device = await deviceOf(email);
    await lockOut(email, from);
    expect(await outcome(email, { from, device })).toBe('in');
    expect(await outcome(email, { from })).toBe('LOGIN_LOCKED');
  });

  test('A8 through a reset, which also makes the device known', async () => {
    const email = await newPerson();
    const from = newNetwork();
    await lockOut(email, from);
    const send = (body: object) => app.request.post('/api/auth/reset-password').set('X-Forwarded-For', from).send(body);
    await send({ email }).expect(202);
    const { body } = await send({ token: await linkTo(app, email, 'reset-password'), new_password: 'a new long password' }).expect(200);
    const { device } = (body as { data: { device: string } }).data;
    expect(await outcome(email, { from, password: 'a new long password' })).toBe('in');
    await lockOut(email, from);
    expect(await outcome(email, { from, device, password: 'a new long password' })).toBe('in');
  });

  test('A8 the owner is told of a lock by one mail, which leads to the reset', async () => {
    const email = await newPerson();
    await lockOut(email, newNetwork());
    await lockOut(email, newNetwork());
    const mails = (await queuedMails(app.database.superUrl, email)).filter(({ template }) => template === 'locked-out');
    expect(mails).toHaveLength(1);
    expect(mails[0]!.data).toEqual({ until: expect.any(Number), resetUrl: 'http://localhost:8080/reset' });
  });
});

describe('A13 a device', () => {
  test('A13 is no password: a known one with a wrong password is refused, and locked by itself', async () => {
    const email = await newPerson();
    const device = await deviceOf(email);
    for (const wait of [0, 0, 0, 1, 2]) {
      later(wait);
      expect(await wrong(email, { device })).toBe('AUTHENTICATION_FAILED');
    }
    expect(await outcome(email, { device })).toBe('LOGIN_LOCKED');
    expect(await outcome(email)).toBe('in');
  });

  test('A13 of somebody else is nobody’s here, and none can be chosen by the caller', async () => {
    const [email, other] = [await newPerson(), await newPerson()];
    const from = newNetwork();
    const theirs = await deviceOf(other);
    await lockOut(email, from);
    expect(await outcome(email, { from, device: theirs })).toBe('LOGIN_LOCKED');
    const chosen = 'x'.repeat(43);
    const { body } = await login(email, { device: chosen }).expect(200);
    expect((body as { data: { device: string } }).data.device).not.toBe(chosen);
  });

  test('that is new is told of by mail, one that is known is not', async () => {
    const email = await newPerson();
    const device = await deviceOf(email);
    const { data } = await newestMail(app.database.superUrl, email, 'new-device');
    expect(data).toMatchObject({ ip: HOME, country: 'CA' });
    await login(email, { device }).expect(200);
    expect((await queuedMails(app.database.superUrl, email)).map(({ template }) => template)).toEqual(['new-device']);
  });

  test('is one of five: of those that nobody has confirmed, the one not seen for longest is forgotten', async () => {
    const email = await newPerson();
    const devices: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      later(1);
      devices.push(await deviceOf(email));
    }
    const known: boolean[] = [];
    // One after the other: the forgotten one is taken for a new one, which another then makes room for.
    for (const device of [devices[0]!, devices[5]!, devices[1]!]) known.push(((await login(email, { device })).body as { data: { device: string } }).data.device === device);
    expect(known).toEqual([true, true, false]);
  });
});

describe('an address', () => {
  const failFrom = async (from: string, times: number): Promise<string[]> => Promise.all(Array.from({ length: times }, () => wrong(`${randomUUID()}@example.com`, { from })));

  test('from which much fails within a day is blocked for a day, whomever it asks for; a device that is known is let in', async () => {
    const email = await newPerson();
    const device = await deviceOf(email);
    const from = newNetwork();
    expect(new Set(await failFrom(from, 19))).toEqual(new Set(['AUTHENTICATION_FAILED']));
    expect(await outcome(email, { from })).toBe('in');
    await failFrom(from, 1);
    expect(await outcome(email, { from })).toBe('LOGIN_LOCKED');
    expect(await outcome(email, { from, device })).toBe('in');
    expect(await outcome(email, { from: from.replace(/1$/, '2') })).toBe('in');
    later(86_340);
    expect(await outcome(email, { from })).toBe('LOGIN_LOCKED');
    later(61);
    expect(await outcome(email, { from })).toBe('in');
    expect(await sql(app.database.superUrl, `select event_type, severity, user_id from trading.risk_events where kind = 'address_block' and metadata->>'address' = $1`, [from])).toEqual([{ event_type: 'LOGIN', severity: 'HIGH', user_id: null }]);
  });

  test('that is blocked opens no account; asking for a reset, which lets the owner in, is left to it', async () => {
    const from = newNetwork();
    await failFrom(from, 19);
    await failFrom(from, 1);
    const call = (path: string, body: object): supertest.Test => app.request.post(`/api/auth/${path}`).set('X-Forwarded-For', from).send(body);
    const { body, headers } = await call('register', { email: `${randomUUID()}@example.com`, password: 'three otters juggle at dawn', captcha: 'unsolved' }).expect(429);
    expect([body, Number(headers['retry-after'])]).toEqual([expect.objectContaining({ error: expect.objectContaining({ code: 'LOGIN_LOCKED' }) }), expect.closeTo(86_400, -2)]);
    await call('reset-password', { email: await newPerson() }).expect(202);
    await app.app.audit.refusals.flush();
    const lines = await sql(app.database.superUrl, `select after->'what' as what from audit.entries where action = 'request.refused' and ip = $1`, [from]);
    expect(lines).toEqual([{ what: { 'AUTHENTICATION_FAILED POST /api/auth/login': 20, 'LOGIN_LOCKED POST /api/auth/register': 1 } }]);
    later(86_401);
    expect(((await call('register', { email: `${randomUUID()}@example.com`, password: 'three otters juggle at dawn', captcha: 'unsolved' })).body as { error: { code: string } }).error.code).toBe('CAPTCHA_INVALID');
  });

  test('from which as much fails over more than a day is not', async () => {
    const from = newNetwork();
    await failFrom(from, 19);
    later(86_401);
    expect(new Set(await failFrom(from, 19))).toEqual(new Set(['AUTHENTICATION_FAILED']));
  });

  test('of a country that is not allowed is refused before anything is looked at; the United Kingdom is GB', async () => {
    const email = await newPerson();
    expect(await outcome(email, { from: '91.198.174.192' })).toBe('COUNTRY_NOT_ALLOWED');
    expect(await outcome(`${randomUUID()}@example.com`, { from: '91.198.174.192' })).toBe('COUNTRY_NOT_ALLOWED');
    expect(await outcome(email, { from: '203.0.113.5' })).toBe('COUNTRY_NOT_ALLOWED');
    for (const from of ['8.8.8.8', '24.48.0.1', '81.2.69.142', '::ffff:81.2.69.142', '127.0.0.1', '10.1.2.3']) expect(await outcome(email, { from })).toBe('in');
  });

  test('that is private passes only where that is set; other countries and VPN ranges are what the operator says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ranges-'));
    const file = join(folder, 'vpn.txt');
    await writeFile(file, '# a provider\n91.198.174.0/24\n2a00::/16\n');
    const elsewhere = { TRUST_PROXY_HOPS: '1', GEO_ALLOW_PRIVATE: 'false', ALLOWED_COUNTRIES: 'nl, uk', VPN_RANGES_FILE: file };
    const own = await createTestApp({ database: app.database, ahead: app.now() - Date.now(), env: elsewhere });
    const blind = await createTestApp({ database: app.database, ahead: app.now() - Date.now(), env: { ...elsewhere, VPN_DETECTION: 'false' } });
    try {
      const email = await newPerson();
      expect(await outcome(email, { node: own, from: '10.1.2.3' })).toBe('COUNTRY_NOT_ALLOWED');
      expect(await outcome(email, { node: own, from: '8.8.8.8' })).toBe('COUNTRY_NOT_ALLOWED');
      expect(await outcome(email, { node: own, from: '81.2.69.142' })).toBe('in');
      expect(await outcome(email, { node: own, from: '91.198.174.192' })).toBe('in');
      const userId = await app.app.auth.findUserId(email);
      const lines = await sql(app.database.superUrl, `select after from audit.entries where action = 'login.succeeded' and subject_id = $1 order by entry_id`, [String(userId)]);
      expect(lines.map(({ after }) => after)).toEqual([{ country: 'GB', newDevice: true }, { country: 'NL', vpn: true, newDevice: true }]);
      const risks = (): Promise<unknown[]> => sql(app.database.superUrl, `select severity from trading.risk_events where kind = 'vpn_login' and user_id = $1`, [userId]);
      await until(risks, ({ length }) => length === 1);
      await blind.app.loginGuard.succeeded({ userId: userId!, ip: '91.198.174.192' });
      const [line] = await sql(app.database.superUrl, `select after from audit.entries where action = 'login.succeeded' and subject_id = $1 order by entry_id desc limit 1`, [String(userId)]);
      expect(line).toEqual({ after: { country: 'NL', newDevice: true } });
      expect(await risks()).toHaveLength(1);
    } finally {
      await blind.close();
      await own.close();
      await rm(folder, { recursive: true });
    }
  });
});

test('the thresholds are those of spec/4, until somebody sets others', () => {
  const { database, config } = app;
  const needed = { DATABASE_URL: database.ownerUrl, ENCRYPTION_KEY: config.encryptionKey, JWT_SECRET: config.jwtSecret };
  expect(loadConfig(needed).security).toEqual({
    failedLoginThreshold: 5, lockoutSeconds: 3_600, suspiciousIpThreshold: 100, ipBlockSeconds: 86_400, allowedCountries: ['US', 'CA', 'GB'], vpnDetection: true, requireDeviceVerification: true, devicesPerUserMax: 5,
    allowPrivateAddresses: false, vpnRangesFile: null, captchaCost: 5_000,
    unusualVolumeThreshold: '10000', velocityWindowSeconds: 3_600, ordersPerMinuteMax: 50, reverifyAfterRiskEvents: 3,
  });
  const others = { FAILED_LOGIN_THRESHOLD: '3', LOCKOUT_SECONDS: '60', SUSPICIOUS_IP_THRESHOLD: '7', IP_BLOCK_SECONDS: '90', ALLOWED_COUNTRIES: 'de', VPN_DETECTION: 'false', REQUIRE_DEVICE_VERIFICATION: 'false', MAX_DEVICES_PER_USER: '2' };
  expect(loadConfig({ ...needed, ...others }).security).toMatchObject({
    failedLoginThreshold: 3, lockoutSeconds: 60, suspiciousIpThreshold: 7, ipBlockSeconds: 90, allowedCountries: ['DE'], vpnDetection: false, requireDeviceVerification: false, devicesPerUserMax: 2,
  });
  expect(() => loadConfig({ ...needed, ALLOWED_COUNTRIES: 'Germany' })).toThrow(/ALLOWED_COUNTRIES/);
});

test('where a threshold is set, it holds', async () => {
  const env = { TRUST_PROXY_HOPS: '1', FAILED_LOGIN_THRESHOLD: '1', LOCKOUT_SECONDS: '60', MAX_DEVICES_PER_USER: '1', REQUIRE_DEVICE_VERIFICATION: 'false', SUSPICIOUS_IP_THRESHOLD: '2', IP_BLOCK_SECONDS: '90' };
  const own = await createTestApp({ database: app.database, ahead: app.now() - Date.now(), env });
  try {
    const email = await newPerson();
    const device = async (): Promise<string> => ((await login(email, { node: own }).expect(200)).body as { data: { device: string } }).data.device;
    const [first, second] = [await device(), await device()];
    expect(await queuedMails(app.database.superUrl, email)).toEqual([]);
    const from = newNetwork();
    expect(await wrong(email, { node: own, from })).toBe('AUTHENTICATION_FAILED');
    expect(await outcome(email, { node: own, from })).toBe('LOGIN_LOCKED');
    expect(await outcome(email, { node: own, from, device: first })).toBe('LOGIN_LOCKED');
    expect(await outcome(email, { node: own, from, device: second })).toBe('in');
    own.advance(61_000);
    expect(await outcome(email, { node: own, from })).toBe('in');
    expect(await wrong(await newPerson(), { node: own, from })).toBe('AUTHENTICATION_FAILED');
    expect(await outcome(email, { node: own, from })).toBe('LOGIN_LOCKED');
    own.advance(91_000);
    expect(await outcome(email, { node: own, from })).toBe('in');
  } finally {
    await own.close();
  }
});

test('every attempt is on record without the address that was typed, locks and blocks are risk events', async () => {
  const email = await newPerson();
  const from = newNetwork();
  const userId = String(await app.app.auth.findUserId(email));
  await lockOut(email, from);
  await wrong(email, { from });
  later(3_601);
  await login(email, { from }).expect(200);
  const lines = await sql<{ action: string; ip: string; text: string }>(app.database.superUrl, `select action, ip, row_to_json(e)::text as text from audit.entries e where ip = $1 order by at, entry_id`, [from]);
  expect(lines.map(({ action }) => action).filter((action) => action.startsWith('login.'))).toEqual([...Array<string>(5).fill('login.failed'), 'login.locked_out', 'login.refused', 'login.succeeded']);
  expect(lines.map(({ text }) => text).join()).not.toContain(email);
  const risks = await sql(app.database.superUrl, `select event_type, severity, user_id::text, metadata->>'network' as network from trading.risk_events where kind = 'login_lockout' and metadata->>'address' = $1`, [from]);
  expect(risks).toEqual([{ event_type: 'LOGIN', severity: 'MEDIUM', user_id: userId, network: from.replace(/1$/, '0/24') }]);
});

test('what counts for nothing any more is forgotten', async () => {
  await wrong(await newPerson(), { from: newNetwork() });
  later(3 * 86_400);
  await app.app.loginGuard.purge();
  for (const table of ['login_failures', 'login_locks', 'blocked_addresses']) expect(await sql(app.database.superUrl, `select * from auth.${table}`)).toEqual([]);
});
