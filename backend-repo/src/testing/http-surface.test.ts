import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { accessOf } from '../http/access.ts';
import type { Route } from '../http/router.ts';
import { createTrader, createVenue, placed, SELL, type TestVenue, type Trader } from './venue.ts';

let app: TestVenue;
let trader: Trader;
let orderId: number;
beforeAll(async () => {
  app = await createVenue();
  trader = await createTrader(app);
  orderId = (await placed(app, trader, SELL)).id;
});
afterAll(() => app.close());

const signedIn = (request: supertest.Test): supertest.Test => request.set('Authorization', `Bearer ${trader.accessToken}`);
const isOpen = ({ handlers }: Route): boolean => accessOf(handlers).every(({ who }) => who === 'everybody');

/** The same wrong request each time. */
const WRONG: readonly [string, (request: supertest.Agent) => supertest.Test][] = [
  ['VALIDATION_ERROR', (request) => signedIn(request.post('/api/orders')).send({ symbol: 1 })],
  ['INVALID_JSON', (request) => signedIn(request.post('/api/orders')).set('Content-Type', 'application/json').send('{')],
  ['AUTHENTICATION_REQUIRED', (request) => request.get('/api/orders')],
  ['PERMISSION_DENIED', (request) => signedIn(request.get('/api/admin/users'))],
  ['NOT_FOUND', (request) => request.get('/api/nothing-is-here')],
  ['METHOD_NOT_ALLOWED', (request) => request.put('/api/markets').send({})],
  ['UNSUPPORTED_MEDIA_TYPE', (request) => signedIn(request.post('/api/orders')).set('Content-Type', 'text/plain').send('x')],
];

test.each(WRONG)('E1 %s is one code in the envelope and in RFC 9457', async (code, ask) => {
  const [plain, problem] = [await ask(app.request), await ask(app.request).set('Accept', 'application/problem+json')];
  expect([plain.type, problem.type]).toEqual(['application/json', 'application/problem+json']);
  const { error } = plain.body as { error: { code: string; message: string } };
  // A problem type of its own has no parser in the client.
  const told = JSON.parse(problem.text || JSON.stringify(problem.body)) as { code: string; title: string; type: string; status: number; detail: string };
  expect([error.code, told]).toEqual([code, expect.objectContaining({ code, title: code, type: `urn:error:${code}`, status: plain.status, detail: error.message })]);
});

describe('E2 an answer of a route with a limit', () => {
  const UNLIMITED = ['/health', '/ready', '/login', '/register', '/verify', '/reset', '/account/security', '/portal/:name'];
  const pathOf = ({ path }: Route): string => path.replace(':symbol', 'BTCUSDT').replace(':asset', 'USDT').replace(':exchangeId', 'demo-exchange').replace(':id', String(orderId));

  test('says in both families of headers how much is left', async () => {
    const held = app.app.auth.authenticate(trader.accessToken).permissions;
    const mine = app.app.routes.filter((route) => route.method === 'get' && !UNLIMITED.includes(route.path) && (isOpen(route) || accessOf(route.handlers).every((access) => access.who === 'person' && access.permissions.some((one) => held.has(one)))));
    expect(mine.length).toBeGreaterThan(15);
    const silent: string[] = [];
    for (const route of mine) {
      const { headers } = await signedIn(app.request.get(pathOf(route)));
      const told = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'].filter((name) => headers[name] === undefined);
      if (told.length > 0) silent.push(`${route.path}: ${told.join(', ')}`);
    }
    expect(silent).toEqual([]);
  });
});

describe('E4 personal data', () => {
  test('is kept by no cache: what needs credentials is answered with no-store, refusals too', async () => {
    const kept: string[] = [];
    for (const route of app.app.routes.filter((one) => one.method === 'get' && !isOpen(one))) {
      const path = route.path.replace(/:\w+/g, '1');
      for (const { headers } of [await signedIn(app.request.get(path)), await app.request.get(path)]) if (headers['cache-control'] !== 'no-store') kept.push(`${route.path}: ${headers['cache-control']}`);
    }
    expect(kept).toEqual([]);
  });

  test('is in no line of the log: no address, no password, no token', async () => {
    const email = 'somebody-private@example.com';
    await app.request.post('/api/auth/login').send({ email, password: 'a password of mine' });
    await app.request.post('/api/auth/reset-password').send({ email });
    await signedIn(app.request.get(`/api/admin/users?email=${email}`));
    const lines = app.logs.join('\n');
    expect(lines).toContain('/api/auth/login');
    for (const secret of [email, 'somebody-private', 'a password of mine', trader.accessToken]) expect(lines).not.toContain(secret);
  });
});
