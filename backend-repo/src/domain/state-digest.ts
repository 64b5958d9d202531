import { hash } from 'node:crypto';
import type { AccountRates, BalanceState, BatchChanges, EngineState, MarketProgress, MarketRules, MarketState, StoredOrder } from './matching/types.ts';

const LANES = 8;

/**
 * A digest of the engine's whole state that costs only what a batch changed: the sum of the SHA-256 hashes of its rows, lane by lane. So
 * it can be stored with every batch and checked at every load, which a hash over all rows could not under load. It finds what bugs and
 * broken disks do to rows; against somebody who forges rows on purpose stand the database's roles.
 */
export class StateDigest {
  /** Where each row's hash stands in `#hashes`, counted in hashes. */
  readonly #places = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #sum = new Uint32Array(LANES);
  /** One array for all: hundreds of thousands of small ones would be work for the garbage collector. */
  #hashes = new Uint32Array(LANES * 1_024);

  constructor(state: EngineState) {
    this.#putCounters(state);
    for (const market of state.markets) this.addMarket(market);
    for (const rates of state.feeRates) this.#putRates(rates);
    for (const balance of state.balances) this.#putBalance(balance);
    for (const order of state.orders) this.#putOrder(order);
  }

  addMarket(market: MarketState): void {
    this.#put(`rules ${market.symbol}`, rulesLine(market));
    this.#putMarket(market);
  }

  apply(changes: BatchChanges): void {
    this.#putCounters(changes);
    for (const market of changes.markets) this.#putMarket(market);
    for (const rates of changes.feeRates) this.#putRates(rates);
    for (const balance of changes.balances) this.#putBalance(balance);
    for (const order of changes.newOrders) this.#putOrder(order);
    for (const order of changes.updatedOrders) this.#putOrder(order);
  }

  /** Hex, 64 characters. */
  get value(): string {
    return Buffer.from(this.#sum.buffer).toString('hex');
  }

  #putCounters({ lastOrderId, lastTradeId, lastPriority }: Pick<EngineState, 'lastOrderId' | 'lastTradeId' | 'lastPriority'>): void {
    this.#put('counters', `${lastOrderId}|${lastTradeId}|${lastPriority}`);
  }

  #putMarket({ symbol, status, haltReason, haltedAt, sequence, lastPrice, breakerPrice, breakerSince }: MarketProgress): void {
    // Only where there is one: what was stored before there were such times keeps its digest.
    const halted = haltedAt === null ? '' : `|${haltedAt}`;
    this.#put(`market ${symbol}`, `${status}|${haltReason}|${sequence}|${lastPrice}|${breakerPrice}|${breakerSince}${halted}`);
  }

  #putRates({ userId, makerRate, takerRate }: AccountRates): void {
    this.#put(`rates ${userId}`, `${makerRate}|${takerRate}`);
  }

  #putBalance({ userId, asset, available, locked }: BalanceState): void {
    this.#put(`balance ${userId} ${asset}`, available === 0n && locked === 0n ? null : `${available}|${locked}`);
  }

  /** Only open orders count: what has ended is history. */
  #putOrder(o: StoredOrder): void {
    const open = o.status === 'PENDING' || o.status === 'PARTIAL';
    const line = [
      o.userId, o.symbol, o.side, o.type, o.quantity, o.price, o.stopPrice, o.stopLimitPrice, o.displayQuantity, o.displayedQuantity, o.timeInForce, o.expiresAt, o.postOnly,
      o.selfTradePrevention, o.triggeredAt, o.priority, o.filledQuantity, o.filledNotional, o.fee, o.clientOrderId, o.createdAt, o.updatedAt,
    ];
    this.#put(`order ${o.id}`, open ? line.join('|') : null);
  }

  #put(name: string, line: string | null): void {
    const known = this.#places.get(name);
    if (known !== undefined) for (let lane = 0; lane < LANES; lane += 1) this.#sum[lane]! -= this.#hashes[known * LANES + lane]!;
    if (line === null) {
      if (known === undefined) return;
      this.#places.delete(name);
      this.#free.push(known);
      return;
    }
    const place = known ?? this.#newPlace(name);
    const bytes = hash('sha256', `${name}|${line}`, 'buffer');
    for (let lane = 0; lane < LANES; lane += 1) this.#sum[lane]! += this.#hashes[place * LANES + lane] = bytes.readUInt32LE(lane * 4);
  }

  #newPlace(name: string): number {
    const place = this.#free.pop() ?? this.#places.size;
    if ((place + 1) * LANES > this.#hashes.length) {
      const larger = new Uint32Array(this.#hashes.length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#places.set(name, place);
    return place;
  }
}

function rulesLine(m: MarketRules): string {
  return `${m.baseAsset}|${m.quoteAsset}|${m.tick}|${m.lot}|${m.minPrice}|${m.maxPrice}|${m.minQuantity}|${m.maxQuantity}|${m.minNotional}|${m.bandRate}|${m.stopProtectionRate}|${m.breakerRate}|${m.breakerWindowMs}`;
}
