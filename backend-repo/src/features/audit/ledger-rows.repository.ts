import type { LedgerRange, LedgerTable } from '../../domain/ledger-record.ts';

interface Digested {
  readonly from: string;
  readonly id: string;
  readonly idType: 'bigint' | 'uuid';
  readonly columns: readonly string[];
}

/**
 * What is hashed of each table, encoding 1. Of an order, what no role of the service may change: what it was when it was placed, but for what an amendment,
 * a stop or a fill moves on. Its fills are trades. A token brings its redemption, which cannot come later than seconds after it.
 */
const DIGESTED: Readonly<Record<LedgerTable, Digested>> = {
  orders: {
    from: 'trading.orders t', id: 't.id', idType: 'bigint',
    columns: [
      't.id', 't.user_id', 't.symbol', 't.side', 't.type', 't.quote_amount', 't.display_quantity', 't.time_in_force', 't.expires_at', 't.post_only', 't.self_trade_prevention', 't.fee_asset', 't.client_order_id',
      't.trade_token_jti', 't.created_at',
    ],
  },
  trades: {
    from: 'trading.trades t', id: 't.id', idType: 'bigint',
    columns: ['t.id', 't.symbol', 't.buyer_order_id', 't.seller_order_id', 't.buyer_id', 't.seller_id', 't.quantity', 't.price', 't.notional', 't.buyer_fee', 't.seller_fee', 't.taker_side', 't.executed_at'],
  },
  journal: {
    from: 'trading.journal t', id: 't.id', idType: 'bigint',
    columns: ['t.id', 't.asset', 't.amount', 't.debit_account', 't.credit_account', 't.cause', 't.trade_id', 't.reference', 't.created_at'],
  },
  tokens: {
    from: 'widget.trade_tokens t left join widget.redemptions r on r.jti = t.jti', id: 't.jti', idType: 'uuid',
    columns: [
      't.jti', 't.exchange_id', 't.exchange_user_id', 't.identity_mode', 't.kid', 't.symbol', 't.side', 't.type', 't.quantity', 't.price', 't.client_order_id', 't.fee_schedule', 't.issued_at', 't.expires_at',
      't.quote_asset', 't.terms', 'r.redeemed_at',
    ],
  },
};

/**
 * The digests of ranges, by the database: the rows never leave it. Each row is hashed as Postgres sends it to whoever asks for binary values: the number of
 * columns, and of each its type, length and bytes, so that each says where it ends. That form knows no settings but the client’s
 * encoding, which drivers set to UTF-8, and is an eighth of the work of JSON.
 * @param ranges how the one parameter is written: a JSON list of ranges
 */
export function digestQuery(table: LedgerTable, ranges: '?' | '$1'): string {
  const { from, id, idType, columns } = DIGESTED[table];
  return `select l."after", l."to", d.rows, d.sha256
    from jsonb_array_elements(${ranges}::jsonb) with ordinality as given(range, place)
      cross join lateral (select given.range ->> 'after' as "after", given.range ->> 'to' as "to") l
      cross join lateral (
        select count(*)::int as rows, encode(sha256(coalesce(string_agg(record_send(row(${columns.join(', ')})), ''::bytea order by ${id}), ''::bytea)), 'hex') as sha256
        from ${from} where ${id} > l."after"::${idType} and ${id} <= l."to"::${idType}
      ) d order by given.place`;
}

export const rangesParameter = (ranges: readonly LedgerRange[]): string => JSON.stringify(ranges.map(({ after, to }) => ({ after, to })));

