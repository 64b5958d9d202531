import type { Sql } from '../../db/connection.ts';

export interface SeenFrom {
  readonly ip: string;
  readonly country: string | null;
  readonly now: Date;
}

/** As its account knows it. */
export interface DeviceRow {
  readonly id: number;
  readonly name: string | null;
  readonly ip: string | null;
  readonly country: string | null;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly confirmed_at: Date | null;
}

export interface TouchedDevice {
  readonly id: number;
  readonly name: string | null;
  readonly confirmed: boolean;
  /** The link that was sent for it may still be used. */
  readonly linked: boolean;
}

export interface LinkedDevice {
  readonly id: number;
  readonly userId: number;
}

const LINKED = 'id::float8 as id, user_id::float8 as "userId"';

/** The devices that an account knows. Each has a secret of ours; only its digest is kept. */
export class DevicesRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * @param name takes the place of the beginning of a header, which is all that was kept once; any other name stays
   * @returns `null` when this account does not know it
   */
  async touch(userId: number, secretHash: Buffer, name: string | null, { ip, country, now }: SeenFrom): Promise<TouchedDevice | null> {
    const { rows } = (await this.#sql.raw(
      `update auth.devices set last_seen_at = :now, ip = :ip, country = :country, name = case when name like 'Mozilla/%' then coalesce(:name, name) else name end
       where user_id = :userId and secret_hash = :secretHash
       returning id::float8 as id, name, confirmed_at is not null as confirmed, coalesce(link_expires_at > :now, false) as linked`,
      { now, ip, country, name, userId, secretHash },
    )) as { rows: TouchedDevice[] };
    return rows[0] ?? null;
  }

  async add(userId: number, secretHash: Buffer, name: string | null, { ip, country, now }: SeenFrom, confirmed: boolean): Promise<number> {
    const { rows } = (await this.#sql.raw(
      'insert into auth.devices (user_id, secret_hash, name, ip, country, created_at, last_seen_at, confirmed_at) values (?, ?, ?, ?, ?, ?, ?, ?) returning id::float8 as id',
      [userId, secretHash, name, ip, country, now, now, confirmed ? now : null],
    )) as { rows: [{ id: number }] };
    return rows[0].id;
  }

  /** Whether this is the first device the account ever had: of two that come at once, one is. Where one is known from before that was kept, none is. */
  async claimFirst(userId: number, now: Date): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `update auth.users set first_device_at = :now where id = :userId and first_device_at is null returning not exists (select from auth.devices where user_id = :userId) as first`,
      { userId, now },
    )) as { rows: { first: boolean }[] };
    return rows[0]?.first ?? false;
  }

  /**
   * Forgets those not seen for longest, those that are not confirmed before all others: whoever has the password only could otherwise push out
   * what its owner confirmed.
   * @param newest stays in any case, since a link to confirm it is on its way
   */
  async keepLatest(userId: number, count: number, newest: number): Promise<void> {
    await this.#sql.raw(
      `delete from auth.devices where id in (
         select id from auth.devices where user_id = ? order by id = ? desc, confirmed_at is not null desc, last_seen_at desc, id desc offset ?
       )`,
      [userId, newest, count],
    );
  }

  /** The link of before leads nowhere from now on. */
  async setLink(id: number, linkHash: Buffer, expiresAt: Date): Promise<void> {
    await this.#sql('auth.devices').where({ id }).update({ link_hash: linkHash, link_expires_at: expiresAt });
  }

  /** Uses the link up. `null`: there is no such link, or not any more. */
  async confirm(linkHash: Buffer, now: Date): Promise<LinkedDevice | null> {
    const { rows } = (await this.#sql.raw(
      `update auth.devices set confirmed_at = coalesce(confirmed_at, :now), link_hash = null, link_expires_at = null where link_hash = :linkHash and link_expires_at > :now returning ${LINKED}`,
      { linkHash, now },
    )) as { rows: LinkedDevice[] };
    return rows[0] ?? null;
  }

  /** Uses the link up, and forgets the device with it. `since`: when it first appeared. */
  async deny(linkHash: Buffer, now: Date): Promise<(LinkedDevice & { readonly since: Date }) | null> {
    const { rows } = (await this.#sql.raw(`delete from auth.devices where link_hash = ? and link_expires_at > ? returning ${LINKED}, created_at as since`, [linkHash, now])) as {
      rows: (LinkedDevice & { readonly since: Date })[];
    };
    return rows[0] ?? null;
  }

  /** Seen last first. */
  async list(userId: number): Promise<DeviceRow[]> {
    const { rows } = (await this.#sql.raw(
      'select id::float8 as id, name, ip, country, created_at, last_seen_at, confirmed_at from auth.devices where user_id = ? order by last_seen_at desc, id desc',
      [userId],
    )) as { rows: DeviceRow[] };
    return rows;
  }

  /** False when this user has no such device. */
  async rename(userId: number, id: number, name: string | null): Promise<boolean> {
    return (await this.#sql('auth.devices').where({ user_id: userId, id }).update({ name })) === 1;
  }

  /** False when this user has no such device. */
  async forget(userId: number, id: number): Promise<boolean> {
    return (await this.#sql('auth.devices').where({ user_id: userId, id }).delete()) === 1;
  }

  /** The device that a session was opened on; `null` for a session from before sessions had one. */
  async ofSession(sessionId: string): Promise<{ id: number | null; confirmed: boolean }> {
    const { rows } = (await this.#sql.raw(
      `select s.device_id::float8 as id, s.device_id is null or d.confirmed_at is not null as confirmed
       from auth.sessions s left join auth.devices d on d.id = s.device_id and d.user_id = s.user_id where s.session_id = ?`,
      [sessionId],
    )) as { rows: { id: number | null; confirmed: boolean }[] };
    return rows[0] ?? { id: null, confirmed: false };
  }
}
