import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isUuidV7, uuidV7, uuidV7Time } from './uuid.ts';

const random = fc.uint8Array({ minLength: 10, maxLength: 10 });

test('a UUIDv7 is well formed, keeps its millisecond, and sorts by it', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
  fc.assert(
    fc.property(time, time, random, random, (one, other, first, second) => {
      const ids = [uuidV7(one, first), uuidV7(other, second)];
      expect(ids.every(isUuidV7)).toBe(true);
      expect(ids.map(uuidV7Time)).toEqual([one, other]);
      if (one !== other) expect(ids[0]! < ids[1]!).toBe(one < other);
    }),
  );
});

test('every random bit it keeps changes it: 74 of them', () => {
  const base = new Uint8Array(10);
  let kept = 0;
  for (let bit = 0; bit < 80; bit += 1) {
    const changed = Uint8Array.from(base);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    if (uuidV7(1, changed) !== uuidV7(1, base)) kept += 1;
  }
  expect(kept).toBe(74);
});
