/**
 * What goes into the matching engine and what comes out. All amounts are `Units` (whole 1e-8 units), all times are milliseconds since 1970,
 * all ids are positive whole numbers below 2^53. Everything here is plain data: it can be logged, compared and replayed.
 */
import type { FeeRate } from '../fee.ts';
import type { Units } from '../money.ts';

export type UserId = number & { readonly kind?: 'UserId' };
export type OrderId = number & { readonly kind?: 'OrderId' };
export type TradeId = number & { readonly kind?: 'TradeId' };

export type Side = 'BUY' | 'SELL';
export type OrderType = 'MARKET' | 'LIMIT';
/** spec/4, orders table. PENDING and PARTIAL are open. */
export type OrderStatus = 'PENDING' | 'PARTIAL' | 'FILLED' | 'CANCELLED';
/** Why an order ended before it was filled. SELF_TRADE: the rest would have met an order of the same user. */
export type CancelReason = 'USER_REQUEST' | 'NO_LIQUIDITY' | 'SELF_TRADE';
export type MarketStatus = 'open' | 'halted';

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
}

// ---- commands -------------------------------------------------------------------------------------------------------------------------

/** MARKET by quantity (price `null`), or LIMIT good till cancelled. */
export interface PlaceCommand {
  readonly kind: 'place';
  readonly time: number;
  readonly userId: UserId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: Units;
  readonly price: Units | null;
  /** Carried through to the order row. Its uniqueness is settled by the database, not here. */
  readonly clientOrderId: string | null;
}

export interface CancelCommand {
  readonly kind: 'cancel';
  readonly time: number;
  readonly userId: UserId;
  readonly orderId: OrderId;
}

/** Money arrives from outside. */
export interface CreditCommand {
  readonly kind: 'credit';
  readonly time: number;
  readonly userId: UserId;
  readonly asset: string;
  readonly amount: Units;
  readonly cause: 'DEPOSIT' | 'ADJUSTMENT';
  /** What the caller calls it (deposit id, ticket). Goes to the journal row. */
  readonly reference: string | null;
}

/** Money leaves; it is taken from what is available. */
export interface DebitCommand {
  readonly kind: 'debit';
  readonly time: number;
  readonly userId: UserId;
  readonly asset: string;
  readonly amount: Units;
  readonly cause: 'WITHDRAWAL' | 'ADJUSTMENT';
  readonly reference: string | null;
}

/** A user's fee rates from now on; trades of resting orders included. 0 ≤ rate ≤ 1. */
export interface SetFeeRatesCommand {
  readonly kind: 'set-fee-rates';
  readonly time: number;
  readonly userId: UserId;
  readonly makerRate: FeeRate;
  readonly takerRate: FeeRate;
}

/** Halts or opens a market. A halted market refuses new orders and still takes cancels. */
export interface SetMarketStatusCommand {
  readonly kind: 'set-market-status';
  readonly time: number;
  readonly symbol: string;
  readonly status: MarketStatus;
}

export type Command = PlaceCommand | CancelCommand | CreditCommand | DebitCommand | SetFeeRatesCommand | SetMarketStatusCommand;

// ---- refusals -------------------------------------------------------------------------------------------------------------------------

