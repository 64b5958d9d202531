import type { PreparedQueries } from '../../db/connection.ts';
import { feeRateFrom } from '../../domain/fee.ts';
import { amountFrom } from '../../domain/money.ts';
import { MARKET_COLUMNS, toMarketState, type MarketRow } from '../../db/market-row.ts';
import type { EngineState, OrderId } from '../../domain/matching/types.ts';
import { postingFingerprint, type CommandKey } from '../../domain/venue-command.ts';
import { ORDER_COLUMNS, toStoredOrder, type OrderRow } from './engine-rows.repository.ts';

/** The engine's state as rows, with what the digest of its last batch said of them. */
export interface StoredVenue {
  readonly state: EngineState;
  /** `null` before the first batch, and after one of a version that writes no digest of this form. */
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

/** Which order a key names. People's ids begin at 1. */
export interface KeyPlace {
  readonly userId: number;
  readonly clientOrderId: string;
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
    const [counters] = await all<CountersRow>(COUNTERS);
    const markets = await all<MarketRow>(MARKETS);
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
        orders: orders.map(toStoredOrder),
        lastOrderId: counters!.last_order_id,
        lastTradeId: counters!.last_trade_id,
        lastPriority: counters!.last_priority,
      },
      digest: counters!.digest,
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

  /** How many keys there are, about. */
  async keysExpected(): Promise<number> {
    const { rows } = await this.#sql.query<{ keys: number }>({
      name: '', text: `select greatest(reltuples, 0)::float8 as keys from pg_class where oid = 'trading.order_keys'::regclass`, values: [],
    });
    return rows[0]!.keys;
  }

  /** A page of all keys, in the order of their place. */
  async keysAfter(after: KeyPlace | null, rowsMax: number): Promise<KeyPlace[]> {
    const { rows } = await this.#sql.query<{ user_id: string; client_order_id: string }>({
      name: 'engine-keys-after',
      text: `select user_id, client_order_id from trading.order_keys where (user_id, client_order_id) > ($1, $2) order by user_id, client_order_id limit $3`,
      values: [after?.userId ?? 0, after?.clientOrderId ?? '', rowsMax],
    });
    return rows.map((row) => ({ userId: Number(row.user_id), clientOrderId: row.client_order_id }));
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

interface CountersRow {
  last_order_id: number;
  last_trade_id: number;
  last_priority: number;
  digest: string | null;
}

// Only the digest of the very last batch says anything: a version that writes none may have run since.
const COUNTERS = `
  select last_order_id::float8 as last_order_id, last_trade_id::float8 as last_trade_id, greatest(last_priority, last_order_id)::float8 as last_priority,
    case when digest_batches = batches then digest end as digest from trading.engine_state`;

const MARKETS = `select ${MARKET_COLUMNS} from trading.markets`;

const OPEN_ORDERS = `select ${ORDER_COLUMNS} from trading.orders where status in ('PENDING', 'PARTIAL')`;

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
