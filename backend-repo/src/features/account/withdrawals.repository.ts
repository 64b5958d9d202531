import type { Sql } from '../../db/connection.ts';
import type { TransfersQuery, WITHDRAWAL_STATUSES } from './account.schema.ts';
import type { NewTransfer } from './deposits.repository.ts';

export type WithdrawalStatus = (typeof WITHDRAWAL_STATUSES)[number];
/** Where the money of a withdrawal is. `refused`: there was not enough, and none was taken. */
export type WithdrawalFunds = 'to_take' | 'taken' | 'to_return' | 'returned' | 'refused';

/** What the engine said no with, so that asking again answers the same. */
export interface StoredRefusal {
  code: string;
  details?: Record<string, unknown>;
}

export interface WithdrawalRow {
  id: string;
  user_id: number;
  asset: string;
  amount: string;
  address: string;
  status: WithdrawalStatus;
  funds: WithdrawalFunds;
  refusal: StoredRefusal | null;
  reason: string | null;
  /** `null`: nobody has approved it yet. Above one it is in the cold queue. */
  approvals_needed: number | null;
  reference: string | null;
  /** Since then only the custodian's answers move it. */
  custody_since: Date | null;
  fingerprint: string;
  created_at: Date;
  updated_at: Date;
}

export interface WithdrawalChange {
  readonly status: WithdrawalStatus;
  readonly funds: WithdrawalFunds;
  readonly reason: string;
  readonly reference?: string;
}

export interface Approval {
  readonly id: string;
  readonly approverId: number;
  readonly reason: string;
  readonly at: number;
}

/** Decimal. What is worth more in that asset, or has no price in it, takes two approvers. */
export interface ColdAbove {
  readonly asset: string;
  readonly worth: string;
}

const COLUMNS = 'id, user_id::float8 as user_id, asset, amount::text, address, status, funds, refusal, reason, approvals_needed, reference, custody_since, fingerprint, created_at, updated_at';
const JUDGE = `
  update trading.withdrawals w set approvals_needed = case when coalesce(w.amount * case when w.asset = ? then 1
    else (select max(m.last_price) from trading.markets m where m.base_asset = w.asset and m.quote_asset = ?) end <= ?::numeric, false) then 1 else 2 end
  where w.id = ? and w.approvals_needed is null`;

