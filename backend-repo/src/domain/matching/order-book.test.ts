import { describe, expect, test } from '@jest/globals';
import { OrderBook } from './order-book.ts';
import {
  ALL_OR_NOTHING, ANY_PRICE, FILLED, IMMEDIATE, MAKER_YIELDS, MET_OWN_ORDER, NEXT_PART, NOBODY_YIELDS, NOT_ALL_REACHABLE, OWN_CANCELLED, PARTLY_USED, REST_CANCELLED, RESTED,
  RESTS, TAKER_YIELDS, USED_UP, WOULD_TAKE,
} from './order-codes.ts';
import { NONE } from './order-slots.ts';
import { lotsForBudget, reachableCost, reachableLots } from './reach.ts';
import { numbersFrom } from './venue-for-tests.ts';

const OWNER = 7;
const OTHER = 8;
const BOTH_YIELD = TAKER_YIELDS | MAKER_YIELDS;
const KINDS = new Map([[USED_UP, 'used up'], [PARTLY_USED, 'partly'], [NEXT_PART, 'next part'], [OWN_CANCELLED, 'own']]);

/** What the last order met: slot, ticks and lots. */
function fillsOf({ log }: OrderBook): number[][] {
  return Array.from({ length: log.count }, (_, at) => [log.slots[at]!, log.ticks[at]!, log.lots[at]!]);
}

function kindsOf({ log }: OrderBook): string[] {
  return Array.from({ length: log.count }, (_, at) => KINDS.get(log.kinds[at]!)!);
}

/** Resting sellers; their slots are 0, 1, 2, … */
function sellers(...orders: [ticks: number, lots: number, owner?: number, display?: number][]): OrderBook {
  const book = new OrderBook();
  for (const [ticks, lots, owner = OWNER, display = 0] of orders) book.rest(owner, false, ticks, lots, display, display);
  return book;
}

function buy(book: OrderBook, lots: number, limit: number = ANY_PRICE.buying, yields: number = TAKER_YIELDS, timeInForce: number = IMMEDIATE): { left: number; fills: number[][] } {
  book.submit(OTHER, true, limit, lots, timeInForce, yields, false, 0);
  return { left: book.left, fills: fillsOf(book) };
}

describe('a queue keeps its order', () => {
  test('when its head, its middle and its tail are cancelled before a sweep', () => {
    const book = sellers([100, 1], [100, 2], [100, 3], [100, 4], [100, 5]);
    for (const slot of [0, 2, 4]) book.remove(slot);
    expect(book.depth(false, 5)).toEqual([[100, 6]]);
    expect(buy(book, 100)).toEqual({ left: 94, fills: [[1, 100, 2], [3, 100, 4]] });
    expect(book.slots.size).toBe(0);
  });

  test('when orders are cancelled all over a deep queue', () => {
    const book = sellers(...Array.from({ length: 5_000 }, (): [number, number] => [100, 1]));
    const next = numbersFrom(1);
    const cancelled = new Set<number>();
    for (let i = 0; i < 3_000; i += 1) {
      const slot = next(5_000);
      if (!cancelled.has(slot)) book.remove(slot);
      cancelled.add(slot);
    }
    const survivors = Array.from({ length: 5_000 }, (_, slot) => slot).filter((slot) => !cancelled.has(slot));
    const { left, fills } = buy(book, 5_000);
    expect(left).toBe(5_000 - survivors.length);
    expect(fills.map(([slot]) => slot)).toEqual(survivors);
  });

  test('when a partly used maker stays in front', () => {
    const book = sellers([100, 10], [100, 10]);
    expect(buy(book, 4).fills).toEqual([[0, 100, 4]]);
    expect(kindsOf(book)).toEqual(['partly']);
    expect(buy(book, 8).fills).toEqual([[0, 100, 6], [1, 100, 2]]);
    expect(kindsOf(book)).toEqual(['used up', 'partly']);
  });

  test('when the first is made smaller where it stands', () => {
    const book = sellers([100, 10], [100, 10]);
    book.reduce(0, 7);
    expect(book.depth(false, 1)).toEqual([[100, 13]]);
    expect(buy(book, 4).fills).toEqual([[0, 100, 3], [1, 100, 1]]);
  });
});

