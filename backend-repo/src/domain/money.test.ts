import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amountFrom, canonicalAmount, decimalsOf, divideRoundingHalfUp, divideRoundingUp, formatAmount, notionalOf, parseAmount, UNITS_PER_ONE } from './money.ts';

const MOST: bigint = 10n ** 20n - 1n;
const anyUnits = fc.bigInt({ min: 0n, max: MOST });
const digits = (length: { minLength: number; maxLength: number }): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789'), ...length });
/** Any text that the pattern allows, with superfluous zeros and all. */
const anyAmountText = fc
  .tuple(digits({ minLength: 1, maxLength: 12 }), fc.option(digits({ minLength: 1, maxLength: 8 }), { nil: null }))
  .map(([whole, fraction]) => (fraction === null ? whole : `${whole}.${fraction}`));
/** Text of the characters that matter, so that about every third one is an amount. */
const nearlyAmountText = fc.string({ unit: fc.constantFrom(...'0019..-+e '), maxLength: 24 });

const NOT_AMOUNTS = [
  '', ' ', '1e0', '1E5', '+1', '-1', '-0', ' 1', '1 ', '1\n', '\t1', '.5', '1.', '.', '1..2', '1.2.3', '1,5', '1_000', '0x10', '0b1', 'NaN', 'Infinity', 'one', '１', '٣', '1.123456789',
  '1234567890123', '1234567890123456789012345', `0.${'1'.repeat(25)}`, '1\u0000', '1n', "1'000",
];

describe('an amount is a plain decimal with at most 12 and 8 digits', () => {
  test.each(NOT_AMOUNTS)('%j is not one', (text) => {
    expect(canonicalAmount(text)).toBeNull();
    expect(parseAmount(text)).toBeNull();
  });

  test.each([
    ['1', '1', 100_000_000n],
    ['1.0', '1', 100_000_000n],
    ['001.50', '1.5', 150_000_000n],
    ['0', '0', 0n],
    ['000', '0', 0n],
    ['0.00000000', '0', 0n],
    ['0.00000001', '0.00000001', 1n],
    ['10', '10', 1_000_000_000n],
    ['100.10', '100.1', 10_010_000_000n],
    ['999999999999.99999999', '999999999999.99999999', MOST],
  ])('%s is %s', (text, canonical, units) => {
    expect(canonicalAmount(text)).toBe(canonical);
    expect(parseAmount(text)).toBe(units);
    expect(formatAmount(units)).toBe(canonical);
  });

  test('no text but a plain decimal is ever read', () => {
    fc.assert(fc.property(nearlyAmountText, (text) => (parseAmount(text) !== null) === /^[0-9]{1,12}(\.[0-9]{1,8})?$/.test(text)));
    fc.assert(fc.property(fc.string(), (text) => (parseAmount(text) === null) === (canonicalAmount(text) === null)));
  });
});

describe('one amount has one spelling', () => {
  test('which is the one that formatAmount writes', () => {
    fc.assert(fc.property(anyAmountText, (text) => canonicalAmount(text) === formatAmount(parseAmount(text) as bigint)));
  });

  test('which stays as it is', () => {
    fc.assert(fc.property(anyAmountText, (text) => canonicalAmount(canonicalAmount(text) as string) === canonicalAmount(text)));
  });

  test('two texts have the same spelling exactly when they are the same amount', () => {
    fc.assert(fc.property(anyAmountText, anyAmountText, (a, b) => (canonicalAmount(a) === canonicalAmount(b)) === (parseAmount(a) === parseAmount(b))));
    fc.assert(fc.property(anyUnits, fc.nat(8), (units, decimals) => canonicalAmount(formatAmount(units, decimals)) === formatAmount(units)));
  });
});

describe('writing and reading', () => {
  test('give the same amount again', () => {
    fc.assert(fc.property(anyUnits, fc.nat(8), (units, decimals) => parseAmount(formatAmount(units, decimals)) === units));
  });

  test('of our own amounts take negative and larger ones, and the zeros that numeric adds', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(8), (units, decimals) => amountFrom(formatAmount(units, decimals)) === units));
    expect(amountFrom('1.5000000000')).toBe(150_000_000n);
    expect(amountFrom('0')).toBe(0n);
    for (const text of ['1.000000001', '1e8', '', 'NaN', '.5', '1.', '+1']) expect(() => amountFrom(text)).toThrow('not an amount');
  });

  test('pad to the decimals asked for, and never cut', () => {
    expect(formatAmount(4_500_000_000_000n, 2)).toBe('45000.00');
    expect(formatAmount(4_500_050_000_000n, 2)).toBe('45000.50');
    expect(formatAmount(123n, 2)).toBe('0.00000123');
    expect(formatAmount(-150_000_000n, 2)).toBe('-1.50');
  });

  test.each([['0.01', 2], ['1', 0], ['10', 0], ['0.00000001', 8], ['0.25', 2]])('a step of %s has %i decimals', (step, decimals) => {
    expect(decimalsOf(parseAmount(step) as bigint)).toBe(decimals);
  });
});

describe('rounding', () => {
  const dividend = fc.bigInt({ min: 0n, max: 10n ** 40n });
  const divisor = fc.bigInt({ min: 1n, max: 10n ** 20n });

  test('up gives the smallest whole number that is not below the quotient', () => {
    fc.assert(fc.property(dividend, divisor, (a, b) => divideRoundingUp(a, b) * b >= a && (divideRoundingUp(a, b) - 1n) * b < a));
  });

  test('half up gives the nearest whole number, a tie the larger one', () => {
    fc.assert(
      fc.property(dividend, divisor, (a, b) => {
        const twiceTooMuch = 2n * (divideRoundingHalfUp(a, b) * b - a);
        return twiceTooMuch > -b && twiceTooMuch <= b;
      }),
    );
    expect([divideRoundingHalfUp(1n, 2n), divideRoundingHalfUp(3n, 2n), divideRoundingHalfUp(5n, 4n), divideRoundingHalfUp(7n, 4n)]).toEqual([1n, 2n, 1n, 2n]);
  });

  test('of a notional happens once: half up, and not at all when it is exact', () => {
    expect(notionalOf(parseAmount('45000.01') as bigint, parseAmount('0.12345') as bigint)).toBe(parseAmount('5555.2512345'));
    expect(notionalOf(1n, 49_999_999n)).toBe(0n);
    expect(notionalOf(1n, 50_000_000n)).toBe(1n);
    fc.assert(fc.property(anyUnits, anyUnits, (price, quantity) => {
      const error = 2n * (notionalOf(price, quantity) * UNITS_PER_ONE - price * quantity);
      return error > -UNITS_PER_ONE && error <= UNITS_PER_ONE;
    }));
  });
});
