import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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
