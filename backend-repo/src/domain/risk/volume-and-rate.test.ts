import { describe, expect, test } from '@jest/globals';
import { amountFrom } from '../money.ts';
import { moneyVelocity } from './money-velocity.ts';
import { orderRate } from './order-rate.ts';
import { hours, NOON, Tape } from './tape-for-tests.ts';
import { RISK_THRESHOLDS } from './thresholds.ts';
import { unusualVolume } from './unusual-volume.ts';

const ANN = 1;
const day = (notional: string, traded = 24): string[] => Array.from({ length: traded }, () => notional);

describe('unusual volume', () => {
  const judge = (own: string[], ownNow: string, market: string[], marketNow: string): string[] =>
    unusualVolume(new Tape().of(ANN, { volumes: hours(own, ownNow), marketVolumes: hours(market, marketNow) }), NOON + 60_000, RISK_THRESHOLDS).map(({ severity }) => severity);

  test.each<[string, [string[], string, string[], string], string[]]>([
    ['a small trader makes the market’s hour', [day('100'), '20000', day('5000'), '30000'], ['LOW']],
    ['a hundred thousand of it', [day('100'), '100000', day('5000'), '110000'], ['MEDIUM']],
    ['a million of it', [day('100'), '1000000', day('5000'), '1010000'], ['HIGH']],
    ['somebody who never traded here before', [[], '20000', day('5000'), '30000'], ['LOW']],
    ['spec/4’s ten thousand', [[], '10000', day('1000'), '12000'], ['LOW']],
    ['just below it', [[], '9999.99', day('1000'), '12000'], []],
    ['ten times the own average', [day('2000'), '20000', day('6500'), '20000'], ['LOW']],
    ['just below ten times', [day('2000.01'), '20000', day('6500'), '20000'], []],
    ['the market is not at three times its average', [day('100'), '14000', day('5000'), '14999'], []],
    ['less than a third of the market’s hour', [day('100'), '20000', day('5000'), '70000'], []],
    ['a market so young that nobody knows what is usual', [[], '20000', day('100', 5), '20000'], []],
    ['six hours old, one does', [[], '20000', day('100', 6), '20000'], ['LOW']],
    ['a market maker when everybody trades', [day('25000'), '500000', day('50000'), '1000000'], []],
  ])('%s: %#', (_, volumes, expected) => {
    expect(judge(...volumes)).toEqual(expected);
  });

  test('says what was usual, and has one name for the hour', () => {
    const [finding] = unusualVolume(new Tape().of(ANN, { volumes: hours(day('100'), '20000'), marketVolumes: hours(day('5000'), '30000') }), NOON + 3_599_999, RISK_THRESHOLDS);
    expect(finding).toMatchObject({
      eventType: 'TRADE', kind: 'unusual_volume', windowStart: NOON,
      evidence: { notional: '20000', market_notional: '30000', notional_before: '2400', market_notional_before: '120000' },
    });
  });

  test('what was traded more than a day ago is not asked', () => {
    const volumes = [{ start: NOON - 25 * 3_600_000, notional: 10n ** 16n }, ...hours(day('100'), '20000')];
    expect(unusualVolume(new Tape().of(ANN, { volumes, marketVolumes: hours(day('5000'), '30000') }), NOON, RISK_THRESHOLDS)).toHaveLength(1);
  });
});

describe('orders per minute', () => {
  const every = (milliseconds: number, times: number): number[] => Array.from({ length: times }, (_, index) => NOON + index * milliseconds);
  const judge = (placements: number[], at = placements.at(-1)!) => orderRate(new Tape().of(ANN, { placements }), at, RISK_THRESHOLDS);

  test.each<[string, number[], string[]]>([
    ['fifty within a minute', every(1, 50), []],
    ['fifty-one', every(1, 51), ['LOW']],
    ['fifty-one over a whole minute', every(1_200, 51), []],
    ['within just less', every(1_199, 51), ['LOW']],
    ['above the next tier’s hundred', every(1, 101), ['MEDIUM']],
    ['above what any tier may', every(1, 201), ['HIGH']],
  ])('%s: %#', (_, placements, expected) => {
    expect(judge(placements).map(({ severity }) => severity)).toEqual(expected);
  });

  test('are counted over all markets and told of once an hour, with the busiest minute', () => {
    const calmAfterwards = [...every(100, 80), NOON + 120_000];
    expect(judge(calmAfterwards)).toEqual([
      expect.objectContaining({ eventType: 'TRADE', kind: 'order_rate', symbol: null, windowStart: NOON, evidence: { orders: 80, orders_max: 50, window_ms: 60_000, last_order_at: NOON + 7_900 } }),
    ]);
    expect(judge(calmAfterwards, NOON + 3_600_000 + 7_900)).toEqual([]);
  });
});

test.each<[string, bigint, string[]]>([
  ['as much as the threshold', 10_000n, []],
  ['a dollar more', 10_001n, ['LOW']],
  ['ten times as much', 100_000n, ['MEDIUM']],
  ['a hundred times', 1_000_000n, ['HIGH']],
  ['a thousand times', 10_000_000n, ['CRITICAL']],
])('money in or out, %s: %#', (_, worth, expected) => {
  const found = moneyVelocity({ userId: ANN, direction: 'DEPOSIT', worth: worth * amountFrom('1'), transfers: 2, lastAt: NOON }, RISK_THRESHOLDS);
  expect(found.map(({ severity }) => severity)).toEqual(expected);
});
