import type { Units } from '../money.ts';
import { balanceProblem, bandProblem, dearestTicks, limitsProblem, meetingProblem, stopProblem, YIELDS } from './judging.ts';
import { isAsleep, type LiveOrder } from './live-order.ts';
import type { Account } from './ledger.ts';
import type { Market } from './market.ts';
import { fieldsProblem, notionalProblem, notionalTooSmall, pricesProblem, quantitiesProblem } from './market-rules.ts';
import { NONE } from './order-slots.ts';
import { lotsForBudget, reachableCost, reachableLots } from './reach.ts';
import { followUp, sendAtLimit, sendToMarket } from './sending.ts';
import { settleDown } from './settlement.ts';
import type { PlaceCommand } from './commands.ts';
import type { Refusal } from './types.ts';
import type { Venue } from './venue.ts';

/** How much a new order is, once the market has been looked at. */
interface Size {
  readonly quantity: Units;
  readonly lots: number;
  /** Of a market order, what it would cost or bring in quote units; where nobody asks, `null`. */
  readonly cost: Units | null;
}

/** Takes in a new order (the checks stand in the order of docs/decisions/0015). */
export function place(venue: Venue, command: PlaceCommand): LiveOrder | Refusal {
  const market = venue.markets.get(command.symbol);
  if (market === undefined) return { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol: command.symbol };
  const account = venue.ledger.knownAccount(command.userId);
  const refusal = statusProblem(market, command) ?? termsProblem(market, command);
  if (refusal !== null) return refusal;
  const size = sizeOf(market, account, command);
  if ('code' in size) return size;
  const order = makeOrder(venue, market, command, size);
  if ('code' in order) return order;

  const { id: orderId, side, type, quantity, price } = order;
  const { userId, symbol, time } = command;
  venue.batch.orderMade(order);
  venue.events.push({ type: 'accepted', orderId, userId, symbol, side, orderType: type, quantity, price, time });
  if (isAsleep(order)) settleDown(venue, order, market.book.sleep(order.seat.owner, order.buying, order.stopTicks));
  else if (type === 'MARKET') sendToMarket(venue, order, time);
  else sendAtLimit(venue, order, time);
  if (type === 'OCO') market.book.arm(order.slot, order.stopTicks);
  if (order.openLots < order.lots) followUp(venue, market, time);
  return order;
}

function statusProblem({ status, symbol }: Market, { type, timeInForce }: PlaceCommand): Refusal | null {
  if (status === 'open') return null;
  if (status === 'halted') return { code: 'MARKET_HALTED', field: 'symbol', symbol };
  const onlyTakes = type === 'MARKET' || (type === 'LIMIT' && (timeInForce === 'IOC' || timeInForce === 'FOK'));
  return onlyTakes ? { code: 'MARKET_POST_ONLY', field: 'symbol', symbol } : null;
}

function termsProblem(market: Market, command: PlaceCommand): Refusal | null {
  const { rules } = market;
  const { type, expiresAt, time } = command;
  const problem = fieldsProblem(command) ?? pricesProblem(rules, command) ?? quantitiesProblem(rules, command) ?? notionalProblem(rules, command);
  if (problem !== null) return problem;
  if (expiresAt !== null && expiresAt <= time) return { code: 'EXPIRY_IN_THE_PAST', field: 'expiresAt', given: expiresAt };
  if (type !== 'STOP_LIMIT') {
    const outside = bandProblem(market, command.side === 'BUY', 'price', command.price);
    if (outside !== null) return outside;
  }
  return stopProblem(market, command);
}

function sizeOf(market: Market, account: Account | null, command: PlaceCommand): Size | Refusal {
  const { type, quantity } = command;
  if (type === 'MARKET') return marketSize(market, account?.seats.get(market)?.owner ?? NONE, command);
  // `fieldsProblem` has made sure of a quantity.
  return { quantity: quantity!, lots: market.lotsOf(quantity!), cost: null };
}

function marketSize(market: Market, owner: number, command: PlaceCommand): Size | Refusal {
  const { book, rules, tick, lot, symbol } = market;
  const { side, quoteAmount, limits, selfTradePrevention } = command;
  const buying = side === 'BUY';
  const best = book.bestTicks(!buying);
  if (best === null) return { code: 'NO_LIQUIDITY', field: 'symbol', symbol };
  const limit = market.bandLimit(buying);
  const yields = YIELDS[selfTradePrevention];
  const costOf = (lots: number): Units => reachableCost(book, owner, buying, limit, lots, yields) * market.stepNotional;
  const { quantity } = command;
  if (quantity === null) {
    if (buying ? best > limit : best < limit) return { code: 'PRICE_OUTSIDE_BAND', field: 'quoteAmount', given: BigInt(best) * tick, limit: BigInt(limit) * tick };
    if (reachableLots(book, owner, buying, limit, 1, yields) === 0) return { code: 'NO_LIQUIDITY', field: 'symbol', symbol };
    const lots = lotsForBudget(book, owner, buying, limit, quoteAmount! / market.stepNotional, yields);
    const found = BigInt(lots) * lot;
    // Said in what was asked for: what the least, or the largest, quantity costs at the best price.
    if (found < rules.minQuantity) return { code: 'QUANTITY_TOO_SMALL', field: 'quoteAmount', given: quoteAmount!, min: market.notionalOf(best, market.lotsOf(rules.minQuantity)) };
    if (found > rules.maxQuantity) return { code: 'QUANTITY_TOO_LARGE', field: 'quoteAmount', given: quoteAmount!, max: market.notionalOf(best, market.lotsOf(rules.maxQuantity)) };
    const cost = costOf(lots);
    if (cost < rules.minNotional) return { code: 'NOTIONAL_TOO_SMALL', field: 'quoteAmount', given: cost, min: rules.minNotional };
    return { quantity: found, lots, cost };
  }
  const tooSmall = notionalTooSmall(rules, BigInt(best) * tick, quantity);
  if (tooSmall !== null) return tooSmall;
  const lots = market.lotsOf(quantity);
  const asked = buying || (limits !== null && limits.notionalMax !== null);
  return { quantity, lots, cost: asked ? costOf(lots) : null };
}

