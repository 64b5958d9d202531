import type { TradeId, UserId } from '../matching/types.ts';
import { formatAmount, type Units } from '../money.ts';
import { factsSince, type TradeFact, type TraderFacts } from './facts.ts';
import { latestIds, severityBy, windowStartOf, type Finding } from './finding.ts';
import type { RiskThresholds } from './thresholds.ts';
import { leavesNothing, washRing } from './wash-ring.ts';

/** What a trader did with one other. */
interface Pair {
  readonly other: UserId;
  readonly tradeIds: TradeId[];
  bought: Units;
  sold: Units;
  paid: Units;
  received: Units;
  buys: number;
  sells: number;
  last: number;
}

/** Trades that leave everybody with what they had: with oneself, to and fro between two who hardly trade with anybody else, or in a circle. */
export function washTrading(facts: TraderFacts, at: number, thresholds: RiskThresholds): Finding[] {
  const { washTrading: limits, reportWindowMs } = thresholds;
  const since = at - limits.windowMs;
  const trades = factsSince(facts.trades, since, ({ executedAt }) => executedAt);
  const found = [selfTrades(facts, trades, limits, reportWindowMs)];
  if (hasRegulars(facts.userId, trades, limits.legsMin)) found.push(washRing(facts, at, thresholds), ...washPairs(facts, trades, since, thresholds));
  return found.filter((finding) => finding !== null);
}

/** Somebody from whom and somebody to whom the trader trades often enough: nearly nobody has both, and only they are worth the sums below. */
function hasRegulars(userId: UserId, trades: readonly TradeFact[], legsMin: number): boolean {
  if (trades.length < 2 * legsMin) return false;
  const [sellers, buyers] = [new Map<UserId, number>(), new Map<UserId, number>()];
  let [mostBought, mostSold] = [0, 0];
  for (const { buyerId, sellerId } of trades) {
    if (buyerId === sellerId) continue;
    if (buyerId === userId) mostBought = Math.max(mostBought, countOne(sellers, sellerId));
    else mostSold = Math.max(mostSold, countOne(buyers, buyerId));
  }
  return mostBought >= legsMin && mostSold >= legsMin;
}

function countOne(counts: Map<UserId, number>, userId: UserId): number {
  const count = (counts.get(userId) ?? 0) + 1;
  counts.set(userId, count);
  return count;
}

function washPairs(facts: TraderFacts, trades: readonly TradeFact[], since: number, { washTrading: limits, reportWindowMs }: RiskThresholds): Finding[] {
  const found: Finding[] = [];
  for (const pair of pairsOf(facts.userId, trades)) {
    if (!isToAndFro(pair, limits)) continue;
    const others = factsSince(facts.tradesOf(pair.other), since, ({ executedAt }) => executedAt);
    const concentrated = isConcentrated(facts.userId, pair.other, trades, limits) && isConcentrated(pair.other, facts.userId, others, limits);
    if (concentrated) found.push(pairFinding(facts, pair, limits, reportWindowMs));
  }
  return found;
}

function selfTrades({ userId, symbol }: TraderFacts, trades: readonly TradeFact[], limits: RiskThresholds['washTrading'], reportWindowMs: number): Finding | null {
  const own = trades.filter(({ buyerId, sellerId }) => buyerId === sellerId);
  if (own.length < limits.selfTradesMin) return null;
  const notional = own.reduce((sum, trade) => sum + trade.notional, 0n);
  return {
    eventType: 'SUSPICIOUS_ACTIVITY',
    kind: 'wash_trading',
    severity: severityBy(own.length, limits.selfTradesFor),
    userId,
    symbol,
    windowStart: windowStartOf(own.at(-1)!.executedAt, reportWindowMs),
    description: `${own.length} trades with themselves on ${symbol}, worth ${formatAmount(notional)}.`,
    evidence: { pattern: 'self_trades', trades: own.length, notional: formatAmount(notional), trade_ids: latestIds(own.map(({ id }) => id)) },
  };
}

function pairsOf(userId: UserId, trades: readonly TradeFact[]): Iterable<Pair> {
  const pairs = new Map<UserId, Pair>();
  for (const { id, buyerId, sellerId, quantity, notional, executedAt } of trades) {
    if (buyerId === sellerId) continue;
    const buys = buyerId === userId;
    const other = buys ? sellerId : buyerId;
    let pair = pairs.get(other);
    if (!pair) pairs.set(other, (pair = { other, tradeIds: [], bought: 0n, sold: 0n, paid: 0n, received: 0n, buys: 0, sells: 0, last: 0 }));
    pair.tradeIds.push(id);
    pair.last = executedAt;
    if (buys) {
      pair.bought += quantity;
      pair.paid += notional;
      pair.buys += 1;
    } else {
      pair.sold += quantity;
      pair.received += notional;
      pair.sells += 1;
    }
  }
  return pairs.values();
}

function isToAndFro({ bought, sold, paid, received, buys, sells }: Pair, limits: RiskThresholds['washTrading']): boolean {
  if (Math.min(buys, sells) < limits.legsMin) return false;
  return leavesNothing({ quantity: bought, notional: paid }, { quantity: sold, notional: received }, limits);
}

function isConcentrated(one: UserId, other: UserId, trades: readonly TradeFact[], { concentrationMinPercent }: RiskThresholds['washTrading']): boolean {
  let [all, together] = [0n, 0n];
  for (const { buyerId, sellerId, quantity } of trades) {
    if (buyerId !== one && sellerId !== one) continue;
    all += quantity;
    if (buyerId === other || sellerId === other) together += quantity;
  }
  return together * 100n >= all * concentrationMinPercent;
}

function pairFinding({ userId, symbol }: TraderFacts, pair: Pair, limits: RiskThresholds['washTrading'], reportWindowMs: number): Finding {
  const legs = Math.min(pair.buys, pair.sells);
  return {
    eventType: 'SUSPICIOUS_ACTIVITY',
    kind: 'wash_trading',
    severity: severityBy(legs, limits.legsFor),
    userId,
    symbol,
    windowStart: windowStartOf(pair.last, reportWindowMs),
    description: `${pair.buys} purchases from and ${pair.sells} sales to user ${pair.other} on ${symbol} that left both with what they had, at about one price.`,
    evidence: {
      pattern: 'pair', counterparty: pair.other, purchases: pair.buys, sales: pair.sells, bought: formatAmount(pair.bought), sold: formatAmount(pair.sold),
      paid: formatAmount(pair.paid), received: formatAmount(pair.received), trade_ids: latestIds(pair.tradeIds),
    },
  };
}
