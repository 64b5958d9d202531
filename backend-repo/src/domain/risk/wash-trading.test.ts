import { describe, expect, test } from '@jest/globals';
import { RISK_THRESHOLDS } from './thresholds.ts';
import { repeat, Tape } from './tape-for-tests.ts';
import { washTrading } from './wash-trading.ts';

const [ANN, BOB, CAROL, DAVE] = [1, 2, 3, 4];

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
