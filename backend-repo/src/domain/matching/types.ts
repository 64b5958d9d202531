/**
 * What goes into the matching engine and what comes out. All amounts are `Units` (whole 1e-8 units), all times are milliseconds since 1970,
 * all ids are positive whole numbers below 2^53. Everything here is plain data: it can be logged, compared and replayed.
 */
import type { FeeRate } from '../fee.ts';
import type { Units } from '../money.ts';
import type { Command, PlaceCommand } from './commands.ts';

export type UserId = number & { readonly kind?: 'UserId' };
export type OrderId = number & { readonly kind?: 'OrderId' };
export type TradeId = number & { readonly kind?: 'TradeId' };

export type Side = 'BUY' | 'SELL';
/** docs/decisions/0015-what-each-order-does.md says what each does. */
export type OrderType = 'MARKET' | 'LIMIT' | 'STOP' | 'STOP_LIMIT' | 'OCO' | 'ICEBERG';
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTD';
/** Whose order gives way when an incoming order meets one of its own owner. The incoming order's choice decides. */
export type SelfTradePrevention = 'NONE' | 'TAKER' | 'MAKER' | 'BOTH';
/** spec/4, orders table. PENDING and PARTIAL are open. */
export type OrderStatus = 'PENDING' | 'PARTIAL' | 'FILLED' | 'CANCELLED';
/**
 * Why an order ended before it was filled. SELF_TRADE: it would have met an order of the same user. NO_LIQUIDITY: nobody else offers within its
 * limit. PRICE_BAND: the next offer is outside the market's price band. EXPIRED: its GTD time has come. FILL_OR_KILL: a woken stop-limit that
 * could not be filled whole.
 */
export type CancelReason = 'USER_REQUEST' | 'NO_LIQUIDITY' | 'PRICE_BAND' | 'SELF_TRADE' | 'IMMEDIATE_OR_CANCEL' | 'FILL_OR_KILL' | 'EXPIRED';
/** post-only: takes what rests without taking. halted: takes nothing but cancels. */
export type MarketStatus = 'open' | 'post-only' | 'halted';

/** The other side of a deposit, withdrawal or adjustment: everything outside the venue. It has journal rows, but no balance here. */
export const EXTERNAL_ACCOUNT: UserId = 0;
export const MAKER_RATE_DEFAULT: FeeRate = 100_000n;
export const TAKER_RATE_DEFAULT: FeeRate = 150_000n;
/** numeric(20,8) ends here. No asset's total goes above it, hence no balance can. */
export const ASSET_TOTAL_MAX: Units = 99_999_999_999_999_999_999n;

/**
 * A market's rules. `tick * lot` must be a whole number of quote units, so that price × quantity is always exact: then no rounding can make a
 * small fill free, and a hold of price × quantity always covers the fills, however they are split. `marketRulesProblem` checks all of it.
 */
export interface MarketRules {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly tick: Units;
  readonly lot: Units;
  readonly minPrice: Units;
  readonly maxPrice: Units;
  readonly minQuantity: Units;
  readonly maxQuantity: Units;
  readonly minNotional: Units;
  readonly status: MarketStatus;
  /** How far from the last price an order may take, as a share; `null`: no band. */
  readonly bandRate: FeeRate | null;
  /** How far past its stop price a woken STOP may trade, as a share. */
  readonly stopProtectionRate: FeeRate;
  /** The share by which the last price may move within `breakerWindowMs` before the market is halted; `null`: no breaker. */
  readonly breakerRate: FeeRate | null;
  readonly breakerWindowMs: number;
}

// ---- refusals -------------------------------------------------------------------------------------------------------------------------

