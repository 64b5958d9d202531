import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import express from 'express';
import { accessOf, type Access } from '../http/access.ts';
import { mount, type Route } from '../http/router.ts';
import { PASSWORD, signed, signIn, type Signer } from './builders.ts';
import { askToWithdraw, mayWithdraw, WITHDRAWAL } from './withdrawals.ts';
import { BUY, createVenue, createTrader, placed, sql, type TestVenue, type Trader } from './venue.ts';

const ROLES = ['user', 'staff', 'admin'] as const;

let app: TestVenue;
let ann: Trader;
let bob: Trader;
beforeAll(async () => {
  app = await createVenue({ env: { FUNDING_SECRET: 'a-funding-secret-of-32-characters-or-more', SERVICE_API_TOKEN: 'a-service-token-of-32-characters-or-more', LIMIT_STAFF_CALLS_PER_MINUTE: '100000' } });
  [ann, bob] = [await createTrader(app), await createTrader(app)];
});
afterAll(() => app.close());

const PLACES: Readonly<Record<string, string>> = { ':symbol': 'BTCUSDT', ':asset': 'USDT', ':exchangeId': 'demo-exchange', ':name': 'none.js' };
const isUuidPath = (path: string): boolean => /(deposits|withdrawals|sessions|api-keys)\/:id/.test(path);
const pathOf = ({ path }: Route): string => path.replace(/:\w+/g, (name) => PLACES[name] ?? (isUuidPath(path) ? '019d0000-0000-7000-8000-000000000000' : '999999'));

/** Signed, and without a body: who may go on is refused for that, or for what the path names, and nothing is changed. */
function call(route: Route, caller: Signer | null): supertest.Test {
  return caller === null ? app.request[route.method](pathOf(route)) : signed(app, caller, route.method.toUpperCase() as 'GET', pathOf(route));
}
const outcome = async (test: supertest.Test): Promise<{ status: number; code: string }> => {
  const { status, body } = await test;
  return { status, code: (body as { error?: { code: string } }).error?.code ?? '' };
};
const nameOf = ({ method, path }: Route): string => `${method.toUpperCase()} ${path}`;
/** What a caller must pass: the last of them decides, as it stands in the route. */
const accessesOf = (route: Route): Access[] => accessOf(route.handlers);
const isOpen = (route: Route): boolean => accessesOf(route).every(({ who }) => who === 'everybody');
const ENDS_THE_SESSION = 'POST /api/auth/logout';

