import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestApp, type TestApp } from '../testing/test-app.ts';

const ORIGIN = 'https://desk.example';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ env: { CORS_ORIGINS: ORIGIN } });
});
afterAll(() => app.close());

test('a page of ours may change a partner only as it has seen it: If-Match goes out, ETag comes in', async () => {
  const url = `${app.url}/api/admin/exchanges/some-exchange`;
  const preflight = await fetch(url, { method: 'OPTIONS', headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'if-match' } });
  expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(preflight.headers.get('access-control-allow-headers')?.split(',')).toContain('If-Match');
  const answer = await fetch(url, { headers: { Origin: ORIGIN } });
  expect(answer.headers.get('access-control-expose-headers')?.split(',')).toContain('ETag');
});
