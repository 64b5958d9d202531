import type { Pool } from 'pg';
import type { Sql } from '../../db/connection.ts';
import { twice } from '../../db/twice.ts';
import { amountFrom, formatAmount } from '../../domain/money.ts';
import { type Finding, type Severity, TAKEOVER_KINDS, type TOLD_KINDS } from '../../domain/risk/finding.ts';
import type { MovedMoney } from '../../domain/risk/money-velocity.ts';
import type { MoneyVelocityThresholds } from '../../domain/risk/thresholds.ts';
import { uuidV7 } from '../../domain/uuid.ts';
import type { EventType, RiskEventsQuery } from './risk.schema.ts';
import type { PastVolume } from './risk.state.ts';

export interface RiskEventRow {
  readonly id: number;
  readonly user_id: number | null;
  readonly event_type: EventType;
  readonly kind: string;
  readonly severity: Severity;
  readonly symbol: string | null;
  readonly description: string | null;
  readonly metadata: Record<string, unknown> | null;
  readonly resolved: boolean;
  readonly note: string | null;
  readonly decided_by: number | null;
  readonly decided_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface ToldEvent {
  readonly kind: (typeof TOLD_KINDS)[number];
  readonly symbol: string | null;
  readonly eventType: EventType;
  readonly severity: Severity;
  readonly userId: number | null;
  readonly description: string;
  readonly metadata: Record<string, unknown> | null;
  readonly reference: string;
}

const COLUMNS = `e.id::float8 as id, e.user_id::float8 as user_id, e.event_type, e.kind, e.severity, e.symbol, e.description, e.metadata, e.resolved, e.note,
  e.decided_by::float8 as decided_by, e.decided_at, e.created_at, e.updated_at`;

/** What the watch writes and reads, as role writer. */
export class RiskWatchRepository {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * All findings in one statement; each name once. A finding that is known already is only made worse, and is open again then: staff has not seen it so.
   * @returns what is new or worse
   */
  async record(findings: readonly Finding[], at: number): Promise<{ kind: string; severity: Severity }[]> {
    const column = <Value>(read: (finding: Finding) => Value): Value[] => findings.map(read);
    const { rows } = await this.#pool.query<{ kind: string; severity: Severity }>(
      `insert into trading.risk_events as e (user_id, event_type, kind, severity, symbol, window_start, description, metadata, created_at, updated_at)
       select user_id, event_type, kind, severity, symbol, to_timestamp(window_start / 1000), description, metadata::jsonb, to_timestamp($9::float8 / 1000), to_timestamp($9::float8 / 1000)
       from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::text[], $8::text[])
         as found(user_id, event_type, kind, severity, symbol, window_start, description, metadata)
       on conflict (kind, user_id, coalesce(symbol, ''), window_start) where window_start is not null
       do update set severity = excluded.severity, description = excluded.description, metadata = excluded.metadata, resolved = false
         where trading.risk_severity_rank(e.severity) < trading.risk_severity_rank(excluded.severity)
       returning kind, severity`,
      [
        column(({ userId }) => userId), column(({ eventType }) => eventType), column(({ kind }) => kind), column(({ severity }) => severity), column(({ symbol }) => symbol),
        column(({ windowStart }) => windowStart), column(({ description }) => description), column(({ evidence }) => JSON.stringify(evidence)), at,
      ],
    );
    return rows;
  }

