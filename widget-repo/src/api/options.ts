import { DEFAULT_API_URL } from '../build-info.ts';
import type { Order } from '../model/order.ts';

export type { Order } from '../model/order.ts';

/** What your backend gives your page for the signed-in trader. */
export interface TraderSession {
  /** Signed by your backend with its `sessionSecret`; works once, so ask your backend for a new one at each call. */
  readonly userToken: string;
  /** Put into your order endpoint's headers wherever your mapping says `{venueToken}`. */
  readonly venueToken?: string | null;
}

/** What your page tells the widget about an order that it placed itself. */
export interface PlacedOrder {
  /** PENDING, PARTIAL, FILLED, CANCELLED or REJECTED; usual other spellings are understood. */
  readonly status: string;
  readonly orderId: string | number;
  readonly filledQuantity?: string;
  readonly averagePrice?: string;
  readonly fee?: string;
  readonly feeAsset?: string;
  readonly reason?: string;
}

export interface WidgetOptions {
  /** A CSS selector or the element that the widget is put into. */
  readonly container: string | Element;
  /** Your public identifier. */
  readonly exchangeId: string;
  /** Your stable, anonymous name for the signed-in trader; never an e-mail address. Leave it out while nobody is signed in. */
  readonly exchangeUserId?: string | null;
  /** Called whenever the widget needs a session. Answer null when nobody is signed in. */
  readonly getSession?: () => Promise<TraderSession | null> | TraderSession | null;
  /**
   * Places the order from your own code instead of the order endpoint in your configuration. Called once per token.
   * Reject with an error that carries a `code` when the exchange definitely refused; any other rejection counts as "unknown".
   */
  readonly placeOrder?: (order: Order, token: string) => Promise<PlacedOrder> | PlacedOrder;
  /** The operator's API. By default the one that this build was made for. */
  readonly apiUrl?: string;
  /** The market shown first, e.g. "BTCUSDT". */
  readonly symbol?: string;
  /** BCP 47, e.g. "de-CH". By default your configuration's, then the browser's. */
  readonly locale?: string;
}

/** What `update` may change while the widget is shown. */
export type WidgetChange = Partial<Pick<WidgetOptions, 'exchangeUserId' | 'getSession' | 'placeOrder' | 'symbol'>>;

const EXCHANGE_ID = /^[a-z0-9](?:[a-z0-9-]{1,62}[a-z0-9])$/;
// Visible characters without an @: an e-mail address is personal data and has no place here.
const EXCHANGE_USER_ID = /^[\x21-\x3f\x41-\x7e]{1,128}$/;
const CHANGEABLE = ['exchangeUserId', 'getSession', 'placeOrder', 'symbol'];

/** The name of the first option that cannot be used, or null. */
export function wrongOption(options: Partial<WidgetOptions>): string | null {
  if (!fits(EXCHANGE_ID, options.exchangeId)) return 'exchangeId';
  if (options.apiUrl !== undefined && apiOrigin(options.apiUrl) === null) return 'apiUrl';
  if (options.locale !== undefined && typeof options.locale !== 'string') return 'locale';
  return wrongChange(options);
}

/** The same for the options that may change later. */
export function wrongChange(change: WidgetChange): string | null {
  const user = change.exchangeUserId;
  if (user !== undefined && user !== null && !fits(EXCHANGE_USER_ID, user)) return 'exchangeUserId';
  if (change.getSession !== undefined && typeof change.getSession !== 'function') return 'getSession';
  if (change.placeOrder !== undefined && typeof change.placeOrder !== 'function') return 'placeOrder';
  return change.symbol !== undefined && typeof change.symbol !== 'string' ? 'symbol' : null;
}

function fits(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

export function unchangeableOption(change: object): string | null {
  return Object.keys(change).find((name) => !CHANGEABLE.includes(name)) ?? null;
}

/** The API's origin and path without a trailing slash; null for anything that is not an http(s) address. */
export function apiOrigin(url: string = DEFAULT_API_URL): string | null {
  try {
    const parsed = new URL(url);
    return /^https?:$/.test(parsed.protocol) && !parsed.search && !parsed.hash ? (parsed.origin + parsed.pathname).replace(/\/+$/, '') : null;
  } catch {
    return null;
  }
}
