import { describe, expect, test } from '@jest/globals';
import { takesAnyPrice, termsProblems } from './order-terms.ts';
import type { Trade } from './trade-token.ts';

const MARKET: Trade = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1' };
const LIMIT: Trade = { ...MARKET, type: 'LIMIT', price: '64000' };
const EXPIRES = '2026-01-15T10:30:00.000Z';
const { quantity: _quantity, ...BY_AMOUNT } = { ...MARKET, quoteAmount: '100' };

describe('fields that go together', () => {
  test.each<[string, Trade]>([
    ['a market order by quantity', MARKET],
    ['a market order by quote amount', BY_AMOUNT],
    ['a limit order', LIMIT],
    ['a limit order of every kind', { ...LIMIT, timeInForce: 'GTD', expiresAt: EXPIRES, postOnly: true, selfTradePrevention: 'NONE', clientOrderId: 'a' }],
    ['a stop', { ...MARKET, type: 'STOP', stopPrice: '60000' }],
    ['a stop-limit that is fill or kill', { ...LIMIT, type: 'STOP_LIMIT', stopPrice: '60000', timeInForce: 'FOK' }],
    ['an OCO', { ...LIMIT, type: 'OCO', stopPrice: '60000', stopLimitPrice: '59000' }],
    ['an iceberg', { ...LIMIT, type: 'ICEBERG', displayQuantity: '0.1', postOnly: true }],
  ])('%s', (_name, trade) => expect(termsProblems(trade)).toEqual({}));
});

describe('fields that do not', () => {
  test.each<[string, Trade, string]>([
    ['neither amount', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET' }, 'quantity'],
    ['both amounts', { ...MARKET, quoteAmount: '1' }, 'quantity'],
    ['a price on a market order', { ...MARKET, price: '1' }, 'price'],
    ['a time in force on a market order', { ...MARKET, timeInForce: 'IOC' }, 'timeInForce'],
    ['a limit order without a price', { ...MARKET, type: 'LIMIT' }, 'price'],
    ['a limit order by quote amount', { ...BY_AMOUNT, type: 'LIMIT', price: '1' }, 'quoteAmount'],
    ['a stop price on a limit order', { ...LIMIT, stopPrice: '1' }, 'stopPrice'],
    ['a stop without its price', { ...MARKET, type: 'STOP' }, 'stopPrice'],
    ['an iceberg that shows nothing said', { ...LIMIT, type: 'ICEBERG' }, 'displayQuantity'],
    ['an OCO that is immediate', { ...LIMIT, type: 'OCO', stopPrice: '1', timeInForce: 'IOC' }, 'timeInForce'],
    ['GTD without an end', { ...LIMIT, timeInForce: 'GTD' }, 'expiresAt'],
    ['an end without GTD', { ...LIMIT, expiresAt: EXPIRES }, 'expiresAt'],
    ['post-only and immediate', { ...LIMIT, timeInForce: 'FOK', postOnly: true }, 'postOnly'],
  ])('%s', (_name, trade, field) => expect(Object.keys(termsProblems(trade))).toContain(field));
});

test.each<[string, Trade, boolean]>([
  ['a market order', MARKET, true],
  ['a stop', { ...MARKET, type: 'STOP', stopPrice: '1' }, true],
  ['an OCO without a second limit', { ...LIMIT, type: 'OCO', stopPrice: '1' }, true],
  ['an OCO with one', { ...LIMIT, type: 'OCO', stopPrice: '1', stopLimitPrice: '1' }, false],
  ['a limit order', LIMIT, false],
])('%s takes any price: %s', (_name, trade, any) => expect(takesAnyPrice(trade)).toBe(any));