/** Why a command changed nothing. `field` is the field of the command to blame. */
export type Refusal =
  | { readonly code: 'UNKNOWN_SYMBOL'; readonly field: 'symbol'; readonly symbol: string }
  | { readonly code: 'MARKET_HALTED' | 'MARKET_POST_ONLY'; readonly field: 'symbol'; readonly symbol: string }
  /** The halt that was to end has ended, or is another one by now. */
  | { readonly code: 'HALT_OVER'; readonly field: 'symbol'; readonly symbol: string }
  /** A field that this type of order needs and does not have, or has and may not. */
  | { readonly code: 'FIELD_REQUIRED' | 'FIELD_NOT_ALLOWED'; readonly field: keyof PlaceCommand & keyof OrderState; readonly type: OrderType }
  | { readonly code: 'PRICE_TOO_LOW'; readonly field: PriceField; readonly given: Units; readonly min: Units }
  | { readonly code: 'PRICE_TOO_HIGH'; readonly field: PriceField; readonly given: Units; readonly max: Units }
  | { readonly code: 'PRICE_NOT_ON_TICK'; readonly field: PriceField; readonly given: Units; readonly tick: Units }
  /** `limit` is the furthest price allowed now. Of a market order by amount, `given` is the best price there is. */
  | { readonly code: 'PRICE_OUTSIDE_BAND'; readonly field: PriceField | 'quoteAmount'; readonly given: Units; readonly limit: Units }
  /** Of a displayQuantity: not below the whole quantity is QUANTITY_TOO_LARGE. Of an amendment: not above what is filled is QUANTITY_TOO_SMALL. */
  | { readonly code: 'QUANTITY_TOO_SMALL'; readonly field: QuantityField; readonly given: Units; readonly min: Units }
  | { readonly code: 'QUANTITY_TOO_LARGE'; readonly field: QuantityField; readonly given: Units; readonly max: Units }
  | { readonly code: 'QUANTITY_NOT_ON_LOT'; readonly field: QuantityField; readonly given: Units; readonly lot: Units }
  | { readonly code: 'EXPIRY_IN_THE_PAST'; readonly field: 'expiresAt'; readonly given: number }
  /** It may only rest, and would take. `best` is the price it meets. */
  | { readonly code: 'WOULD_TAKE'; readonly field: 'price'; readonly best: Units }
  | { readonly code: 'FILL_OR_KILL'; readonly field: 'quantity'; readonly reachable: Units }
  /** The last price is already at or past the stop price; of an OCO, or not beyond `price`. */
  | { readonly code: 'STOP_WOULD_TRIGGER'; readonly field: 'stopPrice'; readonly given: Units; readonly last: Units }
  | { readonly code: 'TOO_MANY_OPEN_ORDERS'; readonly field: 'symbol'; readonly max: number }
  | { readonly code: 'ORDER_TOO_LARGE' | 'POSITION_TOO_LARGE'; readonly field: 'quantity'; readonly given: Units; readonly max: Units }
  /** Of a market order, `given` is quantity × the best price; of one by amount, what the lots it comes to would cost or bring. */
  | { readonly code: 'NOTIONAL_TOO_SMALL'; readonly field: 'quantity' | 'displayQuantity' | 'quoteAmount'; readonly given: Units; readonly min: Units }
  /** A market order found an empty book. */
  | { readonly code: 'NO_LIQUIDITY'; readonly field: 'symbol'; readonly symbol: string }
  | { readonly code: 'INSUFFICIENT_BALANCE'; readonly field: 'quantity' | 'amount'; readonly asset: string; readonly required: Units; readonly available: Units }
  /** Never issued, already ended, or another user's: the engine does not tell these apart. */
  | { readonly code: 'ORDER_NOT_OPEN'; readonly field: 'orderId'; readonly orderId: OrderId }
  /** It is not what it was when the amendment was judged. */
  | { readonly code: 'ORDER_CHANGED'; readonly field: 'orderId'; readonly orderId: OrderId }
  | { readonly code: 'AMOUNT_NOT_POSITIVE'; readonly field: 'amount'; readonly given: Units }
  | { readonly code: 'AMOUNT_TOO_LARGE'; readonly field: 'amount'; readonly given: Units; readonly max: Units }
  | { readonly code: 'FEE_RATE_OUT_OF_RANGE'; readonly field: 'makerRate' | 'takerRate'; readonly given: FeeRate };
/** Refused for a rule of the market: too small, too large, not on its steps. */
export type BoundRefusal = Extract<Refusal, { readonly code:
  'PRICE_TOO_LOW' | 'PRICE_TOO_HIGH' | 'PRICE_NOT_ON_TICK' | 'QUANTITY_TOO_SMALL' | 'QUANTITY_TOO_LARGE' | 'QUANTITY_NOT_ON_LOT' | 'NOTIONAL_TOO_SMALL' }>;
