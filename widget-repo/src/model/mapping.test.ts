import { describe, expect, test } from '@jest/globals';
import { readFailure, textAt } from './failure.ts';
import { fillMapping, readReport } from './mapping.ts';
import { type EndpointMapping, orderStatus } from './order.ts';

const mapping: EndpointMapping = {
  url: 'https://exchange.example/api/orders/{symbol}',
  method: 'POST',
  headers: { Authorization: 'Bearer {venueToken}', 'X-Trade-Token': '{token}' },
  body: { symbol: '{symbol}', price: '{price}', note: 'fixed', both: '{side}-{type}' },
};

describe('a partner’s request', () => {
  test('placeholders are replaced, and fields whose placeholder has no value are left out', () => {
    const request = fillMapping(mapping, { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', token: 't', price: null });
    expect(request).toEqual({
      url: 'https://exchange.example/api/orders/BTCUSDT',
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Trade-Token': 't' },
      body: JSON.stringify({ symbol: 'BTCUSDT', note: 'fixed', both: 'BUY-MARKET' }),
    });
  });

  test('an address that lacks its value is no request', () => {
    expect(fillMapping({ url: 'https://exchange.example/{orderId}', method: 'GET' }, {})).toBeNull();
  });

  test('a value cannot leave its place in the address', () => {
    expect(fillMapping({ url: 'https://exchange.example/o/{orderId}', method: 'GET' }, { orderId: '../admin?x=1' })?.url).toBe('https://exchange.example/o/..%2Fadmin%3Fx%3D1');
  });

  test('a value with braces is not filled in again, and unknown placeholders have no value', () => {
    expect(fillMapping({ url: 'https://e.example/', method: 'POST', body: { a: '{clientOrderId}', b: '{constructor}' } }, { clientOrderId: '{token}', token: 's' })?.body).toBe('{"a":"{token}"}');
  });

  test('a GET has no body', () => {
    expect(fillMapping({ ...mapping, method: 'GET' }, { symbol: 'BTCUSDT' })?.body).toBeNull();
  });
});

describe('a partner’s answer', () => {
  test('is read where the mapping says, and in our own envelope where it does not', () => {
    const answer = { order: { no: 7, state: 'Partially_Filled' }, data: { filled_quantity: '0.1' } };
    expect(readReport(answer, { ...mapping, answer: { orderId: 'order.no', status: 'order.state' } })).toMatchObject({ orderId: '7', status: 'partial', filledQuantity: '0.1', averagePrice: null });
  });

  test('a status that nobody told us about is unknown, not guessed', () => {
    expect([orderStatus('Teleported'), orderStatus('constructor'), orderStatus('canceled')]).toEqual([null, null, 'ended']);
  });

  test('paths do not reach into prototypes', () => {
    expect([textAt({}, 'constructor.name'), textAt({ a: { b: 'x' } }, 'a.b'), textAt('text', 'length')]).toEqual([null, 'x', null]);
  });

  test('a failure keeps a well-formed code, the sentence cut to size, the request id and the wait', () => {
    const body = { error: { code: 'RATE_LIMIT_EXCEEDED', message: 'x'.repeat(500), request_id: 'r1', retry_after: 7 } };
    expect(readFailure(body, 'FALLBACK')).toEqual({ code: 'RATE_LIMIT_EXCEEDED', message: 'x'.repeat(200), requestId: 'r1', retryAfterS: 7 });
    expect(readFailure({ error: { code: '<b>' } }, 'FALLBACK').code).toBe('FALLBACK');
    expect(readFailure(null, 'FALLBACK')).toEqual({ code: 'FALLBACK', message: null, requestId: null, retryAfterS: null });
  });
});
