import { createHash } from 'node:crypto';
import { createChallenge, randomInt, verifySolution, type Challenge, type Solution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';

const LIFE_SECONDS = 600;
/** How many counters must be tried: between these, so that everybody is done in a bounded time. */
const TRIES_MIN = 50;
const TRIES_MAX = 150;

export interface ProofOfWork {
  /** Names the challenge, which must not be used twice. */
  readonly challengeHash: Buffer;
  readonly expiresAt: Date;
}

/** What a browser has to work out before it may sign somebody up (altcha). Nothing is remembered of a challenge until it is solved. */
export class ProofOfWorkGateway {
  readonly #secret: string;
  readonly #keySecret: string;
  readonly #cost: number;
  readonly #now: () => number;

  constructor(secrets: { readonly challenge: string; readonly solution: string }, cost: number, now: () => number) {
    this.#secret = secrets.challenge;
    this.#keySecret = secrets.solution;
    this.#cost = cost;
    this.#now = now;
  }

  async challenge(): Promise<Challenge> {
    return createChallenge({
      algorithm: 'PBKDF2/SHA-256', cost: this.#cost, counter: randomInt(TRIES_MAX, TRIES_MIN), deriveKey,
      expiresAt: Math.floor(this.#now() / 1000) + LIFE_SECONDS, hmacSignatureSecret: this.#secret, hmacKeySignatureSecret: this.#keySecret,
    });
  }

  /** @param payload base64 of the JSON of challenge and solution. `null`: it proves nothing */
  async check(payload: string): Promise<ProofOfWork | null> {
    const sent = read(payload);
    if (!sent) return null;
    const { challenge, solution } = sent;
    const { verified } = await verifySolution({ challenge, solution, deriveKey, hmacSignatureSecret: this.#secret, hmacKeySignatureSecret: this.#keySecret });
    const expiresAt = challenge.parameters.expiresAt;
    if (!verified || expiresAt === undefined || expiresAt * 1000 <= this.#now()) return null;
    return { challengeHash: createHash('sha256').update(challenge.signature!).digest(), expiresAt: new Date(expiresAt * 1000) };
  }
}

function read(payload: string): { challenge: Challenge; solution: Solution } | null {
  try {
    const { challenge, solution } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { challenge: Challenge; solution: Solution };
    const usable = typeof challenge.parameters === 'object' && challenge.parameters !== null && /^[0-9a-f]{64}$/.test(challenge.signature ?? '') && typeof solution === 'object';
    // `codeChallenge` is not signed.
    return usable ? { challenge: { parameters: challenge.parameters, signature: challenge.signature! }, solution } : null;
  } catch {
    return null;
  }
}
