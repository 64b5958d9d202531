/** What the state of the venue says against an order that keeps its market's rules: the same for a new order and for one sent in again. */
import type { Units } from '../money.ts';
import type { Account } from './ledger.ts';
import type { Market } from './market.ts';
import type { OrderTerms } from './market-rules.ts';
import { reachableLots } from './reach.ts';
import type { OrderLimits } from './commands.ts';
import type { PriceField, Refusal, SelfTradePrevention, TimeInForce } from './types.ts';
import { ALL_OR_NOTHING, IMMEDIATE, MAKER_YIELDS, NOBODY_YIELDS, RESTS, TAKER_YIELDS } from './order-codes.ts';

export const YIELDS: Readonly<Record<SelfTradePrevention, number>> = { NONE: NOBODY_YIELDS, TAKER: TAKER_YIELDS, MAKER: MAKER_YIELDS, BOTH: TAKER_YIELDS | MAKER_YIELDS };
export const IN_FORCE: Readonly<Record<TimeInForce, number>> = { GTC: RESTS, GTD: RESTS, IOC: IMMEDIATE, FOK: ALL_OR_NOTHING };

/** Refuses a price that takes further than the price band allows. */
export function bandProblem(market: Market, buying: boolean, field: PriceField, given: Units | null): Refusal | null {
  if (given === null) return null;
  const limit = market.bandLimit(buying);
  const ticks = market.ticksOf(given);
  if (buying ? ticks <= limit : ticks >= limit) return null;
  return { code: 'PRICE_OUTSIDE_BAND', field, given, limit: BigInt(limit) * market.tick };
}

/** Refuses a stop that would wake at once, and an OCO whose resting half is past the last price. */
export function stopProblem(market: Market, { type, side, price, stopPrice: given }: OrderTerms): Refusal | null {
  const last = market.lastPrice;
  if (given === null || last === null) return null;
  const isDue = side === 'BUY' ? last >= given : last <= given;
  const isPast = type === 'OCO' && price !== null && (side === 'BUY' ? price >= last : price <= last);
  return isDue || isPast ? { code: 'STOP_WOULD_TRIGGER', field: 'stopPrice', given, last } : null;
}

/** An order's prices as they are now, or as they would be. */
interface Priced {
  readonly buying: boolean;
  readonly ticks: number;
  readonly holdTicks: number;
  readonly stopPrice: Units | null;
  readonly stopLimitPrice: Units | null;
  readonly asleep: boolean;
  /** It has a stop that has not woken. */
  readonly armed: boolean;
}

/** The dearest price at which an order may trade, in ticks: a BUY's is what it is held at, a SELL's may be better than it asks for. */
export function dearestTicks(market: Market, { buying, ticks, holdTicks, stopPrice, stopLimitPrice, asleep, armed }: Priced): number {
  if (buying) return holdTicks;
  const stopTicks = armed ? Math.max(market.ticksOf(stopPrice), market.ticksOf(stopLimitPrice)) : 0;
  const bidTicks = asleep ? 0 : (market.book.bestTicks(true) ?? 0);
  return Math.max(ticks, stopTicks, bidTicks);
}

/** What an order means to its trader's limits. */
export interface Weight {
  /** It may stay open and is not open yet. */
  readonly opens: boolean;
  /** The most that it can cost or bring, in quote units. */
  readonly worth: Units;
  /** What it would bring, and what an order that it replaces would have brought: base units, 0 for a SELL. */
  readonly brings: Units;
  readonly replaces: Units;
}

export function limitsProblem(limits: OrderLimits | null, account: Account | null, market: Market, buying: boolean, { opens, worth, brings, replaces }: Weight): Refusal | null {
  if (limits === null) return null;
  const { openOrdersMax, notionalMax, positionMax } = limits;
  if (opens && openOrdersMax !== null && (account?.openOrders ?? 0) >= openOrdersMax) return { code: 'TOO_MANY_OPEN_ORDERS', field: 'symbol', max: openOrdersMax };
  if (notionalMax !== null && worth > notionalMax) return { code: 'ORDER_TOO_LARGE', field: 'quantity', given: worth, max: notionalMax };
  if (!buying || positionMax === null) return null;
  const given = positionOf(account, market.rules.baseAsset) - replaces + brings;
  return given > positionMax ? { code: 'POSITION_TOO_LARGE', field: 'quantity', given, max: positionMax } : null;
}

/** What a trader has of an asset, and what the open BUY orders would bring. */
function positionOf(account: Account | null, asset: string): Units {
  const balance = account?.balances.get(asset);
  let position = balance === undefined ? 0n : balance.available + balance.locked;
  for (const { market, buyingLots } of account?.seats.values() ?? []) {
    if (market.rules.baseAsset === asset) position += BigInt(buyingLots) * market.lot;
  }
  return position;
}

/** An order with a limit, on its way into the book. */
export interface Arrival {
  readonly owner: number;
  readonly buying: boolean;
  readonly ticks: number;
  readonly lots: number;
  readonly timeInForce: TimeInForce;
  readonly selfTradePrevention: SelfTradePrevention;
  /** It must not take. */
  readonly onlyRests: boolean;
}

/** What the other side of the book says against it. */
export function meetingProblem(market: Market, { owner, buying, ticks, lots, timeInForce, selfTradePrevention, onlyRests }: Arrival): Refusal | null {
  const { book, symbol } = market;
  if (book.crosses(buying, ticks)) {
    if (market.status === 'post-only') return { code: 'MARKET_POST_ONLY', field: 'symbol', symbol };
    if (onlyRests) return { code: 'WOULD_TAKE', field: 'price', best: BigInt(book.bestTicks(!buying)!) * market.tick };
  }
  if (timeInForce !== 'FOK') return null;
  const reachable = reachableLots(book, owner, buying, ticks, lots, YIELDS[selfTradePrevention]);
  return reachable < lots ? { code: 'FILL_OR_KILL', field: 'quantity', reachable: BigInt(reachable) * market.lot } : null;
}

/** @param freed what is locked for an order that this one replaces */
export function balanceProblem(account: Account | null, market: Market, buying: boolean, required: Units, freed: Units): Refusal | null {
  const asset = buying ? market.rules.quoteAsset : market.rules.baseAsset;
  const available = (account?.balances.get(asset)?.available ?? 0n) + freed;
  return available < required ? { code: 'INSUFFICIENT_BALANCE', field: 'quantity', asset, required, available } : null;
}
