import type { PreparedQueries, Sql } from '../../db/connection.ts';

export interface BalanceRow {
  asset: string;
  available: string;
  locked: string;
}

/** A user's own balances: row-level security decides whose they are, so every call is made `asUser`. */
export class BalancesRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async list(): Promise<BalanceRow[]> {
    const { rows } = (await this.#sql.raw('select asset, available::text, locked::text from trading.balances order by asset')) as { rows: BalanceRow[] };
    return rows;
  }

  async find(asset: string): Promise<BalanceRow | null> {
    const { rows } = (await this.#sql.raw('select asset, available::text, locked::text from trading.balances where asset = ?', [asset])) as { rows: BalanceRow[] };
    return rows[0] ?? null;
  }

  /** Is it traded on any market here? */
  async isAsset(asset: string): Promise<boolean> {
    const { rows } = (await this.#sql.raw('select exists (select from trading.markets where ? in (base_asset, quote_asset)) as known', [asset])) as { rows: { known: boolean }[] };
    return rows[0]!.known;
  }
}

/** Under which anonymous name the operator of the widget knows each user. */
export class WidgetUsersRepository {
  readonly #sql: PreparedQueries;

  /** @param sql as role `writer`: a name is looked up before anybody is known to ask */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  async add(exchangeUserId: string, userId: number): Promise<void> {
    await this.#sql.query({
      name: 'widget-users-add',
      text: 'insert into trading.widget_users (exchange_user_id, user_id) values ($1, $2) on conflict do nothing',
      values: [exchangeUserId, userId],
    });
  }

  async findUser(exchangeUserId: string): Promise<number | null> {
    const { rows } = await this.#sql.query<{ user_id: number }>({
      name: 'widget-users-find',
      text: 'select user_id::float8 as user_id from trading.widget_users where exchange_user_id = $1',
      values: [exchangeUserId],
    });
    return rows[0]?.user_id ?? null;
  }
}
