import type { PreparedQueries } from '../../db/connection.ts';
import { formatAmount } from '../../domain/money.ts';
import type { AccountRates, BalanceChange, BatchChanges, JournalRow, MarketProgress, MarketRules, OrderState, Trade } from '../../domain/matching/types.ts';

/** Everything one batch changes. */
export interface VenueBatch extends BatchChanges {
  readonly newMarkets: readonly MarketRules[];
  /** The trade token of each new order that spent one. */
  readonly tokenOf: (orderId: number) => string | null;
  readonly keys: readonly NewOrderKey[];
  readonly reports: readonly TokenReport[];
  /** Of the state that the batch leaves behind. */
  readonly digest: string;
}

export interface NewOrderKey {
  readonly userId: number;
  readonly clientOrderId: string;
  readonly orderId: number;
  readonly fingerprint: string;
  readonly time: number;
}

/** What became of a trade token so far. `status` is null while there is nothing to tell its operator. */
export interface TokenReport {
  readonly jti: string;
  readonly userId: number;
  readonly orderId: number | null;
  /** Why no order was placed with it. */
  readonly refusal: string | null;
  readonly status: 'executed' | 'partially_executed' | 'rejected' | 'expired' | null;
  readonly quantity: bigint;
  readonly price: bigint | null;
  readonly time: number;
}

type Column<Row> = readonly [name: string, type: string, pick: (row: Row, batch: VenueBatch) => unknown];

const amount = (units: bigint | null): string | null => (units === null ? null : formatAmount(units));

const MARKET: readonly Column<MarketRules>[] = [
  ['symbol', 'text', (m) => m.symbol],
  ['base_asset', 'text', (m) => m.baseAsset],
  ['quote_asset', 'text', (m) => m.quoteAsset],
  ['tick', 'numeric', (m) => amount(m.tick)],
  ['lot', 'numeric', (m) => amount(m.lot)],
  ['min_price', 'numeric', (m) => amount(m.minPrice)],
  ['max_price', 'numeric', (m) => amount(m.maxPrice)],
  ['min_quantity', 'numeric', (m) => amount(m.minQuantity)],
  ['max_quantity', 'numeric', (m) => amount(m.maxQuantity)],
  ['min_notional', 'numeric', (m) => amount(m.minNotional)],
  ['status', 'text', (m) => m.status],
  ['band_rate', 'numeric', (m) => amount(m.bandRate)],
  ['stop_protection_rate', 'numeric', (m) => amount(m.stopProtectionRate)],
  ['breaker_rate', 'numeric', (m) => amount(m.breakerRate)],
  ['breaker_window_ms', 'integer', (m) => m.breakerWindowMs],
];
const MARKET_CHANGE: readonly Column<MarketProgress>[] = [
  ['symbol', 'text', (m) => m.symbol],
  ['status', 'text', (m) => m.status],
  ['halt_reason', 'text', (m) => m.haltReason],
  ['halted_at', 'float8', (m) => m.haltedAt],
  ['sequence', 'bigint', (m) => m.sequence],
  ['last_price', 'numeric', (m) => amount(m.lastPrice)],
  ['breaker_price', 'numeric', (m) => amount(m.breakerPrice)],
  ['breaker_since', 'float8', (m) => m.breakerSince],
];
const ORDER_PROGRESS: readonly Column<OrderState>[] = [
  ['id', 'bigint', (o) => o.id],
  ['filled_quantity', 'numeric', (o) => amount(o.filledQuantity)],
  ['filled_notional', 'numeric', (o) => amount(o.filledNotional)],
  ['fee', 'numeric', (o) => amount(o.fee)],
  ['status', 'text', (o) => o.status],
  ['reason', 'text', (o) => o.reason],
  ['updated_at', 'float8', (o) => o.updatedAt],
  ['quantity', 'numeric', (o) => amount(o.quantity)],
  ['price', 'numeric', (o) => amount(o.price)],
  ['stop_price', 'numeric', (o) => amount(o.stopPrice)],
  ['stop_limit_price', 'numeric', (o) => amount(o.stopLimitPrice)],
  ['displayed_quantity', 'numeric', (o) => amount(o.displayedQuantity)],
  ['triggered_at', 'float8', (o) => o.triggeredAt],
  ['priority', 'bigint', (o) => o.priority],
];
const ORDER: readonly Column<OrderState>[] = [
  ...ORDER_PROGRESS,
  ['user_id', 'bigint', (o) => o.userId],
  ['symbol', 'text', (o) => o.symbol],
  ['side', 'text', (o) => o.side],
  ['type', 'text', (o) => o.type],
  ['quote_amount', 'numeric', (o) => amount(o.quoteAmount)],
  ['display_quantity', 'numeric', (o) => amount(o.displayQuantity)],
  ['time_in_force', 'text', (o) => o.timeInForce],
  ['expires_at', 'float8', (o) => o.expiresAt],
  ['post_only', 'boolean', (o) => o.postOnly],
  ['self_trade_prevention', 'text', (o) => o.selfTradePrevention],
  ['fee_asset', 'text', (o) => o.feeAsset],
  ['client_order_id', 'text', (o) => o.clientOrderId],
  ['trade_token_jti', 'uuid', (o, batch) => batch.tokenOf(o.id)],
  ['created_at', 'float8', (o) => o.createdAt],
];
const TRADE: readonly Column<Trade>[] = [
  ['id', 'bigint', (t) => t.id],
  ['symbol', 'text', (t) => t.symbol],
  ['buyer_order_id', 'bigint', (t) => t.buyerOrderId],
  ['seller_order_id', 'bigint', (t) => t.sellerOrderId],
  ['buyer_id', 'bigint', (t) => t.buyerId],
  ['seller_id', 'bigint', (t) => t.sellerId],
  ['quantity', 'numeric', (t) => amount(t.quantity)],
  ['price', 'numeric', (t) => amount(t.price)],
  ['notional', 'numeric', (t) => amount(t.notional)],
  ['buyer_fee', 'numeric', (t) => amount(t.buyerFee)],
  ['seller_fee', 'numeric', (t) => amount(t.sellerFee)],
  ['taker_side', 'text', (t) => t.takerSide],
  ['executed_at', 'float8', (t) => t.executedAt],
];
const BALANCE: readonly Column<BalanceChange>[] = [
  ['user_id', 'bigint', (b) => b.userId],
  ['asset', 'text', (b) => b.asset],
  ['available', 'numeric', (b) => amount(b.available)],
  ['locked', 'numeric', (b) => amount(b.locked)],
];
const JOURNAL: readonly Column<JournalRow>[] = [
  ['asset', 'text', (j) => j.asset],
  ['amount', 'numeric', (j) => amount(j.amount)],
  ['debit_account', 'bigint', (j) => j.debit],
  ['credit_account', 'bigint', (j) => j.credit],
  ['cause', 'text', (j) => j.cause],
  ['trade_id', 'bigint', (j) => j.tradeId],
  ['reference', 'text', (j) => j.reference],
  ['created_at', 'float8', (j) => j.time],
];
const RATES: readonly Column<AccountRates>[] = [
  ['user_id', 'bigint', (r) => r.userId],
  ['maker_rate', 'numeric', (r) => amount(r.makerRate)],
  ['taker_rate', 'numeric', (r) => amount(r.takerRate)],
];
const KEY: readonly Column<NewOrderKey>[] = [
  ['user_id', 'bigint', (k) => k.userId],
  ['client_order_id', 'text', (k) => k.clientOrderId],
  ['order_id', 'bigint', (k) => k.orderId],
  ['fingerprint', 'text', (k) => k.fingerprint],
  ['created_at', 'float8', (k) => k.time],
];
const REPORT: readonly Column<TokenReport>[] = [
  ['jti', 'uuid', (r) => r.jti],
  ['user_id', 'bigint', (r) => r.userId],
  ['order_id', 'bigint', (r) => r.orderId],
  ['refusal', 'text', (r) => r.refusal],
  ['status', 'text', (r) => r.status],
  ['quantity', 'numeric', (r) => amount(r.quantity)],
  ['price', 'numeric', (r) => amount(r.price)],
  ['executed_at', 'float8', (r) => r.time],
];

