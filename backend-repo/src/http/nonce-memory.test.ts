import { describe, expect, test } from '@jest/globals';
import { AppError } from '../errors.ts';
import { LocalNonces, NONCE_KEPT_MS, NONCES_MAX, NONCES_PER_CALLER_MAX } from './nonce-memory.ts';

const BEGIN = 1_700_000_000_000;

function remembering(): { nonces: LocalNonces; wait: (milliseconds: number) => void } {
  let now = BEGIN;
  return { nonces: new LocalNonces(() => now), wait: (milliseconds) => void (now += milliseconds) };
}

/** How many were taken, of as many as were asked for, and with what the last was refused. */
function fill(nonces: LocalNonces, calls: Iterable<readonly [key: string, nonce: string, caller: string]>): { taken: number; refused: unknown } {
  let taken = 0;
  try {
    for (const call of calls) if (nonces.use(...call)) taken += 1;
    return { taken, refused: null };
  } catch (error) {
    return { taken, refused: error instanceof AppError ? error.code : error };
  }
}

function* callsOf(caller: string, keys: number, each: number): Iterable<[string, string, string]> {
  for (let key = 0; key < keys; key += 1) for (let nonce = 0; nonce < each; nonce += 1) yield [`${caller} key ${key}`, `nonce ${nonce}`, caller];
}

describe('the nonces of signed calls', () => {
  test('a nonce counts once with a key, and is another one with another key', () => {
    const { nonces, wait } = remembering();
    expect([nonces.use('key-1', 'nonce-1'), nonces.use('key-1', 'nonce-1'), nonces.use('key-2', 'nonce-1')]).toEqual([true, false, true]);
    wait(NONCE_KEPT_MS);
    expect(nonces.use('key-1', 'nonce-1')).toBe(false);
    wait(NONCE_KEPT_MS - 1);
    expect(nonces.use('key-1', 'nonce-1')).toBe(false);
  });

  test('nothing is left of keys that nobody uses any more once their nonces are too old to count', () => {
    const { nonces, wait } = remembering();
    fill(nonces, callsOf('trader', 100, 50));
    expect(nonces.size).toBe(5_000);
    for (let span = 0; span < 2; span += 1) {
      wait(NONCE_KEPT_MS);
      nonces.use('another key', `nonce ${span}`);
    }
    expect(nonces.size).toBe(2);
  });

  test('of a night without a call nothing is left after the first one', () => {
    const { nonces, wait } = remembering();
    fill(nonces, callsOf('trader', 100, 50));
    wait(30 * 86_400_000);
    nonces.use('another key', 'nonce');
    expect(nonces.size).toBe(1);
  });

  test('a caller is refused when theirs are too many, with whatever key of theirs, and nobody else is', () => {
    const { nonces } = remembering();
    expect(fill(nonces, callsOf('greedy', 20, 1_000))).toEqual({ taken: NONCES_PER_CALLER_MAX, refused: 'OVERLOADED' });
    expect(nonces.use('a key of somebody else', 'nonce', 'somebody else')).toBe(true);
    expect(nonces.use('greedy key 0', 'nonce 0', 'greedy')).toBe(false);
  });

  test('when all together are too many, new ones are refused and none is forgotten, until the oldest are over', () => {
    const { nonces, wait } = remembering();
    const callers = NONCES_MAX / NONCES_PER_CALLER_MAX;
    for (let caller = 0; caller < callers; caller += 1) expect(fill(nonces, callsOf(`caller ${caller}`, 1, NONCES_PER_CALLER_MAX))).toEqual({ taken: NONCES_PER_CALLER_MAX, refused: null });
    expect(fill(nonces, callsOf('the next', 1, 1))).toEqual({ taken: 0, refused: 'OVERLOADED' });
    expect(nonces.use('caller 0 key 0', 'nonce 0', 'caller 0')).toBe(false);
    wait(NONCE_KEPT_MS);
    expect(nonces.use('the next', 'nonce')).toBe(true);
    expect(nonces.use('caller 0 key 0', 'nonce 0', 'caller 0')).toBe(false);
  });
});
