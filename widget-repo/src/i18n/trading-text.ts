import type { Failure } from '../model/failure.ts';
import { enTrading } from './en.ts';
import { fillIn, type Fillings } from './text.ts';

const RETRY_AFTER_GUESS_S = 10;

export function sayTrading(key: keyof typeof enTrading, fillings: Fillings = {}): string {
  return fillIn(enTrading[key], fillings);
}

export function isTradingKey(key: string): key is keyof typeof enTrading {
  return Object.hasOwn(enTrading, key);
}

/** Our words for a code; the other side's own sentence where we have none. */
export function sayWhy(why: Failure, exchange: string): string {
  const key = `code.${why.code}`;
  const fillings = { exchange, seconds: why.retryAfterS ?? RETRY_AFTER_GUESS_S };
  if (isTradingKey(key)) return sayTrading(key, fillings);
  return why.message?.replace(/\.$/, '') ?? sayTrading('code.other');
}
