import { STEPS_PER_COMMAND_MAX } from '../commands.ts';
import type { CancelReason, MarketState } from '../types.ts';
import type { ReferenceAccounts } from './reference-accounts.ts';
import { bandLimit, dearestPrice, isBeyond, isDue, limitOf, ONE, openPart, type ReferenceMarket, type ReferenceOrder, stopHalfLimit } from './reference-order.ts';
import { nextPart, walk, type Walk } from './reference-walk.ts';

/** All open orders in one array, and what happens when one of them goes out to trade. */
export class ReferenceBooks {
  readonly markets: ReferenceMarket[];
  /** Every order that is PENDING or PARTIAL. */
  open: ReferenceOrder[] = [];
  /** Trades, wakened stops and market halts of this command, in order. */
  log: string[] = [];
  /** Orders that ended unfilled in this command, with their reasons. */
  cancelled: string[] = [];
  private readonly accounts: ReferenceAccounts;
  private lastPriority = 0;

  constructor(accounts: ReferenceAccounts, markets: readonly MarketState[]) {
    this.accounts = accounts;
    this.markets = markets.map((market) => ({ ...market }));
  }

  market(symbol: string): ReferenceMarket | undefined {
    return this.markets.find((market) => market.symbol === symbol);
  }

  marketOf({ symbol }: ReferenceOrder): ReferenceMarket {
    return this.market(symbol) as ReferenceMarket;
  }

  find(orderId: number, userId: number): ReferenceOrder | undefined {
    return this.open.find((order) => order.id === orderId && order.userId === userId);
  }

  /** Price and quantity of each level, best first. */
  depth(symbol: string, side: 'BUY' | 'SELL'): [bigint, bigint][] {
    const market = this.market(symbol) as ReferenceMarket;
    const levels: [bigint, bigint][] = [];
    for (const order of this.open) {
      if (!order.resting || order.symbol !== symbol || order.side !== side) continue;
      const price = limitOf(order, market) as bigint;
      const level = levels.find(([other]) => other === price);
      if (level) level[1] += order.shown;
      else levels.push([price, order.shown]);
    }
    return levels.sort(([one], [other]) => (isBeyond(side, one, other) ? -1 : 1));
  }

  bestOffer({ symbol, side }: Pick<ReferenceOrder, 'symbol' | 'side'>): bigint | null {
    return this.depth(symbol, side === 'BUY' ? 'SELL' : 'BUY')[0]?.[0] ?? null;
  }

  /** What is held for an order: quote units for a BUY, base units for a SELL. */
  hold(order: ReferenceOrder): bigint {
    if (order.status === 'FILLED' || order.status === 'CANCELLED') return 0n;
    return order.side === 'SELL' ? openPart(order) : (dearestPrice(order, this.marketOf(order)) * openPart(order)) / ONE;
  }

  paysWith(order: ReferenceOrder): string {
    return order.side === 'BUY' ? this.marketOf(order).quoteAsset : this.marketOf(order).baseAsset;
  }

  nextPriority(): number {
    this.lastPriority += 1;
    return this.lastPriority;
  }

  /** Whom the order would meet in the state it is in. */
  walkOf(order: ReferenceOrder): Walk {
    const market = this.marketOf(order);
    const limit = order.type === 'MARKET' ? bandLimit(order.side, market, this.bestOffer(order)) : limitOf(order, market);
    return walk(this.open, market, order, limit, openPart(order));
  }

  /** Takes what there is up to `limit`; what is left rests or ends. */
  execute(order: ReferenceOrder, time: number): void {
    const { metOwn } = this.carryOutSteps(order, this.walkOf(order), time);
    if (openPart(order) === 0n) return;
    if (metOwn) this.end(order, 'SELF_TRADE');
    else if (order.type === 'MARKET') this.end(order, this.depth(order.symbol, order.side === 'BUY' ? 'SELL' : 'BUY').length > 0 ? 'PRICE_BAND' : 'NO_LIQUIDITY');
    else if (order.timeInForce === 'IOC') this.end(order, 'IMMEDIATE_OR_CANCEL');
    else {
      order.resting = true;
      order.shown = nextPart(order.displayQuantity, openPart(order));
    }
  }

  end(order: ReferenceOrder, reason: CancelReason): void {
    order.status = 'CANCELLED';
    order.reason = reason;
    order.resting = false;
    this.open = this.open.filter((other) => other !== order);
    this.cancelled.push(`${order.id} ${reason}`);
  }

  /** Halts the market when its price has run away, else wakes stops one by one until it is quiet, or until enough has happened for one command. */
  afterTrades(market: ReferenceMarket, time: number): void {
    for (;;) {
      if (ranAway(market)) {
        market.status = 'halted';
        market.haltReason = 'CIRCUIT_BREAKER';
        market.haltedAt = time;
        forgetWindow(market);
        this.log.push(`${market.symbol} halted`);
      }
      const stop = market.status === 'open' ? this.nextDue(market) : null;
      const steps = this.log.filter((line) => line.includes(' takes ') || line.endsWith(' woken'));
      if (stop === null || steps.length >= STEPS_PER_COMMAND_MAX) return;
      this.wake(stop, market, time);
    }
  }

