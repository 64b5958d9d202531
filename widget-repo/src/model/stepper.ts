import { type Amount, amountText, fieldText, readTyped, roundToStep, ZERO } from './amount.ts';

/** One arrow key press: the next whole step up or down, never below one step. */
export function stepText(text: string, decimalSign: string, step: Amount, direction: 1 | -1, start: Amount | null): string {
  const decimals = amountText(step).split('.')[1]?.length ?? 0;
  const typed = readTyped(text, decimalSign);
  const from = typed ?? start ?? ZERO;
  if (step <= 0n) return text;
  // An empty field starts at the market's price itself; a value between two steps goes to the nearer one in that direction.
  const floor = roundToStep(from, step, 'down');
  const next = typed === null && start !== null ? floor : direction === 1 ? floor + step : floor === from ? floor - step : floor;
  return fieldText(next < step ? step : next, decimalSign, decimals);
}
