import { createHash } from 'node:crypto';
import type { BooksEvent } from '../../domain/books-event.ts';
import { canonicalAmount, formatAmount, amountFrom } from '../../domain/money.ts';
import { AppError, invalidField, type ErrorCode } from '../../errors.ts';

/** What deposits and withdrawals have in common. */
export interface TransferBasics {
  readonly isAsset: (asset: string) => Promise<boolean>;
  readonly onTrouble: (error: unknown, message: string) => void;
  readonly now: () => number;
  readonly newId: (now: number) => string;
}

/** How long a half-done transfer is left to whoever is at it. */
export const FINISH_AFTER_MS = 2_000;
export const FINISH_AT_ONCE_MAX = 100;
export const HOUR_MS = 3_600_000;
const REASONS_LENGTH_MAX = 1_000;

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: Row | null;
}

/** @param found one more than the page holds, when there are more */
export function pageOf<Row>(found: readonly Row[], limit: number): Page<Row> {
  const rows = found.slice(0, limit);
  return { rows, next: found.length > limit ? rows.at(-1)! : null };
}

/** @throws AppError VALIDATION_ERROR, UNKNOWN_ASSET */
export async function readAmount(basics: TransferBasics, asset: string, amount: string): Promise<string> {
  const canonical = canonicalAmount(amount);
  if (canonical === null || canonical === '0') throw invalidField('amount', 'Must be more than zero.');
  if (!(await basics.isAsset(asset))) throw unknownAsset();
  return canonical;
}

export const unknownAsset = (): AppError => new AppError('UNKNOWN_ASSET', { fields: { asset: 'It is not traded here.' } });

/**
 * Does each of them, whatever becomes of the others, one after the other.
 * @throws Error with what went wrong
 */
export async function settleEach<Item>(items: readonly Item[], settle: (item: Item) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = [];
  for (const item of items) await settle(item).catch((error: unknown) => errors.push(error));
  requireNone(errors, items.length);
}

/** The same, all of them at once. */
export async function settleAtOnce<Item>(items: readonly Item[], settle: (item: Item) => Promise<unknown>): Promise<void> {
  const ended = await Promise.allSettled(items.map(settle));
  requireNone(ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : [])), items.length);
}

function requireNone(errors: readonly unknown[], count: number): void {
  const reasons = errors.map(String).join('; ').slice(0, REASONS_LENGTH_MAX);
  if (errors.length > 0) throw new Error(`${errors.length} of ${count} were not settled: ${reasons}`, { cause: errors[0] });
}

export const fingerprintOf = (...parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** @throws AppError IDEMPOTENCY_KEY_REUSED */
export function requireSame(row: { readonly fingerprint: string }, fingerprint: string): void {
  if (row.fingerprint !== fingerprint) throw new AppError('IDEMPOTENCY_KEY_REUSED', { message: 'This Idempotency-Key was used with another request.' });
}

/** The engine said no, and will say no again: nothing happened. */
export function definiteRefusal(error: unknown): AppError | null {
  return error instanceof AppError && DEFINITE.has(error.code) ? error : null;
}

const DEFINITE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['INSUFFICIENT_BALANCE', 'VALIDATION_ERROR']);

interface TransferRow {
  readonly id: string;
  readonly user_id: number;
  readonly asset: string;
  readonly amount: string;
  readonly status: string;
  readonly reason: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Of money that has come, or that is held to go. */
export function transferEvent({ id, user_id, asset, amount }: { id: string; user_id: number; asset: string; amount: string }): BooksEvent {
  return { clientId: String(user_id), amount: formatAmount(amountFrom(amount)), currency: asset, transactionId: id };
}

export function transferView({ id, asset, amount, status, reason, created_at, updated_at }: TransferRow): object {
  return { id, asset, amount: formatAmount(amountFrom(amount)), status, reason, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}

/** As its owner sees it. */
export const withdrawalView = (row: TransferRow & { readonly address: string; readonly confirm_until: Date | null }): object => ({
  ...transferView(row), address: row.address, confirm_until: row.status === 'requested' ? (row.confirm_until?.toISOString() ?? null) : null,
});
