import type { Sql } from '../../db/connection.ts';
import type { FeeTier, TradingTier } from '../../domain/trading-tiers.ts';

export interface TierRow {
  user_id: number;
  tier: FeeTier;
  applied_tier: FeeTier;
  pinned: boolean;
}

const COLUMNS = 'user_id::float8 as user_id, tier, applied_tier, pinned';

const ADD_VOLUMES = `
  with upto as (select least(?::bigint, (select last_trade_id from trading.engine_state)) as id),
  sides as (
    select t.buyer_id, t.seller_id, (t.executed_at at time zone 'UTC')::date as day, t.notional from trading.trades t join trading.markets m using (symbol), upto
    where t.id > ? and t.id <= upto.id and m.quote_asset = ? and t.buyer_id <> t.seller_id
  ), added as (
    insert into trading.daily_volumes (user_id, day, volume)
    select user_id, day, sum(notional) from (select buyer_id as user_id, day, notional from sides union all select seller_id, day, notional from sides) traded
    group by user_id, day order by user_id, day
    on conflict (user_id, day) do update set volume = daily_volumes.volume + excluded.volume
  )
  update trading.volume_progress set last_trade_id = greatest(last_trade_id, (select id from upto)) where id = 1 returning last_trade_id::float8 as "lastTradeId"`;

const RECALCULATE = `
  with users as (
    select user_id from (select user_id from trading.daily_volumes where day >= ? union select user_id from trading.fee_tiers) known where user_id > ? order by user_id limit ?
  ), volumes as (
    select u.user_id, coalesce(sum(v.volume), 0) as volume from users u left join trading.daily_volumes v on v.user_id = u.user_id and v.day >= ? group by u.user_id
  ), reached as (
    select v.user_id, (select max(t.tier) from unnest(?::integer[], ?::numeric[]) as t (tier, volume_min) where v.volume >= t.volume_min) as tier from volumes v
  ), written as (
    insert into trading.fee_tiers as f (user_id, tier, updated_at)
    select user_id, tier, ? from reached where tier > 1 or user_id in (select user_id from trading.fee_tiers) order by user_id
    on conflict (user_id) do update set tier = excluded.tier, updated_at = excluded.updated_at where not f.pinned and f.tier <> excluded.tier
    returning user_id, tier
  )
  select (select max(user_id)::float8 from users) as last, (select coalesce(json_agg(json_build_object('userId', user_id, 'tier', tier) order by user_id), '[]') from written) as changed`;

/** Decimals. The first tier is of those whom the engine knows no rates of. */
export interface TierRates {
  readonly tier: FeeTier;
  readonly makerRate: string;
  readonly takerRate: string;
}

export interface Recalculated {
  readonly last: number | null;
  readonly changed: readonly { readonly userId: number; readonly tier: FeeTier }[];
}

