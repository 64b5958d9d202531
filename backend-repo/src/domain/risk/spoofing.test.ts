import { describe, expect, test } from '@jest/globals';
import { spoofing } from './spoofing.ts';
import { repeat, Tape, type TapeOrder } from './tape-for-tests.ts';
import { RISK_THRESHOLDS } from './thresholds.ts';

const [ANN, OTHER] = [1, 2];
const { replaceWithinMs } = RISK_THRESHOLDS.spoofing;

interface Story {
  readonly rounds?: number;
  readonly prices?: readonly string[];
  /** Of each false order. */
  readonly quantity?: string;
  /** Real orders on the side that fills, besides the one that does. */
  readonly real?: string;
  readonly restMs?: number;
  readonly cancelMs?: number;
  readonly afterwards?: (tape: Tape, orders: readonly TapeOrder[]) => void;
  readonly takeAway?: (tape: Tape, orders: readonly TapeOrder[]) => void;
}

/** Large bids below the best bid lift the price, a small offer is sold, the bids go. */
function tell({ rounds = 2, prices = ['99.9', '99.8', '99.7'], quantity = '10', real, restMs = 2_000, cancelMs = 500, takeAway = (tape, orders) => void tape.cancel(...orders), afterwards }: Story = {}): Tape {
  const tape = new Tape();
  repeat(rounds, () => {
    const small = tape.place(ANN, 'SELL', '1', '100.1');
    const others = real === undefined ? [] : [tape.place(ANN, 'SELL', real, '100.2')];
    const bids = prices.map((price) => tape.place(ANN, 'BUY', quantity, price));
    tape.wait(restMs).trade(small, tape.place(OTHER, 'BUY', '1', '100.1'), '1').wait(cancelMs);
    takeAway(tape, bids);
    afterwards?.(tape, bids);
    tape.wait(30_000).cancel(...others);
  });
  return tape;
}
const judge = (tape: Tape, userId = ANN) => spoofing(tape.of(userId), tape.at, RISK_THRESHOLDS);
const names = (tape: Tape, userId = ANN): string[] => judge(tape, userId).map(({ kind, severity }) => `${kind} ${severity}`);

test('large orders behind the best price that go when the other side has filled', () => {
  expect(names(tell())).toEqual(['layering MEDIUM']);
  const [finding] = judge(tell());
  expect(finding).toMatchObject({ eventType: 'SUSPICIOUS_ACTIVITY', userId: ANN, evidence: { episodes: 2, layers: 3, filled_side: 'SELL', withdrawn: '60', filled: '2' } });
  expect(finding!.evidence['order_ids']).toHaveLength(6);
});

test('who bought from the one who lured them has done nothing', () => {
  expect(names(tell(), OTHER)).toEqual([]);
});

describe('how it is called and how bad it is', () => {
  test.each<[string, Story, string[]]>([
    ['once may be a change of mind', { rounds: 1 }, []],
    ['four times', { rounds: 4 }, ['layering HIGH']],
    ['eight times', { rounds: 8 }, ['layering CRITICAL']],
    ['at one price', { prices: ['99.9'] }, ['spoofing MEDIUM']],
    ['at two prices', { prices: ['99.9', '99.8'] }, ['spoofing MEDIUM']],
    ['at the edge of five times the fill', { prices: ['99.9'], quantity: '5' }, ['spoofing MEDIUM']],
    ['less than five times the fill', { prices: ['99.9'], quantity: '4.9999' }, []],
    ['cancelled five seconds after', { cancelMs: 5_000 }, ['layering MEDIUM']],
    ['cancelled later than that', { cancelMs: 5_001 }, []],
    ['orders at risk for a minute', { restMs: 60_000 }, ['layering MEDIUM']],
    ['orders at risk for longer', { restMs: 60_001 }, []],
    ['at the best price, where they may be met next', { prices: ['100'] }, []],
    ['a quarter of it on the real side', { real: '6.5' }, ['layering MEDIUM']],
    ['more than a quarter on the real side', { real: '6.6' }, []],
    ['a fifth of it stays', { prices: ['99.9', '99.8', '99.7', '99.6', '99.5'], takeAway: (tape, bids) => void tape.cancel(...bids.slice(1)).wait(6_000).cancel(bids[0]!) }, ['layering MEDIUM']],
    ['a third of it stays', { takeAway: (tape, bids) => void tape.cancel(...bids.slice(1)).wait(6_000).cancel(bids[0]!) }, []],
    ['moved within reach of the best price', { takeAway: (tape, bids) => bids.forEach((bid) => void tape.amend(bid, '99')), afterwards: (tape, bids) => void tape.wait(6_000).cancel(...bids) }, []],
    ['moved out of reach instead of cancelled', { takeAway: (tape, bids) => bids.forEach((bid) => void tape.amend(bid, '98.99')), afterwards: (tape, bids) => void tape.wait(6_000).cancel(...bids) }, ['layering MEDIUM']],
  ])('%s: %#', (_, story, expected) => {
    expect(names(tell(story))).toEqual(expected);
  });

  test('amended to next to nothing is withdrawn as well', () => {
    const shrink = (tape: Tape, bids: readonly TapeOrder[]): void => bids.forEach((bid, level) => void tape.amend(bid, ['99.9', '99.8', '99.7'][level]!, '0.01'));
    const away = (tape: Tape, bids: readonly TapeOrder[]): void => void tape.wait(6_000).cancel(...bids.map((bid) => ({ ...bid, open: 1n })));
    expect(names(tell({ takeAway: shrink, afterwards: away }))).toEqual(['layering MEDIUM']);
  });
});