describe('a sweep', () => {
  test('over several levels stops exactly where a level ends', () => {
    const book = sellers([102, 5], [100, 5], [101, 5]);
    expect(buy(book, 10)).toEqual({ left: 0, fills: [[1, 100, 5], [2, 101, 5]] });
    expect(book.depth(false, 5)).toEqual([[102, 5]]);
  });

  test('stops at its own limit and takes the limit itself', () => {
    const book = sellers([100, 1], [101, 1], [102, 1]);
    expect(buy(book, 3, 101)).toEqual({ left: 1, fills: [[0, 100, 1], [1, 101, 1]] });
    expect(book.bestTicks(false)).toBe(102);
  });

  test('of a seller goes from the highest bid down, at the bids’ prices', () => {
    const book = new OrderBook();
    for (const ticks of [98, 100, 99]) book.rest(OWNER, true, ticks, 1, 0, 0);
    book.submit(OTHER, false, 99, 3, IMMEDIATE, TAKER_YIELDS, false, 0);
    expect([book.left, fillsOf(book)]).toEqual([1, [[1, 100, 1], [2, 99, 1]]]);
  });

  test('through 5,000 orders on 5,000 levels needs no recursion and leaves nothing', () => {
    const book = sellers(...Array.from({ length: 5_000 }, (_, i): [number, number] => [i + 1, 1]));
    expect(buy(book, 5_000).left).toBe(0);
    expect([book.log.count, book.slots.size, book.asks.count]).toEqual([5_000, 0, 0]);
  });

  test('reports no fill of zero lots, and forgets the fills of the one before', () => {
    const book = sellers([100, 3], [100, 3]);
    expect(buy(book, 3).fills).toEqual([[0, 100, 3]]);
    expect(buy(book, 0).fills).toEqual([]);
    buy(book, 3);
    expect(buy(book, 3)).toEqual({ left: 3, fills: [] });
  });

  test('may meet the highest price there is', () => {
    const book = sellers([2 ** 52, 2 ** 40]);
    expect(reachableCost(book, OTHER, true, ANY_PRICE.buying, 2 ** 40, TAKER_YIELDS)).toBe(2n ** 92n);
    expect(buy(book, 2 ** 40, 2 ** 52)).toEqual({ left: 0, fills: [[0, 2 ** 52, 2 ** 40]] });
  });
});

describe('time in force and post-only', () => {
  test('what rests becomes the best price', () => {
    const book = sellers([100, 1]);
    const slot = book.submit(OTHER, true, 101, 3, RESTS, TAKER_YIELDS, false, 0);
    expect([book.ending, book.left, book.depth(true, 1), book.shownLots(slot)]).toEqual([RESTED, 2, [[101, 2]], 2]);
  });

  test('an immediate rest never rests', () => {
    const book = sellers([100, 1]);
    expect(book.submit(OTHER, true, 101, 3, IMMEDIATE, TAKER_YIELDS, false, 0)).toBe(NONE);
    expect([book.ending, book.depth(true, 1)]).toEqual([REST_CANCELLED, []]);
  });

  test('all or nothing counts what is hidden, and changes nothing when it is not enough', () => {
    const book = sellers([100, 10, OWNER, 2], [101, 5]);
    expect(buy(book, 16, 101, TAKER_YIELDS, ALL_OR_NOTHING)).toEqual({ left: 16, fills: [] });
    expect([book.ending, book.depth(false, 5)]).toEqual([NOT_ALL_REACHABLE, [[100, 2], [101, 5]]]);
    expect(buy(book, 15, 101, TAKER_YIELDS, ALL_OR_NOTHING).left).toBe(0);
    expect(book.ending).toBe(FILLED);
  });

  test('post-only that would take is refused at the touch, and rests one tick away', () => {
    const book = sellers([100, 1]);
    expect(book.submit(OTHER, true, 100, 1, RESTS, TAKER_YIELDS, true, 0)).toBe(NONE);
    expect([book.ending, book.slots.size]).toEqual([WOULD_TAKE, 1]);
    expect(book.submit(OTHER, true, 99, 1, RESTS, TAKER_YIELDS, true, 0)).not.toBe(NONE);
  });
});

describe('self-trade prevention', () => {
  const cases: [string, number, number, number[][], [number, number][]][] = [
    ['NOBODY: they trade', NOBODY_YIELDS, 0, [[0, 100, 1], [1, 100, 1], [2, 100, 1]], []],
    ['TAKER: it ends in front of the own order', TAKER_YIELDS, 2, [[0, 100, 1]], [[100, 2]]],
    ['MAKER: the own order leaves and it goes on', MAKER_YIELDS, 1, [[0, 100, 1], [1, 100, 0], [2, 100, 1]], []],
    ['BOTH: both end', BOTH_YIELD, 2, [[0, 100, 1], [1, 100, 0]], [[100, 1]]],
  ];
  test.each(cases)('%s', (_name, yields, left, fills, depth) => {
    const book = sellers([100, 1], [100, 1, OTHER], [100, 1]);
    expect(buy(book, 3, 100, yields)).toEqual({ left, fills });
    expect(book.depth(false, 1)).toEqual(depth);
    expect(book.ending === MET_OWN_ORDER).toBe((yields & TAKER_YIELDS) !== 0);
  });

  test('an order that is filled in front of an own one has not met it', () => {
    const book = sellers([100, 1], [100, 1, OTHER]);
    expect([buy(book, 1).left, book.ending]).toEqual([0, FILLED]);
  });
});