  private carryOutSteps(order: ReferenceOrder, walked: Walk, time: number): Walk {
    for (const step of walked.steps) {
      const maker = this.open.find(({ id }) => id === step.makerId) as ReferenceOrder;
      if (step.does === 'cancel') this.end(maker, 'SELF_TRADE');
      else this.trade(order, maker, step.quantity, step.price, time);
    }
    return walked;
  }

  private trade(taker: ReferenceOrder, maker: ReferenceOrder, quantity: bigint, price: bigint, time: number): void {
    const market = this.marketOf(taker);
    const { accounts } = this;
    const notional = (price * quantity) / ONE;
    const [buyer, seller] = taker.side === 'BUY' ? [taker, maker] : [maker, taker];
    const buyerFee = accounts.fee(buyer.userId, buyer === taker ? 'taker' : 'maker', quantity);
    const sellerFee = accounts.fee(seller.userId, seller === taker ? 'taker' : 'maker', notional);
    accounts.add(buyer.userId, market.quoteAsset, -notional);
    accounts.add(seller.userId, market.baseAsset, -quantity);
    accounts.receive(buyer.userId, market.baseAsset, quantity, buyerFee);
    accounts.receive(seller.userId, market.quoteAsset, notional, sellerFee);
    this.log.push(`${taker.id} takes ${quantity} of ${maker.id} at ${price} for ${notional}, fees ${buyerFee} ${sellerFee}`);
    this.fill(buyer, quantity, notional, buyerFee);
    this.fill(seller, quantity, notional, sellerFee);
    this.showNextPart(maker, quantity);
    market.lastPrice = price;
    if (market.breakerRate === null) return;
    if (market.breakerSince !== null && time < market.breakerSince + market.breakerWindowMs) return;
    market.breakerPrice = price;
    market.breakerSince = time;
  }

  private fill(order: ReferenceOrder, quantity: bigint, notional: bigint, fee: bigint): void {
    order.filled += quantity;
    order.notional += notional;
    order.fee += fee;
    order.status = openPart(order) === 0n ? 'FILLED' : 'PARTIAL';
    if (order.status === 'FILLED') this.open = this.open.filter((other) => other !== order);
  }

  private showNextPart(maker: ReferenceOrder, taken: bigint): void {
    maker.shown -= taken;
    if (maker.shown > 0n || openPart(maker) === 0n) return;
    maker.shown = nextPart(maker.displayQuantity, openPart(maker));
    maker.priority = this.nextPriority();
  }

  private nextDue(market: ReferenceMarket): ReferenceOrder | null {
    const due = this.open.filter((order) => order.symbol === market.symbol && isDue(order, market.lastPrice));
    const by = (one: ReferenceOrder, other: ReferenceOrder): number => {
      if (one.side !== other.side) return one.side === 'BUY' ? -1 : 1;
      if (one.stopPrice !== other.stopPrice) return isBeyond(one.side, other.stopPrice as bigint, one.stopPrice as bigint) ? -1 : 1;
      return one.priority - other.priority;
    };
    return due.sort(by)[0] ?? null;
  }

  private wake(order: ReferenceOrder, market: ReferenceMarket, time: number): void {
    this.log.push(`${order.id} woken`);
    order.triggeredAt = time;
    order.priority = this.nextPriority();
    order.resting = false;
    const band = bandLimit(order.side, market, this.bestOffer(order));
    const limit = order.type === 'STOP_LIMIT' ? (order.price as bigint) : stopHalfLimit(order, market);
    const outside = band !== null && isBeyond(order.side, limit, band);
    const isStopLimit = order.type === 'STOP_LIMIT' || order.stopLimitPrice !== null;
    if (isStopLimit && outside) this.end(order, 'PRICE_BAND');
    else if (order.timeInForce === 'FOK' && this.walkOf(order).left > 0n) this.end(order, 'FILL_OR_KILL');
    else if (isStopLimit) this.execute(order, time);
    else this.executeStop(order, market, limit, outside ? band : limit, time);
  }

  private executeStop(order: ReferenceOrder, market: ReferenceMarket, protection: bigint, limit: bigint, time: number): void {
    const { metOwn } = this.carryOutSteps(order, walk(this.open, market, order, limit, openPart(order)), time);
    if (openPart(order) === 0n) return;
    const [next] = this.depth(order.symbol, order.side === 'BUY' ? 'SELL' : 'BUY');
    const withinProtection = next !== undefined && !isBeyond(order.side, next[0], protection);
    this.end(order, metOwn ? 'SELF_TRADE' : withinProtection ? 'PRICE_BAND' : 'NO_LIQUIDITY');
  }
}

function ranAway({ status, lastPrice, breakerPrice, breakerRate }: ReferenceMarket): boolean {
  if (status !== 'open' || lastPrice === null || breakerPrice === null || breakerRate === null) return false;
  const distance = lastPrice > breakerPrice ? lastPrice - breakerPrice : breakerPrice - lastPrice;
  return distance * ONE >= breakerRate * breakerPrice;
}

/** Opening a market and halting it begin anew. */
export function forgetWindow(market: ReferenceMarket): void {
  market.breakerPrice = null;
  market.breakerSince = null;
}
