import { feeOf, type FeeRate } from './fee.ts';
import { divideRoundingUp, notionalOf, UNITS_PER_ONE, type Units } from './money.ts';

/** What a partner says became of a token. Quantity and price are totals so far, so reports only ever grow. */
export interface ExecutionReport {
  readonly status: 'executed' | 'partially_executed' | 'rejected' | 'expired';
  readonly quantity: Units;
  /** Average price so far; `null` when nothing executed. */
  readonly price: Units | null;
  readonly orderId: string;
  /** Milliseconds since 1970. */
  readonly executedAt: number;
}

/** What the token allows: so much of the base asset, or as much as a quote amount buys or brings. */
export type Ordered = Units | { readonly quoteAmount: Units };

export type ReportVerdict =
  | { readonly kind: 'record' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly code: RefusedCode; readonly message: string };

type RefusedCode = 'EXECUTION_CONFLICT' | 'EXECUTION_QUANTITY_INVALID' | 'EXECUTION_PRICE_INVALID' | 'EXECUTION_TIME_INVALID';

/** The worst price that the token allows. */
export interface PriceLimit {
  readonly side: 'BUY' | 'SELL';
  readonly price: Units;
}

const refuse = (code: RefusedCode, message: string): Extract<ReportVerdict, { kind: 'refused' }> => ({ kind: 'refused', code, message });

/**
 * May this report follow what was reported before?
 * @param ordered what the token allows
 * @param latest the newest report on record, if any
 * @param limit `null` for an order that takes any price
 */
export function judgeReport(report: ExecutionReport, ordered: Ordered, latest: ExecutionReport | null, limit: PriceLimit | null = null): ReportVerdict {
  const wrong = quantityProblem(report, ordered);
  if (wrong) return refuse('EXECUTION_QUANTITY_INVALID', wrong);
  if (limit && report.price !== null && isPastLimit(report.price, limit)) return refuse('EXECUTION_PRICE_INVALID', 'The order allows no such price: its limit forbids it.');
  if (!latest) return { kind: 'record' };
  if (sameReport(report, latest)) return { kind: 'duplicate' };
  if (latest.status !== 'partially_executed') {
    return refuse('EXECUTION_CONFLICT', `This token was already reported as ${latest.status}.`);
  }
  // A total that has been passed already: an older report that arrives late.
  if (report.status === 'partially_executed' && report.quantity < latest.quantity) return { kind: 'duplicate' };
  if (report.quantity <= latest.quantity) {
    return refuse('EXECUTION_CONFLICT', 'A later report must have a larger total quantity than the one on record.');
  }
  // The fee is due on what was executed: an average that falls too far would take some of it back.
  if (notionalOf(report.price!, report.quantity) < notionalOf(latest.price!, latest.quantity)) {
    return refuse('EXECUTION_CONFLICT', 'What was executed so far cannot become worth less: the price is the average of all of it.');
  }
  return { kind: 'record' };
}

/** As far as the clock of a signed call may be off. */
export const CLOCK_ALLOWANCE_MS = 30_000;

/**
 * Nothing came of a token before there was one.
 * @param issuedAt milliseconds since 1970
 */
export function judgeTime({ executedAt }: Pick<ExecutionReport, 'executedAt'>, issuedAt: number): Extract<ReportVerdict, { kind: 'refused' }> | null {
  return executedAt < issuedAt - CLOCK_ALLOWANCE_MS ? refuse('EXECUTION_TIME_INVALID', 'This token was issued later: nothing can have come of it then.') : null;
}

/** By more than the last digit, to which an average is rounded. */
function isPastLimit(price: Units, { side, price: limit }: PriceLimit): boolean {
  return side === 'BUY' ? price > limit + 1n : price < limit - 1n;
}

function quantityProblem(report: ExecutionReport, ordered: Ordered): string | null {
  if (report.status === 'rejected' || report.status === 'expired') {
    return report.quantity === 0n ? null : 'Nothing executed, so quantity must be "0".';
  }
  if (report.price === null || report.price <= 0n) return 'Price must be more than zero when something executed.';
  if (typeof ordered !== 'bigint') return quoteProblem(report.quantity, report.price, ordered.quoteAmount);
  if (report.status === 'executed') return report.quantity === ordered ? null : 'Executed means the whole quantity of the token.';
  return report.quantity > 0n && report.quantity < ordered ? null : 'Partially executed means more than zero and less than the quantity of the token.';
}

/** The reported price is an average, rounded to 1e-8: times the quantity it may be off by half of that per unit of the base asset. */
function quoteProblem(quantity: Units, price: Units, quoteAmount: Units): string | null {
  if (quantity <= 0n) return 'Something executed, so quantity must be more than zero.';
  const slack = divideRoundingUp(quantity, UNITS_PER_ONE) + 1n;
  return notionalOf(price, quantity) <= quoteAmount + slack ? null : 'Quantity times price is more than the quote amount of the token.';
}

function sameReport(one: ExecutionReport, other: ExecutionReport): boolean {
  return one.status === other.status && one.quantity === other.quantity && one.price === other.price && one.orderId === other.orderId;
}

/** What the partner owes for a token: executed notional × its rate, rounded up to 1e-8 of the quote asset. */
export function feeDue(report: Pick<ExecutionReport, 'quantity' | 'price'> | null, rate: FeeRate): Units {
  if (!report || report.price === null) return 0n;
  return feeOf(notionalOf(report.price, report.quantity), rate);
}
