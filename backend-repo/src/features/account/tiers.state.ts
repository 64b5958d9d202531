import { JoinedRefresh } from '../../domain/joined-refresh.ts';
import type { FeeTier } from '../../domain/trading-tiers.ts';
import type { TierRow } from './tiers.repository.ts';

/** Users of another tier than 1, in memory on every node: no query runs before an order for what its trader may do. */
export class TiersState {
  readonly #load: () => Promise<TierRow[]>;
  #tiers: ReadonlyMap<number, FeeTier> = new Map();
  readonly #refresh = new JoinedRefresh(() => this.#loadAll());

  constructor(load: () => Promise<TierRow[]>) {
    this.#load = load;
  }

  tierOf(userId: number): FeeTier {
    return this.#tiers.get(userId) ?? 1;
  }

  refresh(): Promise<void> {
    return this.#refresh.run();
  }

  async #loadAll(): Promise<void> {
    const rows = await this.#load();
    this.#tiers = new Map(rows.map(({ user_id, tier }) => [user_id, tier]));
  }
}
