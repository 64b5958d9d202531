import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { Mail } from '../../domain/mail.ts';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import { uuidV7 } from '../../domain/uuid.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { ApiKeyRow, ApiKeysRepository } from './api-keys.repository.ts';
import { publicKeyOf, type CreateApiKeyRequest } from './api-keys.schema.ts';
import { SECRET_CONTEXT } from './api-keys.state.ts';
import type { AuthRepository } from './auth.repository.ts';

interface Tables {
  readonly keys: ApiKeysRepository;
  readonly users: Pick<AuthRepository, 'holdStanding'>;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly mail: (mail: Mail) => Promise<void>;
}

export interface ApiKeysDeps {
  readonly asUser: <T>(userId: number, work: (tables: Tables) => Promise<T>) => Promise<T>;
  readonly findUser: (userId: number) => Promise<{ readonly email: string; readonly password_hash: string } | null>;
  readonly passwordMatches: (hash: string | null, password: string) => Promise<boolean>;
  readonly secondFactor: {
    isOn: (userId: number) => Promise<boolean>;
    /** @throws AppError SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED */
    demand: (whose: { readonly userId: number; readonly actor: Actor }, code: string) => Promise<void>;
  };
  /** This node knows of a change at once; the others are told by the database. */
  readonly changed: () => Promise<void>;
  readonly box: SecretBox;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly now: () => number;
}

/** Who asks: a trader in their own session. */
export interface KeyOwner {
  readonly userId: number;
  readonly permissions: ReadonlySet<string>;
  readonly actor: Actor;
}

/** As the contract's ApiKey. */
export interface ApiKeyView {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly ip_allow_list: readonly string[];
  readonly require_version_2: boolean;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

export const API_KEYS_PER_USER_MAX = 10;
const SECRET_BYTES = 32;

/** The keys that a trader's programs sign with (decision 0022). */
export class ApiKeysService {
  readonly #deps: ApiKeysDeps;

  constructor(deps: ApiKeysDeps) {
    this.#deps = deps;
  }

  async list(userId: number): Promise<{ keys: ApiKeyView[] }> {
    const rows = await this.#deps.asUser(userId, ({ keys }) => keys.list());
    return { keys: rows.map(toView) };
  }

  /**
   * The secret is in this answer and in no other.
   * @throws AppError VALIDATION_ERROR, AUTHENTICATION_FAILED, TWO_FACTOR_REQUIRED, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED, PERMISSION_DENIED, TOO_MANY_API_KEYS,
   * REVERIFICATION_REQUIRED, where that has been forced since the session was looked at
   */
  async create(owner: KeyOwner, request: CreateApiKeyRequest): Promise<ApiKeyView & { secret: string }> {
    const { box, randomBytes } = this.#deps;
    const now = this.#deps.now();
    const expiresAt = readExpiry(request.expires_at ?? null, now);
    if (request.scopes.some((scope) => !owner.permissions.has(scope))) throw new AppError('PERMISSION_DENIED');
    const { email } = await this.#confirm(owner, request);
    const id = uuidV7(now, randomBytes(10));
    const secret = `${publicKeyOf(id)}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
    const row = {
      id,
      name: request.name,
      scopes: [...request.scopes].sort(),
      ip_allow_list: request.ip_allow_list ?? [],
      require_version_2: request.require_version_2 ?? false,
      created_at: new Date(now),
      expires_at: expiresAt,
    };
    await this.#deps.asUser(owner.userId, async ({ keys, users, audit, mail }) => {
      if ((await users.holdStanding(owner.userId))?.mustReverify) throw new AppError('REVERIFICATION_REQUIRED');
      if ((await keys.countActive(owner.userId, now)) >= API_KEYS_PER_USER_MAX) throw new AppError('TOO_MANY_API_KEYS');
      await keys.insert({ ...row, user_id: owner.userId, secret_sealed: box.seal(secret, [SECRET_CONTEXT, id, String(owner.userId)], randomBytes(SEAL_RANDOM_BYTES)) });
      const { name, scopes, ip_allow_list, require_version_2 } = row;
      await audit({ actor: owner.actor, action: 'api_key.created', subject: { kind: 'api_key', id }, after: { name, scopes, ip_allow_list, require_version_2, expires_at: expiresAt } });
      await mail({ to: email, template: 'api-key-created', data: { name, at: now } });
    });
    await this.#deps.changed();
    return { ...toView({ ...row, last_used_at: null }), secret };
  }

  /** @throws AppError API_KEY_NOT_FOUND, for another user's key too */
  async revoke({ userId, actor }: KeyOwner, id: string): Promise<void> {
    await this.#deps.asUser(userId, async ({ keys, audit }) => {
      const name = await keys.revoke(id, this.#deps.now());
      if (name === null) throw new AppError('API_KEY_NOT_FOUND');
      await audit({ actor, action: 'api_key.revoked', subject: { kind: 'api_key', id }, before: { name } });
    });
    await this.#deps.changed();
  }

  /** A session that was left open must not be enough to make a key that outlives it. */
  async #confirm({ userId, actor }: KeyOwner, { password, totp }: CreateApiKeyRequest): Promise<{ email: string }> {
    const { secondFactor } = this.#deps;
    const user = await this.#deps.findUser(userId);
    if (!user || !(await this.#deps.passwordMatches(user.password_hash, password))) {
      await this.#deps.asUser(userId, ({ audit }) => audit({ actor, action: 'password.refused', subject: { kind: 'user', id: String(userId) } }));
      throw new AppError('AUTHENTICATION_FAILED', { message: 'The password is not right.' });
    }
    if (await secondFactor.isOn(userId)) {
      if (totp === undefined) throw new AppError('TWO_FACTOR_REQUIRED');
      await secondFactor.demand({ userId, actor }, totp);
    }
    return user;
  }
}

function readExpiry(text: string | null, now: number): Date | null {
  if (text === null) return null;
  const at = new Date(text);
  if (at.getTime() <= now) throw invalidField('expires_at', 'Must be in the future.');
  return at;
}

function toView({ id, name, scopes, ip_allow_list, require_version_2, created_at, expires_at, last_used_at }: ApiKeyRow): ApiKeyView {
  return {
    id, key: publicKeyOf(id), name, scopes, ip_allow_list, require_version_2,
    created_at: created_at.toISOString(), expires_at: expires_at?.toISOString() ?? null, last_used_at: last_used_at?.toISOString() ?? null,
  };
}
