import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NameFilter } from './name-filter.ts';

describe('a filter of names', () => {
  test('never calls a name new that it was given, whatever the names are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (names) => {
        const filter = new NameFilter(names.length);
        for (const name of names) filter.add(name);
        expect(names.every((name) => filter.mayHave(name))).toBe(true);
      }),
    );
  });

  test('calls nearly every other name new, when it is as full as it was made for', () => {
    const names = 2 ** 15;
    const filter = new NameFilter(names);
    for (let index = 0; index < names; index += 1) filter.add(`${index % 997} order-${index}`);
    let taken = 0;
    for (let index = 0; index < 20_000; index += 1) taken += filter.mayHave(`${index % 997} another-${index}`) ? 1 : 0;
    expect(taken).toBeLessThan(60);
  });

  test('an empty one calls every name new', () => {
    expect(new NameFilter(0).mayHave('1 a')).toBe(false);
  });
});
