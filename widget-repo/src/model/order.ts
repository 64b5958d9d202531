import type { components } from '../generated/api.ts';

/** The one vocabulary: what is shown, signed and sent. Of the contract's orders the widget places those that every exchange knows. */
export type Order = Readonly<Pick<components['schemas']['Order'], 'symbol' | 'side' | 'price'>> & {
  readonly type: OrderType;
  readonly quantity: string;
  readonly clientOrderId: string;
};
export type WidgetSymbol = components['schemas']['WidgetSymbol'];
export type WidgetConfig = components['schemas']['WidgetConfig'];
export type EndpointMapping = components['schemas']['EndpointMapping'];
export type Side = 'BUY' | 'SELL';
export type OrderType = 'MARKET' | 'LIMIT';

/** Where an order stands at the exchange, whatever the exchange calls it. */
export type OrderStatus = 'resting' | 'partial' | 'filled' | 'ended' | 'rejected';

const STATUS_WORDS: Readonly<Record<string, OrderStatus>> = {
  PENDING: 'resting',
  NEW: 'resting',
  OPEN: 'resting',
  ACCEPTED: 'resting',
  PARTIAL: 'partial',
  PARTIALLY_FILLED: 'partial',
  FILLED: 'filled',
  EXECUTED: 'filled',
  CANCELLED: 'ended',
  CANCELED: 'ended',
  EXPIRED: 'ended',
  REJECTED: 'rejected',
};

export function orderStatus(word: string): OrderStatus | null {
  const known = word.toUpperCase();
  return Object.hasOwn(STATUS_WORDS, known) ? (STATUS_WORDS[known] ?? null) : null;
}

/** What the exchange said about an accepted order. Amounts stay text until something is computed with them. */
export interface Report {
  readonly status: OrderStatus | null;
  readonly orderId: string | null;
  readonly filledQuantity: string | null;
  readonly averagePrice: string | null;
  readonly fee: string | null;
  readonly feeAsset: string | null;
  readonly reason: string | null;
}

export function isFinal(status: OrderStatus | null): boolean {
  return status === 'filled' || status === 'ended' || status === 'rejected';
}