/** Tiers and the volumes they follow: a user's own `asUser`, all of them as role `writer`. */
export class TiersRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async loadAboveFirst(): Promise<TierRow[]> {
    return this.#all('tier <> 1', []);
  }

  async find(userId: number): Promise<TierRow | null> {
    return (await this.#all('user_id = ?', [userId]))[0] ?? null;
  }

  /** Holds the user's row until the transaction ends. */
  async lock(userId: number): Promise<TierRow | null> {
    return (await this.#all('user_id = ? for update', [userId]))[0] ?? null;
  }

  /** Holds the user's row until the transaction ends, and makes one of the first tier where there is none: what is not there cannot be held. */
  async lockOrAdd(userId: number, at: number): Promise<TierRow> {
    await this.#sql.raw('insert into trading.fee_tiers (user_id, tier, updated_at) values (?, 1, ?) on conflict (user_id) do nothing', [userId, new Date(at)]);
    return (await this.lock(userId))!;
  }

  /** Those whose rates the engine has not been told, in the order of their numbers. */
  unapplied(after: number, limit: number): Promise<TierRow[]> {
    return this.#all('applied_tier <> tier and user_id > ? order by user_id limit ?', [after, limit]);
  }

  /**
   * Writes down by which tier the engine charges, as its own rates say: whoever told it what, in whatever order it was heard.
   * @param userId `null`: of everybody
   */
  async recordApplied(tiers: readonly TierRates[], userId: number | null): Promise<void> {
    // Whoever waits for the row looks at the rates when it has it, and not as they were before.
    if (userId !== null) await this.lock(userId);
    const [first] = tiers;
    await this.#sql.raw(
      `update trading.fee_tiers t set applied_tier = known.tier
       from unnest(?::integer[], ?::numeric[], ?::numeric[]) as known(tier, maker_rate, taker_rate)
       where (?::bigint is null or t.user_id = ?) and t.applied_tier <> known.tier
         and known.maker_rate = coalesce((select maker_rate from trading.fee_rates r where r.user_id = t.user_id), ?)
         and known.taker_rate = coalesce((select taker_rate from trading.fee_rates r where r.user_id = t.user_id), ?)`,
      [tiers.map(({ tier }) => tier), tiers.map(({ makerRate }) => makerRate), tiers.map(({ takerRate }) => takerRate), userId, userId, first!.makerRate, first!.takerRate] as unknown[] as string[],
    );
  }

  async set(userId: number, tier: FeeTier, pinned: boolean, at: number): Promise<void> {
    await this.#sql.raw('update trading.fee_tiers set tier = ?, pinned = ?, updated_at = ? where user_id = ?', [tier, pinned, new Date(at), userId]);
  }

  /** What the user bought and sold since that day, the trades not yet added to days included. */
  async volume(userId: number, since: string, asset: string): Promise<string> {
    const { rows } = (await this.#sql.raw(
      `with late as (
         select id, buyer_id, seller_id, symbol, notional from trading.trades where buyer_id = ? and id > (select last_trade_id from trading.volume_progress)
         union select id, buyer_id, seller_id, symbol, notional from trading.trades where seller_id = ? and id > (select last_trade_id from trading.volume_progress)
       )
       select (coalesce((select sum(volume) from trading.daily_volumes where user_id = ? and day >= ?), 0)
         + coalesce((select sum(notional) from late join trading.markets m using (symbol) where m.quote_asset = ? and buyer_id <> seller_id), 0))::text as volume`,
      [userId, userId, userId, since, asset],
    )) as { rows: { volume: string }[] };
    return rows[0]!.volume;
  }

  /** When tiers were last recalculated, in milliseconds since 1970; -Infinity: never. */
  async calculatedAt(): Promise<number> {
    const { rows } = (await this.#sql.raw('select extract(epoch from tiers_at)::float8 * 1000 as at from trading.volume_progress where id = 1')) as { rows: { at: number }[] };
    return rows[0]!.at;
  }

  async recordCalculated(at: number): Promise<void> {
    await this.#sql.raw('update trading.volume_progress set tiers_at = ? where id = 1', [new Date(at)]);
  }

  /** Adds the next trades to the days of those who made them, each once however many nodes do it. @returns false when there were no more */
  async addVolumes(asset: string, tradesMax: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw('select last_trade_id::float8 as "lastTradeId" from trading.volume_progress where id = 1 for update')) as { rows: { lastTradeId: number }[] };
    const { lastTradeId } = rows[0]!;
    const added = (await this.#sql.raw(ADD_VOLUMES, [lastTradeId + tradesMax, lastTradeId, asset])) as { rows: { lastTradeId: number }[] };
    return added.rows[0]!.lastTradeId === lastTradeId + tradesMax;
  }

  /**
   * Sets the tiers of the next users by what they traded since that day; those that staff set stay.
   * @returns the last of them, or `null` when there were none, and whose tier is another one now
   */
  async recalculate(tiers: readonly TradingTier[], volumesMin: readonly string[], since: string, after: number, usersMax: number, at: number): Promise<Recalculated> {
    const values = [since, after, usersMax, since, tiers.map(({ tier }) => tier), volumesMin, new Date(at)];
    const { rows } = (await this.#sql.raw(RECALCULATE, values as string[])) as { rows: Recalculated[] };
    return rows[0]!;
  }

  /** Days that no volume reaches back to. */
  async dropDaysBefore(since: string): Promise<void> {
    await this.#sql.raw('delete from trading.daily_volumes where day < ?', [since]);
  }

  async #all(where: string, values: unknown[]): Promise<TierRow[]> {
    const { rows } = (await this.#sql.raw(`select ${COLUMNS} from trading.fee_tiers where ${where}`, values as string[])) as { rows: TierRow[] };
    return rows;
  }
}
