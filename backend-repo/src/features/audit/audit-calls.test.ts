import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { accessOf } from '../../http/access.ts';
import { recordReads } from '../../http/record-calls.ts';
import { fundDeposit, FUNDING_SECRET, PASSWORD, signIn, TEST_CLIENT, turnOnSecondFactor } from '../../testing/builders.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { signedHeaders } from '../../testing/test-app.ts';
import { askToWithdraw, createWithdrawer, withdrawalFor } from '../../testing/withdrawals.ts';
import { createTrader, createVenue, sql, type TestVenue, type Trader } from '../../testing/venue.ts';

let app: TestVenue;
let admin: Trader;
let ann: Trader;
let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  app = await createVenue({ database, runJobsByClock: false, env: { FUNDING_SECRET, TRUST_PROXY_HOPS: '1', ADMIN_IP_ALLOW_LIST: '127.0.0.1' } });
  admin = await signIn(app, 'admin');
  ann = await createTrader(app);
});
afterAll(() => database.drop());

interface Entry {
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly reason: string | null;
  readonly ip: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}
const entries = (action: string, subject?: string): Promise<Entry[]> =>
  sql<Entry>(app.database.superUrl, 'select * from audit.entries where action = $1 and ($2::text is null or subject_id = $2) order by entry_id', [action, subject ?? null]);
const get = (path: string, who: { readonly accessToken: string } | null = ann) => (who ? app.request.get(path).set('Authorization', `Bearer ${who.accessToken}`) : app.request.get(path));

