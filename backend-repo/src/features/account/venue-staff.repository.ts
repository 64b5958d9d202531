import type { Sql } from '../../db/connection.ts';
import { twice } from '../../db/twice.ts';
import type { FeeTier } from '../../domain/trading-tiers.ts';
import type { AllOrdersQuery, AllTradesQuery, UsersQuery } from './venue-staff.schema.ts';

export interface UserRow {
  id: number;
  email: string;
  username: string | null;
  role: string;
  kyc_status: string;
  created_at: Date;
}

export interface AnyTradeRow {
  id: number;
  symbol: string;
  buyer_id: number;
  seller_id: number;
  buyer_order_id: number;
  seller_order_id: number;
  taker_side: string;
  tick: string;
  price: string;
  quantity: string;
  notional: string;
  buyer_fee: string;
  seller_fee: string;
  executed_at: Date;
}

export interface AnyOrderRow {
  id: number;
  user_id: number;
  symbol: string;
  side: string;
  type: string;
  tick: string;
  quantity: string;
  price: string | null;
  stop_price: string | null;
  filled_quantity: string;
  filled_notional: string;
  fee: string;
  fee_asset: string;
  time_in_force: string;
  status: string;
  reason: string | null;
  client_order_id: string | null;
  trade_token_jti: string | null;
  created_at: Date;
  updated_at: Date;
}

export interface VenueCounts {
  open_orders: number;
  orders_last_minute: number;
  trades_last_minute: number;
  open_withdrawals: number;
  pending_deposits: number;
  batches: number;
  epoch: number;
  address: string | null;
}

/** People: anybody's address, as role `app`. */
export class UsersRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first, at most `limit`. */
  async list({ email, role, cursor, limit }: UsersQuery): Promise<UserRow[]> {
    const { rows } = (await this.#sql.raw(
      `select id::float8 as id, email, username, role, kyc_status, created_at from auth.users
       where (?::bigint is null or id < ?) and (?::text is null or role = ?) and (?::text is null or starts_with(lower(email), lower(?)))
       order by id desc limit ?`,
      [...twice(cursor), ...twice(role), ...twice(email), limit] as string[],
    )) as { rows: UserRow[] };
    return rows;
  }

  async isTrader(id: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(`select exists (select from auth.users where id = ? and role = 'user') as known`, [id])) as { rows: { known: boolean }[] };
    return rows[0]!.known;
  }

  async count(): Promise<number> {
    const { rows } = (await this.#sql.raw('select count(*)::float8 as users from auth.users')) as { rows: { users: number }[] };
    return rows[0]!.users;
  }
}

const RECENT_MAX = 100_000;

/** The whole venue, as role `writer`, who sees everybody's rows. */
export class VenueStaffRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first, at most `limit`. */
  async orders({ userId, symbol, side, type, status, from, to, cursor, limit }: AllOrdersQuery): Promise<AnyOrderRow[]> {
    return this.#all<AnyOrderRow>(
      `select o.id::float8 as id, o.user_id::float8 as user_id, o.symbol, o.side, o.type, m.tick::text as tick, o.quantity::text as quantity, o.price::text as price,
         o.stop_price::text as stop_price, o.filled_quantity::text as filled_quantity, o.filled_notional::text as filled_notional, o.fee::text as fee, o.fee_asset,
         o.time_in_force, o.status, o.reason, o.client_order_id, o.trade_token_jti, o.created_at, o.updated_at
       from trading.orders o join trading.markets m using (symbol)
       where o.id < coalesce(?::bigint, 9223372036854775807) and (?::bigint is null or o.user_id = ?) and (?::text is null or o.symbol = ?) and (?::text is null or o.side = ?)
         and (?::text is null or o.type = ?) and (?::text is null or o.status = ?)
         and o.created_at >= coalesce(?::timestamptz, '-infinity') and o.created_at < coalesce(?::timestamptz, 'infinity')
       order by o.id desc limit ?`,
      [cursor ?? null, ...twice(userId), ...twice(symbol), ...twice(side), ...twice(type), ...twice(status), from ?? null, to ?? null, limit],
    );
  }

  /** Newest first, at most `limit`. */
  async trades({ userId, symbol, from, to, cursor, limit }: AllTradesQuery): Promise<AnyTradeRow[]> {
    return this.#all<AnyTradeRow>(
      `select t.id::float8 as id, t.symbol, t.buyer_id::float8 as buyer_id, t.seller_id::float8 as seller_id, t.buyer_order_id::float8 as buyer_order_id,
         t.seller_order_id::float8 as seller_order_id, t.taker_side, m.tick::text as tick, t.price::text as price, t.quantity::text as quantity, t.notional::text as notional,
         t.buyer_fee::text as buyer_fee, t.seller_fee::text as seller_fee, t.executed_at
       from trading.trades t join trading.markets m using (symbol)
       where t.id < coalesce(?::bigint, 9223372036854775807) and (?::bigint is null or ?::bigint in (t.buyer_id, t.seller_id)) and (?::text is null or t.symbol = ?)
         and t.executed_at >= coalesce(?::timestamptz, '-infinity') and t.executed_at < coalesce(?::timestamptz, 'infinity')
       order by t.id desc limit ?`,
      [cursor ?? null, ...twice(userId), ...twice(symbol), from ?? null, to ?? null, limit],
    );
  }

  /** @param since milliseconds since 1970, a minute ago; a minute of more than so many orders or trades counts as so many */
  async counts(since: number): Promise<VenueCounts> {
    const recent = (table: string, time: string): string => `(select count(*)::float8 from (select ${time} as at from trading.${table} order by id desc limit ${RECENT_MAX}) recent where at >= ?)`;
    const rows = await this.#all<VenueCounts>(
      `select (select count(*)::float8 from trading.orders where status in ('PENDING', 'PARTIAL')) as open_orders,
         ${recent('orders', 'created_at')} as orders_last_minute, ${recent('trades', 'executed_at')} as trades_last_minute,
         (select count(*)::float8 from trading.withdrawals where status in ('requested', 'mail_confirmed', 'approved', 'sent')) as open_withdrawals,
         (select count(*)::float8 from trading.deposits where status = 'pending') as pending_deposits,
         (select batches::float8 from trading.engine_state) as batches, l.epoch::float8 as epoch, case when l.until > now() then l.address end as address
       from trading.engine_lease l`,
      [new Date(since), new Date(since)],
    );
    return rows[0]!;
  }

  /** Of those who are not in tier 1 by saying nothing. */
  async tiersOf(userIds: readonly number[]): Promise<ReadonlyMap<number, FeeTier>> {
    const rows = await this.#all<{ user_id: number; tier: FeeTier }>('select user_id::float8 as user_id, tier from trading.fee_tiers where user_id = any (?)', [userIds]);
    return new Map(rows.map(({ user_id, tier }) => [user_id, tier]));
  }

  /** `null` when there is no such market. */
  async marketStatus(symbol: string): Promise<string | null> {
    return (await this.#all<{ status: string }>('select status from trading.markets where symbol = ?', [symbol]))[0]?.status ?? null;
  }

  async #all<Row>(text: string, values: unknown[]): Promise<Row[]> {
    const { rows } = (await this.#sql.raw(text, values as string[])) as { rows: Row[] };
    return rows;
  }
}
