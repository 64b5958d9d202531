import { type Amount, amountText, divide } from '../model/amount.ts';

/** Numbers as one locale writes them. Amounts stay exact: the fraction is never a float. */
export interface Formatter {
  readonly locale: string;
  readonly decimalSign: string;
  amount(amount: Amount, decimalsMin?: number, decimalsMax?: number): string;
  signed(amount: Amount, decimals: number): string;
  /** A fraction as per cent: 0.0015 is "0.15 %". */
  percent(fraction: Amount, decimalsMin?: number, decimalsMax?: number): string;
}

const DECIMALS_SHOWN_MAX = 8;

export function createFormatter(wanted: string | undefined): Formatter {
  const locale = usableLocale(wanted);
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, numberingSystem: 'latn' });
  const decimalSign = new Intl.NumberFormat(locale, { numberingSystem: 'latn' }).formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.';

  const amount = (value: Amount, decimalsMin = 0, decimalsMax = DECIMALS_SHOWN_MAX): string => {
    const unit = 10n ** BigInt(DECIMALS_SHOWN_MAX - decimalsMax);
    const half = value < 0n ? -unit / 2n : unit / 2n;
    const shown = decimalsMax < DECIMALS_SHOWN_MAX ? divide(value + half, unit, 'down') * unit : value;
    const [integer = '0', fraction] = amountText(shown < 0n ? -shown : shown, decimalsMin).split('.');
    return `${shown < 0n ? '\u2212' : ''}${whole.format(BigInt(integer))}${fraction ? decimalSign + fraction : ''}`;
  };
  return {
    locale,
    decimalSign,
    amount,
    signed: (value, decimals) => `${value > 0n ? '+' : ''}${amount(value, decimals, decimals)}`,
    percent: (fraction, decimalsMin = 0, decimalsMax = 4) => `${amount(fraction * 100n, decimalsMin, decimalsMax)}\u00a0%`,
  };
}

function usableLocale(wanted: string | undefined): string {
  try {
    return new Intl.NumberFormat(wanted).resolvedOptions().locale;
  } catch {
    return 'en';
  }
}
