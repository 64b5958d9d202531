import { inRanges } from '../../domain/address-ranges.ts';
import { JoinedRefresh } from '../../domain/joined-refresh.ts';
import type { SecretBox } from '../../domain/secret-box.ts';
import { publicKeyOf } from './api-keys.schema.ts';
import type { ApiKeyCredentialRow, ApiKeyCredentialsRepository } from './api-keys.repository.ts';

/** A key that may sign, as this node knows it. */
export interface ApiKeyCredentials {
  readonly id: string;
  readonly userId: number;
  readonly secret: string;
  readonly scopes: ReadonlySet<string>;
  readonly requireVersion2: boolean;
  /** Milliseconds since 1970, or `null`. */
  readonly expiresAt: number | null;
  /** Refused until its owner has shown that the account is theirs. */
  readonly held: boolean;
  readonly allowsAddress: (address: string) => boolean;
}

export const SECRET_CONTEXT = 'api-key-secret';
/** Whoever comes with a key that expired is told so for this long; afterwards it is unknown. */
const EXPIRED_KNOWN_MS = 7 * 86_400_000;

/**
 * Every key of every trader, in memory: no query runs before a signed order reaches the engine. Refreshed when the database notifies. When a
 * key was used is kept here, too, until it is written down, for many keys at once.
 */
export class ApiKeysState {
  readonly #repository: ApiKeyCredentialsRepository;
  readonly #box: SecretBox;
  readonly #now: () => number;
  readonly #onBad: (id: string) => void;
  #keys: ReadonlyMap<string, ApiKeyCredentials> = new Map();
  readonly #refresh = new JoinedRefresh(() => this.#load());
  #uses = new Map<string, number>();

  /** @param onBad told of each key that is left out because its secret does not open */
  constructor(repository: ApiKeyCredentialsRepository, box: SecretBox, now: () => number, onBad: (id: string) => void) {
    this.#repository = repository;
    this.#box = box;
    this.#now = now;
    this.#onBad = onBad;
  }

  /** @param key as it stands in X-API-Key */
  find(key: string): ApiKeyCredentials | undefined {
    return this.#keys.get(key);
  }

  used(id: string): void {
    this.#uses.set(id, this.#now());
  }

  refresh(): Promise<void> {
    return this.#refresh.run();
  }

  /** What could not be written is kept for the next time. */
  async writeUses(): Promise<void> {
    const uses = this.#uses;
    if (uses.size === 0) return;
    this.#uses = new Map();
    try {
      await this.#repository.noteUses(uses);
    } catch (error) {
      this.#uses = new Map([...uses, ...this.#uses]);
      throw error;
    }
  }

  async #load(): Promise<void> {
    const rows = await this.#repository.load(this.#now() - EXPIRED_KNOWN_MS);
    const keys = new Map<string, ApiKeyCredentials>();
    for (const row of rows) {
      const key = publicKeyOf(row.id);
      // Nothing else of a key changes while it lives, and opening its secret costs more than all else here.
      const credentials = this.#keys.get(key) ?? this.#open(row);
      if (credentials) keys.set(key, credentials.held === row.held ? credentials : { ...credentials, held: row.held });
      else this.#onBad(row.id);
    }
    this.#keys = keys;
  }

  #open(row: ApiKeyCredentialRow): ApiKeyCredentials | null {
    const secret = this.#box.open(row.secret_sealed, [SECRET_CONTEXT, row.id, String(row.user_id)]);
    if (secret === null) return null;
    return {
      id: row.id,
      userId: row.user_id,
      secret,
      scopes: new Set(row.scopes),
      requireVersion2: row.require_version_2,
      expiresAt: row.expires_at?.getTime() ?? null,
      held: row.held,
      allowsAddress: row.ip_allow_list.length === 0 ? () => true : inRanges(row.ip_allow_list),
    };
  }
}
