/** Orders on their way through the book, and what follows from it: trades, the circuit breaker, stops that wake. */
import { UNITS_PER_ONE } from '../money.ts';
import { bandProblem, IN_FORCE, YIELDS } from './judging.ts';
import { isAsleep, type LiveOrder } from './live-order.ts';
import type { Market } from './market.ts';
import { ANY_PRICE, FILLED, IMMEDIATE, MET_OWN_ORDER, NEXT_PART, NOT_ALL_REACHABLE, OWN_CANCELLED, RESTED, REST_CANCELLED } from './order-codes.ts';
import { NONE } from './order-slots.ts';
import { end, fill, leaveSlot, settleDown, tellFilled } from './settlement.ts';
import { STEPS_PER_COMMAND_MAX } from './commands.ts';
import type { CancelReason, HaltReason, MarketStatus } from './types.ts';
import type { Venue } from './venue.ts';

/** Sends in an order at its limit; the rest does what its time in force says. */
export function sendAtLimit(venue: Venue, order: LiveOrder, time: number): void {
  const { market } = order.seat;
  const display = order.displayQuantity === null ? 0 : market.lotsOf(order.displayQuantity);
  const slot = submit(venue, order, order.ticks, IN_FORCE[order.timeInForce], display, time);
  const { ending } = market.book;
  if (ending === RESTED) {
    venue.bookChanged(market);
    settleDown(venue, order, slot);
  } else if (ending === REST_CANCELLED) end(venue, order, 'IMMEDIATE_OR_CANCEL', time);
  else if (ending === NOT_ALL_REACHABLE) end(venue, order, 'FILL_OR_KILL', time);
}

/** Sends in an order that takes what there is, up to `furthest` ticks and within the price band, and never rests. */
export function sendAtBest(venue: Venue, order: LiveOrder, furthest: number, time: number): void {
  const { seat, buying } = order;
  const band = seat.market.bandLimit(buying);
  submit(venue, order, buying ? Math.min(furthest, band) : Math.max(furthest, band), IMMEDIATE, 0, time);
  if (seat.market.book.ending === REST_CANCELLED) end(venue, order, restReason(order, furthest), time);
}

/** What is still offered within its own limit was beyond the band. */
function restReason({ seat, buying }: LiveOrder, furthest: number): CancelReason {
  return seat.market.book.crosses(buying, furthest) ? 'PRICE_BAND' : 'NO_LIQUIDITY';
}

function submit(venue: Venue, order: LiveOrder, limit: number, timeInForce: number, display: number, time: number): number {
  const { seat, buying, openLots, selfTradePrevention, postOnly } = order;
  const { book } = seat.market;
  const slot = book.submit(seat.owner, buying, limit, openLots, timeInForce, YIELDS[selfTradePrevention], postOnly, display);
  if (book.log.count > 0) settleMatches(venue, order, time);
  if (book.ending > NOT_ALL_REACHABLE || (book.ending === FILLED) !== (order.openLots === 0)) throw new Error(`order ${order.id} and the book of ${seat.market.symbol} disagree`);
  if (book.ending === MET_OWN_ORDER) end(venue, order, 'SELF_TRADE', time);
  return slot;
}

/** Carries out what the book says the order met. */
function settleMatches(venue: Venue, order: LiveOrder, time: number): void {
  const { market } = order.seat;
  const { count, kinds, slots, ticks, lots } = market.book.log;
  const openBefore = order.openLots;
  venue.bookChanged(market);
  for (let at = 0; at < count; at += 1) {
    const maker = market.orderAt[slots[at]!]!;
    if (kinds[at] === OWN_CANCELLED) {
      end(venue, maker, 'SELF_TRADE', time);
      continue;
    }
    const price = ticks[at]!;
    if (market.rules.breakerRate !== null) watchWindow(market, price, time);
    market.lastTicks = price;
    fill(venue, order, maker, price, lots[at]!, time);
    if (kinds[at] === NEXT_PART) maker.priority = venue.nextPriority();
  }
  if (order.openLots < openBefore) tellFilled(venue, order, time);
}

