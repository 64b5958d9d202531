import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accessOf } from '../../http/access.ts';
import { recordReads } from '../../http/record-calls.ts';
import { signIn } from '../../testing/builders.ts';
import { createTrader, createVenue, sql, type TestVenue, type Trader } from '../../testing/venue.ts';

let app: TestVenue;
let admin: Trader;
let ann: Trader;
beforeAll(async () => {
  app = await createVenue({ runJobsByClock: false });
  admin = await signIn(app, 'admin');
  ann = await createTrader(app);
});
afterAll(() => app.close());

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

  test('at the administration with a code that is too old, too', async () => {
    app.advance(11 * 60_000);
    await get('/api/admin/users', admin).expect(403);
    await app.app.audit.refusals.flush();
    expect(await entries('admin_request.refused')).toContainEqual(expect.objectContaining({ actor_id: String(admin.userId), after: expect.objectContaining({ what: { 'SECOND_FACTOR_STALE GET /api/admin/users': 1 } }) }));
    app.advance(-11 * 60_000);
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
