import { UNITS_PER_ONE, type Units } from '../money.ts';
import { credit, debit, setFeeRates } from './account-commands.ts';
import { Batch } from './batch.ts';
import { fillVenue, hashOf, stateOf, type Venue } from './engine-state.ts';
import { problemsOf } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { filledQuantity, type LiveOrder, type Market, notionalOfSteps, orderState, paysFrom } from './live-order.ts';
import { notionalProblem, orderProblem } from './market-rules.ts';
import { ANY_PRICE } from './order-book.ts';
import { releaseHold, settle } from './settlement.ts';
import type {
  BalanceState,
  BatchChanges,
  CancelCommand,
  CancelReason,
  Command,
  EngineEvent,
  EngineState,
  OrderBookDepth,
  OrderId,
  OrderState,
  Outcome,
  PlaceCommand,
  Refusal,
  SetFeeRatesCommand,
  SetMarketStatusCommand,
  UserId,
} from './types.ts';

const NO_ORDER = { order: null } as const;

/**
 * The whole venue in memory: all markets, all balances they settle in (design 5.9). Commands in, events out, the same every time: no clock, no
 * random numbers. Order and trade ids are counters of the state; only an accepted order and a trade use one.
 *
 * How to run it: `restore` from rows → `apply` some commands, keeping each outcome → `takeChanges`, write them in one statement → hand the
 * outcomes out. When the commit fails or nobody knows, throw the engine away and restore a new one from the rows. Also throw it away when
 * `apply` throws: a refusal is a result, so an exception is a bug. `depth`, `snapshot`, `openOrder` and `balancesOf` show commands that
 * are not committed yet: call them between batches.
 */
export class MatchingEngine {
  private readonly venue: Venue;
  private events: EngineEvent[] = [];
  private readonly batch = new Batch();

  private constructor(venue: Venue) {
    this.venue = venue;
  }

  /**
   * An engine from its rows. Throws with a sentence when they contradict each other (a hold that does not fit its order, a locked balance that
   * is not the sum of its holds, a crossed book, a market whose rules do not hold): then nothing may trade until somebody has looked.
   */
  static restore(state: EngineState): MatchingEngine {
    const { houseUserId, lastOrderId, lastTradeId } = state;
    const venue: Venue = { houseUserId, ledger: new Ledger(), markets: new Map(), orders: new Map(), lastOrderId, lastTradeId };
    fillVenue(venue, state);
    const problems = problemsOf(venue);
    if (problems.length > 0) throw new Error(`the stored state contradicts itself: ${problems.slice(0, 5).join('; ')}`);
    return new MatchingEngine(venue);
  }

  /** Carries out one command, or refuses it and changes nothing. */
  apply(command: Command): Outcome {
    this.events = [];
    const answer = this.carryOut(command);
    if ('code' in answer) {
      const userId = command.kind === 'set-market-status' ? null : command.userId;
      return { refusal: answer, order: null, events: [{ type: 'refused', command: command.kind, userId, refusal: answer, time: command.time }] };
    }
    for (const { userId, asset, available, locked } of this.venue.ledger.touched) this.events.push({ type: 'balance', userId, asset, available, locked });
    this.venue.ledger.endCommand();
    return { refusal: null, order: answer.order === null ? null : orderState(answer.order), events: this.events };
  }

  /** The net changes of all commands since the last call; the next batch begins. */
  takeChanges(): BatchChanges {
    return this.batch.takeChanges(this.venue.ledger, this.venue);
  }

  /** The state as rows; `restore` of it gives an engine that answers every further command alike. */
  snapshot(): EngineState {
    return stateOf(this.venue);
  }

  /** SHA-256 over the canonical state, in hex. Equal states have equal hashes, however they came about. Linear in balances and open orders. */
  stateHash(): string {
    return hashOf(stateOf(this.venue));
  }

  /** The best price levels of a market, or `null` when there is no such market. */
  depth(symbol: string, levels: number): OrderBookDepth | null {
    const market = this.venue.markets.get(symbol);
    if (market === undefined) return null;
    const side = (bid: boolean): [Units, Units][] => market.book.depth(bid, levels).map(([ticks, lots]) => [BigInt(ticks) * market.tick, BigInt(lots) * market.lot]);
    return { symbol, sequence: market.sequence, bids: side(true), asks: side(false) };
  }

