import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { namesAreUnique } from './unique-names.ts';

const check = (text: string): boolean => namesAreUnique(text, JSON.parse(text));

test('whatever we write ourselves has unique names', () => {
  fc.assert(fc.property(fc.json(), (text) => text.includes('__proto__') || check(text)));
});

test.each([
  ['{"a":1,"a":2}', false],
  ['{"a":{"b":1,"b":1}}', false],
  ['{"a":1,"\\u0061":2}', false],
  ['[{"a":1},{"a":2}]', true],
  ['{"a":"\\"b\\":1,\\"b\\":"}', true],
  ['{"a" : 1 , "b"\n: "c:"}', true],
  ['{"__proto__":{"x":1}}', false],
  ['{"trade":{"quantity":"0.01","quantity":"5"}}', false],
])('%s: %s', (text, unique) => {
  expect(check(text)).toBe(unique);
});
