import { expect, test } from '@jest/globals';
import { ExpiryQueue } from './expiry-queue.ts';
import type { LiveOrder } from './live-order.ts';
import { numbersFrom } from './venue-for-tests.ts';

test('whatever comes and goes, the order that ends first is first, the older of two', () => {
  const next = numbersFrom(1);
  const queue = new ExpiryQueue();
  const waiting: LiveOrder[] = [];
  const byEnd = (one: LiveOrder, other: LiveOrder): number => one.expiresAt! - other.expiresAt! || one.id - other.id;
  for (let id = 1; id <= 4_000; id += 1) {
    const order = { id, expiresAt: next(500), expiryRank: -1 } as LiveOrder;
    queue.add(order);
    waiting.push(order);
    if (next(3) > 0 || waiting.length > 60) for (const gone of waiting.splice(next(waiting.length), 1 + next(3))) queue.remove(gone);
    expect([queue.problems(), queue.size]).toEqual([[], waiting.length]);
  }
  for (const order of waiting.sort(byEnd)) {
    expect(queue.first).toBe(order);
    queue.remove(order);
  }
  expect(queue.first).toBeNull();
});
