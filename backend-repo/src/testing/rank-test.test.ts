import { describe, expect, test } from '@jest/globals';
import { median, rankTest } from './rank-test.ts';

/** The same numbers in every run. */
function numbers(count: number, seed: number, shift = 0): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return 10 + shift + state / 2_147_483_647;
  });
}

describe('the rank test', () => {
  test('finds what a table says: U = 23 of 10 and 10 has a p of about 0.041', () => {
    const one = [1, 2, 3, 4, 5, 6, 7, 14, 15, 20];
    const other = [8, 9, 10, 11, 12, 13, 16, 17, 18, 19];
    expect(rankTest(one, other)).toBeGreaterThan(0.03);
    expect(rankTest(one, other)).toBeLessThan(0.06);
  });

  test('sees a shift that the spread of single values hides, and none where there is none', () => {
    expect(rankTest(numbers(1_000, 7), numbers(1_000, 11, 0.05))).toBeLessThan(0.01);
    expect(rankTest(numbers(1_000, 7), numbers(1_000, 11))).toBeGreaterThan(0.05);
    expect(rankTest([1, 1, 1], [1, 1, 1])).toBe(1);
  });

  test('the median of an even number is between the middle two', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });
});
