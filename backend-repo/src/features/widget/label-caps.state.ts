/**
 * How many tokens a partner's label sessions have used of their daily number (UTC). Anyone can type an exchangeUserId; this bounds what that is
 * worth. It limits abuse, it is no billing rule.
 *
 * The ledger is the truth: it outlives restarts and knows every node's tokens. It is read before a partner's first label token and behind a
 * token every half minute; in between this node counts its own. So without Redis nodes may together pass the number by what the others issue in half a
 * minute, and after an idle minute the ledger is read first again. With Redis they count together.
 */
export const LEARN_EVERY_MS = 30_000;
/** From here on what was learned is too old to decide by. */
export const LEARNED_MS_MAX = 60_000;
/** Rows younger than this may still be on their way into the ledger, from a node whose clock is behind. */
const SETTLED_AFTER_MS = 60_000;
const DAY_MS = 86_400_000;

export interface LabelLedger {
  /**
   * Label tokens of a partner issued from `from` on, and how many of them before `settledUntil`; all in milliseconds since 1970.
   */
  countLabelTokens(exchangeId: string, from: number, settledUntil: number): Promise<{ total: number; settled: number }>;
}

/** One token's place under the cap. */
export interface LabelPlace {
  /** @param recorded whether the token came to stand on the ledger */
  settle(recorded: boolean): void;
}

interface Count {
  readonly day: number;
  /** Of the ledger when it was read last. */
  ledger: number;
  learnedAt: number;
  /** Of this node, since then. */
  recorded: number;
  inFlight: number;
  /** What lies before is counted for good and not read again. */
  settledUntil: number;
  settled: number;
  learning: Promise<void> | null;
}

/** The cap as the token service asks it. */
export interface LabelCap {
  reserve(exchangeId: string, max: number, now: number): Promise<LabelPlace | null>;
}

export class LabelCaps implements LabelCap {
  readonly #ledger: LabelLedger;
  readonly #onFailure: (error: unknown) => void;
  readonly #counts = new Map<string, Count>();

  /** @param onFailure told when the ledger could not be read behind a token; the next token tries again */
  constructor(ledger: LabelLedger, onFailure: (error: unknown) => void) {
    this.#ledger = ledger;
    this.#onFailure = onFailure;
  }

  /**
   * @param now milliseconds since 1970
   * @returns `null` when the day's number is used up
   */
  async reserve(exchangeId: string, max: number, now: number): Promise<LabelPlace | null> {
    const count = this.#countOf(exchangeId, now);
    const age = now - count.learnedAt;
    if (age >= LEARNED_MS_MAX) await this.#learn(exchangeId, count, now);
    else if (age >= LEARN_EVERY_MS) this.#learn(exchangeId, count, now).catch(this.#onFailure);
    if (count.ledger + count.recorded + count.inFlight >= max) return null;
    count.inFlight += 1;
    return {
      settle: (recorded) => {
        count.inFlight -= 1;
        if (recorded) count.recorded += 1;
      },
    };
  }

  /** What the ledger held of today when it was read last, and this node has added since. */
  recordedAtLeast(exchangeId: string): number {
    const count = this.#counts.get(exchangeId);
    return count ? count.ledger + count.recorded : 0;
  }

  #countOf(exchangeId: string, now: number): Count {
    const day = dayOf(now);
    const known = this.#counts.get(exchangeId);
    if (known?.day === day) return known;
    const count: Count = { day, ledger: 0, learnedAt: -Infinity, recorded: 0, inFlight: 0, settledUntil: day, settled: 0, learning: null };
    this.#counts.set(exchangeId, count);
    return count;
  }

  #learn(exchangeId: string, count: Count, now: number): Promise<void> {
    count.learning ??= this.#read(exchangeId, count, now).finally(() => {
      count.learning = null;
    });
    return count.learning;
  }

  async #read(exchangeId: string, count: Count, now: number): Promise<void> {
    // A token recorded while the ledger is being read may be counted twice, until it is read again: rather that than not at all.
    const before = count.recorded;
    const settledUntil = Math.max(count.settledUntil, now - SETTLED_AFTER_MS);
    const { total, settled } = await this.#ledger.countLabelTokens(exchangeId, count.settledUntil, settledUntil);
    count.ledger = count.settled + total;
    count.recorded -= before;
    count.settled += settled;
    count.settledUntil = settledUntil;
    count.learnedAt = now;
  }
}

/** The UTC day's first millisecond. */
const dayOf = (now: number): number => now - (now % DAY_MS);

/** Until the next UTC midnight. */
export function secondsLeftOfDay(now: number): number {
  return Math.ceil((dayOf(now) + DAY_MS - now) / 1000);
}
