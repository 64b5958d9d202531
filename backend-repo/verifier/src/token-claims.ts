import { refuse } from './refusal.ts';
import type { Refusal, RefusalReason } from './refusal.ts';
import { readTokenTrade } from './trade-order.ts';
import type { OrderTerms, TradeOrder } from './trade-order.ts';

export const TOKEN_LIFETIME_SECONDS_MAX = 10;

/** What a token that we signed says. Times are seconds since 1970. */
export interface TradeTokenClaims {
  readonly jti: string;
  readonly sub: string;
  readonly exp: number;
  readonly order: TradeOrder;
}

const CLAIMS = ['aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'sub', 'trade'];
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const EXCHANGE_USER_ID = /^[\x21-\x7e]{1,128}$/;
// Seconds of the year 5138; the same moment in milliseconds is far above it, so a token in milliseconds is seen at once.
const SECONDS_MAX = 1e11;

/**
 * Check what a token with a good signature says (RFC 7519 §4.1, RFC 8725 §3.8–3.9). Both sides of `aud` are one exact string, never a
 * list. An expired token passes: whether that matters depends on whether it was spent, which the caller asks last.
 */
export function readClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: { readonly issuer: string; readonly exchangeId: string; readonly nowMs: number; readonly leewaySeconds: number; readonly orderTerms: OrderTerms },
): { readonly claims: TradeTokenClaims } | { readonly refused: Refusal } {
  const no = (reason: RefusalReason, field?: string) => ({ refused: refuse(reason, field === undefined ? {} : { field }) });
  if (Object.keys(claims).toSorted().join() !== CLAIMS.join()) return no('claims_not_closed');
  const { iss, aud, sub, jti, iat, nbf, exp, trade } = claims;
  if (iss !== expected.issuer) return no('iss_wrong');
  if (aud !== expected.exchangeId) return no('aud_wrong');
  if (typeof sub !== 'string' || !EXCHANGE_USER_ID.test(sub)) return no('sub_malformed');
  if (typeof jti !== 'string' || !UUID_V7.test(jti)) return no('jti_malformed');
  if (!isSeconds(iat) || !isSeconds(nbf) || !isSeconds(exp)) return no('time_malformed');
  if (exp <= iat || exp <= nbf || exp - iat > TOKEN_LIFETIME_SECONDS_MAX) return no('lifetime_wrong');
  const latestStart = expected.nowMs / 1000 + expected.leewaySeconds;
  if (iat > latestStart) return no('issued_in_future');
  if (nbf > latestStart) return no('not_yet_valid');
  const read = readTokenTrade(trade, expected.orderTerms);
  if ('refused' in read) return no('trade_malformed', read.refused);
  return { claims: { jti, sub, exp, order: read.order } };
}

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0 && (value as number) < SECONDS_MAX;
