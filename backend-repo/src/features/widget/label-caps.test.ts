import { expect, test } from '@jest/globals';
import { LabelCaps, LEARN_EVERY_MS, LEARNED_MS_MAX, secondsLeftOfDay } from './label-caps.state.ts';

const NOON = Date.UTC(2026, 0, 15, 12);

/** A ledger that others write to as well. Rows are the times of their tokens. */
function ledgerOf(rows: number[]) {
  const reads: { from: number; settledUntil: number }[] = [];
  const failures: unknown[] = [];
  let broken: Error | null = null;
  const caps = new LabelCaps(
    {
      countLabelTokens: (_exchangeId, from, settledUntil) => {
        reads.push({ from, settledUntil });
        if (broken) return Promise.reject(broken);
        return Promise.resolve({ total: rows.filter((at) => at >= from).length, settled: rows.filter((at) => at >= from && at < settledUntil).length });
      },
    },
    (error) => failures.push(error),
  );
  const issue = async (now: number, max: number): Promise<boolean> => {
    const place = await caps.reserve('northlight', max, now);
    if (place) rows.push(now);
    place?.settle(true);
    return place !== null;
  };
  return { caps, issue, reads, failures, breaks: (error: Error | null) => (broken = error) };
}
const learned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a token that was not recorded gives its place back', async () => {
  const { caps } = ledgerOf([]);
  const place = await caps.reserve('northlight', 1, NOON);
  expect(await caps.reserve('northlight', 1, NOON)).toBeNull();
  place!.settle(false);
  expect(await caps.reserve('northlight', 1, NOON)).not.toBeNull();
});

test('the ledger is read once for a thousand tokens within half a minute, and what it said before is not read again', async () => {
  const { issue, reads } = ledgerOf([]);
  for (let index = 0; index < 1_000; index += 1) expect(await issue(NOON + index * 29, 1_000)).toBe(true);
  expect(await issue(NOON + LEARN_EVERY_MS - 1, 1_000)).toBe(false);
  expect(reads).toEqual([{ from: Date.UTC(2026, 0, 15), settledUntil: NOON - 60_000 }]);
  expect(await issue(NOON + LEARNED_MS_MAX, 1_001)).toBe(true);
  expect(await issue(NOON + LEARNED_MS_MAX, 1_001)).toBe(false);
  expect(reads[1]).toEqual({ from: NOON - 60_000, settledUntil: NOON });
});

test('counting goes on over any number of readings', async () => {
  const rows: number[] = [];
  const { issue } = ledgerOf(rows);
  let issued = 0;
  for (let now = NOON; now < NOON + 40 * LEARN_EVERY_MS; now += 17_000) {
    // Another node issues one for each of ours.
    rows.push(now);
    issued += (await issue(now, 100)) ? 1 : 0;
    await learned();
  }
  expect(rows).toHaveLength(71 + issued);
  expect(Math.abs(2 * issued - 100)).toBeLessThanOrEqual(3);
});

test('a ledger that cannot be read stops nothing for half a minute, and everything after', async () => {
  const { issue, failures, breaks } = ledgerOf([]);
  expect(await issue(NOON, 10)).toBe(true);
  breaks(new Error('away'));
  expect(await issue(NOON + LEARN_EVERY_MS, 10)).toBe(true);
  await learned();
  expect(failures).toHaveLength(1);
  await expect(issue(NOON + LEARNED_MS_MAX, 10)).rejects.toThrow('away');
  breaks(null);
  expect(await issue(NOON + LEARNED_MS_MAX, 10)).toBe(true);
});

test('the day ends at midnight UTC', () => {
  expect(secondsLeftOfDay(Date.UTC(2026, 0, 15, 23, 59, 59, 1))).toBe(1);
  expect(secondsLeftOfDay(Date.UTC(2026, 0, 16))).toBe(86_400);
});
