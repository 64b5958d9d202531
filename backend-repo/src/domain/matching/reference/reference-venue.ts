/**
 * The venue written a second time, from docs/decisions/0015 alone, for the differential test: one plain array of open orders that is searched for
 * each match, exact fractions instead of steps, totals instead of holds (what is locked is added up from the open orders whenever somebody asks).
 * Slow, and meant to be obviously right. It imports nothing of the engine but types and the default rates.
 */
import {
  type AmendCommand,
  ASSET_TOTAL_MAX,
  type CancelReason,
  type Command,
  MAKER_RATE_DEFAULT,
  type MarketState,
  type OrderLimits,
  type PlaceCommand,
  TAKER_RATE_DEFAULT,
} from '../types.ts';
import {
  bandLimit,
  dearestPrice,
  hasStop,
  isBeyond,
  isDue,
  limitOf,
  ONE,
  openPart,
  type Problem,
  problem,
  type ReferenceMarket,
  type ReferenceOrder,
  sleeps,
  stopHalfLimit,
} from './reference-order.ts';
import { bandProblem, fieldsProblem, marketProblem, notionalProblem, pricesProblem, quantitiesProblem, stopProblem, worthOf } from './reference-rules.ts';
import { nextPart, quantityFor, type Step, walk, type Walk } from './reference-walk.ts';

/** What happened, in words that the test can also make from the engine's outcome. */
export interface ReferenceAnswer {
  readonly problem: Problem;
  /** The order placed, amended or cancelled. */
  readonly order: ReferenceOrder | null;
  /** Trades, wakened stops and market halts, in order. */
  readonly log: readonly string[];
  /** Every order that ended unfilled, with its reason. */
  readonly cancelled: readonly string[];
  /** What cancel-all or expire ended. */
  readonly ended: readonly number[];
}

const MORE_THAN_ANY_BOOK = 10n ** 30n;

export class ReferenceVenue {
  readonly markets: ReferenceMarket[];
  /** Every order that is PENDING or PARTIAL. */
  open: ReferenceOrder[] = [];
  private readonly house: number;
  private readonly rates = new Map<number, { maker: bigint; taker: bigint }>();
  /** `user asset` → everything the user has of it, held or not. */
  private readonly totals = new Map<string, bigint>();
  private lastOrderId = 0;
  private lastPriority = 0;
  private log: string[] = [];
  private cancelled: string[] = [];
  private ended: number[] = [];

  constructor(house: number, markets: readonly MarketState[]) {
    this.house = house;
    this.markets = markets.map((market) => ({ ...market }));
  }

  apply(command: Command): ReferenceAnswer {
    this.log = [];
    this.cancelled = [];
    this.ended = [];
    const result = this.carryOut(command);
    const order = result !== null && 'id' in result ? result : null;
    if (result !== null && order === null) return { problem: result as Problem, order, log: [], cancelled: [], ended: [] };
    for (const market of this.markets) this.afterTrades(market, command.time);
    return { problem: null, order, log: this.log, cancelled: this.cancelled.sort(), ended: this.ended.sort((a, b) => a - b) };
  }

  total(userId: number, asset: string): bigint {
    return this.totals.get(`${userId} ${asset}`) ?? 0n;
  }

  locked(userId: number, asset: string): bigint {
    return this.open.filter((order) => order.userId === userId && this.paysWith(order) === asset).reduce((sum, order) => sum + this.hold(order), 0n);
  }

