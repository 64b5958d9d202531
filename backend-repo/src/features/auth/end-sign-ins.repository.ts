import type { Sql } from '../../db/connection.ts';

/** What everybody at once is signed in by. As the owner, because an API key is shown to nobody but whose it is. */
export class EndSignInsRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @returns how many */
  async endSessions(most: number): Promise<number> {
    const { rowCount } = (await this.#sql.raw(
      `update auth.sessions set ended_at = now(), end_reason = 'ended_by_staff' where session_id in (select session_id from auth.sessions where ended_at is null limit ?)`,
      [most],
    )) as { rowCount: number };
    return rowCount;
  }

  /** With their secrets. @returns how many */
  async revokeApiKeys(most: number): Promise<number> {
    const { rowCount } = (await this.#sql.raw('update auth.api_keys set revoked_at = now(), secret_sealed = null where id in (select id from auth.api_keys where revoked_at is null limit ?)', [most])) as {
      rowCount: number;
    };
    return rowCount;
  }
}
