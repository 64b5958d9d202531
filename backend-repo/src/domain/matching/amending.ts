import type { Units } from '../money.ts';
import { balanceProblem, bandProblem, dearestTicks, limitsProblem, meetingProblem, stopProblem } from './judging.ts';
import { filledQuantity, isAsleep, type LiveOrder, lockedFor } from './live-order.ts';
import type { Market } from './market.ts';
import { notionalProblem, type OrderTerms, pricesProblem, quantitiesProblem } from './market-rules.ts';
import { holdTicksOf } from './placing.ts';
import { followUp, sendAtLimit } from './sending.ts';
import { giveBack, leaveSlot, settleDown } from './settlement.ts';
import type { AmendableTerms, AmendCommand, OrderLimits } from './commands.ts';
import type { Refusal } from './types.ts';
import type { Venue } from './venue.ts';

/** What an order asks for with its new values, in the book's numbers too. */
interface Wish extends OrderTerms {
  readonly quantity: Units;
  readonly lots: number;
  readonly openLots: number;
  readonly ticks: number;
  readonly holdTicks: number;
}

/** Changes an open order (the checks stand in the order of docs/decisions/0015). */
export function amend(venue: Venue, command: AmendCommand): LiveOrder | Refusal {
  const { userId, orderId, limits, time } = command;
  const order = venue.orders.get(orderId);
  if (order === undefined || order.seat.account.userId !== userId) return { code: 'ORDER_NOT_OPEN', field: 'orderId', orderId };
  const { market } = order.seat;
  if (market.status === 'halted') return { code: 'MARKET_HALTED', field: 'symbol', symbol: market.symbol };
  const forbidden = fieldProblem(order, command);
  if (forbidden !== null) return forbidden;

  const terms = wishedTerms(order, command);
  const samePrices = terms.price === order.price && terms.stopPrice === order.stopPrice && terms.stopLimitPrice === order.stopLimitPrice;
  if (samePrices && terms.quantity === order.quantity) return order;
  if (command.judged !== null && !isAsJudged(order, command.judged)) return { code: 'ORDER_CHANGED', field: 'orderId', orderId };
  const onlySmaller = samePrices && terms.quantity < order.quantity;
  const refusal = (onlySmaller ? null : pricesProblem(market.rules, terms)) ?? quantityProblem(order, terms) ?? notionalProblem(market.rules, terms);
  if (refusal !== null) return refusal;
  if (onlySmaller) {
    shrink(venue, order, terms.quantity, time);
    return order;
  }
  const wish = wishOf(order, terms);
  const problem = problemOfSendingIn(order, wish, limits);
  if (problem !== null) return problem;
  sendInAgain(venue, order, wish, time);
  return order;
}

/** A field that an order of its type does not have, or that its stop has made final. */
function fieldProblem(order: LiveOrder, { price, stopPrice, stopLimitPrice }: AmendCommand): Refusal | null {
  const { type } = order;
  const woken = order.triggeredAt !== null;
  if (price !== null && (order.price === null || (type === 'OCO' && woken))) return { code: 'FIELD_NOT_ALLOWED', field: 'price', type };
  if (stopPrice !== null && (order.stopPrice === null || woken)) return { code: 'FIELD_NOT_ALLOWED', field: 'stopPrice', type };
  if (stopLimitPrice !== null && (type !== 'OCO' || woken)) return { code: 'FIELD_NOT_ALLOWED', field: 'stopLimitPrice', type };
  return null;
}

const isAsJudged = (order: LiveOrder, judged: AmendableTerms): boolean =>
  order.quantity === judged.quantity && order.price === judged.price && order.stopPrice === judged.stopPrice && order.stopLimitPrice === judged.stopLimitPrice;

function wishedTerms(order: LiveOrder, command: AmendCommand): OrderTerms & { readonly quantity: Units } {
  const { side, type, displayQuantity } = order;
  return {
    side,
    type,
    displayQuantity,
    quoteAmount: null,
    quantity: command.quantity ?? order.quantity,
    price: command.price ?? order.price,
    stopPrice: command.stopPrice ?? order.stopPrice,
    stopLimitPrice: command.stopLimitPrice ?? order.stopLimitPrice,
  };
}

function quantityProblem(order: LiveOrder, terms: OrderTerms & { readonly quantity: Units }): Refusal | null {
  const { rules } = order.seat.market;
  const filled = filledQuantity(order);
  if (filled > 0n && terms.quantity <= filled) return { code: 'QUANTITY_TOO_SMALL', field: 'quantity', given: terms.quantity, min: filled + rules.lot };
  return quantitiesProblem(rules, terms);
}

