import type { Sql } from '../../db/connection.ts';

export type KycStatus = 'pending' | 'approved' | 'rejected';

export interface KycSubmissionRow {
  id: string;
  user_id: number;
  status: KycStatus;
  submitted_at: Date;
  decided_at: Date | null;
  reason: string | null;
}

export interface NewKycSubmission {
  readonly id: string;
  readonly userId: number;
  readonly detailsSealed: string;
  readonly at: number;
}

const COLUMNS = 'id, user_id::float8 as user_id, status, submitted_at, decided_at, reason';

/** A user's own submissions, `asUser`. */
export class OwnKycRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** False when another one waits already. */
  async add({ id, userId, detailsSealed, at }: NewKycSubmission): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `insert into auth.kyc_submissions (id, user_id, details_sealed, submitted_at) values (?, ?, ?, ?)
       on conflict (user_id) where status = 'pending' do nothing returning id`,
      [id, userId, detailsSealed, new Date(at)],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  async latest(userId: number): Promise<KycSubmissionRow | null> {
    return (await rowsOf<KycSubmissionRow>(this.#sql, `select ${COLUMNS} from auth.kyc_submissions where user_id = ? order by id desc limit 1`, [userId]))[0] ?? null;
  }

  /** What the account is held for. */
  async statusOf(userId: number): Promise<KycStatus> {
    return (await rowsOf<{ kyc_status: KycStatus }>(this.#sql, 'select kyc_status from auth.users where id = ?', [userId]))[0]!.kyc_status;
  }

  /** The same, and nobody decides on the account until the transaction ends. */
  async holdStatus(userId: number): Promise<KycStatus> {
    return (await rowsOf<{ kyc_status: KycStatus }>(this.#sql, 'select kyc_status from auth.users where id = ? for share', [userId]))[0]!.kyc_status;
  }
}

/** Everybody's, as role `writer`. */
export class KycRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Holds the trader's row until the transaction ends; `null` when there is no such trader. */
  async lockStatus(userId: number): Promise<KycStatus | null> {
    return (await rowsOf<{ kyc_status: KycStatus }>(this.#sql, `select kyc_status from auth.users where id = ? and role = 'user' for update`, [userId]))[0]?.kyc_status ?? null;
  }

  async latest(userId: number): Promise<(KycSubmissionRow & { details_sealed: string }) | null> {
    const text = `select ${COLUMNS}, details_sealed from auth.kyc_submissions where user_id = ? order by id desc limit 1`;
    return (await rowsOf<KycSubmissionRow & { details_sealed: string }>(this.#sql, text, [userId]))[0] ?? null;
  }

  /** False when the trader has sent another one since. */
  async decide(submissionId: string, status: 'approved' | 'rejected', reason: string, decidedBy: number, at: number): Promise<boolean> {
    const rows = await rowsOf(
      this.#sql,
      `update auth.kyc_submissions s set status = ?, reason = ?, decided_by = ?, decided_at = ?
       where id = ? and not exists (select from auth.kyc_submissions newer where newer.user_id = s.user_id and newer.id > s.id) returning id`,
      [status, reason, decidedBy, new Date(at), submissionId],
    );
    return rows.length === 1;
  }

  async setStatus(userId: number, status: KycStatus, at: number): Promise<void> {
    await this.#sql('auth.users').where({ id: userId }).update({ kyc_status: status, updated_at: new Date(at) });
  }
}

async function rowsOf<Row>(sql: Sql, text: string, values: readonly (string | number | Date)[]): Promise<Row[]> {
  const { rows } = (await sql.raw(text, values as string[])) as { rows: Row[] };
  return rows;
}
