import type { FeeTier } from '../../domain/trading-tiers.ts';
import type { TierRow } from './tiers.repository.ts';

/** Users of another tier than 1, in memory on every node: no query runs before an order for what its trader may do. */
export class TiersState {
  readonly #load: () => Promise<TierRow[]>;
  #tiers: ReadonlyMap<number, FeeTier> = new Map();
  #refreshing: Promise<void> | null = null;
  #again = false;

  constructor(load: () => Promise<TierRow[]>) {
    this.#load = load;
  }

  tierOf(userId: number): FeeTier {
    return this.#tiers.get(userId) ?? 1;
  }

  /** Joins a refresh under way, and runs once more after it: the notice may be about a change that one did not see. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#loadAll().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #loadAll(): Promise<void> {
    do {
      this.#again = false;
      const rows = await this.#load();
      this.#tiers = new Map(rows.map(({ user_id, tier }) => [user_id, tier]));
    } while (this.#again);
  }
}
