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
}

type Verdict = { ok: true; claims: Record<string, unknown> } | { ok: false; reason: 'invalid' | 'expired' };

export interface AuthDeps {
  readonly repository: AuthRepository;
  readonly passwords: {
    hash: (password: string) => Promise<string>;
    matches: (hash: string | null, password: string) => Promise<boolean>;
    needsRehash: (hash: string) => boolean;
  };
  readonly keys: { readonly signing: AccessTokenKey; find: (kid: string) => AccessTokenKey | undefined; readonly jwks: readonly Record<string, unknown>[] };
  readonly sign: (claims: object, key: AccessTokenKey) => string;
  readonly verify: (token: string, keyOf: (kid: string) => AccessTokenKey | undefined, nowSeconds: number) => Verdict;
  readonly cache: { get: (token: string, now: number) => Principal | undefined; set: (token: string, principal: Principal, expiresAt: number) => void };
  /** One transaction: the person is there with the line that says who made them, or neither is. A mail leaves after it, if it commits. */
  readonly transaction: <T>(work: (tables: { readonly users: AuthRepository; readonly audit: (entry: AuditEntry) => Promise<void>; readonly mail: (mail: Mail) => Promise<void> }) => Promise<T>) => Promise<T>;
  readonly now: () => number;
  readonly newId: () => string;
}

export const ACCESS_TOKEN_SECONDS = 900;
export const ACCESS_TOKEN_ISSUER = 'trading-platform';
export const ACCESS_TOKEN_AUDIENCE = 'trading-platform';

/** spec/4's strings. `view_*` are what its token example prints, `read:*` what its routes ask for. */
const TRADER = ['trade', 'view_balance', 'view_orders', 'read:balance', 'read:trades', 'read:profile', 'write:profile', 'write:balance'];
const PERMISSIONS: Record<UserRole, readonly string[]> = {
  user: TRADER,
  staff: ['read:exchanges', 'read:risk'],
  admin: ['read:exchanges', 'write:exchanges', 'read:users', 'read:all_orders', 'read:all_trades', 'read:system', 'read:risk', 'write:risk', 'write:markets', 'write:users', 'write:deposits', 'write:withdrawals'],
};

/** An order placed with this permission needs a valid trade token (design 5.8). */
export const WIDGET_PERMISSION = 'trade:widget';

export class AuthService {
  readonly #deps: AuthDeps;

  constructor(deps: AuthDeps) {
    this.#deps = deps;
  }

  /** The same answer whether or not the address is known: registration must not tell who is a customer. */
  async register(email: string, password: string): Promise<{ email: string }> {
    await this.createUser(email, password, 'user');
    return { email };
  }

  /** @returns the new user's id, or `null` when the address is known */
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

  /** @throws AppError AUTHENTICATION_FAILED, after the same work for an unknown address as for a wrong password */
  async login(email: string, password: string): Promise<{ accessToken: string; expiresIn: number }> {
    const user = await this.#deps.repository.findByEmail(email);
    const right = await this.#deps.passwords.matches(user?.password_hash ?? null, password);
    if (!user || !right) throw new AppError('AUTHENTICATION_FAILED');
    if (this.#deps.passwords.needsRehash(user.password_hash)) {
      await this.#deps.repository.updatePasswordHash(user.id, await this.#deps.passwords.hash(password));
    }
    return { accessToken: this.#accessToken(user.id, user.role, PERMISSIONS[user.role], { email: user.email }), expiresIn: ACCESS_TOKEN_SECONDS };
  }

  /** A session that can only place orders with a trade token. For the page our own venue embeds the widget in. */
  widgetAccessToken(userId: number): string {
    return this.#accessToken(userId, 'user', [WIDGET_PERMISSION], {});
  }

  /** @throws AppError ACCESS_TOKEN_INVALID */
  authenticate(accessToken: string): Principal {
    const nowSeconds = Math.floor(this.#deps.now() / 1000);
    const known = this.#deps.cache.get(accessToken, nowSeconds);
    if (known) return known;
    const verdict = this.#deps.verify(accessToken, (kid) => this.#deps.keys.find(kid), nowSeconds);
    if (!verdict.ok) throw new AppError('ACCESS_TOKEN_INVALID');
    const { sub, role, permissions, exp } = verdict.claims;
    const principal: Principal = { userId: Number(sub), role: role as UserRole, permissions: new Set(permissions as string[]) };
    this.#deps.cache.set(accessToken, principal, exp as number);
    return principal;
  }

  get jwks(): { keys: readonly Record<string, unknown>[] } {
    return { keys: this.#deps.keys.jwks };
  }

  #accessToken(userId: number, role: UserRole, permissions: readonly string[], more: object): string {
    const iat = Math.floor(this.#deps.now() / 1000);
    const claims = { iss: ACCESS_TOKEN_ISSUER, aud: ACCESS_TOKEN_AUDIENCE, sub: String(userId), ...more, role, permissions, iat, exp: iat + ACCESS_TOKEN_SECONDS, jti: this.#deps.newId() };
    return this.#deps.sign(claims, this.#deps.keys.signing);
  }
}
