import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { createSecretBox, SEAL_RANDOM_BYTES } from './secret-box.ts';

const box = createSecretBox(['a-master-key-of-32-characters-or-more']);
const seal = (text: string, context = ['api-secret', 'pk_1']): string => box.seal(text, context, randomBytes(SEAL_RANDOM_BYTES));

test('what was sealed opens again, whatever it is', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => box.open(seal(text), ['api-secret', 'pk_1']) === text), { numRuns: 50 });
});

test('a sealed secret has five parts and shows nothing of the secret', () => {
  const sealed = seal('hunter2-hunter2');
  expect(sealed.split(':')).toHaveLength(5);
  expect(sealed).not.toContain('hunter2');
  expect(seal('hunter2-hunter2')).not.toBe(sealed);
});

describe('a secret does not open', () => {
  test('in another context: copied to another row or field', () => {
    const sealed = seal('secret');
    expect(box.open(sealed, ['api-secret', 'pk_2'])).toBeNull();
    expect(box.open(sealed, ['session-secret', 'pk_1'])).toBeNull();
    expect(box.open(sealed, ['api-secretpk_1'])).toBeNull();
  });

  test('with another master key', () => {
    expect(createSecretBox(['another-master-key-of-32-characters-']).open(seal('secret'), ['api-secret', 'pk_1'])).toBeNull();
  });

  test('when any one character is changed', () => {
    const sealed = seal('secret');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.slice(0, index) + (sealed[index] === 'A' ? 'B' : 'A') + sealed.slice(index + 1);
      // The last character of a base64url part may carry unused bits: then nothing was changed.
      const same = (text: string): string[] => text.split(':').map((part, at) => (at === 0 ? part : Buffer.from(part, 'base64url').toString('hex')));
      if (same(changed).join() !== same(sealed).join()) expect(box.open(changed, ['api-secret', 'pk_1'])).toBeNull();
    }
  });
});

test('after the master key changed, the previous one still opens what it sealed', () => {
  const sealed = seal('secret');
  const rotated = createSecretBox(['a-new-master-key-of-32-characters-min', 'a-master-key-of-32-characters-or-more']);
  expect(rotated.open(sealed, ['api-secret', 'pk_1'])).toBe('secret');
  expect(rotated.seal('x', [], randomBytes(SEAL_RANDOM_BYTES)).split(':')[0]).not.toBe(sealed.split(':')[0]);
});
