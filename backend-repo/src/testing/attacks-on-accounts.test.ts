import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type supertest from 'supertest';
import { accessOf } from '../http/access.ts';
import { FUNDING_SECRET, PASSWORD, requestToken, signed as signedBySession, signedPost, signIn, signUserToken } from './builders.ts';
import { fuzzedOperations } from './fuzz/contract-shapes.ts';
import { SERVICE_KEY } from './fuzz/world.ts';
import { newestMail } from './mails.ts';
import { linkTo, register } from './sign-up.ts';
import { createTestApp, signedHeaders } from './test-app.ts';
import { askToWithdraw, createWithdrawer, linkOf } from './withdrawals.ts';
import { BUY, createVenue, createWidgetTrader, sql, tokenFor, VENUE, type TestVenue, type WidgetTrader } from './venue.ts';

// What docs/security.md lists as attacks and no other test tries: one kind of credential at the door of another, and what a browser sends by itself.

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly signingKey: string;
  readonly device: string;
}
interface ApiKey {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}

let app: TestVenue;
let trader: WidgetTrader;
let email: string;
let session: Session;
let apiKey: ApiKey;
let admin: string;
beforeAll(async () => {
  app = await createVenue({ env: { FUNDING_SECRET, SERVICE_API_TOKEN: SERVICE_KEY, LIMIT_API_KEY_CHANGES_PER_HOUR: '1000' } });
  trader = await createWidgetTrader(app, { USDT: '1000000' });
  [{ email }] = (await sql<{ email: string }>(app.database.superUrl, 'select email from auth.users where id = $1', [trader.userId])) as [{ email: string }];
  session = dataOf(await app.request.post('/api/auth/login').send({ email, password: PASSWORD }).expect(200));
  const body = { name: 'of the trader', scopes: ['trade', 'read:balance'], require_version_2: false, password: PASSWORD };
  apiKey = dataOf(await app.request.post('/api/auth/api-keys').set(bearer(trader.accessToken)).send(body).expect(201));
  admin = (await signIn(app, 'admin')).accessToken;
});
afterAll(() => app.close());

const dataOf = <T>({ body }: supertest.Response): T => (body as { data: T }).data;
const codeOf = ({ body }: supertest.Response): string => (body as { error: { code: string } }).error.code;
const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

