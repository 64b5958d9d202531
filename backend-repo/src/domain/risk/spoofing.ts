import type { Side, UserId } from '../matching/types.ts';
import { formatAmount } from '../money.ts';
import { FalseDepth, type Episode } from './false-depth.ts';
import { factsSince, opposite, type OrderFact, type TradeFact, type TraderFacts } from './facts.ts';
import { latestIds, severityBy, windowStartOf, type Finding } from './finding.ts';
import type { RiskThresholds, SpoofingThresholds } from './thresholds.ts';

/**
 * Large orders behind the best price on one side, a fill on the other, and the large orders gone right after it: spoofing, or layering when they
 * stood at several prices. Judged once it is clear that they do not come back.
 */
export function spoofing({ userId, symbol, orders, trades }: TraderFacts, at: number, { spoofing: limits, reportWindowMs }: RiskThresholds): Finding[] {
  const since = at - limits.windowMs;
  const [recentOrders, recentTrades] = [factsSince(orders, since, ({ time }) => time), factsSince(trades, since, ({ executedAt }) => executedAt)];
  if (!mayWithdraw(userId, recentOrders, recentTrades, limits)) return [];
  const depth = new FalseDepth(userId, limits);
  inTurn(recentOrders, recentTrades, depth);
  const episodes = depth.episodes.filter((episode) => isFalse(episode, limits) && at - episode.withdrawnAt > limits.replaceWithinMs);
  if (episodes.length < limits.episodesMin) return [];
  const layered = episodes.filter(({ prices }) => prices.size >= limits.layersMin).length;
  const kind = layered * 2 >= episodes.length ? 'layering' : 'spoofing';
  const last = episodes.at(-1)!;
  const [withdrawn, filled] = [episodes.reduce((sum, episode) => sum + episode.withdrawn, 0n), episodes.reduce((sum, episode) => sum + episode.filled, 0n)];
  return [
    {
      eventType: 'SUSPICIOUS_ACTIVITY',
      kind,
      severity: severityBy(episodes.length, limits.episodesFor),
      userId,
      symbol,
      windowStart: windowStartOf(last.withdrawnAt, reportWindowMs),
      description: `${episodes.length} times on ${symbol}, orders behind the best price were cancelled within seconds of a fill on the other side: ${formatAmount(withdrawn)} withdrawn for ${formatAmount(filled)} filled.`,
      evidence: {
        episodes: episodes.length, layers: last.prices.size, filled_side: last.side, withdrawn: formatAmount(withdrawn), filled: formatAmount(filled),
        order_ids: latestIds(episodes.flatMap(({ orderIds }) => orderIds)), trade_ids: latestIds(episodes.flatMap(({ tradeIds }) => tradeIds)),
      },
    },
  ];
}

/** A change by the owner soon after a fill on the other side, often enough: without that no episode comes to be, and the book need not be followed. */
function mayWithdraw(userId: UserId, orders: readonly OrderFact[], trades: readonly TradeFact[], { cancelWithinMs, episodesMin }: SpoofingThresholds): boolean {
  const lastFill: Record<Side, number> = { BUY: -Infinity, SELL: -Infinity };
  let [next, withdrawals] = [0, 0];
  for (const { kind, byOwner, side, time } of orders) {
    for (let trade = trades[next]; trade && trade.executedAt <= time; trade = trades[next]) {
      if (trade.buyerId !== trade.sellerId) lastFill[trade.buyerId === userId ? 'BUY' : 'SELL'] = trade.executedAt;
      next += 1;
    }
    if (kind !== 'placed' && byOwner && time - lastFill[opposite(side)] <= cancelWithinMs) withdrawals += 1;
    if (withdrawals >= episodesMin) return true;
  }
  return false;
}

function isFalse({ filled, same, other, withdrawn, replaced }: Episode, limits: SpoofingThresholds): boolean {
  const gone = withdrawn - replaced;
  return gone >= filled * limits.withdrawnMinTimesFill && gone * 100n >= other * limits.withdrawnMinPercent && other >= same * limits.imbalanceMinTimes && gone > 0n;
}

/** Of one moment: what is new, what traded, what was changed. */
function inTurn(orders: readonly OrderFact[], trades: readonly TradeFact[], depth: FalseDepth): void {
  let next = 0;
  for (const order of orders) {
    for (let trade = trades[next]; trade && (trade.executedAt < order.time || (trade.executedAt === order.time && order.kind !== 'placed')); trade = trades[next]) {
      depth.trade(trade);
      next += 1;
    }
    depth.order(order);
  }
  for (const trade of trades.slice(next)) depth.trade(trade);
}
