import { describe, expect, test } from '@jest/globals';
import type { EndpointMapping } from '../model/order.ts';
import { createExchange } from './exchange.ts';

const endpoint: EndpointMapping = { url: 'https://exchange.example/orders', method: 'POST' };
const answered = (status: number, code: string) => {
  const exchange = createExchange(() => Promise.resolve({ kind: 'answer', status, body: { error: { code } }, retryAfterS: null }));
  return exchange.placeOrder(endpoint, {});
};

describe('what the exchange answers to an order', () => {
  test.each(['JWT_EXPIRED', 'TOKEN_EXPIRED', 'UNAUTHORIZED', ''])('a 401 means signed out, whatever it is called: %j', async (code) => {
    expect(await answered(401, code)).toMatchObject({ kind: 'refused', failure: { code: 'UNAUTHORIZED' } });
  });

  test('a 401 about the trade token stays what it is: the session is not to blame', async () => {
    expect(await answered(401, 'TRADE_TOKEN_EXPIRED')).toMatchObject({ kind: 'refused', failure: { code: 'TRADE_TOKEN_EXPIRED' } });
  });

  test.each(['ENGINE_UNAVAILABLE', 'OVERLOADED', 'TRADE_TOKEN_CHECK_UNAVAILABLE'])('a 503 %s placed nothing', async (code) => {
    expect(await answered(503, code)).toMatchObject({ kind: 'refused', failure: { code } });
  });

  test('any other 5xx leaves the outcome open', async () => {
    expect(await answered(503, 'ENGINE_RELOADING')).toMatchObject({ kind: 'lost' });
  });
});
