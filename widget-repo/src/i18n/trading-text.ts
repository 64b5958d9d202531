import type { Failure } from '../model/failure.ts';
import { enTrading } from './en.ts';
import { fillIn, type Fillings } from './text.ts';

const RETRY_AFTER_GUESS_S = 10;
const HOUR_S = 3600;
// What a page or a network on the way did to a request of ours: nothing a trader could tell apart.
const GARBLED = ['IDEMPOTENCY_KEY_REQUIRED', 'INVALID_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'NOT_FOUND', 'METHOD_NOT_ALLOWED'];

export function sayTrading(key: keyof typeof enTrading, fillings: Fillings = {}): string {
  return fillIn(enTrading[key], fillings);
}

export function isTradingKey(key: string): key is keyof typeof enTrading {
  return Object.hasOwn(enTrading, key);
}

/** Our words for a code; the other side's own sentence where we have none. */
export function sayWhy(why: Failure, exchange: string): string {
  const key = `code.${GARBLED.includes(why.code) ? 'GARBLED' : why.code}`;
  const seconds = why.retryAfterS ?? RETRY_AFTER_GUESS_S;
  const fillings = { exchange, seconds, hours: Math.max(1, Math.ceil(seconds / HOUR_S)) };
  if (isTradingKey(key)) return sayTrading(key, fillings);
  return why.message?.replace(/\.$/, '') ?? sayTrading('code.other');
}
