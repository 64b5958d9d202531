import type { Sql } from '../../db/connection.ts';
import type { Severity } from '../../domain/risk/finding.ts';

export interface DueAlert {
  readonly kind: string;
  /** The worst of them, and what it says. */
  readonly severity: Severity;
  readonly description: string | null;
  readonly events: number;
}

export class RiskAlertsRepository {
  readonly #sql: Sql;

  /** @param sql as role `writer` */
  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Grave events of the last day that nobody was told of, one line per kind; none of a kind that somebody was told of less than `pauseSeconds` ago.
   * Whoever gets a line has it alone, and has to tell in the same transaction.
   */
  async claim(pauseSeconds: number): Promise<DueAlert[]> {
    const { rows } = (await this.#sql.raw(
      `with due as (
         select kind, count(*)::int as events, max(alert_due_at) as latest,
           (array_agg(severity order by trading.risk_severity_rank(severity) desc, alert_due_at desc))[1] as severity,
           (array_agg(description order by trading.risk_severity_rank(severity) desc, alert_due_at desc))[1] as description
         from trading.risk_events where alert_due_at > clock_timestamp() - interval '1 day' group by kind
       ), told as (
         insert into trading.risk_alerts as a (kind, told_at) select kind, clock_timestamp() from due
         on conflict (kind) do update set told_at = excluded.told_at where a.told_at <= excluded.told_at - make_interval(secs => ?)
         returning kind
       ), cleared as (
         update trading.risk_events e set alert_due_at = null from due join told using (kind) where e.kind = due.kind and e.alert_due_at <= due.latest
       )
       select due.kind, due.severity, due.description, due.events from due join told using (kind) order by due.kind`,
      [pauseSeconds],
    )) as { rows: DueAlert[] };
    return rows;
  }
}
