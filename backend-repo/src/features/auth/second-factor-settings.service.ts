import type { Actor } from '../../domain/audit-entry.ts';
import { backupCode, BACKUP_CODE_BYTES, backupCodeHash, BACKUP_CODES, readOneTimeCode } from '../../domain/one-time-code.ts';
import { AppError } from '../../errors.ts';
import type { AuthRepository, UserRow } from './auth.repository.ts';
import type { AccessToken } from './auth.service.ts';
import type { DevicesService } from './devices.service.ts';
import { lineOf, type CodeTables, type CodeVerdict, type SecondFactorService } from './second-factor.service.ts';
import type { SessionsService, SessionTables } from './sessions.service.ts';

export interface SecondFactorSettingsDeps {
  readonly secondFactor: SecondFactorService;
  readonly devices: Pick<DevicesService, 'requireConfirmed'>;
  readonly people: Pick<AuthRepository, 'findById'>;
  readonly passwords: { readonly matches: (hash: string | null, password: string) => Promise<boolean> };
  readonly sessions: Pick<SessionsService, 'endOthers' | 'followEnds' | 'secondFactorShown'>;
  readonly asUser: <T>(userId: number, work: (tables: CodeTables & SessionTables) => Promise<T>) => Promise<T>;
  readonly totp: { readonly newSecret: () => string; readonly url: (secret: string, issuer: string, account: string) => string };
  readonly sealSecret: (userId: number, secret: string) => string;
  /** Under which name authenticator apps list it. */
  readonly issuer: string;
  readonly now: () => number;
  readonly randomBytes: (bytes: number) => Buffer;
}

/** Whose request it is. */
export interface Owner {
  readonly userId: number;
  readonly sessionId: string;
  readonly actor: Actor;
}

/** As long as it takes to find the telephone. A pending factor guards nothing yet. */
const PENDING_SECONDS = 600;

/** Turning a second factor on and off, and showing a code of it again (decision 0021). */
export class SecondFactorSettingsService {
  readonly #deps: SecondFactorSettingsDeps;

  constructor(deps: SecondFactorSettingsDeps) {
    this.#deps = deps;
  }

  /**
   * Hands out a secret that guards nothing until a code made with it has been shown.
   * @throws AppError AUTHENTICATION_FAILED, SECOND_FACTOR_ON
   */
  async begin({ userId, actor }: Owner, password: string): Promise<{ secret: string; otpauth_url: string; expires_in: number }> {
    const { asUser, issuer, now, sealSecret, totp } = this.#deps;
    const { email } = await this.#confirmed(userId, password, actor);
    const secret = totp.newSecret();
    await asUser(userId, async ({ factors, audit }) => {
      if (!(await factors.begin(userId, sealSecret(userId, secret), now() + PENDING_SECONDS * 1000))) throw new AppError('SECOND_FACTOR_ON');
      await audit({ ...lineOf(userId, actor), action: 'second_factor.begun' });
    });
    return { secret, otpauth_url: totp.url(secret, issuer, email), expires_in: PENDING_SECONDS };
  }

  /**
   * Shows a code: of the factor that is on, or of the pending one, which that turns on. Nobody can look up its backup codes again.
   * @returns an access token that says when
   * @throws AppError SECOND_FACTOR_OFF, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED
   */
  async verify(owner: Owner, code: string): Promise<AccessToken & { readonly backup_codes?: readonly string[] }> {
    const { secondFactor, sessions } = this.#deps;
    if (await secondFactor.isOn(owner.userId)) {
      await secondFactor.demand(owner, code);
      return sessions.secondFactorShown(owner.userId, owner.sessionId);
    }
    const codes = await this.#turnOn(owner, code);
    return { ...(await sessions.secondFactorShown(owner.userId, owner.sessionId)), backup_codes: codes };
  }

  /** @throws AppError DEVICE_NOT_CONFIRMED, AUTHENTICATION_FAILED, SECOND_FACTOR_OFF, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED */
  async turnOff(owner: Owner, password: string, code: string): Promise<void> {
    const { userId, actor } = owner;
    await this.#deps.devices.requireConfirmed(owner.sessionId);
    const person = await this.#confirmed(userId, password, actor);
    if (!(await this.#deps.secondFactor.isOn(userId))) throw new AppError('SECOND_FACTOR_OFF');
    await this.#deps.secondFactor.demand(owner, code);
    const ended = await this.#deps.asUser(userId, async (tables) => {
      if (!(await tables.factors.turnOff(userId))) throw new AppError('SECOND_FACTOR_OFF');
      return this.#changed(tables, owner, person, 'disabled');
    });
    this.#deps.sessions.followEnds(ended);
  }

  async #turnOn(owner: Owner, code: string): Promise<readonly string[]> {
    const { asUser, now, people, randomBytes, secondFactor, sessions } = this.#deps;
    const { userId } = owner;
    const person = (await people.findById(userId))!;
    const typed = readOneTimeCode(code);
    const codes = Array.from({ length: BACKUP_CODES }, () => backupCode(randomBytes(BACKUP_CODE_BYTES)));
    let ended: string[] = [];
    // A wrong code is not thrown in here: it has to stay counted.
    const verdict = await asUser(userId, async (tables): Promise<CodeVerdict | 'none'> => {
      if (!(await tables.factors.isPending(userId, now()))) return 'none';
      const tried = await secondFactor.tryCode(tables, owner, 'pending', typed?.kind === 'totp' ? typed : null);
      if (tried !== 'right') return tried;
      await tables.factors.turnOn(userId, codes.map((text) => backupCodeHash(userId, readOneTimeCode(text)!.text)), now());
      ended = await this.#changed(tables, owner, person, 'enabled');
      return 'right';
    });
    if (verdict === 'none') throw new AppError('SECOND_FACTOR_OFF');
    await secondFactor.refuse(userId, verdict);
    sessions.followEnds(ended);
    return codes;
  }

  /** Whoever is signed in elsewhere has to show that they still may be (rule A5). @returns the sessions that ended */
  async #changed(tables: CodeTables & SessionTables, { userId, sessionId, actor }: Owner, { email }: UserRow, change: 'enabled' | 'disabled'): Promise<string[]> {
    await tables.users.noteCredentialsChanged(userId, this.#deps.now());
    await tables.audit({ ...lineOf(userId, actor), action: `second_factor.${change}` });
    await tables.mail({ to: email, template: 'second-factor-changed', data: { change, at: this.#deps.now() } });
    return this.#deps.sessions.endOthers(tables, userId, sessionId, 'second_factor_changed', actor);
  }

  /** Whoever found an open browser does not know the password (ASVS 7.5.1). */
  async #confirmed(userId: number, password: string, actor: Actor): Promise<UserRow> {
    const person = await this.#deps.people.findById(userId);
    if (person && (await this.#deps.passwords.matches(person.password_hash, password))) return person;
    await this.#deps.asUser(userId, ({ audit }) => audit({ ...lineOf(userId, actor), action: 'password.refused' }));
    throw new AppError('AUTHENTICATION_FAILED', { message: 'The password is not right.' });
  }
}
