import type { Knex } from 'knex';

/** All tokens of one market, one kind of user, one kind of signature and one outcome. Amounts are decimals in its quote asset. */
export interface FeeGroup {
  symbol: string;
  quote_asset: string | null;
  identity_mode: 'signed' | 'label';
  /** Of the key that signed them. */
  algorithm: 'ES256' | 'HS256' | null;
  /** Of the latest report; `null` without any. */
  outcome: 'executed' | 'partially_executed' | 'rejected' | 'expired' | null;
  tokens: number;
  notional: string;
  due: string;
  signed_due: string;
  /** The rest is about tokens without a report. */
  open: number;
  redeemed: number;
  up_to: string;
  without_price: number;
}

/**
 * The bounds of jti let the server leave out the partitions of other months. A notional is rounded half up and its fee up, each to 1e-8, per token:
 * numerically what `notionalOf` and `feeDue` of domain/ do.
 */
const GROUPS = `
  with latest as (
    select distinct on (e.jti) e.jti, e.status, e.quantity, e.price, coalesce(e.evidence_id, l.evidence_id) is not null as signed
      from widget.executions e
      left join widget.report_evidence_links l on l.jti = e.jti and l.quantity = e.quantity and l.status = e.status
     where e.exchange_id = :exchangeId and e.jti >= widget.first_uuid_of(cast(:from as timestamptz)) and e.jti < widget.first_uuid_of(cast(:to as timestamptz))
     order by e.jti, e.quantity desc, e.reported_at desc
  ), token as (
    select t.symbol, t.quote_asset, t.identity_mode, k.algorithm, x.status, x.signed, f.rate, t.price is null and t.terms->>'quoteAmount' is null as without_price, r.jti is not null as redeemed,
        t.expires_at > cast(:now as timestamptz) as alive,
        round(case when x.status is null then coalesce(t.price * t.quantity, cast(t.terms->>'quoteAmount' as numeric)) else x.price * x.quantity end, 8) as notional
      from widget.trade_tokens t
      join widget.fee_schedules f on f.version = t.fee_schedule
      left join widget.exchange_keys k on k.kid = t.kid and k.exchange_id = :exchangeId
      left join latest x on x.jti = t.jti
      left join widget.redemptions r
        on r.jti = t.jti and x.jti is null and r.exchange_id = :exchangeId
       and r.jti >= widget.first_uuid_of(cast(:from as timestamptz)) and r.jti < widget.first_uuid_of(cast(:to as timestamptz))
     where t.exchange_id = :exchangeId and t.jti >= widget.first_uuid_of(cast(:from as timestamptz)) and t.jti < widget.first_uuid_of(cast(:to as timestamptz))
  ), priced as (
    select *, ceil(notional * rate * 100000000) * 0.00000001 as fee from token
  )
  select symbol, quote_asset, identity_mode, algorithm, status as outcome, count(*)::int as tokens,
      coalesce(sum(notional) filter (where status is not null), 0)::text as notional,
      coalesce(sum(fee) filter (where status is not null), 0)::text as due,
      coalesce(sum(fee) filter (where signed), 0)::text as signed_due,
      (count(*) filter (where status is null and alive and not redeemed))::int as open,
      (count(*) filter (where status is null and redeemed))::int as redeemed,
      coalesce(sum(fee) filter (where status is null), 0)::text as up_to,
      (count(*) filter (where status is null and without_price))::int as without_price
    from priced
   group by symbol, quote_asset, identity_mode, algorithm, status`;

/** Reads for staff, as role `app`, one partner at a time (row-level security). */
export class FeesRepository {
  readonly #sql: Knex.Transaction;

  constructor(sql: Knex.Transaction) {
    this.#sql = sql;
  }

  /** @param span moments of issue, RFC 3339, the second no longer in it */
  async groups(exchangeId: string, { from, to }: { readonly from: string; readonly to: string }, now: string): Promise<FeeGroup[]> {
    const { rows } = (await this.#sql.raw(GROUPS, { exchangeId, from, to, now })) as { rows: FeeGroup[] };
    return rows;
  }
}
