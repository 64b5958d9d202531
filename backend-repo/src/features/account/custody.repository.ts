import type { Sql } from '../../db/connection.ts';
import type { CustodyAnswer } from './custody.gateway.ts';

export interface HandedOver {
  id: string;
  asset: string;
  amount: string;
  address: string;
  /** The custodian is asked for the first time. */
  first: boolean;
}

/** Withdrawals in the custodian's hands, as role `writer`. */
export class CustodyRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Those that are due to be asked for, the longest not asked for first; they are the custodian's from here on. Two nodes get different ones. */
  async claim(at: number, askedBefore: number, limit: number): Promise<HandedOver[]> {
    const { rows } = (await this.#sql.raw(
      `with due as (
         select id, custody_since is null as first from trading.withdrawals
         where approvals_needed = 1 and funds = 'taken' and (custody_asked_at is null or custody_asked_at <= ?)
           and (status = 'approved' or (status = 'sent' and custody_since is not null))
         order by custody_asked_at nulls first, id limit ? for update skip locked
       )
       update trading.withdrawals w set custody_since = coalesce(w.custody_since, ?), custody_asked_at = ? from due where w.id = due.id
       returning w.id, w.asset, w.amount::text, w.address, due.first`,
      [new Date(askedBefore), limit, new Date(at), new Date(at)] as unknown[] as string[],
    )) as { rows: HandedOver[] };
    return rows;
  }

  /** What the custodian said, where that is news. @returns the status before, or `null` when nothing changed */
  async record(id: string, { status, reference }: CustodyAnswer, at: number): Promise<string | null> {
    const { rows } = (await this.#sql.raw(
      `with before as (select id, status from trading.withdrawals where id = ? and custody_since is not null and funds = 'taken' and status in ('approved', 'sent') and status <> ? for update)
       update trading.withdrawals w set status = ?, funds = case when ? = 'failed' then 'to_return' else 'taken' end, reference = coalesce(?, w.reference), updated_at = ?
       from before where w.id = before.id returning before.status`,
      [id, status, status, status, reference ?? null, new Date(at)] as unknown[] as string[],
    )) as { rows: { status: string }[] };
    return rows[0]?.status ?? null;
  }
}
