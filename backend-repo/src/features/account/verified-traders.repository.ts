import type { Sql } from '../../db/connection.ts';

export interface KycChange {
  readonly userId: number;
  readonly approved: boolean;
}

/** Whose identity staff has approved. */
export class VerifiedTradersRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async listApproved(): Promise<number[]> {
    const { rows } = (await this.#sql.raw(`select id::float8 as id from auth.users where kyc_status = 'approved'`)) as { rows: { id: number }[] };
    return rows.map(({ id }) => id);
  }

  /** What was decided within so many seconds, by the clock of the database. */
  async listChanged(seconds: number): Promise<KycChange[]> {
    const { rows } = (await this.#sql.raw(
      `select id::float8 as "userId", kyc_status = 'approved' as approved from auth.users where kyc_changed_at > now() - make_interval(secs => ?)`,
      [seconds],
    )) as { rows: KycChange[] };
    return rows;
  }
}
