import pg from 'pg';
import { BROKEN_BOOKS } from '../src/testing/venue.ts';
import { ORDERS, POSTINGS } from './conservation-checks.ts';
import type { PublicRecord } from './order-readers.ts';
import type { OrderTestimony } from './order-testimony.ts';

/** What is on record, asked in one snapshot, against the rules of money and against what was said and seen. Each query returns what is wrong. */

const OUTSIDE = 0;

/** Per asset, the house included: what is there is what came in, less what went out. */
const TOTALS = `
  with held as (select asset, sum(available + locked) as amount from trading.balances group by asset),
    moved as (select asset, sum(case when debit_account = ${OUTSIDE} then amount when credit_account = ${OUTSIDE} then -amount else 0 end) as amount from trading.journal group by asset)
  select 'total' as what, asset, held.amount as balances, moved.amount as came_in from held full join moved using (asset) where coalesce(held.amount, 0) <> coalesce(moved.amount, 0)
  union all
  select 'negative', user_id || ' ' || asset, available, locked from trading.balances where available < 0 or locked < 0`;

/** Money from and to the outside has its row, and each row its money. What is half done will be finished by a job, so it may be either. */
const TRANSFERS = `
  with due as (
    select 'deposit:' || id as reference, 'DEPOSIT' as cause, user_id, asset, amount, status = 'completed' as sure from trading.deposits where status in ('confirmed', 'completed')
    union all
    select 'withdrawal:' || id, 'WITHDRAWAL', user_id, asset, amount, funds <> 'to_take' from trading.withdrawals where funds <> 'refused'
    union all
    select 'withdrawal-return:' || id, 'ADJUSTMENT', user_id, asset, amount, funds = 'returned' from trading.withdrawals where funds in ('to_return', 'returned')
  ), posted as (
    select reference, cause, case when cause = 'WITHDRAWAL' then debit_account else credit_account end as user_id, asset, amount from trading.journal
    where cause in ('DEPOSIT', 'WITHDRAWAL', 'ADJUSTMENT') and reference not like 'chaos %'
  )
  select 'transfer' as what, reference, due.amount as due, posted.amount as posted from due full join posted using (reference, cause, user_id, asset, amount)
  where due.amount is null or (due.sure and posted.amount is null)`;

