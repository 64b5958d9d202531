import { expect, test } from '@jest/globals';
import { MatchingEngine } from './matching/matching-engine.ts';
import { randomCommand } from './matching/random-commands-for-tests.ts';
import { emptyState, numbersFrom } from './matching/venue-for-tests.ts';
import { StateDigest } from './state-digest.ts';

test('kept up batch by batch, the digest is that of the whole state, whatever happened', () => {
  const next = numbersFrom(11);
  const engine = MatchingEngine.restore(emptyState());
  const kept = new StateDigest(engine.snapshot());
  const owners: number[] = [];
  const seen = new Set<string>();
  for (let time = 1; time <= 4_000; time += 1) {
    const { order, events } = engine.apply(randomCommand(next, time, owners));
    if (order && events.some(({ type }) => type === 'accepted')) owners.push(order.userId);
    if (next(7) > 0) continue;
    kept.apply(engine.takeChanges());
    expect(kept.value).toBe(new StateDigest(engine.snapshot()).value);
    seen.add(kept.value);
  }
  expect(seen.size).toBeGreaterThan(400);
});

test('any difference in a row is another digest', () => {
  const state = MatchingEngine.restore(emptyState()).snapshot();
  const digest = new StateDigest(state).value;
  const [market] = state.markets as [(typeof state.markets)[number]];
  const changed = [
    { ...state, lastOrderId: 1 },
    { ...state, lastTradeId: 1 },
    { ...state, markets: state.markets.slice(1) },
    { ...state, markets: [{ ...market, sequence: 1 }, ...state.markets.slice(1)] },
    { ...state, markets: [{ ...market, haltedAt: 1 }, ...state.markets.slice(1)] },
    { ...state, markets: [{ ...market, maxPrice: market.maxPrice + market.tick }, ...state.markets.slice(1)] },
    { ...state, feeRates: [{ userId: 2, makerRate: 1n, takerRate: 2n }] },
    { ...state, balances: [{ userId: 2, asset: 'BTC', available: 1n, locked: 0n }] },
    { ...state, balances: [{ userId: 2, asset: 'BTC', available: 0n, locked: 1n }] },
  ];
  expect(new Set([digest, ...changed.map((other) => new StateDigest(other).value)]).size).toBe(changed.length + 1);
});
