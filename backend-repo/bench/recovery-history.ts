import type pg from 'pg';

/** What a venue has behind it: how many orders and trades have come and gone. */
export interface HistorySize {
  readonly orders: number;
  readonly trades: number;
}

/**
 * A month of trading as rows, in the proportions and with every number as the engine leaves them: two orders meet in two or three trades, one order
 * in five was cancelled, each trade has its four postings, three orders in five have a key, and balances are what the journal adds up to. Rows by SQL, because placing a
 * million orders one by one would take the benchmark a quarter of an hour. Nothing is open before or after.
 */
export async function writeHistory(client: pg.Client, orders: number, traders: readonly number[]): Promise<HistorySize> {
  // Two pairs make five orders and five trades.
  const pairs = Math.floor(orders / 5) * 2;
  await client.query('begin');
  await client.query('set local synchronous_commit = off');
  await client.query("set local work_mem = '256MB'");
  await client.query(MADE, [pairs, traders[0], traders.length]);
  await client.query('analyze made');
  for (const text of [ORDERS, CANCELLED, KEYS, TRADES, POSTINGS]) await client.query(text);
  await client.query(BALANCES);
  await client.query(MARKETS);
  const { rows: [size] } = await client.query<HistorySize>(COUNTERS);
  await client.query('commit');
  await client.query('vacuum analyze');
  return size!;
}

/** Pair `k` in market `k % 3`, somewhere in the last thirty days; `part` is one of its trades. Rates are those of the first tier. */
const MADE = `
  create temporary table made on commit drop as
  select k, part, k / 2 * 5 + (k % 2) * 2 + part as trade_id, k / 2 * 5 + (k % 2) * 3 + 1 as buyer_order_id, k / 2 * 5 + (k % 2) * 3 + 2 as seller_order_id,
    buyer_id, seller_id, taker_side, symbol, base_asset, at, price, quantity, price * quantity as notional,
    ceil(quantity * case taker_side when 'BUY' then 0.0015 else 0.001 end * 1e8) / 1e8 as buyer_fee,
    ceil(price * quantity * case taker_side when 'SELL' then 0.0015 else 0.001 end * 1e8) / 1e8 as seller_fee
  from (
    select k, (array['BTCUSDT', 'ETHUSDT', 'SOLUSDT'])[k % 3 + 1] as symbol, (array['BTC', 'ETH', 'SOL'])[k % 3 + 1] as base_asset,
      round(((array[64000, 3200, 160])[k % 3 + 1] * (1 + 0.05 * sin(k * 0.0001)))::numeric, 2) as price, now() - interval '30 days' * (1 - k::float8 / $1::integer) as at,
      $2::bigint + k::bigint * 7919 % $3 as buyer_id, $2::bigint + (k::bigint * 7919 + 1 + k::bigint * 31 % ($3 - 1)) % $3 as seller_id,
      case when k % 7 < 4 then 'BUY' else 'SELL' end as taker_side
    from generate_series(0, $1::integer - 1) as k
  ) pair cross join lateral (
    select part, round((1 + (k * 13 + part * 7) % 500) * (array[0.0001, 0.002, 0.04])[k % 3 + 1], 4) as quantity from generate_series(1, 2 + k % 2) as part
  ) parts`;

const ORDERS = `
  insert into trading.orders (id, user_id, symbol, side, type, quantity, price, filled_quantity, filled_notional, fee, fee_asset, status, client_order_id, created_at, updated_at, priority)
  select id, user_id, symbol, side, 'LIMIT', sum(quantity), price, sum(quantity), sum(notional), sum(fee), fee_asset, 'FILLED', case when id % 5 < 3 then 'history-' || id end, at, at, id
  from (
    select buyer_order_id as id, buyer_id as user_id, symbol, 'BUY' as side, price, quantity, notional, buyer_fee as fee, base_asset as fee_asset, at from made
    union all
    select seller_order_id, seller_id, symbol, 'SELL', price, quantity, notional, seller_fee, 'USDT', at from made
  ) sides group by id, user_id, symbol, side, price, fee_asset, at order by id`;

const CANCELLED = `
  insert into trading.orders (id, user_id, symbol, side, type, quantity, price, fee_asset, status, reason, created_at, updated_at, priority)
  select buyer_order_id + 2, buyer_id, symbol, 'BUY', 'LIMIT', quantity, round(price * 0.98, 2), base_asset, 'CANCELLED', 'USER_REQUEST', at, at, buyer_order_id + 2
  from made where k % 2 = 0 and part = 1 order by 1`;

const KEYS = `
  insert into trading.order_keys (user_id, client_order_id, order_id, fingerprint, created_at)
  select user_id, client_order_id, id, encode(sha256(client_order_id::bytea), 'hex'), created_at from trading.orders where client_order_id is not null order by id`;

const TRADES = `
  insert into trading.trades (id, symbol, buyer_order_id, seller_order_id, buyer_id, seller_id, quantity, price, notional, buyer_fee, seller_fee, taker_side, executed_at)
  select trade_id, symbol, buyer_order_id, seller_order_id, buyer_id, seller_id, quantity, price, notional, buyer_fee, seller_fee, taker_side, at from made order by trade_id`;

const POSTINGS = `
  insert into trading.journal (asset, amount, debit_account, credit_account, cause, trade_id, created_at)
  select p.asset, p.amount, p.debit, p.credit, p.cause, trade_id, at from made cross join lateral (values
    (base_asset, quantity, seller_id, buyer_id, 'TRADE'), ('USDT', notional, buyer_id, seller_id, 'TRADE'),
    (base_asset, buyer_fee, buyer_id, -1, 'FEE'), ('USDT', seller_fee, seller_id, -1, 'FEE')
  ) as p (asset, amount, debit, credit, cause) order by trade_id`;

const BALANCES = `
  insert into trading.balances (user_id, asset, available)
  select account, asset, sum(amount) from (
    select credit_account as account, asset, amount from trading.journal union all select debit_account, asset, -amount from trading.journal
  ) moved where account <> 0 group by account, asset order by account, asset
  on conflict (user_id, asset) do update set available = excluded.available`;

const MARKETS = `
  update trading.markets m set last_price = t.price, sequence = t.orders
  from (select symbol, (array_agg(price order by trade_id desc))[1] as price, 2 * count(*) as orders from made group by symbol) t where t.symbol = m.symbol`;

/** Without a digest: the next batch of the engine stores the one of all this. */
const COUNTERS = `
  update trading.engine_state set last_order_id = o.last, last_trade_id = t.last, last_priority = o.last, digest = null, batches = batches + 1
  from (select max(id) as last from trading.orders) o, (select max(id) as last from trading.trades) t
  returning (select count(*)::int from trading.orders) as orders, (select count(*)::int from trading.trades) as trades`;
