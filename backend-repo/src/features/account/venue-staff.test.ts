import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { signIn } from '../../testing/builders.ts';
import { BUY, createTrader, createVenue, placed, placeOrder, SELL, sql, type TestVenue, type Trader } from '../../testing/venue.ts';

let app: TestVenue;
let [admin, staff, buyer, seller] = [] as unknown as [Trader, Trader, Trader, Trader];
beforeAll(async () => {
  app = await createVenue();
  [admin, staff] = [await signIn(app, 'admin'), await signIn(app, 'staff')];
  [buyer, seller] = [await createTrader(app), await createTrader(app)];
  await placed(app, seller, { ...SELL, quantity: '0.5' });
  await placed(app, buyer, { ...BUY, quantity: '0.2', clientOrderId: 'mine' });
  await placed(app, buyer, { ...BUY, symbol: 'ETHUSDT', price: '2000', quantity: '1' });
});
afterAll(() => app.close());

const BECAUSE = 'reason=They+wrote+to+us';
const call = (path: string, by: Trader = admin): supertest.Test => app.request.get(`/api/admin/${path}`).set('Authorization', `Bearer ${by.accessToken}`);
const rows = async (path: string, name: string): Promise<Record<string, unknown>[]> => ((await call(path).expect(200)).body as { data: Record<string, Record<string, unknown>[]> }).data[name]!;
const market = (path: string, body: object = { reason: 'a drill' }, by: Trader = admin): supertest.Test =>
  app.request.post(`/api/admin/markets/${path}`).set('Authorization', `Bearer ${by.accessToken}`).send(body);

test('admins see everybody’s orders, and find them', async () => {
  const all = await rows('orders', 'orders');
  expect(all).toMatchObject([
    { user_id: buyer.userId, symbol: 'ETHUSDT', status: 'PENDING', price: '2000.00', average_price: null },
    { user_id: buyer.userId, symbol: 'BTCUSDT', status: 'FILLED', client_order_id: 'mine', average_price: '64000.00', fee_asset: 'BTC' },
    { user_id: seller.userId, side: 'SELL', status: 'PARTIAL', quantity: '0.5', filled_quantity: '0.2' },
  ]);
  expect(await rows(`orders?userId=${seller.userId}&${BECAUSE}`, 'orders')).toEqual([all[2]]);
  expect(await rows('orders?symbol=BTCUSDT&side=BUY&type=LIMIT&status=FILLED', 'orders')).toEqual([all[1]]);
  expect(await rows('orders?to=2000-01-01T00:00:00.000Z', 'orders')).toEqual([]);
  const { body } = await call('orders?limit=2').expect(200);
  expect(await rows(`orders?limit=2&cursor=${body.data.next_cursor}`, 'orders')).toEqual([all[2]]);
  for (const query of ['limit=101', 'cursor=0', 'status=OPEN', 'userId=x', 'symbol=btc', 'from=1']) await call(`orders?${query}`).expect(400);
});

test('admins see all trades, with both sides', async () => {
  const all = await rows('trades', 'trades');
  expect(all).toMatchObject([{ buyer_id: buyer.userId, seller_id: seller.userId, taker_side: 'BUY', price: '64000.00', quantity: '0.2', notional: '12800', buyer_fee: '0.0003', seller_fee: '12.8' }]);
  for (const { userId } of [buyer, seller]) expect(await rows(`trades?userId=${userId}&symbol=BTCUSDT&${BECAUSE}`, 'trades')).toEqual(all);
  expect(await rows(`trades?userId=${admin.userId}&${BECAUSE}`, 'trades')).toEqual([]);
});

