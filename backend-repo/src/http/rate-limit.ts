const BUCKETS_MAX = 100_000;

export interface BucketState {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until there is room for one more, and until it is full again. */
  readonly waitSeconds: number;
  readonly fullSeconds: number;
}

/** A token bucket: steady rate with a burst, which a window cannot say ("1,000 a minute with bursts of 300"). Under a microsecond each. */
export class TokenBuckets {
  readonly #capacity: number;
  readonly #perMs: number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#perMs = perSecond / 1000;
  }

  /** @param now milliseconds, monotonic */
  take(key: string, now: number): BucketState {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= BUCKETS_MAX) this.#dropFull(now);
      this.#buckets.set(key, (bucket = { left: this.#capacity, at: now }));
    }
    bucket.left = Math.min(this.#capacity, bucket.left + (now - bucket.at) * this.#perMs);
    bucket.at = now;
    const allowed = bucket.left >= 1;
    if (allowed) bucket.left -= 1;
    return {
      allowed,
      remaining: Math.floor(bucket.left),
      waitSeconds: Math.max(1, Math.ceil((1 - bucket.left) / this.#perMs / 1000)),
      fullSeconds: Math.ceil((this.#capacity - bucket.left) / this.#perMs / 1000),
    };
  }

  /** A full bucket says no more than no bucket. If none is full, the oldest tenth goes: better to forget than to grow without bound. */
  #dropFull(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.left + (now - bucket.at) * this.#perMs >= this.#capacity) this.#buckets.delete(key);
    }
    let excess = this.#buckets.size - BUCKETS_MAX * 0.9;
    for (const key of this.#buckets.keys()) {
      if ((excess -= 1) < 0) break;
      this.#buckets.delete(key);
    }
  }
}

/** So many in a window that begins with the caller's first request. With a lockout, the first request too many closes it for so long from then on. */
export class WindowCounters {
  readonly #requests: number;
  readonly #windowMs: number;
  readonly #lockoutMs: number;
  readonly #counters = new Map<string, { count: number; endsAt: number }>();

  constructor(requests: number, windowSeconds: number, lockoutSeconds = 0) {
    this.#requests = requests;
    this.#windowMs = windowSeconds * 1000;
    this.#lockoutMs = lockoutSeconds * 1000;
  }

  /** @param now milliseconds, monotonic */
  take(key: string, now: number): BucketState {
    let counter = this.#counters.get(key);
    if (!counter || counter.endsAt <= now) {
      this.#counters.delete(key);
      // Windows end in the order they began, so the ones that are over stand in front. If none is, the oldest is forgotten.
      if (this.#counters.size >= BUCKETS_MAX) this.#dropOver(now);
      this.#counters.set(key, (counter = { count: 0, endsAt: now + this.#windowMs }));
    }
    const allowed = counter.count < this.#requests;
    if (!allowed && this.#lockoutMs > 0 && counter.count === this.#requests) {
      this.#counters.delete(key);
      this.#counters.set(key, (counter = { count: counter.count + 1, endsAt: now + this.#lockoutMs }));
    }
    if (allowed) counter.count += 1;
    const seconds = Math.max(1, Math.ceil(Math.min(counter.endsAt - now, Math.max(this.#windowMs, this.#lockoutMs)) / 1000));
    return { allowed, remaining: Math.max(0, this.#requests - counter.count), waitSeconds: seconds, fullSeconds: seconds };
  }

  #dropOver(now: number): void {
    let dropped = 0;
    for (const [key, { endsAt }] of this.#counters) {
      if (endsAt > now && dropped > 0) return;
      this.#counters.delete(key);
      dropped += 1;
    }
  }
}
