import type { PreparedQueries } from '../../db/connection.ts';
import type { ExecutionReport, Ordered, PriceLimit } from '../../domain/execution-report.ts';
import { amountFrom, formatAmount } from '../../domain/money.ts';

export interface ReportedToken {
  readonly exchangeUserId: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly ordered: Ordered;
  /** `null` for an order that may trade at more than one limit, or at any price. */
  readonly limit: PriceLimit | null;
  readonly latest: ExecutionReport | null;
  /** Whether the partner signed that one. */
  readonly signed: boolean;
}

/** What a partner signed, byte for byte. */
export interface ReportEvidence {
  readonly evidenceId: string;
  readonly exchangeId: string;
  readonly kid: string;
  readonly signature: string;
  readonly body: Buffer;
}

export interface NewExecution extends ExecutionReport {
  readonly jti: string;
}

interface TokenRow {
  jti: string;
  exchange_user_id: string;
  issued_at: Date;
  quantity: string | null;
  quote_amount: string | null;
  side: PriceLimit['side'];
  limit: string | null;
  status: ExecutionReport['status'] | null;
  executed_quantity: string | null;
  price: string | null;
  order_id: string | null;
  executed_at: Date | null;
  signed: boolean;
}

export class ExecutionsRepository {
  readonly #sql: PreparedQueries;

  /** @param sql one connection inside a transaction, as role `writer` */
  constructor(sql: PreparedQueries) {
    this.#sql = sql;
  }

  /** Reports of one partner are taken one batch at a time, so that what is read stays true until it is written. */
  async lockPartner(exchangeId: string): Promise<void> {
    await this.#sql.query({ name: 'lock-executions', text: `select pg_advisory_xact_lock(hashtextextended('executions ' || $1, 0))`, values: [exchangeId] });
  }

  async findTokens(exchangeId: string, jtis: readonly string[]): Promise<Map<string, ReportedToken>> {
    const { rows } = await this.#sql.query<TokenRow>({
      name: 'reported-tokens',
      text: `select t.jti, t.exchange_user_id, t.issued_at, t.quantity::text, t.terms->>'quoteAmount' as quote_amount, t.side,
          case when t.type in ('LIMIT', 'STOP_LIMIT', 'ICEBERG') then t.price::text end as limit, x.status, x.quantity::text as executed_quantity, x.price::text, x.order_id, x.executed_at,
          coalesce(x.evidence_id, l.evidence_id) is not null as signed
        from widget.trade_tokens t
        left join lateral (
          select * from widget.executions e where e.jti = t.jti order by e.quantity desc, e.reported_at desc limit 1
        ) x on true
        left join widget.report_evidence_links l on l.jti = x.jti and l.quantity = x.quantity and l.status = x.status
        where t.jti = any ($1::uuid[]) and t.exchange_id = $2`,
      values: [jtis, exchangeId],
    });
    return new Map(rows.map((row) => [row.jti, {
      exchangeUserId: row.exchange_user_id,
      issuedAt: row.issued_at.getTime(),
      ordered: row.quantity === null ? { quoteAmount: amountFrom(row.quote_amount!) } : amountFrom(row.quantity),
      limit: row.limit === null ? null : { side: row.side, price: amountFrom(row.limit) },
      latest: toReport(row),
      signed: row.signed,
    }]));
  }

  /** @param now milliseconds since 1970 */
  async insertEvidence({ evidenceId, exchangeId, kid, signature, body }: ReportEvidence, now: number): Promise<void> {
    await this.#sql.query({
      name: 'insert-report-evidence',
      text: `insert into widget.report_evidence (evidence_id, exchange_id, kid, signature, body, received_at) values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000))`,
      values: [evidenceId, exchangeId, kid, signature, body, now],
    });
  }

  /** Reports on record that this evidence proves as well. */
  async linkEvidence(exchangeId: string, executions: readonly NewExecution[], evidenceId: string, now: number): Promise<void> {
    await this.#sql.query({
      name: 'link-report-evidence',
      text: `insert into widget.report_evidence_links (jti, exchange_id, quantity, status, evidence_id, linked_at)
        select jti, $2, quantity, status, $5, to_timestamp($6::float8 / 1000) from unnest($1::uuid[], $3::numeric[], $4::text[]) as t(jti, quantity, status)`,
      values: [
        executions.map(({ jti }) => jti), exchangeId, executions.map(({ quantity }) => formatAmount(quantity)), executions.map(({ status }) => status), evidenceId, now,
      ],
    });
  }

  /**
   * @param evidenceId what the partner signed, if it did
   * @param now milliseconds since 1970
   */
  async insert(exchangeId: string, executions: readonly NewExecution[], evidenceId: string | null, now: number): Promise<void> {
    await this.#sql.query({
      name: 'insert-executions',
      text: `insert into widget.executions (jti, exchange_id, status, quantity, price, order_id, executed_at, reported_at, evidence_id)
        select jti, $2, status, quantity, price, order_id, to_timestamp(executed_at / 1000), to_timestamp($8::float8 / 1000), $9::uuid
        from unnest($1::uuid[], $3::text[], $4::numeric[], $5::numeric[], $6::text[], $7::float8[])
          as t(jti, status, quantity, price, order_id, executed_at)`,
      values: [
        executions.map(({ jti }) => jti),
        exchangeId,
        executions.map(({ status }) => status),
        executions.map(({ quantity }) => formatAmount(quantity)),
        executions.map(({ price }) => (price === null ? null : formatAmount(price))),
        executions.map(({ orderId }) => orderId),
        executions.map(({ executedAt }) => executedAt),
        now,
        evidenceId,
      ],
    });
  }
}

function toReport(row: TokenRow): ExecutionReport | null {
  if (row.status === null) return null;
  return {
    status: row.status,
    quantity: amountFrom(row.executed_quantity!),
    price: row.price === null ? null : amountFrom(row.price),
    orderId: row.order_id!,
    executedAt: row.executed_at!.getTime(),
  };
}