describe('icebergs', () => {
  test('show the next part at the end of the queue, and are met again there', () => {
    const book = sellers([100, 5, OWNER, 2], [100, 3]);
    expect(buy(book, 7).fills).toEqual([[0, 100, 2], [1, 100, 3], [0, 100, 2]]);
    expect(kindsOf(book)).toEqual(['next part', 'used up', 'next part']);
    expect(book.depth(false, 1)).toEqual([[100, 1]]);
    expect(buy(book, 1).left).toBe(0);
    expect([book.slots.size, book.asks.count]).toEqual([0, 0]);
  });

  test('give up what they hide first', () => {
    const book = sellers([100, 10, OWNER, 4]);
    book.reduce(0, 6);
    expect(book.shownLots(0)).toBe(4);
    book.reduce(0, 1);
    expect([book.shownLots(0), book.depth(false, 1)]).toEqual([3, [[100, 3]]]);
  });
});

describe('stops', () => {
  test('wake from the one that the price reaches first, BUY before SELL, older before younger', () => {
    const book = new OrderBook();
    const slots = [[true, 105], [true, 103], [true, 103], [false, 101], [false, 102]].map(([buying, ticks]) => book.sleep(OWNER, buying as boolean, ticks as number));
    const woken: number[] = [];
    for (let due = book.dueStop(104); due !== NONE; due = book.dueStop(104)) {
      woken.push(slots.indexOf(due));
      book.remove(due);
    }
    expect([woken, book.dueStop(105), book.dueStop(102)]).toEqual([[1, 2], slots[0], slots[4]]);
  });

  test('of an order in the book go when it goes', () => {
    const book = sellers([100, 1], [101, 1]);
    book.arm(0, 90);
    book.arm(1, 91);
    expect([book.dueStop(90), book.dueStop(92)]).toEqual([1, NONE]);
    book.remove(1);
    buy(book, 1);
    expect([book.sellStops.count, book.slots.size]).toEqual([0, 0]);
  });
});

test('what can be reached, and its cost, is what is taken then, for every self-trade prevention', () => {
  const next = numbersFrom(3);
  for (let round = 0; round < 600; round += 1) {
    const book = sellers();
    for (let i = 1; i <= 30; i += 1) book.rest(next(8) === 0 ? OTHER : OWNER, false, 100 + next(6), 1 + next(9), 2, next(3) === 0 ? 2 : 0);
    const [lots, limit, yields] = [1 + next(160), 99 + next(8), next(4)];
    const before = book.depth(false, 10);
    const reachable = reachableLots(book, OTHER, true, limit, lots, yields);
    const cost = reachableCost(book, OTHER, true, limit, lots, yields);
    expect(lotsForBudget(book, OTHER, true, limit, cost, yields)).toBeGreaterThanOrEqual(reachable);
    expect(lotsForBudget(book, OTHER, true, limit, cost - 1n, yields)).toBeLessThanOrEqual(Math.max(0, reachable - 1));
    expect([book.depth(false, 10), ...book.asks.problems()]).toEqual([before]);
    const { left, fills } = buy(book, lots, limit, yields);
    expect(lots - left).toBe(reachable);
    expect(fills.reduce((sum, [, ticks, taken]) => sum + BigInt(ticks! * taken!), 0n)).toBe(cost);
  }
});

test('slots and levels are used again: 200,000 adds and removes do not grow the book', () => {
  const book = new OrderBook();
  let highest = 0;
  for (let i = 1; i <= 200_000; i += 1) {
    const slot = book.rest(OWNER, i % 2 === 0, 1 + (i % 500), 1, 0, 0);
    highest = Math.max(highest, slot);
    if (i % 3 === 0) book.remove(slot);
    else book.submit(OTHER, i % 2 !== 0, i % 2 !== 0 ? ANY_PRICE.buying : ANY_PRICE.selling, 1, IMMEDIATE, TAKER_YIELDS, false, 0);
  }
  expect([highest, book.slots.size, book.bids.count, book.asks.count]).toEqual([0, 0, 0, 0]);
  expect([...book.bids.problems(), ...book.asks.problems()]).toEqual([]);
});

test('a cancel costs the same in a queue of ten and of twenty thousand', () => {
  const nanosecondsIn = (queue: number): number => {
    const book = sellers(...Array.from({ length: queue }, (): [number, number] => [100, 1]));
    const rounds = 100_000;
    const started = performance.now();
    for (let i = 0; i < rounds; i += 1) {
      book.remove((i * 7_919) % queue);
      book.rest(OWNER, false, 100, 1, 0, 0);
    }
    return ((performance.now() - started) * 1e6) / rounds;
  };
  nanosecondsIn(10);
  const best = (queue: number): number => Math.min(...[0, 1, 2].map(() => nanosecondsIn(queue)));
  // Beyond the processor's caches it is slower; a walk through the queue would cost a thousand times as much.
  expect(best(20_000)).toBeLessThan(50 * best(10));
});
