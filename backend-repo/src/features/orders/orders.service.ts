import { averagePrice } from '../../domain/average-price.ts';
import { decimalsOf, formatAmount, parseAmount, type Units } from '../../domain/money.ts';
import type { AmendableTerms, OrderLimits } from '../../domain/matching/commands.ts';
import type { MarketRules, MarketState, OrderStatus, StoredOrder } from '../../domain/matching/types.ts';
import { orderWorth, type PricedOrder } from '../../domain/order-worth.ts';
import { canonicalTrade, tradeFingerprint, type Trade, type TradeRequest } from '../../domain/trade-token.ts';
import { PLAIN_ORDER, type PlaceOrder } from '../../domain/venue-command.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { OrdersRepository } from './orders.repository.ts';
import type { AmendOrderRequest, OrdersQuery } from './orders.schema.ts';
import type { ShownToken, TradeGate } from './trade-gate.service.ts';
import type { CarriedOut, VenueService } from './venue.service.ts';

/** Whoever places an order: by their session, or by nothing but a trade token. */
export interface Trader {
  readonly userId: number;
  /** May trade without a trade token. */
  readonly freely: boolean;
  /** The call is signed, so that it says more than that somebody holds an access token. */
  readonly signed: boolean;
}

export interface OrdersDeps {
  readonly venue: VenueService;
  /** @throws AppError ENGINE_UNAVAILABLE, before anything is spent on an order */
  readonly requireEngine: () => Promise<void>;
  readonly gate: TradeGate;
  /** @throws AppError UNKNOWN_SYMBOL */
  readonly market: (symbol: string) => Promise<MarketState>;
  /** In quote units: an order about more must be signed. */
  readonly highValue: Units;
  /** What the user's tier allows. */
  readonly limitsOf: (userId: number) => Promise<OrderLimits> | OrderLimits;
  readonly asUser: <T>(userId: number, work: (orders: OrdersRepository) => Promise<T>) => Promise<T>;
  /** The error means that the database cannot be asked now. */
  readonly isDatabaseAway: (error: unknown) => boolean;
  /** What the operator of the widget hears of a spent token. */
  readonly reports: { rejected: (jti: string, refusal: string) => Promise<void> };
  readonly onTrouble: (error: unknown, message: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/** What a request says of an order outside of its body's fields. */
export interface BesideTheOrder {
  readonly tokens: readonly ShownToken[];
  /** What the order is called when it has no clientOrderId. It is no part of what a trade token says. */
  readonly name: string | null;
}

/** As the contract's VenueOrder. */
export type VenueOrder = Readonly<Record<string, string | number | boolean | null>>;

export interface OrderPage {
  readonly orders: readonly VenueOrder[];
  readonly next_cursor: number | null;
}

/** After these nothing was placed, for sure. */
const NOTHING_PLACED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ENGINE_UNAVAILABLE', 'OVERLOADED', 'RATE_LIMIT_EXCEEDED']);

/**
 * How long a call waits, again and again, for what the call that spent its token is just committing: that may be on any node. A batch
 * takes milliseconds; together these are less than a second.
 */
const FIRST_RESULT_PAUSES_MS: readonly number[] = [10, 20, 40, 80, 160, 320];

/** Orders of the venue: placed through the engine, read from Postgres. */
export class OrdersService {
  readonly #deps: OrdersDeps;

  constructor(deps: OrdersDeps) {
    this.#deps = deps;
  }

  /**
   * Places an order. With a trade token it is the token's order that is placed, and the token is spent whatever comes of it.
   * @param trader `null` when the request names nobody but a token
   * @param onToken called once the token has named its user
   * @throws AppError VALIDATION_ERROR, UNKNOWN_SYMBOL, REQUEST_SIGNATURE_REQUIRED, TRADE_TOKEN_…, the engine's refusals, CLIENT_ORDER_ID_REUSED, OVERLOADED, ENGINE_UNAVAILABLE,
   *   ORDER_OUTCOME_UNKNOWN
   */
  async place(trader: Trader | null, request: TradeRequest, { tokens, name }: BesideTheOrder, onToken: (userId: number) => Promise<void>): Promise<VenueOrder> {
    const trade = readTrade(request);
    const named = name === null ? {} : { clientOrderId: name };
    if (tokens.length > 1) throw new AppError('TRADE_TOKEN_AMBIGUOUS');
    const [shown] = tokens;
    if (!shown && !trader?.freely) throw new AppError('TRADE_TOKEN_REQUIRED');
    const market = await this.#whenAway('ENGINE_UNAVAILABLE', this.#deps.market(trade.symbol));
    // What a trade token says, it signs.
    if (!shown && !trader!.signed) this.#requireLowValue(unitsIn(trade), market);
    await this.#deps.requireEngine();
    if (!shown) return this.#send(trader!.userId, { ...trade, ...named }, null, market);
    const user = trader ? this.#deps.gate.sessionUser(trader.userId) : await this.#whenAway('TRADE_TOKEN_CHECK_UNAVAILABLE', this.#deps.gate.tokenUser(shown));
    const verified = await this.#deps.gate.spend(shown, trade, user);
    if ('spent' in verified) throw await this.#whenAway('ORDER_OUTCOME_UNKNOWN', this.#firstResult(user.userId, verified.spent));
    try {
      if (!trader) await onToken(user.userId);
      return await this.#send(user.userId, { ...verified.order, ...named }, verified.jti, market);
    } catch (error) {
      if (error instanceof AppError && NOTHING_PLACED.has(error.code)) await this.#tellRejected(verified.jti, error.code);
      throw error;
    }
  }

  /** @throws AppError ORDER_NOT_FOUND, for another user's order too */
  async get(userId: number, id: number): Promise<VenueOrder> {
    const order = await this.#own(userId, id);
    return venueOrder(order, await this.#deps.market(order.symbol));
  }

  /** A page of the user's own orders, newest first. */
  async list(userId: number, query: OrdersQuery, statuses: readonly OrderStatus[]): Promise<OrderPage> {
    const found = await this.#deps.asUser(userId, (orders) => orders.list({ ...query, limit: query.limit + 1 }, statuses));
    const page = found.slice(0, query.limit);
    const orders = await Promise.all(page.map(async (order) => venueOrder(order, await this.#deps.market(order.symbol))));
    return { orders, next_cursor: found.length > query.limit ? page.at(-1)!.id : null };
  }

  /**
   * Changes an open order; the same change again changes nothing. An order of a trade token stays what the token said: else a small order
   * with a token could be made a large one without.
   * @throws AppError VALIDATION_ERROR, ORDER_NOT_FOUND, ORDER_OF_TRADE_TOKEN, REQUEST_SIGNATURE_REQUIRED, ORDER_CHANGED, the engine's refusals, OVERLOADED, ENGINE_UNAVAILABLE, ORDER_OUTCOME_UNKNOWN
   */
  async amend(trader: Trader, orderId: number, request: AmendOrderRequest): Promise<VenueOrder> {
    try {
      return await this.#amend(trader, orderId, request);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'ORDER_CHANGED') throw error;
      // Another change was faster: this one is judged once more, by what the order is now.
      return this.#amend(trader, orderId, request);
    }
  }

  /** @throws AppError ORDER_NOT_FOUND when it is not open, or not this user's; OVERLOADED, ENGINE_UNAVAILABLE, ORDER_OUTCOME_UNKNOWN */
  async cancel(userId: number, orderId: number): Promise<VenueOrder> {
    const { symbol } = await this.#own(userId, orderId);
    return this.#orderOf(await this.#deps.venue.carryOut({ kind: 'cancel', userId, orderId }), await this.#deps.market(symbol));
  }

  /** @throws AppError UNKNOWN_SYMBOL, OVERLOADED, ENGINE_UNAVAILABLE, ORDER_OUTCOME_UNKNOWN */
  async cancelAll(userId: number, symbol: string | null): Promise<{ orders: VenueOrder[] }> {
    if (symbol !== null) await this.#deps.market(symbol);
    const answer = await this.#deps.venue.carryOut({ kind: 'cancel-all', userId, symbol });
    const ended = answer.kind === 'done' ? answer.ended : [];
    return { orders: await Promise.all(ended.map(async (order) => venueOrder(order, await this.#deps.market(order.symbol)))) };
  }

  async #amend({ userId, signed }: Trader, orderId: number, { quantity, price, stopPrice, stopLimitPrice }: AmendOrderRequest): Promise<VenueOrder> {
    const order = await this.#own(userId, orderId);
    if (await this.#deps.asUser(userId, (orders) => orders.isFromToken(orderId))) throw new AppError('ORDER_OF_TRADE_TOKEN');
    const market = await this.#deps.market(order.symbol);
    const changes = { quantity: unitsOf(quantity), price: unitsOf(price), stopPrice: unitsOf(stopPrice), stopLimitPrice: unitsOf(stopLimitPrice) };
    if (!signed) this.#requireLowValue(changed(order, changes), market);
    const limits = await this.#deps.limitsOf(userId);
    const answer = await this.#deps.venue.carryOut({ kind: 'amend', userId, orderId, ...changes, limits, judged: signed ? null : termsOf(order) }, market);
    return this.#orderOf(answer, market);
  }

  /** Nobody can tell what a market order is worth before the first trade: such a one is signed as well. */
  #requireLowValue(order: PricedOrder, market: MarketState): void {
    const worth = orderWorth(order, market);
    if (worth === null || worth > this.#deps.highValue) throw new AppError('REQUEST_SIGNATURE_REQUIRED', { details: { worth: worth === null ? null : formatAmount(worth), above: formatAmount(this.#deps.highValue) } });
  }

  async #own(userId: number, orderId: number): Promise<StoredOrder> {
    const order = await this.#deps.asUser(userId, (orders) => orders.find(orderId));
    if (!order) throw new AppError('ORDER_NOT_FOUND');
    return order;
  }

  #orderOf(answer: CarriedOut, market: MarketRules): VenueOrder {
    if (answer.kind !== 'done' || answer.order === null) throw new Error(`the engine answered ${answer.kind} without an order`);
    return venueOrder(answer.order, market);
  }

  async #send(userId: number, trade: Trade, tradeTokenJti: string | null, market: MarketRules): Promise<VenueOrder> {
    const command = toCommand(userId, trade, tradeTokenJti, await this.#deps.limitsOf(userId));
    const answer = await this.#deps.venue.carryOut(command, market);
    return answer.kind === 'done' ? venueOrder(answer.order!, market) : this.#whenAway('ORDER_OUTCOME_UNKNOWN', this.get(userId, answer.orderId));
  }

  /** Whoever places an order is told what that means for the order, on whatever node they ask. */
  async #whenAway<T>(code: ErrorCode, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw this.#deps.isDatabaseAway(cause) ? new AppError(code, { cause, retryAfter: 1 }) : cause;
    }
  }

  /** Whoever shows a spent token again, because an answer was lost, learns what became of it. */
  async #firstResult(userId: number, jti: string): Promise<AppError> {
    let found = await this.#findResult(userId, jti);
    for (const pauseMs of FIRST_RESULT_PAUSES_MS) {
      if (found) break;
      await this.#deps.pause(pauseMs);
      found = await this.#findResult(userId, jti);
    }
    if (!found) return new AppError('TRADE_TOKEN_SPENT', { details: { jti }, retryAfter: 1 });
    const { order, refusal } = found;
    const result = { ...(order && { order: venueOrder(order, await this.#deps.market(order.symbol)) }), ...(refusal !== null && { refusal }) };
    return new AppError('TRADE_TOKEN_SPENT', { details: { jti, ...result } });
  }

  /** `null` while nothing is committed: neither an order nor why there is none. */
  async #findResult(userId: number, jti: string): Promise<{ order: StoredOrder | null; refusal: string | null } | null> {
    return this.#deps.asUser(userId, async (orders) => {
      const spent = await orders.findSpentToken(jti);
      if (!spent || (spent.orderId === null && spent.refusal === null)) return null;
      return { order: spent.orderId === null ? null : await orders.find(spent.orderId), refusal: spent.refusal };
    });
  }

  async #tellRejected(jti: string, refusal: string): Promise<void> {
    try {
      await this.#deps.reports.rejected(jti, refusal);
    } catch (error) {
      this.#deps.onTrouble(error, 'a spent trade token without an order was not reported; the job does it in a minute');
    }
  }
}

function readTrade(request: TradeRequest): Trade {
  const verdict = canonicalTrade(request);
  if (!verdict.ok) throw new AppError('VALIDATION_ERROR', { fields: verdict.fields });
  return verdict.trade;
}

function toCommand(userId: number, trade: Trade, tradeTokenJti: string | null, limits: OrderLimits): PlaceOrder {
  return {
    kind: 'place',
    userId,
    symbol: trade.symbol,
    side: trade.side,
    type: trade.type,
    quantity: unitsOf(trade.quantity),
    quoteAmount: unitsOf(trade.quoteAmount),
    price: unitsOf(trade.price),
    stopPrice: unitsOf(trade.stopPrice),
    stopLimitPrice: unitsOf(trade.stopLimitPrice),
    displayQuantity: unitsOf(trade.displayQuantity),
    timeInForce: trade.timeInForce ?? PLAIN_ORDER.timeInForce,
    expiresAt: trade.expiresAt === undefined ? null : Date.parse(trade.expiresAt),
    postOnly: trade.postOnly ?? false,
    selfTradePrevention: trade.selfTradePrevention ?? PLAIN_ORDER.selfTradePrevention,
    clientOrderId: trade.clientOrderId ?? null,
    fingerprint: tradeFingerprint('', String(userId), trade),
    tradeTokenJti,
    limits,
  };
}

const unitsIn = ({ side, quantity, quoteAmount, price, stopPrice, stopLimitPrice }: Trade): PricedOrder => ({
  side, quantity: unitsOf(quantity), quoteAmount: unitsOf(quoteAmount), price: unitsOf(price), stopPrice: unitsOf(stopPrice), stopLimitPrice: unitsOf(stopLimitPrice),
});

const termsOf = ({ quantity, price, stopPrice, stopLimitPrice }: StoredOrder): AmendableTerms => ({ quantity, price, stopPrice, stopLimitPrice });

type Changes = Readonly<Record<'quantity' | 'price' | 'stopPrice' | 'stopLimitPrice', Units | null>>;

/** The order as it would be. */
const changed = ({ side, ...order }: StoredOrder, changes: Changes): PricedOrder => ({
  side,
  quoteAmount: null,
  quantity: changes.quantity ?? order.quantity,
  price: changes.price ?? order.price,
  stopPrice: changes.stopPrice ?? order.stopPrice,
  stopLimitPrice: changes.stopLimitPrice ?? order.stopLimitPrice,
});

const unitsOf = (amount: string | undefined): bigint | null => (amount === undefined ? null : parseAmount(amount)!);

/** Prices padded to the market's tick, quantities as short as they are (contract.md, Conventions). */
export function venueOrder(order: StoredOrder, { tick }: Pick<MarketRules, 'tick'>): VenueOrder {
  const decimals = decimalsOf(tick);
  const price = (units: bigint | null): string | null => (units === null ? null : formatAmount(units, decimals));
  const amount = (units: bigint | null): string | null => (units === null ? null : formatAmount(units));
  const time = (moment: number | null): string | null => (moment === null ? null : new Date(moment).toISOString());
  return {
    id: order.id,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    quantity: formatAmount(order.quantity),
    price: price(order.price),
    quote_amount: amount(order.quoteAmount),
    stop_price: price(order.stopPrice),
    stop_limit_price: price(order.stopLimitPrice),
    display_quantity: amount(order.displayQuantity),
    time_in_force: order.timeInForce,
    expires_at: time(order.expiresAt),
    post_only: order.postOnly,
    self_trade_prevention: order.selfTradePrevention,
    triggered_at: time(order.triggeredAt),
    filled_quantity: formatAmount(order.filledQuantity),
    average_price: price(averagePrice(order)),
    fee: formatAmount(order.fee),
    fee_asset: order.feeAsset,
    status: order.status,
    reason: order.reason,
    client_order_id: order.clientOrderId,
    created_at: new Date(order.createdAt).toISOString(),
    updated_at: new Date(order.updatedAt).toISOString(),
  };
}
