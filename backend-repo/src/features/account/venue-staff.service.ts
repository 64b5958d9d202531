import { listed, type Actor, type AuditEntry } from '../../domain/audit-entry.ts';
import { averagePrice } from '../../domain/average-price.ts';
import type { MarketStatus } from '../../domain/matching/types.ts';
import { amountFrom, decimalsOf, formatAmount } from '../../domain/money.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { fullNameContext } from '../../domain/sealed-columns.ts';
import { AppError } from '../../errors.ts';
import type { PeopleRepository, PersonRow } from './people.repository.ts';
import { pageOf, type Page } from './transfers.service.ts';
import type { AnyOrderRow, AnyTradeRow, UsersRepository, VenueStaffRepository } from './venue-staff.repository.ts';
import type { AllOrdersQuery, AllTradesQuery, UsersQuery } from './venue-staff.schema.ts';

export interface VenueStaffDeps {
  readonly users: UsersRepository;
  readonly people: Pick<PeopleRepository, 'find'>;
  readonly open: (sealed: string, context: readonly string[]) => string | null;
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

  /** Like every list here, on record before it is shown: by whom, what was asked for, and how many rows it has. Whose address was typed is not: it is theirs. */
  async users(query: UsersQuery, actor: Actor): Promise<object> {
    const { email, ...others } = query;
    const filters = { ...others, ...(email !== undefined && { by_email: true }) };
    const { rows, next } = pageOf(await this.#deps.users.list({ ...query, limit: query.limit + 1 }), query.limit);
    const tiers = await this.#deps.transaction(async ({ venue, audit }) => {
      await audit(listed('users', actor, filters, rows.length));
      return venue.tiersOf(rows.map(({ id }) => id));
    });
    return {
      users: rows.map(({ id, created_at, ...row }) => ({ id, ...row, fee_tier: tiers.get(id) ?? 1, created_at: created_at.toISOString() })),
      next_cursor: next?.id ?? null,
    };
  }

  /** One person. Who looked, and why, is on record before anything is shown. @throws AppError USER_NOT_FOUND */
  async person(id: number, reason: string, actor: Actor): Promise<object> {
    const row = await this.#deps.people.find(id, this.#deps.now());
    if (!row) throw new AppError('USER_NOT_FOUND');
    const tiers = await this.#deps.transaction(async ({ venue, audit }) => {
      await audit({ actor, action: 'user.read', subject: { kind: 'user', id: String(id) }, reason });
      return venue.tiersOf([id]);
    });
    // As its owner sees it: a name that is there unsealed is the newer one.
    const fullName = row.full_name ?? (row.full_name_sealed === null ? null : this.#deps.open(row.full_name_sealed, fullNameContext(id)));
    return personView(row, fullName, tiers.get(id) ?? 1);
  }

  async orders(query: AllOrdersQuery, actor: Actor): Promise<object> {
    const { rows, next } = await this.#page('orders', query, actor, (venue) => venue.orders({ ...query, limit: query.limit + 1 }));
    return { orders: rows.map(orderView), next_cursor: next?.id ?? null };
  }

  async trades(query: AllTradesQuery, actor: Actor): Promise<object> {
    const { rows, next } = await this.#page('trades', query, actor, (venue) => venue.trades({ ...query, limit: query.limit + 1 }));
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

  #page<Row>(what: string, query: { readonly limit: number }, actor: Actor, read: (venue: VenueStaffRepository) => Promise<Row[]>): Promise<Page<Row>> {
    return this.#deps.transaction(async ({ venue, audit }) => {
      const page = pageOf(await read(venue), query.limit);
      await audit(listed(what, actor, query, page.rows.length));
      return page;
    });
  }
}

function personView(row: PersonRow, fullName: string | null, feeTier: number): object {
  const { id, email, username, avatar_url, timezone, role, kyc_status, second_factor, sessions, devices } = row;
  const time = (date: Date | null): string | null => date?.toISOString() ?? null;
  return {
    id, email, username, full_name: fullName, avatar_url, timezone, role, kyc_status, fee_tier: feeTier, second_factor, sessions, devices,
    locked_until: time(row.locked_until), reverify_since: time(row.reverify_since), email_verified_at: time(row.email_verified_at), created_at: time(row.created_at),
  };
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
