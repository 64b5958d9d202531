import type { UserId } from '../matching/types.ts';

export const RISK_KINDS = ['wash_trading', 'spoofing', 'layering', 'momentum_ignition', 'unusual_volume', 'order_rate', 'deposit_velocity', 'withdrawal_velocity'] as const;
export type RiskKind = (typeof RISK_KINDS)[number];
/** What the venue's watch is told of instead of finding it. */
export const TOLD_KINDS = ['reported', 'circuit_breaker', 'login_lockout', 'address_block', 'vpn_login', 'device_denied', 'refresh_token_reused', 'reverification'] as const;
/**
 * What tells that somebody else may have an account. Nothing else acts on it by itself: what is found on the market, others can bring about by trading with
 * its owner (decisions 0017 and 0027).
 */
export const TAKEOVER_KINDS = ['device_denied', 'refresh_token_reused', 'reported'] as const satisfies readonly (typeof TOLD_KINDS)[number][];
/** From least to worst. spec/4, risk_events. */
export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Numbers and ids that the judgement rests on: amounts as decimal strings, ids and counts as numbers. */
export type Evidence = Readonly<Record<string, string | number | readonly (string | number)[]>>;

export interface Finding {
  /** SUSPICIOUS_ACTIVITY: it looks like manipulation. The others: it is only more than usual. */
  readonly eventType: 'SUSPICIOUS_ACTIVITY' | 'TRADE' | 'DEPOSIT' | 'WITHDRAWAL';
  readonly kind: RiskKind;
  readonly severity: Severity;
  readonly userId: UserId;
  /** `null`: on all markets together. */
  readonly symbol: string | null;
  /**
   * Beginning of the stretch of time that its last fact fell into. With kind, user and symbol it is the finding's name: whoever judges the same
   * facts again, on another node or after a restart, finds the same name.
   */
  readonly windowStart: number;
  readonly description: string;
  readonly evidence: Evidence;
}

/** The worst severity whose least count is reached; LOW when none is. */
export function severityBy(count: number, { medium, high, critical }: SeverityCounts): Severity {
  if (count >= critical) return 'CRITICAL';
  if (count >= high) return 'HIGH';
  return count >= medium ? 'MEDIUM' : 'LOW';
}

export interface SeverityCounts {
  readonly medium: number;
  readonly high: number;
  readonly critical: number;
}

export const isWorse = (severity: Severity, than: Severity): boolean => SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(than);

/** Half-open: a fact at the end of one stretch belongs to the next. */
export const windowStartOf = (time: number, windowMs: number): number => Math.floor(time / windowMs) * windowMs;

const IDS_SHOWN_MAX = 20;
/** The latest of them: evidence stays a page, whatever happened. */
export const latestIds = <Id extends number>(ids: readonly Id[]): readonly Id[] => ids.slice(-IDS_SHOWN_MAX);
