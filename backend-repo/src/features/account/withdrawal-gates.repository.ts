import type { Sql } from '../../db/connection.ts';

/** What must be so before somebody may withdraw. */
export interface Withdrawer {
  readonly email: string;
  /** Staff knows who this is. */
  readonly approved: boolean;
  readonly second_factor: boolean;
  readonly credentials_changed_at: Date | null;
}

/** People. Whether their second factor is on is seen only by a transaction that names them. */
export class WithdrawersRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(userId: number): Promise<Withdrawer> {
    const { rows } = (await this.#sql.raw(
      `select email, kyc_status = 'approved' as approved, credentials_changed_at,
         exists (select from auth.second_factors f where f.user_id = u.id and f.state = 'on') as second_factor
       from auth.users u where id = ?`,
      [userId],
    )) as { rows: Withdrawer[] };
    return rows[0]!;
  }
}
