import { expect, test } from '@jest/globals';
import { fromWire, keyOf, PLAIN_ORDER, toWire, type PlaceOrder } from './venue-command.ts';

const order: PlaceOrder = {
  kind: 'place', ...PLAIN_ORDER, userId: 7, symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: 9_007_199_254_740_993n, price: 1n, clientOrderId: '5n', fingerprint: '{"$units":"1"}', tradeTokenJti: null,
};

test('a command arrives at the other node as it left, amounts beyond 2^53 and texts that look like amounts included', () => {
  expect(fromWire(toWire(order))).toEqual(order);
  expect(fromWire(toWire([0n, -1n, 1, '1', null]))).toEqual([0n, -1n, 1, '1', null]);
});

test('a command is known again by what its caller calls it, per user or per kind of posting', () => {
  const credit = { kind: 'credit', userId: 7, asset: 'BTC', amount: 5n, cause: 'DEPOSIT', reference: 'a' } as const;
  expect(keyOf(order)).toMatchObject({ kind: 'order', scope: '7', name: '5n' });
  expect(keyOf({ ...order, clientOrderId: null })).toBeNull();
  expect(keyOf(credit)).toEqual({ kind: 'posting', scope: 'DEPOSIT', name: 'a', fingerprint: 'credit 7 BTC 5' });
  expect(keyOf({ ...credit, reference: null })).toBeNull();
  expect(keyOf({ kind: 'cancel', userId: 7, orderId: 1 })).toBeNull();
});
