import { expect, test } from '@jest/globals';
import { contrastRatio } from './contrast.ts';

test.each([
  ['#000000', '#FFFFFF', 21],
  ['#ffffff', '#000000', 21],
  ['#3A86FF', '#3a86ff', 1],
  // The grey that WCAG tools give as the lightest one readable on white.
  ['#767676', '#FFFFFF', 4.54],
  ['#777777', '#FFFFFF', 4.48],
  ['#FF0000', '#FFFFFF', 4],
])('%s on %s has a contrast of %d', (one, other, ratio) => {
  expect(contrastRatio(one, other)).toBeCloseTo(ratio, 2);
});
