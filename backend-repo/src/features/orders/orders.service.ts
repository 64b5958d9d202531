import { averagePrice } from '../../domain/average-price.ts';
import { decimalsOf, formatAmount, parseAmount } from '../../domain/money.ts';
import type { MarketRules, OrderState } from '../../domain/matching/types.ts';
import { canonicalTrade, tradeFingerprint, type Trade } from '../../domain/trade-token.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { OrdersRepository } from './orders.repository.ts';
import type { ShownToken, TradeGate } from './trade-gate.service.ts';
import type { VenueService } from './venue.service.ts';

/** Whoever places an order: by their session, or by nothing but a trade token. */
export interface Trader {
  readonly userId: number;
  /** May trade without a trade token. */
  readonly freely: boolean;
}

export interface OrdersDeps {
  readonly venue: VenueService;
  /** @throws AppError ENGINE_UNAVAILABLE, before anything is spent on an order */
  readonly requireEngine: () => Promise<void>;
  readonly gate: TradeGate;
  /** @throws AppError UNKNOWN_SYMBOL */
  readonly market: (symbol: string) => Promise<MarketRules>;
  readonly asUser: <T>(userId: number, work: (orders: OrdersRepository) => Promise<T>) => Promise<T>;
  /** The error means that the database cannot be asked now. */
  readonly isDatabaseAway: (error: unknown) => boolean;
  /** What the operator of the widget hears of a spent token. */
  readonly reports: { rejected: (jti: string, refusal: string) => Promise<void> };
  readonly onTrouble: (error: unknown, message: string) => void;
}

/** What a request says of an order outside of its body's fields. */
export interface BesideTheOrder {
  readonly tokens: readonly ShownToken[];
  /** What the order is called when it has no clientOrderId. It is no part of what a trade token says. */
  readonly name: string | null;
}

/** As the contract's VenueOrder. */
export type VenueOrder = Readonly<Record<string, string | number | null>>;

/** After these nothing was placed, for sure. */
const NOTHING_PLACED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ENGINE_UNAVAILABLE', 'OVERLOADED', 'RATE_LIMIT_EXCEEDED']);

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
   * @throws AppError VALIDATION_ERROR, UNKNOWN_SYMBOL, TRADE_TOKEN_…, the engine's refusals, CLIENT_ORDER_ID_REUSED, OVERLOADED, ENGINE_UNAVAILABLE,
   *   ORDER_OUTCOME_UNKNOWN
   */
  async place(trader: Trader | null, request: Trade, { tokens, name }: BesideTheOrder, onToken: (userId: number) => Promise<void>): Promise<VenueOrder> {
    const trade = readTrade(request);
    const named = name === null ? {} : { clientOrderId: name };
    if (tokens.length > 1) throw new AppError('TRADE_TOKEN_AMBIGUOUS');
    const [shown] = tokens;
    if (!shown && !trader?.freely) throw new AppError('TRADE_TOKEN_REQUIRED');
    const market = await this.#whenAway('ENGINE_UNAVAILABLE', this.#deps.market(trade.symbol));
    await this.#deps.requireEngine();
    if (!shown) return this.#send(trader!.userId, { ...trade, ...named }, null, market);
    const user = trader ? this.#deps.gate.sessionUser(trader.userId) : await this.#whenAway('TRADE_TOKEN_CHECK_UNAVAILABLE', this.#deps.gate.tokenUser(shown));
    const verified = await this.#deps.gate.spend(shown, request, user);
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
    const order = await this.#deps.asUser(userId, (orders) => orders.find(id));
    if (!order) throw new AppError('ORDER_NOT_FOUND');
    return venueOrder(order, await this.#deps.market(order.symbol));
  }

  async #send(userId: number, trade: Trade, tradeTokenJti: string | null, market: MarketRules): Promise<VenueOrder> {
    const answer = await this.#deps.venue.carryOut(toCommand(userId, trade, tradeTokenJti), decimalsOf(market.tick));
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
    const { order, refusal } = await this.#deps.asUser(userId, async (orders) => {
      const spent = await orders.findSpentToken(jti);
      return { order: spent?.orderId ? await orders.find(spent.orderId) : null, refusal: spent?.refusal ?? null };
    });
    const result = { ...(order && { order: venueOrder(order, await this.#deps.market(order.symbol)) }), ...(refusal !== null && { refusal }) };
    return new AppError('TRADE_TOKEN_SPENT', { details: { jti, ...result } });
  }

  async #tellRejected(jti: string, refusal: string): Promise<void> {
    try {
      await this.#deps.reports.rejected(jti, refusal);
    } catch (error) {
      this.#deps.onTrouble(error, 'a spent trade token without an order was not reported; the job does it in a minute');
    }
  }
}

function readTrade(request: Trade): Trade {
  const verdict = canonicalTrade(request);
  if (!verdict.ok) throw new AppError('VALIDATION_ERROR', { fields: verdict.fields });
  return verdict.trade;
}

function toCommand(userId: number, trade: Trade, tradeTokenJti: string | null): VenueCommand {
  const { symbol, side, type, quantity, price, clientOrderId } = trade;
  return {
    kind: 'place',
    userId,
    symbol,
    side,
    type,
    quantity: parseAmount(quantity)!,
    price: price === undefined ? null : parseAmount(price)!,
    clientOrderId: clientOrderId ?? null,
    fingerprint: tradeFingerprint('', String(userId), trade),
    tradeTokenJti,
  };
}

/** Prices padded to the market's tick, quantities as short as they are (contract.md, Conventions). */
export function venueOrder(order: OrderState, { tick }: Pick<MarketRules, 'tick'>): VenueOrder {
  const decimals = decimalsOf(tick);
  const price = (units: bigint | null): string | null => (units === null ? null : formatAmount(units, decimals));
  return {
    id: order.id,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    quantity: formatAmount(order.quantity),
    price: price(order.price),
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
