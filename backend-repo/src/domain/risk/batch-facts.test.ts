import { expect, test } from '@jest/globals';
import type { OrderState } from '../matching/types.ts';
import { amountFrom } from '../money.ts';
import { factsOfBatch } from './facts.ts';
import { NOON } from './tape-for-tests.ts';

const order = (change: Partial<OrderState>): OrderState => ({
  id: 1, userId: 7, symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: amountFrom('10'), quoteAmount: null, price: amountFrom('100'), stopPrice: null, stopLimitPrice: null,
  displayQuantity: null, displayedQuantity: null, timeInForce: 'GTC', expiresAt: null, postOnly: false, selfTradePrevention: 'TAKER', triggeredAt: null, priority: 1, filledQuantity: 0n,
  filledNotional: 0n, fee: 0n, feeAsset: 'BTC', status: 'PENDING', reason: null, locked: 0n, clientOrderId: null, createdAt: NOON, updatedAt: NOON, ...change,
});
const TOUCH = { bid: amountFrom('100'), ask: amountFrom('101') };
const facts = (newOrders: OrderState[], updatedOrders: OrderState[] = []) =>
  factsOfBatch({ newOrders, updatedOrders, trades: [] }, () => TOUCH).orders.map(({ kind, orderId, open, price, byOwner }) => `${kind} ${orderId}: ${open / 100_000_000n} at ${price === null ? null : price / 100_000_000n}${byOwner ? '' : ', by the venue'}`);

test('what a batch did becomes facts: placed, then changed', () => {
  const [filled, half] = [amountFrom('10'), amountFrom('4')];
  expect(facts([order({ id: 1 }), order({ id: 2, status: 'FILLED', filledQuantity: filled })])).toEqual(['placed 1: 10 at 100', 'placed 2: 10 at 100']);
  expect(facts([order({ id: 3, timeInForce: 'IOC', status: 'CANCELLED', reason: 'IMMEDIATE_OR_CANCEL', filledQuantity: half })])).toEqual(['placed 3: 10 at 100', 'cancelled 3: 6 at 100, by the venue']);
  expect(facts([], [order({ id: 4, status: 'CANCELLED', reason: 'USER_REQUEST', filledQuantity: half }), order({ id: 5, status: 'PARTIAL', filledQuantity: half }), order({ id: 6, status: 'FILLED' })])).toEqual([
    'cancelled 4: 6 at 100', 'amended 5: 6 at 100',
  ]);
});

test.each([
  ['a second', 1_000, ''],
  ['a millisecond less than a minute', 59_999, ''],
  ['a minute', 60_000, ', by the venue'],
  ['an hour', 3_600_000, ', by the venue'],
])('who gives an order %s to live', (_, life, whose) => {
  const ended = order({ timeInForce: 'GTD', expiresAt: NOON + life, updatedAt: NOON + life + 40, status: 'CANCELLED', reason: 'EXPIRED' });
  expect(facts([], [ended])).toEqual([`cancelled 1: 10 at 100${whose}`]);
});

test('the book shows no market order and no sleeping stop, but an OCO', () => {
  const stop = { stopPrice: amountFrom('110') };
  expect(facts([order({ type: 'MARKET', price: null }), order({ type: 'STOP_LIMIT', ...stop }), order({ type: 'STOP_LIMIT', ...stop, triggeredAt: NOON }), order({ type: 'OCO', ...stop })])).toEqual([
    'placed 1: 10 at null', 'placed 1: 10 at null', 'placed 1: 10 at 100', 'placed 1: 10 at 100',
  ]);
});

test('the best prices of a market are asked for once per batch', () => {
  let asked = 0;
  const { orders } = factsOfBatch({ newOrders: [order({ id: 1 }), order({ id: 2 })], updatedOrders: [], trades: [] }, () => ((asked += 1), TOUCH));
  expect([asked, orders.map(({ touch }) => touch)]).toEqual([1, [TOUCH, TOUCH]]);
});
