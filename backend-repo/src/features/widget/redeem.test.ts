import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import {
  createPartner, getToken, LIMIT_ORDER, listTokens, openSession, signedPost, signIn, type TestPartner, type TokenAnswer,
} from '../../testing/builders.ts';
import { createTestApp, signedHeaders, type TestApp } from '../../testing/test-app.ts';

let app: TestApp;
let partner: TestPartner;
beforeAll(async () => {
  app = await createTestApp();
  partner = await createPartner(app);
});
afterAll(() => app.close());

const REDEEM = '/api/widget/redeem';
const redeem = (token: string, at = app, by = partner) => signedPost(at, by, REDEEM, { token });
const freshToken = async (by = partner): Promise<TokenAnswer & { exchangeUserId: string }> => {
  const user = await openSession(app, by);
  return { ...(await getToken(app, user)), exchangeUserId: user.exchangeUserId };
};

test('the first redemption gets the order, the second the first result', async () => {
  const { token, jti, exchangeUserId } = await freshToken();
  const first = await redeem(token).expect(200);
  expect(first.body).toEqual({ success: true, data: { jti, exchangeUserId, trade: LIMIT_ORDER, redeemedAt: expect.any(String) } });
  const second = await redeem(token).expect(409);
  expect(second.body).toMatchObject({ error: { code: 'TRADE_TOKEN_SPENT', details: { jti, redeemedAt: (first.body as { data: { redeemedAt: string } }).data.redeemedAt } } });
});

test('of 200 parallel redemptions over two nodes exactly one wins, and the others get its result', async () => {
  const node = await createTestApp({ database: app.database });
  try {
    const { token } = await freshToken();
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => redeem(token, index % 2 === 0 ? app : node)));
    const won = answers.filter(({ status }) => status === 200);
    const lost = answers.filter(({ status }) => status === 409);
    expect([won.length, lost.length]).toEqual([1, 199]);
    const { redeemedAt } = (won[0]!.body as { data: { redeemedAt: string } }).data;
    for (const { body } of lost) expect(body).toMatchObject({ error: { code: 'TRADE_TOKEN_SPENT', details: { redeemedAt } } });
  } finally {
    await node.close();
  }
});

test('an expired token is refused, unless it was redeemed in time: then the first result is answered', async () => {
  const own = await createTestApp();
  try {
    const by = await createPartner(own);
    const user = await openSession(own, by);
    const unspent = await getToken(own, user);
    const spent = await getToken(own, user);
    await redeem(spent.token, own, by).expect(200);
    own.advance(9_000);
    own.advance(4_000);
    expect((await redeem(unspent.token, own, by).expect(403)).body).toMatchObject({ error: { code: 'TRADE_TOKEN_EXPIRED' } });
    expect((await redeem(spent.token, own, by).expect(409)).body).toMatchObject({ error: { code: 'TRADE_TOKEN_SPENT' } });
  } finally {
    await own.close();
  }
});

