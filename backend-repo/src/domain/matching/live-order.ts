import { UNITS_PER_ONE, type Units } from '../money.ts';
import type { Account, Balance, Ledger } from './ledger.ts';
import { OrderBook } from './order-book.ts';
import type { CancelReason, MarketRules, MarketState, OrderId, OrderState, OrderStatus, OrderType, Side } from './types.ts';

/** One market inside the engine: its rules, its book, and the same rules as numbers. */
export interface Market {
  rules: MarketRules;
  readonly symbol: string;
  readonly book: OrderBook;
  readonly tick: Units;
  readonly lot: Units;
  /** What one lot costs at one tick, in quote units. Whole, by the rule about tick × lot. */
  readonly stepNotional: Units;
  /** The house's balances, which receive the fees. */
  readonly houseBase: Balance;
  readonly houseQuote: Balance;
  sequence: number;
}

/** An order inside the engine, from its acceptance until it ends. */
export interface LiveOrder {
  readonly id: OrderId;
  readonly account: Account;
  readonly market: Market;
  readonly base: Balance;
  readonly quote: Balance;
  readonly side: Side;
  readonly type: OrderType;
  readonly lots: number;
  /** 0 for a market order. */
  readonly ticks: number;
  readonly clientOrderId: string | null;
  readonly createdAt: number;
  openLots: number;
  filledNotional: Units;
  fee: Units;
  status: OrderStatus;
  reason: CancelReason | null;
  updatedAt: number;
  /** Where it rests in the book; -1 when it does not. */
  slot: number;
  changedInBatch: boolean;
}

export function makeMarket(state: MarketState, ledger: Ledger, house: Account): Market {
  const { sequence, ...rules } = state;
  return {
    rules,
    symbol: rules.symbol,
    book: new OrderBook(),
    tick: rules.tick,
    lot: rules.lot,
    stepNotional: (rules.tick * rules.lot) / UNITS_PER_ONE,
    houseBase: ledger.balance(house, rules.baseAsset),
    houseQuote: ledger.balance(house, rules.quoteAsset),
    sequence,
  };
}

/** price × quantity in quote units: exact, never rounded. */
export function notionalOfSteps(market: Market, ticks: number, lots: number): Units {
  const steps = ticks * lots;
  return (Number.isSafeInteger(steps) ? BigInt(steps) : BigInt(ticks) * BigInt(lots)) * market.stepNotional;
}

/** What is held for the order's open part: quote for a BUY, base for a SELL. A market order holds nothing; it never rests. */
export function lockedFor(order: LiveOrder): Units {
  if (order.slot === -1) return 0n;
  return order.side === 'BUY' ? notionalOfSteps(order.market, order.ticks, order.openLots) : BigInt(order.openLots) * order.market.lot;
}

/** The balance that an order's hold is taken from. */
export function paysFrom(order: LiveOrder): Balance {
  return order.side === 'BUY' ? order.quote : order.base;
}

export function filledQuantity(order: LiveOrder): Units {
  return BigInt(order.lots - order.openLots) * order.market.lot;
}

export function orderState(order: LiveOrder): OrderState {
  const { market, side } = order;
  return {
    id: order.id,
    userId: order.account.userId,
    symbol: market.symbol,
    side,
    type: order.type,
    quantity: BigInt(order.lots) * market.lot,
    price: order.type === 'MARKET' ? null : BigInt(order.ticks) * market.tick,
    filledQuantity: filledQuantity(order),
    filledNotional: order.filledNotional,
    fee: order.fee,
    feeAsset: side === 'BUY' ? market.rules.baseAsset : market.rules.quoteAsset,
    status: order.status,
    reason: order.reason,
    locked: lockedFor(order),
    clientOrderId: order.clientOrderId,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}
