/** One command does no more than fits into a batch; what is left is done before anything else (docs/decisions/0015). */
import { describe, expect, test } from '@jest/globals';
import { MatchingEngine } from './matching-engine.ts';
import { engineSubject, referenceSubject } from './subjects-for-tests.ts';
import { type Command, EXPIRED_PER_COMMAND_MAX, STEPS_PER_COMMAND_MAX } from './commands.ts';
import { ANN, asText, BOB, BTCUSDT, CAT, deposit, emptyState, expire, limit, marketOrder, place, richEngine, units } from './venue-for-tests.ts';

const STOPS = 1_200;
const wake = (time = 1): Command => ({ kind: 'wake', time });
const stop = (userId: number, stopPrice = '100'): Command => place({ userId, side: 'BUY', type: 'STOP', quantity: units('0.1'), stopPrice: units(stopPrice) });
/** Stops of two traders that one trade at 100 makes due, and enough offers for all but the last of them. */
const CROWD: readonly Command[] = [
  limit(CAT, 'SELL', '1', '99'),
  limit(BOB, 'BUY', '1', '99'),
  ...Array.from({ length: STOPS }, (_, index) => stop(index % 2 === 0 ? ANN : BOB)),
  limit(CAT, 'SELL', String((STOPS - 1) / 10 + 0.1), '100'),
  marketOrder(ANN, 'BUY', '0.1'),
];
const FUNDS = [ANN, BOB, CAT].flatMap((user) => ['BTC', 'ETH', 'USDT'].map((asset) => deposit(user, asset, '100000000')));

describe('thousands of stops at one price', () => {
  test('wake some hundred at a time, in their order, and an engine that begins again in between goes on there', () => {
    const [engine, reference] = [engineSubject([BTCUSDT]), referenceSubject([BTCUSDT])];
    for (const command of [...FUNDS, ...CROWD.slice(0, -1)]) expect(asText(engine.apply(command))).toBe(asText(reference.apply(command)));
    const woken: string[][] = [];
    const commands = [CROWD.at(-1)!, ...Array.from({ length: 6 }, () => wake())];
    for (const command of commands) {
      const answer = engine.apply(command);
      expect(asText(answer)).toBe(asText(reference.apply(command)));
      woken.push(answer.log.filter((line) => line.endsWith(' woken')));
      expect(answer.log.length).toBeLessThanOrEqual(STEPS_PER_COMMAND_MAX + 1);
      engine.restart();
      expect([engine.state(), engine.problems()]).toEqual([reference.state(), []]);
    }
    expect(woken.flat()).toEqual(Array.from({ length: STOPS }, (_, index) => `${index + 3} woken`));
    expect(woken.map(({ length }) => length)).toEqual([250, 250, 250, 250, 200, 0, 0]);
  });

  test('nobody comes in between', () => {
    const engine = richEngine();
    for (const command of CROWD) engine.apply(command);
    expect(engine.restless).toBe(true);
    expect(() => engine.apply(limit(CAT, 'SELL', '1', '100'))).toThrow('wake them before place');
    expect(MatchingEngine.restore(engine.snapshot()).restless).toBe(true);
    engine.apply(expire(1));
    while (engine.restless) engine.apply(wake());
    expect(engine.apply(limit(CAT, 'SELL', '1', '100')).refusal).toBeNull();
    expect(engine.checkInvariants()).toEqual([]);
  });

  test('a wake where nothing is due does nothing', () => {
    const engine = richEngine();
    const before = engine.stateHash();
    expect(engine.apply(wake())).toMatchObject({ refusal: null, events: [] });
    expect(engine.stateHash()).toBe(before);
  });
});

test('thousands of orders with one end are ended some hundred at a time, the earliest first', () => {
  const engine = MatchingEngine.restore(emptyState());
  for (const command of FUNDS) engine.apply(command);
  const count = EXPIRED_PER_COMMAND_MAX * 2 + 3;
  for (let index = 0; index < count; index += 1) engine.apply({ ...limit(ANN, 'BUY', '1', '50'), timeInForce: 'GTD', expiresAt: 1_000 - (index % 2) });
  const ended: number[][] = [];
  for (let left = engine.nextExpiry(); left !== null; left = engine.nextExpiry()) ended.push(engine.apply(expire(2_000)).ended.map(({ id }) => id));
  expect(ended.map(({ length }) => length)).toEqual([EXPIRED_PER_COMMAND_MAX, EXPIRED_PER_COMMAND_MAX, 3]);
  const even = Array.from({ length: Math.floor(count / 2) }, (_, index) => 2 * index + 2);
  const odd = Array.from({ length: Math.ceil(count / 2) }, (_, index) => 2 * index + 1);
  expect(ended.flat()).toEqual([...even, ...odd]);
  expect(engine.checkInvariants()).toEqual([]);
});

test('what a batch has changed so far can be asked at any time, and begins anew with the next', () => {
  const engine = richEngine();
  engine.apply(limit(CAT, 'SELL', '1', '100'));
  engine.apply(limit(ANN, 'BUY', '2', '100'));
  // Two orders and a trade.
  expect(engine.changes).toBe(3);
  engine.takeChanges();
  engine.apply(limit(CAT, 'SELL', '1', '100'));
  // A new order, a changed one and a trade.
  expect(engine.changes).toBe(3);
});