function wishOf(order: LiveOrder, terms: OrderTerms & { readonly quantity: Units }): Wish {
  const { market } = order.seat;
  const lots = market.lotsOf(terms.quantity);
  const wokenOco = order.type === 'OCO' && order.triggeredAt !== null;
  const ticks = wokenOco ? order.ticks : market.ticksOf(terms.price);
  return { ...terms, lots, openLots: lots - (order.lots - order.openLots), ticks, holdTicks: wokenOco ? order.holdTicks : holdTicksOf(market, terms) };
}

function problemOfSendingIn(order: LiveOrder, wish: Wish, limits: OrderLimits | null): Refusal | null {
  const { seat, buying, type, timeInForce, selfTradePrevention } = order;
  const { market, account } = seat;
  const asleep = isAsleep(order);
  const hasStop = order.stopTicks > 0;
  const outside = asleep ? null : activeBandProblem(order, market, wish);
  const problem = outside ?? (hasStop ? stopProblem(market, wish) : null) ?? roomProblem(order, market, wish);
  if (problem !== null) return problem;
  if (limits !== null) {
    const worth = market.notionalOf(dearestTicks(market, { ...wish, buying, asleep, armed: hasStop }), wish.lots);
    const replaces = buying ? BigInt(order.openLots) * market.lot : 0n;
    const brings = buying ? BigInt(wish.openLots) * market.lot : 0n;
    const tooMuch = limitsProblem(limits, account, market, buying, { opens: false, worth, brings, replaces });
    if (tooMuch !== null) return tooMuch;
  }
  if (!asleep) {
    const onlyRests = order.postOnly || (type === 'OCO' && hasStop);
    const met = meetingProblem(market, { owner: seat.owner, buying, ticks: wish.ticks, lots: wish.openLots, timeInForce, selfTradePrevention, onlyRests });
    if (met !== null) return met;
  }
  return balanceProblem(account, market, buying, market.holdOf(buying, wish.holdTicks, wish.openLots), lockedFor(order));
}

/** Of a woken OCO, the price that counts is its stop half's. */
function activeBandProblem(order: LiveOrder, market: Market, wish: Wish): Refusal | null {
  return order.type === 'OCO' && order.triggeredAt !== null ? bandProblem(market, order.buying, 'stopLimitPrice', wish.stopLimitPrice) : bandProblem(market, order.buying, 'price', wish.price);
}

function roomProblem(order: LiveOrder, market: Market, wish: Wish): Refusal | null {
  const room = Number.MAX_SAFE_INTEGER - (order.buying ? market.buyingLots : market.sellingLots);
  return wish.openLots - order.openLots > room ? { code: 'QUANTITY_TOO_LARGE', field: 'quantity', given: wish.quantity, max: BigInt(room) * market.lot } : null;
}

/** Makes an order smaller where it is: it keeps its place. */
function shrink(venue: Venue, order: LiveOrder, quantity: Units, time: number): void {
  const { market } = order.seat;
  const by = order.lots - market.lotsOf(quantity);
  giveBack(venue, order, by);
  if (!isAsleep(order)) {
    market.book.reduce(order.slot, by);
    venue.bookChanged(market);
  }
  order.lots -= by;
  order.openLots -= by;
  order.quantity = quantity;
  tellAmended(venue, order, true, time);
}

function sendInAgain(venue: Venue, order: LiveOrder, wish: Wish, time: number): void {
  const { market } = order.seat;
  const { book } = market;
  const asleep = isAsleep(order);
  if (!asleep) venue.bookChanged(market);
  book.remove(order.slot);
  leaveSlot(venue, order);
  order.quantity = wish.quantity;
  order.price = wish.price;
  order.stopPrice = wish.stopPrice;
  order.stopLimitPrice = wish.stopLimitPrice;
  order.lots = wish.lots;
  order.openLots = wish.openLots;
  order.ticks = wish.ticks;
  order.holdTicks = wish.holdTicks;
  if (order.stopTicks > 0) order.stopTicks = market.ticksOf(wish.stopPrice);
  order.priority = venue.nextPriority();
  tellAmended(venue, order, false, time);
  if (asleep) {
    settleDown(venue, order, book.sleep(order.seat.owner, order.buying, order.stopTicks));
    return;
  }
  sendAtLimit(venue, order, time);
  if (order.stopTicks > 0) book.arm(order.slot, order.stopTicks);
  if (order.openLots < wish.openLots) followUp(venue, market, time);
}

function tellAmended(venue: Venue, order: LiveOrder, keptPriority: boolean, time: number): void {
  const { id: orderId, quantity, price } = order;
  order.updatedAt = time;
  venue.batch.orderChanged(order);
  venue.events.push({ type: 'amended', orderId, userId: order.seat.account.userId, quantity, price, keptPriority, time });
}
