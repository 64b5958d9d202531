import { createFormatter } from '../helpers/format.ts';
import { type Amount, parseAmount } from '../model/amount.ts';

const format = createFormatter(undefined);

export const { decimalSign } = format;

/** "1,204.1 USDT", as the reader's own language writes numbers. */
export function money(amount: string | Amount, asset: string): string {
  const exact = typeof amount === 'string' ? parseAmount(amount) : amount;
  return `${exact === null ? String(amount) : format.amount(exact)}\u00a0${asset}`;
}
