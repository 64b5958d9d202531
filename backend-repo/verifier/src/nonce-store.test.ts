import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { memoryNonceStore } from './memory-nonce-store.ts';
import { REMEMBER_AFTER_EXPIRY_MS } from './nonce-store.ts';
import { nonceTableSql, postgresNonceStore } from './postgres-nonce-store.ts';
import { keepsThePromisesOfAStore, requestFor } from './testing/store-promises.ts';
import { EXCHANGE_ID, LIMIT_ORDER, SECRET, USER, mint } from './testing/tokens.ts';
import { createVerifier } from './verifier.ts';

const TABLE = `verifier_test.nonces_${process.pid}`;
const pool = new pg.Pool({ connectionString: process.env['VERIFIER_TEST_DATABASE_URL'], max: 30 });

beforeAll(async () => {
  expect(process.env['VERIFIER_TEST_DATABASE_URL']).toMatch(/^postgres/);
  await pool.query('create schema if not exists verifier_test');
  await pool.query(nonceTableSql(TABLE));
  await pool.query(nonceTableSql(TABLE));
});

afterAll(async () => {
  await pool.query(`drop table if exists ${TABLE}`);
  await pool.end();
});

keepsThePromisesOfAStore('memory', () => memoryNonceStore());
keepsThePromisesOfAStore('postgres', () => postgresNonceStore(pool, { table: TABLE }));

describe('the memory store', () => {
  test('refuses when it is full, forgets nothing that lives, and takes up again when something has died', async () => {
    let clock = 1_000_000;
    const store = memoryNonceStore({ maxTokens: 3, now: () => clock });
    const spendNew = () => store.spend({ ...requestFor(), expiresAt: clock + 10_000 });
    const first = { ...requestFor(), expiresAt: clock + 10_000 };
    await store.spend(first);
    await spendNew();
    await spendNew();
    await expect(spendNew()).rejects.toThrow('full');
    expect(await store.spend(first)).toEqual({ first: false });
    clock += 10_000 + REMEMBER_AFTER_EXPIRY_MS;
    expect(await spendNew()).toEqual({ first: true });
    expect(store.size).toBe(1);
  });

  test('is not blocked for good by one token that lives long', async () => {
    let clock = 1_000_000;
    const store = memoryNonceStore({ maxTokens: 2, now: () => clock });
    await store.spend({ ...requestFor(), expiresAt: clock + 1e9 });
    await store.spend({ ...requestFor(), expiresAt: clock + 10_000 });
    clock += 100_000;
    expect(await store.spend({ ...requestFor(), expiresAt: clock + 10_000 })).toEqual({ first: true });
  });

  test('full means unavailable to the verifier, not accepted', async () => {
    const verifier = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: memoryNonceStore({ maxTokens: 1 }) });
    expect((await verifier.verify(mint(), LIMIT_ORDER, { exchangeUserId: USER })).ok).toBe(true);
    expect(await verifier.verify(mint(), LIMIT_ORDER, { exchangeUserId: USER })).toMatchObject({ code: 'TRADE_TOKEN_CHECK_UNAVAILABLE', reason: 'store_unavailable' });
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity])('cannot be made for %s tokens', (maxTokens) => {
    expect(() => memoryNonceStore({ maxTokens })).toThrow(TypeError);
  });
});

describe('the postgres store', () => {
  test('attack 6, a race over three nodes: of 201 parallel orders with one token exactly one is placed', async () => {
    const pools = [1, 2, 3].map(() => new pg.Pool({ connectionString: process.env['VERIFIER_TEST_DATABASE_URL'], max: 10 }));
    const nodes = pools.map((nodePool) => createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: postgresNonceStore(nodePool, { table: TABLE }), storeTimeoutMs: 15_000 }));
    const token = mint();
    const results = await Promise.all(Array.from({ length: 67 }, () => nodes.map((node) => node.verify(token, LIMIT_ORDER, { exchangeUserId: USER }))).flat());
    await Promise.all(pools.map((nodePool) => nodePool.end()));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.code === 'TRADE_TOKEN_SPENT')).toHaveLength(200);
  });

  test('attack 7, a restart: a new process knows what an old one spent, until exp + 65 s and not a millisecond less', async () => {
    let clock = Date.now();
    const request = { ...requestFor(), expiresAt: clock + 10_000 };
    await postgresNonceStore(pool, { table: TABLE }).spend(request);
    const restarted = postgresNonceStore(pool, { table: TABLE, now: () => clock });
    clock = request.expiresAt + REMEMBER_AFTER_EXPIRY_MS - 1;
    await restarted.purge();
    expect(await restarted.spend(request)).toEqual({ first: false });
    clock += 1;
    expect(await restarted.purge()).toBeGreaterThanOrEqual(1);
    expect(await restarted.recall?.(request)).toBeUndefined();
  });

  test('purges at most as many rows as it is told', async () => {
    const store = postgresNonceStore(pool, { table: TABLE });
    for (let row = 0; row < 5; row += 1) await store.spend({ ...requestFor(), expiresAt: Date.now() - 100_000 });
    expect(await store.purge(3)).toBe(3);
    expect(await store.purge()).toBe(2);
    expect(await store.purge()).toBe(0);
  });

  test('spends within the transaction it is given: rolled back, the token is unspent', async () => {
    const verifier = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: postgresNonceStore(pool, { table: TABLE }) });
    const token = mint();
    const client = await pool.connect();
    await client.query('begin');
    const inside = await verifier.verify(token, LIMIT_ORDER, { exchangeUserId: USER, store: postgresNonceStore(client, { table: TABLE }) });
    await client.query('rollback');
    client.release();
    expect(inside.ok).toBe(true);
    expect((await verifier.verify(token, LIMIT_ORDER, { exchangeUserId: USER })).ok).toBe(true);
    expect(await verifier.verify(token, LIMIT_ORDER, { exchangeUserId: USER })).toMatchObject({ code: 'TRADE_TOKEN_SPENT' });
  });

  test('a database that is away refuses the order', async () => {
    const away = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
    const verifier = createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: postgresNonceStore(away) });
    expect(await verifier.verify(mint(), LIMIT_ORDER, { exchangeUserId: USER })).toMatchObject({ code: 'TRADE_TOKEN_CHECK_UNAVAILABLE' });
    await away.end();
  });

  test.each(['x; drop table y', 'Nonces', '"x"', 'a.b.c', '', 'x--'])('refuses the table name %j', (table) => {
    expect(() => postgresNonceStore(pool, { table })).toThrow(TypeError);
    expect(() => nonceTableSql(table)).toThrow(TypeError);
  });
});