  available(userId: number, asset: string): bigint {
    return this.total(userId, asset) - this.locked(userId, asset);
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

  /** What is held for an order: quote units for a BUY, base units for a SELL. */
  hold(order: ReferenceOrder): bigint {
    if (order.status === 'FILLED' || order.status === 'CANCELLED') return 0n;
    return order.side === 'SELL' ? openPart(order) : (dearestPrice(order, this.marketOf(order)) * openPart(order)) / ONE;
  }

  private carryOut(command: Command): ReferenceOrder | Problem {
    switch (command.kind) {
      case 'place':
        return this.place(command);
      case 'amend':
        return this.amend(command);
      case 'cancel': {
        const order = this.find(command.orderId, command.userId);
        if (!order) return problem('ORDER_NOT_OPEN', 'orderId');
        this.end(order, 'USER_REQUEST');
        return order;
      }
      case 'cancel-all': {
        if (command.symbol !== null && !this.market(command.symbol)) return problem('UNKNOWN_SYMBOL', 'symbol');
        const theirs = this.open.filter(({ userId, symbol }) => userId === command.userId && (command.symbol === null || symbol === command.symbol));
        this.endAll(theirs, 'USER_REQUEST');
        return null;
      }
      case 'expire':
        this.endAll(this.open.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= command.time), 'EXPIRED');
        return null;
      case 'credit':
        if (command.amount <= 0n) return problem('AMOUNT_NOT_POSITIVE', 'amount');
        if (this.totalOfAll(command.asset) + command.amount > ASSET_TOTAL_MAX) return problem('AMOUNT_TOO_LARGE', 'amount');
        this.add(command.userId, command.asset, command.amount);
        return null;
      case 'debit':
        if (command.amount <= 0n) return problem('AMOUNT_NOT_POSITIVE', 'amount');
        if (this.available(command.userId, command.asset) < command.amount) return problem('INSUFFICIENT_BALANCE', 'amount');
        this.add(command.userId, command.asset, -command.amount);
        return null;
      case 'set-fee-rates':
        if (command.makerRate < 0n || command.makerRate > ONE) return problem('FEE_RATE_OUT_OF_RANGE', 'makerRate');
        if (command.takerRate < 0n || command.takerRate > ONE) return problem('FEE_RATE_OUT_OF_RANGE', 'takerRate');
        this.rates.set(command.userId, { maker: command.makerRate, taker: command.takerRate });
        return null;
      case 'set-market-status': {
        const market = this.market(command.symbol);
        if (!market) return problem('UNKNOWN_SYMBOL', 'symbol');
        market.status = command.status;
        market.haltReason = command.status === 'open' ? null : 'STAFF';
        if (command.status === 'open') forgetWindow(market);
        return null;
      }
    }
  }

  private place(command: PlaceCommand): ReferenceOrder | Problem {
    const market = this.market(command.symbol);
    if (!market) return problem('UNKNOWN_SYMBOL', 'symbol');
    const asked = { ...command, triggeredAt: null };
    const early = marketProblem(market, command) ?? fieldsProblem(command) ?? pricesProblem(market, asked) ?? quantitiesProblem(market, asked) ?? notionalProblem(market, asked);
    if (early) return early;
    if (command.expiresAt !== null && command.expiresAt <= command.time) return problem('EXPIRY_IN_THE_PAST', 'expiresAt');
    const priced = bandProblem(market, asked) ?? stopProblem(market, asked);
    if (priced) return priced;
    const quantity = command.type === 'MARKET' ? this.marketQuantity(market, command) : command.quantity;
    if (typeof quantity !== 'bigint') return quantity;

    const { kind: _kind, time: _time, limits, clientOrderId: _clientOrderId, ...terms } = command;
    const blank = { id: 0, filled: 0n, notional: 0n, fee: 0n, priority: 0, triggeredAt: null, resting: false, shown: 0n, status: 'PENDING', reason: null } as const;
    const draft: ReferenceOrder = { ...terms, ...blank, quantity };
    const counted = command.type !== 'MARKET' && command.timeInForce !== 'IOC' && command.timeInForce !== 'FOK';
    const openOrders = this.open.filter(({ userId }) => userId === command.userId).length + 1;
    if (counted && limits !== null && limits.openOrdersMax !== null && openOrders > limits.openOrdersMax) return problem('TOO_MANY_OPEN_ORDERS', 'symbol');
    const late = this.limitsProblem(draft, limits) ?? this.meetingProblem(draft) ?? this.balanceProblem(draft, 0n);
    if (late) return late;

    this.lastOrderId += 1;
    const order = { ...draft, id: this.lastOrderId, priority: this.nextPriority() };
    this.open.push(order);
    if (!sleeps(order)) this.execute(order, command.time);
    return order;
  }

  /** Step 9: what a market order comes to in the book. */
  private marketQuantity(market: ReferenceMarket, command: PlaceCommand): bigint | Problem {
    const offers = this.depth(command.symbol, command.side === 'BUY' ? 'SELL' : 'BUY');
    const [best] = offers;
    if (best === undefined) return problem('NO_LIQUIDITY', 'symbol');
    if (command.quantity !== null) return (best[0] * command.quantity) / ONE < market.minNotional ? problem('NOTIONAL_TOO_SMALL', 'quantity') : command.quantity;
    const { steps } = walk(this.open, market, command, bandLimit(command.side, market), MORE_THAN_ANY_BOOK);
    if (!steps.some(({ does }) => does === 'trade')) return problem('NO_LIQUIDITY', 'symbol');
    const quantity = quantityFor(command.quoteAmount as bigint, steps, market, ONE);
    if (quantity < market.minQuantity) return problem('QUANTITY_TOO_SMALL', 'quoteAmount');
    return quantity > market.maxQuantity ? problem('QUANTITY_TOO_LARGE', 'quoteAmount') : quantity;
  }

