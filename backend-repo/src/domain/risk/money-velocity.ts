import { formatAmount, type Units } from '../money.ts';
import type { UserId } from '../matching/types.ts';
import { severityBy, windowStartOf, type Finding } from './finding.ts';
import type { RiskThresholds } from './thresholds.ts';

/** What one account paid in, or asked to take out, within the window. */
export interface MovedMoney {
  readonly userId: UserId;
  readonly direction: 'DEPOSIT' | 'WITHDRAWAL';
  /** In USDT, by the last prices. What has no price is not in it. */
  readonly worth: Units;
  readonly transfers: number;
  readonly lastAt: number;
}

/** More money in or out within any window than spec/4's unusualVolumeThreshold. */
export function moneyVelocity({ userId, direction, worth, transfers, lastAt }: MovedMoney, { moneyVelocity: limits }: RiskThresholds): Finding[] {
  if (worth <= limits.worthMax) return [];
  return [
    {
      eventType: direction,
      kind: direction === 'DEPOSIT' ? 'deposit_velocity' : 'withdrawal_velocity',
      severity: severityBy(Number(worth / limits.worthMax), limits.worthFor),
      userId,
      symbol: null,
      windowStart: windowStartOf(lastAt, limits.windowMs),
      description: `${direction === 'DEPOSIT' ? 'Paid in' : 'Asked to take out'} ${formatAmount(worth)} USDT within ${limits.windowMs / 60_000} minutes.`,
      evidence: { worth: formatAmount(worth), worth_max: formatAmount(limits.worthMax), transfers, window_ms: limits.windowMs, last_at: lastAt },
    },
  ];
}
