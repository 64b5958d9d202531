import type { FeeRate } from '../fee.ts';
import type { Units } from '../money.ts';
import type { MarketStatus, OrderId, OrderType, SelfTradePrevention, Side, TimeInForce, UserId } from './types.ts';

// What the engine is asked. Amounts are whole units, and the time comes with each command (docs/decisions/0015).

/** What a trader's tier allows; `null`: no limit. It travels with the command, so that the engine stays a function of its commands. */
export interface OrderLimits {
  /** Open orders of the user on all markets, this one included. */
  readonly openOrdersMax: number | null;
  /** The most that the order can cost or bring, in quote units (docs/decisions/0015). */
  readonly notionalMax: Units | null;
  /** Base units held, plus what open BUY orders of all markets would bring, plus this order. Asked of BUY orders only. */
  readonly positionMax: Units | null;
}

/** docs/decisions/0015 says which fields go together; the engine refuses what does not. `null` stands for a field that was left out. */
export interface PlaceCommand {
  readonly kind: 'place';
  readonly time: number;
  readonly userId: UserId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** `null` only with `quoteAmount`. */
  readonly quantity: Units | null;
  readonly quoteAmount: Units | null;
  readonly price: Units | null;
  readonly stopPrice: Units | null;
  readonly stopLimitPrice: Units | null;
  readonly displayQuantity: Units | null;
  readonly timeInForce: TimeInForce;
  /** Milliseconds since 1970; with GTD only. */
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly limits: OrderLimits | null;
  /** Carried through to the order row. Its uniqueness is settled by the database, not here. */
  readonly clientOrderId: string | null;
}

/** What of an order an amendment can change. */
export interface AmendableTerms {
  readonly quantity: Units;
  readonly price: Units | null;
  readonly stopPrice: Units | null;
  readonly stopLimitPrice: Units | null;
}

/** New values of an open order; `null` leaves one as it is. */
export interface AmendCommand {
  readonly kind: 'amend';
  readonly time: number;
  readonly userId: UserId;
  readonly orderId: OrderId;
  /** The whole quantity, the filled part included. */
  readonly quantity: Units | null;
  readonly price: Units | null;
  readonly stopPrice: Units | null;
  readonly stopLimitPrice: Units | null;
  readonly limits: OrderLimits | null;
  /** The order as it was when somebody judged what the amendment makes of it: of an order that is another by now nothing is changed. `null`: nobody did. */
  readonly judged: AmendableTerms | null;
}

/** All open orders of a user, on one market or (`null`) on all. It is carried out when there are none, too. */
export interface CancelAllCommand {
  readonly kind: 'cancel-all';
  readonly time: number;
  readonly userId: UserId;
  readonly symbol: string | null;
}

/** Ends the GTD orders whose `expiresAt` is at or before `time`, the earliest end first, at most `EXPIRED_PER_COMMAND_MAX` of them. */
export interface ExpireCommand {
  readonly kind: 'expire';
  readonly time: number;
}

/** Wakes stops that are due and that the command before had to leave asleep, because it had done enough. */
export interface WakeCommand {
  readonly kind: 'wake';
  readonly time: number;
}

/** One command never ends more, however many are due: what it leaves is the next one's, and each fits into a batch. */
export const EXPIRED_PER_COMMAND_MAX = 500;
/** Once a command has made so many trades and wakings together it wakes no further stop. */
export const STEPS_PER_COMMAND_MAX = 500;

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

/** Halts a market, opens it, or lets it take resting orders only. Opening forgets the circuit breaker's window. */
export interface SetMarketStatusCommand {
  readonly kind: 'set-market-status';
  readonly time: number;
  readonly symbol: string;
  readonly status: MarketStatus;
}

/** Opens a market again that its circuit breaker halted, if it is that very halt which still holds: of one that staff has taken over nothing changes. */
export interface ReopenMarketCommand {
  readonly kind: 'reopen-market';
  readonly time: number;
  readonly symbol: string;
  /** The market's `haltedAt` when the opening was decided. */
  readonly haltedAt: number;
}

export type Command =
  | PlaceCommand
  | AmendCommand
  | CancelCommand
  | CancelAllCommand
  | ExpireCommand | WakeCommand
  | CreditCommand
  | DebitCommand
  | SetFeeRatesCommand
  | SetMarketStatusCommand
  | ReopenMarketCommand;
