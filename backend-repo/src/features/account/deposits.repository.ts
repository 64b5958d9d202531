import type { Sql } from '../../db/connection.ts';
import type { DEPOSIT_STATUSES, TransfersQuery } from './account.schema.ts';

export type DepositStatus = (typeof DEPOSIT_STATUSES)[number];

export interface DepositRow {
  id: string;
  user_id: number;
  asset: string;
  amount: string;
  status: DepositStatus;
  reason: string | null;
  fingerprint: string;
  created_at: Date;
  updated_at: Date;
}

export interface Funding {
  readonly transactionId: string;
  readonly depositId: string;
}

export interface NewTransfer {
  readonly id: string;
  readonly userId: number;
  readonly asset: string;
  readonly amount: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const COLUMNS = 'id, user_id::float8 as user_id, asset, amount::text, status, reason, fingerprint, created_at, updated_at';

/** Deposits: a user's own `asUser`, all of them as role `writer`. */
export class DepositsRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The deposit that has this user's key: the new one, or the one that was first. */
  async claim({ id, userId, asset, amount, key, fingerprint, at }: NewTransfer): Promise<DepositRow> {
    await this.#sql.raw(
      `insert into trading.deposits (id, user_id, asset, amount, idempotency_key, fingerprint, created_at, updated_at)
       values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (user_id, idempotency_key) do nothing`,
      [id, userId, asset, amount, key, fingerprint, new Date(at), new Date(at)],
    );
    return (await this.#all('user_id = ? and idempotency_key = ?', [userId, key]))[0]!;
  }

  /** Holds the row until the transaction ends. */
  async lock(id: string): Promise<DepositRow | null> {
    return (await this.#all('id = ? for update', [id]))[0] ?? null;
  }

  async find(id: string): Promise<DepositRow | null> {
    return (await this.#all('id = ?', [id]))[0] ?? null;
  }

  async confirm(id: string, reason: string, at: number): Promise<void> {
    await this.#sql.raw(`update trading.deposits set status = 'confirmed', reason = ?, updated_at = ? where id = ?`, [reason, new Date(at), id] as unknown[] as string[]);
  }

  /**
   * Puts on record which transaction pays for which deposit.
   * @returns which stands on record now for either of the two: this pair, or the one that was first
   */
  async claimFunding(transactionId: string, depositId: string, at: number): Promise<Funding> {
    const { rows: added } = (await this.#sql.raw('insert into trading.fundings (transaction_id, deposit_id, created_at) values (?, ?, ?) on conflict do nothing returning deposit_id', [
      transactionId, depositId, new Date(at),
    ] as unknown[] as string[])) as { rows: unknown[] };
    return added.length > 0 ? { transactionId, depositId } : (await this.findFunding(transactionId, depositId))!;
  }

  /** What is on record of this transaction, else of this deposit. */
  async findFunding(transactionId: string, depositId: string): Promise<Funding | null> {
    const { rows } = (await this.#sql.raw(
      'select transaction_id as "transactionId", deposit_id as "depositId" from trading.fundings where transaction_id = ? or deposit_id = ? order by transaction_id = ? desc limit 1',
      [transactionId, depositId, transactionId],
    )) as { rows: Funding[] };
    return rows[0] ?? null;
  }

  /** Its money is there, whatever somebody who asked at another moment was told. @returns whether it was new */
  async complete(id: string, reason: string | null, at: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `update trading.deposits set status = 'completed', reason = ?, updated_at = ? where id = ? and status in ('confirmed', 'failed') returning id`,
      [reason, new Date(at), id] as unknown[] as string[],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  async fail(id: string, reason: string, at: number): Promise<void> {
    await this.#sql.raw(`update trading.deposits set status = 'failed', reason = ?, updated_at = ? where id = ? and status = 'confirmed'`, [reason, new Date(at), id] as unknown[] as string[]);
  }

  /** A failed one whose money arrived all the same: a command that was thought lost came after the one that was refused. */
  async completeWhatArrived(since: number, at: number): Promise<DepositRow[]> {
    const { rows } = (await this.#sql.raw(
      `update trading.deposits d set status = 'completed', reason = null, updated_at = ?
       where status = 'failed' and updated_at >= ?
         and exists (select from trading.journal j where j.cause = 'DEPOSIT' and j.reference = 'deposit:' || d.id)
       returning ${COLUMNS}`,
      [new Date(at), new Date(since)] as unknown[] as string[],
    )) as { rows: DepositRow[] };
    return rows;
  }

  /** Newest first, at most `limit`. */
  list({ status, userId, cursor, limit }: TransfersQuery): Promise<DepositRow[]> {
    const optional = [cursor ?? null, cursor ?? null, status ?? null, status ?? null, userId ?? null, userId ?? null];
    return this.#all('(?::uuid is null or id < ?::uuid) and (?::text is null or status = ?) and (?::bigint is null or user_id = ?) order by id desc limit ?', [...optional, limit]);
  }

  /** Confirmed and not credited yet, as far as is known, since before that time. */
  async unfinished(before: number, limit: number): Promise<string[]> {
    return (await this.#all(`status = 'confirmed' and updated_at <= ? order by updated_at limit ?`, [new Date(before), limit])).map(({ id }) => id);
  }

  async #all(where: string, values: unknown[]): Promise<DepositRow[]> {
    const { rows } = (await this.#sql.raw(`select ${COLUMNS} from trading.deposits where ${where}`, values as string[])) as { rows: DepositRow[] };
    return rows;
  }
}
