// Exact decimals. An amount is a bigint that counts hundred-millionths; no float ever touches one.

export type Amount = bigint;

export const DECIMALS_MAX = 8;
const SCALE = 10n ** BigInt(DECIMALS_MAX);
const PLAIN_DECIMAL = /^(\d{1,20})(?:\.(\d{1,8}))?$/;

export const ZERO: Amount = 0n;

/** Reads the contract's plain decimals: no sign, no exponent, no spaces. */
export function parseAmount(text: string): Amount | null {
  const match = PLAIN_DECIMAL.exec(text);
  if (!match) return null;
  return BigInt(match[1] ?? '0') * SCALE + BigInt((match[2] ?? '').padEnd(DECIMALS_MAX, '0'));
}

/** Canonical text: as few decimals as possible, but at least `decimalsMin`. */
export function amountText(amount: Amount, decimalsMin = 0): string {
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % SCALE).toString().padStart(DECIMALS_MAX, '0').replace(/0+$/, '').padEnd(decimalsMin, '0');
  return `${amount < 0n ? '-' : ''}${size / SCALE}${fraction && `.${fraction}`}`;
}

export function decimalsOf(step: Amount): number {
  return amountText(step).split('.')[1]?.length ?? 0;
}

export type Rounding = 'up' | 'down';

/** Integer division that says which way it rounds: 'up' is away from zero, 'down' is towards it. */
export function divide(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = dividend / divisor;
  if (rounding === 'down' || dividend % divisor === 0n) return quotient;
  return quotient + (dividend < 0n === divisor < 0n ? 1n : -1n);
}

export function multiply(a: Amount, b: Amount, rounding: Rounding): Amount {
  return divide(a * b, SCALE, rounding);
}

/** a / b as an amount. */
export function ratio(a: Amount, b: Amount, rounding: Rounding): Amount {
  return divide(a * SCALE, b, rounding);
}

export function roundToStep(amount: Amount, step: Amount, rounding: Rounding): Amount {
  return step > 0n ? divide(amount, step, rounding) * step : amount;
}

export function isMultiple(amount: Amount, step: Amount): boolean {
  return step <= 0n || amount % step === 0n;
}

export function smaller(a: Amount, b: Amount): Amount {
  return a < b ? a : b;
}

/**
 * What a person typed, as an amount. "1,5" counts only where the comma is the locale's decimal sign, and a grouped number only
 * where it cannot mean anything else ("64,250.10"): a misread separator is a thousandfold order.
 */
export function readTyped(text: string, decimalSign: string): Amount | null {
  const typed = text.trim();
  if (/^\d{1,3}(,\d{3})+\.\d+$/.test(typed)) return parseAmount(typed.replace(/,/g, ''));
  if (decimalSign === ',' && /^\d{1,3}(\.\d{3})+,\d+$/.test(typed)) return parseAmount(typed.replace(/\./g, '').replace(',', '.'));
  if (isAmbiguous(typed, decimalSign)) return null;
  return parseAmount(decimalSign === ',' ? typed.replace(',', '.') : typed);
}

/** "64.250" where the comma is the decimal sign: sixty-four thousand to some, sixty-four and a quarter to others. */
export function isAmbiguous(text: string, decimalSign: string): boolean {
  return decimalSign === ',' && /^[1-9]\d{0,2}(\.\d{3})+$/.test(text.trim());
}

/** An amount as it is written into a field, with the locale's own decimal sign. */
export function fieldText(amount: Amount, decimalSign: string, decimalsMin = 0): string {
  return amountText(amount, decimalsMin).replace('.', decimalSign === ',' ? ',' : '.');
}
