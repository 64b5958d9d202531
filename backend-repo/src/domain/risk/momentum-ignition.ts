import type { OrderId, Side, TradeId } from '../matching/types.ts';
import { formatAmount, UNITS_PER_ONE, type Units } from '../money.ts';
import { factsSince, opposite, type OrderFact, type TradeFact, type TraderFacts } from './facts.ts';
import { latestIds, windowStartOf, type Finding, type Severity } from './finding.ts';
import type { MomentumIgnitionThresholds, RiskThresholds } from './thresholds.ts';

/** Aggressive orders in a row, and what the trader's waiting orders then did. */
interface Burst {
  readonly side: Side;
  readonly start: number;
  readonly from: Units;
  readonly orders: Set<OrderId>;
  readonly tradeIds: TradeId[];
  readonly exitIds: TradeId[];
  to: Units;
  quantity: Units;
  notional: Units;
  exited: Units;
  end: number;
}

/**
 * The trader's own aggressive orders move the price, and others then trade with orders of the same trader that lay in wait there: a position that
 * was opened to be closed at the price it made.
 */
export function momentumIgnition(facts: TraderFacts, at: number, { momentumIgnition: limits, reportWindowMs }: RiskThresholds): Finding[] {
  const trades = factsSince(facts.trades, at - limits.windowMs, ({ executedAt }) => executedAt);
  if (trades.length <= limits.burstOrdersMin) return [];
  const ignited = burstsOf(facts, trades, limits).filter((burst) => burst.exited * 100n >= burst.quantity * limits.exitMinPercent && burst.exited > 0n);
  if (ignited.length === 0) return [];
  const last = ignited.at(-1)!;
  const { symbol, userId, lastPrice } = facts;
  const exitIds = ignited.flatMap((burst) => burst.exitIds);
  return [
    {
      eventType: 'SUSPICIOUS_ACTIVITY',
      kind: 'momentum_ignition',
      severity: severityOf(ignited, lastPrice, limits),
      userId,
      symbol,
      windowStart: windowStartOf(last.end, reportWindowMs),
      description: `${last.orders.size} aggressive orders moved ${symbol} from ${formatAmount(last.from)} to ${formatAmount(last.to)}, and orders of the same trader that lay in wait then traded ${formatAmount(last.exited)} the other way.`,
      evidence: {
        bursts: ignited.length, side: last.side, orders: last.orders.size, price_from: formatAmount(last.from), price_to: formatAmount(last.to),
        quantity: formatAmount(last.quantity), exited: formatAmount(last.exited), ...(lastPrice !== null && { last_price: formatAmount(lastPrice) }),
        trade_ids: latestIds(last.tradeIds), exit_trade_ids: latestIds(exitIds),
      },
    },
  ];
}

function burstsOf({ userId, orders }: TraderFacts, trades: readonly TradeFact[], limits: MomentumIgnitionThresholds): Burst[] {
  const moving: Burst[] = [];
  // Asked for only where something moved, which is seldom.
  let placedAt: ReadonlyMap<OrderId, number> | null = null;
  let burst: Burst | null = null;
  for (const trade of trades) {
    if (trade.buyerId === trade.sellerId) continue;
    const side: Side = trade.buyerId === userId ? 'BUY' : 'SELL';
    if (trade.takerSide === side) {
      const continues: boolean = burst !== null && burst.side === side && trade.executedAt - burst.end <= limits.burstGapMs && trade.executedAt - burst.start <= limits.burstMaxMs;
      if (!continues) burst = newBurst(side, trade);
      addTo(burst!, trade);
      if (moving.at(-1) !== burst && isMoving(burst!, limits)) moving.push(burst!);
      continue;
    }
    const last = moving.at(-1);
    if (last && isExit(last, trade, side, (placedAt ??= placementsOf(orders)), limits)) {
      last.exited += trade.quantity;
      last.exitIds.push(trade.id);
    }
  }
  return moving;
}

function placementsOf(orders: readonly OrderFact[]): ReadonlyMap<OrderId, number> {
  const placedAt = new Map<OrderId, number>();
  for (const { kind, orderId, time } of orders) if (kind === 'placed') placedAt.set(orderId, time);
  return placedAt;
}

const newBurst = (side: Side, { price, executedAt }: TradeFact): Burst => ({
  side, start: executedAt, from: price, to: price, orders: new Set(), tradeIds: [], exitIds: [], quantity: 0n, notional: 0n, exited: 0n, end: executedAt,
});

/** @param burst is added to */
function addTo(burst: Burst, { id, price, quantity, notional, buyerOrderId, sellerOrderId, executedAt }: TradeFact): void {
  burst.to = price;
  burst.quantity += quantity;
  burst.notional += notional;
  burst.end = executedAt;
  burst.orders.add(burst.side === 'BUY' ? buyerOrderId : sellerOrderId);
  burst.tradeIds.push(id);
}

function isMoving({ side, from, to, orders }: Burst, { burstOrdersMin, priceMoveMinBasisPoints }: MomentumIgnitionThresholds): boolean {
  const move = side === 'BUY' ? to - from : from - to;
  return orders.size >= burstOrdersMin && move * 10_000n >= from * priceMoveMinBasisPoints;
}

/** Met by others at a price that the burst made, with an order placed before it ended: whoever takes a profit afterwards only then says so. */
function isExit(burst: Burst, { price, buyerOrderId, sellerOrderId, executedAt }: TradeFact, side: Side, placedAt: ReadonlyMap<OrderId, number>, limits: MomentumIgnitionThresholds): boolean {
  if (side !== opposite(burst.side) || executedAt - burst.end > limits.exitWithinMs) return false;
  const placed = placedAt.get(side === 'BUY' ? buyerOrderId : sellerOrderId);
  if (placed === undefined || placed > burst.end) return false;
  return side === 'SELL' ? price * burst.quantity > burst.notional * UNITS_PER_ONE : price * burst.quantity < burst.notional * UNITS_PER_ONE;
}

function severityOf(ignited: readonly Burst[], lastPrice: Units | null, limits: MomentumIgnitionThresholds): Severity {
  if (ignited.length >= limits.repeatedMin) return 'CRITICAL';
  const { from, to } = ignited.at(-1)!;
  if (lastPrice === null) return 'MEDIUM';
  const [move, back] = to > from ? [to - from, to - lastPrice] : [from - to, lastPrice - to];
  return back * 100n >= move * limits.reversalMinPercent ? 'HIGH' : 'MEDIUM';
}