test('admins see who has an account, page by page, and nothing of their passwords', async () => {
  const users = await rows('users?limit=100', 'users');
  expect(users.map(({ id }) => id)).toEqual([seller, buyer, staff, admin].map(({ userId }) => userId));
  expect(Object.keys(users[0]!).sort()).toEqual(['created_at', 'email', 'fee_tier', 'id', 'kyc_status', 'role', 'username']);
  expect(await rows('users?role=admin', 'users')).toMatchObject([{ id: admin.userId, fee_tier: 1 }]);
  expect(await rows(`users?email=STAFF-&${BECAUSE}`, 'users')).toMatchObject([{ id: staff.userId }]);
  const { body } = await call('users?limit=3').expect(200);
  expect(await rows(`users?cursor=${body.data.next_cursor}`, 'users')).toMatchObject([{ id: admin.userId }]);
});

test('admins see one person, with a reason, which is on record before anything is shown', async () => {
  const path = `users/${buyer.userId}?reason=`;
  const { body } = await call(`${path}They+wrote+to+us`).expect(200);
  expect(body.data).toEqual({
    id: buyer.userId, email: expect.stringMatching(/@example\.com$/), username: null, full_name: null, avatar_url: null, timezone: 'UTC', role: 'user', kyc_status: 'approved', fee_tier: 1, second_factor: false, sessions: 1, devices: 1,
    locked_until: null, reverify_since: null, email_verified_at: expect.any(String), created_at: expect.any(String),
  });
  await app.request.put('/api/auth/profile').set('Authorization', `Bearer ${buyer.accessToken}`).send({ full_name: 'Ben Example' }).expect(200);
  expect((await call(`${path}They+wrote+again`).expect(200)).body.data).toMatchObject({ full_name: 'Ben Example' });
  // A node of the version before writes names as they are.
  await sql(app.database.superUrl, `update auth.users set full_name = 'Ben Newer' where id = $1`, [buyer.userId]);
  expect((await call(`${path}They+wrote+anew`).expect(200)).body.data).toMatchObject({ full_name: 'Ben Newer' });
  const read = `select actor_id, reason from audit.entries where action = 'user.read' and subject_id = '${buyer.userId}' order by entry_id`;
  expect(await sql(app.database.superUrl, read)).toEqual([{ actor_id: String(admin.userId), reason: 'They wrote to us' }, { actor_id: String(admin.userId), reason: 'They wrote again' }, { actor_id: String(admin.userId), reason: 'They wrote anew' }]);
  for (const query of ['', '?reason=too+short', `?reason=${'x'.repeat(201)}`, '?reason=They+wrote+to+us&all=1']) await call(`users/${buyer.userId}${query}`).expect(400);
  expect((await call('users/999999?reason=They+wrote+to+us').expect(404)).body.error.code).toBe('USER_NOT_FOUND');
  await call(`${path}They+wrote+to+us`, staff).expect(403);
  expect((await sql(app.database.superUrl, read)).length).toBe(3);
});

test('every list that staff reads is on record, with what was asked for and how many rows it had', async () => {
  await call(`orders?userId=${seller.userId}&limit=5&${BECAUSE}`).expect(200);
  await call(`users?email=STAFF-&role=staff&${BECAUSE}`).expect(200);
  for (const list of ['trades', 'deposits', 'withdrawals']) await call(list).expect(200);
  await app.request.get('/api/risk/events').set('Authorization', `Bearer ${admin.accessToken}`).expect(200);
  const last = (what: string): Promise<unknown[]> => sql(app.database.superUrl, `select actor_id, reason, after from audit.entries where action = $1 order by entry_id desc limit 1`, [`${what}.listed`]);
  expect(await last('orders')).toEqual([{ actor_id: String(admin.userId), reason: 'They wrote to us', after: { filters: { userId: seller.userId, limit: 5 }, rows: 1 } }]);
  // What is typed there is a person's: the log says that it was, and not what.
  expect(await last('users')).toEqual([{ actor_id: String(admin.userId), reason: 'They wrote to us', after: { filters: { by_email: true, role: 'staff', limit: 50 }, rows: 1 } }]);
  await call('users').expect(200);
  expect(await last('users')).toMatchObject([{ after: { filters: { limit: 50 } } }]);
  for (const what of ['trades', 'deposits', 'withdrawals', 'risk_events']) expect(await last(what)).toMatchObject([{ actor_id: String(admin.userId), after: { rows: expect.any(Number) } }]);
});