  /** An order that is open (PENDING or PARTIAL), else `null`. */
  openOrder(id: OrderId): OrderState | null {
    const order = this.venue.orders.get(id);
    return order === undefined ? null : orderState(order);
  }

  /** A user's balances, by asset. */
  balancesOf(userId: UserId): BalanceState[] {
    return this.venue.ledger.balancesOf(userId).map(({ asset, available, locked }) => ({ userId, asset, available, locked }));
  }

  /** Every broken promise as a sentence: conservation, holds, negative balances, crossed books, queue order. Empty when all is well. Slow. */
  checkInvariants(): string[] {
    return problemsOf(this.venue);
  }

  private carryOut(command: Command): { readonly order: LiveOrder | null } | Refusal {
    switch (command.kind) {
      case 'place':
        return this.place(command);
      case 'cancel':
        return this.cancel(command);
      case 'credit':
        return credit(this.venue.ledger, command) ?? NO_ORDER;
      case 'debit':
        return debit(this.venue.ledger, command) ?? NO_ORDER;
      case 'set-fee-rates':
        return this.setFeeRates(command);
      case 'set-market-status':
        return this.setMarketStatus(command);
    }
  }

  private place(command: PlaceCommand): { readonly order: LiveOrder } | Refusal {
    const market = this.venue.markets.get(command.symbol);
    if (market === undefined) return { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol: command.symbol };
    const lots = Number(command.quantity / market.lot);
    const refusal = orderProblem(market.rules, command) ?? this.bookProblem(market, command, lots);
    if (refusal !== null) return refusal;

    const order = this.accept(market, command, lots);
    const { book } = market;
    const buying = order.side === 'BUY';
    const limit = order.type === 'LIMIT' ? order.ticks : buying ? ANY_PRICE.buying : ANY_PRICE.selling;
    book.take(buying, limit, lots, command.userId);
    for (let fill = 0; fill < book.fillCount; fill += 1) this.fill(order, book.fillIds[fill] as number, book.fillLots[fill] as number, command.time);
    const rests = order.openLots > 0 && !book.metOwnOrder && order.type === 'LIMIT';
    if (book.fillCount > 0) this.tellFilled(order, command.time);
    if (rests) this.rest(order);
    else if (order.openLots > 0) this.end(order, book.metOwnOrder ? 'SELF_TRADE' : 'NO_LIQUIDITY', command.time);
    if (rests || book.fillCount > 0) this.bookChanged(market);
    return { order };
  }

  /** What the book and the balance say against an order that keeps its market's rules. */
  private bookProblem(market: Market, command: PlaceCommand, lots: number): Refusal | null {
    const { book, rules, lot, symbol } = market;
    const buying = command.side === 'BUY';
    let required = command.quantity;
    if (command.price === null) {
      const best = book.bestTicks(!buying);
      if (best === null) return { code: 'NO_LIQUIDITY', field: 'symbol', symbol };
      const tooSmall = notionalProblem(rules, BigInt(best) * market.tick, command.quantity);
      if (tooSmall !== null) return tooSmall;
      if (buying) required = book.costOf(true, lots, command.userId) * market.stepNotional;
    } else {
      const room = Number.MAX_SAFE_INTEGER - (buying ? book.bids : book.asks).totalLots;
      if (lots > room) return { code: 'QUANTITY_TOO_LARGE', field: 'quantity', given: command.quantity, max: BigInt(room) * lot };
      if (buying) required = (command.price * command.quantity) / UNITS_PER_ONE;
    }
    const asset = buying ? rules.quoteAsset : rules.baseAsset;
    const available = this.venue.ledger.available(command.userId, asset);
    return available < required ? { code: 'INSUFFICIENT_BALANCE', field: 'quantity', asset, required, available } : null;
  }

