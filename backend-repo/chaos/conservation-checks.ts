import type pg from 'pg';
import { formatAmount, type Units } from '../src/domain/money.ts';
import { tierOf, TRADING_TIERS, type FeeTier } from '../src/domain/trading-tiers.ts';
import { MAKER_RATE_DEFAULT, TAKER_RATE_DEFAULT } from '../src/domain/matching/types.ts';

/** One thing that does not add up: which check found it, and the row. */
export interface Broken {
  readonly check: string;
  readonly row: unknown;
}

const ROWS_SHOWN = 20;

/** What must hold of the rows of a venue, each in one statement, so that it sees one moment. Beside these: `brokenBooks`. */
export class ConservationChecks {
  readonly #client: pg.Client;
  #lastTradeId = 0;

  /** @param client the owner of the cluster, who sees every row */
  constructor(client: pg.Client) {
    this.#client = client;
  }

  async start(): Promise<void> {
    await this.#client.query('create temporary table rates_allowed (user_id bigint, maker_rate numeric, taker_rate numeric)');
    await this.#rememberRates();
  }

  /** Everybody's balances together are what came in minus what went out, by the callers' own account and by the journal; and none is negative. */
  async totals(inside: ReadonlyMap<string, Units>): Promise<Broken[]> {
    const said = [...inside].map(([asset, units]) => [asset, formatAmount(units)] as const);
    return this.#find('totals', TOTALS, [said.map(([asset]) => asset), said.map(([, amount]) => amount)]);
  }

  /**
   * The trades since the last look: their notional, and their fees by a rate that its payer had since then. Call it while nothing happens.
   * @param given tiers that somebody was given since the last look
   */
  async trades(given: ReadonlyMap<number, readonly FeeTier[]>): Promise<Broken[]> {
    const rows = [...given].flatMap(([userId, tiers]) => tiers.map((tier) => ({ userId, ...tierOf(tier) })));
    await this.#client.query('insert into rates_allowed select * from unnest($1::bigint[], $2::numeric[], $3::numeric[])', [
      rows.map(({ userId }) => userId), rows.map(({ makerRate }) => formatAmount(makerRate as bigint)), rows.map(({ takerRate }) => formatAmount(takerRate as bigint)),
    ]);
    await this.#client.query(RATES_NOW);
    const found = await this.#find('trades', TRADES, [this.#lastTradeId, ...DEFAULT_RATES]);
    const { rows: [last] } = await this.#client.query<{ id: number }>('select coalesce(max(id), 0)::float8 as id from trading.trades');
    this.#lastTradeId = last!.id;
    await this.#rememberRates();
    return found;
  }

  /** What every order says of itself is what its trades say, and every trade has exactly its postings. */
  async history(): Promise<Broken[]> {
    return [...(await this.#find('orders', ORDERS)), ...(await this.#find('postings', POSTINGS)), ...(await this.#find('transfers', TRANSFERS))];
  }

  async #rememberRates(): Promise<void> {
    await this.#client.query('truncate rates_allowed');
    await this.#client.query(RATES_NOW);
  }

  async #find(check: string, text: string, values: unknown[] = []): Promise<Broken[]> {
    const { rows } = await this.#client.query<object>(`${text} limit ${ROWS_SHOWN}`, values);
    return rows.map((row) => ({ check, row }));
  }
}

const DEFAULT_RATES = [formatAmount(MAKER_RATE_DEFAULT as bigint), formatAmount(TAKER_RATE_DEFAULT as bigint)];
if (TRADING_TIERS[0]!.makerRate !== MAKER_RATE_DEFAULT) throw new Error('the first tier is what the engine charges by default');

const RATES_NOW = `
  insert into rates_allowed select id, coalesce(maker_rate, 0.001), coalesce(taker_rate, 0.0015) from auth.users u left join trading.fee_rates r on r.user_id = u.id`;

const TOTALS = `
  with held as (
    select asset, sum(available + locked) as amount from trading.balances group by asset
  ), posted as (
    select asset, sum(case when debit_account = 0 then amount when credit_account = 0 then -amount else 0 end) as amount from trading.journal group by asset
  ), said as (
    select * from unnest($1::text[], $2::numeric[]) as t (asset, amount)
  )
  select asset, h.amount as held, p.amount as posted, s.amount as said from held h full join posted p using (asset) full join said s using (asset)
    where coalesce(h.amount, 0) <> coalesce(p.amount, 0) or coalesce(h.amount, 0) <> coalesce(s.amount, 0)
  union all
  select asset || ' of ' || user_id, available, locked, 0 from trading.balances where available < 0 or locked < 0`;

