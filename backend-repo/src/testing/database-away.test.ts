import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type supertest from 'supertest';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { contractPath } from '../http/router.ts';
import { awakeClock } from './awake-clock.ts';
import { createPartner, fundDeposit, FUNDING_SECRET, getToken, LIMIT_ORDER, openSession, PASSWORD, PAGE, requestToken, signed, signedPost, signIn, signUserToken, type TestPartner, type TestUser } from './builders.ts';
import { PostgresProxy, type Trouble } from './postgres-proxy.ts';
import { cloneDatabase, testAddress, type TestDatabase } from './postgres.ts';
import { solveCaptcha } from './sign-up.ts';
import type { TestApp } from './test-app.ts';
import { BUY, createMarkets, createNode, createTrader, placed, placeOrder, sql, until, type Trader } from './venue.ts';

/** What docs/guides/database-away.md promises of each route. */
interface Promised {
  readonly route: string;
  readonly answers: readonly string[];
  readonly withinMs: number;
}

interface Answer {
  readonly what: string;
  readonly milliseconds: number;
  readonly retryAfter: string | undefined;
}

type Asked = supertest.Test;

interface Scene {
  readonly app: TestApp;
  /** Another node, which does not run the engine and has never seen an order. */
  readonly other: TestApp;
  readonly database: TestDatabase;
  readonly proxy: PostgresProxy;
  readonly partner: TestPartner;
  readonly labelPartner: TestPartner;
  readonly user: TestUser;
  readonly token: string;
  readonly trader: Trader;
  readonly staff: string;
  readonly orderId: number;
  /** A task that is solved. */
  readonly captcha: string;
}

const promised = readTable(readFileSync(new URL('../../../docs/guides/database-away.md', import.meta.url), 'utf8'));

const clock = awakeClock();

const outcomes: Partial<Record<Trouble, ReturnType<typeof play>>> = {};

const NO_ID = '01919191-9191-7191-9191-919191919191';
const SERVICE_TOKEN = 'service-token-0123456789abcdef-0123456789';
const reading = (who: 'trader' | 'staff', routes: Readonly<Record<string, string>>): Record<string, (scene: Scene) => Asked> =>
  Object.fromEntries(Object.entries(routes).map(([route, path]) => [route, ({ app, staff, trader }: Scene) => as(who === 'staff' ? staff : trader.accessToken, app.request.get(path))]));
const deciding = (routes: readonly string[]): Record<string, (scene: Scene) => Asked> =>
  Object.fromEntries(routes.map((route) => [
    `POST /api/admin/${route}`,
    ({ app, staff }: Scene) => as(staff, app.request.post(`/api/admin/${route.replace('{id}', NO_ID).replace('{symbol}', 'BTCUSDT')}`)).send({ reason: 'for the test' }),
  ]));

