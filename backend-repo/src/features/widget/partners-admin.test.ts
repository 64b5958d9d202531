import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { createPartner, getToken, newExchange, openSession, PAGE, requestToken, signedPost, signIn, type TestPartner } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

let app: TestApp;
let admin: { userId: number; accessToken: string };
let staff: { userId: number; accessToken: string };
let rotating: TestPartner;
beforeAll(async () => {
  app = await createTestApp();
  admin = await signIn(app, 'admin');
  staff = await signIn(app, 'staff');
  rotating = await createPartner(app);
  await call('post', `/${rotating.exchangeId}/rotate-key`, { activateInSeconds: 1 }).expect(201);
});
afterAll(() => app.close());

type Method = 'get' | 'post' | 'patch' | 'put';
const PARTNERS = '/api/admin/exchanges';
/** Whatever is answered is kept by nobody. */
const as = ({ accessToken }: { accessToken: string }, method: Method, path: string, body?: object): supertest.Test => {
  const request = app.request[method](`${PARTNERS}${path}`).set('Authorization', `Bearer ${accessToken}`).expect('Cache-Control', 'no-store');
  return body === undefined ? request : request.send(body);
};
const call = (method: Method, path: string, body?: object): supertest.Test => as(admin, method, path, body);
const newId = (): string => `partner-${randomUUID().slice(0, 8)}`;

interface Exchange {
  readonly exchangeId: string;
  readonly [field: string]: unknown;
}
const dataOf = <T = Exchange>(response: supertest.Response): T => (response.body as { data: T }).data;
const fieldsOf = (response: supertest.Response): string[] => Object.keys((response.body as { error: { fields?: object } }).error.fields ?? {});
const codeOf = (response: supertest.Response): string => (response.body as { error: { code: string } }).error.code;
const auditOf = (exchangeId: string): Promise<Record<string, unknown>[]> =>
  sql(app.database.superUrl, `select actor_kind, actor_id, action, reason, ip, request_id, before, after from audit.entries where subject_kind = 'exchange' and subject_id = $1 order by entry_id`, [exchangeId]);

