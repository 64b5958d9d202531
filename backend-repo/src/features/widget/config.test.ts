import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createPartner, PAGE, signedPost, signIn, type TestPartner } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';

let app: TestApp;
let partner: TestPartner;
beforeAll(async () => {
  app = await createTestApp();
  partner = await createPartner(app);
});
afterAll(() => app.close());

const config = (id: string) => app.request.get(`/api/widget/config?id=${id}`);

test("the configuration begins with spec/1's JSON, without an envelope", async () => {
  const { body, headers } = await config(partner.exchangeId).expect(200);
  expect(body).toMatchObject({
    theme: { primaryColor: '#3A86FF', backgroundColor: '#121212', textColor: '#FFFFFF', fontFamily: "'Roboto', sans-serif" },
    features: { showPnl: true, allowMarketOrders: true },
    socketUrl: 'ws://localhost:8080/widget',
  });
  // In the printed order too: jsonb would sort the keys its own way.
  expect(JSON.stringify(body)).toContain(
    `{"theme":{"primaryColor":"#3A86FF","backgroundColor":"#121212","textColor":"#FFFFFF","fontFamily":"'Roboto', sans-serif"},"features":{"showPnl":true,"allowMarketOrders":true},`,
  );
  expect(headers['cache-control']).toContain('max-age=60');
});

test('an unchanged configuration is a 304', async () => {
  const { headers } = await config(partner.exchangeId).expect(200);
  await config(partner.exchangeId).set('If-None-Match', headers['etag']!).expect(304);
  await config(partner.exchangeId).set('If-None-Match', '"another"').expect(200);
});

test('a changed configuration has another ETag, and whoever shows the old one gets the change', async () => {
  const changing = await createPartner(app);
  const { headers } = await config(changing.exchangeId).expect(200);
  const { accessToken } = await signIn(app, 'admin');
  await app.request.patch(`/api/admin/exchanges/${changing.exchangeId}`).set('Authorization', `Bearer ${accessToken}`).send({ locale: 'de' }).expect(200);
  const changed = await config(changing.exchangeId).set('If-None-Match', headers['etag']!).expect(200);
  expect(changed.body).toMatchObject({ locale: 'de' });
  expect(changed.headers['etag']).not.toBe(headers['etag']);
  await config(changing.exchangeId).set('If-None-Match', changed.headers['etag']!).expect(304);
});

test('an unknown exchange is a 404, a suspended one a 403', async () => {
  expect((await config('no-such-exchange').expect(404)).body).toMatchObject({ error: { code: 'EXCHANGE_NOT_FOUND' } });
  const suspended = await createPartner(app);
  await app.app.widget!.partners.suspend(suspended.exchangeId);
  expect((await config(suspended.exchangeId).expect(403)).body).toMatchObject({ error: { code: 'PARTNER_SUSPENDED' } });
});

test('a page on no list is refused in words it can read', async () => {
  const { body, headers } = await config(partner.exchangeId).set('Origin', 'https://thief.example').expect(403);
  expect(body).toMatchObject({ error: { code: 'ORIGIN_NOT_ALLOWED' } });
  expect(headers['access-control-allow-origin']).toBe('https://thief.example');
  await config(partner.exchangeId).set('Origin', PAGE).expect(200);
});

test("a preflight from a partner's page passes, one from nowhere does not", async () => {
  const preflight = (origin: string) =>
    fetch(`${app.url}/api/app/widget/generate-trade-token`, { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } });
  const allowed = await preflight(PAGE);
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, PAGE]);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
  expect((await preflight('https://thief.example')).headers.get('access-control-allow-origin')).toBeNull();
});

test('a client that asks for RFC 9457 gets the same code as a problem', async () => {
  const { body, type } = await config('no-such-exchange').set('Accept', 'application/problem+json').expect(404);
  expect(type).toBe('application/problem+json');
  expect(body).toMatchObject({ code: 'EXCHANGE_NOT_FOUND', status: 404, title: 'EXCHANGE_NOT_FOUND' });
});

test('a partner whose secret does not open is left out and named; what is revoked elsewhere still takes effect', async () => {
  const [broken, revoked] = [await createPartner(app), await createPartner(app)];
  const owner = new pg.Client({ connectionString: app.database.superUrl });
  await owner.connect();
  await owner.query(`update widget.exchange_credentials set api_secret_sealed = 'junk' where exchange_id = $1`, [broken.exchangeId]);
  await owner.query(`update widget.exchange_credentials set state = 'retired' where exchange_id = $1`, [revoked.exchangeId]);
  await owner.end();
  await app.app.widget!.partners.suspend(revoked.exchangeId);
  await config(broken.exchangeId).expect(404);
  await config(partner.exchangeId).expect(200);
  await signedPost(app, revoked, '/api/widget/redeem', { token: 'x' }).expect(401);
  expect(app.logs.join()).toContain(broken.exchangeId);
});
