import type { AuditEntry } from '../../domain/audit-entry.ts';
import { backupCodeHash, lockAfter, readOneTimeCode, TOTP_STEP_SECONDS, type OneTimeCode, type OneTimeCodeKind } from '../../domain/one-time-code.ts';
import type { SecondFactorRepository, SecondFactorRow } from './second-factor.repository.ts';

/** `locked` says nothing about the code: it has not been looked at. */
export type CodeVerdict = 'right' | 'wrong' | 'locked';

interface Tables {
  readonly factors: SecondFactorRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface SecondFactorDeps {
  readonly repository: SecondFactorRepository;
  readonly transaction: <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;
  readonly totp: { stepOf: (secret: string, code: string, nowSeconds: number) => number | null };
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
    return this.#deps.repository.isOn(userId);
  }

  /**
   * Takes the code: a right one is right once. A verdict is on record before it is given.
   * @param method where only one kind will do
   */
  async check(userId: number, code: string, method?: OneTimeCodeKind): Promise<CodeVerdict> {
    const typed = readOneTimeCode(code);
    const tried = typed && (method === undefined || typed.kind === method) ? typed : null;
    return this.#deps.transaction((tables) => this.#try(tables, userId, tried));
  }

  /** Milliseconds since 1970, or `null` when a code may be tried now. */
  async lockedUntil(userId: number): Promise<number | null> {
    return this.#deps.repository.lockedUntil(userId, this.#deps.now());
  }

  async #try({ factors, audit }: Tables, userId: number, code: OneTimeCode | null): Promise<CodeVerdict> {
    const now = this.#deps.now();
    const row = await factors.countTry(userId, 'on', now);
    if (!row) return (await factors.lockedUntil(userId, now)) === null ? 'wrong' : 'locked';
    const line = { actor: { kind: 'user', id: String(userId) }, subject: { kind: 'user', id: String(userId) } } as const;
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
