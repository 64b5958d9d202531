import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { Mail } from '../../domain/mail.ts';
import { backupCode, BACKUP_CODE_BYTES, backupCodeHash, BACKUP_CODES, lockAfter, readOneTimeCode, TOTP_STEP_SECONDS, type OneTimeCode, type OneTimeCodeKind } from '../../domain/one-time-code.ts';
import { AppError } from '../../errors.ts';
import type { AuthRepository, UserRow } from './auth.repository.ts';
import type { SecondFactorRepository, SecondFactorRow } from './second-factor.repository.ts';

/** `locked` says nothing about the code: it has not been looked at. */
export type CodeVerdict = 'right' | 'wrong' | 'locked';

interface Tables {
  readonly factors: SecondFactorRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly mail: (mail: Mail) => Promise<void>;
}

export interface SecondFactorDeps {
  readonly repository: SecondFactorRepository;
  readonly people: Pick<AuthRepository, 'findById'>;
  readonly passwordMatches: (hash: string | null, password: string) => Promise<boolean>;
  readonly transaction: <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;
  readonly totp: { newSecret: () => string; url: (secret: string, issuer: string, account: string) => string; stepOf: (secret: string, code: string, nowSeconds: number) => number | null };
  readonly sealSecret: (userId: number, secret: string) => string;
  /** `null` when it does not open. */
  readonly openSecret: (userId: number, sealed: string) => string | null;
  /** Under which name authenticator apps list it. */
  readonly issuer: string;
  readonly now: () => number;
  readonly randomBytes: (bytes: number) => Buffer;
}

/** As long as it takes to find the telephone. A pending factor guards nothing yet. */
export const PENDING_SECONDS = 600;

/** Codes of an authenticator app, and backup codes (decision 0021). */
export class SecondFactorService {
  readonly #deps: SecondFactorDeps;

  constructor(deps: SecondFactorDeps) {
    this.#deps = deps;
  }

  async isOn(userId: number): Promise<boolean> {
    return this.#deps.repository.isOn(userId);
  }

  /**
   * Takes the code: a right one is right once. A verdict is on record before it is given.
   * @param method where only one kind will do
   */
  async check(userId: number, code: string, method?: OneTimeCodeKind): Promise<CodeVerdict> {
    const typed = readOneTimeCode(code);
    const tried = typed && (method === undefined || typed.kind === method) ? typed : null;
    return this.#deps.transaction((tables) => this.#try(tables, userId, 'on', tried));
  }

  /** @throws AppError SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED */
  async demand(userId: number, code: string): Promise<void> {
    await this.#refuse(userId, await this.check(userId, code));
  }

  /**
   * Hands out a secret that guards nothing until a code made with it has been shown.
   * @throws AppError AUTHENTICATION_FAILED, SECOND_FACTOR_ON
   */
  async begin(userId: number, password: string, actor: Actor): Promise<{ secret: string; otpauth_url: string; expires_in: number }> {
    const { email } = await this.#confirmed(userId, password, actor);
    const secret = this.#deps.totp.newSecret();
    await this.#deps.transaction(async ({ factors, audit }) => {
      const begun = await factors.begin(userId, this.#deps.sealSecret(userId, secret), this.#deps.now() + PENDING_SECONDS * 1000);
      if (!begun) throw new AppError('SECOND_FACTOR_ON');
      await audit({ ...lineOf(userId, actor), action: 'second_factor.begun' });
    });
    return { secret, otpauth_url: this.#deps.totp.url(secret, this.#deps.issuer, email), expires_in: PENDING_SECONDS };
  }

