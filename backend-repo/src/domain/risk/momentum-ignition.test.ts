import { describe, expect, test } from '@jest/globals';
import { amountFrom } from '../money.ts';
import { momentumIgnition } from './momentum-ignition.ts';
import { repeat, Tape } from './tape-for-tests.ts';
import { RISK_THRESHOLDS } from './thresholds.ts';

const [ANN, MAKER, CROWD] = [1, 2, 3];

interface Story {
  readonly steps?: readonly string[];
  readonly gapMs?: number;
  readonly exitMs?: number;
  readonly exit?: string;
  /** When the orders that wait above are placed. */
  readonly trap?: 'before' | 'after' | 'none';
  readonly rounds?: number;
  readonly oneOrder?: boolean;
  readonly end?: string;
}

/** Offers wait above; aggressive purchases lead the price there; the crowd follows and buys them. */
function tell({ steps = ['100', '100.5', '101', '101.5'], gapMs = 1_000, exitMs = 5_000, exit = '4', trap = 'before', rounds = 1, oneOrder = false, end = '101.2' }: Story = {}): Tape {
  const tape = new Tape();
  repeat(rounds, () => {
    let waiting = trap === 'before' ? tape.place(ANN, 'SELL', '4', '101.6') : null;
    const whole = oneOrder ? tape.place(ANN, 'BUY', String(steps.length), '102') : null;
    for (const price of steps) tape.wait(gapMs).trade(tape.place(MAKER, 'SELL', '1', price), whole ?? tape.place(ANN, 'BUY', '1', price), '1');
    tape.wait(exitMs);
    if (trap === 'after') waiting = tape.place(ANN, 'SELL', '4', '101.6');
    if (waiting) tape.trade(waiting, tape.place(CROWD, 'BUY', exit, '101.6'), exit);
    tape.wait(10_000).meet(MAKER, 'BUY', '1', end, CROWD).wait(60_000);
  });
  return tape;
}
const severities = (tape: Tape, userId = ANN): string[] => momentumIgnition(tape.of(userId), tape.at, RISK_THRESHOLDS).map(({ severity }) => severity);

describe('a position is opened to be closed at the price it makes', () => {
  test.each<[string, Story, string[]]>([
    ['others follow into orders that lay in wait', {}, ['MEDIUM']],
    ['then the price falls back by half', { end: '100.75' }, ['HIGH']],
    ['not quite by half', { end: '100.76' }, ['MEDIUM']],
    ['twice within half an hour', { rounds: 2 }, ['CRITICAL']],
    ['by a whole per cent', { steps: ['100', '100.5', '101'] }, ['MEDIUM']],
    ['by less', { steps: ['100', '100.5', '100.99'] }, []],
    ['with two orders only', { steps: ['100', '101'] }, []],
    ['with one order that walks through the book', { oneOrder: true }, []],
    ['slowly', { gapMs: 3_001 }, []],
    ['half of it is closed', { exit: '2' }, ['MEDIUM']],
    ['less than half is closed', { exit: '1.9999' }, []],
    ['a minute later', { exitMs: 60_000 }, ['MEDIUM']],
    ['later than that', { exitMs: 60_001 }, []],
    ['the profit is taken with an order placed afterwards', { trap: 'after' }, []],
    ['nothing is closed', { trap: 'none' }, []],
  ])('%s', (_, story, expected) => {
    expect(severities(tell(story))).toEqual(expected);
  });

  test('the maker that was met and the crowd that followed have done nothing', () => {
    const tape = tell({ rounds: 2 });
    expect([severities(tape, MAKER), severities(tape, CROWD)]).toEqual([[], []]);
  });

  test('downwards as well', () => {
    const tape = new Tape();
    const waiting = tape.place(ANN, 'BUY', '3', '98.8');
    for (const price of ['100', '99.5', '98.9']) tape.wait(500).trade(tape.place(MAKER, 'BUY', '1', price), tape.place(ANN, 'SELL', '1', price), '1');
    tape.wait(2_000).trade(waiting, tape.place(CROWD, 'SELL', '3', '98.8'), '3').meet(MAKER, 'SELL', '1', '99.9', CROWD);
    const [finding] = momentumIgnition(tape.of(ANN), tape.at, RISK_THRESHOLDS);
    expect(finding).toMatchObject({ kind: 'momentum_ignition', severity: 'HIGH', evidence: { side: 'SELL', price_from: '100', price_to: '98.9', quantity: '3', exited: '3', last_price: '99.9' } });
  });

  test('when nobody knows the last price, it is not said to have fallen back', () => {
    const tape = tell({ end: '100' });
    expect(momentumIgnition(tape.of(ANN, { lastPrice: null }), tape.at, RISK_THRESHOLDS).map(({ severity }) => severity)).toEqual(['MEDIUM']);
    expect(momentumIgnition(tape.of(ANN, { lastPrice: amountFrom('90') }), tape.at, RISK_THRESHOLDS).map(({ severity }) => severity)).toEqual(['HIGH']);
  });
});
