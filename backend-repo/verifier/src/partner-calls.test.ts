import { createHmac, createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { ReportError, reportExecutions } from './execution-reports.ts';
import type { ExecutionReport } from './execution-reports.ts';
import { signPartnerRequest } from './partner-request.ts';
import { redeemOnline } from './redeem-online.ts';
import { newReportKey } from './report-key.ts';
import { sendJson, startJsonServer } from './testing/json-server.ts';
import type { JsonServer, SeenRequest } from './testing/json-server.ts';
import { EXCHANGE_ID, LIMIT_ORDER, SECRET, USER, mint, newJti } from './testing/tokens.ts';
import { signUserToken } from './user-token.ts';
import { createVerifier } from './verifier.ts';

const credentials = { apiKey: 'pk_demo', apiSecret: 'api-secret-0123456789-abcdefghijklmnop' };
const user = { exchangeUserId: USER };
let server: JsonServer;

beforeEach(async () => {
  server = await startJsonServer((_request, res) => sendJson(res, 500, {}));
});
afterEach(() => server.close());

/** As our API checks it: contract.md, Identity, version 2. */
function expectSigned({ headers, method, path, body }: SeenRequest): void {
  const [timestamp, nonce] = [String(headers['x-api-timestamp']), String(headers['x-api-nonce'])];
  const signature = createHmac('sha256', credentials.apiSecret).update(timestamp + nonce + method + path + body).digest('hex');
  expect(headers).toMatchObject({ 'x-api-key': 'pk_demo', 'x-api-signature': signature, 'x-api-signature-version': '2', 'content-type': 'application/json' });
  expect(Math.abs(Date.now() - Number(timestamp))).toBeLessThan(30_000);
}

test('signPartnerRequest signs timestamp + nonce + method + path with query + body', () => {
  const headers = signPartnerRequest({ apiKey: 'k', apiSecret: 's', method: 'POST', path: '/a?b=c', body: '{"x":"é"}', timestampMs: 1768473000000, nonce: 'n-1' });
  expect(headers).toEqual({
    'X-API-Key': 'k', 'X-API-Timestamp': '1768473000000', 'X-API-Nonce': 'n-1', 'X-API-Signature-Version': '2',
    'X-API-Signature': createHmac('sha256', 's').update('1768473000000n-1POST/a?b=c{"x":"é"}').digest('hex'),
  });
  const again = () => signPartnerRequest({ apiKey: 'k', apiSecret: 's', method: 'GET', path: '/' })['X-API-Nonce'];
  expect(again()).not.toBe(again());
  expect(() => signPartnerRequest({ apiKey: 'k', apiSecret: '', method: 'GET', path: '/' })).toThrow(TypeError);
  expect(() => signPartnerRequest({ apiKey: 'k', apiSecret: 's', method: 'GET', path: 'https://x/' })).toThrow(TypeError);
});

describe('redeeming online', () => {
  const newVerifier = (more: object = {}) => createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: redeemOnline({ apiUrl: server.url, ...credentials, timeoutMs: 1_000, ...more }) });
  const jtiOf = (body: string): unknown => (jwt.decode((JSON.parse(body) as { token: string }).token) as { jti: string }).jti;
  const redeemOnce = (): JsonServer['answer'] => {
    const redeemed = new Set<unknown>();
    return ({ body }, res) => {
      const jti = jtiOf(body);
      if (redeemed.has(jti)) return sendJson(res, 409, { success: false, error: { code: 'TRADE_TOKEN_SPENT', message: 'x', request_id: 'r', details: { redeemedAt: '2026-01-15T10:30:00.000Z' } } });
      redeemed.add(jti);
      return sendJson(res, 200, { success: true, data: { jti, exchangeUserId: USER, trade: LIMIT_ORDER, redeemedAt: '2026-01-15T10:30:00.000Z' } });
    };
  };

  test('spends the token at our API with a signed call, once over two servers', async () => {
    server.answer = redeemOnce();
    const token = mint();
    expect((await newVerifier().verify(token, LIMIT_ORDER, user)).ok).toBe(true);
    expect(await newVerifier().verify(token, LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_SPENT', firstResult: { redeemedAt: '2026-01-15T10:30:00.000Z' } });
    expect(server.seen.map(({ method, path, body }) => [method, path, body])).toEqual(Array(2).fill(['POST', '/api/widget/redeem', JSON.stringify({ token })]));
    server.seen.forEach(expectSigned);
  });

  test('answers a replay with the result of this server, without asking again', async () => {
    server.answer = redeemOnce();
    const verifier = newVerifier();
    const token = mint();
    const first = await verifier.verify(token, LIMIT_ORDER, user);
    if (!first.ok) throw new Error(first.reason);
    await verifier.recordResult(first.jti, { orderId: '17' });
    expect(await verifier.verify(token, LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_SPENT', firstResult: { orderId: '17' } });
    expect(server.seen).toHaveLength(1);
  });

  test('of 200 parallel orders with one token exactly one is placed', async () => {
    server.answer = redeemOnce();
    const verifier = newVerifier({ timeoutMs: 10_000 });
    const token = mint();
    const results = await Promise.all(Array.from({ length: 200 }, () => verifier.verify(token, LIMIT_ORDER, user)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('a server that says yes to everything still gets no order placed twice by this process', async () => {
    server.answer = ({ body }, res) => sendJson(res, 200, { success: true, data: { jti: jtiOf(body) } });
    const verifier = newVerifier({ timeoutMs: 10_000 });
    const token = mint();
    const results = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token, LIMIT_ORDER, user)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test.each([
    [403, 'TRADE_TOKEN_INVALID', 'refused_online'], [404, 'TRADE_TOKEN_UNKNOWN', 'refused_online'], [403, 'TRADE_TOKEN_EXPIRED', 'token_expired'], [409, 'TRADE_TOKEN_SPENT', 'already_spent'],
    [401, 'SIGNATURE_INVALID', 'store_unavailable'], [403, 'PARTNER_SUSPENDED', 'store_unavailable'], [429, 'RATE_LIMITED', 'store_unavailable'], [503, 'UNAVAILABLE', 'store_unavailable'],
  ])('%i %s is %s', async (status, code, reason) => {
    server.answer = (_request, res) => sendJson(res, status, { success: false, error: { code, message: 'x', request_id: 'r' } });
    expect(await newVerifier().verify(mint(), LIMIT_ORDER, user)).toMatchObject({ ok: false, reason });
  });

  test.each<[string, JsonServer['answer']]>([
    ['no answer', () => undefined],
    ['a torn connection', (_request, res) => { res.socket?.destroy(); }],
    ['200 for another token', (_request, res) => sendJson(res, 200, { success: true, data: { jti: newJti() } })],
    ['200 without a body', (_request, res) => { res.end(); }],
    ['HTML', (_request, res) => { res.end('<html>'); }],
    ['a redirect', (_request, res) => { res.writeHead(307, { location: 'https://evil.example/' }).end(); }],
  ])('%s refuses the order', async (_, answer) => {
    server.answer = answer;
    expect(await newVerifier().verify(mint(), LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_CHECK_UNAVAILABLE', reason: 'store_unavailable' });
  });

  test('keeps a path in front of the API, and signs it', async () => {
    server.answer = redeemOnce();
    await newVerifier({ apiUrl: `${server.url}/operator/` }).verify(mint(), LIMIT_ORDER, user);
    expect(server.seen[0]?.path).toBe('/operator/api/widget/redeem');
    server.seen.forEach(expectSigned);
    expect(() => redeemOnline({ apiUrl: 'http://api.example', ...credentials })).toThrow('https');
  });
});

describe('reporting executions', () => {
  const options = () => ({ apiUrl: server.url, ...credentials, retryAfterMs: 1 });
  const report = (jti = newJti()): ExecutionReport => ({ jti, status: 'executed', quantity: '0.1', price: '45000', orderId: '17', executedAt: '2026-01-15T10:30:00.000Z' });
  const sent = (body: string) => (JSON.parse(body) as { executions: ExecutionReport[] }).executions;
  const acceptAll: JsonServer['answer'] = ({ body }, res) => sendJson(res, 200, { success: true, data: { recorded: sent(body).length, duplicates: 0, refused: [] } });

  test('sends every report once, in order, in signed calls of at most 1,000 and 100 kB', async () => {
    server.answer = acceptAll;
    const reports = Array.from({ length: 2_500 }, () => report());
    expect(await reportExecutions(options(), reports)).toEqual({ recorded: 2_500, duplicates: 0, refused: [] });
    expect(server.seen.flatMap(({ body }) => sent(body))).toEqual(reports);
    for (const request of server.seen) {
      expectSigned(request);
      expect(sent(request.body).length).toBeLessThanOrEqual(1_000);
      expect(request.body.length).toBeLessThan(100_000);
    }
  });

  test('short reports are still at most 1,000 a call', async () => {
    server.answer = acceptAll;
    const short = Array.from({ length: 1_001 }, (_, at) => ({ jti: String(at) }) as ExecutionReport);
    expect((await reportExecutions(options(), short)).recorded).toBe(1_001);
    expect(server.seen.map(({ body }) => sent(body).length)).toEqual([1_000, 1]);
  });

  test('nothing to report is no call', async () => {
    expect(await reportExecutions(options(), [])).toEqual({ recorded: 0, duplicates: 0, refused: [] });
    expect(server.seen).toHaveLength(0);
  });

  test('counts a refused report by its place in the whole list', async () => {
    server.answer = ({ body }, res) => {
      const last = sent(body).length - 1;
      sendJson(res, 200, { success: true, data: { recorded: last, duplicates: 0, refused: [{ index: last, jti: sent(body)[last]?.jti, code: 'TRADE_TOKEN_UNKNOWN', message: 'x' }] } });
    };
    const reports = Array.from({ length: 1_200 }, () => report());
    const { refused } = await reportExecutions(options(), reports);
    expect(refused.length).toBeGreaterThan(1);
    for (const { index, jti } of refused) expect(reports[index]?.jti).toBe(jti);
    expect(refused.at(-1)?.index).toBe(1_199);
  });

  test.each<[string, JsonServer['answer']]>([
    ['503', (_request, res) => sendJson(res, 503, {})],
    ['429 with Retry-After', (_request, res) => sendJson(res, 429, {}, { 'retry-after': '0' })],
    ['a torn connection', (_request, res) => { res.socket?.destroy(); }],
  ])('tries again after %s, signed anew', async (_, trouble) => {
    server.answer = (request, res) => (server.seen.length < 3 ? trouble(request, res) : acceptAll(request, res));
    expect((await reportExecutions(options(), [report()])).recorded).toBe(1);
    expect(server.seen).toHaveLength(3);
    expect(new Set(server.seen.map(({ headers }) => headers['x-api-nonce'])).size).toBe(3);
    server.seen.forEach(expectSigned);
  });

  test('with a report key each call carries a signature of its own bytes, the same one when it is tried again', async () => {
    const { privateKey, publicJwk } = newReportKey();
    const publicKey = createPublicKey({ key: { ...publicJwk }, format: 'jwk' });
    server.answer = (request, res) => (server.seen.length === 1 ? sendJson(res, 503, {}) : acceptAll(request, res));
    const reports = Array.from({ length: 1_001 }, () => report());
    expect((await reportExecutions({ ...options(), reportKey: privateKey }, reports)).recorded).toBe(1_001);
    for (const { headers, body } of server.seen) {
      const compact = String(headers['x-report-signature']).replace('..', `.${Buffer.from(body).toString('base64url')}.`);
      expect(jwt.verify(compact, publicKey, { algorithms: ['ES256'] })).toEqual(JSON.parse(body));
    }
    expect(server.seen[1]?.headers['x-report-signature']).toBe(server.seen[0]?.headers['x-report-signature']);
    server.seen.forEach(expectSigned);
  });

  test('without one there is no such header; with one that is no key nothing is sent', async () => {
    server.answer = acceptAll;
    await reportExecutions(options(), [report()]);
    expect(server.seen[0]?.headers).not.toHaveProperty('x-report-signature');
    await expect(reportExecutions({ ...options(), reportKey: 'no key' }, [report()])).rejects.toThrow(TypeError);
    expect(server.seen).toHaveLength(1);
  });

  test.each([400, 401, 413])('gives up at once on %i', async (status) => {
    server.answer = (_request, res) => sendJson(res, status, {});
    await expect(reportExecutions(options(), [report()])).rejects.toMatchObject({ name: 'ReportError', status, message: expect.stringContaining(String(status)) });
    expect(server.seen).toHaveLength(1);
  });

  test('says what we answered: code, message and request id', async () => {
    server.answer = (_request, res) => sendJson(res, 401, { success: false, error: { code: 'SIGNATURE_INVALID', message: 'Wrong signature', request_id: 'r-7' } });
    const failed = reportExecutions(options(), [report()]);
    await expect(failed).rejects.toBeInstanceOf(ReportError);
    await expect(failed).rejects.toMatchObject({ status: 401, code: 'SIGNATURE_INVALID', requestId: 'r-7', message: expect.stringContaining('SIGNATURE_INVALID Wrong signature (request r-7)') });
  });

  test.each([[null], ['text'], [{ error: null }], [{ error: 'no' }], [{ error: { code: 7 } }]])('is an error with a status, too, where the answer is %j', async (answer) => {
    server.answer = (_request, res) => sendJson(res, 400, answer);
    await expect(reportExecutions(options(), [report()])).rejects.toMatchObject({ name: 'ReportError', status: 400, code: undefined, requestId: undefined });
  });

  test('gives up after seven tries, and at its deadline', async () => {
    await expect(reportExecutions(options(), [report()])).rejects.toThrow('500');
    expect(server.seen).toHaveLength(7);
    server.answer = () => undefined;
    const started = performance.now();
    await expect(reportExecutions({ ...options(), deadlineMs: 200 }, [report()])).rejects.toThrow('could not be reported');
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  test('an answer that is not of the contract is an error', async () => {
    server.answer = (_request, res) => sendJson(res, 200, { ok: true });
    await expect(reportExecutions(options(), [report()])).rejects.toThrow('contract');
  });
});

describe('signUserToken', () => {
  const options = { exchangeId: EXCHANGE_ID, exchangeUserId: USER, sessionSecret: SECRET };

  test('signs what the widget session asks for', () => {
    const claims = jwt.verify(signUserToken(options), SECRET, { algorithms: ['HS256'] }) as Record<string, unknown>;
    expect(claims).toMatchObject({ iss: EXCHANGE_ID, sub: USER, aud: 'widget-session' });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(60);
    expect(signUserToken(options)).not.toBe(signUserToken(options));
  });

  test.each([
    [{ exchangeUserId: 'ada@example.com' }, 'e-mail'], [{ exchangeUserId: 'ada%40example.com' }, 'e-mail'], [{ exchangeUserId: '' }, 'ASCII'], [{ exchangeUserId: 'x'.repeat(129) }, 'ASCII'],
    [{ sessionSecret: 'short' }, '32 bytes'], [{ expiresInSeconds: 301 }, 'expiresInSeconds'], [{ expiresInSeconds: 0 }, 'expiresInSeconds'],
  ])('refuses %j', (change, message) => {
    expect(() => signUserToken({ ...options, ...change })).toThrow(message);
  });
});
