import type { Sql } from '../../db/connection.ts';
import type { LinkKind } from './sign-up.repository.ts';

/** Why nobody signs in to an account any more. */
export type ReverificationCause = 'device_denied' | 'risk_events';

/** Whose account lets nobody in until its owner has shown that they read its mail, or has set a new password where somebody else knows it. */
export class ReverificationRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * False when it is so already, for a reason as grave. Sessions and API keys that are being made are waited for, and are there to be ended afterwards.
   */
  async force(userId: number, cause: ReverificationCause, now: Date): Promise<boolean> {
    const { rowCount } = (await this.#sql.raw(
      `update auth.users set reverify_since = coalesce(reverify_since, :now), reverify_cause = :cause
       where id = :userId and (reverify_since is null or (reverify_cause <> 'device_denied' and :cause = 'device_denied'))`,
      { userId, cause, now },
    )) as { rowCount: number };
    return rowCount === 1;
  }

  /** `null`: not any more. */
  async causeOf(userId: number): Promise<ReverificationCause | null> {
    const row = (await this.#sql('auth.users').where({ id: userId }).first('reverify_cause')) as { reverify_cause: ReverificationCause | null } | undefined;
    return row?.reverify_cause ?? null;
  }

  /** False when there was nothing to lift. What was held against the account before is no reason any more. */
  async lift(userId: number, now: Date): Promise<boolean> {
    return (await this.#sql('auth.users').where({ id: userId }).whereNotNull('reverify_since').update({ reverify_since: null, reverify_cause: null, reverified_at: now })) === 1;
  }

  /** Whether such a link was sent since then and may still be used. */
  async wasLinkSent(userId: number, kind: LinkKind, since: Date, now: Date): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `select exists (select from auth.mail_tokens where user_id = ? and kind = ? and used_at is null and created_at > ? and expires_at > ?) as sent`,
      [userId, kind, since, now],
    )) as { rows: [{ sent: boolean }] };
    return rows[0].sent;
  }
}
