import { describe, expect, test } from '@jest/globals';
import { ANY_PRICE, OrderBook } from './order-book.ts';
import { numbersFrom } from './venue-for-tests.ts';

const OWNER = 7;
const OTHER = 8;

function fillsOf(book: OrderBook): number[][] {
  return Array.from({ length: book.fillCount }, (_, i) => [book.fillIds[i] as number, book.fillTicks[i] as number, book.fillLots[i] as number]);
}

function sellers(book: OrderBook, ...orders: [id: number, ticks: number, lots: number][]): Map<number, number> {
  return new Map(orders.map(([id, ticks, lots]) => [id, book.add(id, OWNER, false, ticks, lots)]));
}

function slotOf(slots: Map<number, number>, id: number): number {
  const slot = slots.get(id);
  if (slot === undefined) throw new Error(`order ${id} was not added`);
  return slot;
}

function buy(book: OrderBook, lots: number, limit: number = ANY_PRICE.buying): { left: number; fills: number[][] } {
  const left = book.take(true, limit, lots, OTHER);
  return { left, fills: fillsOf(book) };
}

describe('a queue keeps its order', () => {
  test('when its head, its middle and its tail are cancelled before a sweep', () => {
    const book = new OrderBook();
    const slots = sellers(book, [1, 100, 1], [2, 100, 2], [3, 100, 3], [4, 100, 4], [5, 100, 5]);
    for (const id of [1, 3, 5]) book.remove(slotOf(slots, id));
    expect(book.depth(false, 5)).toEqual([[100, 6]]);
    expect(buy(book, 100)).toEqual({ left: 94, fills: [[2, 100, 2], [4, 100, 4]] });
    expect(book.size).toBe(0);
  });

  test('when orders are cancelled all over a deep queue', () => {
    const book = new OrderBook();
    const next = numbersFrom(1);
    const slots = Array.from({ length: 5_000 }, (_, i) => book.add(i + 1, OWNER, false, 100, 1));
    const cancelled = new Set<number>();
    for (let i = 0; i < 3_000; i += 1) {
      const at = next(5_000);
      if (!cancelled.has(at)) book.remove(slots[at] as number);
      cancelled.add(at);
    }
    const survivors = Array.from({ length: 5_000 }, (_, i) => i).filter((i) => !cancelled.has(i));
    const { left, fills } = buy(book, 5_000);
    expect(left).toBe(5_000 - survivors.length);
    expect(fills.map(([id]) => id)).toEqual(survivors.map((i) => i + 1));
  });

  test('when a partly used maker stays in front', () => {
    const book = new OrderBook();
    sellers(book, [1, 100, 10], [2, 100, 10]);
    expect(buy(book, 4).fills).toEqual([[1, 100, 4]]);
    expect(buy(book, 8).fills).toEqual([[1, 100, 6], [2, 100, 2]]);
  });

  test('when the ids say nothing about the order of arrival', () => {
    const book = new OrderBook();
    sellers(book, [900, 100, 1], [5, 100, 1], [31, 100, 1]);
    expect(buy(book, 3).fills.map(([id]) => id)).toEqual([900, 5, 31]);
  });
});

