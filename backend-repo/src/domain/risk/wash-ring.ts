import type { UserId } from '../matching/types.ts';
import { formatAmount, type Units } from '../money.ts';
import { factsSince, type TradeFact, type TraderFacts } from './facts.ts';
import { latestIds, severityBy, windowStartOf, type Finding } from './finding.ts';
import type { RiskThresholds, WashTradingThresholds } from './thresholds.ts';

/** One who sells to one other what they bought from a third. */
interface Link {
  readonly userId: UserId;
  readonly buyer: UserId;
  readonly seller: UserId;
  readonly tradeIds: number[];
  readonly legs: number;
  readonly sold: Units;
  readonly last: number;
}

interface Flow {
  readonly trades: Map<UserId, number>;
  readonly quantities: Map<UserId, Units>;
  quantity: Units;
  notional: Units;
}

/** Trades in a circle: each sells to the next, the last to the first, at about one price, and everybody is left with what they had. */
export function washRing(facts: TraderFacts, at: number, { washTrading: limits, reportWindowMs }: RiskThresholds): Finding | null {
  const { userId, symbol } = facts;
  const ring = ringOf(facts, at - limits.windowMs, limits);
  if (ring === null) return null;
  const [own] = ring as [Link, ...Link[]];
  const legs = Math.min(...ring.map((link) => link.legs));
  const accounts = ring.map((link) => link.userId);
  return {
    eventType: 'SUSPICIOUS_ACTIVITY',
    kind: 'wash_trading',
    severity: severityBy(legs, limits.legsFor),
    userId,
    symbol,
    windowStart: windowStartOf(own.last, reportWindowMs),
    description: `${ring.length} users sold each other the same on ${symbol} in a circle, ${legs} times round, at about one price: it left all of them with what they had.`,
    evidence: { pattern: 'ring', accounts, rounds: legs, sold: formatAmount(own.sold), trade_ids: latestIds(own.tradeIds) },
  };
}

/** From the trader to whoever bought nearly all they sold, and so on, until it is the trader again. Two are a pair, and not of here. */
function ringOf(facts: TraderFacts, since: number, limits: WashTradingThresholds): readonly Link[] | null {
  const ring: Link[] = [];
  for (let member = facts.userId; ring.length < limits.ringMax; ) {
    const trades = member === facts.userId ? facts.trades : facts.tradesOf(member);
    const link = linkOf(member, factsSince(trades, since, ({ executedAt }) => executedAt), limits);
    const before = ring.at(-1);
    if (link === null || (before && link.seller !== before.userId)) return null;
    ring.push(link);
    member = link.buyer;
    if (member === facts.userId) return ring[0]!.seller === link.userId ? ring : null;
    if (ring.some(({ userId }) => userId === member)) return null;
  }
  return null;
}

function linkOf(userId: UserId, trades: readonly TradeFact[], limits: WashTradingThresholds): Link | null {
  const [bought, sold] = [flow(), flow()];
  const tradeIds: number[] = [];
  for (const trade of trades) {
    const { id, buyerId, sellerId } = trade;
    if (buyerId === sellerId || (buyerId !== userId && sellerId !== userId)) continue;
    tradeIds.push(id);
    if (buyerId === userId) add(bought, sellerId, trade);
    else add(sold, buyerId, trade);
  }
  const [buyer, seller] = [mainOf(sold, limits), mainOf(bought, limits)];
  if (buyer === null || seller === null || buyer === seller || !leavesNothing(bought, sold, limits)) return null;
  return { userId, buyer, seller, tradeIds, legs: Math.min(sold.trades.get(buyer)!, bought.trades.get(seller)!), sold: sold.quantity, last: trades.at(-1)!.executedAt };
}

const flow = (): Flow => ({ trades: new Map(), quantities: new Map(), quantity: 0n, notional: 0n });

function add(to: Flow, other: UserId, { quantity, notional }: TradeFact): void {
  to.trades.set(other, (to.trades.get(other) ?? 0) + 1);
  to.quantities.set(other, (to.quantities.get(other) ?? 0n) + quantity);
  to.quantity += quantity;
  to.notional += notional;
}

/** The one with whom nearly all of it was traded, often enough. */
function mainOf({ trades, quantities, quantity: all }: Flow, { concentrationMinPercent, legsMin }: WashTradingThresholds): UserId | null {
  for (const [other, quantity] of quantities) if (quantity * 100n >= all * concentrationMinPercent && trades.get(other)! >= legsMin) return other;
  return null;
}

/** As much bought as sold, for about the same. */
export function leavesNothing(bought: Pick<Flow, 'quantity' | 'notional'>, sold: Pick<Flow, 'quantity' | 'notional'>, limits: WashTradingThresholds): boolean {
  if (distance(bought.quantity, sold.quantity) * 100n > (bought.quantity + sold.quantity) * limits.netMaxPercent) return false;
  // Average price paid against average price got, multiplied out.
  const [buyPrice, sellPrice] = [bought.notional * sold.quantity, sold.notional * bought.quantity];
  return distance(buyPrice, sellPrice) * 10_000n <= (buyPrice > sellPrice ? buyPrice : sellPrice) * limits.priceGapMaxBasisPoints;
}

const distance = (one: bigint, other: bigint): bigint => (one > other ? one - other : other - one);
