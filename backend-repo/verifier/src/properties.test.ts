import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memoryNonceStore } from './memory-nonce-store.ts';
import { EXCHANGE_ID, LIMIT_ORDER, SECRET, USER, mint, newKeyPair } from './testing/tokens.ts';
import { canonicalAmount, readOrder } from './trade-order.ts';
import { createVerifier } from './verifier.ts';

const NOW = Date.UTC(2026, 0, 15, 10, 30, 0);
const user = { exchangeUserId: USER };
const newVerifier = () => createVerifier({ exchangeId: EXCHANGE_ID, secret: SECRET, store: memoryNonceStore({ now: () => NOW }), now: () => NOW });

const units = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n });
/** A number of 1e-8 units as every plain decimal a client may write for it. */
const spelled = fc.tuple(units, fc.nat({ max: 11 }), fc.nat({ max: 8 })).map(([value, zeros, decimals]) => {
  const whole = (value / 10n ** 8n).toString();
  const fraction = (value % 10n ** 8n).toString().padStart(8, '0');
  const cut = Math.max(fraction.replace(/0+$/, '').length, decimals);
  const text = `${'0'.repeat(Math.min(zeros, 12 - whole.length))}${whole}${cut > 0 ? `.${fraction.slice(0, cut)}` : ''}`;
  return { value, text };
});
const unitsOf = (amount: string): bigint => {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole) * 10n ** 8n + BigInt(fraction.padEnd(8, '0'));
};

describe('canonicalAmount', () => {
  test('two spellings are one text exactly when they are one number', () => {
    fc.assert(fc.property(spelled, spelled, (left, right) => {
      expect(canonicalAmount(left.text) === canonicalAmount(right.text)).toBe(left.value === right.value);
    }), { numRuns: 2_000 });
  });

  test('keeps the value, and is its own canonical form', () => {
    fc.assert(fc.property(spelled, ({ value, text }) => {
      const canonical = String(canonicalAmount(text));
      expect(unitsOf(canonical)).toBe(value);
      expect(canonicalAmount(canonical)).toBe(canonical);
      expect(canonical).toMatch(/^(?:0|[1-9]\d{0,11})(?:\.\d{0,7}[1-9])?$/);
    }), { numRuns: 2_000 });
  });

  test('is undefined for everything that is not a plain decimal, and never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.string(), fc.double().map(String), fc.bigInt().map(String)), (value) => {
      const plain = typeof value === 'string' && /^[0-9]{1,12}(?:\.[0-9]{1,8})?$/.test(value) && !value.includes('\n');
      expect(canonicalAmount(value) !== undefined).toBe(plain);
    }), { numRuns: 2_000 });
  });
});

describe('whatever comes in', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withObjectString: true, withSet: true, withTypedArray: true, withSparseArray: true });

  test('readOrder never throws, and takes nothing but the closed list', () => {
    fc.assert(fc.property(anything, fc.dictionary(fc.string(), anything), (value, extra) => {
      for (const order of [value, { ...LIMIT_ORDER, ...extra }]) {
        const reading = readOrder(order, 'basic');
        if ('fields' in reading) expect(reading.fields).toEqual(LIMIT_ORDER);
      }
    }), { numRuns: 2_000 });
  });

  test('verify never rejects and never accepts, for any token, order and user', async () => {
    const verifier = newVerifier();
    await fc.assert(fc.asyncProperty(anything, anything, anything, async (token, order, context) => {
      const result = await verifier.verify(token, order, context as never);
      expect(result.ok).toBe(false);
    }), { numRuns: 1_000 });
  });

  test('verify never accepts any header or any claims that are not ours, although the signature holds', async () => {
    const json = fc.jsonValue();
    const changed = (names: string[]) => fc.dictionary(fc.constantFrom(...names), json, { minKeys: 1 });
    await fc.assert(fc.asyncProperty(fc.boolean(), changed(['typ', 'kid', 'jku', 'crit', 'b64']), changed(['iss', 'aud', 'sub', 'jti', 'trade', 'x']), async (inHeader, header, claims) => {
      // jsonwebtoken itself refuses to sign some of these; what it cannot make nobody sends.
      let token: string;
      try {
        token = mint({ nowMs: NOW, ...(inHeader ? { header } : { claims }) });
      } catch {
        return;
      }
      // A verifier with a single secret takes any well-formed key id.
      const onlyKid = inHeader && Object.keys(header).join() === 'kid';
      const result = await newVerifier().verify(token, LIMIT_ORDER, user);
      expect(result.ok).toBe(onlyKid && /^[\w-][\w.-]{0,63}$/.test(String(header['kid'])) && typeof header['kid'] === 'string');
    }), { numRuns: 1_000 });
  });

  test.each([['HS256', undefined], ['ES256', newKeyPair('es-1')]])('no %s token survives the change of one character', async (_, key) => {
    const token = mint({ nowMs: NOW, ...(key ? { key } : {}) });
    const options = { exchangeId: EXCHANGE_ID, store: memoryNonceStore({ now: () => NOW }), now: () => NOW };
    const verifier = createVerifier({ ...options, ...(key ? { jwks: { keys: [key.jwk] } } : { secret: SECRET }) });
    await fc.assert(fc.asyncProperty(fc.nat({ max: token.length - 1 }), fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'), async (at, character) => {
      fc.pre(token[at] !== character);
      const result = await verifier.verify(token.slice(0, at) + character + token.slice(at + 1), LIMIT_ORDER, user);
      expect(result).toMatchObject({ ok: false, code: 'TRADE_TOKEN_INVALID' });
    }), { numRuns: 1_500 });
    expect((await verifier.verify(token, LIMIT_ORDER, user)).ok).toBe(true);
  });
});
