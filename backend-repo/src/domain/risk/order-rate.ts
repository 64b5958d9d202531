import type { TraderFacts } from './facts.ts';
import { severityBy, windowStartOf, type Finding } from './finding.ts';
import type { RiskThresholds } from './thresholds.ts';

/** More orders in any minute than spec/4's maxOrdersPerMinute. */
export function orderRate({ userId, placements }: TraderFacts, at: number, { orderRate: limits, reportWindowMs }: RiskThresholds): Finding[] {
  if (placements.length <= limits.ordersMax) return [];
  let [first, most, end] = [0, 0, 0];
  placements.forEach((time, last) => {
    while (placements[first]! <= time - limits.windowMs) first += 1;
    if (last - first + 1 <= most || time <= at - reportWindowMs) return;
    most = last - first + 1;
    end = time;
  });
  if (most <= limits.ordersMax) return [];
  return [
    {
      eventType: 'TRADE',
      kind: 'order_rate',
      severity: severityBy(most, limits.ordersFor),
      userId,
      symbol: null,
      windowStart: windowStartOf(end, reportWindowMs),
      description: `${most} orders within ${limits.windowMs / 1000} seconds.`,
      evidence: { orders: most, orders_max: limits.ordersMax, window_ms: limits.windowMs, last_order_at: end },
    },
  ];
}