describe('a token is refused', () => {
  test('when the partner minted it itself with its own HS256 secret: it is not on the ledger', async () => {
    const shared = await createPartner(app, { algorithm: 'HS256' });
    const { token } = await freshToken(shared);
    const { header, payload } = jsonwebtoken.decode(token, { complete: true })!;
    const claims = { ...(payload as object), jti: '01919191-9191-7191-9191-919191919191' };
    const minted = jsonwebtoken.sign(claims, shared.tokenSecret!, { header });
    expect((await redeem(minted, app, shared).expect(404)).body).toMatchObject({ error: { code: 'TRADE_TOKEN_UNKNOWN' } });
  });

  test.each<[string, object]>([
    ['another order', { trade: { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '1000' } }],
    ['another user', { sub: 'someone-else' }],
    ['a longer life', { exp: 9_999_999_999 }],
    ['an end that no calendar has', { exp: 9_300_000_000_000 }],
    ['the last whole number there is', { exp: Number.MAX_SAFE_INTEGER }],
    ['a time before 1970', { iat: -1 }],
    ['no order at all', { trade: { quantity: {} } }],
  ])('when the partner signed %s itself under a jti that we issued', async (_name, change) => {
    const shared = await createPartner(app, { algorithm: 'HS256' });
    const { token } = await freshToken(shared);
    const { header, payload } = jsonwebtoken.decode(token, { complete: true })!;
    const minted = jsonwebtoken.sign({ ...(payload as object), ...change }, shared.tokenSecret!, { header });
    const { status, body } = await redeem(minted, app, shared);
    expect([403, 404]).toContain(status);
    expect((body as { error: { code: string } }).error.code).toMatch(/^TRADE_TOKEN_(UNKNOWN|INVALID)$/);
    await redeem(token, app, shared).expect(200);
  });

  test('at another partner, and stays good at its own', async () => {
    const other = await createPartner(app);
    const { token } = await freshToken();
    await redeem(token, app, other).expect(403);
    await redeem(token).expect(200);
  });

  test('when one character is altered', async () => {
    const { token } = await freshToken();
    const [head, payload, signature] = token.split('.') as [string, string, string];
    const altered = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('"0.01"', '"9.01"')).toString('base64url');
    for (const bad of [`${head}.${altered}.${signature}`, `${head}.${payload}.${signature.slice(0, -4)}AAAA`, `${head}.${payload}.`, 'x', token.slice(0, -1)]) {
      expect((await redeem(bad).expect(403)).body).toMatchObject({ error: { code: 'TRADE_TOKEN_INVALID' } });
    }
    await redeem(token).expect(200);
  });
});

describe("a partner's signature", () => {
  const send = (headers: Record<string, string>, body: string) => app.request.post(REDEEM).set(headers).send(body);

  test.each([1, 2] as const)('of version %i is accepted', async (version) => {
    const { token } = await freshToken();
    await signedPost(app, partner, REDEEM, { token }, { version }).expect(200);
  });

  test('is checked before the body is parsed', async () => {
    const wrong = { ...signedHeaders(partner, 'POST', REDEEM, '{"token"'), 'X-API-Signature': '0'.repeat(64) };
    expect((await send(wrong, '{"token"').expect(401)).body).toMatchObject({ error: { code: 'SIGNATURE_INVALID' } });
    const right = signedHeaders(partner, 'POST', REDEEM, '{"token"', { timestamp: app.now() });
    expect((await send(right, '{"token"').expect(400)).body).toMatchObject({ error: { code: 'INVALID_JSON' } });
  });

  test.each<[string, (headers: Record<string, string>) => Record<string, string>, string]>([
    ['another body', (headers) => ({ ...headers, 'X-API-Signature': signedHeaders(partner, 'POST', REDEEM, 'other')['X-API-Signature']! }), 'SIGNATURE_INVALID'],
    ['an unknown key', (headers) => ({ ...headers, 'X-API-Key': 'pk_unknown' }), 'SIGNATURE_INVALID'],
    ['a nonce that was not signed', (headers) => ({ ...headers, 'X-API-Nonce': 'another-nonce' }), 'SIGNATURE_INVALID'],
    ['no signature', ({ 'X-API-Signature': _, ...headers }) => headers, 'SIGNATURE_INVALID'],
    ['a version we do not have', (headers) => ({ ...headers, 'X-API-Signature-Version': '3' }), 'SIGNATURE_INVALID'],
  ])('is refused with %s', async (_name, change, code) => {
    const body = JSON.stringify({ token: 'x' });
    const { body: answer } = await send(change(signedHeaders(partner, 'POST', REDEEM, body, { timestamp: app.now() })), body).expect(401);
    expect(answer).toMatchObject({ error: { code } });
  });

  test('is refused when its timestamp is more than 30 seconds off, on either side', async () => {
    for (const off of [-31_000, 31_000]) {
      const { body } = await signedPost(app, partner, REDEEM, { token: 'x' }, { timestamp: app.now() + off }).expect(401);
      expect(body).toMatchObject({ error: { code: 'TIMESTAMP_OUT_OF_RANGE' } });
    }
    await signedPost(app, partner, REDEEM, { token: 'x' }, { timestamp: app.now() - 29_000 }).expect(403);
  });

  test('works once per nonce', async () => {
    const nonce = randomUUID();
    await signedPost(app, partner, REDEEM, { token: 'x' }, { nonce }).expect(403);
    expect((await signedPost(app, partner, REDEEM, { token: 'x' }, { nonce }).expect(401)).body).toMatchObject({ error: { code: 'NONCE_REUSED' } });
  });

  test('is good for 300 calls in a burst, then for the steady rate', async () => {
    const busy = await createPartner(app);
    // A clock that stands still: nothing is refilled while a slow machine sends.
    const node = await createTestApp({ database: app.database, clock: () => 0 });
    try {
      for (let call = 0; call < 300; call += 20) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => signedPost(node, busy, REDEEM, { token: 'x' })));
        expect(answers.filter(({ status }) => status === 429)).toEqual([]);
      }
      const refused = await signedPost(node, busy, REDEEM, { token: 'x' }).expect(429);
      expect(refused.headers).toMatchObject({ 'x-ratelimit-limit': '1000', 'ratelimit-policy': '"partner";q=1000;w=60' });
    } finally {
      await node.close();
    }
  });
});

