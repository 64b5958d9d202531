import { createHash } from 'node:crypto';
import { type LiveOrder, storedOrder } from './live-order.ts';
import { Market } from './market.ts';
import { marketRulesProblem } from './market-rules.ts';
import { restoreOrder } from './restored-order.ts';
import { isStirring } from './sending.ts';
import { type AccountRates, type EngineState, MAKER_RATE_DEFAULT, type MarketState, type StoredOrder, TAKER_RATE_DEFAULT } from './types.ts';
import type { Venue } from './venue.ts';

/** Fills an empty venue from rows. Throws with a sentence on rows that cannot be true; what only sums can tell is left to the invariants. */
export function fillVenue(venue: Venue, state: EngineState): void {
  for (const row of state.balances) venue.ledger.restore(row);
  for (const { userId, makerRate, takerRate } of state.feeRates) Object.assign(venue.ledger.account(userId), { makerRate, takerRate });
  const house = venue.ledger.account(venue.houseUserId);
  for (const market of state.markets) {
    const problem = venue.markets.has(market.symbol) ? 'listed twice' : (marketRulesProblem(market) ?? progressProblem(market));
    if (problem !== null) throw new Error(`market ${market.symbol}: ${problem}`);
    venue.markets.set(market.symbol, new Market(market, venue.ledger, house));
  }
  // Who came first stands first in each queue.
  for (const row of [...state.orders].sort((a, b) => a.priority - b.priority)) {
    const problem = restoreOrder(venue, row);
    if (problem !== null) throw new Error(`order ${row.id}: ${problem}`);
  }
  venue.restless = [...venue.markets.values()].find(isStirring) ?? null;
}

function progressProblem({ tick, lastPrice, breakerPrice, breakerSince, breakerRate, haltReason, haltedAt }: MarketState): string | null {
  if (haltedAt !== null && haltReason !== 'CIRCUIT_BREAKER') return 'it has the time of a halt, and no such halt';
  if ((lastPrice ?? 0n) % tick !== 0n || (breakerPrice ?? 0n) % tick !== 0n) return 'its last price is not on its tick';
  if ((breakerPrice === null) !== (breakerSince === null)) return 'the circuit breaker’s window needs a price and a time';
  return breakerPrice !== null && breakerRate === null ? 'it has no circuit breaker, but a window for one' : null;
}

/** The venue as rows: markets by symbol, balances by user and asset (without empty ones), orders by id. */
export function stateOf(venue: Venue): EngineState {
  const { ledger } = venue;
  return {
    houseUserId: venue.houseUserId,
    markets: [...venue.markets.values()].map(({ rules, progress }): MarketState => ({ ...rules, ...progress })).sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    feeRates: ledger.allAccounts().filter(hasOwnRates).map(({ userId, makerRate, takerRate }) => ({ userId, makerRate, takerRate })),
    balances: ledger
      .allBalances()
      .filter(({ available, locked }) => available !== 0n || locked !== 0n)
      .map(({ userId, asset, available, locked }) => ({ userId, asset, available, locked })),
    orders: [...venue.orders.values()].sort((a: LiveOrder, b) => a.id - b.id).map(storedOrder),
    lastOrderId: venue.lastOrderId,
    lastTradeId: venue.lastTradeId,
    lastPriority: venue.lastPriority,
  };
}

/**
 * SHA-256, in hex, over one line of JSON per row, amounts as whole units. Fields are named one by one, so that the order of keys in an object
 * cannot change the hash.
 */
export function hashOf(state: EngineState): string {
  const hash = createHash('sha256');
  const line = (...cells: (string | number | bigint | boolean | null)[]): void => {
    hash.update(`${JSON.stringify(cells.map((cell) => (typeof cell === 'bigint' ? cell.toString() : cell)))}\n`);
  };
  line('engine-state-3', state.houseUserId, state.lastOrderId, state.lastTradeId, state.lastPriority);
  for (const m of state.markets) {
    line('market', m.symbol, m.baseAsset, m.quoteAsset, m.tick, m.lot, m.minPrice, m.maxPrice, m.minQuantity, m.maxQuantity, m.minNotional);
    line(m.bandRate, m.stopProtectionRate, m.breakerRate, m.breakerWindowMs, m.status, m.haltReason, m.haltedAt, m.sequence, m.lastPrice, m.breakerPrice, m.breakerSince);
  }
  for (const r of state.feeRates) line('rates', r.userId, r.makerRate, r.takerRate);
  for (const b of state.balances) line('balance', b.userId, b.asset, b.available, b.locked);
  for (const o of state.orders) line('order', ...orderCells(o));
  return hash.digest('hex');
}

function orderCells(o: StoredOrder): (string | number | bigint | boolean | null)[] {
  return [
    o.id, o.userId, o.symbol, o.side, o.type, o.quantity, o.quoteAmount, o.price, o.stopPrice, o.stopLimitPrice, o.displayQuantity, o.displayedQuantity, o.timeInForce,
    o.expiresAt, o.postOnly, o.selfTradePrevention, o.triggeredAt, o.priority, o.filledQuantity, o.filledNotional, o.fee, o.clientOrderId, o.createdAt, o.updatedAt,
  ];
}

function hasOwnRates({ makerRate, takerRate }: AccountRates): boolean {
  return makerRate !== MAKER_RATE_DEFAULT || takerRate !== TAKER_RATE_DEFAULT;
}
