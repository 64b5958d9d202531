import type { Sql } from '../../db/connection.ts';
import type { TransfersQuery, WITHDRAWAL_STATUSES } from './account.schema.ts';

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
  /** Until then its owner may confirm it by the link in the mail; `null`: no mail has gone out. */
  confirm_until: Date | null;
  /** Since then only the custodian's answers move it. */
  custody_since: Date | null;
  fingerprint: string;
  created_at: Date;
  updated_at: Date;
}

export interface WithdrawalChange {
  readonly status: WithdrawalStatus;
  readonly funds: WithdrawalFunds;
  readonly reason: string | null;
  readonly reference?: string;
}

/** What its owner gets by mail, as we keep it. */
export interface ConfirmLink {
  readonly tokenHash: Buffer;
  readonly until: number;
}

export interface Approval {
  readonly id: string;
  readonly approverId: number;
  readonly reason: string;
  readonly at: number;
}

/** Decimal. What is worth more in that asset, with the owner's others of a day, or has no price in it, takes two approvers. */
export interface ColdAbove {
  readonly asset: string;
  readonly worth: string;
}

const COLUMNS = 'id, user_id::float8 as user_id, asset, amount::text, address, status, funds, refusal, reason, approvals_needed, reference, confirm_until, custody_since, fingerprint, created_at, updated_at';
/** What one unit is worth by the last price; null: it has none. */
const PRICE = 'case when w.asset = ? then 1 else (select max(m.last_price) from trading.markets m where m.base_asset = w.asset and m.quote_asset = ?) end';
const JUDGE = `
  update trading.withdrawals w set approvals_needed = case when coalesce(w.amount * ${PRICE} + (
      select coalesce(sum(other.worth_usdt), 0) from trading.withdrawals other
      where other.user_id = w.user_id and other.id <> w.id and other.created_at > w.created_at - interval '24 hours' and other.status <> all ('{failed,rejected,cancelled}'::text[])
    ) <= ?::numeric, false) then 1 else 2 end
  where w.id = ? and w.approvals_needed is null`;

export async function readWithdrawals(sql: Sql, where: string, values: unknown[]): Promise<WithdrawalRow[]> {
  const { rows } = (await sql.raw(`select ${COLUMNS} from trading.withdrawals where ${where}`, values as string[])) as { rows: WithdrawalRow[] };
  return rows;
}

/** In that asset, rounded up to 1e-8. `null`: it has no price. */
export async function worthOf(sql: Sql, asset: string, amount: string, inAsset: string): Promise<string | null> {
  const { rows } = (await sql.raw(`select (ceil(w.amount * ${PRICE} * 1e8) / 1e8)::numeric(38,8)::text as worth from (select ?::text as asset, ?::numeric as amount) w`, [inAsset, inAsset, asset, amount])) as { rows: { worth: string | null }[] };
  return rows[0]!.worth;
}

/** Everybody's withdrawals, as role `writer`. */
export class WithdrawalsRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Holds the row until the transaction ends. */
  async lock(id: string): Promise<WithdrawalRow | null> {
    return (await this.#all('id = ? for update', [id]))[0] ?? null;
  }

  /** What staff decided, or its owner. */
  async record(id: string, { status, funds, reason, reference }: WithdrawalChange, at: number): Promise<void> {
    const values = [status, funds, reason, reference ?? null, new Date(at), id];
    await this.#sql.raw('update trading.withdrawals set status = ?, funds = ?, reason = ?, reference = coalesce(?, reference), updated_at = ? where id = ?', values as unknown[] as string[]);
  }

  /** How many approvers it takes, by what it is worth now together with what its owner has asked for since a day before it: many small ones are a large one. Once judged it stays so. */
  async judge(id: string, { asset, worth }: ColdAbove): Promise<void> {
    await this.#sql.raw(JUDGE, [asset, asset, worth, id]);
  }

  /** One of us approves it, once, and never its own user. @returns whether that was new */
  async addApproval({ id, approverId, reason, at }: Approval): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `insert into trading.withdrawal_approvals (withdrawal_id, approver_id, reason, created_at)
       select id, ?, ?, ? from trading.withdrawals where id = ? and user_id <> ? and status = 'mail_confirmed' and funds = 'taken'
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
      `update trading.withdrawals set status = 'approved', reason = ?, updated_at = ? where id = ? and status = 'mail_confirmed' and funds = 'taken'
         and (select count(*) from trading.withdrawal_approvals where withdrawal_id = id) >= coalesce(approvals_needed, 2) returning id`,
      [reason, new Date(at), id] as unknown[] as string[],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  async find(id: string): Promise<WithdrawalRow | null> {
    return (await this.#all('id = ?', [id]))[0] ?? null;
  }

  /**
   * Its money is with us, and its owner may confirm it by that link. Where somebody who asked at another moment was refused, it goes back.
   * @returns whether the link is the one that counts: of two nodes at it at once, one's is
   */
  async recordTaken(id: string, { tokenHash, until }: ConfirmLink, at: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `update trading.withdrawals set funds = case funds when 'to_take' then 'taken' else 'to_return' end, updated_at = :at,
         confirm_token_hash = case funds when 'to_take' then :tokenHash::bytea end, confirm_until = case funds when 'to_take' then :until::timestamptz end
       where id = :id and funds in ('to_take', 'refused') returning funds = 'taken' as taken`,
      { id, tokenHash, until: new Date(until), at: new Date(at) },
    )) as { rows: { taken: boolean }[] };
    return rows[0]?.taken ?? false;
  }

  /** @returns whether that was news */
  async recordRefused(id: string, refusal: StoredRefusal, at: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `update trading.withdrawals set status = 'rejected', funds = 'refused', refusal = ?, reason = ?, updated_at = ? where id = ? and funds = 'to_take' returning id`,
      [JSON.stringify(refusal), refusal.code, new Date(at), id] as unknown[] as string[],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  /** Uses the link up: of two who come at once, one gets it. Half-open: at its last moment it is over. */
  async confirm(tokenHash: Buffer, at: number): Promise<WithdrawalRow | null> {
    const { rows } = (await this.#sql.raw(
      `update trading.withdrawals set status = 'mail_confirmed', confirm_token_hash = null, updated_at = :at
       where confirm_token_hash = :tokenHash and status = 'requested' and funds = 'taken' and confirm_until > :at returning ${COLUMNS}`,
      { tokenHash, at: new Date(at) },
    )) as { rows: WithdrawalRow[] };
    return rows[0] ?? null;
  }

  /** Those that nobody confirmed in time go back. @param askedBefore for those that no mail went out for */
  async rejectUnconfirmed(reason: string, at: number, askedBefore: number, limit: number): Promise<string[]> {
    const { rows } = (await this.#sql.raw(
      `update trading.withdrawals set status = 'rejected', funds = 'to_return', reason = :reason, confirm_token_hash = null, updated_at = :at
       where id = any (array(
         select id from trading.withdrawals where status = 'requested' and funds = 'taken' and case when confirm_until is null then updated_at <= :askedBefore else confirm_until <= :at end
         order by updated_at limit :limit for update skip locked
       )) returning id`,
      { reason, at: new Date(at), askedBefore: new Date(askedBefore), limit },
    )) as { rows: { id: string }[] };
    return rows.map(({ id }) => id);
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

  #all(where: string, values: unknown[]): Promise<WithdrawalRow[]> {
    return readWithdrawals(this.#sql, where, values);
  }
}
