import { createHmac, createPublicKey } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { memoryNonceStore } from './memory-nonce-store.ts';
import type { NonceStore } from './nonce-store.ts';
import { TRADE_FIELDS } from './trade-order.ts';
import { EXCHANGE_ID, LIMIT_ORDER, SECRET, USER, mint, newJti, newKeyPair } from './testing/tokens.ts';
import { createVerifier } from './verifier.ts';
import type { VerifierOptions } from './verifier-options.ts';

// The numbers are those of our attack list. 6 is in nonce-store.test.ts, 21 in jwks.test.ts; 15 to 19 are the issuer's and the widget's to answer.

const NOW = Date.UTC(2026, 0, 15, 10, 30, 0);
const user = { exchangeUserId: USER };
const key = newKeyPair('es-1');
const jwks = { keys: [key.jwk] };

const verifierWith = (options: Partial<VerifierOptions> = {}) =>
  createVerifier({ exchangeId: EXCHANGE_ID, store: memoryNonceStore({ now: () => NOW }), now: () => NOW, ...('jwks' in options || 'jwksUrl' in options ? {} : { secret: SECRET }), ...options });

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('attack 1, algorithm confusion', () => {
  const publicKey = createPublicKey({ key: key.jwk, format: 'jwk' });
  const claims = JSON.parse(Buffer.from(String(mint({ nowMs: NOW }).split('.')[1]), 'base64url').toString()) as object;
  const forged = (secret: string | Buffer, alg = 'HS256') => {
    const input = `${base64url({ alg, typ: 'trade+jwt', kid: 'es-1' })}.${base64url(claims)}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };

  test.each([
    ['PEM', publicKey.export({ type: 'spki', format: 'pem' }) as string],
    ['PEM without its last line break', (publicKey.export({ type: 'spki', format: 'pem' }) as string).trimEnd()],
    ['DER', publicKey.export({ type: 'spki', format: 'der' })],
    ['JWK', JSON.stringify(key.jwk)],
  ])('the public key as %s is no HMAC secret', async (_, secret) => {
    for (const alg of ['HS256', 'ES256']) {
      const result = await verifierWith({ jwks }).verify(forged(secret, alg), LIMIT_ORDER, user);
      expect(result).toMatchObject({ ok: false, code: 'TRADE_TOKEN_INVALID' });
    }
  });

  test('a symmetric key in a key set is never used', async () => {
    const oct = { kty: 'oct', kid: 'es-1', alg: 'HS256', use: 'sig', k: SECRET };
    const verifier = verifierWith({ jwks: { keys: [oct, newKeyPair('other').jwk] } });
    expect(await verifier.verify(mint({ nowMs: NOW, header: { kid: 'es-1' } }), LIMIT_ORDER, user)).toMatchObject({ reason: 'kid_unknown' });
  });
});

test('attack 2, alg none: no variant passes, with whatever signature', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nonE', '', ' none', null, 0]) {
    for (const signature of ['', 'AAAA', mint({ nowMs: NOW }).split('.')[2]]) {
      const [, body] = mint({ nowMs: NOW }).split('.');
      const token = `${base64url({ alg, typ: 'trade+jwt', kid: 'hs-1' })}.${body}.${signature}`;
      expect(await verifierWith().verify(token, LIMIT_ORDER, user)).toMatchObject({ ok: false, code: 'TRADE_TOKEN_INVALID' });
    }
  }
});

test('attack 3, kid injection and key headers: nothing is fetched', async () => {
  const fetched: unknown[] = [];
  const fetch: typeof globalThis.fetch = async (url) => {
    fetched.push(url);
    throw new Error('The test answers nothing');
  };
  const verifier = verifierWith({ jwksUrl: 'https://keys.example/jwks', fetch });
  const kids = ['../../etc/passwd', "1' or '1'='1", 'https://evil.example/k', 'a/b', '%2e%2e', '$(id)', '\n', '|ls', 'x'.repeat(65)];
  const headers = [...kids.map((kid) => ({ kid })), { jku: 'https://evil.example' }, { x5u: 'https://evil.example' }, { jwk: key.jwk }, { x5c: ['MII'] }, { crit: ['exp'] }, { crit: [] }];
  for (const header of headers) {
    expect(await verifier.verify(mint({ nowMs: NOW, key, header }), LIMIT_ORDER, user)).toMatchObject({ ok: false, code: 'TRADE_TOKEN_INVALID' });
  }
  const foreign = `${base64url({ alg: 'RS256', typ: 'trade+jwt', kid: 'unknown' })}.${base64url({})}.AAAA`;
  expect(await verifier.verify(foreign, LIMIT_ORDER, user)).toMatchObject({ reason: 'alg_not_allowed' });
  expect(fetched).toEqual([]);
});

test('attack 4, a weak secret: 31 bytes are refused at start, 32 are enough', () => {
  expect(() => verifierWith({ secret: 'x'.repeat(31) })).toThrow('at least 32 bytes');
  expect(() => verifierWith({ secret: new Uint8Array(31) })).toThrow('at least 32 bytes');
  expect(() => createVerifier({ exchangeId: EXCHANGE_ID, store: memoryNonceStore(), secrets: { k: 'x'.repeat(31) } })).toThrow('at least 32 bytes');
  expect(() => verifierWith({ secret: new Uint8Array(32) })).not.toThrow();
  expect(() => verifierWith({ secret: 'x'.repeat(32) })).not.toThrow();
  expect(() => verifierWith({ secret: '' })).toThrow();
});

test('attack 5, replay: the second use gets the first result and no order', async () => {
  const verifier = verifierWith();
  const token = mint({ nowMs: NOW });
  const first = await verifier.verify(token, LIMIT_ORDER, user);
  if (!first.ok) throw new Error(first.reason);
  expect(await verifier.verify(token, LIMIT_ORDER, user)).toEqual(expect.objectContaining({ code: 'TRADE_TOKEN_SPENT', jti: first.jti }));
  await verifier.recordResult(first.jti, { orderId: '17' });
  const second = await verifier.verify(token, LIMIT_ORDER, user);
  expect(second).toMatchObject({ ok: false, code: 'TRADE_TOKEN_SPENT', firstResult: { orderId: '17' } });
  expect(second).not.toHaveProperty('order');
});

test.each([
  ['rejects', () => Promise.reject(new Error('down'))],
  ['throws', () => { throw new Error('down'); }],
  ['never answers', () => new Promise<never>(() => {})],
  ['answers nonsense', () => Promise.resolve(undefined as never)],
])('attack 6, the store is down: a store that %s refuses the order', async (_, spend) => {
  const store: NonceStore = { spend, recordResult: async () => {} };
  const result = await verifierWith({ store, storeTimeoutMs: 50 }).verify(mint({ nowMs: NOW }), LIMIT_ORDER, user);
  expect(result).toMatchObject({ ok: false, code: 'TRADE_TOKEN_CHECK_UNAVAILABLE' });
});

test('attack 7, a nonce forgotten too early: at no moment does a spent token work again', async () => {
  let clock = NOW;
  const store = memoryNonceStore({ now: () => clock });
  const verifier = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store, now: () => clock, leewaySeconds: 5 });
  const token = mint({ nowMs: NOW });
  expect((await verifier.verify(token, LIMIT_ORDER, user)).ok).toBe(true);
  for (let second = 0; second <= 120; second += 1) {
    clock = NOW + second * 1000;
    // Another token each second, so that the store has reason to forget.
    await verifier.verify(mint({ nowMs: clock }), LIMIT_ORDER, user);
    const again = await verifier.verify(token, LIMIT_ORDER, user);
    expect(again).toMatchObject({ ok: false, code: second < 75 ? 'TRADE_TOKEN_SPENT' : 'TRADE_TOKEN_EXPIRED' });
  }
});

test('attack 8, clock skew: no leeway above 5 s can be set, and no token outlives it', async () => {
  for (const leewaySeconds of [5.1, 30, -1, Number.NaN, Infinity]) expect(() => verifierWith({ leewaySeconds })).toThrow('leewaySeconds');
  const at = (offset: number, leewaySeconds: number) => verifierWith({ leewaySeconds }).verify(mint({ nowMs: NOW + offset * 1000 }), LIMIT_ORDER, user);
  expect((await at(5, 5)).ok).toBe(true);
  expect(await at(6, 5)).toMatchObject({ reason: 'issued_in_future' });
  expect((await at(-14, 5)).ok).toBe(true);
  expect(await at(-15, 5)).toMatchObject({ code: 'TRADE_TOKEN_EXPIRED' });
  expect(await at(1, 0)).toMatchObject({ reason: 'issued_in_future' });
  expect(await at(-10, 0)).toMatchObject({ code: 'TRADE_TOKEN_EXPIRED' });
});

describe('attack 9, an order that is written in another way', () => {
  const plain = { ...LIMIT_ORDER };
  const withGetter = (name: keyof typeof plain) => Object.defineProperty({ ...plain }, name, { enumerable: true, get: () => plain[name] });
  class OrderClass { symbol = 'BTCUSDT'; side = 'BUY'; type = 'LIMIT'; quantity = '0.1'; price = '45000'; }
  const { price, ...noPrice } = plain;

  test.each<[string, unknown]>([
    ['an accessor', withGetter('quantity')],
    ['an accessor for a field that may be left out', Object.defineProperty({ ...plain }, 'clientOrderId', { enumerable: true, get: () => 'a' })],
    ['a hidden field', Object.defineProperty({ ...noPrice }, 'price', { enumerable: false, value: price })],
    ['an inherited field', Object.assign(Object.create({ price }) as object, noPrice)],
    ['a prototype that is not Object', Object.assign(Object.create({}) as object, plain)],
    ['an instance of a class', new OrderClass()],
    ['a proxy', new Proxy({ ...plain }, {})],
    ['a proxy that throws', new Proxy({ ...plain }, { ownKeys: () => { throw new Error('trap'); } })],
    ['a symbol beside the fields', { ...plain, [Symbol('leverage')]: '10' }],
    ['__proto__ as a field of its own', JSON.parse(JSON.stringify(plain).replace('{', '{"__proto__":{"leverage":"10"},')) as unknown],
    ['a String object', { ...plain, quantity: new String('0.1') }],
    ['a function', Object.assign(() => undefined, plain)],
    ['a map', new Map(Object.entries(plain))],
  ])('%s is refused', async (_, order) => {
    expect(await verifierWith().verify(mint({ nowMs: NOW }), order, user)).toMatchObject({ code: 'TRADE_TOKEN_MISMATCH', reason: 'order_malformed' });
  });

  test.each<[string, unknown]>([
    ['an object without a prototype', Object.assign(Object.create(null) as object, plain)],
    ['a field that is undefined', { ...plain, clientOrderId: undefined }],
    ['a frozen object', Object.freeze({ ...plain })],
  ])('%s is the same order', async (_, order) => {
    expect(await verifierWith().verify(mint({ nowMs: NOW }), order, user)).toMatchObject({ ok: true, order: plain });
  });
});

test('attack 10, an unsigned field: every field of the closed list is compared, every other refused', async () => {
  const trade = { ...LIMIT_ORDER, clientOrderId: 'a' };
  const changed: Record<(typeof TRADE_FIELDS)[number], string | true> = {
    symbol: 'ETHUSDT', side: 'SELL', type: 'MARKET', quantity: '0.2', quoteAmount: '1', price: '1', stopPrice: '1', stopLimitPrice: '1', displayQuantity: '0.01', timeInForce: 'IOC',
    expiresAt: '2026-01-15T11:00:00.000Z', postOnly: true, selfTradePrevention: 'NONE', clientOrderId: 'b',
  };
  expect(Object.keys(changed)).toEqual([...TRADE_FIELDS]);
  const token = mint({ nowMs: NOW, claims: { trade } });
  const verifier = verifierWith();
  for (const field of TRADE_FIELDS) {
    for (const orderTerms of ['basic', 'all'] as const) {
      expect(await verifierWith({ orderTerms }).verify(token, { ...trade, [field]: changed[field] }, user)).toMatchObject({ code: 'TRADE_TOKEN_MISMATCH' });
    }
  }
  for (const field of ['stopPrice', 'timeInForce', 'reduceOnly', 'subAccount', 'leverage']) {
    expect(await verifier.verify(token, { ...trade, [field]: '1' }, user)).toMatchObject({ code: 'TRADE_TOKEN_MISMATCH', field });
  }
  expect((await verifier.verify(token, trade, user)).ok).toBe(true);
});

test('attack 11, check one order and place another: the order comes from the token, frozen, whatever happens to the request', async () => {
  const store = memoryNonceStore({ now: () => NOW });
  const order: Record<string, unknown> = { ...LIMIT_ORDER, quantity: '0.10' };
  const changing: NonceStore = {
    ...store,
    spend: async (request) => {
      order['quantity'] = '1000';
      return store.spend(request);
    },
  };
  const pending = verifierWith({ store: changing }).verify(mint({ nowMs: NOW }), order, user);
  order['side'] = 'SELL';
  const result = await pending;
  if (!result.ok) throw new Error(result.reason);
  expect(result.order).toEqual(LIMIT_ORDER);
  expect(Object.isFrozen(result) && Object.isFrozen(result.order)).toBe(true);
  expect(Object.keys(result.order).every((field) => (TRADE_FIELDS as readonly string[]).includes(field))).toBe(true);
});

test('attacks 12 and 13, audiences and tenants: each token works at exactly one partner, and one jti can be spent at each', async () => {
  const tenants = ['demo-exchange', 'demo-exchange-test', 'other-exchange'];
  const store = memoryNonceStore({ now: () => NOW });
  const jti = newJti();
  for (const issuedTo of tenants) {
    const token = mint({ nowMs: NOW, claims: { aud: issuedTo, jti } });
    for (const usedAt of tenants) {
      // Even where two partners were given one secret by mistake, and share one store.
      const result = await createVerifier({ exchangeId: usedAt, secret: SECRET, store, now: () => NOW }).verify(token, LIMIT_ORDER, user);
      if (usedAt === issuedTo) expect(result.ok).toBe(true);
      else expect(result).toMatchObject({ code: 'TRADE_TOKEN_INVALID', reason: 'aud_wrong' });
    }
  }
});

test('attack 14, user swap: only the session that the token was made for', async () => {
  const token = mint({ nowMs: NOW });
  for (const exchangeUserId of ['user-2', 'USER-1', 'user-1 ', '', undefined, null, ['user-1'], { toString: () => USER }]) {
    const result = await verifierWith().verify(token, LIMIT_ORDER, { exchangeUserId: exchangeUserId as string });
    const nobody = typeof exchangeUserId !== 'string' || exchangeUserId === '';
    expect(result).toMatchObject({ ok: false, code: nobody ? 'AUTHENTICATION_REQUIRED' : 'TRADE_TOKEN_MISMATCH' });
  }
  for (const context of [undefined, null, {}, { userFromToken: 'yes' }]) {
    expect((await verifierWith().verify(token, LIMIT_ORDER, context as never)).ok).toBe(false);
  }
  expect(await verifierWith().verify(token, LIMIT_ORDER, { userFromToken: true })).toMatchObject({ ok: true, exchangeUserId: USER });
});

test('attack 20, a lost answer: asked again after it expired, a spent token still gives its first result', async () => {
  let clock = NOW;
  const verifier = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: memoryNonceStore({ now: () => clock }), now: () => clock });
  const token = mint({ nowMs: NOW });
  const first = await verifier.verify(token, LIMIT_ORDER, user);
  if (!first.ok) throw new Error(first.reason);
  await verifier.recordResult(first.jti, { orderId: '17' });
  clock += 30_000;
  expect(await verifier.verify(token, LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_SPENT', firstResult: { orderId: '17' } });
  expect(await verifier.verify(mint({ nowMs: NOW }), LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_EXPIRED' });
  expect(await verifier.verify(token, LIMIT_ORDER, { exchangeUserId: 'thief' })).toMatchObject({ code: 'TRADE_TOKEN_MISMATCH' });
});

test('attack 20, a store that cannot look back calls an expired token expired; one that fails is unavailable', async () => {
  const { spend, recordResult } = memoryNonceStore({ now: () => NOW });
  const token = mint({ nowMs: NOW - 60_000 });
  expect(await verifierWith({ store: { spend, recordResult } }).verify(token, LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_EXPIRED' });
  const failing: NonceStore = { spend, recordResult, recall: () => Promise.reject(new Error('down')) };
  expect(await verifierWith({ store: failing }).verify(token, LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_CHECK_UNAVAILABLE' });
});

test('attack 22, a huge token costs nothing: a megabyte is refused without being parsed', async () => {
  const started = performance.now();
  for (let round = 0; round < 1000; round += 1) {
    expect(await verifierWith().verify('a'.repeat(1_000_000), LIMIT_ORDER, user)).toMatchObject({ reason: 'token_too_long' });
  }
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('attack 23, leaks: no refusal shows the token, the secret, or a value of the order', async () => {
  const results = await Promise.all([
    verifierWith().verify(mint({ nowMs: NOW, secret: Buffer.alloc(32, 7).toString('base64url') }), LIMIT_ORDER, user),
    verifierWith().verify(mint({ nowMs: NOW }), { ...LIMIT_ORDER, quantity: '123456.789' }, user),
    verifierWith().verify(mint({ nowMs: NOW }), LIMIT_ORDER, { exchangeUserId: 'user-2' }),
    verifierWith({ store: { spend: () => Promise.reject(new Error('down')), recordResult: async () => {} } }).verify(mint({ nowMs: NOW }), LIMIT_ORDER, user),
  ]);
  for (const result of results) {
    expect(result.ok).toBe(false);
    expect(inspect(result, { depth: 9 })).not.toMatch(/eyJ|123456\.789|user-1|user-2/);
    expect(inspect(result, { depth: 9 })).not.toContain(SECRET);
  }
});

test('attack 24, another kind of token: sessions and access tokens are not orders', async () => {
  for (const typ of ['JWT', 'at+jwt', 'widget-session+jwt', 'TRADE+JWT', undefined]) {
    expect(await verifierWith().verify(mint({ nowMs: NOW, header: { typ } }), LIMIT_ORDER, user)).toMatchObject({ code: 'TRADE_TOKEN_INVALID', reason: 'typ_wrong' });
  }
});