  private accept(market: Market, command: PlaceCommand, lots: number): LiveOrder {
    const { ledger } = this.venue;
    const { userId, symbol, side, type, quantity, price, time } = command;
    const account = ledger.account(userId);
    this.venue.lastOrderId += 1;
    const order: LiveOrder = {
      id: this.venue.lastOrderId,
      account,
      market,
      base: ledger.balance(account, market.rules.baseAsset),
      quote: ledger.balance(account, market.rules.quoteAsset),
      side,
      type,
      lots,
      ticks: price === null ? 0 : Number(price / market.tick),
      clientOrderId: command.clientOrderId,
      createdAt: time,
      openLots: lots,
      filledNotional: 0n,
      fee: 0n,
      status: 'PENDING',
      reason: null,
      updatedAt: time,
      slot: -1,
      changedInBatch: true,
    };
    this.batch.orderMade(order);
    this.events.push({ type: 'accepted', orderId: order.id, userId, symbol, side, orderType: type, quantity, price, time });
    return order;
  }

  private fill(taker: LiveOrder, makerId: OrderId, lots: number, time: number): void {
    const maker = this.venue.orders.get(makerId);
    if (maker === undefined) throw new Error(`order ${makerId} rests in the book of ${taker.market.symbol} but is not open`);
    this.venue.lastTradeId += 1;
    const trade = settle(this.venue.ledger, taker, maker, lots, this.venue.lastTradeId, time);
    this.batch.tradeMade(trade);
    this.events.push({ type: 'trade', trade });
    if (maker.status === 'FILLED') this.venue.orders.delete(makerId);
    this.batch.orderChanged(maker);
    this.tellFilled(maker, time);
  }

  private tellFilled(order: LiveOrder, time: number): void {
    const { id: orderId, market } = order;
    const { userId } = order.account;
    if (order.status === 'FILLED') this.events.push({ type: 'filled', orderId, userId, filledQuantity: filledQuantity(order), time });
    else this.events.push({ type: 'partially-filled', orderId, userId, filledQuantity: filledQuantity(order), quantity: BigInt(order.lots) * market.lot, time });
  }

  /** Puts the open part into the book and holds what it can cost. */
  private rest(order: LiveOrder): void {
    const { market, side, ticks, openLots } = order;
    order.slot = market.book.add(order.id, order.account.userId, side === 'BUY', ticks, openLots);
    this.venue.ledger.hold(paysFrom(order), side === 'BUY' ? notionalOfSteps(market, ticks, openLots) : BigInt(openLots) * market.lot);
    this.venue.orders.set(order.id, order);
  }

  /** Ends an order before it is filled. It has left the book, or never rested. */
  private end(order: LiveOrder, reason: CancelReason, time: number): void {
    releaseHold(this.venue.ledger, order);
    order.status = 'CANCELLED';
    order.reason = reason;
    order.updatedAt = time;
    const { id: orderId, lots, market } = order;
    this.events.push({ type: 'cancelled', orderId, userId: order.account.userId, filledQuantity: filledQuantity(order), quantity: BigInt(lots) * market.lot, reason, time });
  }

  private cancel({ userId, orderId, time }: CancelCommand): { readonly order: LiveOrder } | Refusal {
    const order = this.venue.orders.get(orderId);
    if (order === undefined || order.account.userId !== userId) return { code: 'ORDER_NOT_OPEN', field: 'orderId', orderId };
    order.market.book.remove(order.slot);
    this.venue.orders.delete(orderId);
    this.end(order, 'USER_REQUEST', time);
    this.batch.orderChanged(order);
    this.bookChanged(order.market);
    return { order };
  }

  private setFeeRates(command: SetFeeRatesCommand): { readonly order: null } | Refusal {
    const account = setFeeRates(this.venue.ledger, command);
    if ('code' in account) return account;
    this.batch.ratesChanged(account);
    return NO_ORDER;
  }

  private setMarketStatus({ symbol, status }: SetMarketStatusCommand): { readonly order: null } | Refusal {
    const market = this.venue.markets.get(symbol);
    if (market === undefined) return { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol };
    market.rules = { ...market.rules, status };
    this.batch.marketChanged(market);
    return NO_ORDER;
  }

  private bookChanged(market: Market): void {
    market.sequence += 1;
    this.batch.marketChanged(market);
  }
}
