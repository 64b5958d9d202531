import { createHash } from 'node:crypto';
import type { Ledger } from './ledger.ts';
import { lockedFor, makeMarket, type LiveOrder, type Market, orderState } from './live-order.ts';
import { marketRulesProblem } from './market-rules.ts';
import {
  type AccountRates,
  type EngineState,
  MAKER_RATE_DEFAULT,
  type MarketState,
  type OrderId,
  type OrderState,
  TAKER_RATE_DEFAULT,
  type TradeId,
  type UserId,
} from './types.ts';

/** Everything the engine holds, without what it collects for the current batch. */
export interface Venue {
  readonly houseUserId: UserId;
  readonly ledger: Ledger;
  readonly markets: Map<string, Market>;
  readonly orders: Map<OrderId, LiveOrder>;
  lastOrderId: OrderId;
  lastTradeId: TradeId;
}

/** Fills an empty venue from rows. Throws with a sentence on rows that cannot be true; what only sums can tell is left to the invariants. */
export function fillVenue(venue: Venue, state: EngineState): void {
  for (const row of state.balances) venue.ledger.restore(row);
  for (const { userId, makerRate, takerRate } of state.feeRates) Object.assign(venue.ledger.account(userId), { makerRate, takerRate });
  const house = venue.ledger.account(venue.houseUserId);
  for (const market of state.markets) {
    const problem = venue.markets.has(market.symbol) ? 'listed twice' : marketRulesProblem(market);
    if (problem !== null) throw new Error(`market ${market.symbol}: ${problem}`);
    venue.markets.set(market.symbol, makeMarket(market, venue.ledger, house));
  }
  for (const row of [...state.orders].sort((a, b) => a.id - b.id)) {
    const problem = restoreOrder(venue, row);
    if (problem !== null) throw new Error(`order ${row.id}: ${problem}`);
  }
}

function restoreOrder(venue: Venue, row: OrderState): string | null {
  const market = venue.markets.get(row.symbol);
  if (market === undefined) return `unknown symbol ${row.symbol}`;
  if (venue.orders.has(row.id)) return 'listed twice';
  if (row.id > venue.lastOrderId) return `above lastOrderId ${venue.lastOrderId}`;
  if (row.type !== 'LIMIT' || row.price === null) return 'only limit orders rest';
  if (row.price <= 0n || row.price % market.tick !== 0n) return 'price is not on the market’s tick';
  if (row.quantity % market.lot !== 0n || row.filledQuantity % market.lot !== 0n) return 'quantity is not on the market’s lot';
  if (row.filledQuantity < 0n || row.filledQuantity >= row.quantity) return 'filled quantity is not below its quantity';
  if (row.status !== (row.filledQuantity === 0n ? 'PENDING' : 'PARTIAL')) return `status ${row.status} does not fit what is filled`;
  const account = venue.ledger.account(row.userId);
  const order: LiveOrder = {
    id: row.id,
    account,
    market,
    base: venue.ledger.balance(account, market.rules.baseAsset),
    quote: venue.ledger.balance(account, market.rules.quoteAsset),
    side: row.side,
    type: row.type,
    lots: Number(row.quantity / market.lot),
    ticks: Number(row.price / market.tick),
    clientOrderId: row.clientOrderId,
    createdAt: row.createdAt,
    openLots: Number((row.quantity - row.filledQuantity) / market.lot),
    filledNotional: row.filledNotional,
    fee: row.fee,
    status: row.status,
    reason: row.reason,
    updatedAt: row.updatedAt,
    slot: -1,
    changedInBatch: false,
  };
  order.slot = market.book.add(order.id, account.userId, order.side === 'BUY', order.ticks, order.openLots);
  venue.orders.set(order.id, order);
  return lockedFor(order) === row.locked ? null : `locked is ${row.locked}, its open part needs ${lockedFor(order)}`;
}

/** The venue as rows: markets by symbol, balances by user and asset (without empty ones), orders by id. */
export function stateOf(venue: Venue): EngineState {
  const { ledger } = venue;
  return {
    houseUserId: venue.houseUserId,
    markets: [...venue.markets.values()].map(marketState).sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    feeRates: ledger.allAccounts().filter(hasOwnRates).map(({ userId, makerRate, takerRate }) => ({ userId, makerRate, takerRate })),
    balances: ledger
      .allBalances()
      .filter(({ available, locked }) => available !== 0n || locked !== 0n)
      .map(({ userId, asset, available, locked }) => ({ userId, asset, available, locked })),
    orders: [...venue.orders.values()].sort((a, b) => a.id - b.id).map(orderState),
    lastOrderId: venue.lastOrderId,
    lastTradeId: venue.lastTradeId,
  };
}

/**
 * SHA-256, in hex, over one line of JSON per row, amounts as whole units. Fields are named one by one, so that the order of keys in an object
 * cannot change the hash.
 */
export function hashOf(state: EngineState): string {
  const hash = createHash('sha256');
  const line = (...cells: (string | number | bigint | null)[]): void => {
    hash.update(`${JSON.stringify(cells.map((cell) => (typeof cell === 'bigint' ? cell.toString() : cell)))}\n`);
  };
  line('engine-state-1', state.houseUserId, state.lastOrderId, state.lastTradeId);
  for (const m of state.markets) {
    line('market', m.symbol, m.baseAsset, m.quoteAsset, m.tick, m.lot, m.minPrice, m.maxPrice, m.minQuantity, m.maxQuantity, m.minNotional, m.status, m.sequence);
  }
  for (const r of state.feeRates) line('rates', r.userId, r.makerRate, r.takerRate);
  for (const b of state.balances) line('balance', b.userId, b.asset, b.available, b.locked);
  for (const o of state.orders) {
    line('order', o.id, o.userId, o.symbol, o.side, o.type, o.quantity, o.price, o.filledQuantity, o.filledNotional, o.fee, o.locked, o.clientOrderId, o.createdAt, o.updatedAt);
  }
  return hash.digest('hex');
}

function marketState(market: Market): MarketState {
  return { ...market.rules, sequence: market.sequence };
}

function hasOwnRates({ makerRate, takerRate }: AccountRates): boolean {
  return makerRate !== MAKER_RATE_DEFAULT || takerRate !== TAKER_RATE_DEFAULT;
}