/**
 * A column of values as Postgres reads an array. By hand, because the driver quotes and escapes every number, which was a tenth of what an
 * order costs this process.
 */
function arrayOf<Row>([, type, pick]: Column<Row>, rows: readonly Row[], batch: VenueBatch): string {
  if (rows.length === 0) return '{}';
  const quoted = type === 'text' || type === 'uuid';
  let text = '{';
  for (const row of rows) {
    const value = pick(row, batch);
    if (text.length > 1) text += ',';
    text += value === null ? 'NULL' : quoted ? `"${escaped(String(value))}"` : String(value);
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/g;
const escaped = (text: string): string => (text.includes('"') || text.includes('\\') ? text.replace(SPECIAL, '\\$&') : text);

/** One statement's parameters: each table's rows arrive as one array per column. */
class Parameters {
  readonly #tables: ((batch: VenueBatch) => string[])[] = [];
  #count: number;

  constructor(scalars: number) {
    this.#count = scalars;
  }

  /** `insert into … (columns) select … from unnest(…)`, for nothing when the epoch does not stand. */
  insert<Row>(table: string, columns: readonly Column<Row>[], rowsOf: (batch: VenueBatch) => readonly Row[]): string {
    const values = columns.map(([name, type]) => (type === 'float8' ? `to_timestamp(${name} / 1000)` : name));
    return `insert into trading.${table} (${columns.map(([name]) => name).join(', ')})
      select ${values.join(', ')} from ${this.rows(columns, rowsOf)} where exists (select from held)`;
  }

  rows<Row>(columns: readonly Column<Row>[], rowsOf: (batch: VenueBatch) => readonly Row[]): string {
    this.#tables.push((batch) => {
      const rows = rowsOf(batch);
      return columns.map((column) => arrayOf(column, rows, batch));
    });
    const arrays = columns.map(([, type]) => `$${(this.#count += 1)}::${type}[]`);
    return `unnest(${arrays.join(', ')}) as t(${columns.map(([name]) => name).join(', ')})`;
  }

  valuesOf(batch: VenueBatch): unknown[] {
    return this.#tables.flatMap((table) => table(batch));
  }
}

