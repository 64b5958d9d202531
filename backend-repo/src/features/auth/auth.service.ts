import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { Mail } from '../../domain/mail.ts';
import { AppError } from '../../errors.ts';
import type { AuthRepository, UserRole } from './auth.repository.ts';
import type { AccessTokenKey } from './auth.state.ts';

/** Who makes a request, as their access token says. */
export interface Principal {
  readonly userId: number;
  readonly role: UserRole;
  readonly permissions: ReadonlySet<string>;
  /** The session the token belongs to; `null` for what needs none. */
  readonly sessionId: string | null;
  /** When a code of the second factor was last shown there, in milliseconds. */
  readonly secondFactorAt: number | null;
}

/** What an access token says, besides when. */
export interface TokenHolder {
  readonly userId: number;
  readonly email: string;
  readonly role: UserRole;
  readonly sessionId: string;
  readonly secondFactorAt: number | null;
}

export interface AccessToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

type Verdict = { ok: true; claims: Record<string, unknown> } | { ok: false; reason: 'invalid' | 'expired' };

export interface AuthDeps {
  readonly repository: AuthRepository;
  readonly passwords: {
    hash: (password: string) => Promise<string>;
  };
  readonly keys: { readonly signing: AccessTokenKey; find: (kid: string) => AccessTokenKey | undefined; readonly jwks: readonly Record<string, unknown>[] };
  readonly sign: (claims: object, key: AccessTokenKey) => string;
  readonly verify: (token: string, keyOf: (kid: string) => AccessTokenKey | undefined, nowSeconds: number) => Verdict;
  /** Whether a session has ended while access tokens of it may be alive. From memory: it is asked for every request. */
  readonly hasEnded: (sessionId: string) => boolean;
  readonly cache: { get: (token: string, now: number) => Principal | undefined; set: (token: string, principal: Principal, expiresAt: number) => void };
  /** One transaction: the person is there with the line that says who made them, or neither is. A mail leaves after it, if it commits. */
  readonly transaction: <T>(work: (tables: { readonly users: AuthRepository; readonly audit: (entry: AuditEntry) => Promise<void>; readonly mail: (mail: Mail) => Promise<void> }) => Promise<T>) => Promise<T>;
  readonly now: () => number;
  readonly newId: () => string;
}

export const ACCESS_TOKEN_SECONDS = 900;
/** So far the clock of the node that is asked next may be behind. */
const CLOCKS_APART_SECONDS = 5;
export const ACCESS_TOKEN_ISSUER = 'trading-platform';
export const ACCESS_TOKEN_AUDIENCE = 'trading-platform';

/** spec/4's strings. `view_*` are what its token example prints, `read:*` what its routes ask for. */
const OWN_PROFILE = ['read:profile', 'write:profile'];
const TRADER = ['trade', 'view_balance', 'view_orders', 'read:balance', 'read:trades', ...OWN_PROFILE, 'write:balance'];
const PERMISSIONS: Record<UserRole, readonly string[]> = {
  user: TRADER,
  staff: [...OWN_PROFILE, 'read:exchanges', 'read:risk'],
  admin: [...OWN_PROFILE, 'read:exchanges', 'write:exchanges', 'read:users', 'read:all_orders', 'read:all_trades', 'read:system', 'read:audit', 'read:risk', 'write:risk', 'write:markets', 'write:users', 'write:deposits', 'write:withdrawals'],
};

/** What traders never hold: the routes that ask for one of these are the administration (rule A12), wherever they stand. */
export const STAFF_PERMISSIONS: ReadonlySet<string> = new Set([...PERMISSIONS.staff, ...PERMISSIONS.admin].filter((permission) => !PERMISSIONS.user.includes(permission)));

/** An order placed with this permission needs a valid trade token (design 5.8). */
export const WIDGET_PERMISSION = 'trade:widget';

export class AuthService {
  readonly #deps: AuthDeps;

  constructor(deps: AuthDeps) {
    this.#deps = deps;
  }

  /** Somebody whose address needs no link. @returns the new user's id, or `null` when the address is known */
  async createUser(email: string, password: string, role: UserRole): Promise<number | null> {
    return this.#deps.repository.insertUser(email, await this.#deps.passwords.hash(password), role);
  }

  /**
   * Makes somebody of ours, on record.
   * @throws AppError EMAIL_TAKEN
   */
  async createStaff(email: string, password: string, role: 'staff' | 'admin', actor: Actor): Promise<number> {
    const hash = await this.#deps.passwords.hash(password);
    return this.#deps.transaction(async ({ users, audit }) => {
      const userId = await users.insertUser(email, hash, role);
      if (userId === null) throw new AppError('EMAIL_TAKEN');
      await audit({ actor, action: 'user.created', subject: { kind: 'user', id: String(userId) }, after: { role } });
      return userId;
    });
  }

  async findUserId(email: string): Promise<number | null> {
    return (await this.#deps.repository.findByEmail(email))?.id ?? null;
  }

  accessToken({ userId, email, role, sessionId, secondFactorAt }: TokenHolder): AccessToken {
    const more = { email, sid: sessionId, ...(secondFactorAt !== null && { second_factor_at: secondFactorAt }) };
    return { accessToken: this.#sign(userId, role, PERMISSIONS[role], more), expiresIn: ACCESS_TOKEN_SECONDS };
  }

  /**
   * Good for placing orders with a trade token, and for nothing else. For the page our own venue embeds the widget in.
   * @param sessionId it ends with this one
   */
  widgetAccessToken(userId: number, sessionId: string | null = null): string {
    return this.#sign(userId, 'user', [WIDGET_PERMISSION], sessionId === null ? {} : { sid: sessionId });
  }

  /** @throws AppError ACCESS_TOKEN_INVALID */
  authenticate(accessToken: string): Principal {
    const nowSeconds = Math.floor(this.#deps.now() / 1000);
    const principal = this.#deps.cache.get(accessToken, nowSeconds) ?? this.#verify(accessToken, nowSeconds);
    // Asked of a cached token, too: a session may have ended since.
    if (principal.sessionId !== null && this.#deps.hasEnded(principal.sessionId)) throw new AppError('ACCESS_TOKEN_INVALID');
    return principal;
  }

  get jwks(): { keys: readonly Record<string, unknown>[] } {
    return { keys: this.#deps.keys.jwks };
  }

  #verify(accessToken: string, nowSeconds: number): Principal {
    const verdict = this.#deps.verify(accessToken, (kid) => this.#deps.keys.find(kid), nowSeconds);
    if (!verdict.ok) throw new AppError('ACCESS_TOKEN_INVALID');
    const { sub, role, permissions, sid, second_factor_at: secondFactorAt, exp } = verdict.claims;
    const principal: Principal = {
      userId: Number(sub),
      role: role as UserRole,
      permissions: new Set(permissions as string[]),
      sessionId: (sid as string | undefined) ?? null,
      secondFactorAt: (secondFactorAt as number | undefined) ?? null,
    };
    this.#deps.cache.set(accessToken, principal, exp as number);
    return principal;
  }

  #sign(userId: number, role: UserRole, permissions: readonly string[], more: object): string {
    const iat = Math.floor(this.#deps.now() / 1000);
    const times = { iat, nbf: iat - CLOCKS_APART_SECONDS, exp: iat + ACCESS_TOKEN_SECONDS };
    const claims = { iss: ACCESS_TOKEN_ISSUER, aud: ACCESS_TOKEN_AUDIENCE, sub: String(userId), ...more, role, permissions, ...times, jti: this.#deps.newId() };
    return this.#deps.sign(claims, this.#deps.keys.signing);
  }
}