export type PriceField = 'price' | 'stopPrice' | 'stopLimitPrice';
export type QuantityField = 'quantity' | 'quoteAmount' | 'displayQuantity';

// ---- rows and events ------------------------------------------------------------------------------------------------------------------

/** An order as it stands after a command, or at the end of a batch. */
export interface OrderState {
  readonly id: OrderId;
  readonly userId: UserId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** Of a market order by quote amount: what the amount came to in the book. */
  readonly quantity: Units;
  readonly quoteAmount: Units | null;
  /** The limit, `null` for MARKET and STOP. */
  readonly price: Units | null;
  readonly stopPrice: Units | null;
  readonly stopLimitPrice: Units | null;
  readonly displayQuantity: Units | null;
  /** What the book shows of an open iceberg right now; `null` for all others. */
  readonly displayedQuantity: Units | null;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  /** When the last price woke it; `null` while it sleeps, and for orders without a stop. */
  readonly triggeredAt: number | null;
  /** Who came first at a price: lower goes first. Issued anew when an order is sent in again, woken, or shows its next part. */
  readonly priority: number;
  readonly filledQuantity: Units;
  /** Sum of price × quantity of its trades, in quote units. Average price = filledNotional / filledQuantity. */
  readonly filledNotional: Units;
  /** Paid so far, in `feeAsset`: the asset this side receives. */
  readonly fee: Units;
  readonly feeAsset: string;
  readonly status: OrderStatus;
  readonly reason: CancelReason | null;
  /** Held for it right now: quote units (dearest price it may trade at × open quantity) for a BUY, base units for a SELL, 0 when it has ended. */
  readonly locked: Units;
  readonly clientOrderId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An order as it is stored: what it holds follows from the rest, and all holds together from the balances. */
export type StoredOrder = Omit<OrderState, 'locked'>;

export interface Trade {
  readonly id: TradeId;
  readonly symbol: string;
  /** The maker's price. */
  readonly price: Units;
  readonly quantity: Units;
  /** price × quantity in quote units: what the buyer pays and, before the fee, the seller receives. */
  readonly notional: Units;
  readonly buyerOrderId: OrderId;
  readonly sellerOrderId: OrderId;
  readonly buyerId: UserId;
  readonly sellerId: UserId;
  /** In base units, out of what the buyer receives. */
  readonly buyerFee: Units;
  /** In quote units, out of what the seller receives. */
  readonly sellerFee: Units;
  readonly takerSide: Side;
  readonly executedAt: number;
}

/** A positive amount of one asset that moves from the debit account to the credit account (design 5.9). They are never the same. */
export interface JournalRow {
  readonly asset: string;
  readonly amount: Units;
  readonly debit: UserId;
  readonly credit: UserId;
  readonly cause: 'TRADE' | 'FEE' | 'DEPOSIT' | 'WITHDRAWAL' | 'ADJUSTMENT';
  readonly tradeId: TradeId | null;
  readonly reference: string | null;
  readonly time: number;
}

export type EngineEvent =
  | { readonly type: 'accepted'; readonly orderId: OrderId; readonly userId: UserId; readonly symbol: string; readonly side: Side; readonly orderType: OrderType; readonly quantity: Units; readonly price: Units | null; readonly time: number }
  /** It was sent in again with new values; what it traded follows. `keptPriority`: only made smaller. */
  | { readonly type: 'amended'; readonly orderId: OrderId; readonly userId: UserId; readonly quantity: Units; readonly price: Units | null; readonly keptPriority: boolean; readonly time: number }
  | { readonly type: 'triggered'; readonly orderId: OrderId; readonly userId: UserId; readonly symbol: string; readonly lastPrice: Units; readonly time: number }
  | { readonly type: 'market-status'; readonly symbol: string; readonly status: MarketStatus; readonly reason: HaltReason | null; readonly time: number }
  | { readonly type: 'refused'; readonly command: Command['kind']; readonly userId: UserId | null; readonly refusal: Refusal; readonly time: number }
  | { readonly type: 'trade'; readonly trade: Trade }
  | { readonly type: 'partially-filled'; readonly orderId: OrderId; readonly userId: UserId; readonly filledQuantity: Units; readonly quantity: Units; readonly time: number }
  | { readonly type: 'filled'; readonly orderId: OrderId; readonly userId: UserId; readonly filledQuantity: Units; readonly time: number }
  | { readonly type: 'cancelled'; readonly orderId: OrderId; readonly userId: UserId; readonly filledQuantity: Units; readonly quantity: Units; readonly reason: CancelReason; readonly time: number }
  /** A balance after the command; one event per balance that the command touched. */
  | { readonly type: 'balance'; readonly userId: UserId; readonly asset: string; readonly available: Units; readonly locked: Units };

/** The answer to one command. */
export interface Outcome {
  /** `null`: the command was carried out. Otherwise nothing changed. */
  readonly refusal: Refusal | null;
  /** The order placed, amended or cancelled, as it stands now. */
  readonly order: OrderState | null;
  /** The orders that `cancel-all` or `expire` ended; else empty. */
  readonly ended: readonly OrderState[];
  readonly events: readonly EngineEvent[];
}

/** The net difference of one balance over a batch, and where it ended. */
export interface BalanceChange {
  readonly userId: UserId;
  readonly asset: string;
  readonly availableDelta: Units;
  readonly lockedDelta: Units;
  readonly available: Units;
  readonly locked: Units;
}

/** Everything a batch changed, for one SQL statement. An order appears once: in `newOrders` when this batch made it, else in `updatedOrders`. */
export interface BatchChanges {
  /** By id, ascending, each as it stands at the end of the batch. */
  readonly newOrders: readonly OrderState[];
  readonly updatedOrders: readonly OrderState[];
  readonly trades: readonly Trade[];
  /** By user, then asset: rows are locked in one order. Balances whose net change is zero are left out. */
  readonly balances: readonly BalanceChange[];
  readonly journal: readonly JournalRow[];
  readonly markets: readonly MarketProgress[];
  readonly feeRates: readonly AccountRates[];
  readonly lastOrderId: OrderId;
  readonly lastTradeId: TradeId;
  readonly lastPriority: number;
}

export interface OrderBookDepth {
  readonly symbol: string;
  readonly sequence: number;
  /** Price and quantity, best first. */
  readonly bids: readonly (readonly [Units, Units])[];
  readonly asks: readonly (readonly [Units, Units])[];
}

// ---- state ----------------------------------------------------------------------------------------------------------------------------

export interface AccountRates {
  readonly userId: UserId;
  readonly makerRate: FeeRate;
  readonly takerRate: FeeRate;
}

export interface BalanceState {
  readonly userId: UserId;
  readonly asset: string;
  readonly available: Units;
  readonly locked: Units;
}

export type HaltReason = 'CIRCUIT_BREAKER' | 'STAFF';

/** What changes about a market while it trades. */
export interface MarketProgress {
  readonly symbol: string;
  readonly status: MarketStatus;
  /** Why it is halted or post-only; `null` while open. */
  readonly haltReason: HaltReason | null;
  /** When its circuit breaker halted it; `null` unless that halt holds, and for one from before this was written down. */
  readonly haltedAt: number | null;
  /** One more for each command that changed its book. */
  readonly sequence: number;
  readonly lastPrice: Units | null;
  /** Price and time of the circuit breaker's window; `null` before the first trade. */
  readonly breakerPrice: Units | null;
  readonly breakerSince: number | null;
}

export interface MarketState extends MarketRules, MarketProgress {}

/**
 * All that the engine is, as rows. Persist it by writing each batch's changes; read it back for `MatchingEngine.restore`.
 * `lastOrderId`, `lastTradeId` and `lastPriority` are the highest ever used: the stored counters (a refused order uses none).
 */
export interface EngineState {
  /** Fees are credited to this user. */
  readonly houseUserId: UserId;
  readonly markets: readonly MarketState[];
  /** Users whose rates differ from the defaults. */
  readonly feeRates: readonly AccountRates[];
  readonly balances: readonly BalanceState[];
  /** Open orders (PENDING, PARTIAL) only, in any order: `priority` says who came first. */
  readonly orders: readonly StoredOrder[];
  readonly lastOrderId: OrderId;
  readonly lastTradeId: TradeId;
  readonly lastPriority: number;
}