const TRADES = `
  with since as (
    select t.*, m.base_asset, m.quote_asset from trading.trades t join trading.markets m using (symbol) where t.id > $1
  ), sides as (
    select id, 'BUY' as side, buyer_id as user_id, buyer_order_id as order_id, quantity as received, buyer_fee as fee, taker_side, symbol from since
    union all
    select id, 'SELL', seller_id, seller_order_id, notional, seller_fee, taker_side, symbol from since
  )
  select id, 'notional' as what, notional::text as found, (price * quantity)::text as expected from since where notional <> price * quantity
  union all
  select s.id, 'fee of ' || side, fee::text, received::text from sides s where not exists (
    select from rates_allowed r where r.user_id = s.user_id and fee = ceil(received * case side when taker_side then taker_rate else maker_rate end * 1e8) / 1e8)
  union all
  select s.id, 'order of ' || s.side, s.order_id::text, s.user_id::text from sides s left join trading.orders o on o.id = s.order_id
    where o.id is null or o.user_id <> s.user_id or o.side <> s.side or o.symbol <> s.symbol
  union all
  select 0, 'default rates', $2::text, $3::text where $2::text <> '0.001' or $3::text <> '0.0015'`;

/** What every order says of itself is what its trades say. */
export const ORDERS = `
  with sums as (
    select order_id, sum(quantity) as quantity, sum(notional) as notional, sum(fee) as fee from (
      select buyer_order_id as order_id, quantity, notional, buyer_fee as fee from trading.trades union all select seller_order_id, quantity, notional, seller_fee from trading.trades
    ) sides group by order_id
  )
  select o.id, o.status, o.reason, o.quantity, o.filled_quantity, s.quantity as traded, o.filled_notional, s.notional, o.fee, s.fee as charged
  from trading.orders o full join sums s on s.order_id = o.id
  where o.id is null or o.filled_quantity <> coalesce(s.quantity, 0) or o.filled_notional <> coalesce(s.notional, 0) or o.fee <> coalesce(s.fee, 0)
    or (o.status = 'FILLED') <> (o.filled_quantity = o.quantity) or (o.status = 'PENDING' and o.filled_quantity > 0) or (o.status = 'PARTIAL' and o.filled_quantity = 0)
    or (o.status = 'CANCELLED') <> (o.reason is not null)`;

/** Whoever trades with themselves pays themselves: that is no posting. Nor is a fee of nothing. */
export const POSTINGS = `
  with expected as (
    select t.id as trade_id, p.* from trading.trades t join trading.markets m using (symbol) cross join lateral (values
      ('TRADE', m.base_asset, t.quantity, t.seller_id, t.buyer_id), ('TRADE', m.quote_asset, t.notional, t.buyer_id, t.seller_id),
      ('FEE', m.base_asset, t.buyer_fee, t.buyer_id, -1), ('FEE', m.quote_asset, t.seller_fee, t.seller_id, -1)
    ) as p (cause, asset, amount, debit_account, credit_account) where p.debit_account <> p.credit_account and p.amount > 0
  ), found as (
    select trade_id, cause, asset, amount, debit_account, credit_account from trading.journal where trade_id is not null
  )
  select 'missing' as what, * from (select * from expected except all select * from found) missing
  union all
  select 'too many', * from (select * from found except all select * from expected) too_many`;

/** Each deposit and withdrawal has moved as much money as it says, once. */
const TRANSFERS = `
  with expected as (
    select 'DEPOSIT' as cause, 'deposit:' || id as reference, asset, amount, 0::bigint as debit_account, user_id as credit_account from trading.deposits where status = 'completed'
    union all
    select 'WITHDRAWAL', 'withdrawal:' || id, asset, amount, user_id, 0 from trading.withdrawals where funds in ('taken', 'to_return', 'returned')
    union all
    select 'ADJUSTMENT', 'withdrawal-return:' || id, asset, amount, 0, user_id from trading.withdrawals where funds = 'returned'
  ), found as (
    select cause, reference, asset, amount, debit_account, credit_account from trading.journal where trade_id is null and reference not like 'funding-%' and reference not like 'start-%'
  )
  select 'missing' as what, * from (select * from expected except all select * from found) missing
  union all
  select 'too many', * from (select * from found except all select * from expected) too_many`;
