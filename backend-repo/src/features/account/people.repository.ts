import type { Sql } from '../../db/connection.ts';

/** One person, as staff may see them with a reason. */
export interface PersonRow {
  readonly id: number;
  readonly email: string;
  readonly username: string | null;
  /** Of a version that did not seal names. Where it is there, it is newer than the sealed one. */
  readonly full_name: string | null;
  readonly full_name_sealed: string | null;
  readonly avatar_url: string | null;
  readonly timezone: string;
  readonly role: string;
  readonly kyc_status: string;
  readonly created_at: Date;
  readonly email_verified_at: Date | null;
  readonly second_factor: boolean;
  readonly sessions: number;
  readonly devices: number;
  readonly locked_until: Date | null;
  readonly reverify_since: Date | null;
}

export class PeopleRepository {
  readonly #sql: Sql;

  /** @param sql as role `app`, in a transaction that names the person: others' second factors are not seen */
  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @param now milliseconds since 1970 */
  async find(id: number, now: number): Promise<PersonRow | null> {
    const { rows } = (await this.#sql.raw(
      `select u.id::float8 as id, u.email, u.username, u.full_name, u.full_name_sealed, u.avatar_url, u.timezone, u.role, u.kyc_status, u.created_at, u.email_verified_at, u.reverify_since,
         exists (select from auth.second_factors f where f.user_id = u.id and f.state = 'on') as second_factor,
         (select count(*)::int from auth.sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > :now) as sessions,
         (select count(*)::int from auth.devices d where d.user_id = u.id) as devices,
         (select max(l.locked_until) from auth.login_locks l where l.account = encode(sha256(convert_to(lower(u.email), 'UTF8')), 'hex') and l.locked_until > :now) as locked_until
       from auth.users u where u.id = :id`,
      { id, now: new Date(now) },
    )) as { rows: PersonRow[] };
    return rows[0] ?? null;
  }
}
