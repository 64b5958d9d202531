import { hash } from 'node:crypto';
import type { AccountRates, BalanceState, BatchChanges, EngineState, MarketProgress, MarketRules, MarketState, StoredOrder } from './matching/types.ts';

const LANES = 8;
const SHARDS = 64;
/** 128 kB of hashes. */
const CHUNK_ROWS = 4_096;

/**
 * A digest of the engine's whole state that costs only what a batch changed: the sum of the SHA-256 hashes of its rows, lane by lane. So
 * it can be stored with every batch and checked at every load, which a hash over all rows could not under load. It finds what bugs and
 * broken disks do to rows; against somebody who forges rows on purpose stand the database's roles.
 */
export class StateDigest {
  /** Where each row's hash stands in `#chunks`. Many small maps: one grows and tidies itself up in one go, which with half a million rows takes 30 to 100 ms of everybody's time. */
  readonly #places = Array.from({ length: SHARDS }, () => new Map<string, number>());
  #rows = 0;
  readonly #free: number[] = [];
  readonly #sum = new Uint32Array(LANES);
  /** Thousands to an array: hundreds of thousands of small ones would be work for the garbage collector, and a single one would have to be copied when it is full. */
  readonly #chunks: Uint32Array[] = [];

  constructor(state: EngineState) {
    this.#putCounters(state);
    for (const market of state.markets) this.addMarket(market);
    for (const rates of state.feeRates) this.#putRates(rates);
    for (const balance of state.balances) this.#putBalance(balance);
    for (const order of state.orders) this.#putOrder(order);
  }

  addMarket(market: MarketState): void {
    this.#put(0, `rules ${market.symbol}`, rulesLine(market));
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
    this.#put(0, 'counters', `${lastOrderId}|${lastTradeId}|${lastPriority}`);
  }

  #putMarket({ symbol, status, haltReason, haltedAt, sequence, lastPrice, breakerPrice, breakerSince }: MarketProgress): void {
    // Only where there is one: what was stored before there were such times keeps its digest.
    const halted = haltedAt === null ? '' : `|${haltedAt}`;
    this.#put(0, `market ${symbol}`, `${status}|${haltReason}|${sequence}|${lastPrice}|${breakerPrice}|${breakerSince}${halted}`);
  }

  #putRates({ userId, makerRate, takerRate }: AccountRates): void {
    this.#put(userId, `rates ${userId}`, `${makerRate}|${takerRate}`);
  }

  #putBalance({ userId, asset, available, locked }: BalanceState): void {
    this.#put(userId, `balance ${userId} ${asset}`, available === 0n && locked === 0n ? null : `${available}|${locked}`);
  }

  /** Only open orders count: what has ended is history. */
  #putOrder(o: StoredOrder): void {
    const open = o.status === 'PENDING' || o.status === 'PARTIAL';
    const line = [
      o.userId, o.symbol, o.side, o.type, o.quantity, o.price, o.stopPrice, o.stopLimitPrice, o.displayQuantity, o.displayedQuantity, o.timeInForce, o.expiresAt, o.postOnly,
      o.selfTradePrevention, o.triggeredAt, o.priority, o.filledQuantity, o.filledNotional, o.fee, o.clientOrderId, o.createdAt, o.updatedAt,
    ];
    this.#put(o.id, `order ${o.id}`, open ? line.join('|') : null);
  }

  /** @param number whose or which it is: what its shard is chosen by */
  #put(number: number, name: string, line: string | null): void {
    const places = this.#places[Math.abs(number) % SHARDS]!;
    const known = places.get(name);
    if (known !== undefined) this.#subtract(known);
    if (line === null) {
      if (known === undefined) return;
      places.delete(name);
      this.#free.push(known);
      return;
    }
    const place = known ?? this.#newPlace();
    if (known === undefined) places.set(name, place);
    const bytes = hash('sha256', `${name}|${line}`, 'buffer');
    const [chunk, at] = this.#find(place);
    for (let lane = 0; lane < LANES; lane += 1) this.#sum[lane]! += chunk[at + lane] = bytes.readUInt32LE(lane * 4);
  }

  #subtract(place: number): void {
    const [chunk, at] = this.#find(place);
    for (let lane = 0; lane < LANES; lane += 1) this.#sum[lane]! -= chunk[at + lane]!;
  }

  #find(place: number): [chunk: Uint32Array, at: number] {
    return [this.#chunks[Math.floor(place / CHUNK_ROWS)]!, (place % CHUNK_ROWS) * LANES];
  }

  #newPlace(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#rows === this.#chunks.length * CHUNK_ROWS) this.#chunks.push(new Uint32Array(CHUNK_ROWS * LANES));
    this.#rows += 1;
    return this.#rows - 1;
  }
}

function rulesLine(m: MarketRules): string {
  return `${m.baseAsset}|${m.quoteAsset}|${m.tick}|${m.lot}|${m.minPrice}|${m.maxPrice}|${m.minQuantity}|${m.maxQuantity}|${m.minNotional}|${m.bandRate}|${m.stopProtectionRate}|${m.breakerRate}|${m.breakerWindowMs}`;
}
