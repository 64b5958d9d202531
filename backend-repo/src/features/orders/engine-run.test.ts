import { expect, test } from '@jest/globals';
import { MatchingEngine } from '../../domain/matching/matching-engine.ts';
import type { EngineState } from '../../domain/matching/types.ts';
import { amountFrom } from '../../domain/money.ts';
import { PLAIN_ORDER, type PlaceOrder } from '../../domain/venue-command.ts';
import { market } from '../../testing/venue.ts';
import type { VenueBatch } from './engine-batch.repository.ts';
import { EngineRun, QUEUE_COMMANDS_MAX, type EngineEnd, type EngineRunDeps } from './engine-run.state.ts';
import { VenueMemory } from './venue.state.ts';

const STATE = { houseUserId: -1, markets: [{ ...market('BTCUSDT', 'BTC'), sequence: 0, haltReason: null, haltedAt: null, lastPrice: null, breakerPrice: null, breakerSince: null }], feeRates: [], balances: [], orders: [], lastOrderId: 0, lastTradeId: 0, lastPriority: 0 };

test('a caller whose batch finds itself replaced is told so, even when the lease was lost while it committed', async () => {
  let committed: (held: boolean) => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    committed = () => resolve();
  });
  let finish: (held: boolean) => void = () => undefined;
  const ends: EngineEnd[] = [];
  const run = new EngineRun({
    venue: await VenueMemory.restore({ state: STATE, digest: null, tokens: new Map() }),
    commit: () => {
      committed(true);
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    names: { isNew: () => false, note: () => undefined, stop: () => undefined },
    find: () => Promise.resolve({ key: null, rejection: null }),
    isRefusal: () => false,
    now: () => 0,
    clock: () => 0,
    onBatch: () => undefined,
    onCommitted: () => undefined,
    onReports: () => undefined,
    onEnd: (end) => void ends.push(end),
  });
  const answer = run.submit({ kind: 'credit', userId: 1, asset: 'USDT', amount: amountFrom('1'), cause: 'DEPOSIT', reference: null });
  await started;
  run.end({ why: 'replaced' });
  finish(false);
  await expect(answer).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  expect(ends).toEqual([{ why: 'replaced' }]);
});

const DUE = 1_000;
const order = (more: Partial<PlaceOrder>): PlaceOrder => ({
  ...PLAIN_ORDER, kind: 'place', userId: 1, symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: amountFrom('1'), price: amountFrom('50'), clientOrderId: null, fingerprint: '', tradeTokenJti: null, ...more,
});

/** A venue with `count` orders that all end at one moment, or that are stops of one price which the last trade has reached. */
function crowd(count: number, kind: 'ending' | 'waking'): EngineState {
  const engine = MatchingEngine.restore(STATE);
  for (const [userId, asset] of [[1, 'USDT'], [2, 'BTC']] as const) engine.apply({ kind: 'credit', time: 0, userId, asset, amount: amountFrom('10000000'), cause: 'DEPOSIT', reference: null });
  const apply = ({ fingerprint: _fingerprint, tradeTokenJti: _jti, ...place }: PlaceOrder): unknown => engine.apply({ ...place, time: 0 });
  const ending = { timeInForce: 'GTD', expiresAt: DUE } as const;
  const waking = { type: 'STOP', price: null, stopPrice: amountFrom('100') } as const;
  for (let index = 0; index < count; index += 1) apply(order(kind === 'ending' ? ending : waking));
  if (kind === 'ending') return engine.snapshot();
  for (let index = 0; index <= count; index += 1) apply(order({ userId: 2, side: 'SELL', price: amountFrom('100') }));
  apply(order({ price: amountFrom('100') }));
  return engine.snapshot();
}

async function running(state: EngineState, now: () => number, committed: Promise<void> = Promise.resolve()): Promise<{ run: EngineRun; batches: VenueBatch[] }> {
  const batches: VenueBatch[] = [];
  const deps: EngineRunDeps = {
    venue: await VenueMemory.restore({ state, digest: null, tokens: new Map() }),
    commit: async (batch) => {
      batches.push(batch);
      await committed;
      return true;
    },
    names: { isNew: () => true, note: () => undefined, stop: () => undefined },
    find: () => Promise.resolve({ key: null, rejection: null }),
    isRefusal: () => false,
    now,
    clock: () => 0,
    onBatch: () => undefined,
    onCommitted: () => undefined,
    onReports: () => undefined,
    onEnd: (end) => void (end.why === 'failed' && batches.push(end.error as never)),
  };
  return { run: new EngineRun(deps), batches };
}
const size = ({ newOrders, updatedOrders, trades }: VenueBatch): number => newOrders.length + updatedOrders.length + trades.length;

test.each(['ending', 'waking'] as const)('however many orders are due (%s), they are committed in batches of a bounded size, and who comes meanwhile waits for them', async (kind) => {
  let now = DUE - 1;
  const { run, batches } = await running(crowd(5_000, kind), () => now);
  now = DUE;
  const answer = await run.submit(order({ userId: 2, side: 'SELL', price: amountFrom('50') }));
  expect(answer).toMatchObject({ kind: 'done', order: { status: 'PENDING' } });
  const last = batches.at(-1)!;
  expect(batches.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...batches.map(size))).toBeLessThanOrEqual(3_500);
  expect(last.newOrders.map(({ userId }) => userId)).toEqual([2]);
  const statuses = batches.flatMap(({ updatedOrders }) => updatedOrders).filter(({ userId }) => userId === 1).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([kind === 'ending' ? 'CANCELLED' : 'FILLED']));
  expect(statuses.length).toBeGreaterThanOrEqual(4_750);
  await run.drained();
});

test('a batch that is full leaves the commands behind it to the next, in their order', async () => {
  const { run, batches } = await running(crowd(0, 'ending'), () => 1);
  const answers = await Promise.all(Array.from({ length: 3_000 }, (_, index) => run.submit(order({ price: amountFrom(String(10 + index)) }))));
  expect(answers.map((answer) => (answer.kind === 'done' ? answer.order?.id : null))).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
  expect(Math.max(...batches.map(size))).toBeLessThanOrEqual(2_000);
});

test('while a batch hangs, so many commands wait and no more; those that wait are carried out', async () => {
  let finish: () => void = () => undefined;
  const { run, batches } = await running(STATE, () => 1, new Promise((resolve) => (finish = resolve)));
  const credit = (): Promise<unknown> => run.submit({ kind: 'credit', userId: 1, asset: 'USDT', amount: amountFrom('1'), cause: 'DEPOSIT', reference: null });
  const answers = [credit()];
  while (batches.length === 0) await new Promise(setImmediate);
  for (let at = 0; at < QUEUE_COMMANDS_MAX; at += 1) answers.push(credit());
  const all = Promise.allSettled(answers);
  await new Promise(setImmediate);
  expect([QUEUE_COMMANDS_MAX, run.queued]).toEqual([10_000, 10_000]);
  await expect(credit()).rejects.toMatchObject({ code: 'OVERLOADED', retryAfter: 1 });
  finish();
  expect(new Set((await all).map(({ status }) => status))).toEqual(new Set(['fulfilled']));
  await credit();
});