/** The order, when neither its trader's limits, the book nor the balance has something against it. */
function makeOrder(venue: Venue, market: Market, command: PlaceCommand, { quantity, lots, cost }: Size): LiveOrder | Refusal {
  const { type, side, price, stopPrice, stopLimitPrice, timeInForce, selfTradePrevention, postOnly, userId, limits } = command;
  const buying = side === 'BUY';
  const room = Number.MAX_SAFE_INTEGER - (buying ? market.buyingLots : market.sellingLots);
  if (lots > room) return { code: 'QUANTITY_TOO_LARGE', field: 'quantity', given: quantity, max: BigInt(room) * market.lot };
  const account = venue.ledger.knownAccount(userId);
  const ticks = market.ticksOf(price);
  const holdTicks = holdTicksOf(market, command);
  const sleeps = type === 'STOP' || type === 'STOP_LIMIT';
  if (limits !== null) {
    const priced = { buying, ticks, holdTicks, stopPrice, stopLimitPrice, asleep: sleeps, armed: stopPrice !== null };
    const worth = type === 'MARKET' ? (cost ?? 0n) : market.notionalOf(dearestTicks(market, priced), lots);
    const opens = type !== 'MARKET' && (sleeps || (timeInForce !== 'IOC' && timeInForce !== 'FOK'));
    const tooMuch = limitsProblem(limits, account, market, buying, { opens, worth, brings: buying ? quantity : 0n, replaces: 0n });
    if (tooMuch !== null) return tooMuch;
  }
  if (type !== 'MARKET' && !sleeps) {
    const owner = account?.seats.get(market)?.owner ?? NONE;
    const met = meetingProblem(market, { owner, buying, ticks, lots, timeInForce, selfTradePrevention, onlyRests: postOnly || type === 'OCO' });
    if (met !== null) return met;
  }
  const required = buying && type === 'MARKET' ? (cost ?? 0n) : market.holdOf(buying, holdTicks, lots);
  return balanceProblem(account, market, buying, required, 0n) ?? liveOrder(venue, market, command, { quantity, lots, ticks, holdTicks });
}

/** The dearest price at which an order may trade, in ticks. */
export function holdTicksOf(market: Market, { type, side, price, stopPrice, stopLimitPrice }: Pick<PlaceCommand, 'type' | 'side' | 'price' | 'stopPrice' | 'stopLimitPrice'>): number {
  if (side === 'SELL') return 0;
  const ticks = market.ticksOf(price);
  if (type !== 'STOP' && type !== 'OCO') return ticks;
  const woken = stopLimitPrice === null ? market.protectionTicks(true, market.ticksOf(stopPrice)) : market.ticksOf(stopLimitPrice);
  return Math.max(ticks, woken);
}

function liveOrder(venue: Venue, market: Market, command: PlaceCommand, sizes: Pick<LiveOrder, 'quantity' | 'lots' | 'ticks' | 'holdTicks'>): LiveOrder {
  const { side, time } = command;
  venue.lastOrderId += 1;
  return {
    id: venue.lastOrderId,
    seat: market.seat(venue.ledger.account(command.userId), venue.ledger),
    side,
    buying: side === 'BUY',
    type: command.type,
    quoteAmount: command.quoteAmount,
    displayQuantity: command.displayQuantity,
    timeInForce: command.timeInForce,
    expiresAt: command.expiresAt,
    postOnly: command.postOnly,
    selfTradePrevention: command.selfTradePrevention,
    clientOrderId: command.clientOrderId,
    createdAt: time,
    quantity: sizes.quantity,
    price: command.price,
    stopPrice: command.stopPrice,
    stopLimitPrice: command.stopLimitPrice,
    lots: sizes.lots,
    ticks: sizes.ticks,
    stopTicks: market.ticksOf(command.stopPrice),
    holdTicks: sizes.holdTicks,
    openLots: sizes.lots,
    filledNotional: 0n,
    fee: 0n,
    status: 'PENDING',
    reason: null,
    triggeredAt: null,
    priority: venue.nextPriority(),
    updatedAt: time,
    slot: NONE,
    isOpen: false,
    expiryRank: -1,
    changedInBatch: true,
  };
}