  private limitsProblem(draft: ReferenceOrder, limits: OrderLimits | null): Problem {
    if (limits === null) return null;
    const worth = worthOf(draft) ?? cost(this.walkOf(draft).steps);
    if (limits.notionalMax !== null && worth > limits.notionalMax) return problem('ORDER_TOO_LARGE', 'quantity');
    if (limits.positionMax === null || draft.side === 'SELL') return null;
    const { baseAsset } = this.marketOf(draft);
    const others = this.open.filter((order) => order.id !== draft.id && order.userId === draft.userId && order.side === 'BUY' && this.marketOf(order).baseAsset === baseAsset);
    const position = this.total(draft.userId, baseAsset) + others.reduce((sum, order) => sum + openPart(order), 0n) + openPart(draft);
    return position > limits.positionMax ? problem('POSITION_TOO_LARGE', 'quantity') : null;
  }

  /** Step 11: what an order would meet that may not meet anybody, or that must be filled whole. */
  private meetingProblem(draft: ReferenceOrder): Problem {
    if (draft.type === 'MARKET' || sleeps(draft)) return null;
    const market = this.marketOf(draft);
    const limit = limitOf(draft, market) as bigint;
    const [best] = this.depth(draft.symbol, draft.side === 'BUY' ? 'SELL' : 'BUY');
    const crosses = best !== undefined && !isBeyond(draft.side, best[0], limit);
    if (crosses && market.status === 'post-only') return problem('MARKET_POST_ONLY', 'symbol');
    if (crosses && (draft.postOnly || (draft.type === 'OCO' && draft.triggeredAt === null))) return problem('WOULD_TAKE', 'price');
    return draft.timeInForce === 'FOK' && this.walkOf(draft).left > 0n ? problem('FILL_OR_KILL', 'quantity') : null;
  }

  private balanceProblem(draft: ReferenceOrder, heldBefore: bigint): Problem {
    const needed = draft.type === 'MARKET' && draft.side === 'BUY' ? cost(this.walkOf(draft).steps) : this.hold(draft);
    return this.available(draft.userId, this.paysWith(draft)) + heldBefore < needed ? problem('INSUFFICIENT_BALANCE', 'quantity') : null;
  }

  private amend(command: AmendCommand): ReferenceOrder | Problem {
    const order = this.find(command.orderId, command.userId);
    if (!order) return problem('ORDER_NOT_OPEN', 'orderId');
    const market = this.marketOf(order);
    if (market.status === 'halted') return problem('MARKET_HALTED', 'symbol');
    const armed = hasStop(order) && order.triggeredAt === null;
    if (command.price !== null && (order.price === null || (order.type === 'OCO' && !armed))) return problem('FIELD_NOT_ALLOWED', 'price');
    if (command.stopPrice !== null && !armed) return problem('FIELD_NOT_ALLOWED', 'stopPrice');
    if (command.stopLimitPrice !== null && !(order.type === 'OCO' && armed)) return problem('FIELD_NOT_ALLOWED', 'stopLimitPrice');

    const { price, stopPrice, stopLimitPrice, quantity } = order;
    const changes = { price: command.price ?? price, stopPrice: command.stopPrice ?? stopPrice, stopLimitPrice: command.stopLimitPrice ?? stopLimitPrice, quantity: command.quantity ?? quantity };
    const samePrices = changes.price === price && changes.stopPrice === stopPrice && changes.stopLimitPrice === stopLimitPrice;
    if (samePrices && changes.quantity === quantity) return order;
    const smaller = samePrices && changes.quantity < quantity;
    const changed: ReferenceOrder = { ...order, ...changes };
    const tooSmall = changes.quantity <= order.filled ? problem('QUANTITY_TOO_SMALL', 'quantity') : null;
    const early = (smaller ? null : pricesProblem(market, changed)) ?? tooSmall ?? quantitiesProblem(market, changed) ?? notionalProblem(market, changed);
    if (early) return early;
    if (!smaller) {
      const late = bandProblem(market, changed) ?? stopProblem(market, changed) ?? this.limitsProblem(changed, command.limits) ?? this.meetingProblem(changed);
      if (late) return late;
      const tooDear = this.balanceProblem(changed, this.hold(order));
      if (tooDear) return tooDear;
    }
    Object.assign(order, changes);
    if (smaller) order.shown = order.shown < openPart(order) ? order.shown : openPart(order);
    else this.sendInAgain(order, command.time);
    return order;
  }

