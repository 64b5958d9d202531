/**
 * Amounts: decimal strings outside, whole units of 1e-8 in `bigint` inside (design 5.4). No float ever touches an amount, and every
 * rounding says which way.
 */

/** A whole number of 1e-8 units. `1.5` is `150000000n`. */
export type Units = bigint & { readonly kind?: 'Units' };

export const DECIMALS = 8;
export const UNITS_PER_ONE: Units = 100_000_000n;

/** contract.md, Conventions: a plain decimal, at most 12 digits before the point and 8 after it. */
export const AMOUNT_PATTERN = /^\d{1,12}(?:\.\d{1,8})?$/;

/** The largest amount that the pattern lets in. */
export const AMOUNT_MAX: Units = 10n ** 20n - 1n;

/** The one spelling of an amount: no leading zeros, no trailing zeros. `null` when the text is not a plain decimal. */
export function canonicalAmount(text: string): string | null {
  if (!AMOUNT_PATTERN.test(text)) return null;
  const point = text.indexOf('.');
  let start = 0;
  const wholeEnd = point === -1 ? text.length : point;
  while (start < wholeEnd - 1 && text.charCodeAt(start) === 48) start += 1;
  let end = text.length;
  if (point !== -1) {
    while (text.charCodeAt(end - 1) === 48) end -= 1;
    if (end - 1 === point) end = point;
  }
  return text.slice(start, end);
}

/** Reads a plain decimal. `null` when it is not one. */
export function parseAmount(text: string): Units | null {
  if (!AMOUNT_PATTERN.test(text)) return null;
  const point = text.indexOf('.');
  if (point === -1) return BigInt(text) * UNITS_PER_ONE;
  return BigInt(text.slice(0, point) + text.slice(point + 1).padEnd(DECIMALS, '0'));
}

/** Reads an amount that we wrote ourselves (database, seed). Anything else is a bug, hence the exception. Takes numeric(20,8) and wider. */
export function amountFrom(text: string): Units {
  const match = /^(-?)(\d+)(?:\.(\d{1,8})0*)?$/.exec(text);
  if (!match) throw new Error(`not an amount: ${JSON.stringify(text)}`);
  const units = BigInt((match[2] ?? '') + (match[3] ?? '').padEnd(DECIMALS, '0'));
  return match[1] === '-' ? -units : units;
}

/** Writes an amount with at least `minDecimals` decimals (0 = the minimal decimal, 2 = `45000.00`). */
export function formatAmount(units: Units, minDecimals = 0): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(DECIMALS + 1, '0');
  let fraction = digits.slice(-DECIMALS);
  let keep = DECIMALS;
  while (keep > minDecimals && fraction.charCodeAt(keep - 1) === 48) keep -= 1;
  fraction = fraction.slice(0, keep);
  const whole = digits.slice(0, -DECIMALS);
  return `${negative ? '-' : ''}${whole}${keep > 0 ? `.${fraction}` : ''}`;
}

/** Decimals of a step such as a tick: `0.01` has 2. */
export function decimalsOf(step: Units): number {
  let decimals = DECIMALS;
  let rest = step;
  while (decimals > 0 && rest % 10n === 0n) {
    rest /= 10n;
    decimals -= 1;
  }
  return decimals;
}

/** Both operands non-negative, divisor positive. */
export function divideRoundingUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** Both operands non-negative, divisor positive. A tie goes away from zero. */
export function divideRoundingHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

/** price × quantity in quote units, rounded once, half up, to 1e-8: the same number for both sides of a trade (contract.md, Venue). */
export function notionalOf(price: Units, quantity: Units): Units {
  return divideRoundingHalfUp(price * quantity, UNITS_PER_ONE);
}
