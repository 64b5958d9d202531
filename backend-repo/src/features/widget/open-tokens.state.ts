/**
 * How many tokens of a user are open: issued, unexpired, neither redeemed nor reported. It limits hoarding; it is no billing rule. Exact over all
 * nodes with Redis, on each node without (contract.md).
 */
export interface OpenTokenCap {
  /**
   * @param now milliseconds since 1970
   * @returns false when the user has `max` open tokens already
   */
  reserve(user: string, jti: string, expiresAt: number, now: number, max: number): boolean | Promise<boolean>;
  /** Redeemed, reported, or never handed out. */
  close(user: string, jti: string): void;
}

/**
 * All tokens live equally long, so a user's tokens expire in the order they were issued and a queue is enough.
 */
interface Queue {
  readonly entries: { jti: string; expiresAt: number; open: boolean }[];
  /** Index of the first entry that may still be unexpired. */
  head: number;
  open: number;
}

const SWEEP_EVERY_RESERVATIONS = 10_000;

/** What this node has issued. */
export class OpenTokens implements OpenTokenCap {
  readonly #users = new Map<string, Queue>();
  #reservations = 0;

  reserve(user: string, jti: string, expiresAt: number, now: number, max: number): boolean {
    this.#sweepNowAndThen(now);
    let queue = this.#users.get(user);
    if (!queue) this.#users.set(user, (queue = { entries: [], head: 0, open: 0 }));
    expire(queue, now);
    if (queue.open >= max) return false;
    queue.entries.push({ jti, expiresAt, open: true });
    queue.open += 1;
    return true;
  }

  close(user: string, jti: string): void {
    const queue = this.#users.get(user);
    const entry = queue?.entries.findLast((candidate) => candidate.jti === jti);
    if (!queue || !entry?.open) return;
    entry.open = false;
    queue.open -= 1;
  }

  #sweepNowAndThen(now: number): void {
    this.#reservations += 1;
    if (this.#reservations % SWEEP_EVERY_RESERVATIONS !== 0) return;
    for (const [user, queue] of this.#users) {
      expire(queue, now);
      if (queue.head === queue.entries.length) this.#users.delete(user);
    }
  }
}

function expire(queue: Queue, now: number): void {
  while (queue.head < queue.entries.length && queue.entries[queue.head]!.expiresAt <= now) {
    if (queue.entries[queue.head]!.open) queue.open -= 1;
    queue.entries[queue.head]!.open = false;
    queue.head += 1;
  }
  // Dropping the dead front one by one would move the rest each time.
  if (queue.head > 64 && queue.head * 2 > queue.entries.length) {
    queue.entries.splice(0, queue.head);
    queue.head = 0;
  }
}
