import type { OrderId, Side, TradeId, UserId } from '../matching/types.ts';
import type { Units } from '../money.ts';
import { opposite, type OrderFact, type TradeFact } from './facts.ts';
import type { SpoofingThresholds } from './thresholds.ts';

/** Fills on one side, and what the trader then took away from the other. */
export interface Episode {
  readonly side: Side;
  readonly tradeIds: TradeId[];
  readonly orderIds: OrderId[];
  readonly prices: Set<Units>;
  filled: Units;
  /** The trader's open orders at the fill. */
  same: Units;
  other: Units;
  withdrawn: Units;
  replaced: Units;
  end: number;
  withdrawnAt: number;
}

interface OpenOrder {
  readonly side: Side;
  readonly price: Units;
  open: Units;
  readonly placedAt: number;
  /** Behind the best price when it was placed: it was not meant to be met next. */
  readonly isBehind: boolean;
}

/**
 * Follows one trader's orders on one market, in the order of time. Each fact is looked at once: what a cancellation belongs to is the last fill
 * on the other side, and totals are kept, so that nothing is searched.
 */
export class FalseDepth {
  readonly episodes: Episode[] = [];
  readonly #limits: SpoofingThresholds;
  readonly #userId: UserId;
  readonly #open = new Map<OrderId, OpenOrder>();
  readonly #total: Record<Side, Units> = { BUY: 0n, SELL: 0n };
  readonly #current: Partial<Record<Side, Episode>> = {};

  constructor(userId: UserId, limits: SpoofingThresholds) {
    this.#userId = userId;
    this.#limits = limits;
  }

  order(fact: OrderFact): void {
    if (fact.kind === 'placed') return this.#placed(fact);
    const known = this.#open.get(fact.orderId);
    if (!known) return;
    if (fact.kind === 'amended' && fact.price === known.price) {
      if (fact.open < known.open) this.#withdrawn(known, known.open - fact.open, fact);
      if (fact.open > known.open) this.#added(known.side, fact.open - known.open, fact.time);
      this.#total[known.side] += fact.open - known.open;
      known.open = fact.open;
      return;
    }
    this.#open.delete(fact.orderId);
    this.#total[known.side] -= known.open;
    this.#withdrawn(known, known.open, fact);
    if (fact.kind === 'amended') this.#placed(fact);
  }

  trade({ id, buyerId, sellerId, buyerOrderId, sellerOrderId, quantity, executedAt }: TradeFact): void {
    // With oneself: that is washTrading's.
    if (buyerId === sellerId) return;
    const side: Side = buyerId === this.#userId ? 'BUY' : 'SELL';
    const episode = this.#episodeOfFill(side, executedAt);
    episode.tradeIds.push(id);
    episode.filled += quantity;
    episode.end = executedAt;
    const order = this.#open.get(side === 'BUY' ? buyerOrderId : sellerOrderId);
    // An order the book never showed counts with what it filled.
    const same = this.#total[side] + (order ? 0n : quantity);
    if (same > episode.same) episode.same = same;
    if (this.#total[opposite(side)] > episode.other) episode.other = this.#total[opposite(side)];
    if (!order) return;
    const taken = quantity < order.open ? quantity : order.open;
    order.open -= taken;
    this.#total[side] -= taken;
    if (order.open === 0n) this.#open.delete(side === 'BUY' ? buyerOrderId : sellerOrderId);
  }

  #placed({ orderId, side, price, open, time, touch }: OrderFact): void {
    if (price === null || open <= 0n || this.#open.has(orderId)) return;
    const best = touch === null ? null : side === 'BUY' ? touch.bid : touch.ask;
    const behind = best === null ? 0n : side === 'BUY' ? best - price : price - best;
    // Where nobody looked at the best price, any order may have been behind it.
    this.#open.set(orderId, { side, price, open, placedAt: time, isBehind: touch === null || behind > 0n });
    this.#total[side] += open;
    if (best === null || behind * 10_000n <= best * this.#limits.replaceWithinBasisPoints) this.#added(side, open, time);
  }

  #added(side: Side, quantity: Units, time: number): void {
    const episode = this.#current[opposite(side)];
    if (episode && time >= episode.end && time - Math.max(episode.end, episode.withdrawnAt) <= this.#limits.replaceWithinMs) episode.replaced += quantity;
  }

  #withdrawn({ side, price, placedAt, isBehind }: OpenOrder, quantity: Units, { orderId, time, byOwner }: OrderFact): void {
    const episode = this.#current[opposite(side)];
    if (!episode || !byOwner || !isBehind || placedAt > episode.end) return;
    if (time - episode.end > this.#limits.cancelWithinMs || episode.end - placedAt > this.#limits.orderAgeMaxMs) return;
    episode.withdrawn += quantity;
    episode.withdrawnAt = Math.max(episode.withdrawnAt, time);
    episode.prices.add(price);
    episode.orderIds.push(orderId);
  }

  /** Fills in a row are one episode, until something is withdrawn. */
  #episodeOfFill(side: Side, time: number): Episode {
    const last = this.#current[side];
    if (last && last.withdrawn === 0n && time - last.end <= this.#limits.cancelWithinMs) return last;
    const episode: Episode = { side, tradeIds: [], orderIds: [], prices: new Set(), filled: 0n, same: 0n, other: 0n, withdrawn: 0n, replaced: 0n, end: time, withdrawnAt: 0 };
    this.#current[side] = episode;
    this.episodes.push(episode);
    return episode;
  }
}
