import type { Sql } from '../../db/connection.ts';

export interface SecondFactorRow {
  state: 'pending' | 'on';
  secret_sealed: string;
  last_step: number;
  failures: number;
}

const COLUMNS = 'state, secret_sealed, last_step::float8 as last_step, failures';

export class SecondFactorRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async isOn(userId: number): Promise<boolean> {
    return (await this.#sql('auth.second_factors').where({ user_id: userId, state: 'on' }).first('user_id')) !== undefined;
  }

  async isPending(userId: number, now: number): Promise<boolean> {
    return (await this.#sql('auth.second_factors').where({ user_id: userId, state: 'pending' }).where('pending_until', '>', new Date(now)).first('user_id')) !== undefined;
  }

  /**
   * Counts a try as a failure before it is looked at, and holds the row until the transaction ends: of tries at the same time, at all nodes
   * together, no more than five are looked at. `null` when the factor is locked, or there is none that may be tried.
   */
  async countTry(userId: number, state: 'pending' | 'on', now: number): Promise<SecondFactorRow | null> {
    const { rows } = (await this.#sql.raw(
      `update auth.second_factors set failures = failures + 1
       where user_id = :userId and state = :state and (state = 'on' or pending_until > :now) and (locked_until is null or locked_until <= :now)
       returning ${COLUMNS}`,
      { userId, state, now: new Date(now) },
    )) as { rows: SecondFactorRow[] };
    return rows[0] ?? null;
  }

  async lock(userId: number, until: number): Promise<void> {
    await this.#sql('auth.second_factors').where({ user_id: userId }).update({ locked_until: new Date(until) });
  }

  /** False when a code of this step, or of a later one, has been taken before: this statement decides, whoever asks first. */
  async takeStep(userId: number, step: number): Promise<boolean> {
    const taken = await this.#sql('auth.second_factors').where({ user_id: userId }).where('last_step', '<', step).update({ last_step: step, failures: 0, locked_until: null });
    return taken === 1;
  }

  /** False when there is no such code, or it has been used. */
  async takeBackupCode(userId: number, codeHash: Buffer, now: number): Promise<boolean> {
    const taken = await this.#sql('auth.backup_codes').where({ user_id: userId, code_hash: codeHash }).whereNull('used_at').update({ used_at: new Date(now) });
    if (taken === 1) await this.#sql('auth.second_factors').where({ user_id: userId }).update({ failures: 0, locked_until: null });
    return taken === 1;
  }

  /** Puts a pending one in the place of another pending one. False when one is on: that has to be turned off first. */
  async begin(userId: number, secretSealed: string, pendingUntil: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `insert into auth.second_factors as kept (user_id, secret_sealed, pending_until) values (?, ?, ?)
       on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, pending_until = excluded.pending_until, failures = 0, locked_until = null
       where kept.state = 'pending' returning user_id`,
      [userId, secretSealed, new Date(pendingUntil)],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  /** Turns on what is pending, and keeps the hashes of its backup codes. */
  async turnOn(userId: number, backupCodeHashes: readonly Buffer[], now: number): Promise<void> {
    await this.#sql('auth.second_factors').where({ user_id: userId, state: 'pending' }).update({ state: 'on', turned_on_at: new Date(now) });
    await this.#sql('auth.backup_codes').insert(backupCodeHashes.map((hash) => ({ user_id: userId, code_hash: hash })));
  }

  /** With its backup codes. False when somebody was first. */
  async turnOff(userId: number): Promise<boolean> {
    return (await this.#sql('auth.second_factors').where({ user_id: userId, state: 'on' }).delete()) === 1;
  }

  /** When it may be tried again, in milliseconds, or `null` when that is now. */
  async lockedUntil(userId: number, now: number): Promise<number | null> {
    const row = (await this.#sql('auth.second_factors').where({ user_id: userId }).where('locked_until', '>', new Date(now)).first('locked_until')) as { locked_until: Date } | undefined;
    return row?.locked_until.getTime() ?? null;
  }
}