describe('H7 what a person reads of themself', () => {
  test('is on record, counted, and off the way of the request', async () => {
    for (const path of ['balances', 'balances', 'balances/USDT', 'trades', 'fees', 'kyc']) await get(`/api/account/${path}`).expect(200);
    await get('/api/auth/profile').expect(200);
    await get('/api/account/balances/NONE').expect(400);
    const id = String(ann.userId);
    expect(await entries('balances.read', id)).toEqual([]);
    await app.app.audit.reads.flush();
    expect(await entries('balances.read', id)).toMatchObject([
      { actor_kind: 'user', actor_id: id, subject_kind: 'user', ip: '127.0.0.1', after: { count: 3, what: { 'GET /api/account/balances': 2, 'GET /api/account/balances/{asset}': 1 } } },
    ]);
    for (const action of ['trades.read', 'kyc.read', 'profile.read']) expect(await entries(action, id)).toMatchObject([{ actor_id: id, ip: '127.0.0.1' }]);
  });

  test('no route that shows a person’s data is left out, and one that does not say what it shows fails the start', () => {
    const seen = new Set<string>();
    const routes = recordReads(app.app.routes, () => undefined);
    for (const [index, route] of routes.entries()) if (route !== app.app.routes[index]) seen.add(route.path);
    const own = app.app.routes.filter(({ method, path, handlers }) => method === 'get' && !/^\/api\/(admin|risk)\//.test(path) && accessOf(handlers).some(({ who }) => who === 'person'));
    expect(own.length).toBeGreaterThan(10);
    expect(own.map(({ path }) => path).filter((path) => !seen.has(path))).toEqual([]);
    const [strange] = own.map((route) => ({ ...route, path: '/api/elsewhere' }));
    expect(() => recordReads([strange!], () => undefined)).toThrow('GET /api/elsewhere does not say what it shows');
  });
});

describe('H7 what staff looks at', () => {
  const QUERIES: Readonly<Record<string, string>> = {
    '/api/admin/users/:id': '?reason=to+answer+their+mail', '/api/admin/users/:id/kyc': '?reason=to+answer+their+mail', '/api/admin/exchanges/:exchangeId/fees': '?from=2026-01-01T00:00:00.000Z&to=2026-02-01T00:00:00.000Z',
  };
  const KYC = { full_name: 'Ann Example', date_of_birth: '1990-01-01', country: 'CA', address: 'Ottawa', documents: [{ kind: 'passport', media_type: 'image/jpeg', content: '/9j/AAAA' }] };

  test('is on record, whichever route it is', async () => {
    const bob = await signIn(app, 'user');
    await app.request.post('/api/account/kyc').set('Authorization', `Bearer ${bob.accessToken}`).send(KYC).expect(201);
    const trader = app.app.auth.authenticate(bob.accessToken).permissions;
    const routes = app.app.routes.filter(({ method, handlers }) => method === 'get' && accessOf(handlers).some((access) => access.who === 'person' && !access.permissions.some((permission) => trader.has(permission))));
    expect(routes.length).toBeGreaterThan(12);
    const left = async (): Promise<number> => {
      await app.app.audit.reads.flush();
      return (await sql(app.database.superUrl, `select from audit.entries where actor_kind = 'user' and actor_id = $1 and action ~ '(read|listed|exported)$' and ip is not null`, [String(admin.userId)])).length;
    };
    const wrong: string[] = [];
    for (const { path } of routes) {
      const before = await left();
      const { status } = await get(`${path.replace(':id', String(bob.userId)).replace(':exchangeId', app.partner.exchangeId)}${QUERIES[path] ?? ''}`, admin);
      const entries = (await left()) - before;
      if (status !== 200 || entries !== 1) wrong.push(`GET ${path}: ${status}, ${entries} entries`);
    }
    expect(wrong).toEqual([]);
  });

  test('names the partner', async () => {
    await app.app.audit.reads.flush();
    expect(await entries('exchange.read', app.partner.exchangeId)).toMatchObject([
      { actor_id: String(admin.userId), subject_kind: 'exchange', after: { count: 1 } }, { after: { count: 1 } }, { after: { count: 1 } },
    ]);
  });
});

describe('H7 whoever is turned away', () => {
  test('is on record: one entry per minute and address, with how often and what was tried', async () => {
    for (let count = 0; count < 3; count += 1) await get('/api/account/balances', { accessToken: 'forged' }).expect(401);
    await get('/api/account/balances', null).set('X-API-Key', 'ak_none').expect(401);
    await get('/api/account/balances', null).expect(401);
    await get('/api/admin/users').expect(403);
    await app.app.audit.refusals.flush();
    expect(await entries('request.refused')).toMatchObject([
      {
        actor_kind: 'system', actor_id: 'stranger', ip: '127.0.0.1',
        after: {
          count: 5, what: { 'ACCESS_TOKEN_INVALID GET /api/account/balances': 3, 'SIGNATURE_INVALID GET /api/account/balances': 1, 'AUTHENTICATION_REQUIRED GET /api/account/balances': 1 },
        },
      },
    ]);
    expect(await entries('admin_request.refused')).toMatchObject([{ actor_kind: 'user', actor_id: String(ann.userId), after: { count: 1, what: { 'PERMISSION_DENIED GET /api/admin/users': 1 } } }]);
  });

  test('is one of its IPv6 network, however many addresses that has; some of them are kept', async () => {
    const knock = (address: string): supertest.Test => get('/api/account/balances', { accessToken: 'forged' }).set('X-Forwarded-For', address).expect(401);
    for (let host = 1; host <= 25; host += 1) await knock(`2001:db8:1:1::${host.toString(16)}`);
    await knock('2001:db8:1:2::1');
    await app.app.audit.refusals.flush();
    const lines = (await entries('request.refused')).filter(({ ip }) => ip?.startsWith('2001:db8:1:')).sort((one, other) => one.ip!.localeCompare(other.ip!));
    expect(lines).toMatchObject([{ ip: '2001:db8:1:1::1', after: { count: 25 } }, { ip: '2001:db8:1:2::1', after: { count: 1 } }]);
    expect(lines[0]!.after!['ip_address']).toHaveLength(20);
  });

  test('at the administration with a code that is too old, too', async () => {
    app.advance(11 * 60_000);
    await get('/api/admin/users', admin).expect(403);
    await app.app.audit.refusals.flush();
    expect(await entries('admin_request.refused')).toContainEqual(expect.objectContaining({ actor_id: String(admin.userId), after: expect.objectContaining({ what: { 'SECOND_FACTOR_STALE GET /api/admin/users': 1 } }) }));
    app.advance(-11 * 60_000);
  });
});

describe('H7 nothing is left out', () => {
  const as = ({ accessToken }: { readonly accessToken: string }, request: supertest.Test): supertest.Test => request.set('Authorization', `Bearer ${accessToken}`);
  const post = (path: string, body: object, who: { readonly accessToken: string }): supertest.Test => as(who, app.request.post(path).set('Idempotency-Key', randomUUID())).send(body);
  const idOf = async (request: supertest.Test): Promise<string> => ((await request.expect(201)).body as { data: { id: string } }).data.id;
  const emailOf = async (userId: number): Promise<string> => (await sql<{ email: string }>(app.database.superUrl, 'select email from auth.users where id = $1', [userId]))[0]!.email;
  const announced = (): Promise<string> => idOf(post('/api/account/deposit', { asset: 'USDT', amount: '5' }, ann));
  const decide = (id: string, step: string): supertest.Test => post(`/api/admin/withdrawals/${id}/${step}`, { reason: 'looked at by staff' }, admin).expect(200);
  const because = { reason: 'for the test' };

  /** Each call that moves a balance, or leads to that, and the entries that it leaves about what it names. */
  const MONEY: Readonly<Record<string, () => Promise<readonly [subject: string, ...actions: string[]]>>> = {
    'POST /api/account/deposit': async () => [await announced(), 'deposit.announced'],
    'POST /api/funding/deposits': async () => {
      const reference = await announced();
      await fundDeposit(app, { transactionId: randomUUID(), reference, asset: 'USDT', amount: '5' }).expect(200);
      return [reference, 'deposit.announced', 'deposit.funded'];
    },
    'POST /api/admin/deposits/:id/confirm': async () => {
      const id = await announced();
      await post(`/api/admin/deposits/${id}/confirm`, because, admin).expect(200);
      return [id, 'deposit.announced', 'deposit.confirmed'];
    },
    'PATCH /api/admin/users/:id/fee-tier': async () => {
      await as(admin, app.request.patch(`/api/admin/users/${ann.userId}/fee-tier`)).send({ tier: 2, ...because }).expect(200);
      return [String(ann.userId), 'user.fee_tier_set'];
    },
    'POST /api/account/withdraw': async () => [await idOf(askToWithdraw(app, await createWithdrawer(app))), 'withdrawal.requested'],
    'POST /api/account/withdrawals/confirm': async () => [await withdrawalFor(app, await createWithdrawer(app)), 'withdrawal.requested', 'withdrawal.mail_confirmed'],
    'POST /api/account/withdrawals/:id/cancel': async () => {
      const trader = await createWithdrawer(app);
      const id = await idOf(askToWithdraw(app, trader));
      await as(trader, app.request.post(`/api/account/withdrawals/${id}/cancel`)).expect(200);
      return [id, 'withdrawal.requested', 'withdrawal.cancelled'];
    },
    ...Object.fromEntries(Object.entries({ approve: [], reject: [], send: ['approve'], complete: ['approve', 'send'], fail: ['approve', 'send'] }).map(([step, before]) => [`POST /api/admin/withdrawals/:id/${step}`, async () => {
      const id = await withdrawalFor(app, await createWithdrawer(app));
      for (const one of [...before, step]) await decide(id, one);
      const done = { approve: 'approved', reject: 'rejected', send: 'sent', complete: 'completed', fail: 'failed' } as Readonly<Record<string, string>>;
      return [id, 'withdrawal.requested', 'withdrawal.mail_confirmed', ...[...before, step].map((one) => `withdrawal.${done[one]}`)] as const;
    }])),
  };

  test('of what moves money: each step, by whomever', async () => {
    const routes = app.app.routes.filter(({ method, path }) => method !== 'get' && /deposit|withdraw|fund|fee-tier|balance|adjust/.test(path)).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(routes.sort()).toEqual(Object.keys(MONEY).sort());
    for (const [route, call] of Object.entries(MONEY)) {
      const [subject, ...actions] = await call();
      const left = await sql<Entry>(app.database.superUrl, 'select * from audit.entries where subject_id = $1 and action not like \'%.read\' order by entry_id', [subject]);
      expect([route, left.map(({ action }) => action).filter((action) => actions.includes(action))]).toEqual([route, actions]);
      // Whoever did it over HTTP is known with their address.
      expect([route, left.filter(({ action, ip }) => actions.includes(action) && ip === null)]).toEqual([route, []]);
    }
  }, 30_000);

  test('of showing who one is: what is right, and what is refused', async () => {
    const { userId } = await signIn(app, 'user');
    const email = await emailOf(userId);
    const login = (body: object): supertest.Test => app.request.post('/api/auth/login').send({ email, ...body });
    await login({ password: PASSWORD }).expect(200);
    await login({ password: 'not the password' }).expect(401);
    await app.request.post('/api/auth/refresh').send({ refreshToken: 'x'.repeat(43) }).expect(401);
    const cookies = ((await login({ password: PASSWORD }).set('X-Client', 'browser').expect(200)).headers['set-cookie'] as unknown as string[]).map((line) => line.split(';')[0]).join('; ');
    await app.request.post('/api/auth/refresh').set('Cookie', cookies).send({}).expect(403);
    await turnOnSecondFactor(app, { userId, email });
    const { accessToken } = await app.app.sessions.open({ userId, email, role: 'user', secondFactorAt: null }, TEST_CLIENT);
    await post('/api/auth/verify-2fa', { code: '000000' }, { accessToken }).expect(401);
    await app.request.get('/api/account/balances').set(signedHeaders({ apiKey: 'ak_none', apiSecret: 'none' }, 'GET', '/api/account/balances', '')).expect(401);
    await as(admin, app.request.get('/api/admin/users')).set('X-Forwarded-For', '198.51.100.7').expect(403);
    await app.app.audit.refusals.flush();
    const own = (await sql<{ action: string }>(app.database.superUrl, 'select action from audit.entries where subject_id = $1', [String(userId)])).map(({ action }) => action);
    expect(own).toEqual(expect.arrayContaining(['login.succeeded', 'login.failed', 'second_factor.enabled', 'second_factor.failed']));
    const counted = Object.assign({}, ...(await entries('request.refused')).map(({ after }) => after!['what'])) as object;
    for (const code of ['REFRESH_TOKEN_INVALID POST /api/auth/refresh', 'CSRF_TOKEN_INVALID POST /api/auth/refresh', 'SIGNATURE_INVALID GET /api/account/balances', 'AUTHENTICATION_FAILED POST /api/auth/login']) expect(counted).toHaveProperty([code]);
    expect(await entries('admin_request.refused')).toContainEqual(expect.objectContaining({ ip: '198.51.100.7', after: expect.objectContaining({ what: { 'ADDRESS_NOT_ALLOWED GET /api/admin/users': 1 } }) }));
  });

  test('and nobody’s address is in what staff sees of it', async () => {
    const { body } = await as(admin, app.request.get('/api/admin/audit?limit=100')).expect(200);
    const text = JSON.stringify(body);
    expect(text).toContain('request.refused');
    expect(text).not.toMatch(/127\.0\.0\.1|198\.51\.100\.7|(user|withdrawer)-[0-9a-f-]+@/);
  });
});

test('what waits for the chain is seen, and for how long', async () => {
  const waiting = async (name: string): Promise<number> => (await app.app.metrics.registry.getSingleMetric(name)!.get()).values[0]!.value;
  await sql(app.database.superUrl, `insert into audit.entries (entry_id, at, actor_kind, actor_id, action, subject_kind, subject_id) values (gen_random_uuid(), now() - interval '90 seconds', 'system', 'test', 'a.b', 's', '1')`);
  await app.app.audit.auditChain.look();
  expect(await waiting('audit_waiting_entries')).toBeGreaterThan(0);
  expect(await waiting('audit_waiting_seconds')).toBeGreaterThanOrEqual(90);
  await app.app.audit.auditChain.advance();
  await app.app.audit.auditChain.look();
  expect([await waiting('audit_waiting_entries'), await waiting('audit_waiting_seconds')]).toEqual([0, 0]);
});

test('what was counted last is written when the node stops', async () => {
  await app.app.audit.reads.flush();
  const bob = await createTrader(app);
  await get('/api/account/balances', bob).expect(200);
  await get('/api/account/kyc', null).set('X-Forwarded-For', '198.51.100.8').expect(401);
  await app.close();
  expect(await entries('balances.read', String(bob.userId))).toMatchObject([{ after: { count: 1 } }]);
  expect((await entries('request.refused')).at(-1)).toMatchObject({ ip: '198.51.100.8', after: { count: 1 } });
});
