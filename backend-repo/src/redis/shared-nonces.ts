import { NONCE_KEPT_MS, type LocalNonces, type Nonces } from '../http/nonce-memory.ts';
import { AWAY, type RedisLink } from './redis-link.ts';

/** What came to any node. What came to this one it knows by itself, so a Redis that is away or forgot makes nobody forget their own. */
export class SharedNonces implements Nonces {
  readonly #link: RedisLink;
  readonly #here: LocalNonces;
  readonly #keyOf: (kind: string, name: string) => string;

  constructor(link: RedisLink, here: LocalNonces, keyOf: (kind: string, name: string) => string) {
    this.#link = link;
    this.#here = here;
    this.#keyOf = keyOf;
  }

  use(apiKey: string, nonce: string, caller?: string): boolean | Promise<boolean> {
    if (!this.#here.use(apiKey, nonce, caller)) return false;
    if (!this.#link.available) return true;
    const key = this.#keyOf('nonce', `${apiKey} ${nonce}`);
    return this.#link
      .ask((redis) => redis.set(key, '1', { condition: 'NX', expiration: { type: 'PX', value: NONCE_KEPT_MS } }))
      .then((answer) => answer === AWAY || answer !== null);
  }
}