  /** @returns the event, whether it is a new one, and whether it is the same: a reference that was used before changes nothing */
  async tell({ kind, symbol, eventType, severity, userId, description, metadata, reference }: ToldEvent, at: number): Promise<{ event: RiskEventRow; added: boolean; same: boolean }> {
    const metadataText = metadata === null ? null : JSON.stringify(metadata);
    const { rows } = await this.#pool.query<RiskEventRow>(
      `insert into trading.risk_events as e (user_id, event_type, kind, symbol, severity, description, metadata, reference, created_at, updated_at)
       values ($1, $2, $8, $9, $3, $4, $5, $6, to_timestamp($7::float8 / 1000), to_timestamp($7::float8 / 1000))
       on conflict (reference) where reference is not null do nothing
       returning ${COLUMNS}`,
      [userId, eventType, severity, description, metadataText, reference, at, kind, symbol],
    );
    if (rows[0]) return { event: rows[0], added: true, same: true };
    const earlier = await this.#pool.query<RiskEventRow & { same: boolean }>(
      `select ${COLUMNS}, (user_id is not distinct from $2 and event_type = $3 and severity = $4 and description = $5 and metadata is not distinct from $6::jsonb) as same
       from trading.risk_events e where reference = $1`,
      [reference, userId, eventType, severity, description, metadataText],
    );
    const { same, ...event } = earlier.rows[0]!;
    return { event, added: false, same };
  }

  async isUser(userId: number): Promise<boolean> {
    const { rows } = await this.#pool.query<{ is: boolean }>('select exists (select from auth.users where id = $1) as is', [userId]);
    return rows[0]!.is;
  }

  /** What was traded per window by each trader and by all, from `since` until just before `until`. */
  async pastVolumes(since: number, until: number, windowMs: number): Promise<PastVolume[]> {
    const { rows } = await this.#pool.query<{ symbol: string; user_id: number | null; start: number; notional: string }>(
      `with traded as (
         select t.* from trading.markets m cross join lateral (
           select symbol, buyer_id, seller_id, notional, floor(extract(epoch from executed_at)::float8 * 1000 / $3::float8) * $3::float8 as start from trading.trades
           where symbol = m.symbol and executed_at >= to_timestamp($1::float8 / 1000) and executed_at < to_timestamp($2::float8 / 1000)
         ) t
       )
       select symbol, user_id::float8 as user_id, start, sum(notional)::text as notional from (
         select symbol, null::bigint as user_id, start, notional from traded
         union all select symbol, buyer_id, start, notional from traded
         union all select symbol, seller_id, start, notional from traded where seller_id <> buyer_id
       ) sides group by symbol, user_id, start order by start`,
      [since, until, windowMs],
    );
    return rows.map(({ symbol, user_id, start, notional }) => ({ symbol, userId: user_id, start, notional: amountFrom(notional) }));
  }

  /**
   * Who paid in, or asked to take out, more than `worthMax` within the window that ends now. Deposits count when they arrive; withdrawals when they are asked
   * for, unless nothing comes of them. What has no price in USDT is not counted: nobody knows what it is worth.
   */
  async movedMoney(at: number, { windowMs, worthMax }: MoneyVelocityThresholds): Promise<MovedMoney[]> {
    const since = at - windowMs;
    const { rows } = await this.#pool.query<{ user_id: number; direction: MovedMoney['direction']; worth: string; transfers: number; last_at: number }>(
      `with moved as (
         select user_id, 'DEPOSIT' as direction, asset, amount, updated_at as moved_at from trading.deposits where status = 'completed' and updated_at > to_timestamp($1::float8 / 1000)
         union all
         select user_id, 'WITHDRAWAL', asset, amount, created_at from trading.withdrawals
         where id > $2::uuid and created_at > to_timestamp($1::float8 / 1000) and status not in ('rejected', 'cancelled', 'failed')
       ), prices as (
         select 'USDT' as asset, 1::numeric as price union all
         select base_asset, max(last_price) from trading.markets where quote_asset = 'USDT' and last_price is not null group by base_asset
       )
       select user_id::float8 as user_id, direction, round(sum(amount * price), 8)::text as worth, count(*)::int as transfers, extract(epoch from max(moved_at))::float8 * 1000 as last_at
       from moved join prices using (asset) group by user_id, direction having sum(amount * price) > $3::numeric`,
      // Ids of withdrawals grow with time, so that their key finds the window.
      [since, uuidV7(since, new Uint8Array(10)), formatAmount(worthMax)],
    );
    return rows.map(({ user_id, direction, worth, transfers, last_at }) => ({ userId: user_id, direction, worth: amountFrom(worth), transfers, lastAt: Math.round(last_at) }));
  }

  /** With so many HIGH or CRITICAL events since then that tell of a takeover and that nobody has resolved, and since they last showed that the account is theirs. */
  async usersWithGraveEvents(eventsMin: number, since: number): Promise<number[]> {
    const { rows } = await this.#pool.query<{ user_id: number }>(
      `select e.user_id::float8 as user_id from trading.risk_events e join auth.users u on u.id = e.user_id
       where not e.resolved and e.severity in ('HIGH', 'CRITICAL') and e.kind = any($3::text[]) and e.created_at > greatest(to_timestamp($2::float8 / 1000), u.reverified_at) and u.reverify_since is null
       group by e.user_id having count(*) >= $1::int`,
      [eventsMin, since, TAKEOVER_KINDS],
    );
    return rows.map(({ user_id }) => user_id);
  }
}

/** What staff sees and decides. Row-level security shows nothing unless the transaction says who of us asks. */
export class RiskEventsRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first, at most `limit`. */
  async list({ type, kind, severity, resolved, userId, from, to, limit, cursor }: RiskEventsQuery): Promise<RiskEventRow[]> {
    const { rows } = (await this.#sql.raw(
      `select ${COLUMNS} from trading.risk_events e
       where id < coalesce(?::bigint, 9223372036854775807) and (?::text is null or event_type = ?) and (?::text is null or kind = ?) and (?::text is null or severity = ?)
         and (?::boolean is null or resolved = ?) and (?::bigint is null or user_id = ?)
         and created_at >= coalesce(?::timestamptz, '-infinity') and created_at < coalesce(?::timestamptz, 'infinity')
       order by id desc limit ?`,
      [cursor ?? null, ...twice(type), ...twice(kind), ...twice(severity), ...twice(resolved), ...twice(userId), from ?? null, to ?? null, limit] as unknown[] as string[],
    )) as { rows: RiskEventRow[] };
    return rows;
  }

  async find(id: number): Promise<RiskEventRow | null> {
    const { rows } = (await this.#sql.raw(`select ${COLUMNS} from trading.risk_events e where id = ?`, [id])) as { rows: RiskEventRow[] };
    return rows[0] ?? null;
  }

  /** @returns the event as it is now and as it was; `null` when nothing differs, or there is no such event */
  async decide(id: number, { resolved, note }: { resolved: boolean; note: string }, by: number, at: number): Promise<{ event: RiskEventRow; before: { resolved: boolean; note: string | null } } | null> {
    const { rows } = (await this.#sql.raw(
      `with before as (select id, resolved, note from trading.risk_events where id = ? for no key update)
       update trading.risk_events e set resolved = ?, note = ?, decided_by = ?, decided_at = to_timestamp(?::float8 / 1000)
       from before where e.id = before.id and (before.resolved, before.note) is distinct from (?::boolean, ?::text)
       returning ${COLUMNS}, before.resolved as "wasResolved", before.note as "wasNote"`,
      [id, resolved, note, by, at, resolved, note],
    )) as { rows: (RiskEventRow & { wasResolved: boolean; wasNote: string | null })[] };
    if (!rows[0]) return null;
    const { wasResolved, wasNote, ...event } = rows[0];
    return { event, before: { resolved: wasResolved, note: wasNote } };
  }
}
