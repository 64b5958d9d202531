import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { REMEMBER_AFTER_EXPIRY_MS } from './nonce-store.ts';
import { redisNonceStore } from './redis-nonce-store.ts';
import { keepsThePromisesOfAStore, requestFor } from './testing/store-promises.ts';
import { EXCHANGE_ID, LIMIT_ORDER, SECRET, USER, mint } from './testing/tokens.ts';
import { createVerifier } from './verifier.ts';

const url = process.env['TEST_REDIS_URL'] ?? '';
const open = () => createClient({ url, RESP: 2, socket: { reconnectStrategy: false }, disableOfflineQueue: true });
const client = open();
beforeAll(async () => {
  await client.connect();
});
afterAll(() => client.close());

// ioredis names the command first.
const likeIoredis = { call: (command: string, ...args: string[]): Promise<unknown> => client.sendCommand([command, ...args]) };

keepsThePromisesOfAStore('redis', () => redisNonceStore(client));
keepsThePromisesOfAStore('redis (as ioredis is called)', () => redisNonceStore(likeIoredis, { prefix: 'other:' }));

describe('the redis store', () => {
  test('attack 6, a race over three nodes: of 201 parallel orders with one token exactly one is placed', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => open().connect()));
    const nodes = clients.map((one) => createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: redisNonceStore(one) }));
    const token = mint();
    const results = await Promise.all(Array.from({ length: 67 }, () => nodes.map((node) => node.verify(token, LIMIT_ORDER, { exchangeUserId: USER }))).flat());
    await Promise.all(clients.map((one) => one.close()));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.code === 'TRADE_TOKEN_SPENT')).toHaveLength(200);
  });

  test('attack 7, a restart: a verifier on a new connection knows what an old one spent, and what came of it', async () => {
    const token = mint();
    const before = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: redisNonceStore(client) });
    const placed = await before.verify(token, LIMIT_ORDER, { exchangeUserId: USER });
    if (!placed.ok) throw new Error(placed.code);
    await before.recordResult(placed.jti, { orderId: '17' });
    const fresh = await open().connect();
    const restarted = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: redisNonceStore(fresh) });
    expect(await restarted.verify(token, LIMIT_ORDER, { exchangeUserId: USER })).toMatchObject({ code: 'TRADE_TOKEN_SPENT', firstResult: { orderId: '17' } });
    await fresh.close();
  });

  test('remembers until exp + 65 s, also once a result is there', async () => {
    const clock = Date.now();
    const store = redisNonceStore(client, { prefix: 'timed:', now: () => clock });
    const request = { ...requestFor(), expiresAt: clock + 10_000 };
    const left = () => client.pTTL(`timed:${request.exchangeId}:${request.jti}`);
    await store.spend(request);
    const spent = await left();
    expect(spent).toBeGreaterThan(10_000 + REMEMBER_AFTER_EXPIRY_MS - 2_000);
    expect(spent).toBeLessThanOrEqual(10_000 + REMEMBER_AFTER_EXPIRY_MS);
    await store.recordResult(request, { orderId: '17' });
    const recorded = await left();
    expect(recorded).toBeGreaterThan(10_000 + REMEMBER_AFTER_EXPIRY_MS - 2_000);
    expect(recorded).toBeLessThanOrEqual(spent);
    await expect(store.spend({ ...requestFor(), expiresAt: clock - REMEMBER_AFTER_EXPIRY_MS })).rejects.toThrow(RangeError);
  });

  test('a Redis that is away, or answers what is no text, refuses the order', async () => {
    const gone = await open().connect();
    await gone.close();
    const odd = { sendCommand: () => Promise.resolve(17 as unknown) };
    for (const store of [redisNonceStore(gone), redisNonceStore(odd)]) {
      const verifier = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store });
      expect(await verifier.verify(mint(), LIMIT_ORDER, { exchangeUserId: USER })).toMatchObject({ code: 'TRADE_TOKEN_CHECK_UNAVAILABLE' });
    }
  });

  test.each(['with space', 'ünder', 'x'.repeat(101), 'a\n'])('refuses the prefix %j', (prefix) => {
    expect(() => redisNonceStore(client, { prefix })).toThrow(TypeError);
  });
});
