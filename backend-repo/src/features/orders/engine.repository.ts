import type { PreparedQueries } from '../../db/connection.ts';
import { feeRateFrom } from '../../domain/fee.ts';
import { amountFrom } from '../../domain/money.ts';
import type { EngineState, MarketState, OrderId, OrderState } from '../../domain/matching/types.ts';
import { postingFingerprint, type CommandKey } from '../../domain/venue-command.ts';

/** The engine's state as rows, with what the digest of its last batch said of them. */
export interface StoredVenue {
  readonly state: EngineState;
  /** `null` before the first batch. */
  readonly digest: string | null;
  /** The trade token that an open order spent. */
  readonly tokens: ReadonlyMap<OrderId, string>;
}

/** What an earlier command under the same key was. */
export interface KnownKey {
  readonly fingerprint: string;
  /** 0 for a posting. */
  readonly orderId: OrderId;
}

/** What the database knows of a command before it is carried out. */
export interface Known {
  readonly key: KnownKey | null;
  /** Why its trade token was reported as rejected: no order may come of it any more. */
  readonly rejection: string | null;
}

export interface Lookup {
  readonly key: CommandKey | null;
  /** Of its trade token. */
  readonly jti: string | null;
}

/**
 * Fees are credited to account -1: people's ids begin at 1, and 0 is everything outside the venue. Nobody can sign in as it, so no order
 * of the house can meet a customer's.
 */
export const HOUSE_USER_ID = -1;

export class EngineRepository {
  readonly #sql: PreparedQueries;

  /** @param sql as role `writer` */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  /**
   * From its return on no batch of an older epoch can change anything: one under way has been waited for, a later one finds this epoch.
   * @returns false when a newer epoch was first
   */
  async fence(epoch: number): Promise<boolean> {
    const { rowCount } = await this.#sql.query({ name: 'engine-fence', text: 'update trading.engine_state set epoch = $1 where epoch < $1', values: [epoch] });
    return rowCount === 1;
  }

  /** @param snapshot one connection in a read-only repeatable-read transaction: the tables must be of one moment */
  static async load(snapshot: PreparedQueries): Promise<StoredVenue> {
    const all = async <Row extends object>(text: string): Promise<Row[]> => (await snapshot.query<Row>({ name: '', text, values: [] })).rows;
    const [counters] = await all<{ last_order_id: number; last_trade_id: number; state_digest: string | null }>(
      'select last_order_id::float8 as last_order_id, last_trade_id::float8 as last_trade_id, state_digest from trading.engine_state',
    );
    const markets = await all<MarketRow>('select *, sequence::float8 as sequence from trading.markets');
    const rates = await all<{ user_id: string; maker_rate: string; taker_rate: string }>('select user_id, maker_rate::text, taker_rate::text from trading.fee_rates');
    const balances = await all<{ user_id: string; asset: string; available: string; locked: string }>(
      'select user_id, asset, available::text, locked::text from trading.balances where available <> 0 or locked <> 0',
    );
    const orders = await all<OrderRow>(OPEN_ORDERS);
    return {
      state: {
        houseUserId: HOUSE_USER_ID,
        markets: markets.map(toMarketState),
        feeRates: rates.map((row) => ({ userId: Number(row.user_id), makerRate: feeRateFrom(row.maker_rate), takerRate: feeRateFrom(row.taker_rate) })),
        balances: balances.map((row) => ({ userId: Number(row.user_id), asset: row.asset, available: amountFrom(row.available), locked: amountFrom(row.locked) })),
        orders: orders.map(toOrderState),
        lastOrderId: counters!.last_order_id,
        lastTradeId: counters!.last_trade_id,
      },
      digest: counters!.state_digest,
      tokens: new Map(orders.flatMap((row) => (row.trade_token_jti === null ? [] : [[Number(row.id), row.trade_token_jti] as const]))),
    };
  }

  /** What each key stands for already, and which tokens no order may come of. */
  async find(lookups: readonly Lookup[]): Promise<Known[]> {
    const keys = lookups.flatMap(({ key }) => key ?? []);
    const { rows } = await this.#sql.query<KeyRow>({
      name: 'engine-find-keys',
      text: FIND_KEYS,
      values: [keys.map(({ kind }) => kind), keys.map(({ scope }) => scope), keys.map(({ name }) => name), lookups.flatMap(({ jti }) => jti ?? [])],
    });
    const rejections = new Map(rows.flatMap((row) => (row.kind === 'token' ? [[row.name, row.fingerprint ?? 'NEVER_PLACED'] as const] : [])));
    const known = new Map(rows.flatMap((row) => (row.kind === 'token' ? [] : [[`${row.kind} ${row.scope} ${row.name}`, toKnownKey(row)] as const])));
    return lookups.map(({ key, jti }) => ({
      key: (key && known.get(`${key.kind} ${key.scope} ${key.name}`)) ?? null,
      rejection: (jti === null ? null : rejections.get(jti)) ?? null,
    }));
  }

  /** Drops keys past their 90 days, at most so many at once. */
  async purgeKeys(rowsMax: number): Promise<number> {
    const { rowCount } = await this.#sql.query({
      name: 'engine-purge-keys',
      text: `delete from trading.order_keys where ctid = any (array(
        select ctid from trading.order_keys where created_at < now() - interval '90 days' limit $1))`,
      values: [rowsMax],
    });
    return rowCount ?? 0;
  }
}

