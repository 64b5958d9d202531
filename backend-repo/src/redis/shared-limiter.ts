import type { Limit, Limiter, LocalLimiter, Step } from '../http/limiter.ts';
import type { BucketState } from '../http/rate-limit.ts';
import { AWAY, type RedisLink } from './redis-link.ts';

const NUMBERS_PER_STATE = 4;

/** Counts what comes to all nodes, in one round trip. While Redis is away, what comes to this one. */
export class SharedLimiter implements Limiter {
  readonly #link: RedisLink;
  readonly #here: LocalLimiter;
  readonly #keyOf: (kind: string, name: string) => string;

  constructor(link: RedisLink, here: LocalLimiter, keyOf: (kind: string, name: string) => string) {
    this.#link = link;
    this.#here = here;
    this.#keyOf = keyOf;
  }

  take(limit: Limit, key: string): BucketState | Promise<BucketState> {
    const states = this.takeEach([{ limit, key }]);
    return states instanceof Promise ? states.then(([state]) => state!) : states[0]!;
  }

  takeEach(steps: readonly Step[]): BucketState[] | Promise<BucketState[]> {
    if (!this.#link.available) return this.#here.takeEach(steps);
    const keys = steps.map(({ limit, key }) => this.#keyOf(limit.id, key));
    const rules = steps.flatMap(({ limit }) => [limit.kind, String(limit.capacity), String(limit.spanMs), String(limit.lockoutMs)]);
    return this.#link
      .ask((redis) => redis.takeOfLimits(keys, rules))
      .then((answer) => (answer === AWAY ? this.#here.takeEach(steps) : readStates(answer)));
  }

  nowSeconds(): number {
    return this.#here.nowSeconds();
  }
}

function readStates(answer: readonly number[]): BucketState[] {
  const states: BucketState[] = [];
  for (let at = 0; at < answer.length; at += NUMBERS_PER_STATE) {
    const [allowed, remaining, waitMs, fullMs] = answer.slice(at, at + NUMBERS_PER_STATE) as [number, number, number, number];
    states.push({ allowed: allowed === 1, remaining, waitSeconds: Math.max(1, Math.ceil(waitMs / 1000)), fullSeconds: Math.ceil(fullMs / 1000) });
  }
  return states;
}
