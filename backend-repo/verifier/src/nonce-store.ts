import type { FirstResult } from './refusal.ts';

/** A token is remembered this long after its `exp`: the largest leeway (5 s) and a margin of 60 s. */
export const REMEMBER_AFTER_EXPIRY_MS = 65_000;
export const RESULT_BYTES_MAX = 16_384;

/** One token at one partner. The same jti at another partner is another token. */
export interface NonceKey {
  readonly exchangeId: string;
  /** UUIDv7, lower case. */
  readonly jti: string;
}

export interface SpendRequest extends NonceKey {
  /** Milliseconds since 1970 at which the token expires, without leeway. Remember it for REMEMBER_AFTER_EXPIRY_MS longer. */
  readonly expiresAt: number;
  /** The verified token itself, for stores that redeem it elsewhere. Do not keep or log it. */
  readonly token: string;
}

export type SpendResult =
  | { readonly first: true }
  /** Spent before. `result` is what `recordResult` was given, when it was. */
  | { readonly first: false; readonly result?: FirstResult | undefined }
  /** Whoever issued the token says it does not hold. */
  | { readonly first: false; readonly refused: 'TRADE_TOKEN_INVALID' | 'TRADE_TOKEN_EXPIRED' };

/**
 * Remembers which tokens are spent, for all of your servers. Every method rejects when it cannot know: the verifier then refuses the
 * order (TRADE_TOKEN_CHECK_UNAVAILABLE), because an order executed twice costs more than an order asked for again.
 */
export interface NonceStore {
  /** Spend a token in one atomic operation: of any number of calls for one key exactly one gets `{first: true}`. */
  spend(request: SpendRequest): Promise<SpendResult>;
  /** Keep what became of the order, for whoever sends the same token again. The first result stays; later ones change nothing. */
  recordResult(key: NonceKey, result: FirstResult): Promise<void>;
  /** What is known of a token without spending it. Without this method an expired token is never found to be spent. */
  recall?(key: NonceKey): Promise<{ readonly first: false; readonly result?: FirstResult | undefined } | undefined>;
}

/** A result as JSON text. Throws a TypeError when it is not a JSON object or is above RESULT_BYTES_MAX. */
export function resultToJson(result: FirstResult): string {
  const json: unknown = JSON.stringify(result);
  if (typeof json !== 'string' || !json.startsWith('{')) throw new TypeError('A result must be a JSON object');
  if (Buffer.byteLength(json) > RESULT_BYTES_MAX) throw new TypeError(`A result must be at most ${RESULT_BYTES_MAX} bytes of JSON`);
  return json;
}
