import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { signedHeaders, type TestApp } from '../../testing/test-app.ts';
import { createMarkets, createNode, createTrader, placeOrder, sql, until, VENUE, type TestVenue, type Trader } from '../../testing/venue.ts';
import { newExchange, PASSWORD, signIn } from '../../testing/builders.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { totp } from '../../totp.ts';

const PATH = '/api/auth/api-keys';

interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}

let database: TestDatabase;
let app: TestVenue;
let trader: Trader;
beforeAll(async () => {
  database = await cloneDatabase();
  const node = await createNode({ database, env: { LIMIT_API_KEY_CHANGES_PER_HOUR: '1000' } });
  await createMarkets(node);
  const exchange = newExchange(VENUE);
  app = { ...node, partner: { ...(await node.app.widget!.partners.create(exchange, 'ES256')), exchange } };
  trader = await createTrader(app);
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const codeOf = ({ body }: supertest.Response): string => (body as { error: { code: string } }).error.code;
const as = (who: Pick<Trader, 'accessToken'>, call: supertest.Test): supertest.Test => call.set('Authorization', `Bearer ${who.accessToken}`);
const ask = (who: Pick<Trader, 'accessToken'>, body: object = {}): supertest.Test => as(who, app.request.post(PATH)).send({ name: 'bot', scopes: ['trade'], password: PASSWORD, ...body });
const make = async (who: Pick<Trader, 'accessToken'>, body: object = {}): Promise<MadeKey> => (await ask(who, body).expect(201).then(({ body: answer }) => (answer as { data: MadeKey }).data));
const list = async (who: Trader): Promise<Record<string, unknown>[]> => (await as(who, app.request.get(PATH)).expect(200).then(({ body }) => (body as { data: { keys: Record<string, unknown>[] } }).data.keys));

type Signing = Parameters<typeof signedHeaders>[4];

/** A call that is signed as docs/guides/api-keys.md says. */
function signed({ key, secret }: Pick<MadeKey, 'key' | 'secret'>, method: 'GET' | 'POST' | 'DELETE', path: string, body: object | null = null, options: Signing = {}): supertest.Test {
  const text = body === null ? '' : JSON.stringify(body);
  const headers = signedHeaders({ apiKey: key, apiSecret: secret }, method, path, text, { timestamp: app.now(), ...options });
  const call = app.request[method.toLowerCase() as 'get'](path).set(headers);
  return body === null ? call : call.send(text);
}

const ORDER = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '50000' };
const order = (): typeof ORDER & { clientOrderId: string } => ({ ...ORDER, clientOrderId: randomUUID() });

describe('A11 an API key', () => {
  test('is shown with its secret once, as prefix_id.secret, and lies sealed', async () => {
    const made = await make(trader, { name: 'shown once', scopes: ['read:balance', 'trade'], ip_allow_list: ['127.0.0.1'], expires_at: '2099-01-01T00:00:00.000Z' });
    expect(made.secret).toMatch(/^ak_[0-9a-f]{32}\.[\w-]{43}$/);
    expect(made.secret.split('.')[0]).toBe(made.key);
    const [listed] = await list(trader);
    expect(listed).toEqual({
      id: made.id, key: made.key, name: 'shown once', scopes: ['read:balance', 'trade'], ip_allow_list: ['127.0.0.1'], require_version_2: false,
      created_at: expect.any(String), expires_at: '2099-01-01T00:00:00.000Z', last_used_at: null,
    });
    const rows = await sql(database.superUrl, `select k::text as row from auth.api_keys k`);
    expect(JSON.stringify(rows)).not.toContain(made.secret.split('.')[1]);
    expect(app.logs.join('')).not.toContain(made.secret.split('.')[1]);
  });

  test('needs the password again, and each refusal is on record', async () => {
    const wrong = await ask(trader, { password: 'not the password' }).expect(401);
    expect(codeOf(wrong)).toBe('AUTHENTICATION_FAILED');
    const rows = await sql(database.superUrl, `select 1 from audit.entries where action = 'password.refused' and actor_id = '${trader.userId}'`);
    expect(rows).toHaveLength(1);
  });

  test('needs a code, too, once the second factor is on, and the code counts once', async () => {
    const someone = await createTrader(app, {});
    const enabled = await as(someone, app.request.post('/api/auth/enable-2fa')).send({ password: PASSWORD }).expect(200);
    const { secret } = (enabled.body as { data: { secret: string } }).data;
    const code = (): string => totp.codeAt(secret, Math.floor(app.now() / 1000));
    await as(someone, app.request.post('/api/auth/verify-2fa')).send({ code: code() }).expect(200);
    app.advance(30_000);
    expect(codeOf(await ask(someone).expect(401))).toBe('TWO_FACTOR_REQUIRED');
    expect(codeOf(await ask(someone, { totp: 'no code' }).expect(401))).toBe('SECOND_FACTOR_WRONG');
    const once = code();
    await make(someone, { totp: once });
    expect(codeOf(await ask(someone, { totp: once }).expect(401))).toBe('SECOND_FACTOR_WRONG');
    expect(await list(someone)).toHaveLength(1);
  });

  test('is on record when it is made and when it ends, and a mail tells its owner', async () => {
    const someone = await createTrader(app, {});
    const made = await make(someone);
    await as(someone, app.request.delete(`${PATH}/${made.id}`)).expect(200);
    const rows = await sql<{ action: string; after: object | null }>(database.superUrl, `select action, after from audit.entries where subject_id = '${made.id}' order by at`);
    expect(rows.map(({ action }) => action)).toEqual(['api_key.created', 'api_key.revoked']);
    expect(rows[0]!.after).toMatchObject({ name: 'bot', scopes: ['trade'] });
    expect(JSON.stringify(rows)).not.toContain(made.secret);
    expect(await sql(database.superUrl, `select 1 from jobs.mails where template = 'api-key-created'`)).not.toHaveLength(0);
  });

  test('is one of ten at most, also when many are asked for at once', async () => {
    const someone = await createTrader(app, {});
    const answers = await Promise.all(Array.from({ length: 14 }, () => ask(someone).then((answer) => answer)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(codeOf))).toEqual(new Set(['TOO_MANY_API_KEYS']));
    const [first] = await list(someone);
    await as(someone, app.request.delete(`${PATH}/${String(first!['id'])}`)).expect(200);
    await make(someone);
  });

  test('has a future, known scopes and real addresses, and nothing that its owner may not do', async () => {
    for (const [field, value] of Object.entries({ expires_at: '2020-01-01T00:00:00.000Z', ip_allow_list: ['localhost'], scopes: ['read:users'], name: '' })) {
      const { body } = await ask(trader, { [field]: value }).expect(400);
      expect(Object.keys((body as { error: { fields: object } }).error.fields)[0]).toMatch(new RegExp(`^${field}`));
    }
    const staff = await signIn(app, 'staff');
    expect(codeOf(await ask(staff).expect(403))).toBe('PERMISSION_DENIED');
  });

  test('of somebody else can be neither seen nor ended', async () => {
    const [owner, other] = [await createTrader(app, {}), await createTrader(app, {})];
    const { id } = await make(owner);
    expect(await list(other)).toEqual([]);
    expect(codeOf(await as(other, app.request.delete(`${PATH}/${id}`)).expect(404))).toBe('API_KEY_NOT_FOUND');
    expect(await list(owner)).toHaveLength(1);
  });

  test('is seen by role app only for whom the transaction works; with row-level security off all would be', async () => {
    const seen = (): Promise<unknown[]> => sql(database.appUrl, 'select id from auth.api_keys');
    await make(await createTrader(app, {}));
    expect(await seen()).toEqual([]);
    await expect(sql(database.appUrl, 'select secret_sealed from auth.api_keys')).rejects.toThrow(/permission denied/);
    await sql(database.superUrl, 'alter table auth.api_keys disable row level security');
    expect(await seen()).not.toEqual([]);
    await sql(database.superUrl, 'alter table auth.api_keys enable row level security');
  });
});

describe('A11 a call that is signed with an API key', () => {
  let key: MadeKey;
  beforeAll(async () => {
    key = await make(trader, { scopes: ['trade', 'read:balance', 'view_orders'] });
  });

  test.each([1, 2] as const)('places an order, reads and cancels, by version %i of the signature', async (version) => {
    const { body } = await signed(key, 'POST', '/api/orders', order(), { version }).expect(201);
    const { id } = (body as { data: { id: number } }).data;
    await signed(key, 'GET', '/api/orders?symbol=BTCUSDT&limit=1', null, { version }).expect(200);
    await signed(key, 'DELETE', `/api/orders/${id}`, null, { version }).expect(200);
    await signed(key, 'GET', '/api/account/balances', null, { version }).expect(200);
  });

  test('may do what its scopes say and no more; money moves only by write:balance', async () => {
    expect(codeOf(await signed(key, 'GET', '/api/account/trades').expect(403))).toBe('PERMISSION_DENIED');
    const withdrawal = { asset: 'USDT', amount: '10', address: 'somewhere' };
    expect(codeOf(await signed(key, 'POST', '/api/account/withdraw', withdrawal).expect(403))).toBe('PERMISSION_DENIED');
    const reader = await make(trader, { scopes: ['read:balance'] });
    expect(codeOf(await signed(reader, 'POST', '/api/orders', order()).expect(403))).toBe('PERMISSION_DENIED');
  });

  test('reaches no route of the account itself, of staff, or of the venue’s page', async () => {
    for (const path of [PATH, '/api/admin/users', '/api/risk/events']) expect([path, (await signed(key, 'GET', path)).status]).toEqual([path, 401]);
    expect(codeOf(await signed(key, 'GET', '/api/account/widget-session').expect(403))).toBe('PERMISSION_DENIED');
  });

  test('needs a name for its order in version 1; version 2 names it by what was signed', async () => {
    const { body } = await signed(key, 'POST', '/api/orders', ORDER, { version: 1 }).expect(400);
    expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { clientOrderId: expect.any(String) } } });
    const name = randomUUID();
    await signed(key, 'POST', '/api/orders', ORDER, { version: 1 }).set('Idempotency-Key', name).expect(201);
    const made = await signed(key, 'POST', '/api/orders', ORDER).expect(201);
    expect(made.body).toMatchObject({ data: { client_order_id: expect.stringMatching(/^signed-[0-9a-f]{32}$/) } });
    await placeOrder(app, trader, ORDER).expect(201);
  });

  test('is one kind of credentials at a time', async () => {
    const { body } = await as(trader, signed(key, 'GET', '/api/account/balances')).expect(401);
    expect(body).toMatchObject({ error: { fields: { Authorization: expect.any(String) } } });
  });

  test('bodies are judged as in a session: no JSON, JSON that breaks, JSON of another type', async () => {
    const raw = (text: string, type = 'application/json'): supertest.Test =>
      app.request.post('/api/orders').set(signedHeaders({ apiKey: key.key, apiSecret: key.secret }, 'POST', '/api/orders', text, { timestamp: app.now() })).set('Content-Type', type).send(text);
    expect(codeOf(await raw('{"symbol":').expect(400))).toBe('INVALID_JSON');
    expect(codeOf(await raw('"text"').expect(400))).toBe('INVALID_JSON');
    expect(codeOf(await raw(JSON.stringify(order()), 'text/plain').expect(415))).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect(codeOf(await raw('{"symbol":"BTCUSDT","symbol":"ETHUSDT"}').expect(400))).toBe('VALIDATION_ERROR');
    expect(codeOf(await raw(' '.repeat(110 * 1024)).expect(413))).toBe('PAYLOAD_TOO_LARGE');
  });

  test('counts against its user’s limit, whatever key signs', async () => {
    const small = await otherNode({ LIMIT_ORDER_READS_PER_HOUR: '3' });
    try {
      const someone = await createTrader(small, {});
      const created = async (): Promise<MadeKey> =>
        (await small.request.post(PATH).set('Authorization', `Bearer ${someone.accessToken}`).send({ name: 'bot', scopes: ['view_orders'], password: PASSWORD }).expect(201).then(({ body }) => (body as { data: MadeKey }).data));
      const keys = [await created(), await created()];
      const read = ({ key: apiKey, secret: apiSecret }: MadeKey): Promise<number> =>
        small.request.get('/api/orders').set(signedHeaders({ apiKey, apiSecret }, 'GET', '/api/orders', '', { timestamp: small.now() })).then(({ status }) => status);
      const statuses = [await read(keys[0]!), await read(keys[1]!), await read(keys[0]!), await read(keys[1]!)];
      expect(statuses).toEqual([200, 200, 200, 429]);
    } finally {
      await small.close();
    }
  });

  test('is noted, for many calls at once', async () => {
    const fresh = await make(trader, { scopes: ['view_orders'] });
    const small = await otherNode();
    const before = small.now();
    await small.request.get('/api/orders').set(signedHeaders({ apiKey: fresh.key, apiSecret: fresh.secret }, 'GET', '/api/orders', '', { timestamp: small.now() })).expect(200);
    await small.close();
    const [row] = await sql<{ last_used_at: Date }>(database.superUrl, `select last_used_at from auth.api_keys where id = '${fresh.id}'`);
    expect(row!.last_used_at.getTime()).toBeGreaterThanOrEqual(before - 1);
  });
});

