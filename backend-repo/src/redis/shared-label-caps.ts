import type { LabelCap, LabelCaps, LabelPlace } from '../features/widget/label-caps.state.ts';
import { AWAY, type RedisLink } from './redis-link.ts';

const DAY_MS = 86_400_000;
/** A day's count outlives its day a little: nodes' clocks differ. */
const KEPT_MS = DAY_MS + 3_600_000;

/**
 * The label tokens of a day that all nodes gave out. What this node knows of the ledger is the least the count can be, so a Redis that was emptied begins there.
 * While Redis is away, each node counts for itself.
 */
export class SharedLabelCaps implements LabelCap {
  readonly #link: RedisLink;
  readonly #here: LabelCaps;
  readonly #keyOf: (kind: string, name: string) => string;

  constructor(link: RedisLink, here: LabelCaps, keyOf: (kind: string, name: string) => string) {
    this.#link = link;
    this.#here = here;
    this.#keyOf = keyOf;
  }

  async reserve(exchangeId: string, max: number, now: number): Promise<LabelPlace | null> {
    const place = await this.#here.reserve(exchangeId, max, now);
    if (!place || !this.#link.available) return place;
    const key = this.#keyOf('label-tokens', `${exchangeId} ${Math.floor(now / DAY_MS)}`);
    const answer = await this.#link.ask((redis) => redis.reserveLabelToken([key], [String(this.#here.recordedAtLeast(exchangeId)), String(max), String(KEPT_MS)]));
    if (answer === AWAY) return place;
    if (answer !== 1) {
      place.settle(false);
      return null;
    }
    return {
      settle: (recorded) => {
        place.settle(recorded);
        // Nobody waits for it: a place that is not given back is one token less today.
        if (!recorded && this.#link.available) void this.#link.ask((redis) => redis.decr(key));
      },
    };
  }
}
