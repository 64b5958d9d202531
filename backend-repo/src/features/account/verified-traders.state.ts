import { JoinedRefresh } from '../../domain/joined-refresh.ts';
import type { VerifiedTradersRepository } from './verified-traders.repository.ts';

/** Longer than a transaction takes to commit what it wrote with an earlier time. */
const OVERLAP_SECONDS = 60;

/**
 * Whose identity is approved, in memory on every node: no query runs before an order for how fast its trader may place them. All of them are read
 * once, at start; then what was decided since the last look, so that a decision costs the same however many there are.
 */
export class VerifiedTraders {
  readonly #repository: Pick<VerifiedTradersRepository, 'listApproved' | 'listChanged'>;
  readonly #clock: () => number;
  readonly #verified = new Set<number>();
  #lookedAt: number | null = null;
  readonly #refresh = new JoinedRefresh(() => this.#look());

  /** @param clock milliseconds, monotonic */
  constructor(repository: Pick<VerifiedTradersRepository, 'listApproved' | 'listChanged'>, clock: () => number) {
    this.#repository = repository;
    this.#clock = clock;
  }

  has(userId: number): boolean {
    return this.#verified.has(userId);
  }

  refresh(): Promise<void> {
    return this.#refresh.run();
  }

  async #look(): Promise<void> {
    const at = this.#clock();
    if (this.#lookedAt === null) for (const userId of await this.#repository.listApproved()) this.#verified.add(userId);
    else {
      for (const { userId, approved } of await this.#repository.listChanged((at - this.#lookedAt) / 1000 + OVERLAP_SECONDS)) {
        if (approved) this.#verified.add(userId);
        else this.#verified.delete(userId);
      }
    }
    this.#lookedAt = at;
  }
}
