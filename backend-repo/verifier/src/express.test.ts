import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import type { Request } from 'express';
import jwt from 'jsonwebtoken';
import { requireTradeToken } from './express.ts';
import type { MiddlewareRefusal, RequireTradeTokenOptions } from './express.ts';
import { memoryNonceStore } from './memory-nonce-store.ts';
import type { NonceStore } from './nonce-store.ts';
import { EXCHANGE_ID, LIMIT_ORDER, SECRET, USER, mint } from './testing/tokens.ts';
import { createVerifier } from './verifier.ts';

let server: Server;
let url: string;
let placed: unknown[];
let refusals: MiddlewareRefusal[];

async function startApp(options: Partial<RequireTradeTokenOptions<Request>> = {}, store: NonceStore = memoryNonceStore()): Promise<void> {
  const app = express();
  const verifier = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store, storeTimeoutMs: 100 });
  const session = (req: Request): string | undefined => req.get('X-Session-User');
  app.use(express.json());
  app.post('/orders', requireTradeToken<Request>({ verifier, exchangeUserId: session, onRefused: (refusal) => refusals.push(refusal), ...options }), async (req, res) => {
    placed.push(req.tradeOrder);
    const result = { orderId: String(placed.length), source: req.tradeToken?.source, user: req.tradeToken?.exchangeUserId };
    await req.tradeToken?.recordResult(result);
    res.status(201).json(result);
  });
  app.use(((error, _req, res, _next) => { res.status(500).json({ crashed: String(error) }); }) satisfies express.ErrorRequestHandler);
  server = createServer(app);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
}

beforeEach(() => {
  placed = [];
  refusals = [];
});
afterEach(() => new Promise((resolve) => {
  server.closeAllConnections();
  server.close(resolve);
}));