  /**
   * Turns on what is pending, once its owner has shown a code.
   * @returns the backup codes, which nobody can look up again
   * @throws AppError SECOND_FACTOR_OFF, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED
   */
  async turnOn(userId: number, code: string, actor: Actor): Promise<readonly string[]> {
    const { now, people, randomBytes } = this.#deps;
    const person = await people.findById(userId);
    if (!person) throw new AppError('AUTHENTICATION_FAILED');
    const typed = readOneTimeCode(code);
    const codes = Array.from({ length: BACKUP_CODES }, () => backupCode(randomBytes(BACKUP_CODE_BYTES)));
    const verdict = await this.#deps.transaction(async (tables): Promise<CodeVerdict | 'none'> => {
      if (!(await tables.factors.isPending(userId, now()))) return 'none';
      const tried = await this.#try(tables, userId, 'pending', typed?.kind === 'totp' ? typed : null);
      if (tried !== 'right') return tried;
      await tables.factors.turnOn(userId, codes.map((text) => backupCodeHash(userId, readOneTimeCode(text)!.text)), now());
      await tables.audit({ ...lineOf(userId, actor), action: 'second_factor.enabled' });
      await tables.mail({ to: person.email, template: 'second-factor-changed', data: { change: 'enabled', at: now() } });
      return 'right';
    });
    if (verdict === 'none') throw new AppError('SECOND_FACTOR_OFF');
    await this.#refuse(userId, verdict);
    return codes;
  }

  /** @throws AppError AUTHENTICATION_FAILED, SECOND_FACTOR_OFF, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED */
  async turnOff(userId: number, password: string, code: string, actor: Actor): Promise<void> {
    const { now } = this.#deps;
    const { email } = await this.#confirmed(userId, password, actor);
    if (!(await this.isOn(userId))) throw new AppError('SECOND_FACTOR_OFF');
    await this.demand(userId, code);
    await this.#deps.transaction(async ({ factors, audit, mail }) => {
      if (!(await factors.turnOff(userId))) throw new AppError('SECOND_FACTOR_OFF');
      await audit({ ...lineOf(userId, actor), action: 'second_factor.disabled' });
      await mail({ to: email, template: 'second-factor-changed', data: { change: 'disabled', at: now() } });
    });
  }

  /** Whoever found an open browser does not know the password (ASVS 7.5.1). */
  async #confirmed(userId: number, password: string, actor: Actor): Promise<UserRow> {
    const person = await this.#deps.people.findById(userId);
    if (person && (await this.#deps.passwordMatches(person.password_hash, password))) return person;
    await this.#deps.transaction(({ audit }) => audit({ ...lineOf(userId, actor), action: 'password.refused' }));
    throw new AppError('AUTHENTICATION_FAILED', { message: 'The password is not right.' });
  }

  async #refuse(userId: number, verdict: CodeVerdict): Promise<void> {
    if (verdict === 'right') return;
    const now = this.#deps.now();
    const until = verdict === 'locked' ? await this.#deps.repository.lockedUntil(userId, now) : null;
    if (verdict === 'wrong') throw new AppError('SECOND_FACTOR_WRONG');
    throw new AppError('SECOND_FACTOR_LOCKED', { retryAfter: Math.max(1, Math.ceil(((until ?? now) - now) / 1000)) });
  }

  async #try({ factors, audit }: Tables, userId: number, state: SecondFactorRow['state'], code: OneTimeCode | null): Promise<CodeVerdict> {
    const now = this.#deps.now();
    const row = await factors.countTry(userId, state, now);
    if (!row) return (await factors.lockedUntil(userId, now)) === null ? 'wrong' : 'locked';
    const line = lineOf(userId, { kind: 'user', id: String(userId) });
    const step = code?.kind === 'totp' ? this.#step(userId, row, code.text, now) : null;
    const right = code?.kind === 'backup' ? await factors.takeBackupCode(userId, backupCodeHash(userId, code.text), now) : step !== null && (await factors.takeStep(userId, step));
    if (right) {
      // How far clocks of authenticators are behind shows whether the window is wide enough.
      const behind = step === null ? {} : { stepsBehind: Math.floor(now / 1000 / TOTP_STEP_SECONDS) - step };
      await audit({ ...line, action: 'second_factor.passed', after: { method: code!.kind, ...behind } });
      return 'right';
    }
    const lockMs = lockAfter(row.failures);
    if (lockMs > 0) await factors.lock(userId, now + lockMs);
    await audit({ ...line, action: lockMs > 0 ? 'second_factor.locked' : 'second_factor.failed', after: { method: code?.kind ?? 'none', failures: row.failures } });
    return 'wrong';
  }

  #step(userId: number, row: SecondFactorRow, code: string, now: number): number | null {
    const secret = this.#deps.openSecret(userId, row.secret_sealed);
    if (secret === null) throw new Error(`The second factor of user ${userId} does not open with ENCRYPTION_KEY.`);
    return this.#deps.totp.stepOf(secret, code, Math.floor(now / 1000));
  }
}

const lineOf = (userId: number, actor: Actor): Pick<AuditEntry, 'actor' | 'subject'> => ({ actor, subject: { kind: 'user', id: String(userId) } });
