import { describe, expect, test } from '@jest/globals';
import { parseAmount } from '../model/amount.ts';
import { createFormatter } from './format.ts';

const at = (text: string) => parseAmount(text)!;

describe('numbers as people write them', () => {
  test.each([
    ['en', '64250.1', '64,250.10'],
    ['de', '64250.1', '64.250,10'],
    ['fr', '64250.1', '64\u202f250,10'],
    ['ar', '64250.1', '64,250.10'],
    ['not a locale!', '1234.5', '1,234.50'],
  ])('%s: %s is %s', (locale, amount, expected) => {
    expect(createFormatter(locale).amount(at(amount), 2)).toBe(expected);
  });

  test('twenty digits stay exact', () => {
    expect(createFormatter('en').amount(at('12345678901234567890.12345678'))).toBe('12,345,678,901,234,567,890.12345678');
  });

  test('cut decimals are rounded half away from zero, with a sign that says so', () => {
    const format = createFormatter('en');
    expect([format.amount(at('0.005'), 2, 2), format.amount(-at('0.005'), 2, 2), format.signed(at('12.4'), 2), format.signed(-at('0.004'), 2)]).toEqual(['0.01', '\u22120.01', '+12.40', '0.00']);
  });

  test('fractions are shown as per cent', () => {
    expect(createFormatter('en').percent(at('0.0015'))).toBe('0.15\u00a0%');
  });
});
