import { readFileSync } from 'node:fs';

const TICK_MS = 10;
/** A tick this late still counts whole: the loop was at work, nobody kept it from running. */
const LATE_MS = 20;

export interface AwakeClock {
  /** Milliseconds since it was made that this process was free to run. */
  readonly now: () => number;
  readonly stop: () => void;
}

/**
 * Measures waiting. A deadline of ours is a timer, and what is said of it is that nobody waits longer; that a busy machine lets this process stand in line for a
 * core, or that the test itself asks a hundred things at once, is no part of that: both are left out.
 */
export function awakeClock(): AwakeClock {
  let awake = 0;
  let last = performance.now();
  let lastInLine = inLineMs();
  const read = (): number => {
    const [now, inLine] = [performance.now(), inLineMs()];
    awake += Math.max(0, Math.min(now - last - (inLine - lastInLine), TICK_MS + LATE_MS));
    [last, lastInLine] = [now, inLine];
    return awake;
  };
  const timer = setInterval(read, TICK_MS);
  timer.unref();
  return { now: read, stop: () => clearInterval(timer) };
}

/** How long this thread was ready to run and had no core, where Linux tells; 0 elsewhere. */
function inLineMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1_000_000;
  } catch {
    return 0;
  }
}
