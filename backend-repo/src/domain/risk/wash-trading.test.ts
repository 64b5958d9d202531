import { describe, expect, test } from '@jest/globals';
import { RISK_THRESHOLDS } from './thresholds.ts';
import { repeat, Tape } from './tape-for-tests.ts';
import { washTrading } from './wash-trading.ts';

const [ANN, BOB, CAROL, DAVE, EVE, FRED] = [1, 2, 3, 4, 5, 6];

/** Each buys from the other what it has just sold. */
function toAndFro(rounds: number, backAt = '100'): Tape {
  const tape = new Tape();
  repeat(rounds, () => void tape.wait(5_000).meet(ANN, 'SELL', '1', '100', BOB).wait(5_000).meet(BOB, 'SELL', '1', backAt, ANN));
  return tape;
}
const judge = (tape: Tape, userId = ANN) => washTrading(tape.of(userId), tape.at, RISK_THRESHOLDS);
const severities = (tape: Tape, userId = ANN): string[] => judge(tape, userId).map(({ severity }) => severity);

describe('trades with oneself', () => {
  const selfTrades = (times: number): Tape => {
    const tape = new Tape();
    repeat(times, () => void tape.wait(1_000).meet(ANN, 'SELL', '1', '100', ANN));
    return tape;
  };

  test.each([
    [1, []],
    [2, ['MEDIUM']],
    [4, ['MEDIUM']],
    [5, ['HIGH']],
    [20, ['CRITICAL']],
  ])('%i of them: %j', (times, expected) => {
    expect(severities(selfTrades(times))).toEqual(expected);
  });

  test('are shown with their number, their worth and their ids', () => {
    const tape = selfTrades(3);
    expect(judge(tape)).toEqual([
      expect.objectContaining({
        eventType: 'SUSPICIOUS_ACTIVITY', kind: 'wash_trading', userId: ANN, symbol: 'BTCUSDT', windowStart: Date.UTC(2026, 0, 15, 12),
        evidence: { pattern: 'self_trades', trades: 3, notional: '300', trade_ids: tape.trades.map(({ id }) => id) },
      }),
    ]);
  });

  test('count for ten minutes', () => {
    const tape = selfTrades(2);
    expect([severities(tape.wait(599_000)), severities(tape.wait(1))]).toEqual([['MEDIUM'], []]);
  });
});

describe('to and fro between two', () => {
  test.each([
    [3, []],
    [4, ['MEDIUM']],
    [10, ['HIGH']],
    [30, ['CRITICAL']],
  ])('%i times: %j', (rounds, expected) => {
    expect(severities(toAndFro(rounds))).toEqual(expected);
  });

  test('both are told of, each with the other', () => {
    const tape = toAndFro(5);
    expect([ANN, BOB].map((userId) => judge(tape, userId).map(({ evidence }) => evidence['counterparty']))).toEqual([[BOB], [ANN]]);
  });

  test('when something stays with one of them, it is trading', () => {
    const tape = toAndFro(4);
    expect(severities(tape.meet(BOB, 'SELL', '2', '100', ANN))).toEqual([]);
  });

  test('a tenth may stay, to hide it', () => {
    const tape = toAndFro(5);
    expect(severities(tape.meet(BOB, 'SELL', '1', '100', ANN))).toEqual(['MEDIUM']);
  });

  test.each([
    ['100.25', ['MEDIUM']],
    ['100.26', []],
    ['99.75', ['MEDIUM']],
    ['99.74', []],
  ])('bought back at %s against 100: %j', (price, expected) => {
    expect(severities(toAndFro(5, price))).toEqual(expected);
  });

  test('who trades with others as well is not in it with anybody', () => {
    const tape = toAndFro(5);
    repeat(3, () => void tape.meet(CAROL, 'SELL', '1', '100', ANN));
    expect([severities(tape), severities(tape, BOB)]).toEqual([[], []]);
  });

  test('the others’ trading with each other makes no difference', () => {
    const tape = toAndFro(5);
    repeat(50, () => void tape.meet(CAROL, 'SELL', '1', '100', DAVE));
    expect(severities(tape)).toEqual(['MEDIUM']);
  });
});

describe('in a circle', () => {
  /** Each sells to the next, the last to the first. */
  function circle(rounds: number, members: readonly number[] = [ANN, BOB, CAROL], prices: readonly string[] = []): Tape {
    const tape = new Tape();
    repeat(rounds, () => members.forEach((member, at) => void tape.wait(1_000).meet(member, 'SELL', '1', prices[at] ?? '100', members[(at + 1) % members.length]!)));
    return tape;
  }

  test.each([
    [3, []],
    [4, ['MEDIUM']],
    [10, ['HIGH']],
    [50, ['CRITICAL']],
  ])('of three, %i times round: %j', (rounds, expected) => {
    const tape = circle(rounds);
    expect([ANN, BOB, CAROL].map((userId) => severities(tape, userId))).toEqual([expected, expected, expected]);
  });

  test('everybody in it is told of, with the others', () => {
    expect(judge(circle(5), BOB)).toEqual([expect.objectContaining({ kind: 'wash_trading', userId: BOB, evidence: expect.objectContaining({ pattern: 'ring', accounts: [BOB, CAROL, ANN], rounds: 5, sold: '5' }) })]);
  });

  test('of five it is found, of six it is not', () => {
    const five = [ANN, BOB, CAROL, DAVE, EVE];
    expect([severities(circle(5, five)), severities(circle(5, [...five, FRED]))]).toEqual([['MEDIUM'], []]);
  });

  test('others trade with one of them: a fifth hides nothing, more is a market', () => {
    const withOthers = (times: number): Tape => {
      const tape = circle(8);
      repeat(times, () => void tape.meet(DAVE, 'SELL', '1', '100', ANN).meet(ANN, 'SELL', '1', '100', EVE));
      return tape;
    };
    expect([severities(withOthers(2)), severities(withOthers(3))]).toEqual([['MEDIUM'], []]);
  });

  test('somebody keeps what they bought, or sells it dearer: it is trading', () => {
    const keeps = circle(5);
    repeat(2, () => void keeps.meet(CAROL, 'SELL', '1', '100', ANN));
    const dearer = circle(5, [ANN, BOB, CAROL], ['100', '100.3', '100']);
    expect([severities(keeps), severities(circle(5, [ANN, BOB, CAROL], ['100', '100.2', '100']), BOB), severities(dearer, BOB), severities(dearer)]).toEqual([[], ['MEDIUM'], [], []]);
  });

  test('two customers of one market maker are no circle', () => {
    const tape = new Tape();
    repeat(20, (round) => {
      const [side, back] = round % 2 === 0 ? (['SELL', 'BUY'] as const) : (['BUY', 'SELL'] as const);
      tape.wait(5_000).meet(ANN, side, '1', '100', BOB).wait(5_000).meet(ANN, back, '1', '100', CAROL);
    });
    expect([ANN, BOB, CAROL].map((userId) => severities(tape, userId))).toEqual([[], [], []]);
  });

  test('what one customer sells a market maker, and another buys, ends there', () => {
    const tape = new Tape();
    repeat(10, () => void tape.wait(5_000).meet(ANN, 'BUY', '1', '100', BOB).wait(5_000).meet(ANN, 'SELL', '1', '100', CAROL));
    expect([ANN, BOB, CAROL].map((userId) => severities(tape, userId))).toEqual([[], [], []]);
  });
});
