import type { SelfTradePrevention, Side } from '../types.ts';
import { isBeyond, openPart, type ReferenceMarket, type ReferenceOrder, limitOf } from './reference-order.ts';

/** One thing that happens while an order goes through the other side of the book. */
export type Step = { readonly does: 'trade'; readonly makerId: number; readonly price: bigint; readonly quantity: bigint } | { readonly does: 'cancel'; readonly makerId: number };

export interface Walk {
  readonly steps: readonly Step[];
  /** How much of what was wanted was not found. */
  readonly left: bigint;
  /** It ended at an order of its own owner. */
  readonly metOwn: boolean;
}

export interface Walker {
  readonly symbol: string;
  readonly side: Side;
  readonly userId: number;
  readonly selfTradePrevention: SelfTradePrevention;
}

interface Offer {
  readonly id: number;
  readonly userId: number;
  readonly price: bigint;
  readonly display: bigint | null;
  priority: number;
  shown: bigint;
  hidden: bigint;
}

/** Whom an order would meet up to `limit`, without meeting them yet. It works on copies, one shown part at a time. */
export function walk(open: readonly ReferenceOrder[], market: ReferenceMarket, { symbol, side, userId, selfTradePrevention }: Walker, limit: bigint | null, wanted: bigint): Walk {
  let offers = open.filter((order) => order.resting && order.symbol === symbol && order.side !== side).map((order) => offerOf(order, market));
  const steps: Step[] = [];
  let left = wanted;
  let lastPriority = Number.MAX_SAFE_INTEGER / 2;
  while (left > 0n) {
    const offer = best(offers, side);
    if (offer === null || (limit !== null && isBeyond(side, offer.price, limit))) return { steps, left, metOwn: false };
    if (offer.userId === userId && selfTradePrevention !== 'NONE') {
      if (selfTradePrevention !== 'TAKER') steps.push({ does: 'cancel', makerId: offer.id });
      if (selfTradePrevention !== 'MAKER') return { steps, left, metOwn: true };
      offers = offers.filter((other) => other !== offer);
      continue;
    }
    const quantity = offer.shown < left ? offer.shown : left;
    steps.push({ does: 'trade', makerId: offer.id, price: offer.price, quantity });
    left -= quantity;
    offer.shown -= quantity;
    if (offer.shown > 0n) continue;
    if (offer.hidden === 0n) offers = offers.filter((other) => other !== offer);
    offer.shown = nextPart(offer.display, offer.hidden);
    offer.hidden -= offer.shown;
    lastPriority += 1;
    offer.priority = lastPriority;
  }
  return { steps, left, metOwn: false };
}

/** How much of what is open an order shows next. */
export function nextPart(display: bigint | null, open: bigint): bigint {
  return display !== null && display < open ? display : open;
}

/** How many base units an amount of quote units pays for, step by step, and no further than the first step that it cannot pay whole. */
export function quantityFor(amount: bigint, steps: readonly Step[], { lot }: ReferenceMarket, one: bigint): bigint {
  let [left, quantity] = [amount, 0n];
  for (const step of steps) {
    if (step.does === 'cancel') continue;
    const affordable = (left / ((step.price * lot) / one)) * lot;
    if (affordable < step.quantity) return quantity + affordable;
    quantity += step.quantity;
    left -= (step.price * step.quantity) / one;
  }
  return quantity;
}

function offerOf(order: ReferenceOrder, market: ReferenceMarket): Offer {
  const { id, userId, priority, shown, displayQuantity } = order;
  return { id, userId, priority, shown, display: displayQuantity, hidden: openPart(order) - shown, price: limitOf(order, market) ?? 0n };
}

/** The offer that a buyer (or seller) meets first. */
function best(offers: readonly Offer[], side: Side): Offer | null {
  let first: Offer | null = null;
  for (const offer of offers) {
    if (first === null || isBeyond(side, first.price, offer.price) || (first.price === offer.price && offer.priority < first.priority)) first = offer;
  }
  return first;
}
