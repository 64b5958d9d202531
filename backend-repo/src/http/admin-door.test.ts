import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PASSWORD, signIn, TEST_CLIENT, turnOnSecondFactor } from '../testing/builders.ts';
import { createTestApp, type TestApp, type TestAppOptions } from '../testing/test-app.ts';
import { sql } from '../testing/venue.ts';
import { totp } from '../totp.ts';
import { accessOf } from './access.ts';
import type { Route } from './router.ts';

const AUTHORIZATION = (accessToken: string): { Authorization: string } => ({ Authorization: `Bearer ${accessToken}` });
const LIST = '/api/admin/exchanges';
/** Of people, and closed to every trader. */
const isOfStaff = ({ handlers }: Route, trader: ReadonlySet<string>): boolean =>
  accessOf(handlers).some((access) => access.who === 'person' && !access.permissions.some((permission) => trader.has(permission)));

describe('a code of the second factor', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app.close());

  const admin = async (): Promise<{ userId: number; email: string }> => {
    const { userId } = await signIn(app, 'admin');
    const [row] = await sql<{ email: string }>(app.database.superUrl, `select email from auth.users where id = ${userId}`);
    return { userId, email: row!.email };
  };
  const look = (accessToken: string) => app.request.get(LIST).set(AUTHORIZATION(accessToken));

  test('opens the administration: without one nobody comes in, with it until ten minutes are over', async () => {
    const person = await admin();
    const { accessToken } = await app.app.logins.login({ email: person.email, password: PASSWORD }, TEST_CLIENT);
    expect((await look(accessToken).expect(403)).body).toMatchObject({ error: { code: 'SECOND_FACTOR_STALE' } });
    const totpSecret = await turnOnSecondFactor(app, person);
    const code = totp.codeAt(totpSecret, Math.floor(app.now() / 1000));
    const signedIn = await app.app.logins.login({ email: person.email, password: PASSWORD, totp: code }, TEST_CLIENT);
    await look(signedIn.accessToken).expect(200);
    app.advance(599_000);
    await look(signedIn.accessToken).expect(200);
    app.advance(2_000);
    expect((await look(signedIn.accessToken).expect(403)).body).toMatchObject({ error: { code: 'SECOND_FACTOR_STALE' } });
    // Another code opens it again; renewing the session does not.
    const renewed = await app.request.post('/api/auth/refresh').send({ refreshToken: signedIn.refreshToken }).expect(200);
    await look((renewed.body as { data: { accessToken: string } }).data.accessToken).expect(403);
    const next = totp.codeAt(totpSecret, Math.floor(app.now() / 1000));
    const { body } = await app.request.post('/api/auth/verify-2fa').set(AUTHORIZATION(signedIn.accessToken)).send({ code: next }).expect(200);
    await look((body as { data: { accessToken: string } }).data.accessToken).expect(200);
  });

  test('is asked for by every route of the administration, before anything is looked up or changed', async () => {
    const { userId, email } = await admin();
    const { accessToken } = await app.app.sessions.open({ userId, email, role: 'admin', secondFactorAt: null }, TEST_CLIENT);
    const trader = app.app.auth.authenticate((await signIn(app, 'user')).accessToken).permissions;
    const routes = app.app.routes.filter((route) => isOfStaff(route, trader));
    expect(app.app.routes.filter((route) => route.path.startsWith('/api/admin/') && !routes.includes(route))).toEqual([]);
    expect(routes.filter(({ path }) => !path.startsWith('/api/admin/')).map(({ method, path }) => `${method} ${path}`)).toEqual(['get /api/risk/events', 'put /api/risk/events/:id']);
    expect(routes.length).toBeGreaterThan(30);
    for (const { method, path } of routes) {
      const request = app.request[method](path.replace(/:\w+/g, '1')).set(AUTHORIZATION(accessToken));
      const { status, body } = await (method === 'get' || method === 'delete' ? request : request.send({}));
      expect([`${method} ${path}`, status, (body as { error: { code: string } }).error.code]).toEqual([`${method} ${path}`, 403, 'SECOND_FACTOR_STALE']);
    }
  });

  test('is of no use to who lacks the permission', async () => {
    const { accessToken } = await signIn(app, 'user');
    expect((await look(accessToken).expect(403)).body).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
  });
});

