import { type Amount, multiply, parseAmount, ratio, roundToStep, smaller, ZERO } from './amount.ts';

export interface Level {
  readonly price: Amount;
  readonly quantity: Amount;
}

/** Best prices first, on both sides. */
export interface Book {
  readonly symbol: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export const LEVELS_MAX = 100;

/** Reads an order book answer; null when it is not one. */
export function readBook(answer: unknown, symbol: string): Book | null {
  const body = (answer as { data?: unknown } | null)?.data ?? answer;
  const { bids, asks } = (body ?? {}) as { bids?: unknown; asks?: unknown };
  const readBids = readLevels(bids);
  const readAsks = readLevels(asks);
  return readBids && readAsks ? { symbol, bids: readBids, asks: readAsks } : null;
}

function readLevels(rows: unknown): Level[] | null {
  if (!Array.isArray(rows)) return null;
  const levels: Level[] = [];
  for (const row of rows.slice(0, LEVELS_MAX) as unknown[]) {
    const [price, quantity] = Array.isArray(row) ? (row as unknown[]).map((cell) => parseAmount(String(cell))) : [];
    if (!price || !quantity) return null;
    levels.push({ price, quantity });
  }
  return levels;
}

/** Halfway between the best bid and the best ask; the better-known one when a side is empty. */
export function midPrice(book: Book): Amount | null {
  const bid = book.bids[0]?.price;
  const ask = book.asks[0]?.price;
  return bid && ask ? (bid + ask) / 2n : (bid ?? ask ?? null);
}

export interface Walk {
  readonly cost: Amount;
  readonly quantity: Amount;
  readonly averagePrice: Amount;
}

/** What a market order of this quantity would meet. `quantity` is smaller than asked when the book is not deep enough. */
export function walkBook(levels: readonly Level[], quantity: Amount): Walk | null {
  let left = quantity;
  let cost = ZERO;
  for (const level of levels) {
    const taken = smaller(left, level.quantity);
    cost += multiply(taken, level.price, 'up');
    left -= taken;
    if (left === 0n) break;
  }
  const met = quantity - left;
  return met > 0n ? { cost, quantity: met, averagePrice: ratio(cost, met, 'up') } : null;
}

/** The quantity that this much money buys from these levels, in whole lots, rounded down. */
export function quantityForMoney(levels: readonly Level[], money: Amount, lot: Amount): Amount {
  let left = money;
  let quantity = ZERO;
  for (const level of levels) {
    const affordable = ratio(left, level.price, 'down');
    const taken = smaller(affordable, level.quantity);
    quantity += taken;
    left -= multiply(taken, level.price, 'up');
    if (taken === affordable) break;
  }
  return roundToStep(quantity, lot, 'down');
}
