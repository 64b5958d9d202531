import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { feeOf } from './fee.ts';
import { parseAmount, UNITS_PER_ONE } from './money.ts';

const TAKER = 150_000n;
const anyAmount = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n });
const anyRate = fc.bigInt({ min: 0n, max: UNITS_PER_ONE });

describe('a fee', () => {
  test.each([
    ['45000', '67.5'],
    ['1', '0.0015'],
    ['0.00000001', '0.00000001'],
    ['0.00000666', '0.00000001'],
    ['0.00000667', '0.00000002'],
    ['0', '0'],
    ['999999999999.99999999', '1500000000'],
  ])('of 0.15 %% on %s is %s', (amount, fee) => {
    expect(feeOf(parseAmount(amount) as bigint, TAKER)).toBe(parseAmount(fee));
  });

  test('is never below its share, and less than one unit above it', () => {
    fc.assert(fc.property(anyAmount, anyRate, (amount, rate) => {
      const tooMuch = feeOf(amount, rate) * UNITS_PER_ONE - amount * rate;
      return tooMuch >= 0n && tooMuch < UNITS_PER_ONE;
    }));
  });

  test('never takes more than there is', () => {
    fc.assert(fc.property(anyAmount, anyRate, (amount, rate) => feeOf(amount, rate) <= amount));
  });

  test('does not shrink when a trade is split', () => {
    fc.assert(fc.property(anyAmount, anyAmount, anyRate, (a, b, rate) => feeOf(a, rate) + feeOf(b, rate) >= feeOf(a + b, rate)));
  });
});