describe('A12 the list of addresses', () => {
  const seen = async (env: Record<string, string>, headers: Record<string, string> = {}, options: TestAppOptions = {}): Promise<number> => {
    const app = await createTestApp({ ...options, env });
    try {
      const { accessToken } = await signIn(app, 'admin');
      return (await app.request.get(LIST).set({ ...AUTHORIZATION(accessToken), ...headers })).status;
    } finally {
      await app.close();
    }
  };

  test.each<[string, Record<string, string>, Record<string, string>, number]>([
    ['lets in whom it names', { ADMIN_IP_ALLOW_LIST: '10.0.0.0/8, 127.0.0.1' }, {}, 200],
    ['turns away everybody else', { ADMIN_IP_ALLOW_LIST: '10.0.0.0/8,2001:db8::/32' }, {}, 403],
    ['does not believe a header where no proxy is counted', { ADMIN_IP_ALLOW_LIST: '203.0.113.7' }, { 'X-Forwarded-For': '203.0.113.7' }, 403],
    ['believes the counted proxy', { ADMIN_IP_ALLOW_LIST: '203.0.113.7', TRUST_PROXY_HOPS: '1' }, { 'X-Forwarded-For': '203.0.113.7' }, 200],
    ['does not believe what stood before what the proxy wrote', { ADMIN_IP_ALLOW_LIST: '203.0.113.7', TRUST_PROXY_HOPS: '1' }, { 'X-Forwarded-For': '203.0.113.7, 198.51.100.9' }, 403],
    ['knows an IPv4 address that is written as IPv6', { ADMIN_IP_ALLOW_LIST: '203.0.113.0/24', TRUST_PROXY_HOPS: '1' }, { 'X-Forwarded-For': '::ffff:203.0.113.200' }, 200],
    ['knows networks of IPv6', { ADMIN_IP_ALLOW_LIST: '2001:db8::/32', TRUST_PROXY_HOPS: '1' }, { 'X-Forwarded-For': '2001:db8:7::1' }, 200],
    ['takes no other network of IPv6 for it', { ADMIN_IP_ALLOW_LIST: '2001:db8::/32', TRUST_PROXY_HOPS: '1' }, { 'X-Forwarded-For': '2001:db9::1' }, 403],
    ['has no place for what is no address', { ADMIN_IP_ALLOW_LIST: '0.0.0.0/0', TRUST_PROXY_HOPS: '1' }, { 'X-Forwarded-For': 'unknown' }, 403],
  ])('%s', async (_name, env, headers, status) => {
    expect(await seen(env, headers)).toBe(status);
  });

  test.each([['is empty', '', true], ['has somebody on it', '10.0.0.0/8', false]])('that %s: whether the log warns at start', async (_name, list, warns) => {
    const app = await createTestApp({ env: { ADMIN_IP_ALLOW_LIST: list } });
    await app.close();
    expect(app.logs.some((line) => line.includes('"level":40') && line.includes('ADMIN_IP_ALLOW_LIST'))).toBe(warns);
  });

  test('is asked before who it is, and guards nothing but the administration', async () => {
    const app = await createTestApp({ env: { ADMIN_IP_ALLOW_LIST: '203.0.113.7' } });
    try {
      for (const path of [LIST, '/api/risk/events']) expect((await app.request.get(path).expect(403)).body).toMatchObject({ error: { code: 'ADDRESS_NOT_ALLOWED' } });
      // What our own services and traders call is no administration.
      await app.request.post('/api/risk/events').send({}).expect(401);
      await app.request.get('/api/auth/profile').set(AUTHORIZATION((await signIn(app, 'user')).accessToken)).expect(200);
      await app.app.audit.refusals.flush();
      const refused = await sql<{ what: object }>(app.database.superUrl, `select after->'what' as what from audit.entries where action = 'admin_request.refused'`);
      expect(refused).toEqual([{ what: { [`ADDRESS_NOT_ALLOWED GET ${LIST}`]: 1, 'ADDRESS_NOT_ALLOWED GET /api/risk/events': 1 } }]);
      await app.request.get('/health').expect(200);
    } finally {
      await app.close();
    }
  });
});
