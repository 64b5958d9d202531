import type { SecretBox } from '../../domain/secret-box.ts';
import { signingKeyContext } from '../../domain/session-secrets.ts';
import type { SessionsRepository } from './sessions.repository.ts';

const KEYS_MAX = 10_000;

/** The signing keys of sessions that signed something lately, opened. Whether a session has ended is asked elsewhere, for every request. */
export class SessionSigningKeys {
  readonly #repository: Pick<SessionsRepository, 'findSigningKey'>;
  readonly #box: SecretBox;
  readonly #keysMax: number;
  /** By session, the one that signed last at the end. */
  readonly #keys = new Map<string, { readonly userId: number; readonly key: string }>();

  constructor(repository: Pick<SessionsRepository, 'findSigningKey'>, box: SecretBox, keysMax = KEYS_MAX) {
    this.#repository = repository;
    this.#box = box;
    this.#keysMax = keysMax;
  }

  /** `null` when this user has no such session, or it has ended. */
  async keyOf(sessionId: string, userId: number): Promise<string | null> {
    const known = this.#keys.get(sessionId);
    const key = known?.userId === userId ? known.key : await this.#open(sessionId, userId);
    if (key === null) return null;
    this.#keys.delete(sessionId);
    if (this.#keys.size >= this.#keysMax) this.#keys.delete(this.#keys.keys().next().value!);
    this.#keys.set(sessionId, { userId, key });
    return key;
  }

  async #open(sessionId: string, userId: number): Promise<string | null> {
    const sealed = await this.#repository.findSigningKey(sessionId, userId);
    if (sealed === null) return null;
    const key = this.#box.open(sealed, signingKeyContext(sessionId));
    if (key === null) throw new Error(`the signing key of session ${sessionId} does not open with ENCRYPTION_KEY`);
    return key;
  }
}
