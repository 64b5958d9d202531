import type { PreparedQueries } from '../../db/connection.ts';

/** A report that is due. Quantity and price are totals so far. */
export interface DueReport {
  readonly jti: string;
  readonly version: number;
  readonly status: 'executed' | 'partially_executed' | 'rejected' | 'expired';
  readonly quantity: string;
  readonly price: string | null;
  readonly order_id: string | null;
  readonly executed_at: Date;
}

const CLAIM_SECONDS = 30;

export class ReportsRepository {
  readonly #sql: PreparedQueries;

  /** @param sql as role `writer` */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  /** Takes reports for itself for 30 seconds; after that, unless they are done, they are due again, each time a little later. */
  async claim(reportsMax: number): Promise<DueReport[]> {
    const { rows } = await this.#sql.query<DueReport>({
      name: 'reports-claim',
      text: `update trading.execution_reports r
        set attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => least(600, ${CLAIM_SECONDS} * power(2, least(attempts, 10))))
        from (
          select jti from trading.execution_reports
          where reported_version < version and next_attempt_at <= clock_timestamp() order by next_attempt_at limit $1 for update skip locked
        ) due
        where r.jti = due.jti
        returning r.jti, r.version, r.status, trim_scale(r.quantity)::text as quantity, trim_scale(r.price)::text as price, r.order_id, r.executed_at`,
      values: [reportsMax],
    });
    return rows;
  }

  /** What was reported up to these versions. A row that has changed since stays due. */
  async done(reports: readonly { jti: string; version: number; refused: string | null }[]): Promise<void> {
    await this.#sql.query({
      name: 'reports-done',
      text: `update trading.execution_reports r set reported_version = t.version, attempts = 0, operator_refused = t.refused
        from unnest($1::uuid[], $2::integer[], $3::text[]) as t(jti, version, refused) where r.jti = t.jti and r.reported_version < t.version`,
      values: [reports.map(({ jti }) => jti), reports.map(({ version }) => version), reports.map(({ refused }) => refused)],
    });
  }

  /** Not delivered: due again in a moment. */
  async retry(jtis: readonly string[]): Promise<void> {
    await this.#sql.query({
      name: 'reports-retry',
      text: `update trading.execution_reports set next_attempt_at = clock_timestamp() + make_interval(secs => least(600, power(2, least(attempts, 10)))) where jti = any ($1::uuid[])`,
      values: [jtis],
    });
  }

  /** A token was spent, but the engine never saw its order. Changes nothing when it has. @param now milliseconds since 1970 */
  async addRejected(jti: string, userId: number, refusal: string, now: number): Promise<void> {
    await this.#sql.query({
      name: 'reports-add-rejected',
      text: `insert into trading.execution_reports (jti, user_id, refusal, status, executed_at, version)
        values ($1, $2, $3, 'rejected', to_timestamp($4::float8 / 1000), 1) on conflict do nothing`,
      values: [jti, userId, refusal, now],
    });
  }

  /** Has this venue's engine seen an order with this token? */
  async isKnown(jti: string): Promise<boolean> {
    const { rowCount } = await this.#sql.query({ name: 'reports-known', text: 'select 1 from trading.execution_reports where jti = $1', values: [jti] });
    return rowCount === 1;
  }
}
