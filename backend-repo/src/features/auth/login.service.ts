import type { Actor } from '../../domain/audit-entry.ts';
import { deviceNameOf } from '../../domain/device-name.ts';
import { AppError } from '../../errors.ts';
import type { AuthRepository, UserRow } from './auth.repository.ts';
import type { LoginAttempt, LoginGuard } from './login-guard.service.ts';
import type { ReverificationService } from './reverification.service.ts';
import type { SecondFactorService } from './second-factor.service.ts';
import type { Client, SessionsService, SignedIn } from './sessions.service.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** A code of the second factor. */
  readonly totp?: string;
}

export interface LoginDeps {
  readonly users: AuthRepository;
  readonly passwords: {
    readonly hash: (password: string) => Promise<string>;
    readonly matches: (hash: string | null, password: string) => Promise<boolean>;
    readonly needsRehash: (hash: string) => boolean;
  };
  readonly guard: Pick<LoginGuard, 'admit' | 'failed' | 'challenged' | 'stopped' | 'succeeded'>;
  readonly secondFactor: Pick<SecondFactorService, 'isOn' | 'demand'>;
  readonly reverification: Pick<ReverificationService, 'ask'>;
  readonly sessions: Pick<SessionsService, 'open'>;
  readonly now: () => number;
}

export interface LoggedIn extends SignedIn {
  /** What the client is known by when it shows it next time. */
  readonly device: string;
}

/** Signing in. The guard puts every attempt on record. */
export class LoginService {
  readonly #deps: LoginDeps;

  constructor(deps: LoginDeps) {
    this.#deps = deps;
  }

  /**
   * The same work for an unknown address as for a wrong password (rule A7), and nothing said about the account before the password is right.
   * @throws AppError LOGIN_LOCKED, COUNTRY_NOT_ALLOWED, AUTHENTICATION_FAILED, EMAIL_NOT_VERIFIED, TWO_FACTOR_REQUIRED, SECOND_FACTOR_WRONG,
   * SECOND_FACTOR_LOCKED, REVERIFICATION_REQUIRED
   */
  async login({ email, password, totp }: Credentials, client: Client): Promise<LoggedIn> {
    const { users, passwords, guard, sessions } = this.#deps;
    const attempt = { email, ip: client.ip, device: client.device, requestId: client.requestId, userAgent: client.userAgent };
    const admission = await guard.admit(attempt);
    if (!admission.admitted) throw new AppError(admission.code, admission.retryAfter === undefined ? {} : { retryAfter: admission.retryAfter });
    const user = await users.findByEmail(email);
    const right = await passwords.matches(user?.password_hash ?? null, password);
    if (!user || !right) {
      await guard.failed({ ...attempt, userId: user?.id ?? null }, user ? 'invalid_password' : 'unknown_account');
      throw new AppError('AUTHENTICATION_FAILED');
    }
    if (!user.verified) throw await this.#challenge(user, attempt, new AppError('EMAIL_NOT_VERIFIED'));
    const secondFactorAt = await this.#askSecondFactor(user, totp, attempt);
    if (user.mustReverify) {
      await guard.stopped(attempt);
      await this.#deps.reverification.ask(user, actorOf(user.id, attempt));
      throw new AppError('REVERIFICATION_REQUIRED');
    }
    const passwordHash = await this.#strengthen(user, password);
    const { device } = await guard.succeeded({ ...attempt, userId: user.id, deviceName: deviceNameOf(client.userAgent) });
    // A browser shows the device it was just given when it renews; a program may not keep it.
    const from = client.keepsCookies ? { ...client, device: device.secret } : client;
    return { ...(await sessions.open({ userId: user.id, email: user.email, role: user.role, secondFactorAt }, from, { deviceId: device.id, passwordHash, credentialsChangedAt: user.credentialsChangedAt })), device: device.secret };
  }

  /**
   * Hashes a right password as passwords are hashed now, where it was hashed with less.
   * @returns the hash of the account by which it is right; a password that was chosen in the meantime stays
   */
  async #strengthen({ id, password_hash: judged }: UserRow, password: string): Promise<string> {
    const { users, passwords } = this.#deps;
    if (!passwords.needsRehash(judged)) return judged;
    const stronger = await passwords.hash(password);
    if (await users.replacePasswordHash(id, judged, stronger)) return stronger;
    // Another sign-in has done the same, or the password is another one.
    const stored = (await users.findById(id))?.password_hash ?? null;
    return stored !== null && (await passwords.matches(stored, password)) ? stored : judged;
  }

  /** @returns when it was shown, or `null` where it is off */
  async #askSecondFactor(user: UserRow, code: string | undefined, attempt: LoginAttempt): Promise<number | null> {
    const { secondFactor, guard, now } = this.#deps;
    if (!(await secondFactor.isOn(user.id))) return null;
    if (code === undefined) throw await this.#challenge(user, attempt, new AppError('TWO_FACTOR_REQUIRED'));
    try {
      await secondFactor.demand({ userId: user.id, actor: actorOf(user.id, attempt) }, code);
    } catch (error) {
      if (error instanceof AppError && error.code === 'SECOND_FACTOR_WRONG') await guard.failed({ ...attempt, userId: user.id }, 'invalid_code');
      if (error instanceof AppError && error.code === 'SECOND_FACTOR_LOCKED') await this.#challenge(user, attempt, error);
      throw error;
    }
    return now();
  }

  async #challenge(user: UserRow, attempt: LoginAttempt, error: AppError): Promise<AppError> {
    await this.#deps.guard.challenged({ ...attempt, userId: user.id }, error.code);
    return error;
  }
}

const actorOf = (userId: number, { ip, requestId }: LoginAttempt): Actor => ({ kind: 'user', id: String(userId), ip, requestId });
