import { describe, expect, test } from '@jest/globals';
import { AppError } from '../errors.ts';
import { BATCH_ROWS_MAX, GroupCommit, QUEUE_ROWS_MAX } from './group-commit.ts';
import { awakeClock } from '../testing/awake-clock.ts';

const clock = (): number => performance.now();
const dataError = (): Error => Object.assign(new Error('value out of range'), { code: '22003' });
const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('rows that come while a commit is under way are the next batch', async () => {
  const batches: number[][] = [];
  const group = new GroupCommit<number, number>({
    clock,
    commit: async (rows) => {
      batches.push([...rows]);
      await soon(10);
      return rows.map((row) => row * 10);
    },
  });
  const first = group.submit(1);
  await soon(2);
  const rest = [2, 3, 4].map((row) => group.submit(row));
  expect(await Promise.all([first, ...rest])).toEqual([10, 20, 30, 40]);
  expect(batches).toEqual([[1], [2, 3, 4]]);
});

test('nobody is answered before the commit of their row returned', async () => {
  let committed = false;
  const group = new GroupCommit<number, boolean>({
    clock,
    commit: async (rows) => {
      await soon(20);
      committed = true;
      return rows.map(() => true);
    },
  });
  await group.submit(1);
  expect(committed).toBe(true);
});

test('a batch is never larger than its bound', async () => {
  const sizes: number[] = [];
  const group = new GroupCommit<number, null>({ clock, commit: async (rows) => (sizes.push(rows.length), rows.map(() => null)) });
  await Promise.all(Array.from({ length: 2 * BATCH_ROWS_MAX + 1 }, (_, row) => group.submit(row)));
  expect(Math.max(...sizes)).toBe(BATCH_ROWS_MAX);
});

test('a batch that fails on data is halved until the bad rows stand alone', async () => {
  const group = new GroupCommit<number, number>({
    clock,
    commit: async (rows) => {
      if (rows.some((row) => row % 7 === 3)) throw dataError();
      return [...rows];
    },
  });
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, row) => group.submit(row)));
  expect(results.map(({ status }) => status === 'fulfilled')).toEqual(Array.from({ length: 20 }, (_, row) => row % 7 !== 3));
});

test('a batch that lost a deadlock is tried again, once', async () => {
  let tries = 0;
  const group = new GroupCommit<number, number>({
    clock,
    commit: async (rows) => {
      tries += 1;
      if (tries === 1 || rows[0] === 9) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      return [...rows];
    },
  });
  await expect(group.submit(1)).resolves.toBe(1);
  await expect(group.submit(9)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  expect(tries).toBe(4);
});

describe('a caller is refused with 503', () => {
  test('when the commit fails, whole', async () => {
    const group = new GroupCommit<number, number>({ clock, commit: () => Promise.reject(new Error('connection lost')) });
    const results = await Promise.allSettled([group.submit(1), group.submit(2)]);
    for (const result of results) expect((result as PromiseRejectedResult).reason).toMatchObject({ code: 'LEDGER_UNAVAILABLE', status: 503 });
  });

  test('when the commit takes over two seconds, and a late commit changes nothing for it', async () => {
    let finish = (): void => undefined;
    const group = new GroupCommit<number, number>({ clock, commit: (rows) => new Promise((resolve) => (finish = () => resolve(rows))) });
    await expect(group.submit(1)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    finish();
    await group.drained();
  });

  test('two seconds after it asked, also when it waits behind a slow commit; what still waits is then never committed', async () => {
    const committed: number[] = [];
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const group = new GroupCommit<number, number>({
      clock,
      commit: async (rows) => {
        committed.push(...rows);
        await slow;
        return [...rows];
      },
    });
    const first = group.submit(1).catch((error: unknown) => error);
    await soon(500);
    const awake = awakeClock();
    await expect(group.submit(2)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(awake.now()).toBeLessThan(2_300);
    awake.stop();
    await first;
    finish();
    await group.drained();
    expect(committed).toEqual([1]);
  });

  test('when ten thousand rows wait already', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const group = new GroupCommit<number, number>({ clock, commit: (rows) => held.then(() => [...rows]) });
    const first = group.submit(0);
    await soon(2);
    const waiting = Array.from({ length: QUEUE_ROWS_MAX }, (_, row) => group.submit(row));
    await expect(group.submit(1)).rejects.toBeInstanceOf(AppError);
    finish();
    await Promise.all([first, ...waiting]);
  });
});
