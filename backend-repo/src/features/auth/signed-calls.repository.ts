import type pg from 'pg';

/** Signed calls that came lately, for as long as somebody could send them again. As role writer. */
export class SignedCallsRepository {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * Puts on record what must not come twice.
   * @param marks in one order for all callers: of two who share some, the second waits for the first
   * @returns false when any of it was here before, at whatever node
   */
  async take(marks: readonly string[]): Promise<boolean> {
    const { rowCount } = await this.#pool.query(`insert into auth.api_key_calls (digest) select sha256(convert_to(mark, 'UTF8')) from unnest($1::text[]) as mark on conflict do nothing`, [marks]);
    return rowCount === marks.length;
  }

  /** By then no clock of ours takes their timestamps any more. */
  async forget(): Promise<void> {
    await this.#pool.query(`delete from auth.api_key_calls where taken_at < now() - interval '5 minutes'`);
  }
}