describe('what is put back was re-quoted', () => {
  const putBackAfter = (milliseconds: number) => (tape: Tape): void => {
    tape.wait(milliseconds);
    const bids = ['100', '99.9', '99.8'].map((price) => tape.place(ANN, 'BUY', '10', price));
    tape.wait(6_000).cancel(...bids);
  };

  test('within two seconds', () => {
    expect(names(tell({ afterwards: putBackAfter(replaceWithinMs) }))).toEqual([]);
  });

  test('later, it was gone', () => {
    expect(names(tell({ afterwards: putBackAfter(replaceWithinMs + 1) }))).toEqual(['layering MEDIUM']);
  });

  test('before that is known, nobody is told of', () => {
    const tape = tell();
    const { time } = tape.orders.at(-1)!;
    const at = (now: number) => spoofing(tape.of(ANN), now, RISK_THRESHOLDS).length;
    expect([at(time + replaceWithinMs), at(time + replaceWithinMs + 1)]).toEqual([0, 1]);
  });
});

test('orders the venue ended were not taken away by anybody', () => {
  expect(names(tell({ takeAway: (tape, bids) => void tape.lose(...bids) }))).toEqual([]);
});

describe('orders that end by themselves', () => {
  const expire = (tape: Tape, bids: readonly TapeOrder[]): void => void tape.expire(...bids);
  const placeAnew = (tape: Tape): void => {
    const bids = ['99.9', '99.8', '99.7'].map((price) => tape.wait(500).place(ANN, 'BUY', '10', price));
    tape.wait(25_000).expire(...bids);
  };

  test.each<[string, Story, string[]]>([
    ['seconds after they were placed: they were never meant to stay', { rounds: 8, takeAway: expire }, ['layering CRITICAL']],
    ['a life just shorter than a minute', { restMs: 58_999, cancelMs: 1_000, takeAway: expire }, ['layering MEDIUM']],
    ['a life of a minute', { restMs: 59_000, cancelMs: 1_000, takeAway: expire }, []],
    ['later than five seconds after the fill', { cancelMs: 5_001, takeAway: expire }, []],
    ['once', { rounds: 1, takeAway: expire }, []],
    ['and are placed anew', { takeAway: expire, afterwards: placeAnew }, []],
    ['both sides alike', { real: '7', takeAway: expire }, []],
  ])('%s: %#', (_, story, expected) => {
    expect(names(tell(story))).toEqual(expected);
  });
});

test('it works from the other side too', () => {
  const tape = new Tape();
  repeat(2, () => {
    const small = tape.place(ANN, 'BUY', '1', '100');
    const offers = ['100.2', '100.3', '100.4'].map((price) => tape.place(ANN, 'SELL', '10', price));
    tape.wait(1_000).trade(small, tape.place(OTHER, 'SELL', '1', '100'), '1').wait(500).cancel(...offers).wait(30_000);
  });
  expect(names(tape)).toEqual(['layering MEDIUM']);
});

test('the fill may come from a market order that the book never showed', () => {
  const tape = new Tape();
  repeat(2, () => {
    const bids = ['99.9', '99.8', '99.7'].map((price) => tape.place(ANN, 'BUY', '10', price));
    const resting = tape.wait(1_000).place(OTHER, 'BUY', '1', '100.1');
    tape.trade(resting, tape.place(ANN, 'SELL', '1', null), '1').wait(500).cancel(...bids).wait(30_000);
  });
  expect(names(tape)).toEqual(['layering MEDIUM']);
});
