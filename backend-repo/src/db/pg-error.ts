import { isNativeError } from 'node:util/types';
import { AppError } from '../errors.ts';

const CONNECTION_TROUBLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** What pg and its pool say without a code. */
const DRIVER_TROUBLE = /Query read timeout|timeout expired|timeout exceeded when trying to connect|Connection terminated|Connection ended|is not queryable|^Acquire connection error/i;

/** SQLSTATE of a driver error, or `null`. */
export function sqlState(error: unknown): string | null {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** Class 22 (data exception) and 23 (integrity violation): the row is bad, the database is well. */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && (state.startsWith('22') || state.startsWith('23'));
}

/** The statement lost a deadlock or a serialization conflict and was rolled back whole. */
export function lostARace(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}

/** The database is away, restarting, full or too slow: the same call may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  // Not instanceof: what Node itself throws is of another realm inside a test.
  if (!isNativeError(error)) return false;
  const state = sqlState(error);
  if (state && (/^(08|53|57)/.test(state) || state === '25006')) return true;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && CONNECTION_TROUBLE.has(code)) return true;
  return error.name === 'KnexTimeoutError' || DRIVER_TROUBLE.test(error.message);
}

/** What a caller is told of a driver error. Never the driver's own text. */
export function fromDatabase(error: unknown): AppError | null {
  return isDatabaseAway(error) ? new AppError('DATABASE_UNAVAILABLE', { cause: error, retryAfter: 1 }) : null;
}
