import type { Knex } from 'knex';
import type { PreparedQueries } from '../../db/connection.ts';
import { ORDER_FIELDS, type OrderField, type OrderType } from '../../domain/order-terms.ts';
import type { Trade, TradeTokenClaims } from '../../domain/trade-token.ts';

/** One line of the ledger, as it is when the token is handed out. */
export interface LedgerRow {
  readonly jti: string;
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly identityMode: string;
  readonly kid: string;
  readonly trade: Trade;
  /** What its fee will be due in. */
  readonly quoteAsset: string | null;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
}

export interface KeyedToken extends Omit<LedgerRow, 'idempotencyKey' | 'identityMode' | 'quoteAsset'> {
  /** By the database, which may know more than this node's memory. */
  readonly partnerActive: boolean;
}

/**
 * Partner and key are joined again, so memory decides nothing that this statement does not decide; the key on the idempotency table
 * settles which of two equal requests wins, on any node. Keys are inserted in one order everywhere, so that two nodes' batches cannot wait
 * for each other. Only what comes back may be handed out.
 */
const ISSUE = `
  with input as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::numeric[], $10::numeric[],
      $11::text[], $12::float8[], $13::float8[], $14::text[], $15::text[], $16::text[], $17::jsonb[])
    as t(jti, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, price, client_order_id, issued_at, expires_at, idempotency_key, fingerprint,
      quote_asset, terms)
  ), standing as materialized (
    select k.kid, k.exchange_id, e.fee_schedule
      from widget.exchange_keys k
      join widget.exchanges e on e.exchange_id = k.exchange_id
     where k.kid = any ($18::text[]) and k.state = 'active' and e.status = 'active'
  ), allowed as (
    select i.*, s.fee_schedule from input i join standing s on s.kid = i.kid and s.exchange_id = i.exchange_id
  ), keyed as (
    insert into widget.token_keys (exchange_id, exchange_user_id, idempotency_key, fingerprint, jti, created_at)
    select exchange_id, exchange_user_id, idempotency_key, fingerprint, jti, to_timestamp(issued_at / 1000) from allowed
    order by exchange_id, exchange_user_id, idempotency_key
    on conflict do nothing
    returning jti
  )
  insert into widget.trade_tokens
    (jti, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, price, client_order_id, fee_schedule, issued_at, expires_at,
     quote_asset, terms)
  select jti, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, price, client_order_id, fee_schedule,
    to_timestamp(issued_at / 1000), to_timestamp(expires_at / 1000), quote_asset, terms
  from allowed join keyed using (jti)
  returning jti`;

/** Everything the token says must stand on the ledger: whoever holds a shared secret can sign another order under a jti we issued. */
const REDEEM = `
  with token as (
    select jti, exchange_id from widget.trade_tokens
     where jti = $1 and exchange_id = $2 and exchange_user_id = $4 and expires_at = to_timestamp($5::float8)
       and symbol = $6 and side = $7 and type = $8 and quantity is not distinct from $9::numeric and price is not distinct from $10::numeric
       and client_order_id is not distinct from $11 and terms is not distinct from $12::jsonb
  ), won as (
    insert into widget.redemptions (jti, exchange_id, redeemed_at)
    select jti, exchange_id, to_timestamp($3::float8 / 1000) from token
    on conflict do nothing
    returning jti
  )
  select exists (select from token) as known, exists (select from won) as won`;

export class TradeTokensRepository {
  readonly #writer: PreparedQueries;

  constructor(writer: PreparedQueries) {
    this.#writer = writer;
  }

  /** Commits what partner, key and idempotency table allow. One answer per row, in order: was it recorded? */
  async issue(rows: readonly LedgerRow[]): Promise<boolean[]> {
    const { rows: recorded } = await this.#writer.query<{ jti: string }>({ name: 'issue-trade-tokens', text: ISSUE, values: columns(rows) });
    const jtis = new Set(recorded.map(({ jti }) => jti));
    return rows.map(({ jti }) => jtis.has(jti));
  }

