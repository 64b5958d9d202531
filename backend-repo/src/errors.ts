/**
 * The one list of every code an answer can carry, its status and its sentence. A code is for programs, a sentence for people,
 * `cause` is for us and never leaves the process. Sentences that spec/4 prints stand here as printed, without a full stop.
 */
const list = {
  // The request itself
  VALIDATION_ERROR: [400, 'Invalid input data'],
  INVALID_JSON: [400, 'The body is not valid JSON.'],
  IDEMPOTENCY_KEY_REQUIRED: [400, 'Send an Idempotency-Key header of 16 to 64 visible ASCII characters. See docs/guides/idempotency.md.'],
  TRADE_TOKEN_AMBIGUOUS: [400, 'Send the trade token in one place only.'],
  UNKNOWN_SYMBOL: [400, 'This market does not exist here.'],
  NOT_FOUND: [404, 'There is nothing at this address.'],
  METHOD_NOT_ALLOWED: [405, 'This address does not answer to that method.'],
  PAYLOAD_TOO_LARGE: [413, 'The body is larger than this route accepts (100 kB on most).'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Send the body as application/json in UTF-8.'],
  RATE_LIMIT_EXCEEDED: [429, 'Too many requests'],

  // Who calls
  AUTHENTICATION_REQUIRED: [401, 'Sign in first.'],
  EMAIL_TAKEN: [409, 'Somebody has this e-mail address already.'],
  AUTHENTICATION_FAILED: [401, 'Invalid credentials'],
  LOGIN_LOCKED: [429, 'Too many sign-ins have failed. Wait, sign in from a device that you have used before, or reset the password.'],
  COUNTRY_NOT_ALLOWED: [403, 'Signing in is not possible from the country that this address is in.'],
  EMAIL_NOT_VERIFIED: [403, 'Confirm the e-mail address first, with the link that was sent to it.'],
  CAPTCHA_INVALID: [400, 'The proof of work is wrong, too old, or was used before. Ask GET /api/auth/captcha for another.'],
  LINK_INVALID: [400, 'This link has expired, or was used before. Ask for another.'],
  ACCESS_TOKEN_INVALID: [401, 'The access token is not valid or has expired. Sign in again.'],
  TWO_FACTOR_REQUIRED: [401, 'Send a code of your second factor as well.'],
  SECOND_FACTOR_WRONG: [401, 'The code is not right, or has been used before.'],
  SECOND_FACTOR_LOCKED: [429, 'Too many wrong codes. Wait before you try another one.'],
  SECOND_FACTOR_ON: [409, 'A second factor is on already. Turn it off first.'],
  SECOND_FACTOR_STALE: [403, 'Show a code of your second factor first: POST /api/auth/verify-2fa. Without one, turn it on: POST /api/auth/enable-2fa.'],
  ADDRESS_NOT_ALLOWED: [403, 'This cannot be reached from your address.'],
  SECOND_FACTOR_OFF: [409, 'No second factor is on or waiting to be verified. Start with POST /api/auth/enable-2fa.'],
  REFRESH_TOKEN_INVALID: [401, 'The session is over. Sign in again.'],
  CSRF_TOKEN_INVALID: [403, 'Repeat the value of cookie csrf_token in header X-CSRF-Token.'],
  SESSION_NOT_FOUND: [404, 'You have no such session.'],
  DEVICE_NOT_FOUND: [404, 'You have no such device.'],
  DEVICE_NOT_CONFIRMED: [403, 'This device is new to your account. Confirm it first, with the link that was sent to your e-mail address; signing in again sends another.'],
  REVERIFICATION_REQUIRED: [403, 'Show first that this account is yours: use the link that was sent to your e-mail address, or set a new password.'],
  USERNAME_TAKEN: [409, 'Somebody has this name already.'],
  PERMISSION_DENIED: [403, 'You are not allowed to do this.'],
  SERVICE_KEY_INVALID: [401, 'The key of this service is not valid.'],
  SIGNATURE_INVALID: [401, 'The request signature is not valid.'],
  REQUEST_SIGNATURE_REQUIRED: [401, 'Sign this request with the signing key of your session: X-Signature, X-Timestamp, X-Nonce. See docs/guides/orders.md.'],
  TIMESTAMP_OUT_OF_RANGE: [401, 'The request timestamp is more than 30 seconds off our clock.'],
  NONCE_REUSED: [401, 'This request nonce has been used before.'],
  API_KEY_EXPIRED: [401, 'This API key has expired. Make a new one.'],
  API_KEY_ADDRESS_REFUSED: [403, 'This API key may not be used from this address.'],
  API_KEY_NOT_FOUND: [404, 'You have no API key with this id.'],
  SIGNATURE_VERSION_REQUIRED: [401, 'This API key takes version 2 of the signature only. Send X-API-Signature-Version: 2.'],
  TOO_MANY_API_KEYS: [422, 'You have as many API keys as you may have. Revoke one first.'],

  // Partners and sessions
  EXCHANGE_NOT_FOUND: [404, 'No exchange has this id.'],
  EXCHANGE_EXISTS: [409, 'Another partner has this id.'],
  EXCHANGE_CHANGED: [412, 'Somebody changed this partner since you looked. Load it again and repeat your change.'],
  ROTATION_UNDER_WAY: [409, 'A new key is waiting to be used. Activate it, or replace it with replaceUpcoming or activateInSeconds 0.'],
  NO_UPCOMING_KEY: [409, 'No new key is waiting to be used.'],
  PARTNER_SUSPENDED: [403, 'Trading through this widget is suspended for this exchange.'],
  ORIGIN_NOT_ALLOWED: [403, 'This page is not on the list of pages that may use this exchange’s widget.'],
  USER_TOKEN_INVALID: [401, 'The user token is not valid or has expired.'],
  USER_TOKEN_REQUIRED: [403, 'This exchange proves who its users are: send a userToken that it signed.'],
  USER_TOKEN_SPENT: [401, 'The user token has been used before. Ask the exchange for a new one.'],
  SESSION_INVALID: [401, 'The widget session is not valid or has expired. Open a new one.'],
  SESSION_MISMATCH: [403, 'The session belongs to another exchange or user.'],

  // Trade tokens
  MARKET_ORDERS_DISABLED: [403, 'This exchange has switched market orders off.'],
  TOO_MANY_OPEN_TOKENS: [429, 'Too many trades are waiting. Finish them or wait ten seconds.'],
  LABEL_TOKENS_USED_UP: [429, 'Trading through this widget has reached its limit at this exchange for today.'],
  IDEMPOTENCY_KEY_REUSED: [422, 'This Idempotency-Key was used with another order.'],
  TOKEN_EXPIRED: [409, 'The token for this Idempotency-Key has expired. Ask again with a new key.'],
  LEDGER_UNAVAILABLE: [503, 'The token could not be recorded in time, so none was handed out. Try again.'],
  OVERLOADED: [503, 'Too much is waiting right now. Try again in a moment.'],
  TRADE_TOKEN_REQUIRED: [403, 'This order needs a trade token from the widget.'],
  TRADE_TOKEN_INVALID: [403, 'The trade token is not valid.'],
  TRADE_TOKEN_EXPIRED: [403, 'The trade token has expired.'],
  TRADE_TOKEN_MISMATCH: [403, 'The trade token was made for another order.'],
  TRADE_TOKEN_SPENT: [409, 'The trade token has been used before.'],
  TRADE_TOKEN_UNKNOWN: [404, 'We have not issued this trade token to you.'],
  REPORT_SIGNATURE_INVALID: [401, 'The signature of these reports does not fit the registered report key.'],
  TRADE_TOKEN_CHECK_UNAVAILABLE: [503, 'The trade token cannot be checked right now, so nothing was placed. Try again.'],

  // Orders
  PRICE_NOT_ON_TICK: [400, 'The price is not a whole number of ticks.'],
  QUANTITY_NOT_ON_LOT: [400, 'The quantity is not a whole number of lots.'],
  QUANTITY_TOO_SMALL: [400, 'The quantity is too small.'],
  QUANTITY_TOO_LARGE: [400, 'The quantity is too large.'],
  NOTIONAL_TOO_SMALL: [400, 'The order is worth less than the market’s minimum.'],
  PRICE_OUT_OF_RANGE: [400, 'The price is outside what is accepted here.'],
  INSUFFICIENT_BALANCE: [422, 'Insufficient balance for this order'],
  NO_LIQUIDITY: [422, 'Nobody is offering to trade right now, so nothing was placed.'],
  MARKET_HALTED: [422, 'This market is halted.'],
  MARKET_POST_ONLY: [422, 'This market takes only orders that wait in the book right now.'],
  PRICE_OUTSIDE_BAND: [422, 'The price is further from the last price than this market allows.'],
  WOULD_TAKE: [422, 'This order may only wait in the book, and would have traded at once.'],
  FILL_OR_KILL: [422, 'The whole quantity cannot be filled right now, so nothing was placed.'],
  STOP_WOULD_TRIGGER: [422, 'The last price is at or past the stop price already.'],
  TOO_MANY_OPEN_ORDERS: [422, 'You have as many open orders as your account may have. Cancel one first.'],
  ORDER_TOO_LARGE: [422, 'The order is larger than your account may place.'],
  POSITION_TOO_LARGE: [422, 'With this order you would hold more than your account may.'],
  ORDER_OF_TRADE_TOKEN: [403, 'This order was placed with a trade token and stays what the token said. Cancel it and place another.'],
  ORDER_CHANGED: [409, 'The order has changed since you looked. Look at it again, and repeat your change if it is still what you want.'],
  CLIENT_ORDER_ID_REUSED: [409, 'This clientOrderId was used for another order.'],
  ORDER_NOT_FOUND: [404, 'You have no order with this number.'],
  ENGINE_UNAVAILABLE: [503, 'The venue is restarting. Nothing was placed. Try again in a moment.'],
  ORDER_OUTCOME_UNKNOWN: [503, 'We could not confirm in time that this was done. Asking for the same again is safe; an order needs the same clientOrderId, and is never placed twice.'],

  // Risk
  RISK_EVENT_NOT_FOUND: [404, 'No risk event has this number.'],

  // Money in and out, and what staff does with the venue
  UNKNOWN_ASSET: [400, 'This asset does not exist here.'],
  DEPOSIT_NOT_FOUND: [404, 'There is no deposit with this id.'],
  WITHDRAWAL_NOT_FOUND: [404, 'There is no withdrawal with this id.'],
  USER_NOT_FOUND: [404, 'There is no trader with this number.'],
  FUNDING_MISMATCH: [422, 'What was received is not what was announced, so nothing was credited.'],
  FUNDING_UNAVAILABLE: [503, 'No payment provider is set up here.'],
  KYC_REQUIRED: [403, 'Show us who you are first: withdrawals wait for an approved identity (POST /api/account/kyc).'],
  SECOND_FACTOR_REQUIRED: [403, 'Withdrawals need a second factor. Turn one on first: POST /api/auth/enable-2fa.'],
  WITHDRAWAL_COOLING_OFF: [403, 'Withdrawals wait for a while after a change of the password or the second factor.'],
  WITHDRAWAL_LIMIT_EXCEEDED: [422, 'This is worth more than you may withdraw within 24 hours.'],
  KYC_PENDING: [409, 'What you sent before is being looked at. Wait for the decision.'],
  KYC_APPROVED: [409, 'Your identity is approved already.'],
  KYC_NOT_SUBMITTED: [409, 'This trader has not sent anything to judge.'],
  OWN_REQUEST: [403, 'Nobody decides on what they asked for themselves.'],
  WRONG_STATE: [409, 'It is no longer, or not yet, in a state in which this can be done.'],
  TRANSFER_OUTCOME_UNKNOWN: [503, 'We could not confirm this in time. Asking again with the same Idempotency-Key is safe: it never happens twice.'],

  // Us
  DATABASE_UNAVAILABLE: [503, 'The service cannot reach its database. Try again in a moment.'],
  NOT_READY: [503, 'The service is starting.'],
  INTERNAL_ERROR: [500, 'Something went wrong on our side. It has been recorded.'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof list;

export const ERROR_CODES: Readonly<Record<ErrorCode, readonly [status: number, message: string]>> = list;

export interface ErrorExtra {
  /** What is wrong with each field of the request. */
  fields?: Record<string, string>;
  /** Numbers and first results a program can act on. */
  details?: Record<string, unknown>;
  /** Seconds until it is worth trying again. */
  retryAfter?: number;
  /** Replaces the list's sentence where a more exact one is known. */
  message?: string;
  cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly fields: Record<string, string> | undefined;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, extra: ErrorExtra = {}) {
    const [status, message] = ERROR_CODES[code];
    super(extra.message ?? message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.fields = extra.fields;
    this.details = extra.details;
    this.retryAfter = extra.retryAfter;
  }
}

/** One field is wrong. */
export function invalidField(field: string, message: string, code: ErrorCode = 'VALIDATION_ERROR'): AppError {
  return new AppError(code, { fields: { [field]: message } });
}
