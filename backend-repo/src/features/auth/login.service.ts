import type { AuditEntry } from '../../domain/audit-entry.ts';
import { AppError } from '../../errors.ts';
import type { AuthRepository, UserRow } from './auth.repository.ts';
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
  readonly secondFactor: Pick<SecondFactorService, 'isOn' | 'demand'>;
  readonly sessions: Pick<SessionsService, 'open'>;
  /** On its own: what it tells of has changed nothing. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly now: () => number;
}

/** Signing in. */
export class LoginService {
  readonly #deps: LoginDeps;

  constructor(deps: LoginDeps) {
    this.#deps = deps;
  }

  /**
   * The same work for an unknown address as for a wrong password (rule A7), and nothing said about a second factor before the password is right.
   * @throws AppError AUTHENTICATION_FAILED, TWO_FACTOR_REQUIRED, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED
   */
  async login({ email, password, totp }: Credentials, client: Client): Promise<SignedIn> {
    const { users, passwords, sessions } = this.#deps;
    const user = await users.findByEmail(email);
    const right = await passwords.matches(user?.password_hash ?? null, password);
    if (!user || !right) {
      await this.#record('login.failed', email, user, client);
      throw new AppError('AUTHENTICATION_FAILED');
    }
    const secondFactorAt = await this.#askSecondFactor(user, totp, client);
    if (passwords.needsRehash(user.password_hash)) await users.updatePasswordHash(user.id, await passwords.hash(password));
    return sessions.open({ userId: user.id, email: user.email, role: user.role, secondFactorAt }, client);
  }

  /** @returns when it was shown, or `null` where it is off */
  async #askSecondFactor(user: UserRow, code: string | undefined, client: Client): Promise<number | null> {
    const { secondFactor, now } = this.#deps;
    if (!(await secondFactor.isOn(user.id))) return null;
    if (code === undefined) {
      await this.#record('login.second_factor_asked', user.email, user, client);
      throw new AppError('TWO_FACTOR_REQUIRED');
    }
    await secondFactor.demand(user.id, code);
    return now();
  }

  async #record(action: string, email: string, user: UserRow | null, { ip, requestId }: Client): Promise<void> {
    const actor = { kind: 'system', id: 'login', ip, requestId } as const;
    await this.#deps.audit({ actor, action, subject: { kind: 'user', id: user ? String(user.id) : 'unknown' }, after: { email: maskedEmail(email) } });
  }
}

/** Enough to tell two attempts apart, and not whom to write to. */
const maskedEmail = (email: string): string => email.replace(/^(.?)[^@]*/, '$1…');
