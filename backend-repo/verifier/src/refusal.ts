/** What a refusal is for. Programs decide by `code`; the status beside it is what the Express middleware answers. */
export const REFUSAL_STATUS = Object.freeze({
  TRADE_TOKEN_REQUIRED: 403,
  TRADE_TOKEN_INVALID: 403,
  TRADE_TOKEN_EXPIRED: 403,
  TRADE_TOKEN_MISMATCH: 403,
  TRADE_TOKEN_SPENT: 409,
  TRADE_TOKEN_CHECK_UNAVAILABLE: 503,
  /** Not about the token: your own session is missing or has ended. */
  AUTHENTICATION_REQUIRED: 401,
});

export type RefusalCode = keyof typeof REFUSAL_STATUS;

/** Every reason, the code it belongs to, and its sentence. Reasons are for logs and tests; do not show them to traders. */
const REASONS = {
  token_missing: ['TRADE_TOKEN_REQUIRED', 'This order needs a trade token.'],
  token_not_text: ['TRADE_TOKEN_INVALID', 'A trade token is text.'],
  token_too_long: ['TRADE_TOKEN_INVALID', 'The token is longer than 4,096 characters.'],
  token_malformed: ['TRADE_TOKEN_INVALID', 'The token is not three canonical base64url parts.'],
  header_not_canonical_json: ['TRADE_TOKEN_INVALID', 'The token header is not canonical JSON.'],
  header_field_unknown: ['TRADE_TOKEN_INVALID', 'The token header holds something other than alg, typ and kid.'],
  typ_wrong: ['TRADE_TOKEN_INVALID', 'The token is of another kind: its typ is not trade+jwt.'],
  alg_not_allowed: ['TRADE_TOKEN_INVALID', 'The token names an algorithm that its key is not for.'],
  kid_malformed: ['TRADE_TOKEN_INVALID', 'The key id of the token is malformed.'],
  kid_unknown: ['TRADE_TOKEN_INVALID', 'No key of this partner has the key id of the token.'],
  signature_wrong: ['TRADE_TOKEN_INVALID', 'The signature does not verify.'],
  payload_not_canonical_json: ['TRADE_TOKEN_INVALID', 'The token payload is not canonical JSON.'],
  claims_not_closed: ['TRADE_TOKEN_INVALID', 'The token lacks a claim, or holds one that is not ours.'],
  iss_wrong: ['TRADE_TOKEN_INVALID', 'The token comes from another issuer.'],
  aud_wrong: ['TRADE_TOKEN_INVALID', 'The token is for another exchange.'],
  sub_malformed: ['TRADE_TOKEN_INVALID', 'The user of the token is malformed.'],
  jti_malformed: ['TRADE_TOKEN_INVALID', 'The jti of the token is not a UUIDv7.'],
  time_malformed: ['TRADE_TOKEN_INVALID', 'iat, nbf and exp of the token are not whole seconds since 1970.'],
  lifetime_wrong: ['TRADE_TOKEN_INVALID', 'The token lives longer than 10 seconds, or not at all.'],
  issued_in_future: ['TRADE_TOKEN_INVALID', 'The token was issued in the future: compare your clock with ours.'],
  not_yet_valid: ['TRADE_TOKEN_INVALID', 'The token is not valid yet.'],
  trade_malformed: ['TRADE_TOKEN_INVALID', 'The trade in the token is malformed.'],
  refused_online: ['TRADE_TOKEN_INVALID', 'The operator refused to redeem the token.'],
  token_expired: ['TRADE_TOKEN_EXPIRED', 'The token has expired: ask for a new one.'],
  user_unknown: ['AUTHENTICATION_REQUIRED', 'Sign in first: the session of this order names no user.'],
  user_differs: ['TRADE_TOKEN_MISMATCH', 'The token is for another user.'],
  order_malformed: ['TRADE_TOKEN_MISMATCH', 'The order is malformed or has a field that a token does not cover.'],
  order_differs: ['TRADE_TOKEN_MISMATCH', 'The order is not the one in the token.'],
  already_spent: ['TRADE_TOKEN_SPENT', 'This token has already been used.'],
  keys_unavailable: ['TRADE_TOKEN_CHECK_UNAVAILABLE', 'The keys that verify tokens cannot be loaded right now.'],
  store_unavailable: ['TRADE_TOKEN_CHECK_UNAVAILABLE', 'Whether the token is unused cannot be checked right now.'],
  check_failed: ['TRADE_TOKEN_CHECK_UNAVAILABLE', 'The token cannot be checked right now.'],
} as const satisfies Record<string, readonly [RefusalCode, string]>;

export type RefusalReason = keyof typeof REASONS;

/** A JSON object that tells what became of an order, e.g. `{orderId: '17', status: 'FILLED'}`. At most 16 KiB as JSON. */
export type FirstResult = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** One word for logs and tests. New reasons may come in a minor version; codes do not. */
  readonly reason: RefusalReason;
  /** One sentence for people. Holds nothing from the token or the order. */
  readonly message: string;
  /** The field of the order that was refused or differs, when one can be named. */
  readonly field?: string;
  /** With TRADE_TOKEN_SPENT: the token's id. */
  readonly jti?: string;
  /** With TRADE_TOKEN_SPENT: what `recordResult` was given, once there is one. */
  readonly firstResult?: FirstResult;
  /** With TRADE_TOKEN_CHECK_UNAVAILABLE: why. For your log, not for an answer. */
  readonly cause?: unknown;
}

export const isRefusalReason = (value: string): value is RefusalReason => Object.hasOwn(REASONS, value);

export function refuse(reason: RefusalReason, more: Pick<Refusal, 'field' | 'jti' | 'firstResult' | 'cause'> = {}): Refusal {
  const [code, message] = REASONS[reason];
  return { ok: false, code, reason, message, ...more };
}
