import { expect, test } from '@jest/globals';
import { amountFrom } from '../../domain/money.ts';
import { market } from '../../testing/venue.ts';
import { EngineRun, type EngineEnd } from './engine-run.state.ts';
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
