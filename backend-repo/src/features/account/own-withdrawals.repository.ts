import type { Sql } from '../../db/connection.ts';
import type { TransfersQuery } from './account.schema.ts';
import type { NewTransfer } from './deposits.repository.ts';
import { readWithdrawals, worthOf, type WithdrawalRow } from './withdrawals.repository.ts';

export interface NewWithdrawal extends NewTransfer {
  readonly address: string;
  readonly worthUsdt: string | null;
}

/** A user's own withdrawals, `asUser`. */
export class OwnWithdrawalsRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async findByKey(userId: number, key: string): Promise<WithdrawalRow | null> {
    return (await readWithdrawals(this.#sql, 'user_id = ? and idempotency_key = ?', [userId, key]))[0] ?? null;
  }

  async find(id: string): Promise<WithdrawalRow | null> {
    return (await readWithdrawals(this.#sql, 'id = ?', [id]))[0] ?? null;
  }

  /** Newest first, at most `limit`. */
  list(userId: number, { status, cursor, limit }: TransfersQuery): Promise<WithdrawalRow[]> {
    const optional = [cursor ?? null, cursor ?? null, status ?? null, status ?? null];
    return readWithdrawals(this.#sql, 'user_id = ? and (?::uuid is null or id < ?::uuid) and (?::text is null or status = ?) order by id desc limit ?', [userId, ...optional, limit]);
  }

  /** Holds up whoever else asks for a withdrawal of this user, on whatever node, until the transaction ends: what is added up meanwhile stays true. */
  async holdUser(userId: number): Promise<void> {
    await this.#sql.raw(`select pg_advisory_xact_lock(hashtextextended('withdrawals of user ' || ?::text, 0))`, [String(userId)]);
  }

  worthOf(asset: string, amount: string, inAsset: string): Promise<string | null> {
    return worthOf(this.#sql, asset, amount, inAsset);
  }

  /** What was asked for since then is worth, but for what came to nothing. */
  async askedSince(userId: number, since: number): Promise<string> {
    const { rows } = (await this.#sql.raw(
      `select coalesce(sum(worth_usdt), 0)::text as asked from trading.withdrawals where user_id = ? and created_at > ? and status <> all ('{failed,rejected,cancelled}'::text[])`,
      [userId, new Date(since)],
    )) as { rows: { asked: string }[] };
    return rows[0]!.asked;
  }

  async insert({ id, userId, asset, amount, address, key, fingerprint, at, worthUsdt }: NewWithdrawal): Promise<void> {
    await this.#sql('trading.withdrawals').insert({
      id, user_id: userId, asset, amount, address, idempotency_key: key, fingerprint, worth_usdt: worthUsdt, created_at: new Date(at), updated_at: new Date(at),
    });
  }
}
