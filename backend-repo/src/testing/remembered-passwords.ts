import { AppError } from '../errors.ts';
import { createPasswords, type Passwords } from '../passwords.ts';

/**
 * Real hashes, each made once: a test file signs the same password in for dozens of people, and at 45 ms each that was a sixth of the time of all tests. What looks at
 * the hashing itself, or at how long it takes, asks `createTestApp` for `freshPasswords`.
 */
export function rememberedPasswords(): Promise<Passwords> {
  remembered ??= createPasswords(() => new AppError('OVERLOADED', { retryAfter: 5 })).then((real) => ({
    hash: once((password) => real.hash(password)),
    matches: once((hash, password) => real.matches(hash, password)),
    needsRehash: (hash) => real.needsRehash(hash),
  }));
  return remembered;
}

let remembered: Promise<Passwords> | undefined;

function once<Args extends readonly (string | null)[], Result>(work: (...args: Args) => Promise<Result>): (...args: Args) => Promise<Result> {
  const results = new Map<string, Promise<Result>>();
  return (...args) => {
    const key = JSON.stringify(args);
    const found = results.get(key) ?? work(...args);
    results.set(key, found);
    found.catch(() => results.delete(key));
    return found;
  };
}