describe('a sweep', () => {
  test('over several levels stops exactly where a level ends', () => {
    const book = new OrderBook();
    sellers(book, [1, 102, 5], [2, 100, 5], [3, 101, 5]);
    expect(buy(book, 10)).toEqual({ left: 0, fills: [[2, 100, 5], [3, 101, 5]] });
    expect(book.depth(false, 5)).toEqual([[102, 5]]);
  });

  test('stops at its own limit and takes the limit itself', () => {
    const book = new OrderBook();
    sellers(book, [1, 100, 1], [2, 101, 1], [3, 102, 1]);
    expect(buy(book, 3, 101)).toEqual({ left: 1, fills: [[1, 100, 1], [2, 101, 1]] });
    expect(book.bestTicks(false)).toBe(102);
  });

  test('of a seller goes from the highest bid down, at the bids’ prices', () => {
    const book = new OrderBook();
    for (const [id, ticks] of [[1, 98], [2, 100], [3, 99]] as const) book.add(id, OWNER, true, ticks, 1);
    expect(book.take(false, 99, 3, OTHER)).toBe(1);
    expect(fillsOf(book)).toEqual([[2, 100, 1], [3, 99, 1]]);
  });

  test('through 5,000 orders on 5,000 levels needs no recursion and leaves nothing', () => {
    const book = new OrderBook();
    for (let i = 1; i <= 5_000; i += 1) book.add(i, OWNER, false, i, 1);
    expect(buy(book, 5_000).left).toBe(0);
    expect(book.fillCount).toBe(5_000);
    expect([book.size, book.asks.count, book.asks.totalLots]).toEqual([0, 0, 0]);
  });

  test('reports no fill of zero lots', () => {
    const book = new OrderBook();
    sellers(book, [1, 100, 3], [2, 100, 3]);
    expect(buy(book, 3).fills).toEqual([[1, 100, 3]]);
    expect(buy(book, 0).fills).toEqual([]);
  });

  test('of an empty side fills nothing and forgets the fills of the sweep before', () => {
    const book = new OrderBook();
    sellers(book, [1, 100, 3]);
    buy(book, 3);
    expect(buy(book, 3)).toEqual({ left: 3, fills: [] });
  });

  test('ends in front of an order of the same owner, and says so', () => {
    const book = new OrderBook();
    book.add(1, OWNER, false, 100, 1);
    book.add(2, OTHER, false, 100, 1);
    book.add(3, OWNER, false, 100, 1);
    expect(buy(book, 3)).toEqual({ left: 2, fills: [[1, 100, 1]] });
    expect(book.metOwnOrder).toBe(true);
    expect(book.depth(false, 1)).toEqual([[100, 2]]);
  });

  test('that ends exactly in front of an own order has not met it', () => {
    const book = new OrderBook();
    book.add(1, OWNER, false, 100, 1);
    book.add(2, OTHER, false, 100, 1);
    expect(book.costOf(true, 1, OTHER)).toBe(100n);
    expect([buy(book, 1).left, book.metOwnOrder]).toEqual([0, false]);
  });
});

describe('the best price', () => {
  test('is gone as soon as its last order is cancelled', () => {
    const book = new OrderBook();
    const slots = sellers(book, [1, 100, 1], [2, 101, 1]);
    book.remove(slotOf(slots, 1));
    expect(book.bestTicks(false)).toBe(101);
    book.remove(slotOf(slots, 2));
    expect(book.bestTicks(false)).toBeNull();
    expect(buy(book, 1).left).toBe(1);
  });

  test('may be the highest price there is', () => {
    const book = new OrderBook();
    book.add(1, OWNER, false, 2 ** 52, 2 ** 40);
    expect(book.costOf(true, 2 ** 40, OTHER)).toBe(2n ** 92n);
    expect(buy(book, 2 ** 40, 2 ** 52)).toEqual({ left: 0, fills: [[1, 2 ** 52, 2 ** 40]] });
  });
});

test('costOf foretells what take costs, and changes nothing', () => {
  const next = numbersFrom(3);
  for (let round = 0; round < 200; round += 1) {
    const book = new OrderBook();
    for (let i = 1; i <= 30; i += 1) book.add(i, next(12) === 0 ? OTHER : OWNER, false, 100 + next(6), 1 + next(9));
    const lots = 1 + next(120);
    const before = book.depth(false, 10);
    const cost = book.costOf(true, lots, OTHER);
    const foretold = book.metOwnOrder;
    expect(book.depth(false, 10)).toEqual(before);
    const { fills } = buy(book, lots);
    expect(fills.reduce((sum, [, ticks, taken]) => sum + BigInt((ticks as number) * (taken as number)), 0n)).toBe(cost);
    expect(book.metOwnOrder).toBe(foretold);
  }
});

test('slots and levels are used again: 200,000 adds and removes do not grow the book', () => {
  const book = new OrderBook();
  let highest = 0;
  for (let i = 1; i <= 200_000; i += 1) {
    const slot = book.add(i, OWNER, i % 2 === 0, 1 + (i % 500), 1);
    highest = Math.max(highest, slot);
    if (i % 3 === 0) book.remove(slot);
    else book.take(i % 2 !== 0, i % 2 !== 0 ? ANY_PRICE.buying : ANY_PRICE.selling, 1, OTHER);
  }
  expect(highest).toBe(0);
  expect([book.size, book.bids.count, book.asks.count]).toEqual([0, 0, 0]);
  expect([...book.bids.problems(), ...book.asks.problems()]).toEqual([]);
});
