import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { createPartner, openSession, requestToken } from './builders.ts';
import { createTestApp, type TestApp } from './test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

test('a live process says so without the database', async () => {
  const { body } = await app.request.get('/health').expect(200);
  expect(body).toEqual({ success: true, data: { status: 'alive', version: '0.1.0' } });
});

test('a process whose database is reachable and migrated is ready', async () => {
  await app.request.get('/ready').expect(200);
});

describe('every answer, good or bad, carries', () => {
  test.each([
    ['/health', 200],
    ['/nothing-here', 404],
    ['/api/widget/config?id=%00', 400],
  ])('the security headers of spec/4 (%s, %i)', async (path, status) => {
    const { headers } = await app.request.get(path).expect(status);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-xss-protection': '1; mode=block',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'content-security-policy': "default-src 'self'",
    });
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['x-request-id']).toMatch(/^req_\w+$/);
  });
});

test('metrics are on the internal server, not on the public one', async () => {
  await app.request.get('/health').expect(200);
  await app.request.get('/metrics').expect(404);
  const port = await new Promise<number>((resolve) => {
    const server = app.app.internalServer.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  try {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toMatch(/http_request_duration_seconds_count\{method="GET",path="\/health",status="200"\} \d+/);
  } finally {
    app.app.internalServer.close();
  }
});

test('a known address answers another method with 405 and says which it knows', async () => {
  const response = await fetch(`${app.url}/health`, { method: 'DELETE' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  expect(await response.json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
});

test.each(['/%', '/api/widget/config?id=%E0%A4%A', '/api/widget/jwks/%E0%A4%A', '/api/widget/config?id=a&id=b', '/api/widget/config', '/..%2f..%2fetc'])(
  'an address that makes no sense (%s) is a 4xx',
  async (path) => {
    const { status } = await fetch(`${app.url}${path}`);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  },
);

test.each(['gzip', 'br', 'deflate', 'zstd', 'nonsense'])('a body that claims to be %s is refused: what is checked is what came', async (encoding) => {
  for (const path of ['/api/auth/login', '/api/widget/session', '/api/widget/redeem', '/api/widget/executions']) {
    const response = await fetch(`${app.url}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Encoding': encoding }, body: 'not compressed at all' });
    expect([path, response.status]).toEqual([path, 415]);
  }
});

test('a name that stands twice in a body is refused, since two readers might take different ones', async () => {
  const { body } = await app.request.post('/api/auth/login').set('Content-Type', 'application/json').send('{"email":"a@b.co","password":"one","password":"two"}').expect(400);
  expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { body: expect.any(String) } } });
  await app.request.post('/api/auth/login').set('Content-Type', 'application/json').send('{"email":"a@b.co","password":"one","__proto__":{"x":1}}').expect(400);
});

test('callers without valid credentials are limited per address; their refusals cost a trader with a session nothing', async () => {
  const own = await createTestApp({ env: { LIMIT_UNAUTHENTICATED_PER_MINUTE: '5' } });
  try {
    const stranger = (path: string) => own.request.post(path).set('Authorization', 'Bearer nothing').set('Content-Type', 'application/json').send('{}');
    for (const path of ['/api/widget/redeem', '/api/widget/generate-trade-token']) {
      const codes = new Set<number>();
      for (let count = 0; count < 8; count += 1) codes.add((await stranger(path)).status);
      expect([path, [...codes].includes(429)]).toEqual([path, true]);
    }
    const user = await openSession(own, await createPartner(own));
    await requestToken(own, user).expect(201);
  } finally {
    await own.close();
  }
});
