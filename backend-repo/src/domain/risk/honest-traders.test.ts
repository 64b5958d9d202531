import { describe, expect, test } from '@jest/globals';
import { findRisks } from '../risk-rules.ts';
import type { UserId } from '../matching/types.ts';
import { repeat, Tape, type TapeOrder } from './tape-for-tests.ts';

const [MAKER, OTHER_MAKER, TRADER, CROWD, MORE] = [1, 2, 3, 4, 5];
const price = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
/** Everybody on the tape, judged again and again as it grows: what is honest must never look otherwise in between. */
function flagged(tape: Tape): string[] {
  const kinds = new Set<string>();
  const last = tape.at;
  for (let at = tape.orders[0]!.time; at <= last + 10_000; at += 5_000) {
    const seen = new Tape();
    seen.orders.push(...tape.orders.filter(({ time }) => time <= at));
    seen.trades.push(...tape.trades.filter(({ executedAt }) => executedAt <= at));
    for (const userId of seen.users) for (const { kind } of findRisks(seen.of(userId), at)) kinds.add(`${userId} ${kind}`);
  }
  return [...kinds];
}

interface Quotes {
  readonly bids: TapeOrder[];
  readonly asks: TapeOrder[];
}

/** So many levels on both sides of a middle in cents, larger further out, as market makers do. */
function quote(tape: Tape, userId: UserId, middle: number, levels = 5): Quotes {
  tape.quote(price(middle - 5), price(middle + 5));
  const level = (side: 'BUY' | 'SELL', depth: number): TapeOrder => tape.place(userId, side, String(1 + depth), price(middle + (side === 'BUY' ? -5 : 5) * (1 + depth)));
  const depths = Array.from({ length: levels }, (_, depth) => depth);
  return { bids: depths.map((depth) => level('BUY', depth)), asks: depths.map((depth) => level('SELL', depth)) };
}

/** A walk that looks like a market and is always the same. */
const walk = (round: number): number => 10_000 + Math.round(40 * Math.sin(round / 3) + 15 * Math.sin(round * 1.7));

