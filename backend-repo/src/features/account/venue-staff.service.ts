import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { averagePrice } from '../../domain/average-price.ts';
import type { MarketStatus } from '../../domain/matching/types.ts';
import { amountFrom, decimalsOf, formatAmount } from '../../domain/money.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import { pageOf } from './transfers.service.ts';
import type { AnyOrderRow, AnyTradeRow, UsersRepository, VenueStaffRepository } from './venue-staff.repository.ts';
import type { AllOrdersQuery, AllTradesQuery, UsersQuery } from './venue-staff.schema.ts';

export interface VenueStaffDeps {
  readonly users: UsersRepository;
  readonly transaction: <T>(work: (tables: { readonly venue: VenueStaffRepository; readonly audit: (entry: AuditEntry) => Promise<void> }) => Promise<T>) => Promise<T>;
  readonly carryOut: (command: VenueCommand) => Promise<unknown>;
  /** Commands that wait or are under way at this node's engine; `null` when it runs elsewhere. */
  readonly queueHere: () => number | null;
  /** What staff ends is told of first: afterwards nothing shows it any more. */
  readonly noteHalts: () => Promise<unknown>;
  readonly now: () => number;
}

const MINUTE_MS = 60_000;

/** The venue as staff sees and steers it. */
export class VenueStaffService {
  readonly #deps: VenueStaffDeps;

  constructor(deps: VenueStaffDeps) {
    this.#deps = deps;
  }

  async users(query: UsersQuery): Promise<object> {
    const { rows, next } = pageOf(await this.#deps.users.list({ ...query, limit: query.limit + 1 }), query.limit);
    const tiers = await this.#deps.transaction(({ venue }) => venue.tiersOf(rows.map(({ id }) => id)));
    return {
      users: rows.map(({ id, created_at, ...row }) => ({ id, ...row, fee_tier: tiers.get(id) ?? 1, created_at: created_at.toISOString() })),
      next_cursor: next?.id ?? null,
    };
  }

  async orders(query: AllOrdersQuery): Promise<object> {
    const { rows, next } = pageOf(await this.#deps.transaction(({ venue }) => venue.orders({ ...query, limit: query.limit + 1 })), query.limit);
    return { orders: rows.map(orderView), next_cursor: next?.id ?? null };
  }

  async trades(query: AllTradesQuery): Promise<object> {
    const { rows, next } = pageOf(await this.#deps.transaction(({ venue }) => venue.trades({ ...query, limit: query.limit + 1 })), query.limit);
    return { trades: rows.map(tradeView), next_cursor: next?.id ?? null };
  }

  async stats(): Promise<object> {
    const counts = await this.#deps.transaction(({ venue }) => venue.counts(this.#deps.now() - MINUTE_MS));
    const { epoch, address, batches, ...rest } = counts;
    return { ...rest, users: await this.#deps.users.count(), engine: { epoch, node: address, batches, queue: this.#deps.queueHere() } };
  }

  /**
   * Halts a market, opens it, or lets it take resting orders only. The order is on record before the engine hears of it: one that fails is on
   * record too, and none is carried out without.
   * @throws AppError UNKNOWN_SYMBOL, ENGINE_UNAVAILABLE, ORDER_OUTCOME_UNKNOWN
   */
  async setMarketStatus(symbol: string, status: MarketStatus, reason: string, actor: Actor): Promise<object> {
    await this.#deps.noteHalts();
    await this.#deps.transaction(async ({ venue, audit }) => {
      const before = await venue.marketStatus(symbol);
      if (before === null) throw new AppError('UNKNOWN_SYMBOL', { fields: { symbol: 'There is no such market here.' } });
      await audit({ actor, action: 'market.status_ordered', subject: { kind: 'market', id: symbol }, reason, before: { status: before }, after: { status } });
    });
    await this.#deps.carryOut({ kind: 'set-market-status', symbol, status });
    return { symbol, status };
  }
}

const amount = (text: string): string => formatAmount(amountFrom(text));

function orderView({ tick, filled_notional, ...row }: AnyOrderRow): object {
  const decimals = decimalsOf(amountFrom(tick));
  const price = (text: string | null): string | null => (text === null ? null : formatAmount(amountFrom(text), decimals));
  const average = averagePrice({ filledQuantity: amountFrom(row.filled_quantity), filledNotional: amountFrom(filled_notional) });
  return {
    ...row,
    quantity: amount(row.quantity),
    price: price(row.price),
    stop_price: price(row.stop_price),
    filled_quantity: amount(row.filled_quantity),
    average_price: average === null ? null : formatAmount(average, decimals),
    fee: amount(row.fee),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

function tradeView({ tick, ...row }: AnyTradeRow): object {
  return {
    ...row,
    price: formatAmount(amountFrom(row.price), decimalsOf(amountFrom(tick))),
    quantity: amount(row.quantity),
    notional: amount(row.notional),
    buyer_fee: amount(row.buyer_fee),
    seller_fee: amount(row.seller_fee),
    executed_at: row.executed_at.toISOString(),
  };
}