async function post(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; json: Record<string, never> & { error: { code: string; request_id: string; details?: object } } }> {
  const all = new Headers(headers);
  all.set('content-type', 'application/json');
  if (!all.has('x-session-user')) all.set('x-session-user', USER);
  const response = await fetch(url, { method: 'POST', headers: all, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: response.status, json: (await response.json()) as never };
}

const refusedWith = (status: number, code: string) => ({ status, json: { success: false, error: { code, message: expect.any(String), request_id: expect.any(String) } } });

describe('requireTradeToken', () => {
  test('takes the token from X-Trade-Token and hands on the order of the token', async () => {
    await startApp();
    expect(await post({ ...LIMIT_ORDER, quantity: '0.10' }, { 'X-Trade-Token': mint() })).toEqual({ status: 201, json: { orderId: '1', source: 'X-Trade-Token', user: USER } });
    expect(placed).toEqual([LIMIT_ORDER]);
  });

  test('takes it from tradeToken of the body, which is no part of the order', async () => {
    await startApp();
    expect(await post({ ...LIMIT_ORDER, tradeToken: mint() })).toEqual({ status: 201, json: { orderId: '1', source: 'tradeToken', user: USER } });
    expect(placed).toEqual([LIMIT_ORDER]);
  });

  test('takes it from Authorization: Bearer, and still compares the user of the session', async () => {
    await startApp();
    expect((await post(LIMIT_ORDER, { Authorization: `Bearer ${mint()}` })).status).toBe(201);
    expect(await post(LIMIT_ORDER, { Authorization: `bearer ${mint()}`, 'X-Session-User': 'user-2' })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_MISMATCH'));
    expect(placed).toHaveLength(1);
  });

  test('lets a bearer token name the user only where that was asked for, and only there', async () => {
    await startApp({ bearerNamesUser: true, exchangeUserId: () => undefined });
    expect(await post(LIMIT_ORDER, { Authorization: `Bearer ${mint()}` })).toMatchObject({ status: 201, json: { user: USER } });
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': mint() })).toMatchObject(refusedWith(401, 'AUTHENTICATION_REQUIRED'));
  });

  test('an order without a session of yours is 401, and its token is still good for the one who signs in', async () => {
    const session: { user?: string } = {};
    await startApp({ exchangeUserId: () => session.user });
    const token = mint();
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': token })).toMatchObject(refusedWith(401, 'AUTHENTICATION_REQUIRED'));
    session.user = USER;
    expect((await post(LIMIT_ORDER, { 'X-Trade-Token': token })).status).toBe(201);
  });

  test('leaves another kind of bearer token to whoever reads sessions', async () => {
    await startApp();
    const session = jwt.sign({ sub: USER }, SECRET);
    expect(await post(LIMIT_ORDER, { Authorization: `Bearer ${session}` })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_REQUIRED'));
    expect((await post(LIMIT_ORDER, { Authorization: `Bearer ${session}`, 'X-Trade-Token': mint() })).status).toBe(201);
    for (const Authorization of ['Bearer', 'Bearer x', 'Basic eDp5', `Bearer ${'x'.repeat(5000)}`, 'Bearer a.b.c']) {
      expect(await post(LIMIT_ORDER, { Authorization })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_REQUIRED'));
    }
  });

  test('refuses two at once, even when they are the same', async () => {
    await startApp();
    const token = mint();
    const Authorization = `Bearer ${token}`;
    const ambiguous = refusedWith(400, 'TRADE_TOKEN_AMBIGUOUS');
    expect(await post({ ...LIMIT_ORDER, tradeToken: token }, { 'X-Trade-Token': token })).toMatchObject(ambiguous);
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': token, Authorization })).toMatchObject(ambiguous);
    expect(await post({ ...LIMIT_ORDER, tradeToken: token }, { Authorization })).toMatchObject(ambiguous);
    expect(placed).toEqual([]);
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': token })).toMatchObject({ status: 201 });
  });

  test('refuses the header sent twice, although Node joins the two', async () => {
    await startApp();
    const token = mint();
    const send = (headers: string[]) => new Promise((resolve) => {
      request(url, { method: 'POST', headers: ['Host', 'localhost', 'Content-Type', 'application/json', 'X-Session-User', USER, 'Transfer-Encoding', 'chunked', ...headers] }, (res) => {
        res.setEncoding('utf8').on('data', (text: string) => resolve([res.statusCode, (JSON.parse(text) as { error?: { code: string } }).error?.code]));
      }).end(JSON.stringify(LIMIT_ORDER));
    });
    expect(await send(['X-Trade-Token', token, 'x-trade-token', token])).toEqual([400, 'TRADE_TOKEN_AMBIGUOUS']);
    expect(await send(['X-Trade-Token', token])).toEqual([201, undefined]);
  });

  test('answers each refusal with its status and our error envelope', async () => {
    await startApp();
    const old = mint({ nowMs: Date.now() - 60_000 });
    expect(await post(LIMIT_ORDER)).toMatchObject(refusedWith(403, 'TRADE_TOKEN_REQUIRED'));
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': '' })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_REQUIRED'));
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': 'x.y.z' })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_INVALID'));
    expect(await post({ ...LIMIT_ORDER, tradeToken: 17 })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_INVALID'));
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': old })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_EXPIRED'));
    expect(await post({ ...LIMIT_ORDER, side: 'SELL' }, { 'X-Trade-Token': mint() })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_MISMATCH'));
    expect(await post([LIMIT_ORDER], { 'X-Trade-Token': mint() })).toMatchObject(refusedWith(403, 'TRADE_TOKEN_MISMATCH'));
    expect(placed).toEqual([]);
    expect(refusals.map(({ code }) => code)).toHaveLength(7);
  });

  test('attack 20, a lost answer: the same call again gets 409 with the first result, and one order is placed', async () => {
    await startApp();
    const token = mint();
    const [first, second] = [await post(LIMIT_ORDER, { 'X-Trade-Token': token }), await post(LIMIT_ORDER, { 'X-Trade-Token': token })];
    expect(second).toMatchObject(refusedWith(409, 'TRADE_TOKEN_SPENT'));
    expect(second.json.error.details).toEqual(first.json);
    expect(placed).toHaveLength(1);
  });

  test('attack 6, a race: of 200 parallel calls exactly one places the order', async () => {
    await startApp();
    const token = mint();
    const answers = await Promise.all(Array.from({ length: 200 }, () => post(LIMIT_ORDER, { 'X-Trade-Token': token })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(199);
    expect(placed).toEqual([LIMIT_ORDER]);
  });

  test('attack 9, a name twice in the body: only the order of the token is ever placed', async () => {
    await startApp();
    const body = JSON.stringify(LIMIT_ORDER);
    const passed = await post(body.replace('{', '{"quantity":"9",'), { 'X-Trade-Token': mint() });
    const refused = await post(body.replace('}', ',"quantity":"9"}'), { 'X-Trade-Token': mint() });
    expect([passed.status, refused.status]).toEqual([201, 403]);
    expect(placed).toEqual([LIMIT_ORDER]);
  });

  test('a store that is away is 503, and its error reaches the log but not the answer', async () => {
    const cause = new Error('password authentication failed for user "partner"');
    await startApp({}, { spend: () => Promise.reject(cause), recordResult: async () => {} });
    const answer = await post(LIMIT_ORDER, { 'X-Trade-Token': mint() });
    expect(answer).toMatchObject(refusedWith(503, 'TRADE_TOKEN_CHECK_UNAVAILABLE'));
    expect(JSON.stringify(answer)).not.toContain('password');
    expect(refusals).toEqual([expect.objectContaining({ cause })]);
  });

  test('names the request as the app does', async () => {
    await startApp({ requestId: (req) => `req-${req.method}` });
    expect((await post(LIMIT_ORDER)).json.error.request_id).toBe('req-POST');
  });

  test('leaves the answer to the app that wants to give it', async () => {
    await startApp({ answer: ({ code }, status, next) => next(new Error(`${status} ${code}`)) });
    expect(await post(LIMIT_ORDER)).toEqual({ status: 500, json: { crashed: 'Error: 403 TRADE_TOKEN_REQUIRED' } });
    expect(placed).toEqual([]);
  });

  test('a session that cannot be read goes to the app\'s error handler, and nothing is placed', async () => {
    await startApp({ exchangeUserId: () => Promise.reject(new Error('session store down')) });
    expect(await post(LIMIT_ORDER, { 'X-Trade-Token': mint() })).toEqual({ status: 500, json: { crashed: 'Error: session store down' } });
    expect(placed).toEqual([]);
  });

  test('refuses to be made without a verifier or a session', async () => {
    await startApp();
    expect(() => requireTradeToken({ verifier: {} as never, exchangeUserId: () => USER })).toThrow(TypeError);
    expect(() => requireTradeToken({ verifier: createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: memoryNonceStore() }), exchangeUserId: undefined as never })).toThrow(TypeError);
  });
});
