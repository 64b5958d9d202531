import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amountText, divide, isMultiple, multiply, parseAmount, ratio, readTyped, roundToStep } from './amount.ts';

const amounts = fc.bigInt({ min: 0n, max: 10n ** 20n });
const positive = fc.bigInt({ min: 1n, max: 10n ** 20n });

describe('amounts', () => {
  test('an amount written and read again is the same amount', () => {
    fc.assert(fc.property(amounts, fc.integer({ min: 0, max: 8 }), (amount, decimals) => parseAmount(amountText(amount, decimals)) === amount));
  });

  test.each(['', '.', '.5', '1.', '1e0', '+1', '-1', ' 1', '1 ', '0x1', '1,5', '1.123456789', '١', 'NaN', 'Infinity', '1'.repeat(21)])('%j is no plain decimal', (text) => {
    expect(parseAmount(text)).toBeNull();
  });

  test('text is canonical: no trailing zeros beyond those asked for', () => {
    expect(amountText(parseAmount('1.50')!)).toBe('1.5');
    expect(amountText(parseAmount('1.0')!)).toBe('1');
    expect(amountText(parseAmount('64250.1')!, 2)).toBe('64250.10');
    expect(amountText(-parseAmount('0.5')!)).toBe('-0.5');
  });

  test('division says which way it rounds, also below zero', () => {
    expect(divide(7n, 2n, 'down')).toBe(3n);
    expect(divide(7n, 2n, 'up')).toBe(4n);
    expect(divide(-7n, 2n, 'down')).toBe(-3n);
    expect(divide(-7n, 2n, 'up')).toBe(-4n);
    fc.assert(fc.property(amounts, positive, (a, b) => divide(a, b, 'up') - divide(a, b, 'down') === (a % b === 0n ? 0n : 1n)));
  });

  test('a product rounded up is never less than the exact one, rounded down never more', () => {
    fc.assert(fc.property(amounts, amounts, (a, b) => multiply(a, b, 'down') * 10n ** 8n <= a * b && multiply(a, b, 'up') * 10n ** 8n >= a * b));
  });

  test('a ratio times its divisor gives the dividend back, within one unit', () => {
    fc.assert(fc.property(amounts, positive, (a, b) => multiply(ratio(a, b, 'down'), b, 'down') <= a));
  });

  test('rounding to a step gives a multiple of it, next to the amount', () => {
    fc.assert(
      fc.property(amounts, positive, (amount, step) => {
        const down = roundToStep(amount, step, 'down');
        return isMultiple(down, step) && down <= amount && amount - down < step && roundToStep(amount, step, 'up') >= amount;
      }),
    );
  });
});

describe('what a person typed', () => {
  test.each([
    ['0.01', '.', '0.01'],
    [' 0.01 ', '.', '0.01'],
    ['64,250.10', '.', '64250.1'],
    ['1,5', ',', '1.5'],
    ['1.5', ',', '1.5'],
    ['64.250,10', ',', '64250.1'],
    ['0.125', ',', '0.125'],
    ['64.250', '.', '64.25'],
  ])('%j with decimal sign %j is %s', (text, sign, expected) => {
    expect(amountText(readTyped(text, sign)!)).toBe(expected);
  });

  test.each([
    ['1,5', '.'],
    ['1,500', '.'],
    ['1,50,0.1', '.'],
    ['1e3', '.'],
    ['one', '.'],
    ['1,5,5', ','],
    // Sixty-four thousand or sixty-four: only the trader knows.
    ['64.250', ','],
    ['1.000.000', ','],
  ])('%j with decimal sign %j is not guessed at', (text, sign) => {
    expect(readTyped(text, sign)).toBeNull();
  });
});