test.each(['admin/orders?userId=1', 'admin/trades?userId=1', 'admin/users?email=ann@', 'risk/events?userId=1', 'admin/audit?subject=user:1', 'admin/audit?actor=user:1'])('a list that names one person needs a reason: %s', async (query) => {
  const count = async (): Promise<number> => (await sql(app.database.superUrl, `select from audit.entries where action ~ '(listed|read)$'`)).length;
  const look = (path: string): supertest.Test => app.request.get(`/api/${path}`).set('Authorization', `Bearer ${admin.accessToken}`);
  const before = await count();
  for (const reason of ['', '&reason=too+short', `&reason=${'x'.repeat(201)}`, '&reason=They+wrote%00to+us']) {
    expect([reason, (await look(`${query}${reason}`).expect(400)).body.error.fields]).toEqual([reason, { reason: expect.any(String) }]);
  }
  expect(await count()).toBe(before);
  await look(`${query}&${BECAUSE}`).expect(200);
  const [entry] = await sql(app.database.superUrl, 'select reason, after from audit.entries order by entry_id desc limit 1');
  expect(entry).toEqual({ reason: 'They wrote to us', after: expect.not.objectContaining({ reason: expect.anything() }) });
});

test('how the venue is doing', async () => {
  const { body } = await call('system-stats').expect(200);
  expect(body.data).toEqual({
    open_orders: 2, orders_last_minute: 3, trades_last_minute: 1, open_withdrawals: 0, pending_deposits: 0, users: 4,
    engine: { epoch: 1, node: expect.stringMatching(/^http/), batches: expect.any(Number), queue: expect.any(Number) },
  });
});

test('a market is halted, opened and made post-only by admins, with a reason, on record', async () => {
  expect((await market('BTCUSDT/halt').expect(200)).body.data).toEqual({ symbol: 'BTCUSDT', status: 'halted' });
  expect((await placeOrder(app, buyer, BUY).expect(422)).body.error.code).toBe('MARKET_HALTED');
  await market('BTCUSDT/post-only').expect(200);
  expect((await placeOrder(app, buyer, BUY).expect(422)).body.error).toMatchObject({ code: 'MARKET_POST_ONLY', fields: { symbol: expect.any(String) } });
  await market('BTCUSDT/open').expect(200);
  await placed(app, buyer, { ...BUY, quantity: '0.1' });
  const entries = await sql(app.database.superUrl, `select actor_id, action, reason, before, after from audit.entries where subject_kind = 'market' and subject_id = 'BTCUSDT' order by entry_id`);
  expect(entries).toEqual([['open', 'halted'], ['halted', 'post-only'], ['post-only', 'open']].map(([before, after]) => (
    { actor_id: String(admin.userId), action: 'market.status_ordered', reason: 'a drill', before: { status: before }, after: { status: after } }
  )));
  expect((await market('NOSUCHUSDT/halt').expect(400)).body.error.code).toBe('UNKNOWN_SYMBOL');
  for (const body of [{}, { reason: 'x' }, { reason: 7 }, { reason: 'a drill', symbol: 'ETHUSDT' }]) await market('BTCUSDT/halt', body).expect(400);
});

test('neither traders nor staff without the right see or steer any of it', async () => {
  for (const by of [buyer, staff]) {
    for (const path of ['users', 'orders', 'trades', 'system-stats', 'deposits', 'withdrawals']) await call(path, by).expect(403);
    for (const path of ['BTCUSDT/halt', 'BTCUSDT/open', 'BTCUSDT/post-only']) await market(path, { reason: 'a drill' }, by).expect(403);
  }
  await app.request.get('/api/admin/orders').expect(401);
  await placed(app, buyer, { ...BUY, quantity: '0.1' });
});
