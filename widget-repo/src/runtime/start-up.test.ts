import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createScope } from '../helpers/scope.ts';
import type { Failure } from '../model/failure.ts';
import type { WidgetConfig } from '../model/order.ts';
import type { Trading } from '../trading.ts';
import { createStartUp, type StartUpNeeds } from './start-up.ts';

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

function make(change: Partial<StartUpNeeds>) {
  const failures: string[] = [];
  const needs: StartUpNeeds = {
    scope: createScope(),
    loadConfig: () => Promise.resolve({ ok: true, value: {} as WidgetConfig }),
    loadTrading: () => Promise.resolve({} as Trading),
    loaded: () => undefined,
    failed: ({ code }: Failure) => failures.push(code),
    ...change,
  };
  return { needs, failures, startUp: createStartUp(needs) };
}

test('a trading part that hangs has a deadline, and the next attempt has a number of its own', async () => {
  const asked: number[] = [];
  const { needs, failures, startUp } = make({ loadTrading: (attempt) => (asked.push(attempt), new Promise(() => undefined)) });
  void startUp();
  await jest.advanceTimersByTimeAsync(12_500);
  expect([asked, failures]).toEqual([[1, 2], ['TRADING_PART_AWAY']]);
  needs.scope.end();
  expect(jest.getTimerCount()).toBe(0);
});

test('a configuration that nothing can be opened with is reported, not thrown', async () => {
  const { failures, startUp } = make({ loaded: () => { throw new TypeError('no theme'); } });
  await startUp();
  expect(failures).toEqual(['CONFIG_INVALID']);
});
