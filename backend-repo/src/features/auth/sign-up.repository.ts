import type { Sql } from '../../db/connection.ts';

export type LinkKind = 'verify-email' | 'reset-password';

export interface NewLink {
  readonly tokenHash: Buffer;
  readonly kind: LinkKind;
  /** `null`: nobody has the address. */
  readonly userId: number | null;
  readonly passwordHash: string | null;
  readonly now: Date;
  readonly expiresAt: Date;
}

export interface Person {
  readonly id: number;
  readonly email: string;
  readonly username: string | null;
  readonly confirmed: boolean;
}

const PERSON = 'u.id::float8 as id, u.email, u.username, u.email_verified_at is not null as confirmed';

/** People on their way in, and back in. */
export class SignUpRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Somebody who says that the address is theirs. `null` when it is known already. */
  async insertUnconfirmed(email: string, passwordHash: string): Promise<number | null> {
    const { rows } = (await this.#sql.raw('insert into auth.users (email, password_hash) values (?, ?) on conflict (lower(email)) do nothing returning id::float8 as id', [email, passwordHash])) as {
      rows: { id: number }[];
    };
    return rows[0]?.id ?? null;
  }

  async findByEmail(email: string): Promise<Person | null> {
    const { rows } = (await this.#sql.raw(`select ${PERSON} from auth.users u where lower(email) = lower(?)`, [email])) as { rows: Person[] };
    return rows[0] ?? null;
  }

  async addLink({ tokenHash, kind, userId, passwordHash, now, expiresAt }: NewLink): Promise<void> {
    await this.#sql('auth.mail_tokens').insert({ token_hash: tokenHash, kind, user_id: userId, password_hash: passwordHash, created_at: now, expires_at: expiresAt });
  }

  /** Whose link it is, and their password as it stands, without using the link. */
  async findLink(tokenHash: Buffer, kind: LinkKind, now: Date): Promise<(Person & { readonly passwordHash: string }) | null> {
    const { rows } = (await this.#sql.raw(
      `select ${PERSON}, u.password_hash as "passwordHash" from auth.mail_tokens t join auth.users u on u.id = t.user_id where t.token_hash = ? and t.kind = ? and t.used_at is null and t.expires_at > ?`,
      [tokenHash, kind, now],
    )) as { rows: (Person & { passwordHash: string })[] };
    return rows[0] ?? null;
  }

  /** Uses it up: of two who come at once, one gets it. */
  async useLink(tokenHash: Buffer, kind: LinkKind, now: Date): Promise<{ userId: number; passwordHash: string | null } | null> {
    const { rows } = (await this.#sql.raw(
      `update auth.mail_tokens set used_at = :now where token_hash = :tokenHash and kind = :kind and used_at is null and expires_at > :now and user_id is not null
       returning user_id::float8 as "userId", password_hash as "passwordHash"`,
      { tokenHash, kind, now },
    )) as { rows: { userId: number; passwordHash: string | null }[] };
    return rows[0] ?? null;
  }

  /** All other links of this person lead nowhere from now on. */
  async voidLinks(userId: number, now: Date): Promise<void> {
    await this.#sql('auth.mail_tokens').where({ user_id: userId }).whereNull('used_at').update({ used_at: now });
  }

  /**
   * The address is theirs, and the password the one that was chosen with this link. Of an address that was confirmed before it shows again that they
   * read its mail, which is not enough where they said that somebody else knows the password. @returns the address, or `null` when there was nothing to show
   */
  async confirm(userId: number, passwordHash: string | null, now: Date): Promise<string | null> {
    const { rows } = (await this.#sql.raw(
      `update auth.users set email_verified_at = coalesce(email_verified_at, :now), updated_at = :now,
         password_hash = case when email_verified_at is null then coalesce(:passwordHash, password_hash) else password_hash end,
         reverify_since = null, reverify_cause = null, reverified_at = case when reverify_since is null then reverified_at else :now end
       where id = :userId and (email_verified_at is null or reverify_since is not null) and reverify_cause is distinct from 'device_denied' returning email`,
      { userId, passwordHash, now },
    )) as { rows: { email: string }[] };
    return rows[0]?.email ?? null;
  }

  /**
   * Whoever reads the mail has confirmed the address with it. Where its owner said that somebody else knows the password, it has to be another one than
   * it is at this moment. @param differsFrom the hash that the new one was found not to match, or `null`. @returns false when it has to be another one
   */
  async resetPassword(userId: number, passwordHash: string, differsFrom: string | null, now: Date): Promise<boolean> {
    const { rowCount } = (await this.#sql.raw(
      `update auth.users set password_hash = :passwordHash, email_verified_at = coalesce(email_verified_at, :now), updated_at = :now,
         reverify_since = null, reverify_cause = null, reverified_at = case when reverify_since is null then reverified_at else :now end
       where id = :userId and (reverify_cause is distinct from 'device_denied' or password_hash = :differsFrom)`,
      { userId, passwordHash, differsFrom, now },
    )) as { rowCount: number };
    return rowCount === 1;
  }

  /** False when this challenge was used before. */
  async spendChallenge(challengeHash: Buffer, expiresAt: Date): Promise<boolean> {
    const { rows } = (await this.#sql.raw('insert into auth.spent_challenges (challenge_hash, expires_at) values (?, ?) on conflict do nothing returning 1', [challengeHash, expiresAt])) as { rows: unknown[] };
    return rows.length === 1;
  }

  async purge(now: Date): Promise<void> {
    await this.#sql('auth.spent_challenges').where('expires_at', '<', now).delete();
    await this.#sql('auth.mail_tokens').where('expires_at', '<', now).delete();
  }
}
