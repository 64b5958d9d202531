import type { OrderId, Side, UserId } from '../matching/types.ts';
import { amountFrom, notionalOf, type Units } from '../money.ts';
import { isOwnersEnd, type WindowVolume, type OrderFact, type Touch, type TradeFact, type TraderFacts } from './facts.ts';

/** 2026-01-15, noon, so that no test runs over the edge of an hour by accident. */
export const NOON = 1_768_478_400_000;
export const BTC = 'BTCUSDT';

export interface TapeOrder {
  readonly id: OrderId;
  readonly userId: UserId;
  readonly side: Side;
  readonly price: Units | null;
  readonly placedAt: number;
  open: Units;
}

/** Writes down what happened on one market, so that a case reads like a story. Amounts are decimals. */
export class Tape {
  at = NOON;
  readonly orders: OrderFact[] = [];
  readonly trades: TradeFact[] = [];
  touch: Touch | null = { bid: amountFrom('100'), ask: amountFrom('100.1') };
  #ids = 0;

  wait(milliseconds: number): this {
    this.at += milliseconds;
    return this;
  }

  quote(bid: string, ask: string): this {
    this.touch = { bid: amountFrom(bid), ask: amountFrom(ask) };
    return this;
  }

  /** @param price `null`: a market order */
  place(userId: UserId, side: Side, quantity: string, price: string | null): TapeOrder {
    const order: TapeOrder = { id: ++this.#ids, userId, side, price: price === null ? null : amountFrom(price), placedAt: this.at, open: amountFrom(quantity) };
    this.#note('placed', order, true);
    return order;
  }

  cancel(...orders: readonly TapeOrder[]): this {
    for (const order of orders) this.#note('cancelled', order, true);
    return this;
  }

  /** Its time is over: it was given as long as it has lived. */
  expire(...orders: readonly TapeOrder[]): this {
    for (const order of orders) this.#note('cancelled', order, isOwnersEnd({ reason: 'EXPIRED', createdAt: order.placedAt, expiresAt: this.at }));
    return this;
  }

  /** The venue takes it away, as self-trade prevention does. */
  lose(...orders: readonly TapeOrder[]): this {
    for (const order of orders) this.#note('cancelled', order, false);
    return this;
  }

  amend(order: TapeOrder, price: string, quantity?: string): TapeOrder {
    const changed = { ...order, price: amountFrom(price), open: quantity === undefined ? order.open : amountFrom(quantity) };
    this.#note('amended', changed, true);
    return changed;
  }

  /** The maker's price. Of two prices it is the first one's. */
  trade(maker: TapeOrder, taker: TapeOrder, quantity: string, price = maker.price!): this {
    const [buyer, seller] = maker.side === 'BUY' ? [maker, taker] : [taker, maker];
    const units = amountFrom(quantity);
    for (const order of [maker, taker]) order.open -= units;
    this.trades.push({
      id: ++this.#ids, symbol: BTC, price, quantity: units, notional: notionalOf(price, units), buyerId: buyer.userId, sellerId: seller.userId,
      buyerOrderId: buyer.id, sellerOrderId: seller.id, takerSide: taker.side, executedAt: this.at,
    });
    return this;
  }

  /** Somebody rests, somebody else meets it. */
  meet(makerId: UserId, side: Side, quantity: string, price: string, takerId: UserId): this {
    const maker = this.place(makerId, side, quantity, price);
    const taker = this.place(takerId, side === 'BUY' ? 'SELL' : 'BUY', quantity, price);
    return this.trade(maker, taker, quantity);
  }

  of(userId: UserId, more: Partial<TraderFacts> = {}): TraderFacts {
    const tradesOf = (id: UserId): TradeFact[] => this.trades.filter(({ buyerId, sellerId }) => buyerId === id || sellerId === id);
    const orders = this.orders.filter((order) => order.userId === userId);
    return {
      userId, symbol: BTC, orders, trades: tradesOf(userId), placements: orders.filter(({ kind }) => kind === 'placed').map(({ time }) => time), volumes: [], marketVolumes: [],
      lastPrice: this.trades.at(-1)?.price ?? null, tradesOf, ...more,
    };
  }

  get users(): readonly UserId[] {
    return [...new Set(this.orders.map(({ userId }) => userId))];
  }

  #note(kind: OrderFact['kind'], { id, userId, side, price, open }: TapeOrder, byOwner: boolean): void {
    this.orders.push({ kind, time: this.at, orderId: id, userId, symbol: BTC, side, price, open, byOwner, touch: this.touch });
  }
}

/** Volumes of the hours before `at`, the last one last, and of the hour that runs. */
export function hours(past: readonly string[], now: string, at = NOON): WindowVolume[] {
  const hourMs = 3_600_000;
  const current = Math.floor(at / hourMs) * hourMs;
  const before = past.map((notional, index) => ({ start: current - (past.length - index) * hourMs, notional: amountFrom(notional) }));
  return [...before, { start: current, notional: amountFrom(now) }].filter(({ notional }) => notional > 0n);
}

export const repeat = (times: number, act: (round: number) => void): void => Array.from({ length: times }).forEach((_, round) => act(round));