  private sendInAgain(order: ReferenceOrder, time: number): void {
    order.priority = this.nextPriority();
    order.resting = false;
    if (!sleeps(order)) this.execute(order, time);
  }

  /** Whom the order would meet in the state it is in. */
  private walkOf(order: ReferenceOrder): Walk {
    const market = this.marketOf(order);
    const limit = order.type === 'MARKET' ? bandLimit(order.side, market) : limitOf(order, market);
    return walk(this.open, market, order, limit, openPart(order));
  }

  /** Takes what there is up to `limit`; what is left rests or ends. */
  private execute(order: ReferenceOrder, time: number): void {
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
    const notional = (price * quantity) / ONE;
    const [buyer, seller] = taker.side === 'BUY' ? [taker, maker] : [maker, taker];
    const rate = (order: ReferenceOrder): bigint => {
      const own = this.rates.get(order.userId) ?? { maker: MAKER_RATE_DEFAULT, taker: TAKER_RATE_DEFAULT };
      return order === taker ? own.taker : own.maker;
    };
    const [buyerFee, sellerFee] = [partRoundedUp(quantity * rate(buyer)), partRoundedUp(notional * rate(seller))];
    this.add(buyer.userId, market.baseAsset, quantity - buyerFee);
    this.add(buyer.userId, market.quoteAsset, -notional);
    this.add(seller.userId, market.baseAsset, -quantity);
    this.add(seller.userId, market.quoteAsset, notional - sellerFee);
    this.add(this.house, market.baseAsset, buyerFee);
    this.add(this.house, market.quoteAsset, sellerFee);
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

  /** Halts the market when its price has run away, else wakes stops one by one until it is quiet. */
  private afterTrades(market: ReferenceMarket, time: number): void {
    for (;;) {
      if (ranAway(market)) {
        market.status = 'halted';
        market.haltReason = 'CIRCUIT_BREAKER';
        forgetWindow(market);
        this.log.push(`${market.symbol} halted`);
      }
      const stop = market.status === 'open' ? this.nextDue(market) : null;
      if (stop === null) return;
      this.wake(stop, market, time);
    }
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
    const band = bandLimit(order.side, market);
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

  private end(order: ReferenceOrder, reason: CancelReason): void {
    order.status = 'CANCELLED';
    order.reason = reason;
    order.resting = false;
    this.open = this.open.filter((other) => other !== order);
    this.cancelled.push(`${order.id} ${reason}`);
  }

  private endAll(orders: readonly ReferenceOrder[], reason: CancelReason): void {
    for (const order of orders) this.end(order, reason);
    this.ended = orders.map(({ id }) => id);
  }

  private find(orderId: number, userId: number): ReferenceOrder | undefined {
    return this.open.find((order) => order.id === orderId && order.userId === userId);
  }

  private market(symbol: string): ReferenceMarket | undefined {
    return this.markets.find((market) => market.symbol === symbol);
  }

  private marketOf({ symbol }: ReferenceOrder): ReferenceMarket {
    return this.market(symbol) as ReferenceMarket;
  }

  private paysWith(order: ReferenceOrder): string {
    return order.side === 'BUY' ? this.marketOf(order).quoteAsset : this.marketOf(order).baseAsset;
  }

  private nextPriority(): number {
    this.lastPriority += 1;
    return this.lastPriority;
  }

  private add(userId: number, asset: string, amount: bigint): void {
    this.totals.set(`${userId} ${asset}`, this.total(userId, asset) + amount);
  }

  private totalOfAll(asset: string): bigint {
    return [...this.totals].filter(([key]) => key.endsWith(` ${asset}`)).reduce((sum, [, amount]) => sum + amount, 0n);
  }
}

function cost(steps: readonly Step[]): bigint {
  return steps.reduce((sum, step) => (step.does === 'trade' ? sum + (step.price * step.quantity) / ONE : sum), 0n);
}

/** parts × 1e-8, rounded up. */
function partRoundedUp(product: bigint): bigint {
  return product % ONE === 0n ? product / ONE : product / ONE + 1n;
}

function ranAway({ status, lastPrice, breakerPrice, breakerRate }: ReferenceMarket): boolean {
  if (status !== 'open' || lastPrice === null || breakerPrice === null || breakerRate === null) return false;
  const distance = lastPrice > breakerPrice ? lastPrice - breakerPrice : breakerPrice - lastPrice;
  return distance * ONE >= breakerRate * breakerPrice;
}

function forgetWindow(market: ReferenceMarket): void {
  market.breakerPrice = null;
  market.breakerSince = null;
}
