import { SIGNATURE_WINDOW_MS } from '../domain/signature.ts';
import { AppError } from '../errors.ts';

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
    const keep = 2 * SIGNATURE_WINDOW_MS;
    if (now - this.#turnedAt >= keep) {
      this.#previous = now - this.#turnedAt >= 2 * keep ? new Set() : this.#current;
      this.#current = new Set();
      this.#turnedAt = now;
    }
    if (this.#current.has(nonce) || this.#previous.has(nonce)) return false;
    if (this.#current.size >= this.#capacity) throw new AppError('OVERLOADED', { retryAfter: 30 });
    this.#current.add(nonce);
    return true;
  }
}
