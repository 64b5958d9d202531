import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signIn } from '../testing/builders.ts';
import { createTrader, createVenue, type TestVenue, type Trader } from '../testing/venue.ts';

let app: TestVenue;
let people: Record<'trader' | 'admin', Trader>;
beforeAll(async () => {
  app = await createVenue();
  people = { trader: await createTrader(app, {}), admin: await signIn(app, 'admin') };
});
afterAll(() => app.close());

test.each([
  ['trader', '/api/orders'],
  ['trader', '/api/orders/active'],
  ['trader', '/api/orders/history'],
  ['trader', '/api/account/trades'],
  ['trader', '/api/account/trades/BTCUSDT'],
  ['trader', '/api/account/fees'],
  ['admin', '/api/admin/orders'],
  ['admin', '/api/admin/trades'],
  ['admin', '/api/risk/events'],
] as const)('a day that is in no calendar is refused by its field (%s, %s)', async (who, path) => {
  const get = (query: string): ReturnType<TestVenue['request']['get']> => app.request.get(`${path}?${query}`).set('Authorization', `Bearer ${people[who].accessToken}`);
  for (const field of ['from', 'to']) {
    for (const time of ['2026-02-30T10:00:00.000Z', '2026-13-45T10:00:00.000Z', '0000-01-01T00:00:00.000Z', '2026-01-01T24:00:00.000Z', '2026-01-01T10:60:00.000Z']) {
      const { body } = await get(`${field}=${time}`).expect(400);
      expect([time, body.error]).toEqual([time, expect.objectContaining({ code: 'VALIDATION_ERROR', fields: { [field]: expect.stringContaining('a time in UTC') } })]);
    }
  }
  await get('from=2024-02-29T10:00:00.000Z&to=2024-03-01T00:00:00.000Z').expect(200);
  // As spec/4 prints its times.
  await get('from=2024-02-29T10:00:00Z&to=2024-03-01T00:00:00Z').expect(200);
});
