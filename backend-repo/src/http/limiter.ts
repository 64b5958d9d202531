import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { AppError } from '../errors.ts';
import { TokenBuckets, WindowCounters, type BucketState } from './rate-limit.ts';

/** As the RateLimit-Policy header says it. */
export interface Policy {
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

/** One limit: how much, and how much of it each caller has used at this node. */
export interface Limit {
  /** What the nodes call it among themselves. */
  readonly id: string;
  readonly policy: Policy;
  readonly kind: 'bucket' | 'window';
  readonly capacity: number;
  /** How long the window lasts, or the empty bucket takes to be full. */
  readonly spanMs: number;
  /** Of a window, how long the first call too many closes it; 0: until it ends. */
  readonly lockoutMs: number;
  readonly here: TokenBuckets | WindowCounters;
}

export interface Step {
  readonly limit: Limit;
  readonly key: string;
}

/** Counts calls. Without Redis every answer comes at once, and no promise is made for it (design 5.16). */
export interface Limiter {
  take(limit: Limit, key: string): BucketState | Promise<BucketState>;
  /** Takes of one limit after the other, up to the first that refuses: what a later one has left is then not touched. */
  takeEach(steps: readonly Step[]): BucketState[] | Promise<BucketState[]>;
  /** Since 1970, for X-RateLimit-Reset. */
  nowSeconds(): number;
}

/** Counts what comes to this node. */
export class LocalLimiter implements Limiter {
  readonly #clock: () => number;
  readonly #now: () => number;

  /** @param clock milliseconds, monotonic */
  constructor(clock: () => number, now: () => number) {
    this.#clock = clock;
    this.#now = now;
  }

  take({ here }: Limit, key: string): BucketState {
    return here.take(key, this.#clock());
  }

  takeEach(steps: readonly Step[]): BucketState[] {
    const at = this.#clock();
    const states: BucketState[] = [];
    for (const { limit, key } of steps) {
      const state = limit.here.take(key, at);
      states.push(state);
      if (!state.allowed) break;
    }
    return states;
  }

  nowSeconds(): number {
    return Math.ceil(this.#now() / 1000);
  }
}

/** So many in a window that begins with the caller's first request. */
export function windowOf(id: string, requests: number, windowSeconds: number, { name = id, lockoutSeconds = 0 } = {}): Limit {
  const policy = { name, quota: requests, windowSeconds };
  return { id, policy, kind: 'window', capacity: requests, spanMs: windowSeconds * 1000, lockoutMs: lockoutSeconds * 1000, here: new WindowCounters(requests, windowSeconds, lockoutSeconds) };
}

/** So many per window, steadily, and up to `burst` at once. */
export function bucketOf(id: string, policy: Policy, burst = policy.quota): Limit {
  const perSecond = policy.quota / policy.windowSeconds;
  return { id, policy, kind: 'bucket', capacity: burst, spanMs: (burst / perSecond) * 1000, lockoutMs: 0, here: new TokenBuckets(burst, perSecond) };
}

/** The caller's address; of IPv6 the network, since one customer has a whole one. */
export const addressOf = (req: Request): string => ipKeyGenerator(req.ip ?? 'unknown');

/**
 * Refuses who has used up one of these limits. The answer tells of the first of them, or of the one that refused, in both header families
 * (contract.md, Conventions).
 */
export function limitEach(limiter: Limiter, stepsOf: (req: Request) => readonly Step[]): RequestHandler {
  return (req, res, next) => {
    const steps = stepsOf(req);
    const proceed = (states: readonly BucketState[]): void => {
      const last = states.at(-1)!;
      const shown = last.allowed ? 0 : states.length - 1;
      setRateLimitHeaders(res, steps[shown]!.limit.policy, states[shown]!, limiter.nowSeconds());
      if (last.allowed) next();
      else next(tooMany(last));
    };
    const taken = limiter.takeEach(steps);
    if (taken instanceof Promise) taken.then(proceed).catch(next);
    else proceed(taken);
  };
}

/** Whom it counts by is the caller's address, when not said otherwise. */
export function limitBy(limiter: Limiter, limit: Limit, key: (req: Request) => string = addressOf): RequestHandler {
  return limitEach(limiter, (req) => [{ limit, key: key(req) }]);
}

export const tooMany = (state: BucketState): AppError => new AppError('RATE_LIMIT_EXCEEDED', { retryAfter: state.waitSeconds });

/** Both families of contract.md: spec/4's X-RateLimit-… and draft-8 RateLimit, RateLimit-Policy. */
export function setRateLimitHeaders(res: Response, policy: Policy, state: BucketState, nowSeconds: number): void {
  res.setHeader('X-RateLimit-Limit', policy.quota);
  res.setHeader('X-RateLimit-Remaining', state.remaining);
  res.setHeader('X-RateLimit-Reset', nowSeconds + state.fullSeconds);
  res.setHeader('RateLimit-Policy', `"${policy.name}";q=${policy.quota};w=${policy.windowSeconds}`);
  res.setHeader('RateLimit', `"${policy.name}";r=${state.remaining};t=${state.fullSeconds}`);
}
