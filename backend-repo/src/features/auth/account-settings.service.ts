import type { Actor } from '../../domain/audit-entry.ts';
import type { AccountChanges, TellBooks } from '../../domain/books-event.ts';
import { passwordProblem } from '../../domain/password-strength.ts';
import { fullNameContext } from '../../domain/sealed-columns.ts';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { AuthRepository, NamesRow, ProfileChange, ProfileRow } from './auth.repository.ts';
import type { Principal } from './auth.service.ts';
import type { CodeOwner, SecondFactorService } from './second-factor.service.ts';
import type { Client, SessionsService, SessionTables } from './sessions.service.ts';

export interface SettingsTables extends SessionTables {
  /** Tells whoever keeps the client's books, in the order of the client's changes. */
  readonly tell: TellBooks;
}

export interface AccountSettingsDeps {
  readonly users: AuthRepository;
  readonly passwords: { readonly hash: (password: string) => Promise<string>; readonly matches: (hash: string | null, password: string) => Promise<boolean> };
  /** What attackers try first. */
  readonly breached: ReadonlySet<string>;
  readonly secondFactor: Pick<SecondFactorService, 'isOn' | 'demand'>;
  readonly sessions: Pick<SessionsService, 'endOthers' | 'followEnds'>;
  readonly transaction: <T>(work: (tables: SettingsTables) => Promise<T>) => Promise<T>;
  readonly secrets: { readonly box: SecretBox; readonly randomBytes: (bytes: number) => Buffer };
  readonly now: () => number;
}

/** What is missing stays; `null` clears. */
export interface ProfileRequest extends Omit<ProfileChange, 'full_name_sealed'> {
  readonly full_name?: string | null;
}

export interface PasswordChange {
  readonly current_password: string;
  readonly new_password: string;
  readonly totp?: string;
}

export interface ProfileView extends Omit<ProfileRow, 'created_at' | 'full_name_sealed'> {
  readonly second_factor: boolean;
  readonly created_at: string;
}

/** What people may change about their own account. */
export class AccountSettingsService {
  readonly #deps: AccountSettingsDeps;

  constructor(deps: AccountSettingsDeps) {
    this.#deps = deps;
  }

  async profile(userId: number): Promise<ProfileView> {
    const row = await this.#deps.users.findProfile(userId);
    if (!row) throw new AppError('USER_NOT_FOUND');
    const { full_name_sealed: sealed, ...plain } = row;
    // A name that is there unsealed was written by a version before this one, since what we write clears it: it is the newer one.
    const full_name = plain.full_name ?? (sealed === null ? null : this.#openName(userId, sealed));
    return { ...plain, full_name, created_at: row.created_at.toISOString(), second_factor: await this.#deps.secondFactor.isOn(userId) };
  }

  /** @throws AppError USERNAME_TAKEN */
  async changeProfile(userId: number, { full_name, ...change }: ProfileRequest, client: Client): Promise<ProfileView> {
    await this.#deps.transaction(async ({ users, audit, tell }) => {
      const before = await users.lockNames(userId);
      if (!before) throw new AppError('USER_NOT_FOUND');
      const named = full_name === undefined ? {} : { full_name_sealed: full_name === null ? null : this.#sealName(userId, full_name) };
      if (!(await users.updateProfile(userId, { ...change, ...named }))) throw new AppError('USERNAME_TAKEN');
      // Which fields, and not what they say: that is about a person.
      const fields = [...Object.keys(change), ...(full_name === undefined ? [] : ['full_name'])];
      await audit({ actor: actorOf(userId, client), action: 'user.profile_changed', subject: subjectOf(userId), after: { fields } });
      const changes = this.#newNames(userId, before, { full_name, username: change.username });
      // Whoever works for us is nobody's client.
      if (before.role === 'user' && Object.keys(changes).length > 0) await tell('account.updated', { clientId: String(userId), personalChanges: changes });
    });
    return this.profile(userId);
  }

  /**
   * Ends every other session (rule A5).
   * @throws AppError AUTHENTICATION_FAILED, VALIDATION_ERROR, TWO_FACTOR_REQUIRED, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED
   */
  async changePassword({ userId, sessionId }: Principal, request: PasswordChange, client: Client): Promise<{ sessions_ended: number }> {
    const { users, passwords, sessions, transaction, now } = this.#deps;
    const user = await users.findById(userId);
    const actor = actorOf(userId, client);
    if (!(await passwords.matches(user?.password_hash ?? null, request.current_password)) || !user) {
      await transaction(({ audit }) => audit({ actor, action: 'user.password_change_refused', subject: subjectOf(userId) }));
      throw new AppError('AUTHENTICATION_FAILED', { message: 'The current password is not right.' });
    }
    const problem = passwordProblem(request.new_password, { email: user.email, username: (await users.findProfile(userId))?.username ?? null }, this.#deps.breached);
    if (problem !== null) throw invalidField('new_password', problem);
    await this.#askSecondFactor({ userId, actor }, request.totp);
    const hash = await passwords.hash(request.new_password);
    const ended = await transaction(async (tables) => {
      // Whoever changed it in the meantime has ended this session with it.
      if (!(await tables.users.replacePasswordHash(userId, user.password_hash, hash))) throw new AppError('AUTHENTICATION_FAILED', { message: 'The current password is not right.' });
      await tables.users.noteCredentialsChanged(userId, now());
      await tables.audit({ actor, action: 'user.password_changed', subject: subjectOf(userId) });
      await tables.mail({ to: user.email, template: 'password-changed', data: { at: now(), ip: client.ip } });
      return sessions.endOthers(tables, userId, sessionId, 'password_changed', actor);
    });
    sessions.followEnds(ended);
    return { sessions_ended: ended.length };
  }

  /** What somebody is called from now on, as far as that is something else. */
  #newNames(userId: number, before: NamesRow, { full_name, username }: Pick<ProfileRequest, 'full_name' | 'username'>): AccountChanges {
    const sealed = before.full_name_sealed;
    // One that does not open is not the one that is written now.
    const fullName = before.full_name ?? (sealed === null ? null : (this.#deps.secrets.box.open(sealed, fullNameContext(userId)) ?? undefined));
    return {
      ...(username === undefined || username === before.username ? {} : { username }),
      ...(full_name === undefined || full_name === fullName ? {} : { fullName: full_name }),
    };
  }

  #sealName(userId: number, fullName: string): string {
    const { box, randomBytes } = this.#deps.secrets;
    return box.seal(fullName, fullNameContext(userId), randomBytes(SEAL_RANDOM_BYTES));
  }

  #openName(userId: number, sealed: string): string {
    const opened = this.#deps.secrets.box.open(sealed, fullNameContext(userId));
    if (opened === null) throw new Error(`The name of user ${userId} does not open with ENCRYPTION_KEY. Was the key changed without ENCRYPTION_KEY_PREVIOUS?`);
    return opened;
  }

  async #askSecondFactor(whose: CodeOwner, code: string | undefined): Promise<void> {
    const { secondFactor } = this.#deps;
    if (!(await secondFactor.isOn(whose.userId))) return;
    if (code === undefined) throw new AppError('TWO_FACTOR_REQUIRED');
    await secondFactor.demand(whose, code);
  }
}

const actorOf = (userId: number, { ip, requestId }: Client): Actor => ({ kind: 'user', id: String(userId), ip, requestId });
const subjectOf = (userId: number): { kind: string; id: string } => ({ kind: 'user', id: String(userId) });