// A hold is price × what is open for a buyer and what is open for a seller. The engine works it out again and compares.
const OPEN_ORDERS = `
  select id, user_id, symbol, side, type, quantity::text, price::text, filled_quantity::text, filled_notional::text, fee::text, fee_asset, status, reason,
    client_order_id, trade_token_jti, (case side when 'BUY' then price else 1 end * (quantity - filled_quantity))::numeric(30,8)::text as locked,
    round(extract(epoch from created_at) * 1000)::float8 as created_at, round(extract(epoch from updated_at) * 1000)::float8 as updated_at
  from trading.orders where status in ('PENDING', 'PARTIAL')`;

const FIND_KEYS = `
  with input as (select * from unnest($1::text[], $2::text[], $3::text[]) as t(kind, scope, name))
  select i.kind, i.scope, i.name, k.fingerprint, k.order_id::float8 as order_id, null as debit_account, null as credit_account, null as asset, null as amount
    from input i join trading.order_keys k on k.user_id = i.scope::bigint and k.client_order_id = i.name where i.kind = 'order'
  union all
  select i.kind, i.scope, i.name, null, 0, j.debit_account, j.credit_account, j.asset, j.amount::text
    from input i join trading.journal j on j.cause = i.scope and j.reference = i.name where i.kind = 'posting'
  union all
  select 'token', '', jti::text, refusal, 0, null, null, null, null
    from trading.execution_reports where jti = any ($4::uuid[]) and order_id is null and status = 'rejected'`;

interface KeyRow {
  kind: CommandKey['kind'] | 'token';
  scope: string;
  name: string;
  fingerprint: string | null;
  order_id: number;
  debit_account: string | null;
  credit_account: string | null;
  asset: string | null;
  amount: string | null;
}

function toKnownKey(row: KeyRow): KnownKey {
  if (row.fingerprint !== null) return { fingerprint: row.fingerprint, orderId: row.order_id };
  const arrives = row.debit_account === '0';
  const user = Number(arrives ? row.credit_account : row.debit_account);
  return { fingerprint: postingFingerprint(arrives ? 'credit' : 'debit', user, row.asset!, amountFrom(row.amount!)), orderId: 0 };
}

export interface MarketRow {
  symbol: string;
  base_asset: string;
  quote_asset: string;
  tick: string;
  lot: string;
  min_price: string;
  max_price: string;
  min_quantity: string;
  max_quantity: string;
  min_notional: string;
  status: 'open' | 'halted';
  sequence: number;
}

function toMarketState(row: MarketRow): MarketState {
  return {
    symbol: row.symbol,
    baseAsset: row.base_asset,
    quoteAsset: row.quote_asset,
    tick: amountFrom(row.tick),
    lot: amountFrom(row.lot),
    minPrice: amountFrom(row.min_price),
    maxPrice: amountFrom(row.max_price),
    minQuantity: amountFrom(row.min_quantity),
    maxQuantity: amountFrom(row.max_quantity),
    minNotional: amountFrom(row.min_notional),
    status: row.status,
    sequence: row.sequence,
  };
}

/** An order as stored; ids as text, times as milliseconds since 1970. */
export interface OrderRow {
  id: string;
  user_id: string;
  symbol: string;
  side: OrderState['side'];
  type: OrderState['type'];
  quantity: string;
  price: string | null;
  filled_quantity: string;
  filled_notional: string;
  fee: string;
  fee_asset: string;
  status: OrderState['status'];
  reason: OrderState['reason'];
  client_order_id: string | null;
  trade_token_jti: string | null;
  locked: string;
  created_at: number;
  updated_at: number;
}

export function toOrderState(row: OrderRow): OrderState {
  return {
    id: Number(row.id),
    userId: Number(row.user_id),
    symbol: row.symbol,
    side: row.side,
    type: row.type,
    quantity: amountFrom(row.quantity),
    price: row.price === null ? null : amountFrom(row.price),
    filledQuantity: amountFrom(row.filled_quantity),
    filledNotional: amountFrom(row.filled_notional),
    fee: amountFrom(row.fee),
    feeAsset: row.fee_asset,
    status: row.status,
    reason: row.reason,
    locked: amountFrom(row.locked),
    clientOrderId: row.client_order_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