export async function inSnapshotOf<T>(url: string, work: (rows: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks between two queries says so here too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    return await work(async (text, values = []) => (await client.query<Record<string, unknown>>(text, values)).rows);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Money that is not where it should be, as sentences for people. Any moment will do. */
export function brokenConservation(url: string): Promise<string[]> {
  return inSnapshotOf(url, async (rows) => {
    const wrong: Record<string, unknown>[] = [];
    for (const text of [BROKEN_BOOKS, TOTALS, ORDERS, POSTINGS, TRANSFERS]) wrong.push(...(await rows(text)));
    return wrong.map((row) => JSON.stringify(row));
  });
}

/** What the run itself brought in is still what came in under its name, to the last unit. */
export async function missingFunds(url: string, expected: Readonly<Record<string, number>>): Promise<string[]> {
  const rows = await inSnapshotOf(url, (ask) => ask(`select asset, sum(amount)::text as amount from trading.journal where reference like 'chaos %' group by asset`));
  const found = new Map(rows.map(({ asset, amount }) => [asset as string, Number(amount)]));
  return Object.entries(expected).flatMap(([asset, amount]) => (found.get(asset) === amount ? [] : [`${asset}: ${found.get(asset)} came in instead of ${amount}`]));
}

export type Counts = Readonly<Record<string, number>>;

/** Of what was acknowledged, what the records lack; and orders that are there twice, or that nobody sent. */
export function compareOrders(url: string, { claims, transfers }: OrderTestimony): Promise<{ lost: Counts; duplicated: Counts; readAhead: Counts; notes: Counts }> {
  const all = [...claims.values()];
  const held = all.filter(({ id }) => id !== null);
  const column = <T>(pick: (claim: (typeof held)[number]) => T): T[] => held.map(pick);
  return inSnapshotOf(url, async (rows) => {
    const one = async (text: string, values: unknown[]): Promise<Counts> => (await rows(text, values))[0] as Counts;
    const { fills_ahead, ends_ahead, ...lost } = await one(COMPARE_ORDERS, [
      column(({ id }) => id), column(({ userId }) => userId), column(({ clientOrderId }) => clientOrderId), column(({ filled }) => filled), column(({ ended }) => ended),
      column(({ notOpen }) => notOpen), column(({ terms, changesInDoubt }) => (changesInDoubt ? null : terms!.quantity)), column(({ terms }) => terms!.price),
      column(({ terms }) => terms!.stop_price), column(({ filledRead }) => filledRead), column(({ endedRead }) => endedRead),
    ]);
    const moved = [...transfers.values()];
    const transfersLost = await one(COMPARE_TRANSFERS, [moved.map(({ id }) => id), moved.map(({ kind }) => kind), moved.map(({ decided }) => decided)]);
    const silent = all.filter(({ id }) => id === null);
    return {
      lost: { ...lost, ...transfersLost },
      duplicated: await one(DUPLICATES, [column(({ clientOrderId }) => clientOrderId), column(({ id }) => id), all.map(({ clientOrderId }) => clientOrderId)]),
      readAhead: { fills_ahead: fills_ahead!, ends_ahead: ends_ahead! },
      notes: await one(
        `select count(*)::int as recorded_but_the_answer_was_no_success, count(*) filter (where doubtful)::int as of_which_refused_after_silence
          from trading.orders join unnest($1::text[], $2::boolean[]) as silent(name, doubtful) on name = client_order_id`,
        [silent.map(({ clientOrderId }) => clientOrderId), silent.map(({ refusedAfterSilence }) => refusedAfterSilence)],
      ),
    };
  });
}

const COMPARE_ORDERS = `
  select count(*) filter (where o.id is null)::int as orders_missing,
    count(*) filter (where o.filled_quantity < said.filled)::int as fills_missing,
    count(*) filter (where o.status <> said.ended or (said.not_open and o.status in ('PENDING', 'PARTIAL')))::int as ends_missing,
    count(*) filter (where said.quantity is not null and (o.quantity, o.price, o.stop_price) is distinct from (said.quantity, said.price, said.stop_price))::int as changes_missing,
    count(*) filter (where o.filled_quantity < said.filled_read)::int as fills_ahead,
    count(*) filter (where o.status <> said.ended_read)::int as ends_ahead
  from unnest($1::bigint[], $2::bigint[], $3::text[], $4::numeric[], $5::text[], $6::boolean[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::text[])
    as said(id, user_id, client_order_id, filled, ended, not_open, quantity, price, stop_price, filled_read, ended_read)
  left join trading.orders o on o.id = said.id and o.user_id = said.user_id and o.client_order_id = said.client_order_id`;

const COMPARE_TRANSFERS = `
  select count(*) filter (where said.kind = 'deposit' and d.id is null or said.decided = 'confirm' and d.status not in ('confirmed', 'completed'))::int as deposits_missing,
    count(*) filter (where said.kind = 'withdrawal' and w.id is null or said.decided = 'approve' and (w.status, w.funds) <> ('approved', 'taken')
      or said.decided = 'reject' and (w.status <> 'rejected' or w.funds not in ('to_return', 'returned')) or w.funds in ('to_take', 'refused'))::int as withdrawals_missing
  from unnest($1::uuid[], $2::text[], $3::text[]) as said(id, kind, decided) left join trading.deposits d on d.id = said.id left join trading.withdrawals w on w.id = said.id`;

const DUPLICATES = `
  select (select count(*) - count(distinct (user_id, client_order_id)) from trading.orders)::int as names_twice,
    (select count(*) from trading.orders o join unnest($1::text[], $2::bigint[]) as said(name, id) on said.name = o.client_order_id where o.id <> said.id)::int as another_order,
    (select count(*) from trading.orders o where not o.client_order_id = any ($3::text[]))::int as never_sent`;

/** Of what everybody could see, what the records do not have. */
export function compareSeen(url: string, { trades, lastPrices, highestSequence, mostTrades }: PublicRecord): Promise<Counts> {
  const seen = [...trades.values()];
  const prices = [...lastPrices.values()];
  return inSnapshotOf(url, async (rows) => {
    const [ofTrades] = await rows(
      `select count(*) filter (where t.id is null)::int as trades from unnest($1::bigint[], $2::text[], $3::numeric[], $4::numeric[], $5::text[], $6::timestamptz[])
          as seen(id, symbol, price, quantity, taker_side, executed_at)
        left join trading.trades t on t.id = seen.id and (t.symbol, t.price, t.quantity, t.taker_side, t.executed_at) = (seen.symbol, seen.price, seen.quantity, seen.taker_side, seen.executed_at)`,
      [seen.map(({ id }) => id), seen.map(({ symbol }) => symbol), seen.map(({ price }) => price), seen.map(({ quantity }) => quantity), seen.map(({ taker_side }) => taker_side), seen.map(({ executed_at }) => executed_at)],
    );
    const [ofPrices] = await rows(
      `select count(*)::int as prices from unnest($1::text[], $2::numeric[]) as seen(symbol, price)
        where not exists (select from trading.trades t where t.symbol = seen.symbol and t.price = seen.price)`,
      [prices.map(({ symbol }) => symbol), prices.map(({ price }) => price)],
    );
    const markets = [...highestSequence.keys()];
    const [ofMarkets] = await rows(
      `select count(*) filter (where m.sequence < seen.sequence)::int as books, count(*) filter (where (select count(*) from trading.trades t where t.symbol = m.symbol) < seen.trades)::int as days
        from trading.markets m join unnest($1::text[], $2::bigint[], $3::bigint[]) as seen(symbol, sequence, trades) using (symbol)`,
      [markets, markets.map((symbol) => highestSequence.get(symbol)), markets.map((symbol) => mostTrades.get(symbol) ?? 0)],
    );
    return { ...ofTrades, ...ofPrices, ...ofMarkets } as Counts;
  });
}
