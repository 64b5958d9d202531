import { SIGNATURE_WINDOW_MS } from '../domain/signature.ts';
import { AppError } from '../errors.ts';

/** A nonce that came once is known for this long: past the last moment at which its timestamp can be accepted. */
export const NONCE_KEPT_MS = 2 * SIGNATURE_WINDOW_MS;

/** Nonces of signed calls, apart for each key. */
export interface Nonces {
  /**
   * @param caller whose the key is, where one may have several: theirs are counted together
   * @returns false when the nonce was used before
   * @throws AppError OVERLOADED when full: refusing is safe, forgetting would not be
   */
  use(apiKey: string, nonce: string, caller?: string): boolean | Promise<boolean>;
}

/** In one span. A partner's rate limit lets 2,300 through in a minute with its burst, and a trader's limits fewer. */
export const NONCES_PER_CALLER_MAX = 10_000;
/** In one span: 8,000 signed calls in each second, more than one node answers. Two spans of them, as long as a nonce may be, are about 200 MB. */
export const NONCES_MAX = 500_000;
const RETRY_AFTER_SECONDS = 30;

interface Span {
  readonly byKey: Map<string, Set<string>>;
  readonly countByCaller: Map<string, number>;
  count: number;
}

/** What came to this node. Traders make and revoke keys without end, so all keys get old together: none is left when nobody uses it any more. */
export class LocalNonces implements Nonces {
  readonly #spans = new TwoSpans<Span>(() => ({ byKey: new Map(), countByCaller: new Map(), count: 0 }));
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many are known. */
  get size(): number {
    return this.#spans.current.count + this.#spans.previous.count;
  }

  use(apiKey: string, nonce: string, caller = apiKey): boolean {
    this.#spans.turn(this.#now());
    const { current, previous } = this.#spans;
    const known = current.byKey.get(apiKey);
    if (known?.has(nonce) || previous.byKey.get(apiKey)?.has(nonce)) return false;
    const ofCaller = current.countByCaller.get(caller) ?? 0;
    if (ofCaller >= NONCES_PER_CALLER_MAX || current.count >= NONCES_MAX) throw new AppError('OVERLOADED', { retryAfter: RETRY_AFTER_SECONDS });
    if (known) known.add(nonce);
    else current.byKey.set(apiKey, new Set([nonce]));
    current.countByCaller.set(caller, ofCaller + 1);
    current.count += 1;
    return true;
  }
}

/** Nonces of one key, as `LocalNonces`. */
export class NonceMemory {
  readonly #capacity: number;
  readonly #spans = new TwoSpans(() => new Set<string>());

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * @param now milliseconds since 1970
   * @returns false when the nonce was used before
   * @throws AppError OVERLOADED when full: refusing is safe, forgetting would not be
   */
  use(nonce: string, now: number): boolean {
    this.#spans.turn(now);
    const { current, previous } = this.#spans;
    if (current.has(nonce) || previous.has(nonce)) return false;
    if (current.size >= this.#capacity) throw new AppError('OVERLOADED', { retryAfter: RETRY_AFTER_SECONDS });
    current.add(nonce);
    return true;
  }
}

/**
 * What came in this span of time and in the one before, instead of a time per nonce: each lasts twice the timestamp window, so a nonce is
 * remembered for one to two spans, always past its last acceptable moment.
 */
class TwoSpans<Known> {
  readonly #empty: () => Known;
  current: Known;
  previous: Known;
  #turnedAt = 0;

  constructor(empty: () => Known) {
    this.#empty = empty;
    this.current = empty();
    this.previous = empty();
  }

  turn(now: number): void {
    const passed = now - this.#turnedAt;
    if (passed < NONCE_KEPT_MS) return;
    this.previous = passed >= 2 * NONCE_KEPT_MS ? this.#empty() : this.current;
    this.current = this.#empty();
    this.#turnedAt = now;
  }
}
