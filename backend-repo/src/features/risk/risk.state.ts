import type { OrderFact, TradeFact, TraderFacts, VenueFacts, WindowVolume } from '../../domain/risk/facts.ts';
import { windowStartOf } from '../../domain/risk/finding.ts';
import { HISTORY_WINDOWS } from '../../domain/risk/unusual-volume.ts';
import type { UserId } from '../../domain/matching/types.ts';
import type { Units } from '../../domain/money.ts';

const ORDERS_PER_TRADER_MAX = 256;
const TRADES_PER_TRADER_MAX = 256;
const PLACEMENTS_PER_USER_MAX = 512;
/** Those that say what is usual, and the one that runs. */
const VOLUME_WINDOWS_MAX = HISTORY_WINDOWS + 1;
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
  /** Time of the last fact; 0 for one who is only known from the past. */
  last: number;
}

interface MarketMemory {
  readonly symbol: string;
  readonly traders: Map<UserId, TraderMemory>;
  readonly volumes: Volumes;
  lastPrice: Units | null;
}

/** A row of trade history from before this memory began. `userId` null: by all. */
export interface PastVolume {
  readonly symbol: string;
  readonly userId: UserId | null;
  readonly start: number;
  readonly notional: Units;
}

/**
 * What the rules need to remember of the venue, on the node that runs its engine. Every list is bounded per trader, so that nobody can push another
 * out of memory by being busy; above the bound of all, whoever was quiet longest is forgotten.
 */
export class RiskMemory {
  readonly #markets = new Map<string, MarketMemory>();
  readonly #placements = new Map<UserId, Recent<number>>();
  /** Who is to be judged. */
  readonly #active = new Set<TraderMemory>();
  #traders = 0;
  #facts = 0;
  readonly #windowMs: number;

  /** @param windowMs volumes are kept by windows of this length */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Takes a microsecond per fact: it only writes down. */
  observe({ orders, trades }: VenueFacts): void {
    for (const order of orders) {
      const trader = this.#seen(order.userId, this.#market(order.symbol), order.time);
      this.#facts += trader.orders.add(order);
      if (order.kind === 'placed') this.#placed(order.userId, order.time);
    }
    for (const trade of trades) this.#traded(trade);
    if (this.#traders > TRADERS_MAX || this.#facts > FACTS_MAX) this.#forgetQuiet();
  }

  /** Traders with something new, each until a while after their last fact: some things show only in what does not follow. */
  *due(at: number): Generator<TraderFacts> {
    for (const trader of [...this.#active]) {
      if (at - trader.last > SETTLE_MS) this.#active.delete(trader);
      yield this.#factsOf(trader);
    }
  }

  /** Begins anew: another node may have carried the venue on meanwhile. */
  clear(): void {
    for (const collection of [this.#markets, this.#placements, this.#active]) collection.clear();
    this.#traders = 0;
    this.#facts = 0;
  }

  addPast(past: readonly PastVolume[]): void {
    for (const { symbol, userId, start, notional } of past) {
      const market = this.#market(symbol);
      const { volumes } = userId === null ? market : this.#trader(userId, market);
      volumes.add(start, notional);
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
      tradesOf: (other) => market.traders.get(other)?.trades.list ?? [],
    };
  }

  #traded(trade: TradeFact): void {
    const { symbol, buyerId, sellerId, notional, price, executedAt } = trade;
    const market = this.#market(symbol);
    const start = windowStartOf(executedAt, this.#windowMs);
    for (const userId of buyerId === sellerId ? [buyerId] : [buyerId, sellerId]) {
      const trader = this.#seen(userId, market, executedAt);
      this.#facts += trader.trades.add(trade);
      trader.volumes.add(start, notional);
    }
    market.volumes.add(start, notional);
    market.lastPrice = price;
  }

  #placed(userId: UserId, time: number): void {
    let placements = this.#placements.get(userId);
    if (!placements) this.#placements.set(userId, (placements = new Recent(PLACEMENTS_PER_USER_MAX)));
    placements.add(time);
  }

  #seen(userId: UserId, market: MarketMemory, at: number): TraderMemory {
    const trader = this.#trader(userId, market);
    trader.last = at;
    this.#active.add(trader);
    return trader;
  }

  #trader(userId: UserId, { symbol, traders }: MarketMemory): TraderMemory {
    let trader = traders.get(userId);
    if (!trader) {
      trader = { userId, symbol, orders: new Recent(ORDERS_PER_TRADER_MAX), trades: new Recent(TRADES_PER_TRADER_MAX), volumes: new Volumes(), last: 0 };
      traders.set(userId, trader);
      this.#traders += 1;
    }
    return trader;
  }

  #market(symbol: string): MarketMemory {
    let market = this.#markets.get(symbol);
    if (!market) this.#markets.set(symbol, (market = { symbol, traders: new Map(), volumes: new Volumes(), lastPrice: null }));
    return market;
  }

  /** A tenth of all at a time, so that it is seldom done. */
  #forgetQuiet(): void {
    const all = [...this.#markets.values()].flatMap(({ traders }) => [...traders.values()]).sort((one, other) => one.last - other.last);
    for (const trader of all.slice(0, Math.ceil(all.length / 10))) {
      this.#market(trader.symbol).traders.delete(trader.userId);
      this.#active.delete(trader);
      this.#placements.delete(trader.userId);
      this.#traders -= 1;
      this.#facts -= trader.orders.size + trader.trades.size;
    }
  }
}

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

/** What was traded per window, of the latest ones. */
class Volumes {
  readonly #windows: { readonly start: number; notional: Units }[] = [];

  add(start: number, notional: Units): void {
    const latest = this.#windows.at(-1);
    if (latest?.start === start) latest.notional += notional;
    else if (!latest || latest.start < start) this.#windows.push({ start, notional });
    else this.#addEarlier(start, notional);
    if (this.#windows.length > VOLUME_WINDOWS_MAX) this.#windows.shift();
  }

  get list(): readonly WindowVolume[] {
    return this.#windows;
  }

  #addEarlier(start: number, notional: Units): void {
    const at = this.#windows.findLastIndex((volume) => volume.start <= start);
    const known = this.#windows[at];
    if (known?.start === start) known.notional += notional;
    else this.#windows.splice(at + 1, 0, { start, notional });
  }
}
