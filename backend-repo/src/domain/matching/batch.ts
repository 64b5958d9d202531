import type { Account, Ledger } from './ledger.ts';
import { type LiveOrder, orderState } from './live-order.ts';
import type { Market } from './market.ts';
import type { BatchChanges, OrderId, OrderState, Trade, TradeId } from './types.ts';

/** What the commands since the last `takeChanges` did to orders, markets and fee rates. Balances and journal are the ledger's. */
export class Batch {
  private newOrders: LiveOrder[] = [];
  private updatedOrders: LiveOrder[] = [];
  private trades: Trade[] = [];
  private readonly markets = new Set<Market>();
  private readonly rates = new Set<Account>();

  /** The order counts as changed already. */
  orderMade(order: LiveOrder): void {
    this.newOrders.push(order);
  }

  orderChanged(order: LiveOrder): void {
    if (order.changedInBatch) return;
    order.changedInBatch = true;
    this.updatedOrders.push(order);
  }

  tradeMade(trade: Trade): void {
    this.trades.push(trade);
  }

  marketChanged(market: Market): void {
    this.markets.add(market);
  }

  ratesChanged(account: Account): void {
    this.rates.add(account);
  }

  /** Orders and trades so far: the rows that make a batch slow. */
  get size(): number {
    return this.newOrders.length + this.updatedOrders.length + this.trades.length;
  }

  takeChanges(ledger: Ledger, last: { lastOrderId: OrderId; lastTradeId: TradeId; lastPriority: number }): BatchChanges {
    const { balances, journal } = ledger.takeChanges();
    const changes: BatchChanges = {
      newOrders: rowsOf(this.newOrders),
      updatedOrders: rowsOf(this.updatedOrders),
      trades: this.trades,
      balances,
      journal,
      markets: [...this.markets].map(({ progress }) => progress).sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
      feeRates: [...this.rates].map(({ userId, makerRate, takerRate }) => ({ userId, makerRate, takerRate })).sort((a, b) => a.userId - b.userId),
      lastOrderId: last.lastOrderId,
      lastTradeId: last.lastTradeId,
      lastPriority: last.lastPriority,
    };
    this.newOrders = [];
    this.updatedOrders = [];
    this.trades = [];
    this.markets.clear();
    this.rates.clear();
    return changes;
  }
}

/** The rows of the orders as they stand now, by id. From here on they count as unchanged. */
function rowsOf(orders: LiveOrder[]): OrderState[] {
  for (const order of orders) order.changedInBatch = false;
  return orders.sort((a, b) => a.id - b.id).map(orderState);
}
