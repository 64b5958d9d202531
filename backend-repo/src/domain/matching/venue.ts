import { Batch } from './batch.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { Ledger } from './ledger.ts';
import type { LiveOrder } from './live-order.ts';
import type { Market } from './market.ts';
import type { EngineEvent, OrderId, TradeId, UserId } from './types.ts';

/** Everything the engine holds. The rules that work on it are in the files beside this one. */
export class Venue {
  readonly houseUserId: UserId;
  readonly ledger = new Ledger();
  readonly markets = new Map<string, Market>();
  /** The open ones. */
  readonly orders = new Map<OrderId, LiveOrder>();
  readonly expiries = new ExpiryQueue();
  /** What the commands since the last `takeChanges` did. */
  readonly batch = new Batch();
  /** What the current command did. */
  events: EngineEvent[] = [];
  /** Where stops are due that the last command had to leave asleep. */
  restless: Market | null = null;
  lastOrderId: OrderId;
  lastTradeId: TradeId;
  lastPriority: number;
  private tradesBefore = 0;
  /** Markets whose book the current command has changed. */
  private readonly changedBooks: Market[] = [];

  constructor(start: { readonly houseUserId: UserId; readonly lastOrderId: OrderId; readonly lastTradeId: TradeId; readonly lastPriority: number }) {
    this.houseUserId = start.houseUserId;
    this.lastOrderId = start.lastOrderId;
    this.lastTradeId = start.lastTradeId;
    this.lastPriority = start.lastPriority;
  }

  beginCommand(): void {
    this.events = [];
    this.tradesBefore = this.lastTradeId;
  }

  get tradesOfCommand(): number {
    return this.lastTradeId - this.tradesBefore;
  }

  nextPriority(): number {
    this.lastPriority += 1;
    return this.lastPriority;
  }

  bookChanged(market: Market): void {
    if (market.bookChanged) return;
    market.bookChanged = true;
    this.changedBooks.push(market);
  }

  /** Counts the books that the command changed, and tells the balances that it touched. */
  endCommand(): void {
    for (const market of this.changedBooks) {
      market.bookChanged = false;
      market.sequence += 1;
      this.batch.marketChanged(market);
    }
    this.changedBooks.length = 0;
    for (const { userId, asset, available, locked } of this.ledger.touched) this.events.push({ type: 'balance', userId, asset, available, locked });
    this.ledger.endCommand();
  }
}
