import { beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { createPasswords, type Passwords } from './passwords.ts';

describe('A6 a password', () => {
  let passwords: Passwords;
  beforeAll(async () => {
    passwords = await createPasswords(() => new Error('too many at once'));
  });

  test('is kept as argon2id with 19 MiB and two passes, another text each time, and only the same password matches', async () => {
    const [one, other] = await Promise.all([passwords.hash('correct horse battery'), passwords.hash('correct horse battery')]);
    expect([one, other]).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=19456,/), expect.not.stringContaining(one!)]);
    expect(await Promise.all([passwords.matches(one!, 'correct horse battery'), passwords.matches(one!, 'correct horse batterx'), passwords.matches(null, 'correct horse battery')])).toEqual([true, false, false]);
  });

  test('that was hashed with less is hashed again at the next sign-in', async () => {
    const weaker = await argon2.hash('correct horse battery', { type: argon2.argon2id, memoryCost: 8_192, timeCost: 2, parallelism: 1 });
    expect([passwords.needsRehash(weaker), passwords.needsRehash(await passwords.hash('correct horse battery'))]).toEqual([true, false]);
  });

  test('waits for its turn: two are hashed at once, a hundred wait, and whoever comes then is told to come back', async () => {
    const two = await createPasswords(() => new Error('too many at once'), 2);
    const asked = Array.from({ length: 103 }, () => two.matches(null, 'x').then(() => 'done', (error: Error) => error.message));
    expect(await asked.at(-1)).toBe('too many at once');
    expect(new Set(await Promise.all(asked.slice(0, -1)))).toEqual(new Set(['done']));
  }, 30_000);
});
