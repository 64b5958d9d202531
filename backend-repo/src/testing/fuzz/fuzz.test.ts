import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fuzzedOperations } from './contract-shapes.ts';
import { Fuzz, partsReached, sum, type FuzzReport } from './fuzz.ts';
import { createWorld, type World } from './world.ts';

// The same inputs in every run; `npm run fuzz` takes ten times as many, other ones each time.
const SEED = 20_261_121;
const INPUTS = 1_500;
const INPUTS_PER_OPERATION_MIN = 8;

let world: World;
let report: FuzzReport;
beforeAll(async () => {
  world = await createWorld({ full: false });
  report = await new Fuzz(world, SEED).run(INPUTS);
}, 120_000);
afterAll(() => world.app.close());

test('bad input gets an answer that the contract declares, never 5xx, and what is refused changes nothing', () => {
  expect(report.failures.map(({ operation, seed, what, faults }) => `${operation} (seed ${seed}): ${what} ${JSON.stringify(faults).slice(0, 300)}`)).toEqual([]);
});

test('every operation of the contract is fuzzed', () => {
  expect(report.toCome).toEqual([]);
  const few = fuzzedOperations().filter(({ id }) => sum(report.statuses[id] ?? {}) < INPUTS_PER_OPERATION_MIN);
  expect(few.map(({ id }) => id)).toEqual([]);
});

test('most of it gets past authentication and limits to what checks it, and most refusals were seen to change nothing', () => {
  expect(sum(report.reached) / report.inputs).toBeGreaterThan(0.6);
  expect(Object.entries(partsReached(report)).filter(([, part]) => part < 0.5)).toEqual([]);
  expect(report.refusedUnchanged / report.inputs).toBeGreaterThan(0.5);
});

test('no secret stands in the log of all that', () => {
  expect(world.app.logs.filter((line) => world.secrets.some((secret) => line.includes(secret)))).toEqual([]);
});
