import { formatAmount, type Units } from '../money.ts';
import type { TraderFacts, WindowVolume } from './facts.ts';
import { severityBy, windowStartOf, type Finding } from './finding.ts';
import type { RiskThresholds } from './thresholds.ts';

/** Of the windows before, so many say what is usual: with spec/4's hour, those of a day. */
export const HISTORY_WINDOWS = 24;

interface History {
  readonly now: Units;
  /** Of the windows before. */
  readonly past: Units;
  readonly windowsTraded: number;
}

/** A trader who makes the market's hour (or whatever the window is) unusual, and whose own hour is. Being large is no offence, nor is trading more when everybody does. */
export function unusualVolume({ userId, symbol, volumes, marketVolumes }: TraderFacts, at: number, { unusualVolume: limits }: RiskThresholds): Finding[] {
  const start = windowStartOf(at, limits.windowMs);
  const [own, market] = [historyOf(volumes, start, limits.windowMs), historyOf(marketVolumes, start, limits.windowMs)];
  if (own.now < limits.notionalMin || market.windowsTraded < limits.historyWindowsMin) return [];
  // An average is the past divided by the windows in which the market traded; multiplied out, nothing is rounded.
  const windows = BigInt(market.windowsTraded);
  const usual = own.now * windows < own.past * limits.timesOwnAverageMin || market.now * windows < market.past * limits.timesMarketAverageMin;
  const small = own.now * 100n < market.now * limits.marketShareMinPercent;
  const ordinaryShare = own.now * market.past < own.past * market.now * limits.timesOwnShareMin;
  if (usual || small || ordinaryShare) return [];
  return [
    {
      eventType: 'TRADE',
      kind: 'unusual_volume',
      severity: severityBy(Number(own.now / limits.notionalMin), limits.notionalFor),
      userId,
      symbol,
      windowStart: start,
      description: `Traded ${formatAmount(own.now)} on ${symbol} within ${limits.windowMs / 60_000} minutes, of ${formatAmount(market.now)} by all; in the ${HISTORY_WINDOWS} times as long before ${formatAmount(own.past)} of ${formatAmount(market.past)}.`,
      evidence: { notional: formatAmount(own.now), market_notional: formatAmount(market.now), notional_before: formatAmount(own.past), market_notional_before: formatAmount(market.past) },
    },
  ];
}

function historyOf(volumes: readonly WindowVolume[], now: number, windowMs: number): History {
  let [current, past, windowsTraded] = [0n, 0n, 0];
  for (const { start, notional } of volumes) {
    if (start === now) current += notional;
    if (start >= now || start < now - HISTORY_WINDOWS * windowMs) continue;
    past += notional;
    windowsTraded += 1;
  }
  return { now: current, past, windowsTraded };
}