describe('taking a partner on', () => {
  test('an id and a name are enough; the secrets stand in the answer, work, and stand nowhere else', async () => {
    const exchangeId = newId();
    const created = await call('post', '', { exchangeId, name: 'Northlight' }).expect(201);
    const { exchange, secrets } = dataOf<{ exchange: Exchange; secrets: TestPartner }>(created);
    expect(exchange).toMatchObject({ exchangeId, status: 'active', identityMode: 'signed', symbols: [], feeSchedule: { version: 1, rate: '0.0005' }, labelTokensPerDay: 10_000, reportKey: null, warnings: [] });
    expect(exchange['keys']).toEqual([{ kid: secrets.kid, algorithm: 'ES256', state: 'active', createdAt: expect.any(String), activatesAt: null, retiresAt: null }]);
    const read = await call('get', `/${exchangeId}`).expect(200);
    expect(dataOf(read)).toEqual(exchange);
    await call('patch', `/${exchangeId}`, { symbols: newExchange('x').symbols }).expect(200);
    const partner: TestPartner = { ...secrets, exchangeId, exchange: newExchange(exchangeId) };
    const { token } = await getToken(app, await openSession(app, partner));
    await signedPost(app, partner, '/api/widget/redeem', { token }).expect(200);
  });

  test('with HS256 the partner is shown the secret its tokens are signed with', async () => {
    const { body } = await call('post', '', { exchangeId: newId(), name: 'Northlight', algorithm: 'HS256' }).expect(201);
    expect((body as { data: { secrets: object } }).data.secrets).toMatchObject({ algorithm: 'HS256', tokenSecret: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test('everything may be said at once, and is what its widget is told', async () => {
    const exchangeId = newId();
    const symbols = newExchange('x').symbols.map((symbol) => ({ ...symbol, maxPrice: '1000000' }));
    const settings = {
      name: 'Blofin', identityMode: 'label', allowedOrigins: [PAGE], locale: 'pt-BR', features: { showPnl: false, allowMarketOrders: false }, feeSchedule: 1, labelTokensPerDay: 5,
      theme: { primaryColor: '#3A86FF', backgroundColor: '#FFFFFF', textColor: '#111111', fontFamily: "'Roboto', sans-serif" },
      symbols: symbols.map((symbol) => ({ ...symbol, tickSize: '0.010' })), traderFee: { makerRate: '0.0010', takerRate: '0.002', text: '0.2 %' },
      endpoints: { order: { url: 'https://exchange.example/orders', method: 'POST', headers: { 'X-Trade-Token': '{token}' }, body: { symbol: '{symbol}' } }, orderbookUrl: 'https://exchange.example/book/{symbol}' },
    };
    const created = dataOf<{ exchange: Exchange }>(await call('post', '', { exchangeId, algorithm: 'HS256', ...settings }).expect(201)).exchange;
    // In canonical decimals, whatever was sent.
    expect(created).toMatchObject({ ...settings, symbols, traderFee: { makerRate: '0.001', takerRate: '0.002', text: '0.2 %' }, feeSchedule: { version: 1 }, warnings: [] });
    const { body } = await app.request.get(`/api/widget/config?id=${exchangeId}`).set('Origin', PAGE).expect(200);
    expect(body).toMatchObject({ name: 'Blofin', identityMode: 'label', locale: 'pt-BR', theme: settings.theme, symbols, orderEndpoint: settings.endpoints.order });
  });

  test('an id that is taken is a 409, and nothing is made', async () => {
    const partner = await createPartner(app);
    const refused = await call('post', '', { exchangeId: partner.exchangeId, name: 'Another' }).expect(409);
    expect([codeOf(refused), fieldsOf(refused)]).toEqual(['EXCHANGE_EXISTS', ['exchangeId']]);
    const { credentials } = dataOf<{ credentials: unknown[] }>(await call('get', `/${partner.exchangeId}`).expect(200));
    expect(credentials).toHaveLength(1);
  });

  const symbol = newExchange('x').symbols[0]!;
  const theme = newExchange('x').theme;
  const order = { url: 'https://exchange.example/orders', method: 'POST' };
  test.each<[string, object, string[]]>([
    ['nothing', { exchangeId: undefined, name: undefined }, ['exchangeId', 'name']],
    ['an id that is none and a blank name', { exchangeId: 'Not An Id', name: ' ' }, ['exchangeId', 'name']],
    ['a field nobody knows', { rank: 1 }, ['rank']],
    ['another algorithm', { algorithm: 'none' }, ['algorithm']],
    ['a colour in words and a font that fetches', { theme: { ...theme, textColor: 'red', fontFamily: 'url(https://thief.example)' } }, ['theme.textColor', 'theme.fontFamily']],
    ['a theme with a part missing', { theme: { primaryColor: '#000000', backgroundColor: '#000000', textColor: '#ffffff' } }, ['theme.fontFamily']],
    ['an order sent over http', { endpoints: { order: { ...order, url: 'http://exchange.example/orders' } } }, ['endpoints.order.url']],
    ['a header with a NUL in its name', { endpoints: { order: { ...order, headers: { 'X-\u0000': 'x' } } } }, ['endpoints.order.headers.X-\u0000']],
    ['a body field with a NUL in its value', { endpoints: { order: { ...order, body: { price: '\u0000' } } } }, ['endpoints.order.body.price']],
    ['an order book without its symbol', { endpoints: { orderbookUrl: 'https://exchange.example/book' } }, ['endpoints.orderbookUrl']],
    ['an origin with a path', { allowedOrigins: [PAGE, 'https://exchange.example/trade'] }, ['allowedOrigins.1']],
    ['label mode without a page', { identityMode: 'label' }, ['allowedOrigins']],
    ['one symbol twice', { symbols: [symbol, symbol] }, ['symbols.1']],
    ['steps that make an order inexact', { symbols: [{ ...symbol, tickSize: '0.00001' }] }, ['symbols.0.tickSize']],
    ['a largest quantity below the smallest', { symbols: [{ ...symbol, minQuantity: '2', maxQuantity: '1' }] }, ['symbols.0.maxQuantity']],
    ['a quantity as a number', { symbols: [{ ...symbol, minQuantity: 0.5 }] }, ['symbols.0.minQuantity']],
    ['a fee schedule that is not there', { feeSchedule: 99 }, ['feeSchedule']],
    ['a fee schedule beyond counting', { feeSchedule: 3_000_000_000 }, ['feeSchedule']],
    ['a fee of 100 %', { traderFee: { makerRate: '1', takerRate: '0.001', text: '' } }, ['traderFee.makerRate']],
    ['no label tokens at all', { labelTokensPerDay: 0 }, ['labelTokensPerDay']],
  ])('%s is refused by the name of the field', async (_name, body, fields) => {
    const exchangeId = newId();
    const refused = await call('post', '', { exchangeId, name: 'Northlight', ...body }).expect(400);
    expect([codeOf(refused), fieldsOf(refused)]).toEqual(['VALIDATION_ERROR', fields]);
    await call('get', `/${exchangeId}`).expect(404);
  });
});

describe('looking', () => {
  test('staff pages through partners by id, all or by status', async () => {
    const ids: string[] = [];
    for (const letter of ['a', 'b', 'c']) ids.push((await createPartner(app, { exchange_id: `0-page-${letter}`, name: letter })).exchangeId);
    await app.app.widget!.partners.suspend('0-page-b');
    const first = dataOf<{ exchanges: Exchange[]; nextAfter: string }>(await as(staff, 'get', '?limit=2').expect(200));
    expect(first.exchanges[0]).toEqual({ exchangeId: '0-page-a', name: 'a', status: 'active', identityMode: 'signed', algorithm: 'ES256', createdAt: expect.any(String), updatedAt: expect.any(String) });
    expect([first.exchanges.map(({ exchangeId }) => exchangeId), first.nextAfter]).toEqual([ids.slice(0, 2), '0-page-b']);
    const second = dataOf<{ exchanges: Exchange[] }>(await as(staff, 'get', `?limit=1&after=${first.nextAfter}`).expect(200));
    expect(second.exchanges.map(({ exchangeId }) => exchangeId)).toEqual(['0-page-c']);
    const all = dataOf<{ exchanges: Exchange[]; nextAfter: null }>(await as(staff, 'get', '?limit=100').expect(200));
    expect([all.exchanges.length, all.nextAfter]).toEqual([new Set(all.exchanges.map(({ exchangeId }) => exchangeId)).size, null]);
    const suspended = dataOf<{ exchanges: Exchange[] }>(await as(staff, 'get', '?status=suspended').expect(200));
    expect(suspended.exchanges.map(({ exchangeId }) => exchangeId)).toContain('0-page-b');
    expect(suspended.exchanges.every(({ status }) => status === 'suspended')).toBe(true);
  });

  test.each(['?limit=0', '?limit=101', '?limit=x', '?after=Not%20An%20Id', '?status=gone', '?rank=1'])('%s is a 400', async (query) => {
    await as(staff, 'get', query).expect(400);
  });

  test('an id that is none is a 400', async () => {
    expect(fieldsOf(await as(staff, 'get', '/Not%20An%20Id').expect(400))).toEqual(['exchangeId']);
  });
});

describe('changing a partner', () => {
  let partner: TestPartner;
  let path: string;
  beforeEach(async () => {
    partner = await createPartner(app);
    path = `/${partner.exchangeId}`;
  });
  const etag = async (): Promise<string> => (await call('get', path).expect(200)).headers['etag'] as string;

  test('changes what is named and leaves the rest; the widget shows it', async () => {
    const before = dataOf(await call('get', path).expect(200));
    const changed = await call('patch', path, { name: 'Southlight', features: { showPnl: false, allowMarketOrders: true } }).expect(200);
    expect(dataOf(changed)).toEqual({ ...before, name: 'Southlight', features: { showPnl: false, allowMarketOrders: true }, updatedAt: expect.any(String) });
    const { body } = await app.request.get(`/api/widget/config?id=${partner.exchangeId}`).expect(200);
    expect(body).toMatchObject({ name: 'Southlight', features: { showPnl: false } });
  });

  test('says what is allowed but unwise', async () => {
    const theme = { primaryColor: '#3A86FF', backgroundColor: '#FFFFFF', textColor: '#BBBBBB', fontFamily: 'system-ui' };
    const { warnings } = dataOf<{ warnings: string[] }>(await call('patch', path, { theme }).expect(200));
    expect(warnings).toEqual([expect.stringMatching(/^theme\.textColor: .*contrast 1\.9/)]);
  });

  test('two changes of what both have seen: one wins, the other is told', async () => {
    const seen = await etag();
    const answers = await Promise.all(['One', 'Two'].map((name) => call('patch', path, { name }).set('If-Match', seen)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(codeOf(answers.find(({ status }) => status === 412)!)).toBe('EXCHANGE_CHANGED');
    const won = answers.find(({ status }) => status === 200)!;
    expect(won.headers['etag']).toBe(await etag());
    expect(dataOf(await call('get', path))['name']).toBe(dataOf(won)['name']);
  });

  test.each<[string, (tag: string) => string, number]>([
    ['the tag seen', (tag) => tag, 200],
    ['one of several', (tag) => `"999", ${tag}`, 200],
    ['any', () => '*', 200],
    ['an old one', () => '"0"', 412],
    ['a weak one', (tag) => `W/${tag}`, 412],
    ['none of ours', () => 'anything', 412],
  ])('If-Match with %s', async (_name, header, status) => {
    await call('patch', path, { locale: 'de' }).set('If-Match', header(await etag())).expect(status);
  });

  test('what changes nothing is no change: same tag, no audit entry', async () => {
    const seen = await etag();
    const { name, theme } = dataOf(await call('get', path).expect(200));
    for (const body of [{}, { name, theme }]) expect((await call('patch', path, body).expect(200)).headers['etag']).toBe(seen);
    await call('patch', path, {}).set('If-Match', '"0"').expect(412);
    expect((await auditOf(partner.exchangeId)).map(({ action }) => action)).toEqual(['exchange.created']);
  });

  test('a field that does not fit what is there is refused, and nothing is written', async () => {
    const seen = await etag();
    await call('patch', path, { allowedOrigins: [] }).expect(200);
    expect(fieldsOf(await call('patch', path, { identityMode: 'label' }).expect(400))).toEqual(['allowedOrigins']);
    expect(fieldsOf(await call('patch', path, { name: null, exchangeId: 'other' }).expect(400)).sort()).toEqual(['exchangeId', 'name']);
    expect(fieldsOf(await call('patch', path, { feeSchedule: 2 }).expect(400))).toEqual(['feeSchedule']);
    expect(await etag()).not.toBe(seen);
    expect(dataOf(await call('get', path))['identityMode']).toBe('signed');
  });
});

test('every action is audited in its own transaction: who, from where, what, before and after, why', async () => {
  const exchangeId = newId();
  await call('post', '', { exchangeId, name: 'Northlight' }).expect(201);
  const path = `/${exchangeId}`;
  await call('patch', path, { locale: 'de' }).expect(200);
  await call('post', `${path}/suspend`, { reason: 'Reports are missing.' }).expect(200);
  await call('post', `${path}/reopen`, { reason: 'They came.' }).expect(200);
  await call('post', `${path}/rotate-key`, { activateInSeconds: 60, overlapSeconds: 75, reason: 'Yearly.' }).expect(201);
  await call('post', `${path}/activate-key`, { reason: 'They are ready.' }).expect(200);
  await call('post', `${path}/rotate-credentials`, { reason: 'Somebody left.' }).expect(201);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await call('put', `${path}/report-key`, { publicKey: publicKey.export({ format: 'jwk' }), reason: 'First key.' }).expect(200);
  await call('put', `${path}/report-key`, { publicKey: null }).expect(200);
  const entries = await auditOf(exchangeId);
  const { keys, credentials } = dataOf<{ keys: { kid: string }[]; credentials: { apiKey: string }[] }>(await call('get', path).expect(200));
  const [newKid, oldKid] = keys.map(({ kid }) => kid);
  const [newApiKey, oldApiKey] = credentials.map(({ apiKey }) => apiKey);
  const reportKid = expect.stringMatching(/^[\w-]{43}$/);
  expect(entries.map(({ action, reason, before, after }) => [action, reason, before, after])).toEqual([
    ['exchange.created', null, null, expect.objectContaining({ name: 'Northlight', kid: oldKid, algorithm: 'ES256', apiKey: oldApiKey })],
    ['exchange.updated', null, { locale: 'en' }, { locale: 'de' }],
    ['exchange.suspended', 'Reports are missing.', { status: 'active' }, { status: 'suspended' }],
    ['exchange.reopened', 'They came.', { status: 'suspended' }, { status: 'active' }],
    ['exchange.key_rotated', 'Yearly.', { kid: oldKid, algorithm: 'ES256' }, { kid: newKid, algorithm: 'ES256', state: 'upcoming', activatesAt: expect.any(String), overlapSeconds: 75 }],
    ['exchange.key_activated', 'They are ready.', { kid: oldKid, algorithm: 'ES256' }, { kid: newKid, algorithm: 'ES256' }],
    ['exchange.credentials_rotated', 'Somebody left.', { apiKeys: [oldApiKey] }, { apiKey: newApiKey, overlapSeconds: 86_400 }],
    ['exchange.report_key_registered', 'First key.', { kid: null }, { kid: reportKid }],
    ['exchange.report_key_ended', null, { kid: reportKid }, { kid: null }],
  ]);
  for (const entry of entries) expect(entry).toMatchObject({ actor_kind: 'user', actor_id: String(admin.userId), ip: '127.0.0.1', request_id: expect.stringMatching(/^req_/) });
});

describe('suspending and reopening', () => {
  test('ends and begins the issue of tokens; once is enough, and only what changes something is audited', async () => {
    const partner = await createPartner(app);
    const user = await openSession(app, partner);
    const path = `/${partner.exchangeId}`;
    const { token } = await getToken(app, user);
    for (const _time of [1, 2]) expect(dataOf(await call('post', `${path}/suspend`, { reason: 'Reports are missing.' }).expect(200))['status']).toBe('suspended');
    expect(codeOf(await requestToken(app, user).expect(403))).toBe('PARTNER_SUSPENDED');
    // What is out stays what it is.
    await signedPost(app, partner, '/api/widget/redeem', { token }).expect(200);
    for (const _time of [1, 2]) expect(dataOf(await call('post', `${path}/reopen`, { reason: 'They came.' }).expect(200))['status']).toBe('active');
    await getToken(app, user);
    expect((await auditOf(partner.exchangeId)).map(({ action }) => action)).toEqual(['exchange.created', 'exchange.suspended', 'exchange.reopened']);
  });

  test.each(['suspend', 'reopen'])('%s wants a reason', async (action) => {
    const { exchangeId } = await createPartner(app);
    for (const body of [{}, { reason: 'no' }, { reason: 7 }]) expect(fieldsOf(await call('post', `/${exchangeId}/${action}`, body).expect(400))).toEqual(['reason']);
  });
});

describe('the report key', () => {
  const jwkOf = (): Record<string, unknown> => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as Record<string, unknown>;
  const put = (exchangeId: string, publicKey: unknown): supertest.Test => call('put', `/${exchangeId}/report-key`, { publicKey });
  interface Answer {
    readonly reportKey: { readonly kid: string; readonly publicKey: object } | null;
  }

  test('is named by its thumbprint and known at once; another replaces it, the first may come back, null ends it', async () => {
    const { exchangeId } = await createPartner(app);
    const known = () => app.app.widget!.partners.require(exchangeId).reportKey?.kid ?? null;
    const [first, second] = [jwkOf(), jwkOf()];
    const { reportKey } = dataOf<Answer>(await put(exchangeId, { ...first, kid: 'ours', alg: 'ES256', use: 'sig' }).expect(200));
    expect(reportKey).toMatchObject({ kid: known(), publicKey: first });
    for (const key of [second, first]) {
      const answer = dataOf<Answer>(await put(exchangeId, key).expect(200)).reportKey!;
      expect([answer.publicKey, answer.kid]).toEqual([key, known()]);
    }
    const before = await auditOf(exchangeId);
    await put(exchangeId, first).expect(200);
    expect(await auditOf(exchangeId)).toHaveLength(before.length);
    expect(dataOf<Answer>(await put(exchangeId, null).expect(200)).reportKey).toBeNull();
    expect(known()).toBeNull();
    expect(await sql(app.database.superUrl, 'select state from widget.report_keys where exchange_id = $1', [exchangeId])).toEqual([{ state: 'retired' }, { state: 'retired' }]);
  });

  test.each<[string, unknown, string]>([
    ['is missing', undefined, 'publicKey'],
    ['is a text', 'key', 'publicKey'],
    ['is empty', {}, 'publicKey.kty'],
    ['is the private half', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), 'publicKey.d'],
    ['is of another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }), 'publicKey.crv'],
  ])('is refused when it %s', async (_name, publicKey, field) => {
    const { exchangeId } = await createPartner(app);
    expect(fieldsOf(await put(exchangeId, publicKey).expect(400))).toEqual([field]);
  });
});

const ROUTES: [Method, string, object | undefined][] = [
  ['get', '', undefined],
  ['patch', '', { locale: 'de' }],
  ['post', '/rotate-key', {}],
  ['post', '/activate-key', {}],
  ['post', '/rotate-credentials', {}],
  ['put', '/report-key', { publicKey: null }],
  ['post', '/suspend', { reason: 'Because.' }],
  ['post', '/reopen', { reason: 'Because.' }],
];

describe('who may', () => {
  let partner: TestPartner;
  let trader: { accessToken: string };
  beforeAll(async () => {
    partner = await createPartner(app);
    trader = await signIn(app, 'user');
  });

  test.each([...ROUTES.map(([method, path, body]) => [method, `/:id${path}`, body] as const), ['post', '', { exchangeId: 'new-partner', name: 'New' }] as const, ['get', '?limit=1', undefined] as const])(
    '%s %s: admins; staff only to look; nobody else',
    async (method, path, body) => {
      const at = path.replace(':id', partner.exchangeId);
      const unknown = await app.request[method](`${PARTNERS}${at}`).send(body);
      const [asTrader, asStaff] = [await as(trader, method, at, body), await as(staff, method, at, body)];
      expect([unknown.status, asTrader.status]).toEqual([401, 403]);
      if (method === 'get') expect(asStaff.status).toBe(200);
      else expect([asStaff.status, codeOf(asStaff)]).toEqual([403, 'PERMISSION_DENIED']);
    },
  );

  test.each(ROUTES)('%s %s of a partner that is not there is a 404', async (method, path, body) => {
    expect(codeOf(await call(method, `/no-such-partner${path}`, body).expect(404))).toBe('EXCHANGE_NOT_FOUND');
  });

  test.each(ROUTES.filter(([method]) => method !== 'get'))('%s %s wants JSON', async (method, path) => {
    const sent = app.request[method](`${PARTNERS}/${partner.exchangeId}${path}`).set('Authorization', `Bearer ${admin.accessToken}`);
    await sent.set('Content-Type', 'text/plain').send('x').expect(415);
    await call(method, `/${partner.exchangeId}${path}`).set('Content-Type', 'application/json').send('{"a":').expect(400);
  });
});

test('no secret stands in a log line, in the audit log, or anywhere in the database but sealed', async () => {
  const exchangeId = newId();
  const created = dataOf<{ secrets: Record<string, string> }>(await call('post', '', { exchangeId, name: 'Northlight', algorithm: 'HS256' }).expect(201)).secrets;
  const key = dataOf<Record<string, string>>(await call('post', `/${exchangeId}/rotate-key`, { activateInSeconds: 0, overlapSeconds: 75 }).expect(201));
  const credentials = dataOf<Record<string, string>>(await call('post', `/${exchangeId}/rotate-credentials`, {}).expect(201));
  const refused = await call('post', '', { exchangeId, name: 'Northlight' }).expect(409);
  const read = await call('get', `/${exchangeId}`).expect(200);
  const secrets = [created, key, credentials].flatMap(({ apiSecret, sessionSecret, tokenSecret }) => [apiSecret, sessionSecret, tokenSecret]).filter((secret) => secret !== undefined);
  expect(secrets.map((secret) => secret.length)).toEqual(secrets.map(() => 43));
  expect(secrets).toHaveLength(6);
  const rows: unknown[] = [];
  for (const table of ['widget.exchanges', 'widget.exchange_keys', 'widget.exchange_credentials', 'audit.entries', 'jobs.outbox']) rows.push(...(await sql(app.database.superUrl, `select * from ${table}`)));
  const seen = JSON.stringify([app.logs, rows, read.body, refused.body]);
  for (const secret of secrets) expect(seen.includes(secret) || seen.includes(Buffer.from(secret).toString('base64').slice(0, 40))).toBe(false);
  expect(seen).not.toContain('PRIVATE KEY');
});

test('a key whose time has come begins to sign by itself', async () => {
  const kid = (): string | undefined => app.app.widget!.partners.require(rotating.exchangeId).signingKey?.kid;
  await until(async () => kid(), (now) => now !== rotating.kid, 8_000);
}, 10_000);

test('limits hold for every partner: staff cannot set one free of them, and neither can a statement', async () => {
  const { exchangeId } = await createPartner(app);
  const { body } = await app.request.patch(`/api/admin/exchanges/${exchangeId}`).set('Authorization', `Bearer ${(await signIn(app, 'admin')).accessToken}`).send({ limitTier: 'bench' }).expect(400);
  expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { limitTier: expect.any(String) } } });
  await expect(sql(app.database.superUrl, `update widget.exchanges set limit_tier = 'bench' where exchange_id = '${exchangeId}'`)).rejects.toThrow('exchanges_limit_tier_check');
});
