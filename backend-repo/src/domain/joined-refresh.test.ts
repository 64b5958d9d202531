import { expect, test } from '@jest/globals';
import { JoinedRefresh } from './joined-refresh.ts';

test('who asks during a refresh joins it, and it runs once more for all of them', async () => {
  const waiting: (() => void)[] = [];
  const refresh = new JoinedRefresh(() => new Promise((resolve) => waiting.push(resolve)));
  const asked = [refresh.run(), refresh.run(), refresh.run()];
  expect([waiting.length, refresh.isUnderWay]).toEqual([1, true]);
  waiting[0]!();
  await Promise.resolve();
  await Promise.resolve();
  expect(waiting.length).toBe(2);
  waiting[1]!();
  await Promise.all(asked);
  expect([waiting.length, refresh.isUnderWay]).toEqual([2, false]);
});

test('one that failed fails who waits, and the next begins anew', async () => {
  let runs = 0;
  const refresh = new JoinedRefresh(async () => {
    runs += 1;
    if (runs === 1) throw new Error('the database is away');
  });
  await expect(refresh.run()).rejects.toThrow('the database is away');
  await refresh.run();
  expect([runs, refresh.isUnderWay]).toEqual([2, false]);
});
