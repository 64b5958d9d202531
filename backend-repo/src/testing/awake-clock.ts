const TICK_MS = 10;
/** A tick this late still counts whole: the loop was at work, nobody kept it from running. */
const LATE_MS = 20;

export interface AwakeClock {
  /** Milliseconds since it was made that this process was free to run. */
  readonly now: () => number;
  readonly stop: () => void;
}

/**
 * Measures waiting. A deadline of ours is a timer, and what is said of it is that nobody waits longer; that a busy machine lets this process sleep, or that the
 * test itself asks a hundred things at once, is no part of that. What a tick is late by beyond 20 ms is left out.
 */
export function awakeClock(): AwakeClock {
  let awake = 0;
  let last = performance.now();
  const read = (): number => {
    const now = performance.now();
    awake += Math.min(now - last, TICK_MS + LATE_MS);
    last = now;
    return awake;
  };
  const timer = setInterval(read, TICK_MS);
  timer.unref();
  return { now: read, stop: () => clearInterval(timer) };
}
