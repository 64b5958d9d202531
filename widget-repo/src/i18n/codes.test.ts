// Every code that an answer to the widget can carry (backend's list of errors, by what the widget calls) has words of ours.
import { describe, expect, test } from '@jest/globals';
import { failure } from '../model/failure.ts';
import { createExchange } from '../transport/exchange.ts';
import { readResult } from '../transport/result.ts';
import { isKey } from './text.ts';
import { isTradingKey, sayTrading, sayWhy } from './trading-text.ts';

const ANY_POST: readonly [number, string][] = [
  [400, 'VALIDATION_ERROR'], [400, 'INVALID_JSON'], [404, 'NOT_FOUND'], [405, 'METHOD_NOT_ALLOWED'], [413, 'PAYLOAD_TOO_LARGE'], [415, 'UNSUPPORTED_MEDIA_TYPE'],
  [429, 'RATE_LIMIT_EXCEEDED'], [500, 'INTERNAL_ERROR'], [503, 'DATABASE_UNAVAILABLE'], [503, 'NOT_READY'], [503, 'OVERLOADED'],
];

const ANSWERS: Readonly<Record<'config' | 'session' | 'token' | 'order', readonly [status: number, code: string][]>> = {
  config: [[404, 'EXCHANGE_NOT_FOUND'], [403, 'PARTNER_SUSPENDED'], [403, 'ORIGIN_NOT_ALLOWED'], [429, 'RATE_LIMIT_EXCEEDED'], [500, 'INTERNAL_ERROR'], [503, 'DATABASE_UNAVAILABLE'], [503, 'NOT_READY']],
  session: [
    ...ANY_POST, [404, 'EXCHANGE_NOT_FOUND'], [403, 'PARTNER_SUSPENDED'], [403, 'ORIGIN_NOT_ALLOWED'], [401, 'USER_TOKEN_INVALID'], [401, 'USER_TOKEN_SPENT'],
    [403, 'USER_TOKEN_REQUIRED'],
  ],
  token: [
    ...ANY_POST, [404, 'EXCHANGE_NOT_FOUND'], [403, 'PARTNER_SUSPENDED'], [403, 'ORIGIN_NOT_ALLOWED'], [401, 'SESSION_INVALID'], [403, 'SESSION_MISMATCH'],
    [403, 'USER_TOKEN_REQUIRED'], [400, 'IDEMPOTENCY_KEY_REQUIRED'], [422, 'IDEMPOTENCY_KEY_REUSED'], [409, 'TOKEN_EXPIRED'], [400, 'UNKNOWN_SYMBOL'],
    [403, 'MARKET_ORDERS_DISABLED'], [429, 'TOO_MANY_OPEN_TOKENS'], [429, 'LABEL_TOKENS_USED_UP'], [503, 'LEDGER_UNAVAILABLE'],
    [400, 'PRICE_NOT_ON_TICK'], [400, 'PRICE_OUT_OF_RANGE'], [400, 'QUANTITY_NOT_ON_LOT'], [400, 'QUANTITY_TOO_SMALL'], [400, 'QUANTITY_TOO_LARGE'], [400, 'NOTIONAL_TOO_SMALL'],
  ],
  order: [
    ...ANY_POST, [401, 'AUTHENTICATION_REQUIRED'], [401, 'ACCESS_TOKEN_INVALID'], [403, 'PERMISSION_DENIED'], [400, 'TRADE_TOKEN_AMBIGUOUS'],
    [403, 'TRADE_TOKEN_REQUIRED'], [403, 'TRADE_TOKEN_INVALID'], [403, 'TRADE_TOKEN_EXPIRED'], [403, 'TRADE_TOKEN_MISMATCH'], [409, 'TRADE_TOKEN_SPENT'], [404, 'TRADE_TOKEN_UNKNOWN'],
    [503, 'TRADE_TOKEN_CHECK_UNAVAILABLE'], [400, 'UNKNOWN_SYMBOL'], [400, 'PRICE_NOT_ON_TICK'], [400, 'QUANTITY_NOT_ON_LOT'], [400, 'QUANTITY_TOO_SMALL'],
    [400, 'QUANTITY_TOO_LARGE'], [400, 'NOTIONAL_TOO_SMALL'], [400, 'PRICE_OUT_OF_RANGE'], [422, 'INSUFFICIENT_BALANCE'], [422, 'NO_LIQUIDITY'], [422, 'SELF_TRADE'],
    [422, 'MARKET_HALTED'], [409, 'CLIENT_ORDER_ID_REUSED'], [503, 'ENGINE_UNAVAILABLE'], [503, 'ORDER_OUTCOME_UNKNOWN'],
  ],
};

const reply = (status: number, code: string) => ({ kind: 'answer', status, body: { success: false, error: { code, message: 'The other side’s sentence.', request_id: 'r' } }, retryAfterS: null }) as const;
const operatorCode = (status: number, code: string): string => {
  const result = readResult(reply(status, code), (body) => (body as { data?: unknown }).data);
  if (result.ok) throw new Error('An error was read as an answer');
  return result.failure.code;
};

describe('words for what the configuration is refused with', () => {
  test.each(ANSWERS.config)('%i %s', (status, code) => {
    expect(isKey(`block.${operatorCode(status, code)}`)).toBe(true);
  });
});

describe.each(['session', 'token'] as const)('words for what a %s is refused with', (route) => {
  test.each(ANSWERS[route])('%i %s', (status, code) => {
    expectWords(operatorCode(status, code));
  });
});

describe('words for what an order is refused with', () => {
  test.each(ANSWERS.order)('%i %s', async (status, code) => {
    const answer = await createExchange(() => Promise.resolve(reply(status, code))).placeOrder({ url: 'https://exchange.example/orders', method: 'POST' }, {});
    if (answer?.kind === 'lost') expect(isTradingKey(`away.${answer.failure.code}`)).toBe(true);
    else if (answer?.kind === 'refused') expectWords(answer.failure.code);
    else throw new Error('An error was read as a report');
  });
});

test('a code without words is found out', () => {
  expect(() => expectWords('LUNAR_ECLIPSE')).toThrow();
});

test.each([[3, 1], [3_601, 2], [86_400, 24]])('when today’s trades are used up it says when it opens again: %i s are %i h', (retryAfterS, hours) => {
  expect(sayWhy(failure('LABEL_TOKENS_USED_UP', { retryAfterS }), 'Northlight')).toContain(`opens again in ${hours} h`);
});

/** Ours, not the other side's sentence and not "was not accepted"; and every blank is filled in. */
function expectWords(code: string): void {
  const words = sayWhy(failure(code, { message: 'The other side’s sentence.' }), 'Northlight');
  expect(words).not.toContain('other side’s sentence');
  expect(words).not.toBe(sayTrading('code.other'));
  expect(words).not.toMatch(/[{}]|undefined|NaN/);
}