const parameters = new Parameters(5);

/**
 * The whole batch in one statement, so that it happens or does not. Its first part is the fence: the counters' row must still carry the
 * epoch, and while it is held no other engine can take over. When it does not, every part below finds nothing to do.
 */
const WRITE_BATCH = `
  with held as (
    update trading.engine_state set last_order_id = $2, last_trade_id = $3, last_priority = $4, state_digest = null, digest = $5, digest_batches = batches + 1,
      batches = batches + 1, updated_at = clock_timestamp()
    where epoch = $1 returning batches
  ), new_markets as (
    ${parameters.insert('markets', MARKET, (batch) => batch.newMarkets)}
  ), changed_markets as (
    update trading.markets m set status = t.status, halt_reason = t.halt_reason, halted_at = to_timestamp(t.halted_at / 1000), sequence = t.sequence, last_price = t.last_price, breaker_price = t.breaker_price,
      breaker_since = to_timestamp(t.breaker_since / 1000), status_since = case when m.status = t.status then m.status_since else clock_timestamp() end
    from ${parameters.rows(MARKET_CHANGE, (batch) => batch.markets)} where m.symbol = t.symbol and exists (select from held)
  ), new_orders as (
    ${parameters.insert('orders', ORDER, (batch) => batch.newOrders)}
  ), new_keys as (
    ${parameters.insert('order_keys', KEY, (batch) => batch.keys)}
  ), changed_orders as (
    update trading.orders o set filled_quantity = t.filled_quantity, filled_notional = t.filled_notional, fee = t.fee, status = t.status, reason = t.reason,
      updated_at = to_timestamp(t.updated_at / 1000), quantity = t.quantity, price = t.price, stop_price = t.stop_price, stop_limit_price = t.stop_limit_price,
      displayed_quantity = t.displayed_quantity, triggered_at = to_timestamp(t.triggered_at / 1000), priority = t.priority
    from ${parameters.rows(ORDER_PROGRESS, (batch) => batch.updatedOrders)} where o.id = t.id and exists (select from held)
    returning o.id
  ), new_trades as (
    ${parameters.insert('trades', TRADE, (batch) => batch.trades)}
  ), new_balances as (
    ${parameters.insert('balances', BALANCE, (batch) => batch.balances)}
    on conflict (user_id, asset) do update set available = excluded.available, locked = excluded.locked
  ), new_postings as (
    ${parameters.insert('journal', JOURNAL, (batch) => batch.journal)}
  ), new_rates as (
    ${parameters.insert('fee_rates', RATES, (batch) => batch.feeRates)}
    on conflict (user_id) do update set maker_rate = excluded.maker_rate, taker_rate = excluded.taker_rate, updated_at = clock_timestamp()
  ), new_reports as (
    insert into trading.execution_reports as r (jti, user_id, order_id, refusal, status, quantity, price, executed_at, version)
    select jti, user_id, order_id, refusal, status, quantity, price, to_timestamp(executed_at / 1000), (status is not null)::integer
    from ${parameters.rows(REPORT, (batch) => batch.reports)} where exists (select from held)
    on conflict (jti) do update set order_id = excluded.order_id, refusal = excluded.refusal, status = coalesce(excluded.status, r.status), quantity = excluded.quantity,
      price = excluded.price, executed_at = excluded.executed_at, version = r.version + excluded.version, attempts = 0, next_attempt_at = clock_timestamp()
    -- A retry that was refused says nothing of the order that its token did place.
    where excluded.order_id is not null or r.order_id is null
  )
  select (select count(*) from held)::integer as held, (select count(*) from changed_orders)::integer as changed_orders`;

export class EngineBatchRepository {
  readonly #sql: PreparedQueries;

  /** @param sql as role `writer` */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  /**
   * @returns false when the epoch no longer stands: then nothing was changed
   * @throws Error when an order of the batch is not on record
   */
  async write(epoch: number, batch: VenueBatch): Promise<boolean> {
    const values = [epoch, batch.lastOrderId, batch.lastTradeId, batch.lastPriority, batch.digest, ...parameters.valuesOf(batch)];
    const { rows } = await this.#sql.query<{ held: number; changed_orders: number }>({ name: 'engine-write-batch', text: WRITE_BATCH, values });
    if (rows[0]!.held === 0) return false;
    if (rows[0]!.changed_orders !== batch.updatedOrders.length) throw new Error('an open order of the engine is not on record');
    return true;
  }
}