describe('a token of another kind', () => {
  let kinds: Record<string, string>;
  beforeAll(async () => {
    const stranger = `${randomUUID().slice(0, 8)}@example.com`;
    await register(app, stranger);
    await app.request.post('/api/auth/reset-password').send({ email }).expect(202);
    kinds = {
      'access token': session.accessToken, 'admin token': admin, 'venue token': trader.venueToken, 'widget session': trader.widget.sessionToken,
      'user token': signUserToken(app, app.partner, trader.widget.exchangeUserId), 'trade token': (await tokenFor(app, trader, BUY)).token,
      'refresh token': session.refreshToken, device: session.device, 'signing key': session.signingKey, 'CSRF token': csrfOf(session.signingKey),
      'link of a sign-up': await linkTo(app, stranger, 'verify-email'), 'link of a reset': await linkTo(app, email, 'reset-password'),
      'link of a device': await linkOfDevice(), 'link of a withdrawal': await linkOfWithdrawal(),
      'API key': apiKey.key, 'API key’s secret': apiKey.secret, 'partner’s API secret': app.partner.apiSecret, 'partner’s session secret': app.partner.sessionSecret,
      'funding secret': FUNDING_SECRET, 'service key': SERVICE_KEY,
    };
  });

  const linkOfDevice = async (): Promise<string> => (await newestMail(app.database.superUrl, email, 'new-device')).data.confirmUrl!.split('#device=')[1]!;
  const linkOfWithdrawal = async (): Promise<string> => {
    const withdrawer = await createWithdrawer(app);
    await askToWithdraw(app, withdrawer).expect(201);
    return linkOf(app, withdrawer.email);
  };
  const signedBy = (key: string, secret: string): supertest.Test => app.request.get('/api/account/balances').set(signedHeaders({ apiKey: key, apiSecret: secret }, 'GET', '/api/account/balances', '', { timestamp: app.now() }));
  const funding = (secret: string): supertest.Test => {
    const [path, text] = ['/api/funding/deposits', JSON.stringify({ transactionId: 'T', reference: randomUUID(), asset: 'USDT', amount: '1' })];
    return app.request.post(path).set(signedHeaders({ apiKey: 'payment-provider', apiSecret: secret }, 'POST', path, text, { timestamp: app.now() })).send(text);
  };
  const cookies = (refresh: string): Record<string, string> => ({ Cookie: `refresh_token=${refresh}; csrf_token=${csrfOf(session.signingKey)}`, 'X-CSRF-Token': csrfOf(session.signingKey) });
  const doors: [name: string, own: string[], knock: (token: string) => supertest.Test][] = [
    ['one’s own account', ['access token', 'admin token'], (token) => app.request.get('/api/auth/profile').set(bearer(token))],
    ['the administration', ['admin token'], (token) => app.request.get('/api/admin/users').set(bearer(token))],
    ['renewing, from the body', ['refresh token'], (token) => app.request.post('/api/auth/refresh').send({ refreshToken: token })],
    ['renewing, from the cookie', ['refresh token'], (token) => app.request.post('/api/auth/refresh').set(cookies(token)).send({})],
    ['a call signed with an API key', ['API key’s secret'], (token) => signedBy(apiKey.key, token)],
    ['a call in the name of an API key', [], (token) => signedBy(token, token)],
    // A signing key signs for its own session: this one is of another session of the same trader.
    ['cancelling an order', [], (token) => signedBySession(app, { accessToken: trader.accessToken, signingKey: token }, 'DELETE', '/api/orders/1')],
    ['the payment provider', ['funding secret'], funding],
    ['a service of ours', ['service key'], (token) => app.request.post('/api/risk/events').set('X-API-Key', token).send({ eventType: 'LOGIN', severity: 'LOW', userId: 1, description: 'x', reference: 'x' })],
    ['a widget’s trade token', ['widget session'], (token) => requestToken(app, { ...trader.widget, sessionToken: token })],
    ['a widget’s session', ['user token'], (token) => app.request.post('/api/widget/session').send({ exchangeId: VENUE, userToken: token })],
    ['an order with a trade token', ['trade token'], (token) => app.request.post('/api/orders').set({ ...bearer(trader.venueToken), 'X-Trade-Token': token }).send(BUY)],
    ['a partner’s call', ['partner’s API secret'], (token) => signedPost(app, { ...app.partner, apiSecret: token }, '/api/widget/executions', { executions: [] })],
  ];

  test.each(doors)('opens nothing at: %s', async (_name, own, knock) => {
    for (const [kind, token] of Object.entries(kinds).filter(([name]) => !own.includes(name))) {
      const { status } = await knock(token);
      expect([kind, [400, 401, 403].includes(status) ? 'refused' : status]).toEqual([kind, 'refused']);
    }
  });

  test('opens nothing at any route that takes a link of a mail', async () => {
    const beside: Record<string, string> = { new_password: 'three otters juggle at dawn', decision: 'confirm' };
    const doorsOfMail = fuzzedOperations().filter(({ caller, fields }) => caller === 'nobody' && fields.some(({ path }) => path.length === 1 && path[0] === 'token'));
    const own: Record<string, string> = { '/api/auth/verify-email': 'link of a sign-up', '/api/auth/reset-password': 'link of a reset', '/api/auth/confirm-device': 'link of a device', '/api/account/withdrawals/confirm': 'link of a withdrawal' };
    expect(doorsOfMail.map(({ path }) => path).sort()).toEqual(Object.keys(own).sort());
    for (const { path, fields } of doorsOfMail) {
      const more = Object.fromEntries(Object.entries(beside).filter(([name]) => fields.some((field) => field.path.length === 1 && field.path[0] === name)));
      for (const [kind, token] of Object.entries(kinds).filter(([name]) => name !== own[path])) {
        expect([path, kind, (await app.request.post(path).send({ token, ...more })).status]).toEqual([path, kind, 400]);
      }
    }
  });

  test('was none of them spent by being shown at the wrong door', async () => {
    await app.request.post('/api/auth/verify-email').send({ token: kinds['link of a sign-up'] }).expect(200);
    await app.request.post('/api/auth/refresh').send({ refreshToken: session.refreshToken }).expect(200);
    await app.request.post('/api/auth/confirm-device').send({ token: kinds['link of a device'], decision: 'confirm' }).expect(200);
    await app.request.post('/api/account/withdrawals/confirm').send({ token: kinds['link of a withdrawal'] }).expect(200);
  });
});

