import type { Sql } from '../../db/connection.ts';

/** Whose account lets nobody in until its owner has shown that they read its mail. */
export class ReverificationRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** False when it is so already. Sessions that are being opened are waited for, and are there to be ended afterwards. */
  async force(userId: number, now: Date): Promise<boolean> {
    return (await this.#sql('auth.users').where({ id: userId }).whereNull('reverify_since').update({ reverify_since: now })) === 1;
  }

  /** False when there was nothing to lift. What was held against the account before is no reason any more. */
  async lift(userId: number, now: Date): Promise<boolean> {
    return (await this.#sql('auth.users').where({ id: userId }).whereNotNull('reverify_since').update({ reverify_since: null, reverified_at: now })) === 1;
  }

  /** Whether a link to show it was sent since then and may still be used. */
  async wasLinkSent(userId: number, since: Date, now: Date): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `select exists (select from auth.mail_tokens where user_id = ? and kind = 'verify-email' and used_at is null and created_at > ? and expires_at > ?) as sent`,
      [userId, since, now],
    )) as { rows: [{ sent: boolean }] };
    return rows[0].sent;
  }
}