/** One request per route of the table, such as would be answered 2xx on any other day. */
const ask: Record<string, (scene: Scene) => Asked> = {
  'GET /health': ({ app }) => app.request.get('/health'),
  'GET /ready': ({ app }) => app.request.get('/ready'),
  'GET /api/auth/jwks': ({ app }) => app.request.get('/api/auth/jwks'),
  'POST /api/auth/login': ({ app }) => app.request.post('/api/auth/login').send({ email: 'somebody@example.com', password: 'correct horse battery' }),
  'GET /.well-known/jwks.json': ({ app }) => app.request.get('/.well-known/jwks.json'),
  'POST /api/auth/refresh': ({ app }) => app.request.post('/api/auth/refresh').send({ refreshToken: 'for the test' }),
  'POST /api/auth/logout': ({ app, trader }) => as(trader.accessToken, app.request.post('/api/auth/logout')).send({}),
  'PATCH /api/auth/sessions/{id}': ({ app, trader }) => as(trader.accessToken, app.request.patch(`/api/auth/sessions/${NO_ID}`)).send({ name: 'for the test' }),
  'DELETE /api/auth/sessions/{id}': ({ app, trader }) => as(trader.accessToken, app.request.delete(`/api/auth/sessions/${NO_ID}`)),
  'POST /api/auth/confirm-device': ({ app }) => app.request.post('/api/auth/confirm-device').send({ token: 'x'.repeat(43), decision: 'confirm' }),
  'PATCH /api/auth/devices/{id}': ({ app, trader }) => as(trader.accessToken, app.request.patch('/api/auth/devices/1')).send({ name: 'for the test' }),
  'DELETE /api/auth/devices/{id}': ({ app, trader }) => as(trader.accessToken, app.request.delete('/api/auth/devices/1')),
  'PUT /api/auth/profile': ({ app, trader }) => as(trader.accessToken, app.request.put('/api/auth/profile')).send({ timezone: 'UTC' }),
  'POST /api/auth/change-password': ({ app, trader }) =>
    as(trader.accessToken, app.request.post('/api/auth/change-password')).send({ current_password: 'correct horse battery', new_password: 'another horse battery' }),
  'POST /api/auth/enable-2fa': ({ app, trader }) => as(trader.accessToken, app.request.post('/api/auth/enable-2fa')).send({ password: 'correct horse battery' }),
  'POST /api/auth/verify-2fa': ({ app, trader }) => as(trader.accessToken, app.request.post('/api/auth/verify-2fa')).send({ code: '123456' }),
  'POST /api/auth/disable-2fa': ({ app, trader }) => as(trader.accessToken, app.request.post('/api/auth/disable-2fa')).send({ password: 'correct horse battery', code: '123456' }),
  'GET /api/auth/captcha': ({ app }) => app.request.get('/api/auth/captcha'),
  'POST /api/auth/register': ({ app, captcha }) => app.request.post('/api/auth/register').send({ email: 'newcomer@example.com', password: 'correct horse battery', captcha }),
  'POST /api/auth/verify-email': ({ app }) => app.request.post('/api/auth/verify-email').send({ token: 'x'.repeat(43) }),
  'POST /api/auth/reset-password': ({ app }) => app.request.post('/api/auth/reset-password').send({ email: 'somebody@example.com' }),
  'GET /api/widget/config': ({ app, partner }) => app.request.get(`/api/widget/config?id=${partner.exchangeId}`),
  'GET /api/widget/jwks/{exchangeId}': ({ app, partner }) => app.request.get(`/api/widget/jwks/${partner.exchangeId}`),
  'POST /api/widget/session': ({ app, partner }) => app.request.post('/api/widget/session').send({ exchangeId: partner.exchangeId, userToken: signUserToken(app, partner, 'somebody') }),
  'POST /api/app/widget/generate-trade-token': ({ app, user }) => requestToken(app, user),
  'POST /api/widget/generate-trade-token': ({ app, user: { exchangeUserId, sessionToken, partner } }) =>
    as(sessionToken, app.request.post('/api/widget/generate-trade-token')).set('Idempotency-Key', randomUUID()).send({ exchangeId: partner.exchangeId, exchangeUserId, trade: LIMIT_ORDER }),
  'POST /api/widget/redeem': ({ app, partner, token }) => signedPost(app, partner, '/api/widget/redeem', { token }),
  'POST /api/widget/executions': ({ app, partner }) => signedPost(app, partner, '/api/widget/executions', { executions: [report()] }),
  'POST /api/orders': ({ app, trader }) => placeOrder(app, trader, { ...BUY, clientOrderId: randomUUID() }),
  'GET /api/orders': ({ app, trader }) => as(trader.accessToken, app.request.get('/api/orders')),
  'GET /api/orders/active': ({ app, trader }) => as(trader.accessToken, app.request.get('/api/orders/active')),
  'GET /api/orders/history': ({ app, trader }) => as(trader.accessToken, app.request.get('/api/orders/history')),
  'DELETE /api/orders': ({ app, trader }) => signed(app, trader, 'DELETE', '/api/orders'),
  'PATCH /api/orders/{id}': ({ app, trader, orderId }) => as(trader.accessToken, app.request.patch(`/api/orders/${orderId}`)).send({ price: '100' }),
  'DELETE /api/orders/{id}': ({ app, trader, orderId }) => signed(app, trader, 'DELETE', `/api/orders/${orderId}`),
  'GET /api/orders/{id}': ({ app, trader, orderId }) => as(trader.accessToken, app.request.get(`/api/orders/${orderId}`)),
  'GET /api/markets': ({ app }) => app.request.get('/api/markets'),
  'GET /api/markets/stats': ({ app }) => app.request.get('/api/markets/stats'),
  'GET /api/markets/{symbol}/ticker': ({ app }) => app.request.get('/api/markets/BTCUSDT/ticker'),
  'GET /api/markets/{symbol}/orderbook': ({ app }) => app.request.get('/api/markets/BTCUSDT/orderbook'),
  'GET /api/markets/{symbol}/trades': ({ app }) => app.request.get('/api/markets/BTCUSDT/trades'),
  'GET /api/markets/{symbol}/klines': ({ app }) => app.request.get('/api/markets/BTCUSDT/klines?interval=1m'),
  'GET /api/account/balances': ({ app, trader }) => as(trader.accessToken, app.request.get('/api/account/balances')),
  'GET /api/account/widget-session': ({ app, trader }) => as(trader.accessToken, app.request.get('/api/account/widget-session')),
  'GET /api/admin/exchanges/{exchangeId}/tokens': ({ app, staff, partner }) => as(staff, app.request.get(`/api/admin/exchanges/${partner.exchangeId}/tokens`)),
  'GET /api/admin/exchanges/{exchangeId}/fees': ({ app, staff, partner }) =>
    as(staff, app.request.get(`/api/admin/exchanges/${partner.exchangeId}/fees?from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z`)),
  'GET /api/admin/exchanges': ({ app, staff }) => as(staff, app.request.get('/api/admin/exchanges')),
  'POST /api/admin/exchanges': ({ app, staff }) => as(staff, app.request.post('/api/admin/exchanges')).send({ exchangeId: 'new-exchange', name: 'New' }),
  'GET /api/admin/exchanges/{exchangeId}': ({ app, staff, partner }) => as(staff, app.request.get(`/api/admin/exchanges/${partner.exchangeId}`)),
  'PATCH /api/admin/exchanges/{exchangeId}': ({ app, staff, partner }) => as(staff, app.request.patch(`/api/admin/exchanges/${partner.exchangeId}`)).send({ name: 'Other' }),
  'PUT /api/admin/exchanges/{exchangeId}/report-key': ({ app, staff, partner }) =>
    as(staff, app.request.put(`/api/admin/exchanges/${partner.exchangeId}/report-key`)).send({ publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) }),
  ...reading('trader', {
    'GET /api/auth/sessions': '/api/auth/sessions',
    'GET /api/auth/devices': '/api/auth/devices',
    'GET /api/auth/profile': '/api/auth/profile',
    'GET /api/account/balances/{asset}': '/api/account/balances/USDT',
    'GET /api/account/trades': '/api/account/trades',
    'GET /api/account/trades/{symbol}': '/api/account/trades/BTCUSDT',
    'GET /api/account/fees': '/api/account/fees',
    'GET /api/account/fee-tier': '/api/account/fee-tier',
    'GET /api/account/deposits': '/api/account/deposits',
    'GET /api/account/withdrawals': '/api/account/withdrawals',
  }),
  ...reading('staff', Object.fromEntries(
    ['/api/admin/audit', '/api/admin/audit/export', '/api/admin/users', '/api/admin/orders', '/api/admin/trades', '/api/admin/system-stats', '/api/admin/deposits', '/api/admin/withdrawals', '/api/risk/events'].map((path) => [`GET ${path}`, path]),
  )),
  'POST /api/account/deposit': ({ app, trader }) => as(trader.accessToken, app.request.post('/api/account/deposit')).set('Idempotency-Key', randomUUID()).send({ asset: 'USDT', amount: '1' }),
  'GET /api/auth/api-keys': ({ app, trader }) => as(trader.accessToken, app.request.get('/api/auth/api-keys')),
  'POST /api/auth/api-keys': ({ app, trader }) => as(trader.accessToken, app.request.post('/api/auth/api-keys')).send({ name: 'of the test', scopes: ['read:balance'], password: PASSWORD }),
  'DELETE /api/auth/api-keys/{id}': ({ app, trader }) => as(trader.accessToken, app.request.delete(`/api/auth/api-keys/${NO_ID}`)),
  'GET /api/account/kyc': ({ app, trader }) => as(trader.accessToken, app.request.get('/api/account/kyc')),
  'POST /api/account/kyc': ({ app, trader }) => as(trader.accessToken, app.request.post('/api/account/kyc')).send({ full_name: 'Ann Example', date_of_birth: '1990-01-01', country: 'CA', address: 'Ottawa', documents: [{ kind: 'passport', media_type: 'image/jpeg', content: '/9j/AAAA' }] }),
  'GET /api/admin/users/{id}/kyc': ({ app, staff, trader }) => as(staff, app.request.get(`/api/admin/users/${trader.userId}/kyc?reason=for+the+test`)),
  'PATCH /api/admin/users/{id}/kyc': ({ app, staff, trader }) => as(staff, app.request.patch(`/api/admin/users/${trader.userId}/kyc`)).send({ kyc_status: 'rejected', reason: 'for the test' }),
  'POST /api/account/withdraw': ({ app, trader }) => signed(app, trader, 'POST', '/api/account/withdraw', { asset: 'USDT', amount: '1', address: 'bank' }).set('Idempotency-Key', randomUUID()),
  'POST /api/account/withdrawals/confirm': ({ app }) => app.request.post('/api/account/withdrawals/confirm').send({ token: 'x'.repeat(43) }),
  'POST /api/account/withdrawals/{id}/cancel': ({ app, trader }) => as(trader.accessToken, app.request.post(`/api/account/withdrawals/${NO_ID}/cancel`)),
  'POST /api/funding/deposits': ({ app }) => fundDeposit(app, { transactionId: 'for-the-test', reference: '019d0000-0000-7000-8000-000000000000', asset: 'USDT', amount: '1' }),
  'POST /api/risk/events': ({ app }) => app.request.post('/api/risk/events').set('X-API-Key', SERVICE_TOKEN).send({ eventType: 'TRADE', severity: 'LOW', description: 'for the test' }),
  'PUT /api/risk/events/{id}': ({ app, staff }) => as(staff, app.request.put('/api/risk/events/1')).send({ resolved: true, note: 'for the test' }),
  'POST /api/admin/users/{id}/unlock': ({ app, staff, trader }) => as(staff, app.request.post(`/api/admin/users/${trader.userId}/unlock`)).send({ reason: 'for the test' }),
  'POST /api/admin/addresses/unblock': ({ app, staff }) => as(staff, app.request.post('/api/admin/addresses/unblock')).send({ address: '192.0.2.77', reason: 'for the test' }),
  'GET /api/admin/users/{id}': ({ app, staff, trader }) => as(staff, app.request.get(`/api/admin/users/${trader.userId}?reason=for+the+test`)),
  'PATCH /api/admin/users/{id}/fee-tier': ({ app, staff, trader }) => as(staff, app.request.patch(`/api/admin/users/${trader.userId}/fee-tier`)).send({ tier: 2, reason: 'for the test' }),
  ...deciding(['deposits/{id}/confirm', ...['approve', 'reject', 'send', 'complete', 'fail'].map((action) => `withdrawals/{id}/${action}`), ...['halt', 'open', 'post-only'].map((status) => `markets/{symbol}/${status}`)]),
  ...Object.fromEntries(
    ['rotate-key', 'activate-key', 'rotate-credentials', 'suspend', 'reopen'].map((action) => [
      `POST /api/admin/exchanges/{exchangeId}/${action}`,
      ({ app, staff, partner }: Scene) => as(staff, app.request.post(`/api/admin/exchanges/${partner.exchangeId}/${action}`)).send({ reason: 'for the test' }),
    ]),
  ),
};

