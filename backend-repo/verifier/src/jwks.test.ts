import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryNonceStore } from './memory-nonce-store.ts';
import { sendJson, startJsonServer } from './testing/json-server.ts';
import type { JsonServer } from './testing/json-server.ts';
import { EXCHANGE_ID, LIMIT_ORDER, SECRET, USER, mint, newKeyPair } from './testing/tokens.ts';
import { createVerifier, verifyTradeToken } from './verifier.ts';
import type { VerifierOptions } from './verifier-options.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const user = { exchangeUserId: USER };
const oldKey = newKeyPair('es-old');
const newKey = newKeyPair('es-new');

let server: JsonServer;
let clock: number;
let published: unknown;

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 15, 10, 30, 0);
  published = { keys: [oldKey.jwk] };
  server = await startJsonServer((_request, res) => sendJson(res, 200, published));
});
afterEach(() => server.close());

const newVerifier = (options: Partial<VerifierOptions> = {}) =>
  createVerifier({ exchangeId: EXCHANGE_ID, jwksUrl: `${server.url}/jwks`, store: memoryNonceStore({ now: () => clock }), now: () => clock, ...options });
const order = async (verifier: ReturnType<typeof newVerifier>, key = oldKey) => {
  const result = await verifier.verify(mint({ nowMs: clock, key }), LIMIT_ORDER, user);
  return result.ok ? 'ok' : result.reason;
};
/** Wait for what happens beside the orders, at most 5 s. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500 && !(await holds()); attempt += 1) await new Promise((resolve) => { setTimeout(resolve, 10); });
  expect(await holds()).toBe(true);
}

describe('a key set that is loaded', () => {
  test('is loaded once for many orders, also when they come at once', async () => {
    const verifier = newVerifier();
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => order(verifier))))).toEqual(new Set(['ok']));
    clock += 4 * MINUTE;
    expect(await order(verifier)).toBe('ok');
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /jwks']);
  });

  test('can be loaded at start', async () => {
    const verifier = newVerifier();
    await verifier.loadKeys();
    expect(await order(verifier)).toBe('ok');
    expect(server.seen).toHaveLength(1);
  });

  test('attack 21, rotation: a new key works at once when a minute has passed, and the old one goes on working', async () => {
    const verifier = newVerifier();
    expect(await order(verifier)).toBe('ok');
    published = { keys: [oldKey.jwk, newKey.jwk] };
    clock += MINUTE;
    expect(await Promise.all([order(verifier, newKey), order(verifier, oldKey), order(verifier, newKey)])).toEqual(['ok', 'ok', 'ok']);
    expect(server.seen).toHaveLength(2);
  });

  test('attack 21, rotation under load: no order fails while keys change every five minutes', async () => {
    const verifier = newVerifier();
    let previous = oldKey;
    for (let round = 0; round < 5; round += 1) {
      const next = newKeyPair(`es-${round}`);
      published = { keys: [previous.jwk, next.jwk] };
      clock += 5 * MINUTE;
      const orders = Array.from({ length: 40 }, (_, at) => order(verifier, at % 2 ? previous : next));
      expect(new Set(await Promise.all(orders))).toEqual(new Set(['ok']));
      previous = next;
    }
  });

  test('attack 21, unknown key ids: a thousand of them cause one load a minute', async () => {
    const verifier = newVerifier();
    await verifier.loadKeys();
    for (let round = 0; round < 3; round += 1) {
      clock += MINUTE;
      const unknown = Array.from({ length: 300 }, (_, at) => order(verifier, { ...newKey, kid: `made-up-${round}-${at}` }));
      expect(new Set(await Promise.all(unknown))).toEqual(new Set(['kid_unknown']));
      clock += MINUTE - 1;
      expect(await order(verifier, newKey)).toBe('kid_unknown');
      clock -= MINUTE - 1;
    }
    expect(server.seen).toHaveLength(4);
  });

  test.each([5, 55, 60])('a key withdrawn while nobody traded for %i minutes is refused at once, however many orders come together', async (minutes) => {
    const verifier = newVerifier();
    expect(await order(verifier)).toBe('ok');
    published = { keys: [newKey.jwk] };
    clock += minutes * MINUTE;
    expect(await Promise.all(Array.from({ length: 5 }, () => order(verifier)))).toEqual(Array.from({ length: 5 }, () => 'kid_unknown'));
    expect(server.seen).toHaveLength(2);
  });
});

describe('a key set that cannot be loaded', () => {
  test.each<[string, JsonServer['answer']]>([
    ['500 and a good set', (_request, res) => sendJson(res, 500, published)],
    ['HTML', (_request, res) => { res.end('<html>'); }],
    ['an empty set', (_request, res) => sendJson(res, 200, { keys: [] })],
    ['no set', (_request, res) => sendJson(res, 200, [])],
    ['one key id twice', (_request, res) => sendJson(res, 200, { keys: [oldKey.jwk, { ...newKey.jwk, kid: 'es-old' }] })],
    ['65 keys', (_request, res) => sendJson(res, 200, { keys: Array.from({ length: 65 }, (_, at) => ({ ...oldKey.jwk, kid: `es-${at}` })) })],
    ['a key that is no point of the curve', (_request, res) => sendJson(res, 200, { keys: [{ ...oldKey.jwk, x: oldKey.jwk.y }] })],
    ['a good set of 70 kB', (_request, res) => sendJson(res, 200, { keys: [oldKey.jwk], padding: 'x'.repeat(70_000) })],
    ['an endless body', (_request, res) => { for (let part = 0; part < 20; part += 1) res.write('x'.repeat(10_000)); }],
    ['a redirect', (request, res) => (request.path === '/jwks' ? void res.writeHead(302, { location: '/elsewhere' }).end() : sendJson(res, 200, published))],
    ['nothing', () => undefined],
    ['a torn connection', (_request, res) => { res.socket?.destroy(); }],
  ])('answered with %s: orders are refused as unavailable; the last good set, if there is one, stays', async (_, answer) => {
    const verifier = newVerifier({ jwksTimeoutMs: 500 });
    const good = server.answer;
    server.answer = answer;
    expect(await order(verifier)).toBe('keys_unavailable');
    server.answer = good;
    clock += 5 * SECOND;
    expect(await order(verifier)).toBe('ok');
    server.answer = answer;
    clock += 61 * MINUTE;
    expect(await order(verifier)).toBe('ok');
    expect(await order(verifier, newKey)).toBe('keys_unavailable');
  });

  test('is asked for by one load at a time, however long it takes', async () => {
    const verifier = newVerifier();
    const waiting: (() => void)[] = [];
    server.answer = (_request, res) => { waiting.push(() => sendJson(res, 200, published)); };
    const orders = [order(verifier)];
    clock += 10 * SECOND;
    orders.push(order(verifier), order(verifier, newKey));
    await eventually(() => waiting.length > 0);
    waiting.forEach((send) => send());
    // The orders were minted up to ten seconds ago by now.
    expect(await Promise.all(orders)).toEqual(['ok', 'ok', 'kid_unknown']);
    expect(server.seen).toHaveLength(1);
  });

  test('is not asked for again with every order', async () => {
    const verifier = newVerifier();
    server.answer = (_request, res) => sendJson(res, 503, {});
    for (let at = 0; at < 20; at += 1) expect(await order(verifier)).toBe('keys_unavailable');
    expect(server.seen).toHaveLength(1);
    await expect(verifier.loadKeys()).rejects.toThrow('could not be loaded');
  });
});

describe('key options', () => {
  test.each(['http://keys.example/jwks', 'ftp://keys.example', 'file:///etc/passwd', 'https://user:secret@keys.example/', 'not a url', '', 'http://127.0.0.1.evil.example/'])('refuses the URL %j', (jwksUrl) => {
    expect(() => newVerifier({ jwksUrl })).toThrow(TypeError);
  });

  test.each(['https://keys.example/jwks', 'http://localhost:1/', 'http://127.0.0.1:1/', 'http://[::1]:1/'])('takes the URL %j', (jwksUrl) => {
    expect(() => newVerifier({ jwksUrl })).not.toThrow();
  });

  test('a set that stands in the options, and a function that loads one', async () => {
    const { jwksUrl: _, ...base } = { exchangeId: EXCHANGE_ID, store: memoryNonceStore({ now: () => clock }), now: () => clock, jwksUrl: '' };
    expect(await order(createVerifier({ ...base, jwks: { keys: [oldKey.jwk] } }))).toBe('ok');
    let loads = 0;
    const verifier = createVerifier({ ...base, jwks: async () => { loads += 1; return published; } });
    expect(await Promise.all([order(verifier), order(verifier)])).toEqual(['ok', 'ok']);
    expect(loads).toBe(1);
    expect(() => createVerifier({ ...base, jwks: { keys: [] } })).toThrow('no ES256 key');
  });

  test('a private key published by mistake is read as the public key it contains', async () => {
    const { d: _none, ...jwk } = oldKey.jwk;
    const verifier = createVerifier({ exchangeId: EXCHANGE_ID, store: memoryNonceStore({ now: () => clock }), now: () => clock, jwks: { keys: [{ ...jwk, d: 'AAAA' }] } });
    expect(await order(verifier)).toBe('ok');
  });

  test.each<[string, object]>([
    ['for encryption', { use: 'enc' }], ['without alg', { alg: undefined }], ['for another algorithm', { alg: 'ES384' }], ['of another curve', { crv: 'P-384' }], ['without kid', { kid: undefined }], ['of another family', { kty: 'OKP' }], ['without a point', { y: undefined }],
  ])('a key %s is passed over', async (_, change) => {
    published = { keys: [{ ...oldKey.jwk, ...change }, newKey.jwk] };
    const verifier = newVerifier();
    expect(await order(verifier)).toBe('kid_unknown');
    expect(await order(verifier, newKey)).toBe('ok');
  });

  test('secrets under key ids beside a key set, while a partner moves to ES256', async () => {
    const verifier = newVerifier({ secrets: { 'hs-1': SECRET } });
    const result = await verifier.verify(mint({ nowMs: clock }), LIMIT_ORDER, user);
    expect(result.ok).toBe(true);
    expect(server.seen).toHaveLength(0);
    expect(await order(verifier)).toBe('ok');
  });

  test.each<[string, Partial<VerifierOptions>, string]>([
    ['no key', {}, 'is needed'],
    ['a secret beside other keys', { secret: SECRET, secrets: { a: SECRET } }, 'stands alone'],
    ['no secret in secrets', { secrets: {} }, 'no key'],
    ['a bad key id', { secrets: { '../x': SECRET } }, 'malformed'],
    ['a bad exchangeId', { secret: SECRET, exchangeId: 'Bad Id' }, 'exchangeId'],
    ['no store', { secret: SECRET, store: undefined as never }, 'store'],
    ['an empty issuer', { secret: SECRET, issuer: '' }, 'issuer'],
    ['no time for the store', { secret: SECRET, storeTimeoutMs: 0 }, 'storeTimeoutMs'],
    ['no time for keys', { secret: SECRET, jwksTimeoutMs: Number.NaN }, 'jwksTimeoutMs'],
  ])('%s is refused at start', (_, options, message) => {
    expect(() => createVerifier({ exchangeId: EXCHANGE_ID, store: memoryNonceStore(), ...options })).toThrow(message);
  });
});

test('verifyTradeToken keeps one verifier per store and options, so the key set is loaded once', async () => {
  const options = { exchangeId: EXCHANGE_ID, jwksUrl: `${server.url}/jwks`, store: memoryNonceStore({ now: () => clock }) };
  const now = () => clock;
  for (let at = 0; at < 5; at += 1) {
    const token = mint({ nowMs: clock, key: oldKey, claims: { sub: `user-${at}` } });
    expect((await verifyTradeToken(token, LIMIT_ORDER, { ...options, now, exchangeUserId: `user-${at}` })).ok).toBe(true);
    expect(await verifyTradeToken(token, LIMIT_ORDER, { ...options, now, exchangeUserId: `user-${at}` })).toMatchObject({ code: 'TRADE_TOKEN_SPENT' });
  }
  expect(server.seen).toHaveLength(1);
  await expect(verifyTradeToken('x', {}, { ...options, jwksUrl: 'http://keys.example', exchangeUserId: USER })).rejects.toThrow(TypeError);
});