  /** The token that an idempotency key stands for. */
  async findByKey(exchangeId: string, exchangeUserId: string, idempotencyKey: string): Promise<KeyedToken | null> {
    const { rows } = await this.#writer.query<KeyedRow>({
      name: 'token-by-key',
      text: `select t.jti, t.exchange_id, t.exchange_user_id, t.kid, t.symbol, t.side, t.type, trim_scale(t.quantity)::text as quantity,
          trim_scale(t.price)::text as price, t.client_order_id, t.terms, k.fingerprint, e.status = 'active' as partner_active,
          extract(epoch from t.issued_at)::float8 * 1000 as issued_at, extract(epoch from t.expires_at)::float8 * 1000 as expires_at
        from widget.token_keys k join widget.trade_tokens t on t.jti = k.jti join widget.exchanges e on e.exchange_id = k.exchange_id
        where k.exchange_id = $1 and k.exchange_user_id = $2 and k.idempotency_key = $3`,
      values: [exchangeId, exchangeUserId, idempotencyKey],
    });
    return rows[0] ? toKeyedToken(rows[0]) : null;
  }

  /**
   * Single use over all nodes: the primary key lets one insert through.
   * @param now milliseconds since 1970
   */
  async redeem({ jti, aud, sub, exp, trade }: TradeTokenClaims, now: number): Promise<{ known: boolean; won: boolean }> {
    const { symbol, side, type, quantity = null, price = null, clientOrderId = null } = trade;
    const values = [jti, aud, now, sub, exp, symbol, side, type, quantity, price, clientOrderId, termsOf(trade)];
    const { rows } = await this.#writer.query<{ known: boolean; won: boolean }>({ name: 'redeem', text: REDEEM, values });
    return rows[0]!;
  }

  /** How many label tokens a partner got since `from`, and how many of them before `settledUntil` (milliseconds since 1970). */
  async countLabelTokens(exchangeId: string, from: number, settledUntil: number): Promise<{ total: number; settled: number }> {
    const { rows } = await this.#writer.query<{ total: number; settled: number }>({
      name: 'count-label-tokens',
      text: `select count(*)::int as total, (count(*) filter (where jti < widget.first_uuid_of(to_timestamp($3::float8 / 1000))))::int as settled
        from widget.trade_tokens
        where exchange_id = $1 and identity_mode = 'label' and jti >= widget.first_uuid_of(to_timestamp($2::float8 / 1000))`,
      values: [exchangeId, from, settledUntil],
    });
    return rows[0]!;
  }

  async findRedemption(jti: string, exchangeId: string): Promise<Date | null> {
    const { rows } = await this.#writer.query<{ redeemed_at: Date }>({
      name: 'find-redemption',
      text: 'select redeemed_at from widget.redemptions where jti = $1 and exchange_id = $2',
      values: [jti, exchangeId],
    });
    return rows[0]?.redeemed_at ?? null;
  }

  /** True for the first use only. @param expiresAt seconds since 1970 */
  async useUserToken(exchangeId: string, jti: string, expiresAt: number): Promise<boolean> {
    const { rowCount } = await this.#writer.query({
      name: 'use-user-token',
      text: 'insert into widget.user_token_uses (exchange_id, jti, expires_at) values ($1, $2, to_timestamp($3)) on conflict do nothing',
      values: [exchangeId, jti, expiresAt],
    });
    return rowCount === 1;
  }

  /** Drops what is past its keeping time, at most so many rows of each at once. @param now milliseconds since 1970 */
  async purge(now: number, rowsMax: number): Promise<number> {
    const { rows } = await this.#writer.query<{ purged: number }>({
      name: 'purge-token-keys',
      text: `with old_keys as (
          delete from widget.token_keys where ctid = any (array(select ctid from widget.token_keys where created_at < to_timestamp($1::float8 / 1000) - interval '24 hours' limit $2)) returning 1
        ), old_uses as (
          delete from widget.user_token_uses where ctid = any (array(select ctid from widget.user_token_uses where expires_at < to_timestamp($1::float8 / 1000) limit $2)) returning 1
        ) select ((select count(*) from old_keys) + (select count(*) from old_uses))::int as purged`,
      values: [now, rowsMax],
    });
    return rows[0]!.purged;
  }
}

function columns(rows: readonly LedgerRow[]): unknown[] {
  const column = <T>(pick: (row: LedgerRow) => T): T[] => rows.map(pick);
  return [
    column((row) => row.jti),
    column((row) => row.exchangeId),
    column((row) => row.exchangeUserId),
    column((row) => row.identityMode),
    column((row) => row.kid),
    column((row) => row.trade.symbol),
    column((row) => row.trade.side),
    column((row) => row.trade.type),
    column((row) => row.trade.quantity ?? null),
    column((row) => row.trade.price ?? null),
    column((row) => row.trade.clientOrderId ?? null),
    column((row) => row.issuedAt),
    column((row) => row.expiresAt),
    column((row) => row.idempotencyKey),
    column((row) => row.fingerprint),
    column((row) => row.quoteAsset),
    column((row) => termsOf(row.trade)),
    [...new Set(rows.map((row) => row.kid))],
  ];
}

