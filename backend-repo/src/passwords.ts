import { availableParallelism } from 'node:os';
import argon2 from 'argon2';

/** argon2id with OWASP's minimum: 19 MiB, 2 passes, 1 lane (about 45 ms). Rehashed at sign-in when these numbers have grown. */
const OPTIONS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/**
 * Each fills a core, and a thread of the four that Node has for files, names and mail, too. So one core and one thread stay free, or the thread that
 * answers everybody waits for its own: with two cores, two at once made `/health` half as fast for a seventh more logins (`scripts/bench login`).
 */
const PARALLEL_HASHES_MAX = Math.max(1, Math.min(availableParallelism() - 1, 3));
const WAITING_HASHES_MAX = 100;

export interface Passwords {
  readonly hash: (password: string) => Promise<string>;
  /** With `null` (nobody has this address) it works as long as for a real hash, and answers false. */
  readonly matches: (hash: string | null, password: string) => Promise<boolean>;
  readonly needsRehash: (hash: string) => boolean;
}

/**
 * @param overloaded what to throw when 100 hashes wait already: each costs 19 MiB and a core.
 * @param parallel how many are made at once
 */
export async function createPasswords(overloaded: () => Error, parallel: number = PARALLEL_HASHES_MAX): Promise<Passwords> {
  const nobody = await argon2.hash('nobody has this password', OPTIONS);
  const waiting: (() => void)[] = [];
  let running = 0;

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= parallel) {
      if (waiting.length >= WAITING_HASHES_MAX) throw overloaded();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      // The place is handed on, so `running` falls only when nobody waits.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  return {
    hash: (password) => inTurn(() => argon2.hash(password, OPTIONS)),
    matches: async (hash, password) => (await inTurn(() => argon2.verify(hash ?? nobody, password))) && hash !== null,
    needsRehash: (hash) => argon2.needsRehash(hash, OPTIONS),
  };
}
