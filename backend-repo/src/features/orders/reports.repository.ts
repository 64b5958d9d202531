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
const REJECTED = `status = 'rejected', refusal = $1, version = 1, next_attempt_at = clock_timestamp()`;
const UNSEEN = 'version = 0 and order_id is null';

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
          where reported_version < version and next_attempt_at <= statement_timestamp() order by next_attempt_at limit $1 for update skip locked
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

  /**
   * A token is about to be spent here.
   * @param now milliseconds since 1970
   * @returns what `forget` needs, or `null` when it is on record already; then whoever put it there cannot take it off any more
   */
  async expect(jti: string, userId: number, now: number): Promise<string | null> {
    const { rows } = await this.#sql.query<{ mark: string; fresh: boolean }>({
      name: 'reports-expect',
      text: `insert into trading.execution_reports as r (jti, user_id, executed_at, version, next_attempt_at)
        values ($1, $2, to_timestamp($3::float8 / 1000), 0, clock_timestamp())
        on conflict (jti) do update set next_attempt_at = clock_timestamp() where r.version = 0 and r.order_id is null
        returning next_attempt_at::text as mark, xmax = 0 as fresh`,
      values: [jti, userId, now],
    });
    return rows[0]?.fresh ? rows[0].mark : null;
  }

  /** It was not spent, for sure. @param mark of `expect`: another request with the same token that came since is left alone */
  async forget(jti: string, mark: string): Promise<void> {
    await this.#sql.query({
      name: 'reports-forget',
      text: `delete from trading.execution_reports where jti = $1 and next_attempt_at = $2::timestamptz and ${UNSEEN}`,
      values: [jti, mark],
    });
  }

  /** The engine will never see the order of this spent token. Changes nothing when it has seen it. */
  async reject(jti: string, refusal: string): Promise<void> {
    await this.#sql.query({
      name: 'reports-reject',
      text: `update trading.execution_reports set ${REJECTED} where jti = $2 and ${UNSEEN}`,
      values: [refusal, jti],
    });
  }

  /** The same for every order that was on the way so long that it cannot arrive any more: its node died, or lost the connection. */
  async rejectLost(refusal: string, seconds: number, rowsMax: number): Promise<void> {
    await this.#sql.query({
      name: 'reports-reject-lost',
      text: `update trading.execution_reports set ${REJECTED}
        where jti = any (array(select jti from trading.execution_reports where ${UNSEEN} and next_attempt_at < statement_timestamp() - make_interval(secs => $2) limit $3))
          and ${UNSEEN}`,
      values: [refusal, seconds, rowsMax],
    });
  }

  /** Was this token spent here? */
  async isKnown(jti: string): Promise<boolean> {
    const { rowCount } = await this.#sql.query({ name: 'reports-known', text: 'select 1 from trading.execution_reports where jti = $1', values: [jti] });
    return rowCount === 1;
  }
}