let scenes: Scene[] = [];
beforeAll(async () => {
  scenes = await Promise.all([setScene(), setScene()]);
  outcomes.refused = play(scenes[0]!, 'refused');
  outcomes.hanging = play(scenes[1]!, 'hanging');
});
afterAll(async () => {
  clock.stop();
  await Promise.allSettled(Object.values(outcomes));
  for (const { app, other, proxy, database } of scenes) {
    // First, so that no pool waits for connections that say nothing.
    await proxy.stop();
    await other.close();
    await app.close();
    await database.drop();
  }
}, 30_000);

test('the table of docs/guides/database-away.md has a line for every route, and no other', () => {
  const routes = scenes[0]!.app.app.routes.map(({ method, path }) => `${method.toUpperCase()} ${contractPath(path)}`);
  expect(promised.map(({ route }) => route).sort()).toEqual(routes.sort());
});

describe.each<Trouble>(['refused', 'hanging'])('with connections to the database %s,', (trouble) => {
  test.each(promised)('$route answers as the table says', async ({ route, answers, withinMs }) => {
    const answer = (await outcomes[trouble]!).answers.get(route)!;
    expect(answers).toContain(answer.what);
    expect(answer.milliseconds).toBeLessThan(withinMs);
    if (answer.what.startsWith('503')) expect(answer.retryAfter).toMatch(/^\d+$/);
  });

  test('an order at a node that does not run the engine is answered as the table says', async () => {
    const { answers, withinMs } = promised.find(({ route }) => route === 'POST /api/orders')!;
    const answer = (await outcomes[trouble]!).elsewhere;
    expect(answers).toContain(answer.what);
    expect(answer.milliseconds).toBeLessThan(withinMs);
    expect(answer.retryAfter).toMatch(/^\d+$/);
  });

  test('a label session, which needs no record, is opened all the same', async () => {
    expect((await outcomes[trouble]!).labelSession).toMatchObject({ what: '200' });
  });

  test('an outage writes no stack, and of each kind of trouble at most a line per five seconds', async () => {
    const { scene } = (await outcomes[trouble])!;
    const lines = [scene.app, scene.other].flatMap(({ logs }) => logs).map((line) => JSON.parse(line) as { msg: string; job?: string; request_id?: string; error?: object; reason?: string });
    const away = lines.filter(({ reason }) => reason !== undefined);
    expect(away.length).toBeGreaterThan(0);
    expect(lines.filter(({ error }) => /ECONN|Connection terminated|timeout/.test(JSON.stringify(error ?? {})))).toEqual([]);
    const times = new Map<string, number>();
    for (const { msg, job } of away.filter(({ request_id: id }) => id === undefined)) times.set(`${msg} ${job}`, (times.get(`${msg} ${job}`) ?? 0) + 1);
    // Two nodes, and an outage of some ten seconds.
    expect([...times].filter(([, count]) => count > 8)).toEqual([]);
  });

  test('nothing is a mistake of ours, and five seconds after it is back everything works without a restart', async () => {
    const { scene, backAfterMs, notYet } = (await outcomes[trouble])!;
    expect(scene.app.logs.filter((line) => line.includes('INTERNAL_ERROR'))).toEqual([]);
    expect(notYet).toBeNull();
    expect(backAfterMs).toBeLessThan(5_000);
  });
});