/** What a trade says beside the ledger's columns. */
type Terms = Pick<Trade, 'quoteAmount' | 'stopPrice' | 'stopLimitPrice' | 'displayQuantity' | 'timeInForce' | 'expiresAt' | 'postOnly' | 'selfTradePrevention'>;

/** As JSON; `null` for a plain order. */
function termsOf({ symbol: _symbol, side: _side, type: _type, quantity: _quantity, price: _price, clientOrderId: _clientOrderId, ...terms }: Trade): string | null {
  for (const _field in terms) return JSON.stringify(terms satisfies Terms);
  return null;
}

type TradeRow = Pick<KeyedRow, 'symbol' | 'side' | 'type' | 'quantity' | 'price' | 'client_order_id' | 'terms'>;

/** The trade of a ledger row, its fields in their one order. */
export function tradeOf({ symbol, side, type, quantity, price, client_order_id: clientOrderId, terms }: TradeRow): Trade {
  const said: Partial<Record<OrderField, unknown>> = { symbol, side, type, quantity, price, clientOrderId, ...terms };
  return Object.fromEntries(ORDER_FIELDS.flatMap((field) => (said[field] === undefined || said[field] === null ? [] : [[field, said[field]]]))) as unknown as Trade;
}

interface KeyedRow {
  jti: string;
  exchange_id: string;
  exchange_user_id: string;
  kid: string;
  symbol: string;
  side: 'BUY' | 'SELL';
  type: OrderType;
  quantity: string | null;
  price: string | null;
  client_order_id: string | null;
  terms: Terms | null;
  fingerprint: string;
  partner_active: boolean;
  issued_at: number;
  expires_at: number;
}

function toKeyedToken(row: KeyedRow): KeyedToken {
  return {
    jti: row.jti,
    exchangeId: row.exchange_id,
    exchangeUserId: row.exchange_user_id,
    kid: row.kid,
    trade: tradeOf(row),
    fingerprint: row.fingerprint,
    partnerActive: row.partner_active,
    issuedAt: Math.round(row.issued_at),
    expiresAt: Math.round(row.expires_at),
  };
}

/** Reads for staff, as role `app`, one partner at a time (row-level security). */
export interface TokenLifeRow {
  jti: string;
  exchange_user_id: string;
  identity_mode: 'signed' | 'label';
  algorithm: 'ES256' | 'HS256' | null;
  symbol: string;
  side: 'BUY' | 'SELL';
  type: OrderType;
  /** Amounts are canonical. */
  quantity: string | null;
  price: string | null;
  client_order_id: string | null;
  terms: Terms | null;
  issued_at: Date;
  expires_at: Date;
  redeemed_at: Date | null;
  fee_rate: string;
  quote_asset: string | null;
  execution_status: 'executed' | 'partially_executed' | 'rejected' | 'expired' | null;
  execution_quantity: string | null;
  execution_price: string | null;
  order_id: string | null;
  executed_at: Date | null;
  reported_at: Date | null;
  signed: boolean;
}

export class TokenLivesRepository {
  readonly #sql: Knex.Transaction;

  constructor(sql: Knex.Transaction) {
    this.#sql = sql;
  }

  /** Newest first; a jti is ordered by time, so it is the page key too. */
  async list(exchangeId: string, limit: number, before: string | null): Promise<TokenLifeRow[]> {
    const { rows } = (await this.#sql.raw(
      `select t.jti, t.exchange_user_id, t.identity_mode, k.algorithm, t.symbol, t.side, t.type, trim_scale(t.quantity)::text as quantity, trim_scale(t.price)::text as price, t.client_order_id, t.terms, t.issued_at, t.expires_at,
          r.redeemed_at, f.rate::text as fee_rate, t.quote_asset, x.status as execution_status, x.quantity::text as execution_quantity, x.price::text as execution_price,
          x.order_id, x.executed_at, x.reported_at, coalesce(x.evidence_id, l.evidence_id) is not null as signed
        from widget.trade_tokens t
        join widget.fee_schedules f on f.version = t.fee_schedule
        left join widget.exchange_keys k on k.kid = t.kid and k.exchange_id = t.exchange_id
        left join widget.redemptions r on r.jti = t.jti
        left join lateral (
          select * from widget.executions e where e.jti = t.jti order by e.quantity desc, e.reported_at desc limit 1
        ) x on true
        left join widget.report_evidence_links l on l.jti = x.jti and l.quantity = x.quantity and l.status = x.status
        where t.exchange_id = ? and t.jti < coalesce(?::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        order by t.jti desc limit ?`,
      [exchangeId, before, limit],
    )) as { rows: TokenLifeRow[] };
    return rows;
  }
}