/** Withdrawals: a user's own `asUser`, all of them as role `writer`. */
export class WithdrawalsRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Staff knows who this user is. */
  async isApproved(userId: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(`select exists (select from auth.users where id = ? and kyc_status = 'approved') as approved`, [userId])) as { rows: { approved: boolean }[] };
    return rows[0]!.approved;
  }

  async isKnown(userId: number, key: string): Promise<boolean> {
    return (await this.#all('user_id = ? and idempotency_key = ?', [userId, key])).length > 0;
  }

  /** The withdrawal that has this user's key: the new one, or the one that was first. */
  async claim({ id, userId, asset, amount, address, key, fingerprint, at }: NewTransfer & { readonly address: string }): Promise<WithdrawalRow> {
    await this.#sql.raw(
      `insert into trading.withdrawals (id, user_id, asset, amount, address, idempotency_key, fingerprint, created_at, updated_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (user_id, idempotency_key) do nothing`,
      [id, userId, asset, amount, address, key, fingerprint, new Date(at), new Date(at)],
    );
    return (await this.#all('user_id = ? and idempotency_key = ?', [userId, key]))[0]!;
  }

  /** Holds the row until the transaction ends. */
  async lock(id: string): Promise<WithdrawalRow | null> {
    return (await this.#all('id = ? for update', [id]))[0] ?? null;
  }

  /** What staff decided. */
  async record(id: string, { status, funds, reason, reference }: WithdrawalChange, at: number): Promise<void> {
    const values = [status, funds, reason, reference ?? null, new Date(at), id];
    await this.#sql.raw('update trading.withdrawals set status = ?, funds = ?, reason = ?, reference = coalesce(?, reference), updated_at = ? where id = ?', values as unknown[] as string[]);
  }

  /** How many approvers it takes, by what it is worth now; once judged it stays so. */
  async judge(id: string, { asset, worth }: ColdAbove): Promise<void> {
    await this.#sql.raw(JUDGE, [asset, asset, worth, id]);
  }

  /** One of us approves it, once, and never its own user. @returns whether that was new */
  async addApproval({ id, approverId, reason, at }: Approval): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `insert into trading.withdrawal_approvals (withdrawal_id, approver_id, reason, created_at)
       select id, ?, ?, ? from trading.withdrawals where id = ? and user_id <> ? and status = 'requested' and funds = 'taken'
       on conflict (withdrawal_id, approver_id) do nothing returning approver_id`,
      [approverId, reason, new Date(at), id, approverId] as unknown[] as string[],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  /** Who approved them, first to last. */
  async approvals(ids: readonly string[]): Promise<{ id: string; approver_id: number }[]> {
    const { rows } = (await this.#sql.raw(
      'select withdrawal_id as id, approver_id::float8 as approver_id from trading.withdrawal_approvals where withdrawal_id = any(?::uuid[]) order by created_at, approver_id',
      [ids] as unknown[] as string[],
    )) as { rows: { id: string; approver_id: number }[] };
    return rows;
  }

  /** Approved, when as many have approved it as it takes. @returns whether that was now */
  async approveWhenEnough(id: string, reason: string, at: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `update trading.withdrawals set status = 'approved', reason = ?, updated_at = ? where id = ? and status = 'requested' and funds = 'taken'
         and (select count(*) from trading.withdrawal_approvals where withdrawal_id = id) >= coalesce(approvals_needed, 2) returning id`,
      [reason, new Date(at), id] as unknown[] as string[],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  async find(id: string): Promise<WithdrawalRow | null> {
    return (await this.#all('id = ?', [id]))[0] ?? null;
  }

  /** Its money is with us. Where somebody who asked at another moment was refused, it goes back. */
  async recordTaken(id: string, at: number): Promise<void> {
    await this.#sql.raw(
      `update trading.withdrawals set funds = case funds when 'to_take' then 'taken' else 'to_return' end, updated_at = ? where id = ? and funds in ('to_take', 'refused')`,
      [new Date(at), id] as unknown[] as string[],
    );
  }

  async recordRefused(id: string, refusal: StoredRefusal, at: number): Promise<void> {
    await this.#sql.raw(`update trading.withdrawals set status = 'rejected', funds = 'refused', refusal = ?, reason = ?, updated_at = ? where id = ? and funds = 'to_take'`, [
      JSON.stringify(refusal), refusal.code, new Date(at), id,
    ] as unknown[] as string[]);
  }

  async recordReturned(id: string, at: number): Promise<void> {
    await this.#sql.raw(`update trading.withdrawals set funds = 'returned', updated_at = ? where id = ? and funds = 'to_return'`, [new Date(at), id] as unknown[] as string[]);
  }

  /** Newest first, at most `limit`. */
  list({ status, userId, cursor, limit }: TransfersQuery): Promise<WithdrawalRow[]> {
    const optional = [cursor ?? null, cursor ?? null, status ?? null, status ?? null, userId ?? null, userId ?? null];
    return this.#all('(?::uuid is null or id < ?::uuid) and (?::text is null or status = ?) and (?::bigint is null or user_id = ?) order by id desc limit ?', [...optional, limit]);
  }

  /** Those whose money is not where it shall be, as far as is known, since before that time. */
  async unfinished(before: number, limit: number): Promise<string[]> {
    return (await this.#all(`funds in ('to_take', 'to_return') and updated_at <= ? order by updated_at limit ?`, [new Date(before), limit])).map(({ id }) => id);
  }

  /** A refused one whose money left all the same: a command that was thought lost arrived after the one that was refused. It goes back. */
  async returnWhatLeft(since: number, at: number): Promise<number> {
    const { rows } = (await this.#sql.raw(
      `update trading.withdrawals w set funds = 'to_return', updated_at = ?
       where status = 'rejected' and funds = 'refused' and updated_at >= ?
         and exists (select from trading.journal j where j.cause = 'WITHDRAWAL' and j.reference = 'withdrawal:' || w.id)
       returning id`,
      [new Date(at), new Date(since)],
    )) as { rows: unknown[] };
    return rows.length;
  }

  async #all(where: string, values: unknown[]): Promise<WithdrawalRow[]> {
    const { rows } = (await this.#sql.raw(`select ${COLUMNS} from trading.withdrawals where ${where}`, values as string[])) as { rows: WithdrawalRow[] };
    return rows;
  }
}