/** What the cookie `csrf_token` of a session says. */
const csrfOf = (signingKey: string): string => createHmac('sha256', signingKey).update('csrf').digest('base64url');

interface Browser {
  readonly cookie: string;
  readonly refreshToken: string;
  readonly csrfToken: string;
  readonly accessToken: string;
}
const cookieValue = (answer: supertest.Response, name: string): string => (answer.headers['set-cookie'] as unknown as string[]).map((line) => new RegExp(`^${name}=([^;]*)`).exec(line)?.[1]).find((value) => value !== undefined)!;
async function browse(who: string, cookie = ''): Promise<Browser> {
  const answer = await app.request.post('/api/auth/login').set({ 'X-Client': 'browser', ...(cookie && { Cookie: cookie }) }).send({ email: who, password: PASSWORD }).expect(200);
  const [refreshToken, csrfToken] = [cookieValue(answer, 'refresh_token'), cookieValue(answer, 'csrf_token')];
  return { refreshToken, csrfToken, cookie: `refresh_token=${refreshToken}; csrf_token=${csrfToken}; device=${cookieValue(answer, 'device')}`, ...dataOf<{ accessToken: string }>(answer) };
}
const someone = async (): Promise<string> => {
  const address = `${randomUUID().slice(0, 8)}@example.com`;
  await app.app.auth.createUser(address, PASSWORD, 'user');
  return address;
};
const claimsOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

