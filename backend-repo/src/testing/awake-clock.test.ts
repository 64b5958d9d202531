import { expect, test } from '@jest/globals';
import { awakeClock } from './awake-clock.ts';

const BLOCKED_MS = 300;

test('an awake clock counts what was waited for, and not what the process was kept from', async () => {
  const clock = awakeClock();
  const started = performance.now();
  while (performance.now() - started < BLOCKED_MS);
  expect(clock.now()).toBeLessThan(BLOCKED_MS / 2);
  const before = clock.now();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(clock.now() - before).toBeGreaterThan(100);
  clock.stop();
});
