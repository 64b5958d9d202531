import { SIGNATURE_WINDOW_MS } from '../domain/signature.ts';
import { AppError } from '../errors.ts';

/** A nonce that came once is known for this long: past the last moment at which its timestamp can be accepted. */
export const NONCE_KEPT_MS = 2 * SIGNATURE_WINDOW_MS;

/** Nonces of signed calls, apart for each key. */
export interface Nonces {
  /**
   * @returns false when the nonce was used before
   * @throws AppError OVERLOADED when full: refusing is safe, forgetting would not be
   */
  use(apiKey: string, nonce: string): boolean | Promise<boolean>;
}

/** A partner's rate limit lets 2,300 through in a minute with its burst. */
const NONCES_PER_KEY_MAX = 10_000;

/** What came to this node. Keys come from us, so their number is bounded. */
export class LocalNonces implements Nonces {
  readonly #memories = new Map<string, NonceMemory>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  use(apiKey: string, nonce: string): boolean {
    let memory = this.#memories.get(apiKey);
    if (!memory) this.#memories.set(apiKey, (memory = new NonceMemory(NONCES_PER_KEY_MAX)));
    return memory.use(nonce, this.#now());
  }
}

/**
 * Nonces for twice the timestamp window. Two generations instead of a time per nonce: each holds one such span, so a nonce is remembered for
 * one to two spans, always past its last acceptable moment.
 */
export class NonceMemory {
  readonly #capacity: number;
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnedAt = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * @param now milliseconds since 1970
   * @returns false when the nonce was used before
   * @throws AppError OVERLOADED when full: refusing is safe, forgetting would not be
   */
  use(nonce: string, now: number): boolean {
    if (now - this.#turnedAt >= NONCE_KEPT_MS) {
      this.#previous = now - this.#turnedAt >= 2 * NONCE_KEPT_MS ? new Set() : this.#current;
      this.#current = new Set();
      this.#turnedAt = now;
    }
    if (this.#current.has(nonce) || this.#previous.has(nonce)) return false;
    if (this.#current.size >= this.#capacity) throw new AppError('OVERLOADED', { retryAfter: 30 });
    this.#current.add(nonce);
    return true;
  }
}
