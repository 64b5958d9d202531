/**
 * The venue written a second time, from docs/decisions/0015 alone, for the differential test: one plain array of open orders that is searched for
 * each match, exact fractions instead of steps, totals instead of holds (what is locked is added up from the open orders whenever somebody asks).
 * Slow, and meant to be obviously right. It imports nothing of the engine but types and the default rates.
 */
import { type AmendCommand, type Command, EXPIRED_PER_COMMAND_MAX, type OrderLimits, type PlaceCommand } from '../commands.ts';
import { ASSET_TOTAL_MAX, type CancelReason, type MarketState } from '../types.ts';
import { ReferenceAccounts } from './reference-accounts.ts';
import { forgetWindow, ReferenceBooks } from './reference-books.ts';
import { bandLimit, dearestPrice, hasStop, isBeyond, limitOf, ONE, openPart, type Problem, problem, type ReferenceMarket, type ReferenceOrder, sleeps } from './reference-order.ts';
import { bandProblem, fieldsProblem, marketProblem, notionalProblem, pricesProblem, quantitiesProblem, stopProblem } from './reference-rules.ts';
import { quantityFor, type Step, walk } from './reference-walk.ts';

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
  readonly accounts: ReferenceAccounts;
  readonly books: ReferenceBooks;
  private lastOrderId = 0;
  private ended: number[] = [];

  constructor(house: number, markets: readonly MarketState[]) {
    this.accounts = new ReferenceAccounts(house);
    this.books = new ReferenceBooks(this.accounts, markets);
  }

  apply(command: Command): ReferenceAnswer {
    this.books.log = [];
    this.books.cancelled = [];
    this.ended = [];
    const result = this.carryOut(command);
    const order = result !== null && 'id' in result ? result : null;
    if (result !== null && order === null) return { problem: result as Problem, order, log: [], cancelled: [], ended: [] };
    if (command.kind !== 'expire') for (const market of this.books.markets) this.books.afterTrades(market, command.time);
    return { problem: null, order, log: this.books.log, cancelled: this.books.cancelled.sort(), ended: this.ended.sort((a, b) => a - b) };
  }

  locked(userId: number, asset: string): bigint {
    return this.books.open.filter((order) => order.userId === userId && this.books.paysWith(order) === asset).reduce((sum, order) => sum + this.books.hold(order), 0n);
  }

  available(userId: number, asset: string): bigint {
    return this.accounts.total(userId, asset) - this.locked(userId, asset);
  }

  private carryOut(command: Command): ReferenceOrder | Problem {
    switch (command.kind) {
      case 'place':
        return this.place(command);
      case 'amend':
        return this.amend(command);
      case 'cancel': {
        const order = this.books.find(command.orderId, command.userId);
        if (!order) return problem('ORDER_NOT_OPEN', 'orderId');
        this.books.end(order, 'USER_REQUEST');
        return order;
      }
      case 'cancel-all': {
        if (command.symbol !== null && !this.books.market(command.symbol)) return problem('UNKNOWN_SYMBOL', 'symbol');
        const theirs = this.books.open.filter(({ userId, symbol }) => userId === command.userId && (command.symbol === null || symbol === command.symbol));
        this.endAll(theirs, 'USER_REQUEST');
        return null;
      }
      case 'expire':
        this.endAll(this.dueAt(command.time).slice(0, EXPIRED_PER_COMMAND_MAX), 'EXPIRED');
        return null;
      case 'wake':
        return null;
      case 'credit':
        if (command.amount <= 0n) return problem('AMOUNT_NOT_POSITIVE', 'amount');
        if (this.accounts.totalOfAll(command.asset) + command.amount > ASSET_TOTAL_MAX) return problem('AMOUNT_TOO_LARGE', 'amount');
        this.accounts.add(command.userId, command.asset, command.amount);
        return null;
      case 'debit':
        if (command.amount <= 0n) return problem('AMOUNT_NOT_POSITIVE', 'amount');
        if (this.available(command.userId, command.asset) < command.amount) return problem('INSUFFICIENT_BALANCE', 'amount');
        this.accounts.add(command.userId, command.asset, -command.amount);
        return null;
      case 'set-fee-rates':
        if (command.makerRate < 0n || command.makerRate > ONE) return problem('FEE_RATE_OUT_OF_RANGE', 'makerRate');
        if (command.takerRate < 0n || command.takerRate > ONE) return problem('FEE_RATE_OUT_OF_RANGE', 'takerRate');
        this.accounts.setRates(command.userId, command.makerRate, command.takerRate);
        return null;
      case 'set-market-status': {
        const market = this.books.market(command.symbol);
        if (!market) return problem('UNKNOWN_SYMBOL', 'symbol');
        market.status = command.status;
        market.haltReason = command.status === 'open' ? null : 'STAFF';
        market.haltedAt = null;
        if (command.status === 'open') forgetWindow(market);
        return null;
      }
      case 'reopen-market': {
        const market = this.books.market(command.symbol);
        if (!market) return problem('UNKNOWN_SYMBOL', 'symbol');
        if (market.haltReason !== 'CIRCUIT_BREAKER' || market.haltedAt !== command.haltedAt) return problem('HALT_OVER', 'symbol');
        Object.assign(market, { status: 'open', haltReason: null, haltedAt: null });
        forgetWindow(market);
        return null;
      }
    }
  }

  private dueAt(time: number): ReferenceOrder[] {
    const due = this.books.open.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= time);
    return due.sort((one, other) => (one.expiresAt as number) - (other.expiresAt as number) || one.id - other.id);
  }

  private place(command: PlaceCommand): ReferenceOrder | Problem {
    const market = this.books.market(command.symbol);
    if (!market) return problem('UNKNOWN_SYMBOL', 'symbol');
    const asked = { ...command, triggeredAt: null };
    const early = marketProblem(market, command) ?? fieldsProblem(command) ?? pricesProblem(market, asked) ?? quantitiesProblem(market, asked) ?? notionalProblem(market, asked);
    if (early) return early;
    if (command.expiresAt !== null && command.expiresAt <= command.time) return problem('EXPIRY_IN_THE_PAST', 'expiresAt');
    const priced = bandProblem(market, asked, this.books.bestOffer(asked)) ?? stopProblem(market, asked);
    if (priced) return priced;
    const quantity = command.type === 'MARKET' ? this.marketQuantity(market, command) : command.quantity;
    if (typeof quantity !== 'bigint') return quantity;

    const { kind: _kind, time: _time, limits, clientOrderId: _clientOrderId, ...terms } = command;
    const blank = { id: 0, filled: 0n, notional: 0n, fee: 0n, priority: 0, triggeredAt: null, resting: false, shown: 0n, status: 'PENDING', reason: null } as const;
    const draft: ReferenceOrder = { ...terms, ...blank, quantity };
    const endsAtOnce = command.type === 'MARKET' || (command.type === 'LIMIT' && (command.timeInForce === 'IOC' || command.timeInForce === 'FOK'));
    const openOrders = this.books.open.filter(({ userId }) => userId === command.userId).length + 1;
    if (!endsAtOnce && limits !== null && limits.openOrdersMax !== null && openOrders > limits.openOrdersMax) return problem('TOO_MANY_OPEN_ORDERS', 'symbol');
    const late = this.limitsProblem(draft, limits) ?? this.meetingProblem(draft) ?? this.balanceProblem(draft, 0n);
    if (late) return late;

    this.lastOrderId += 1;
    const order = { ...draft, id: this.lastOrderId, priority: this.books.nextPriority() };
    this.books.open.push(order);
    if (!sleeps(order)) this.books.execute(order, command.time);
    return order;
  }

  /** Step 9: what a market order comes to in the book. */
  private marketQuantity(market: ReferenceMarket, command: PlaceCommand): bigint | Problem {
    const offers = this.books.depth(command.symbol, command.side === 'BUY' ? 'SELL' : 'BUY');
    const [best] = offers;
    if (best === undefined) return problem('NO_LIQUIDITY', 'symbol');
    if (command.quantity !== null) return (best[0] * command.quantity) / ONE < market.minNotional ? problem('NOTIONAL_TOO_SMALL', 'quantity') : command.quantity;
    const band = bandLimit(command.side, market, this.books.bestOffer(command));
    if (band !== null && isBeyond(command.side, best[0], band)) return problem('PRICE_OUTSIDE_BAND', 'quoteAmount');
    const { steps } = walk(this.books.open, market, command, band, MORE_THAN_ANY_BOOK);
    if (!steps.some(({ does }) => does === 'trade')) return problem('NO_LIQUIDITY', 'symbol');
    const quantity = quantityFor(command.quoteAmount as bigint, steps, market, ONE);
    if (quantity < market.minQuantity) return problem('QUANTITY_TOO_SMALL', 'quoteAmount');
    if (quantity > market.maxQuantity) return problem('QUANTITY_TOO_LARGE', 'quoteAmount');
    return cost(walk(this.books.open, market, command, band, quantity).steps) < market.minNotional ? problem('NOTIONAL_TOO_SMALL', 'quoteAmount') : quantity;
  }

  private limitsProblem(draft: ReferenceOrder, limits: OrderLimits | null): Problem {
    if (limits === null) return null;
    const worth = this.mostItCanMove(draft);
    if (limits.notionalMax !== null && worth > limits.notionalMax) return problem('ORDER_TOO_LARGE', 'quantity');
    if (limits.positionMax === null || draft.side === 'SELL') return null;
    const { baseAsset } = this.books.marketOf(draft);
    const others = this.books.open.filter((order) => order.id !== draft.id && order.userId === draft.userId && order.side === 'BUY' && this.books.marketOf(order).baseAsset === baseAsset);
    const position = this.accounts.total(draft.userId, baseAsset) + others.reduce((sum, order) => sum + openPart(order), 0n) + openPart(draft);
    return position > limits.positionMax ? problem('POSITION_TOO_LARGE', 'quantity') : null;
  }

  /** The most quote asset that can change hands by an order, should all of it be traded. */
  private mostItCanMove(draft: ReferenceOrder): bigint {
    if (draft.type === 'MARKET') return cost(this.books.walkOf(draft).steps);
    const market = this.books.marketOf(draft);
    const [bestBid] = this.books.depth(draft.symbol, 'BUY');
    const prices = [dearestPrice(draft, market)];
    if (draft.side === 'SELL') {
      if (draft.triggeredAt === null) prices.push(draft.stopPrice ?? 0n, draft.stopLimitPrice ?? 0n);
      if (!sleeps(draft) && bestBid !== undefined) prices.push(bestBid[0]);
    }
    const dearest = prices.reduce((one, other) => (one > other ? one : other));
    return (dearest * draft.quantity) / ONE;
  }

  /** Step 11: what an order would meet that may not meet anybody, or that must be filled whole. */
  private meetingProblem(draft: ReferenceOrder): Problem {
    if (draft.type === 'MARKET' || sleeps(draft)) return null;
    const market = this.books.marketOf(draft);
    const limit = limitOf(draft, market) as bigint;
    const [best] = this.books.depth(draft.symbol, draft.side === 'BUY' ? 'SELL' : 'BUY');
    const crosses = best !== undefined && !isBeyond(draft.side, best[0], limit);
    if (crosses && market.status === 'post-only') return problem('MARKET_POST_ONLY', 'symbol');
    if (crosses && (draft.postOnly || (draft.type === 'OCO' && draft.triggeredAt === null))) return problem('WOULD_TAKE', 'price');
    return draft.timeInForce === 'FOK' && this.books.walkOf(draft).left > 0n ? problem('FILL_OR_KILL', 'quantity') : null;
  }

  private balanceProblem(draft: ReferenceOrder, heldBefore: bigint): Problem {
    const needed = draft.type === 'MARKET' && draft.side === 'BUY' ? cost(this.books.walkOf(draft).steps) : this.books.hold(draft);
    return this.available(draft.userId, this.books.paysWith(draft)) + heldBefore < needed ? problem('INSUFFICIENT_BALANCE', 'quantity') : null;
  }

  private amend(command: AmendCommand): ReferenceOrder | Problem {
    const order = this.books.find(command.orderId, command.userId);
    if (!order) return problem('ORDER_NOT_OPEN', 'orderId');
    const market = this.books.marketOf(order);
    if (market.status === 'halted') return problem('MARKET_HALTED', 'symbol');
    const armed = hasStop(order) && order.triggeredAt === null;
    if (command.price !== null && (order.price === null || (order.type === 'OCO' && !armed))) return problem('FIELD_NOT_ALLOWED', 'price');
    if (command.stopPrice !== null && !armed) return problem('FIELD_NOT_ALLOWED', 'stopPrice');
    if (command.stopLimitPrice !== null && !(order.type === 'OCO' && armed)) return problem('FIELD_NOT_ALLOWED', 'stopLimitPrice');

    const { price, stopPrice, stopLimitPrice, quantity } = order;
    const changes = { price: command.price ?? price, stopPrice: command.stopPrice ?? stopPrice, stopLimitPrice: command.stopLimitPrice ?? stopLimitPrice, quantity: command.quantity ?? quantity };
    const samePrices = changes.price === price && changes.stopPrice === stopPrice && changes.stopLimitPrice === stopLimitPrice;
    if (samePrices && changes.quantity === quantity) return order;
    const { judged } = command;
    if (judged && (judged.quantity !== quantity || judged.price !== price || judged.stopPrice !== stopPrice || judged.stopLimitPrice !== stopLimitPrice)) return problem('ORDER_CHANGED', 'orderId');
    const smaller = samePrices && changes.quantity < quantity;
    const changed: ReferenceOrder = { ...order, ...changes };
    const tooSmall = changes.quantity <= order.filled ? problem('QUANTITY_TOO_SMALL', 'quantity') : null;
    const early = (smaller ? null : pricesProblem(market, changed)) ?? tooSmall ?? quantitiesProblem(market, changed) ?? notionalProblem(market, changed);
    if (early) return early;
    if (!smaller) {
      const late = bandProblem(market, changed, this.books.bestOffer(changed)) ?? stopProblem(market, changed) ?? this.limitsProblem(changed, command.limits) ?? this.meetingProblem(changed);
      if (late) return late;
      const tooDear = this.balanceProblem(changed, this.books.hold(order));
      if (tooDear) return tooDear;
    }
    Object.assign(order, changes);
    if (smaller) order.shown = order.shown < openPart(order) ? order.shown : openPart(order);
    else this.sendInAgain(order, command.time);
    return order;
  }

  private sendInAgain(order: ReferenceOrder, time: number): void {
    order.priority = this.books.nextPriority();
    order.resting = false;
    if (!sleeps(order)) this.books.execute(order, time);
  }

  private endAll(orders: readonly ReferenceOrder[], reason: CancelReason): void {
    for (const order of orders) this.books.end(order, reason);
    this.ended = orders.map(({ id }) => id);
  }
}

function cost(steps: readonly Step[]): bigint {
  return steps.reduce((sum, step) => (step.does === 'trade' ? sum + (step.price * step.quantity) / ONE : sum), 0n);
}
