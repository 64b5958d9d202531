import { formatAmount, type Units } from '../money.ts';
import type { HourlyVolume, TraderFacts } from './facts.ts';
import { severityBy, windowStartOf, type Finding } from './finding.ts';
import { HOUR_MS, type RiskThresholds } from './thresholds.ts';

const HISTORY_HOURS = 24;

interface History {
  readonly now: Units;
  /** Of the hours before, within a day. */
  readonly past: Units;
  readonly hoursTraded: number;
}

/** A trader who makes the market's hour unusual, and whose own hour is. Being large is no offence, nor is trading more when everybody does. */
export function unusualVolume({ userId, symbol, volumes, marketVolumes }: TraderFacts, at: number, { unusualVolume: limits }: RiskThresholds): Finding[] {
  const hour = windowStartOf(at, HOUR_MS);
  const [own, market] = [historyOf(volumes, hour), historyOf(marketVolumes, hour)];
  if (own.now < limits.notionalMin || market.hoursTraded < limits.historyHoursMin) return [];
  // An average is the past divided by the hours in which the market traded; multiplied out, nothing is rounded.
  const hours = BigInt(market.hoursTraded);
  const usual = own.now * hours < own.past * limits.timesOwnAverageMin || market.now * hours < market.past * limits.timesMarketAverageMin;
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
      windowStart: hour,
      description: `Traded ${formatAmount(own.now)} on ${symbol} within the hour, of ${formatAmount(market.now)} by all; in the day before ${formatAmount(own.past)} of ${formatAmount(market.past)}.`,
      evidence: { notional: formatAmount(own.now), market_notional: formatAmount(market.now), notional_day_before: formatAmount(own.past), market_notional_day_before: formatAmount(market.past) },
    },
  ];
}

function historyOf(volumes: readonly HourlyVolume[], now: number): History {
  let [current, past, hoursTraded] = [0n, 0n, 0];
  for (const { hour, notional } of volumes) {
    if (hour === now) current += notional;
    if (hour >= now || hour < now - HISTORY_HOURS * HOUR_MS) continue;
    past += notional;
    hoursTraded += 1;
  }
  return { now: current, past, hoursTraded };
}
