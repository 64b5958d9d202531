import { describe, expect, test } from '@jest/globals';
import type { NonceStore } from '../nonce-store.ts';
import { EXCHANGE_ID, newJti } from './tokens.ts';

export const requestFor = (jti = newJti(), exchangeId = EXCHANGE_ID) => ({ exchangeId, jti, expiresAt: Date.now() + 10_000, token: 'unused' });

/** One list of promises for every store, so that the one in memory stays as honest as the ones in Postgres and Redis. */
export function keepsThePromisesOfAStore(name: string, open: () => NonceStore): void {
  describe(`the ${name} store`, () => {
    test('spends a token once', async () => {
      const store = open();
      const request = requestFor();
      expect(await store.spend(request)).toEqual({ first: true });
      expect(await store.spend(request)).toEqual({ first: false });
    });

    test('gives 200 parallel calls exactly one first', async () => {
      const store = open();
      const request = requestFor();
      const answers = await Promise.all(Array.from({ length: 200 }, () => store.spend(request)));
      expect(answers.filter(({ first }) => first)).toHaveLength(1);
    });

    test('keeps the first result, and later ones change nothing', async () => {
      const store = open();
      const request = requestFor();
      await store.spend(request);
      const result = { orderId: '17', fills: [{ price: '45000', quantity: '0.1' }], note: 'Zoë "x" \u2028' };
      await store.recordResult(request, result);
      await store.recordResult(request, { orderId: '18' });
      expect(await store.spend(request)).toEqual({ first: false, result });
      expect(await store.recall?.(request)).toEqual({ first: false, result });
    });

    test('remembers a result apart from the object it was given', async () => {
      const store = open();
      const request = requestFor();
      await store.spend(request);
      const result = { orderId: '17' };
      await store.recordResult(request, result);
      result.orderId = '18';
      expect(await store.recall?.(request)).toEqual({ first: false, result: { orderId: '17' } });
    });

    test('knows nothing of a token that was not spent, and a result for one is dropped', async () => {
      const store = open();
      const request = requestFor();
      await store.recordResult(request, { orderId: '17' });
      expect(await store.recall?.(request)).toBeUndefined();
      expect(await store.spend(request)).toEqual({ first: true });
    });

    test('keeps one jti apart for two partners', async () => {
      const store = open();
      const jti = newJti();
      expect(await store.spend(requestFor(jti, 'partner-a'))).toEqual({ first: true });
      expect(await store.spend(requestFor(jti, 'partner-b'))).toEqual({ first: true });
      expect(await store.spend(requestFor(jti, 'partner-a'))).toEqual({ first: false });
    });

    test.each([['a list', ['x']], ['text', 'x'], ['nothing', undefined], ['17 KB', { x: 'x'.repeat(17_000) }]])('refuses %s as a result', async (_name, result) => {
      await expect(open().recordResult(requestFor(), result as never)).rejects.toThrow(TypeError);
    });
  });
}