async function setScene(): Promise<Scene> {
  const database = await cloneDatabase();
  const proxy = new PostgresProxy(testAddress().port);
  const url = new URL(database.appUrl);
  url.port = String(await proxy.start());
  const node = { database: { ...database, appUrl: url.href }, env: { ENGINE_LEASE_MS: '3000', ENGINE_RENEW_MS: '1000', SERVICE_API_TOKEN: SERVICE_TOKEN, FUNDING_SECRET } };
  const app = await createNode(node);
  const other = await createNode(node);
  await createMarkets(app);
  const partner = await createPartner(app);
  const labelPartner = await createPartner(app, { identity_mode: 'label' });
  const user = await openSession(app, partner);
  const trader = await createTrader(app);
  const { token } = await getToken(app, user);
  const { id: orderId } = await placed(app, trader, BUY);
  return { app, other, database, proxy, partner, labelPartner, user, token, trader, orderId, captcha: await solveCaptcha(app), staff: (await signIn(app, 'admin')).accessToken };
}

async function play(scene: Scene, trouble: Trouble): Promise<{ answers: Map<string, Answer>; elsewhere: Answer; labelSession: Answer; scene: Scene; backAfterMs: number; notYet: string | null }> {
  const giveBack = await scene.proxy.takeAway(trouble);
  const labelSession = timed(scene.app.request.post('/api/widget/session').set('Origin', PAGE).send({ exchangeId: scene.labelPartner.exchangeId, exchangeUserId: 'somebody' }));
  const elsewhere = timed(placeOrder(scene.other, scene.trader, { ...BUY, clientOrderId: randomUUID() }));
  const answers = new Map(await Promise.all(promised.map(async ({ route }): Promise<[string, Answer]> => [route, await timed(ask[route]!(scene))])));
  await Promise.all([elsewhere, labelSession]);
  // While this node cannot see it.
  await sql(scene.database.superUrl, `update widget.exchanges set name = 'Renamed Exchange' where exchange_id = $1`, [scene.partner.exchangeId]);
  await giveBack();
  const back = clock.now();
  const notYet = await everythingWorks(scene).then(() => null, String);
  return { answers, elsewhere: await elsewhere, labelSession: await labelSession, scene, backAfterMs: clock.now() - back, notYet };
}

