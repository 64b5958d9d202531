import { expect, test, describe } from '@jest/globals';
import { memoryNonceStore } from './memory-nonce-store.ts';
import type { NonceStore } from './nonce-store.ts';
import { isRefusalReason } from './refusal.ts';
import { readVectors } from './testing/vectors.ts';
import type { Vector } from './testing/vectors.ts';
import { createVerifier } from './verifier.ts';
import type { Verifier, VerifyResult } from './verifier.ts';

const file = readVectors();

/** A verifier whose clock stands at each vector's own time. */
function verifierAt(store: NonceStore, orderTerms: 'basic' | 'all' = 'basic'): { verifier: Verifier; at: (nowMs: number) => void } {
  let clock = file.now;
  const verifier = createVerifier({ ...file.options, ...file.keys, orderTerms, store, now: () => clock });
  return { verifier, at: (nowMs) => { clock = nowMs; } };
}

function expectAsWritten(result: VerifyResult, expected: Vector['expect']): void {
  if (expected.ok) {
    expect(result).toMatchObject({ ok: true, order: expected.order });
    return;
  }
  const { code, reason, field, firstResult } = expected;
  expect(result).toMatchObject({ ok: false, code, reason, ...(field === undefined ? {} : { field }), ...(firstResult ? { firstResult } : {}) });
}

describe('docs/trade-token-vectors.json', () => {
  test('holds valid and refused tokens of both algorithms, and at least 40 pairs of amounts', () => {
    const names = file.vectors.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(names.filter((name) => /^(?:quantity|price) .* (?:is|is not|is refused)/.test(name)).length).toBeGreaterThanOrEqual(40);
    expect(file.vectors.filter(({ expect: { reason } }) => reason !== undefined).every(({ expect: { reason } }) => isRefusalReason(String(reason)))).toBe(true);
  });

  test.each(file.vectors)('$name', async ({ token, order, exchangeUserId, now, orderTerms, expect: expected }) => {
    const { verifier, at } = verifierAt(memoryNonceStore({ now: () => now ?? file.now }), orderTerms);
    at(now ?? file.now);
    const result = await verifier.verify(token, order, { exchangeUserId });
    expectAsWritten(result, expected);
    if (!expected.ok && expected.code !== 'TRADE_TOKEN_EXPIRED') expect(result).not.toHaveProperty('order');
  });

  test.each(file.sequences)('in sequence: $name', async ({ steps }) => {
    const { verifier, at } = verifierAt(memoryNonceStore({ now: () => file.now }));
    for (const { token, order, exchangeUserId, now, record, expect: expected } of steps) {
      at(now ?? file.now);
      const result = await verifier.verify(token, order, { exchangeUserId });
      expectAsWritten(result, expected);
      if (result.ok && record) await verifier.recordResult(result.jti, record);
    }
  });
});