describe('A14 every route', () => {
  test('says who may call it, and a route that does not fails the start', () => {
    expect(app.app.routes.filter((route) => accessesOf(route).length === 0).map(nameOf)).toEqual([]);
    expect(() => mount(express(), [{ method: 'get', path: '/api/open', handlers: [(_req, res) => void res.end()] }], [])).toThrow('GET /api/open does not say who may call it');
  });

  test('lets nobody in without credentials, but for those that say so', async () => {
    const wrong: string[] = [];
    for (const route of app.app.routes.filter((one) => !isOpen(one))) {
      const { status } = await outcome(call(route, null));
      if (status !== 401) wrong.push(`${nameOf(route)}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each(ROLES)('lets role %s in where one of its permissions is asked for, and nowhere else', async (role) => {
    const wrong: string[] = [];
    const held = app.app.auth.authenticate((await signIn(app, role)).accessToken).permissions;
    let caller = await signIn(app, role);
    for (const route of app.app.routes.filter((one) => !isOpen(one))) {
      const refused = refusalOf(route, held);
      const { status, code } = await outcome(call(route, caller));
      const isRefused = status === 401 || (status === 403 && code === 'PERMISSION_DENIED');
      if (refused ? status !== refused : isRefused) wrong.push(`${nameOf(route)}: ${status} ${code}`);
      if (nameOf(route) === ENDS_THE_SESSION) caller = await signIn(app, role);
    }
    expect(wrong).toEqual([]);
  });
});

/** 401 where a person’s session is no credential, 403 where they lack the permission; `null`: they may go on. */
function refusalOf(route: Route, held: ReadonlySet<string>): 401 | 403 | null {
  for (const access of accessesOf(route)) {
    if (access.who === 'everybody') continue;
    if (access.who !== 'person') return 401;
    if (!access.permissions.some((permission) => held.has(permission))) return 403;
  }
  return null;
}

interface Own {
  /** Of something that is Ann’s. */
  readonly make: () => Promise<string>;
  readonly body?: object;
  /** Still as it was. */
  readonly isUntouched: (id: string) => Promise<boolean>;
}

const as = (who: Trader, request: supertest.Test): supertest.Test => request.set('Authorization', `Bearer ${who.accessToken}`);
const order = async (): Promise<string> => String((await placed(app, ann, { ...BUY, price: '60000' })).id);
const isOpenOrder = async (id: string): Promise<boolean> => {
  const { data } = (await as(ann, app.request.get(`/api/orders/${id}`)).expect(200)).body as { data: { status: string; price: string } };
  return data.status === 'PENDING' && data.price === '60000.00';
};
const sessionOfAnn = async (): Promise<string> => app.app.auth.authenticate(ann.accessToken).sessionId!;
const isListed = (path: string, key: string) => async (id: string): Promise<boolean> => {
  const { data } = (await as(ann, app.request.get(path)).expect(200)).body as { data: Record<string, { id: string | number; name: string | null }[]> };
  return data[key]!.some((one) => String(one.id) === id && one.name !== 'taken over');
};
const key = async (): Promise<string> => {
  const made = await as(ann, app.request.post('/api/auth/api-keys')).send({ name: 'of Ann', scopes: ['read:balance'], password: PASSWORD }).expect(201);
  return (made.body as { data: { id: string } }).data.id;
};

const deviceOfAnn = async (): Promise<string> => {
  const { data } = (await as(ann, app.request.get('/api/auth/devices')).expect(200)).body as { data: { devices: { id: number }[] } };
  return String(data.devices[0]!.id);
};

const withdrawal = async (): Promise<string> => {
  const { id } = ((await askToWithdraw(app, await mayWithdraw(app, ann), { ...WITHDRAWAL, amount: '1' }).expect(201)).body as { data: { id: string } }).data;
  // What else she does takes no code.
  await sql(app.database.superUrl, 'delete from auth.second_factors where user_id = $1', [ann.userId]);
  return id;
};
const isAskedFor = async (id: string): Promise<boolean> => {
  const { withdrawals } = ((await as(ann, app.request.get('/api/account/withdrawals')).expect(200)).body as { data: { withdrawals: { id: string; status: string }[] } }).data;
  return withdrawals.some((one) => one.id === id && one.status === 'requested');
};

const OWNED: Readonly<Record<string, Own>> = {
  'GET /api/orders/:id': { make: order, isUntouched: isOpenOrder },
  'PATCH /api/orders/:id': { make: order, body: { price: '61000' }, isUntouched: isOpenOrder },
  'DELETE /api/orders/:id': { make: order, isUntouched: isOpenOrder },
  'PATCH /api/auth/sessions/:id': { make: sessionOfAnn, body: { name: 'taken over' }, isUntouched: isListed('/api/auth/sessions', 'sessions') },
  'DELETE /api/auth/sessions/:id': { make: sessionOfAnn, isUntouched: isListed('/api/auth/sessions', 'sessions') },
  'PATCH /api/auth/devices/:id': { make: deviceOfAnn, body: { name: 'taken over' }, isUntouched: isListed('/api/auth/devices', 'devices') },
  'DELETE /api/auth/devices/:id': { make: deviceOfAnn, isUntouched: isListed('/api/auth/devices', 'devices') },
  'DELETE /api/auth/api-keys/:id': { make: key, isUntouched: isListed('/api/auth/api-keys', 'keys') },
  // Last: whoever withdraws has a second factor, and shows codes from then on.
  'POST /api/account/withdrawals/:id/cancel': { make: withdrawal, isUntouched: isAskedFor },
};

describe('A14 what is somebody else’s', () => {
  test('every route of traders with an id in its path is asked below', async () => {
    const held = app.app.auth.authenticate(ann.accessToken).permissions;
    const named = app.app.routes.filter((route) => route.path.includes('/:id') && !isOpen(route) && refusalOf(route, held) === null);
    expect(named.map(nameOf).sort()).toEqual(Object.keys(OWNED).sort());
  });

  test.each(Object.entries(OWNED))('is not there for another trader, and stays as it is: %s', async (name, { make, body, isUntouched }) => {
    const [method, path] = name.split(' ') as [string, string];
    const id = await make();
    expect((await signed(app, bob, method as 'GET', path.replace(':id', id), body ?? null)).status).toBe(404);
    expect(await isUntouched(id)).toBe(true);
  });
});