/** Why a command changed nothing. `field` is the field of the command to blame. */
export type Refusal =
  | { readonly code: 'UNKNOWN_SYMBOL'; readonly field: 'symbol'; readonly symbol: string }
  | { readonly code: 'MARKET_HALTED'; readonly field: 'symbol'; readonly symbol: string }
  | { readonly code: 'PRICE_REQUIRED'; readonly field: 'price' }
  | { readonly code: 'PRICE_NOT_ALLOWED'; readonly field: 'price' }
  | { readonly code: 'PRICE_TOO_LOW'; readonly field: 'price'; readonly given: Units; readonly min: Units }
  | { readonly code: 'PRICE_TOO_HIGH'; readonly field: 'price'; readonly given: Units; readonly max: Units }
  | { readonly code: 'PRICE_NOT_ON_TICK'; readonly field: 'price'; readonly given: Units; readonly tick: Units }
  | { readonly code: 'QUANTITY_TOO_SMALL'; readonly field: 'quantity'; readonly given: Units; readonly min: Units }
  | { readonly code: 'QUANTITY_TOO_LARGE'; readonly field: 'quantity'; readonly given: Units; readonly max: Units }
  | { readonly code: 'QUANTITY_NOT_ON_LOT'; readonly field: 'quantity'; readonly given: Units; readonly lot: Units }
  /** Of a market order, `given` is quantity × the best price. */
  | { readonly code: 'NOTIONAL_TOO_SMALL'; readonly field: 'quantity'; readonly given: Units; readonly min: Units }
  /** A market order found an empty book. */
  | { readonly code: 'NO_LIQUIDITY'; readonly field: 'symbol'; readonly symbol: string }
  | { readonly code: 'INSUFFICIENT_BALANCE'; readonly field: 'quantity' | 'amount'; readonly asset: string; readonly required: Units; readonly available: Units }
  /** Never issued, already ended, or another user's: the engine does not tell these apart. */
  | { readonly code: 'ORDER_NOT_OPEN'; readonly field: 'orderId'; readonly orderId: OrderId }
  | { readonly code: 'AMOUNT_NOT_POSITIVE'; readonly field: 'amount'; readonly given: Units }
  | { readonly code: 'AMOUNT_TOO_LARGE'; readonly field: 'amount'; readonly given: Units; readonly max: Units }
  | { readonly code: 'FEE_RATE_OUT_OF_RANGE'; readonly field: 'makerRate' | 'takerRate'; readonly given: FeeRate };
export type RefusalCode = Refusal['code'];

// ---- rows and events ------------------------------------------------------------------------------------------------------------------

/** An order as it stands after a command, or at the end of a batch. */
export interface OrderState {
  readonly id: OrderId;
  readonly userId: UserId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: Units;
  /** `null` for a market order. */
  readonly price: Units | null;
  readonly filledQuantity: Units;
  /** Sum of price × quantity of its trades, in quote units. Average price = filledNotional / filledQuantity. */
  readonly filledNotional: Units;
  /** Paid so far, in `feeAsset`: the asset this side receives. */
  readonly fee: Units;
  readonly feeAsset: string;
  readonly status: OrderStatus;
  readonly reason: CancelReason | null;
  /** Held for it right now: quote units (price × open quantity) for a BUY, base units for a SELL, 0 when it has ended. */
  readonly locked: Units;
  readonly clientOrderId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

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
  /** The order placed or cancelled, as it stands now. */
  readonly order: OrderState | null;
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
  readonly markets: readonly { readonly symbol: string; readonly status: MarketStatus; readonly sequence: number }[];
  readonly feeRates: readonly AccountRates[];
  readonly lastOrderId: OrderId;
  readonly lastTradeId: TradeId;
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

/** A market with its sequence: one more for each command that changed its book. */
export interface MarketState extends MarketRules {
  readonly sequence: number;
}

/**
 * All that the engine is, as rows. Persist it by writing each batch's changes; read it back for `MatchingEngine.restore`.
 * `lastOrderId` and `lastTradeId` are the highest ids ever used: the stored counters, or `max(id)` (a refused order uses no id).
 */
export interface EngineState {
  /** Fees are credited to this user. */
  readonly houseUserId: UserId;
  readonly markets: readonly MarketState[];
  /** Users whose rates differ from the defaults. */
  readonly feeRates: readonly AccountRates[];
  readonly balances: readonly BalanceState[];
  /** Open orders (PENDING, PARTIAL) only, in any order: the id is the time priority. */
  readonly orders: readonly OrderState[];
  readonly lastOrderId: OrderId;
  readonly lastTradeId: TradeId;
}