const otherNode = (env: Record<string, string> = {}): Promise<TestApp> => createNode({ database, env, ahead: app.now() - Date.now() });

describe('A11 is refused, with nothing done:', () => {
  let key: MadeKey;
  let other: MadeKey;
  beforeAll(async () => {
    key = await make(trader, { scopes: ['trade', 'view_orders'] });
    other = await make(await createTrader(app), { scopes: ['trade'] });
  });
  const send = (headers: Record<string, string>, path: string, body: string, method: 'get' | 'post' | 'delete' = 'post'): supertest.Test =>
    app.request[method](path).set(headers).send(body === '' ? undefined : body);
  const headersFor = (method: string, path: string, body: string, options: Signing = {}, by: MadeKey = key): Record<string, string> =>
    signedHeaders({ apiKey: by.key, apiSecret: by.secret }, method, path, body, { timestamp: app.now(), ...options });
  const openOrders = async (): Promise<number> => (await sql<{ count: number }>(database.superUrl, 'select count(*)::int as count from trading.orders'))[0]!.count;

  test.each([1, 2] as const)('a replay, by version %i', async (version) => {
    const text = JSON.stringify(order());
    const headers = headersFor('POST', '/api/orders', text, { version });
    await send(headers, '/api/orders', text).expect(201);
    const before = await openOrders();
    expect(codeOf(await send(headers, '/api/orders', text).expect(401))).toBe('NONCE_REUSED');
    expect(await openOrders()).toBe(before);
  });

  test('a replay under another nonce, which version 1 leaves unsigned, and under another Idempotency-Key', async () => {
    const text = JSON.stringify(ORDER);
    const headers = headersFor('POST', '/api/orders', text, { version: 1 });
    await send({ ...headers, 'Idempotency-Key': randomUUID() }, '/api/orders', text).expect(201);
    const before = await openOrders();
    const again = await send({ ...headers, 'X-API-Nonce': randomUUID(), 'Idempotency-Key': randomUUID() }, '/api/orders', text).expect(401);
    expect(codeOf(again)).toBe('NONCE_REUSED');
    const upper = { ...headers, 'X-API-Nonce': randomUUID(), 'X-API-Signature': headers['X-API-Signature']!.toUpperCase(), 'Idempotency-Key': randomUUID() };
    expect(codeOf(await send(upper, '/api/orders', text).expect(401))).toBe('NONCE_REUSED');
    expect(await openOrders()).toBe(before);
  });

  test('an altered nonce in version 2', async () => {
    const text = JSON.stringify(order());
    const headers = headersFor('POST', '/api/orders', text);
    expect(codeOf(await send({ ...headers, 'X-API-Nonce': randomUUID() }, '/api/orders', text).expect(401))).toBe('SIGNATURE_INVALID');
  });

  test.each([1, 2] as const)('an altered body, path, query order or method, by version %i', async (version) => {
    const text = JSON.stringify(order());
    const headers = headersFor('POST', '/api/orders', text, { version });
    expect(codeOf(await send(headers, '/api/orders', text.replace('0.01', '0.02')).expect(401))).toBe('SIGNATURE_INVALID');
    expect(codeOf(await send(headers, '/api/orders', `${text} `).expect(401))).toBe('SIGNATURE_INVALID');
    expect(codeOf(await send(headers, '/api/orders?a=1', text).expect(401))).toBe('SIGNATURE_INVALID');
    const read = headersFor('GET', '/api/orders?symbol=BTCUSDT&limit=1', '', { version });
    expect(codeOf(await send(read, '/api/orders?limit=1&symbol=BTCUSDT', '', 'get').expect(401))).toBe('SIGNATURE_INVALID');
    expect(codeOf(await send(read, '/api/orders/active?symbol=BTCUSDT&limit=1', '', 'get').expect(401))).toBe('SIGNATURE_INVALID');
    expect(codeOf(await send(headersFor('GET', '/api/orders', '', { version }), '/api/orders', '', 'delete').expect(401))).toBe('SIGNATURE_INVALID');
  });

  test.each([1, 2] as const)('a query that was moved into the body, which the signature does not tell apart, by version %i', async (version) => {
    const headers = headersFor('DELETE', '/api/orders?symbol=ETHUSDT', '', { version });
    const { body } = await send(headers, '/api/orders', '?symbol=ETHUSDT', 'delete').expect(401);
    expect(body).toMatchObject({ error: { fields: { body: expect.any(String) } } });
  });

  test('a stale timestamp, one from the future, and one that is none', async () => {
    const text = JSON.stringify(order());
    for (const off of [-31_000, 31_000]) {
      const { body } = await send(headersFor('POST', '/api/orders', text, { timestamp: app.now() + off }), '/api/orders', text).expect(401);
      expect(body).toMatchObject({ error: { code: 'TIMESTAMP_OUT_OF_RANGE', details: { serverTime: expect.any(Number) } } });
    }
    await send(headersFor('POST', '/api/orders', text, { timestamp: app.now() - 29_000 }), '/api/orders', text).expect(201);
    for (const timestamp of [0, 1.5, 10 ** 15]) expect((await send(headersFor('POST', '/api/orders', text, { timestamp }), '/api/orders', text)).status).toBe(401);
  });

  test('a foreign key, an unknown one, a partner’s, and one without its secret: all with one answer', async () => {
    const text = JSON.stringify(order());
    const right = headersFor('POST', '/api/orders', text);
    const forged: Record<string, string>[] = [
      { ...right, 'X-API-Key': other.key },
      { ...headersFor('POST', '/api/orders', text, {}, { ...other, secret: key.secret }) },
      { ...headersFor('POST', '/api/orders', text, {}, { id: '', key: `ak_${'0'.repeat(32)}`, secret: 'nobody has this secret' }) },
      { ...headersFor('POST', '/api/orders', text, {}, { id: '', key: app.partner.apiKey, secret: app.partner.apiSecret }) },
      { ...right, 'X-API-Signature': '' },
      { ...right, 'X-API-Signature': '0'.repeat(64) },
      { ...right, 'X-API-Key': '' },
      { ...right, 'X-API-Key': key.secret },
    ];
    const answers = await Promise.all(forged.map((headers) => send(headers, '/api/orders', text).then(({ status, body }) => ({ status, error: { ...(body as { error: object }).error, request_id: '' } }))));
    for (const answer of answers) expect(answer).toEqual({ status: 401, error: { code: 'SIGNATURE_INVALID', message: expect.any(String), request_id: '' } });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('another version, and version 1 where the key demands version 2', async () => {
    const text = JSON.stringify(order());
    for (const version of ['0', '3', '02', '1, 2', 'none']) {
      expect(codeOf(await send({ ...headersFor('POST', '/api/orders', text), 'X-API-Signature-Version': version }, '/api/orders', text).expect(401))).toBe('SIGNATURE_INVALID');
    }
    const strict = await make(trader, { require_version_2: true });
    const downgraded = headersFor('POST', '/api/orders', text, { version: 1 }, strict);
    expect(codeOf(await send(downgraded, '/api/orders', text).expect(401))).toBe('SIGNATURE_VERSION_REQUIRED');
    const { 'X-API-Signature-Version': _, ...stripped } = headersFor('POST', '/api/orders', text, {}, strict);
    expect(codeOf(await send(stripped, '/api/orders', text).expect(401))).toBe('SIGNATURE_INVALID');
    await send(headersFor('POST', '/api/orders', text, {}, strict), '/api/orders', text).expect(201);
  });

  test('an address that is not on its list, however it calls itself, and not one that is', async () => {
    const text = JSON.stringify(order());
    const far = await make(trader, { ip_allow_list: ['203.0.113.0/24', '2001:db8::/32'] });
    const from = { ...headersFor('POST', '/api/orders', text, {}, far), 'X-Forwarded-For': '203.0.113.7' };
    expect(codeOf(await send(from, '/api/orders', text).expect(403))).toBe('API_KEY_ADDRESS_REFUSED');
    const near = await make(trader, { ip_allow_list: ['127.0.0.0/8'] });
    await send(headersFor('POST', '/api/orders', text, {}, near), '/api/orders', text).expect(201);
  });

  test('one that was revoked, at once', async () => {
    const gone = await make(trader);
    await signed(gone, 'POST', '/api/orders', order()).expect(201);
    await as(trader, app.request.delete(`${PATH}/${gone.id}`)).expect(200);
    expect(codeOf(await signed(gone, 'POST', '/api/orders', order()).expect(401))).toBe('SIGNATURE_INVALID');
    const [row] = await sql<{ secret_sealed: string | null }>(database.superUrl, `select secret_sealed from auth.api_keys where id = '${gone.id}'`);
    expect(row!.secret_sealed).toBeNull();
  });

  test('one that expired', async () => {
    const short = await make(trader, { expires_at: new Date(app.now() + 60_000).toISOString() });
    await signed(short, 'POST', '/api/orders', order()).expect(201);
    app.advance(60_000);
    expect(codeOf(await signed(short, 'POST', '/api/orders', order()).expect(401))).toBe('API_KEY_EXPIRED');
  });
});

test('A11 whoever guesses is a stranger: their refusals count by address, and replays too', async () => {
  const { key, secret } = await make(trader, { scopes: ['view_orders'] });
  const small = await otherNode({ LIMIT_UNAUTHENTICATED_PER_MINUTE: '5' });
  try {
    const call = (key: string, secret: string, nonce: string = randomUUID()): Promise<number> =>
      small.request.get('/api/orders').set(signedHeaders({ apiKey: key, apiSecret: secret }, 'GET', '/api/orders', '', { timestamp: small.now(), nonce })).then(({ status }) => status);
    const nonce = randomUUID();
    const statuses = [await call(key, secret, nonce)];
    for (let at = 0; at < 2; at += 1) statuses.push(await call(key, secret, nonce));
    for (let at = 0; at < 4; at += 1) statuses.push(await call(key, 'a guess'));
    expect(statuses).toEqual([200, 401, 401, 401, 401, 401, 429]);
    expect(await call(key, secret)).toBe(200);
  } finally {
    await small.close();
  }
});

describe('A11 over two nodes on one database, without anything else that they share,', () => {
  let second: TestApp;
  beforeAll(async () => {
    second = await otherNode();
  });
  afterAll(() => second.close());
  const statusAt = (node: TestApp, { key, secret }: MadeKey): Promise<number> =>
    node.request.get('/api/orders').set(signedHeaders({ apiKey: key, apiSecret: secret }, 'GET', '/api/orders', '', { timestamp: node.now() })).then(({ status }) => status);

  test('a key that was made at the one is good at the other, and one that was revoked is good nowhere within a second', async () => {
    const made = await make(trader, { scopes: ['view_orders'] });
    await until(() => statusAt(second, made), (status) => status === 200, 1_000);
    await as(trader, app.request.delete(`${PATH}/${made.id}`)).expect(200);
    await until(() => statusAt(second, made), (status) => status === 401, 1_000);
  });

  test('a signed order that is replayed at the other, as it was and without a name of its own, is the same order', async () => {
    const made = await make(trader);
    await until(() => statusAt(second, made), (status) => status === 200, 1_000);
    const text = JSON.stringify(ORDER);
    const headers = signedHeaders({ apiKey: made.key, apiSecret: made.secret }, 'POST', '/api/orders', text, { timestamp: app.now() });
    const [one, other] = [await app.request.post('/api/orders').set(headers).send(text).expect(201), await second.request.post('/api/orders').set(headers).send(text).expect(201)];
    const idOf = ({ body }: supertest.Response): number => (body as { data: { id: number } }).data.id;
    expect(idOf(other)).toBe(idOf(one));
  });

  test('a call that was taken by the one is refused by the other, whatever its headers say then', async () => {
    const made = await make(await createTrader(app), { scopes: ['trade', 'write:balance'] });
    await until(() => statusAt(second, made), (status) => status === 200, 1_000);
    const deposit = JSON.stringify({ asset: 'USDT', amount: '10' });
    const calls: [method: 'post' | 'delete', path: string, body: string, status: number][] = [
      ['post', '/api/account/deposit', deposit, 201], ['post', '/api/orders', JSON.stringify(ORDER), 201], ['delete', '/api/orders?symbol=ETHUSDT', '', 200],
    ];
    for (const version of [1, 2] as const) {
      for (const [method, path, body, status] of calls) {
        const headers = signedHeaders({ apiKey: made.key, apiSecret: made.secret }, method.toUpperCase(), path, body, { timestamp: app.now(), version });
        const sent = (node: TestApp, changed: Record<string, string>): supertest.Test => {
          const call = node.request[method](path).set({ ...headers, 'Idempotency-Key': randomUUID(), ...changed });
          return body === '' ? call : call.send(body);
        };
        await sent(app, {}).expect(status);
        expect([path, codeOf(await sent(second, version === 1 ? { 'X-API-Nonce': randomUUID() } : {}).expect(401))]).toEqual([path, 'NONCE_REUSED']);
      }
    }
  });
});
