import { expect, test } from '@jest/globals';
import { failure } from '../model/failure.ts';
import { sayTrading, sayWhy } from './trading-text.ts';

test.each([
  'SESSION_MISMATCH', 'USER_TOKEN_SPENT', 'SELF_TRADE', 'PRICE_OUT_OF_RANGE', 'CLIENT_ORDER_ID_REUSED', 'TRADE_TOKEN_CHECK_UNAVAILABLE',
  'QUANTITY_NOT_ON_LOT', 'PRICE_NOT_ON_TICK', 'QUANTITY_TOO_SMALL', 'QUANTITY_TOO_LARGE', 'NOTIONAL_TOO_SMALL', 'PRICE_TOO_LOW', 'PRICE_TOO_HIGH',
])('%s has words of ours', (code) => {
  expect(sayWhy(failure(code), 'Northlight')).not.toBe(sayTrading('code.other'));
});
