import type { Sql } from '../../db/connection.ts';

export interface SeenFrom {
  readonly ip: string;
  readonly country: string | null;
  readonly now: Date;
}

/** The devices that an account knows. Each has a secret of ours; only its digest is kept. */
export class DevicesRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The device's number, or `null` when this account does not know it. */
  async touch(userId: number, secretHash: Buffer, { ip, country, now }: SeenFrom): Promise<number | null> {
    const { rows } = (await this.#sql.raw('update auth.devices set last_seen_at = ?, ip = ?, country = ? where user_id = ? and secret_hash = ? returning id::float8 as id', [now, ip, country, userId, secretHash])) as {
      rows: { id: number }[];
    };
    return rows[0]?.id ?? null;
  }

  async add(userId: number, secretHash: Buffer, name: string | null, { ip, country, now }: SeenFrom): Promise<number> {
    const { rows } = (await this.#sql.raw(
      'insert into auth.devices (user_id, secret_hash, name, ip, country, created_at, last_seen_at) values (?, ?, ?, ?, ?, ?, ?) returning id::float8 as id',
      [userId, secretHash, name, ip, country, now, now],
    )) as { rows: [{ id: number }] };
    return rows[0].id;
  }

  /** Forgets those not seen for longest. */
  async keepLatest(userId: number, count: number): Promise<void> {
    await this.#sql.raw('delete from auth.devices where id in (select id from auth.devices where user_id = ? order by last_seen_at desc, id desc offset ?)', [userId, count]);
  }
}