describe('these have done nothing', () => {
  test('a market maker who shows both sides and moves all of it after each fill', () => {
    const tape = new Tape();
    repeat(40, (round) => {
      const { bids, asks } = quote(tape, MAKER, walk(round), 2);
      const [side] = round % 3 === 0 ? [bids] : [asks];
      tape.wait(1_500).trade(side[0]!, tape.place(round % 2 === 0 ? CROWD : MORE, side === bids ? 'SELL' : 'BUY', '0.2', null), '0.2');
      tape.wait(200).cancel(...bids, ...asks).wait(14_000);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('one who first places the new quotes, then takes the old ones away, on five levels', () => {
    const tape = new Tape();
    let old = quote(tape, MAKER, walk(0));
    repeat(30, (round) => {
      const hit = round % 2 === 0 ? old.bids[0]! : old.asks[0]!;
      tape.wait(1_000).trade(hit, tape.place(round % 3 === 0 ? CROWD : MORE, hit.side === 'BUY' ? 'SELL' : 'BUY', '0.3', null), '0.3').wait(100);
      const fresh = quote(tape, MAKER, walk(round + 1));
      tape.wait(50).cancel(...old.bids, ...old.asks).wait(19_000);
      old = fresh;
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('one who has sold nearly all and shows little on one side, but puts back what it takes away', () => {
    const tape = new Tape();
    repeat(20, (round) => {
      const { bids } = quote(tape, MAKER, walk(round));
      const ask = tape.place(MAKER, 'SELL', '0.5', price(walk(round) + 5));
      tape.wait(800).trade(ask, tape.place(CROWD, 'BUY', '0.5', null), '0.5').wait(100);
      const moved = bids.map((bid, depth) => tape.amend(bid, price(walk(round) - 7 * (1 + depth))));
      tape.wait(20_000).cancel(...moved).wait(5_000);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('two market makers who now and then meet', () => {
    const tape = new Tape();
    repeat(30, (round) => {
      tape.wait(15_000).meet(MAKER, round % 2 === 0 ? 'BUY' : 'SELL', '1', price(walk(round)), OTHER_MAKER);
      repeat(3, (trade) => void tape.meet(trade % 2 === 0 ? MAKER : OTHER_MAKER, trade % 2 === 0 ? 'SELL' : 'BUY', '1', price(walk(round)), trade === 0 ? CROWD : MORE));
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('an arbitrageur who takes whatever is cheaper here than elsewhere, at once and in both directions', () => {
    const tape = new Tape();
    repeat(40, (round) => {
      const side = walk(round) > 10_000 ? 'BUY' : 'SELL';
      repeat(4, (step) => void tape.wait(100).meet(step % 2 === 0 ? MAKER : OTHER_MAKER, side, '2', price(walk(round) + (side === 'BUY' ? -10 : 10) * step), TRADER));
      tape.wait(14_000).meet(CROWD, 'SELL', '1', price(walk(round)), MAKER);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('one large buyer who spreads it over hours, and moves the price by it', () => {
    const tape = new Tape();
    repeat(120, (slice) => {
      const middle = 10_000 + slice * 5;
      const bid = tape.quote(price(middle - 5), price(middle + 5)).place(TRADER, 'BUY', '5', price(middle - 4));
      tape.wait(20_000);
      // What nobody sold it within the time, it takes.
      if (slice % 2 === 0) tape.trade(bid, tape.place(CROWD, 'SELL', '5', null), '5');
      else tape.cancel(bid).meet(MAKER, 'SELL', '5', price(middle + 5), TRADER);
      tape.wait(10_000);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('a trader who cancels because the price has moved away, and follows it', () => {
    const tape = new Tape();
    let bid = tape.quote('99.95', '100.05').place(TRADER, 'BUY', '10', '99.90');
    repeat(30, (round) => {
      const middle = 10_000 + round * 15;
      tape.wait(8_000).quote(price(middle - 5), price(middle + 5)).cancel(bid).wait(700);
      bid = tape.place(TRADER, 'BUY', '10', price(middle - 10));
    });
    tape.wait(5_000).trade(bid, tape.place(CROWD, 'SELL', '10', null), '10');
    expect(flagged(tape)).toEqual([]);
  });

  test('a trader who sells a little and gives up the bids below, once', () => {
    const tape = new Tape();
    const bids = ['99.90', '99.80', '99.70', '99.60'].map((level) => tape.wait(3_000).place(TRADER, 'BUY', '2', level));
    const ask = tape.place(TRADER, 'SELL', '0.5', '100.10');
    tape.wait(9_000).trade(ask, tape.place(CROWD, 'BUY', '0.5', null), '0.5').wait(3_000).cancel(...bids);
    expect(flagged(tape)).toEqual([]);
  });

  test('a grid of small orders: each fill places the opposite one a step further', () => {
    const tape = new Tape();
    const place = (side: 'BUY' | 'SELL', cents: number): TapeOrder => tape.place(TRADER, side, '1', price(cents));
    const grid = [1, 2, 3, 4, 5].map((step) => [place('BUY', 10_000 - step * 20), place('SELL', 10_000 + step * 20)] as const);
    repeat(30, (round) => {
      const [bid, ask] = grid[round % 5]!;
      const hit = round % 2 === 0 ? bid : ask;
      if (hit.open === 0n) return;
      tape.wait(10_000).trade(hit, tape.place(round % 3 === 0 ? CROWD : MORE, hit.side === 'BUY' ? 'SELL' : 'BUY', '1', null), '1');
      place(hit.side === 'BUY' ? 'SELL' : 'BUY', 10_000);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('a scalper against the market’s only maker: it is not they who chose each other', () => {
    const tape = new Tape();
    repeat(20, (round) => {
      tape.wait(10_000).meet(MAKER, round % 2 === 0 ? 'SELL' : 'BUY', '1', price(10_000 + (round % 2 === 0 ? 5 : -5)), TRADER);
      tape.wait(5_000).meet(MAKER, round % 3 === 0 ? 'SELL' : 'BUY', '1', price(10_000), CROWD);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('a breakout trader who buys in three steps, and only then says where to sell', () => {
    const tape = new Tape();
    ['100', '100.60', '101.20'].forEach((level) => void tape.wait(2_000).meet(MAKER, 'SELL', '1', level, TRADER));
    const exit = tape.wait(8_000).place(TRADER, 'SELL', '3', '102');
    tape.wait(20_000).trade(exit, tape.place(CROWD, 'BUY', '3', null), '3');
    expect(flagged(tape)).toEqual([]);
  });

  test('a market maker whose quotes end by themselves, and are followed by the next ones', () => {
    const tape = new Tape();
    repeat(30, (round) => {
      const { bids, asks } = quote(tape, MAKER, walk(round), 3);
      const hit = round % 2 === 0 ? bids[0]! : asks[0]!;
      tape.wait(18_000).trade(hit, tape.place(round % 3 === 0 ? CROWD : MORE, hit.side === 'BUY' ? 'SELL' : 'BUY', '0.3', null), '0.3');
      tape.wait(2_000).expire(...bids, ...asks).wait(300);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('one who buys with orders of half a minute again and again, and has sold some before', () => {
    const tape = new Tape();
    repeat(16, (round) => {
      const middle = walk(round);
      const bid = tape.quote(price(middle - 5), price(middle + 5)).place(TRADER, 'BUY', '10', price(middle - 15));
      const ask = tape.place(TRADER, 'SELL', '1', price(middle + 5));
      tape.wait(26_000).trade(ask, tape.place(CROWD, 'BUY', '1', null), '1').wait(4_000).expire(bid).wait(1_000);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('orders for ten minutes that end a moment after a sale, by chance', () => {
    const tape = new Tape();
    const bids = ['99.80', '99.70', '99.60', '99.50'].map((level) => tape.place(TRADER, 'BUY', '5', level));
    tape.wait(600_000);
    bids.forEach((bid, at) => {
      const ask = tape.place(TRADER, 'SELL', '0.2', '100.10');
      tape.wait(1_000).trade(ask, tape.place(at % 2 === 0 ? CROWD : MORE, 'BUY', '0.2', null), '0.2').wait(1_000).expire(bid).wait(30_000);
    });
    expect(flagged(tape)).toEqual([]);
  });

  test('a beginner: buys, regrets, sells, changes the order three times, cancels it, trades with himself once', () => {
    const tape = new Tape();
    tape.meet(MAKER, 'SELL', '0.1', '100.10', TRADER).wait(4_000).meet(MAKER, 'BUY', '0.1', '99.90', TRADER).wait(3_000);
    let bid = tape.place(TRADER, 'BUY', '1', '95');
    for (const level of ['96', '97', '98']) bid = tape.wait(2_000).amend(bid, level);
    tape.wait(1_000).cancel(bid).wait(2_000).meet(TRADER, 'SELL', '0.1', '100', TRADER);
    tape.wait(5_000).meet(MAKER, 'SELL', '0.2', '100.10', TRADER);
    expect(flagged(tape)).toEqual([]);
  });
});

test('a market maker with more than fifty orders a minute is told of for that, and for nothing else', () => {
  const tape = new Tape();
  repeat(60, (round) => {
    const { bids, asks } = quote(tape, MAKER, walk(round), 3);
    if (round % 4 === 0) tape.trade(asks[0]!, tape.place(round % 8 === 0 ? CROWD : MORE, 'BUY', '0.2', null), '0.2');
    tape.wait(3_000).cancel(...bids, ...asks).wait(50);
  });
  expect(flagged(tape)).toEqual([`${MAKER} order_rate`]);
});