describe('execution reports', () => {
  const EXECUTIONS = '/api/widget/executions';
  const report = (executions: object[], by = partner) => signedPost(app, by, EXECUTIONS, { executions });
  const executed = (jti: string, change: object = {}) => ({ jti, status: 'executed', quantity: '0.01', price: '64000', orderId: 'o-1', executedAt: new Date().toISOString(), ...change });

  test('make the token executed, with the fee that is due on it, rounded up', async () => {
    const { token, jti } = await freshToken();
    await redeem(token).expect(200);
    const { body } = await report([executed(jti, { price: '63999.99999999' })]).expect(200);
    expect(body).toEqual({ success: true, data: { recorded: 1, duplicates: 0, refused: [] } });
    const { accessToken } = await signIn(app, 'admin');
    const { tokens } = await listTokens(app, accessToken, partner.exchangeId, '?limit=1');
    // 0.01 × 63999.99999999 = 639.9999999999 → 640.00000000 (half up), × 0.0005 = 0.32
    expect(tokens[0]).toMatchObject({ jti, status: 'executed', execution: { quantity: '0.01', price: '63999.99999999', orderId: 'o-1' }, feeDue: { amount: '0.32', asset: 'USDT' } });
  });

  test('may come again: the same report is a duplicate, another one is refused', async () => {
    const { jti } = await freshToken();
    await report([executed(jti)]).expect(200);
    expect((await report([executed(jti)]).expect(200)).body).toMatchObject({ data: { recorded: 0, duplicates: 1 } });
    expect((await report([executed(jti, { price: '1' })]).expect(200)).body).toMatchObject({ data: { refused: [{ index: 0, jti, code: 'EXECUTION_CONFLICT' }] } });
    expect((await report([executed(jti, { status: 'rejected', quantity: '0', price: undefined })]).expect(200)).body).toMatchObject({ data: { refused: [{ code: 'EXECUTION_CONFLICT' }] } });
  });

  test('of a resting order grow until it is executed', async () => {
    const { jti } = await freshToken();
    const partly = (quantity: string) => executed(jti, { status: 'partially_executed', quantity });
    expect((await report([partly('0.002'), partly('0.005')]).expect(200)).body).toMatchObject({ data: { recorded: 2 } });
    expect((await report([partly('0.002')]).expect(200)).body).toMatchObject({ data: { duplicates: 1 } });
    expect((await report([executed(jti)]).expect(200)).body).toMatchObject({ data: { recorded: 1 } });
  });

  test.each(['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59', '2999-01-01T00:00:00Z', '2026-02-30T00:00:00Z', 'yesterday'])('of %s are no reports', async (executedAt) => {
    const { jti } = await freshToken();
    expect((await report([executed(jti, { executedAt })]).expect(400)).body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { 'executions.0.executedAt': expect.any(String) } } });
  });

  test('from many calls at once record each token once', async () => {
    const { jti } = await freshToken();
    const answers = await Promise.all(Array.from({ length: 10 }, () => report([executed(jti)])));
    const recorded = answers.map(({ body }) => (body as { data: { recorded: number } }).data.recorded);
    expect(recorded.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  test('of a thousand at once are taken in one call', async () => {
    const { jti } = await freshToken();
    const strangers = Array.from({ length: 999 }, () => executed(randomUUID()));
    const { body } = await report([executed(jti), ...strangers]).expect(200);
    expect(body).toMatchObject({ data: { recorded: 1 } });
    expect((body as { data: { refused: unknown[] } }).data.refused).toHaveLength(999);
    await report([...strangers, executed(jti), executed(jti)]).expect(400);
  });

  test.each<[string, object, string]>([
    ['more than was ordered', { quantity: '0.02' }, 'EXECUTION_QUANTITY_INVALID'],
    ['less than all as executed', { quantity: '0.005' }, 'EXECUTION_QUANTITY_INVALID'],
    ['executed without a price', { price: undefined }, 'EXECUTION_QUANTITY_INVALID'],
    ['rejected with a quantity', { status: 'rejected' }, 'EXECUTION_QUANTITY_INVALID'],
  ])('of %s are refused', async (_name, change, code) => {
    const { jti } = await freshToken();
    expect((await report([executed(jti, change)]).expect(200)).body).toMatchObject({ data: { recorded: 0, refused: [{ code }] } });
  });

  test('of what happened before their token was issued are refused, each by itself; clocks may differ a little', async () => {
    const [one, other] = [await freshToken(), await freshToken()];
    const at = (milliseconds: number): string => new Date(milliseconds).toISOString();
    const { body } = await report([executed(one.jti, { executedAt: at(0) }), executed(other.jti, { executedAt: at(app.now() - 20_000) })]).expect(200);
    expect(body).toMatchObject({ data: { recorded: 1, refused: [{ index: 0, jti: one.jti, code: 'EXECUTION_TIME_INVALID' }] } });
    expect((await report([executed(one.jti, { status: 'rejected', quantity: '0', price: undefined, executedAt: at(0) })]).expect(200)).body).toMatchObject({ data: { recorded: 0 } });
    expect((await report([executed(one.jti)]).expect(200)).body).toMatchObject({ data: { recorded: 1 } });
    // On record is on record: a repetition that gives another time neither counts nor proves anything.
    expect((await report([executed(one.jti, { executedAt: at(0) })]).expect(200)).body).toMatchObject({ data: { duplicates: 0, refused: [{ code: 'EXECUTION_TIME_INVALID' }] } });
  });

  test("about another partner's token are refused", async () => {
    const other = await createPartner(app);
    const { jti } = await freshToken();
    expect((await report([executed(jti)], other).expect(200)).body).toMatchObject({ data: { refused: [{ code: 'TRADE_TOKEN_UNKNOWN' }] } });
  });

  test.each(['[01919191-9191-7191-9191-919191919191]', '(01919191-9191-7191-9191-919191919191)', '{01919191-9191-7191-9191-919191919191}', 'x'])('about %s are refused, naming the field', async (jti) => {
    const { body } = await report([executed(jti)]).expect(400);
    expect(body).toMatchObject({ error: { fields: { 'executions.0.jti': expect.any(String) } } });
  });

  test('with a time that is no time are refused as a whole, naming the field', async () => {
    const { jti } = await freshToken();
    const { body } = await report([executed(jti, { executedAt: '2026-13-45T99:99:99Z' })]).expect(400);
    expect(body).toMatchObject({ error: { fields: { 'executions.0.executedAt': expect.any(String) } } });
  });
});
