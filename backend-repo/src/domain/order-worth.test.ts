import { expect, test } from '@jest/globals';
import { feeRateFrom } from './fee.ts';
import { formatAmount, parseAmount } from './money.ts';
import { orderWorth, type PricedOrder } from './order-worth.ts';

const NOTHING = { quantity: null, quoteAmount: null, price: null, stopPrice: null, stopLimitPrice: null };
type Written = Partial<Record<Exclude<keyof PricedOrder, 'side'>, string>>;

function worthOf(side: 'BUY' | 'SELL', written: Written, last: string | null): string | null {
  const amounts = Object.fromEntries(Object.entries(written).map(([name, text]) => [name, parseAmount(text)]));
  const worth = orderWorth({ side, ...NOTHING, ...amounts }, { lastPrice: last === null ? null : parseAmount(last), stopProtectionRate: feeRateFrom('0.05') });
  return worth === null ? null : formatAmount(worth);
}

test.each<[what: string, side: 'BUY' | 'SELL', order: Written, last: string | null, worth: string | null]>([
  ['a BUY costs its price at most', 'BUY', { quantity: '2', price: '50' }, '80', '100'],
  ['a SELL far below the last price brings the last price', 'SELL', { quantity: '2', price: '1' }, '80', '160'],
  ['a SELL above it brings its own', 'SELL', { quantity: '2', price: '90' }, '80', '180'],
  ['a SELL before the first trade is worth what it asks', 'SELL', { quantity: '2', price: '1' }, null, '2'],
  ['of several prices the dearest counts', 'BUY', { quantity: '2', price: '50', stopPrice: '90', stopLimitPrice: '95' }, '80', '190'],
  ['a BUY stop may trade past its stop price', 'BUY', { quantity: '2', stopPrice: '90' }, '80', '189'],
  ['so may the stop of an OCO', 'BUY', { quantity: '2', price: '50', stopPrice: '90' }, '80', '189'],
  ['a stop-limit may not', 'BUY', { quantity: '2', price: '91', stopPrice: '90' }, '80', '182'],
  ['a SELL stop is worth its stop price, or the last one', 'SELL', { quantity: '2', stopPrice: '90' }, '80', '180'],
  ['a market order by quantity is worth the last price', 'BUY', { quantity: '2' }, '80', '160'],
  ['a market order by amount says it itself', 'SELL', { quoteAmount: '70' }, null, '70'],
  ['a market order before the first trade: nobody can tell', 'BUY', { quantity: '2' }, null, null],
])('%s', (_what, side, order, last, worth) => {
  expect(worthOf(side, order, last)).toBe(worth);
});