/** A trade at or after the end of the circuit breaker's window opens the next. */
function watchWindow(market: Market, ticks: number, time: number): void {
  if (market.breakerSince !== null && time < market.breakerSince + market.rules.breakerWindowMs) return;
  market.breakerTicks = ticks;
  market.breakerSince = time;
}

/**
 * To be called when a command has traded, or has opened a market: halts it when the price has moved too far, else wakes stops until it is quiet or
 * the command has done enough. Then the market is restless, and a `wake` has to come before anything else: thousands of stops at one price
 * must not make one batch.
 */
export function followUp(venue: Venue, market: Market, time: number): void {
  venue.restless = null;
  breakCircuit(venue, market, time);
  for (let woken = 0; isStirring(market); woken += 1) {
    if (venue.tradesOfCommand + woken >= STEPS_PER_COMMAND_MAX) {
      venue.restless = market;
      return;
    }
    wake(venue, market.orderAt[market.book.dueStop(market.lastTicks)]!, time);
    breakCircuit(venue, market, time);
  }
}

/** Has it a stop that is due to wake? */
export function isStirring({ status, lastTicks, book }: Market): boolean {
  return status === 'open' && lastTicks !== 0 && book.dueStop(lastTicks) !== NONE;
}

function breakCircuit(venue: Venue, market: Market, time: number): void {
  const { rules, breakerTicks, lastTicks } = market;
  if (rules.breakerRate === null || market.breakerSince === null || lastTicks === breakerTicks) return;
  const moved = BigInt(Math.abs(lastTicks - breakerTicks));
  if (moved * UNITS_PER_ONE >= BigInt(breakerTicks) * rules.breakerRate) setStatus(venue, market, 'halted', 'CIRCUIT_BREAKER', time);
}

/** The circuit breaker begins anew with an opening, and after it has spoken. */
export function setStatus(venue: Venue, market: Market, status: MarketStatus, reason: HaltReason, time: number): void {
  market.status = status;
  market.haltReason = status === 'open' ? null : reason;
  market.haltedAt = market.haltReason === 'CIRCUIT_BREAKER' ? time : null;
  if (status === 'open' || reason === 'CIRCUIT_BREAKER') {
    market.breakerTicks = 0;
    market.breakerSince = null;
  }
  venue.batch.marketChanged(market);
  venue.events.push({ type: 'market-status', symbol: market.symbol, status, reason: market.haltReason, time });
}

/** A stop's price has come: the order leaves its place, also in the book, and is sent in. */
function wake(venue: Venue, order: LiveOrder, time: number): void {
  const { id: orderId, seat, buying, stopTicks } = order;
  const { market } = seat;
  if (!isAsleep(order)) venue.bookChanged(market);
  market.book.remove(order.slot);
  leaveSlot(venue, order);
  order.triggeredAt = time;
  order.updatedAt = time;
  order.priority = venue.nextPriority();
  order.stopTicks = 0;
  venue.batch.orderChanged(order);
  venue.events.push({ type: 'triggered', orderId, userId: seat.account.userId, symbol: market.symbol, lastPrice: market.lastPrice!, time });
  const limit = order.type === 'STOP_LIMIT' ? order.price : order.stopLimitPrice;
  if (limit === null) {
    sendAtBest(venue, order, market.protectionTicks(buying, stopTicks), time);
    return;
  }
  order.ticks = market.ticksOf(limit);
  order.holdTicks = order.ticks;
  if (bandProblem(market, buying, 'price', limit) === null) sendAtLimit(venue, order, time);
  else end(venue, order, 'PRICE_BAND', time);
}

/** How far a market order goes: to the price band only. */
export function sendToMarket(venue: Venue, order: LiveOrder, time: number): void {
  sendAtBest(venue, order, order.buying ? ANY_PRICE.buying : ANY_PRICE.selling, time);
}
