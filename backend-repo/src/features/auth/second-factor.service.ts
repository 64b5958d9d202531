import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { backupCodeHash, lockAfter, readOneTimeCode, TOTP_STEP_SECONDS, type OneTimeCode, type OneTimeCodeKind } from '../../domain/one-time-code.ts';
import { AppError } from '../../errors.ts';
import type { SecondFactorRepository, SecondFactorRow } from './second-factor.repository.ts';

/** `locked` says nothing about the code: it has not been looked at. */
export type CodeVerdict = 'right' | 'wrong' | 'locked';

export interface CodeTables {
  readonly factors: SecondFactorRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

/** Whose code it should be, and who shows one. */
export interface CodeOwner {
  readonly userId: number;
  readonly actor: Actor;
}

export interface SecondFactorDeps {
  readonly asUser: <T>(userId: number, work: (tables: CodeTables) => Promise<T>) => Promise<T>;
  readonly totp: { readonly stepOf: (secret: string, code: string, nowSeconds: number) => number | null };
  /** `null` when it does not open. */
  readonly openSecret: (userId: number, sealed: string) => string | null;
  readonly now: () => number;
}

/** Codes of an authenticator app, and backup codes (decision 0021). */
export class SecondFactorService {
  readonly #deps: SecondFactorDeps;

  constructor(deps: SecondFactorDeps) {
    this.#deps = deps;
  }

  async isOn(userId: number): Promise<boolean> {
    return this.#deps.asUser(userId, ({ factors }) => factors.isOn(userId));
  }

  /**
   * Takes the code: a right one is right once. A verdict is on record before it is given.
   * @param method where only one kind will do
   */
  async check(whose: CodeOwner, code: string, method?: OneTimeCodeKind): Promise<CodeVerdict> {
    const typed = readOneTimeCode(code);
    const tried = typed && (method === undefined || typed.kind === method) ? typed : null;
    return this.#deps.asUser(whose.userId, (tables) => this.tryCode(tables, whose, 'on', tried));
  }

  /** @throws AppError SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED */
  async demand(whose: CodeOwner, code: string): Promise<void> {
    await this.refuse(whose.userId, await this.check(whose, code));
  }

  /** @throws AppError SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED, for any verdict but `right` */
  async refuse(userId: number, verdict: CodeVerdict): Promise<void> {
    if (verdict === 'right') return;
    if (verdict === 'wrong') throw new AppError('SECOND_FACTOR_WRONG');
    const now = this.#deps.now();
    const until = await this.#deps.asUser(userId, ({ factors }) => factors.lockedUntil(userId, now));
    throw new AppError('SECOND_FACTOR_LOCKED', { retryAfter: Math.max(1, Math.ceil(((until ?? now) - now) / 1000)) });
  }

  /** In the transaction of what depends on it. @param code `null`: what was typed can be none */
  async tryCode({ factors, audit }: CodeTables, { userId, actor }: CodeOwner, state: SecondFactorRow['state'], code: OneTimeCode | null): Promise<CodeVerdict> {
    const now = this.#deps.now();
    const row = await factors.countTry(userId, state, now);
    if (!row) return (await factors.lockedUntil(userId, now)) === null ? 'wrong' : 'locked';
    const line = lineOf(userId, actor);
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

export const lineOf = (userId: number, actor: Actor): Pick<AuditEntry, 'actor' | 'subject'> => ({ actor, subject: { kind: 'user', id: String(userId) } });
