import type { HourlyVolume, OrderFact, TradeFact, TraderFacts, VenueFacts } from '../../domain/risk/facts.ts';
import { windowStartOf } from '../../domain/risk/finding.ts';
import { HOUR_MS } from '../../domain/risk/thresholds.ts';
import type { UserId } from '../../domain/matching/types.ts';
import type { Units } from '../../domain/money.ts';

const ORDERS_PER_TRADER_MAX = 256;
const TRADES_PER_TRADER_MAX = 256;
const PLACEMENTS_PER_USER_MAX = 512;
/** A day, and the hour that runs. */
const VOLUME_HOURS_MAX = 25;
const TRADERS_MAX = 50_000;
/** About 100 MB. */
const FACTS_MAX = 500_000;
/** Longer than the rules wait for what may still follow (a cancellation, a re-quote). */
const SETTLE_MS = 10_000;

/** One trader on one market. */
interface TraderMemory {
  readonly userId: UserId;
  readonly symbol: string;
  readonly orders: Recent<OrderFact>;
  readonly trades: Recent<TradeFact>;
  readonly volumes: Volumes;
}

interface MarketMemory {
  readonly volumes: Volumes;
  lastPrice: Units | null;
}

/** A row of trade history from before this memory began. `userId` null: by all. */
export interface PastVolume {
  readonly symbol: string;
  readonly userId: UserId | null;
  readonly hour: number;
  readonly notional: Units;
}

/**
 * What the rules need to remember of the venue, on the node that runs its engine. Every list is bounded per trader, so that nobody can push another
 * out of memory by being busy; above the bound of all, whoever was quiet longest is forgotten.
 */
export class RiskMemory {
  readonly #traders = new Map<string, TraderMemory>();
  readonly #placements = new Map<UserId, Recent<number>>();
  readonly #markets = new Map<string, MarketMemory>();
  /** Who is to be judged, and when they last did anything. */
  readonly #active = new Map<string, number>();
  #facts = 0;

  /** Takes microseconds: it only writes down. */
  observe({ orders, trades }: VenueFacts): void {
    for (const order of orders) {
      const trader = this.#trader(order.userId, order.symbol, order.time);
      this.#facts += trader.orders.add(order);
      if (order.kind === 'placed') this.#placed(order.userId, order.time);
    }
    for (const trade of trades) this.#traded(trade);
    this.#forgetQuiet();
  }

  /** Traders with something new, each until a while after their last fact: some things show only in what does not follow. */
  *due(at: number): Generator<TraderFacts> {
    for (const [key, last] of [...this.#active]) {
      if (at - last > SETTLE_MS && this.#active.get(key) === last) this.#active.delete(key);
      const trader = this.#traders.get(key);
      if (trader) yield this.#factsOf(trader);
    }
  }

  /** Begins anew: another node may have carried the venue on meanwhile. */
  clear(): void {
    for (const map of [this.#traders, this.#placements, this.#markets, this.#active]) map.clear();
    this.#facts = 0;
  }

  addPast(past: readonly PastVolume[]): void {
    for (const { symbol, userId, hour, notional } of past) {
      const { volumes } = userId === null ? this.#market(symbol) : this.#trader(userId, symbol, null);
      volumes.add(hour, notional);
    }
  }

  #factsOf({ userId, symbol, orders, trades, volumes }: TraderMemory): TraderFacts {
    const market = this.#market(symbol);
    return {
      userId,
      symbol,
      orders: orders.list,
      trades: trades.list,
      placements: this.#placements.get(userId)?.list ?? [],
      volumes: volumes.list,
      marketVolumes: market.volumes.list,
      lastPrice: market.lastPrice,
      tradesOf: (other) => this.#traders.get(keyOf(other, symbol))?.trades.list ?? [],
    };
  }

  #traded(trade: TradeFact): void {
    const { symbol, buyerId, sellerId, notional, price, executedAt } = trade;
    for (const userId of buyerId === sellerId ? [buyerId] : [buyerId, sellerId]) {
      const trader = this.#trader(userId, symbol, executedAt);
      this.#facts += trader.trades.add(trade);
      trader.volumes.add(windowStartOf(executedAt, HOUR_MS), notional);
    }
    const market = this.#market(symbol);
    market.volumes.add(windowStartOf(executedAt, HOUR_MS), notional);
    market.lastPrice = price;
  }

  #placed(userId: UserId, time: number): void {
    let placements = this.#placements.get(userId);
    if (!placements) this.#placements.set(userId, (placements = new Recent(PLACEMENTS_PER_USER_MAX)));
    placements.add(time);
  }

  /** @param at `null`: it is only remembered, not judged */
  #trader(userId: UserId, symbol: string, at: number | null): TraderMemory {
    const key = keyOf(userId, symbol);
    const known = this.#traders.get(key);
    const trader = known ?? { userId, symbol, orders: new Recent<OrderFact>(ORDERS_PER_TRADER_MAX), trades: new Recent<TradeFact>(TRADES_PER_TRADER_MAX), volumes: new Volumes() };
    if (known && at === null) return trader;
    // A map is in the order of insertion: whoever is put in again is the last to be forgotten.
    if (known) this.#traders.delete(key);
    this.#traders.set(key, trader);
    if (at !== null) this.#active.set(key, at);
    return trader;
  }

  #market(symbol: string): MarketMemory {
    let market = this.#markets.get(symbol);
    if (!market) this.#markets.set(symbol, (market = { volumes: new Volumes(), lastPrice: null }));
    return market;
  }

  #forgetQuiet(): void {
    while (this.#traders.size > TRADERS_MAX || this.#facts > FACTS_MAX) {
      const [key, { userId, orders, trades }] = this.#traders.entries().next().value!;
      this.#traders.delete(key);
      this.#active.delete(key);
      this.#placements.delete(userId);
      this.#facts -= orders.size + trades.size;
    }
  }
}

const keyOf = (userId: UserId, symbol: string): string => `${userId} ${symbol}`;

/** The latest of a kind, oldest first. */
class Recent<Fact> {
  #facts: Fact[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns by how many it has grown: 1 or, when it is full, 0 */
  add(fact: Fact): number {
    const grown = this.#facts.length < this.#max ? 1 : 0;
    this.#facts.push(fact);
    // Moved rarely: a shift per fact would cost as much as the list is long.
    if (this.#facts.length >= 2 * this.#max) this.#facts = this.#facts.slice(-this.#max);
    return grown;
  }

  get size(): number {
    return Math.min(this.#facts.length, this.#max);
  }

  get list(): readonly Fact[] {
    return this.#facts.slice(-this.#max);
  }
}

/** What was traded per hour, of the last day. */
class Volumes {
  #hours: HourlyVolume[] = [];

  add(hour: number, notional: Units): void {
    const at = this.#hours.findLastIndex((volume) => volume.hour <= hour);
    const known = this.#hours[at];
    if (known?.hour === hour) this.#hours[at] = { hour, notional: known.notional + notional };
    else this.#hours.splice(at + 1, 0, { hour, notional });
    if (this.#hours.length > VOLUME_HOURS_MAX) this.#hours.shift();
  }

  get list(): readonly HourlyVolume[] {
    return this.#hours;
  }
}