describe('session fixation', () => {
  test('whoever signs in with cookies that were planted has a session, tokens and a device of their own', async () => {
    const [thief, victim] = [await browse(await someone()), await someone()];
    const signedIn = await browse(victim, thief.cookie);
    expect(claimsOf(signedIn.accessToken)['sid']).not.toBe(claimsOf(thief.accessToken)['sid']);
    expect([signedIn.refreshToken, signedIn.csrfToken, signedIn.cookie.split('device=')[1]]).not.toEqual(expect.arrayContaining([thief.refreshToken, thief.csrfToken, thief.cookie.split('device=')[1]]));
    const renewed = await app.request.post('/api/auth/refresh').set({ Cookie: thief.cookie, 'X-CSRF-Token': thief.csrfToken, 'X-Client': 'browser' }).send({}).expect(200);
    expect(claimsOf(dataOf<{ accessToken: string }>(renewed).accessToken)['email']).not.toBe(victim);
  });

  test('a session that was there before the password was typed is nobody else’s after it', async () => {
    const who = await someone();
    const chosen = { sid: '019d0000-0000-7000-8000-000000000000', sessionId: 'x', session: 'x' };
    const answer = await app.request.post('/api/auth/login').query(chosen).set({ Cookie: 'sid=x; session=x; PHPSESSID=x', 'X-Session-Id': 'x' }).send({ email: who, password: PASSWORD }).expect(200);
    expect(claimsOf(dataOf<Session>(answer).accessToken)['sid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(claimsOf(dataOf<Session>(answer).accessToken)['sid']).not.toBe(chosen.sid);
  });
});

describe('CSRF', () => {
  test('the cookies of a session open no route by themselves', async () => {
    const { cookie, csrfToken } = await browse(await someone());
    const opened: string[] = [];
    for (const { method, path } of app.app.routes.filter((route) => accessOf(route.handlers).some(({ who }) => who !== 'everybody'))) {
      const { status } = await app.request[method](path.replace(/:\w+/g, '1')).set({ Cookie: cookie, 'X-CSRF-Token': csrfToken });
      if (status !== 401) opened.push(`${method} ${path}: ${status}`);
    }
    expect(opened).toEqual([]);
  });

  test('renewing takes what the page alone can read: not none, not another session’s, not the cookie in its place, and nothing is spent', async () => {
    const [own, other] = [await browse(await someone()), await browse(await someone())];
    const renew = (headers: Record<string, string>): supertest.Test => app.request.post('/api/auth/refresh').set({ Cookie: own.cookie, ...headers }).send({});
    for (const token of [undefined, '', other.csrfToken, own.refreshToken, 'undefined']) expect(codeOf(await renew(token === undefined ? {} : { 'X-CSRF-Token': token }).expect(403))).toBe('CSRF_TOKEN_INVALID');
    // A cookie that a neighbouring site planted beside ours is no proof that the page is ours.
    expect(codeOf(await renew({ Cookie: own.cookie.replace(own.csrfToken, 'planted'), 'X-CSRF-Token': 'planted' }).expect(403))).toBe('CSRF_TOKEN_INVALID');
    await renew({ 'X-CSRF-Token': own.csrfToken }).expect(200);
  });

  test('a form of another site is no JSON, and its page may not read what it asks for', async () => {
    const { cookie } = await browse(await someone());
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const { status } = await app.request.post('/api/auth/refresh').set({ Cookie: cookie, 'Content-Type': type, Origin: 'https://evil.example' }).send('{}');
      expect([type, status]).toEqual([type, 415]);
    }
    const asked = await fetch(`${app.url}/api/auth/refresh`, { method: 'OPTIONS', headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x-csrf-token' } });
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });
});

/** Headers in pairs, as they stand: a name may be there twice. */
function raw(method: string, path: string, headers: readonly (readonly [string, string])[], body = ''): Promise<{ status: number; code: string | undefined }> {
  return new Promise((resolve, reject) => {
    const flat = [['Host', 'localhost'], ...headers, ...(body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))]])].flat();
    const call = request(`${app.url}${path}`, { method, headers: flat }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, code: (JSON.parse(text || '{}') as { error?: { code: string } }).error?.code }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

describe('headers that say two things', () => {
  const PATH = '/api/account/balances';
  const signed = (change: Record<string, string> = {}): [string, string][] => Object.entries({ ...signedHeaders({ apiKey: apiKey.key, apiSecret: apiKey.secret }, 'GET', PATH, '', { timestamp: app.now(), nonce: randomUUID() }), ...change });

  test('a signed call is good as it is, and refused with a second key, a list of keys, or a second signature, time, nonce or version', async () => {
    expect((await raw('GET', PATH, signed())).status).toBe(200);
    const other = 'ak_00000000000000000000000000000000';
    for (const key of [`${apiKey.key},${other}`, `${other}, ${apiKey.key}`, `${apiKey.key}, ${apiKey.key}`, `${apiKey.key}\t${other}`]) {
      expect([key, await raw('GET', PATH, signed({ 'X-API-Key': key }))]).toEqual([key, { status: 401, code: 'SIGNATURE_INVALID' }]);
    }
    const doubled = { 'X-API-Key': other, 'X-API-Signature': '0'.repeat(64), 'X-API-Timestamp': '0', 'X-API-Nonce': randomUUID(), 'X-API-Signature-Version': '1' };
    for (const [name, value] of Object.entries(doubled)) {
      expect([name, (await raw('GET', PATH, [...signed(), [name, value]])).status]).toEqual([name, 401]);
      expect([name, (await raw('GET', PATH, [[name, value], ...signed()])).status]).toEqual([name, 401]);
    }
  });

  test('a token beside a signature makes neither count; of two tokens no stranger’s counts for its owner', async () => {
    expect(await raw('GET', PATH, [...signed(), ['Authorization', `Bearer ${trader.accessToken}`]])).toEqual({ status: 401, code: 'SIGNATURE_INVALID' });
    // Of Authorization Node keeps the first: a proxy that appends its own changes nobody's name.
    expect((await raw('GET', PATH, [['Authorization', 'Bearer x'], ['Authorization', `Bearer ${trader.accessToken}`]])).status).toBe(401);
  });

  test('a body with two lengths, or with a length and chunks, is not read at all', async () => {
    const login = JSON.stringify({ email, password: PASSWORD });
    for (const more of [['Content-Length', '5'], ['Transfer-Encoding', 'chunked']] as const) {
      const answer = await raw('POST', '/api/auth/login', [['Content-Type', 'application/json'], more], login).catch(() => ({ status: 400 }));
      expect([more[0], answer.status]).toEqual([more[0], 400]);
    }
  });

  test('an address that a header claims is nobody’s, where no proxy is counted', async () => {
    const limited = await createTestApp({ database: app.database, env: { LIMIT_LOGIN_PER_HOUR: '2', ROLES: 'widget' } });
    try {
      const statuses: number[] = [];
      for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
        const claimed = { 'X-Forwarded-For': address, Forwarded: `for=${address}`, 'X-Real-IP': address, 'True-Client-IP': address, 'CF-Connecting-IP': address };
        statuses.push((await limited.request.post('/api/auth/login').set(claimed).send({ email: 'nobody@example.com', password: 'not the password' })).status);
      }
      expect(statuses).toEqual([401, 401, 429]);
    } finally {
      await limited.close();
    }
  });
});
