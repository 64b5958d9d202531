import type { Sql } from '../../db/connection.ts';
import { sqlState } from '../../db/pg-error.ts';

export type UserRole = 'user' | 'staff' | 'admin';

export interface UserRow {
  id: number;
  email: string;
  password_hash: string;
  role: UserRole;
  /** The address is known to be theirs. */
  verified: boolean;
  /** Nobody signs in before its owner has shown that they read its mail. */
  mustReverify: boolean;
  /** The password, or the second factor. */
  credentialsChangedAt: Date | null;
}

export type Standing = Pick<UserRow, 'password_hash' | 'mustReverify' | 'credentialsChangedAt'>;

export interface ProfileRow {
  readonly email: string;
  readonly username: string | null;
  /** Of a version that did not seal names. Where it is there, it is newer than the sealed one. */
  readonly full_name: string | null;
  readonly full_name_sealed: string | null;
  readonly avatar_url: string | null;
  readonly timezone: string;
  readonly kyc_status: string;
  readonly fee_tier: number;
  readonly created_at: Date;
}

/** What somebody is called. */
export interface NamesRow extends Pick<ProfileRow, 'username' | 'full_name' | 'full_name_sealed'> {
  readonly role: UserRole;
}

/** What is missing stays; `null` clears. */
export interface ProfileChange {
  readonly username?: string | null;
  readonly full_name_sealed?: string | null;
  readonly avatar_url?: string | null;
  readonly timezone?: string;
}

export interface SigningKeyRow {
  kid: string;
  private_key_sealed: string;
  public_jwk: Record<string, unknown>;
  state: 'upcoming' | 'active' | 'retiring';
}

const USER = 'id::float8 as id, email, password_hash, role, email_verified_at is not null as verified, reverify_since is not null as "mustReverify", credentials_changed_at as "credentialsChangedAt"';

export class AuthRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Somebody whose address we know to be theirs. The new id, or `null` when the address is known already, in any case of letters. */
  async insertUser(email: string, passwordHash: string, role: UserRole): Promise<number | null> {
    const { rows } = (await this.#sql.raw(
      'insert into auth.users (email, password_hash, role, email_verified_at) values (?, ?, ?, now()) on conflict (lower(email)) do nothing returning id::float8 as id',
      [email, passwordHash, role],
    )) as { rows: { id: number }[] };
    return rows[0]?.id ?? null;
  }

  async findByEmail(email: string): Promise<UserRow | null> {
    const { rows } = (await this.#sql.raw(`select ${USER} from auth.users where lower(email) = lower(?)`, [email])) as { rows: UserRow[] };
    return rows[0] ?? null;
  }

  async findById(id: number): Promise<UserRow | null> {
    const { rows } = (await this.#sql.raw(`select ${USER} from auth.users where id = ?`, [id])) as { rows: UserRow[] };
    return rows[0] ?? null;
  }

  /** What of the row decides whether somebody may be signed in. It stays so until the transaction ends. */
  async holdStanding(id: number): Promise<Standing | null> {
    const columns = 'password_hash, reverify_since is not null as "mustReverify", credentials_changed_at as "credentialsChangedAt"';
    const { rows } = (await this.#sql.raw(`select ${columns} from auth.users where id = ? for share`, [id])) as { rows: Standing[] };
    return rows[0] ?? null;
  }

  /** False when it is no longer what it was. */
  async replacePasswordHash(id: number, was: string, passwordHash: string): Promise<boolean> {
    return (await this.#sql('auth.users').where({ id, password_hash: was }).update({ password_hash: passwordHash, updated_at: this.#sql.fn.now() })) === 1;
  }

  /** Withdrawals wait from here on (decision 0025). */
  async noteCredentialsChanged(id: number, at: number): Promise<void> {
    await this.#sql('auth.users').where({ id }).update({ credentials_changed_at: new Date(at) });
  }

  async findProfile(id: number): Promise<ProfileRow | null> {
    const columns = ['email', 'username', 'full_name', 'full_name_sealed', 'avatar_url', 'timezone', 'kyc_status', 'fee_tier', 'created_at'] as const;
    return ((await this.#sql('auth.users').where({ id }).first(columns)) as ProfileRow | undefined) ?? null;
  }

  /** They stay so until the transaction ends, or are changed by it. */
  async lockNames(id: number): Promise<NamesRow | null> {
    return ((await this.#sql('auth.users').where({ id }).forUpdate().first(['role', 'username', 'full_name', 'full_name_sealed'])) as NamesRow | undefined) ?? null;
  }

  /** Exactly these four columns, whatever else the object holds. False when somebody has the username. */
  async updateProfile(id: number, { username, full_name_sealed, avatar_url, timezone }: ProfileChange): Promise<boolean> {
    const full_name = full_name_sealed === undefined ? undefined : null;
    const given = Object.fromEntries(Object.entries({ username, full_name, full_name_sealed, avatar_url, timezone }).filter(([, value]) => value !== undefined));
    try {
      await this.#sql('auth.users').where({ id }).update({ ...given, updated_at: this.#sql.fn.now() });
      return true;
    } catch (error) {
      if (sqlState(error) === '23505') return false;
      throw error;
    }
  }

  async loadKeys(): Promise<SigningKeyRow[]> {
    return (await this.#sql('auth.signing_keys').whereNot('state', 'retired').orderBy('created_at')) as SigningKeyRow[];
  }

  /** False when another node was first: the index lets one active key through. */
  async insertKey(key: Omit<SigningKeyRow, 'state'>): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      'insert into auth.signing_keys (kid, private_key_sealed, public_jwk) values (?, ?, ?) on conflict do nothing returning kid',
      [key.kid, key.private_key_sealed, JSON.stringify(key.public_jwk)],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }
}
