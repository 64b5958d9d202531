import { describe, expect, test } from '@jest/globals';
import { hash } from 'node:crypto';
import { canonicalTrade, exchangeUserIdProblem, tradeFingerprint, type Trade } from './trade-token.ts';

const LIMIT: Trade = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '1', price: '64000', clientOrderId: 'a' };

test('"1.0" and "1" are one order', () => {
  expect(canonicalTrade({ ...LIMIT, quantity: '1.0', price: '064000.00' })).toEqual({ ok: true, trade: LIMIT });
});

test('the fingerprint of a plain order is what it has always been: stored ones still compare', () => {
  expect(tradeFingerprint('exchange', 'user', LIMIT)).toBe(hash('sha256', JSON.stringify(['exchange', 'user', 'BTCUSDT', 'BUY', 'LIMIT', '1', '64000', 'a']), 'base64url'));
});

test('an order that is not post-only says nothing of it', () => {
  expect(canonicalTrade({ ...LIMIT, postOnly: false })).toEqual({ ok: true, trade: LIMIT });
});

test('the fields of a trade always stand in the same order', () => {
  const shuffled = canonicalTrade({ clientOrderId: 'a', postOnly: true, displayQuantity: '0.1', price: '64000', quantity: '1', type: 'ICEBERG', side: 'BUY', symbol: 'BTCUSDT' });
  expect(shuffled.ok && Object.keys(shuffled.trade)).toEqual(['symbol', 'side', 'type', 'quantity', 'price', 'displayQuantity', 'postOnly', 'clientOrderId']);
});

test.each([['2028-02-29T10:30:00.000Z', true], ['2026-02-29T10:30:00.000Z', false], ['2100-02-29T10:30:00.000Z', false], ['2026-04-31T00:00:00.000Z', false], ['2026-12-31T23:59:59.999Z', true], ['2026-13-01T00:00:00.000Z', false], ['2026-01-01T24:00:00.000Z', false], ['2026-01-01T10:30:00Z', false]])('an order may end at %s: %s', (expiresAt, may) => {
  expect(canonicalTrade({ ...LIMIT, timeInForce: 'GTD', expiresAt }).ok).toBe(may);
});

describe('two requests are the same order only when no field differs', () => {
  const fingerprint = (change: Partial<Trade>): string => tradeFingerprint('exchange', 'user', { ...LIMIT, ...change });
  test.each<[string, Partial<Trade>]>([
    ['symbol', { symbol: 'ETHUSDT' }], ['side', { side: 'SELL' }], ['type', { type: 'MARKET' }], ['quantity', { quantity: '2' }],
    ['timeInForce', { timeInForce: 'IOC' }], ['postOnly', { postOnly: true }], ['selfTradePrevention', { selfTradePrevention: 'NONE' }],
    ['price', { price: '64001' }], ['no price', { price: undefined as never }], ['clientOrderId', { clientOrderId: 'b' }],
  ])('%s', (_name, change) => {
    expect(fingerprint(change)).not.toBe(fingerprint({}));
  });

  test('user or exchange', () => {
    expect(tradeFingerprint('exchange', 'user2', LIMIT)).not.toBe(fingerprint({}));
    expect(tradeFingerprint('exchangeu', 'ser', LIMIT)).not.toBe(fingerprint({}));
  });
});

describe('an exchangeUserId', () => {
  test.each(['f47ac10b-58cc-4372-a567-0e02b2c3d479', 'u', '!'.repeat(128)])('%s is fine', (id) => {
    expect(exchangeUserIdProblem(id)).toBeNull();
  });
  test.each(['', 'a b', 'x'.repeat(129), 'jané', 'jane@example.com', 'jane@localhost', 'jane%40example.com', 'a\u0000'])('%j is refused', (id) => {
    expect(exchangeUserIdProblem(id)).not.toBeNull();
  });
});