async function everythingWorks({ app, partner, user, trader, orderId }: Scene): Promise<void> {
  const comes = (name: string, status: number, again: () => Asked): Promise<unknown> =>
    until(async () => [name, (await again()).status], ([, got]) => got === status, 15_000);
  await Promise.all([
    comes('ready', 200, () => app.request.get('/ready')),
    comes('token', 201, () => requestToken(app, user)),
    comes('order', 201, () => placeOrder(app, trader, { ...BUY, clientOrderId: randomUUID() })),
    comes('order read', 200, () => as(trader.accessToken, app.request.get(`/api/orders/${orderId}`))),
    comes('report', 200, () => signedPost(app, partner, '/api/widget/executions', { executions: [report()] })),
    until(async () => (await app.request.get(`/api/widget/config?id=${partner.exchangeId}`)).body as { name: string }, ({ name }) => name === 'Renamed Exchange', 15_000),
  ]);
  await signedPost(app, partner, '/api/widget/redeem', { token: (await getToken(app, user)).token }).expect(200);
}

async function timed(asked: Asked): Promise<Answer> {
  const started = clock.now();
  try {
    const { status, body, headers } = await asked;
    const code = (body as { error?: { code: string } }).error?.code;
    return { what: code === undefined ? String(status) : `${status} ${code}`, milliseconds: clock.now() - started, retryAfter: headers['retry-after'] };
  } catch (error) {
    return { what: String(error), milliseconds: clock.now() - started, retryAfter: undefined };
  }
}

const as = (accessToken: string, asked: Asked): Asked => asked.set('Authorization', `Bearer ${accessToken}`);

const report = (): object => ({ jti: '019d0000-0000-7000-8000-000000000000', status: 'rejected', quantity: '0', orderId: 'none', executedAt: '2026-11-21T00:00:00Z' });

/** A line: `| \`GET /ready\` | 503 \`CODE\` or \`CODE\`: words | 6 s |`. */
function readTable(text: string): Promised[] {
  const lines = [...text.matchAll(/^\| `([A-Z]+ [^`]+)` \| (.+) \| (\d+) s \|$/gm)];
  return lines.map(([, route, answer, seconds]) => {
    const codes = [...answer!.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => `${ERROR_CODES[code as ErrorCode][0]} ${code}`);
    return { route: route!, answers: answer!.startsWith('200') ? ['200', ...codes] : codes, withinMs: Number(seconds) * 1000 };
  });
}
