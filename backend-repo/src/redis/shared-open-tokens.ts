import type { OpenTokenCap, OpenTokens } from '../features/widget/open-tokens.state.ts';
import { AWAY, type RedisLink } from './redis-link.ts';

/** The open tokens that all nodes issued. While Redis is away, each node caps its own. */
export class SharedOpenTokens implements OpenTokenCap {
  readonly #link: RedisLink;
  readonly #here: OpenTokens;
  readonly #keyOf: (kind: string, name: string) => string;

  constructor(link: RedisLink, here: OpenTokens, keyOf: (kind: string, name: string) => string) {
    this.#link = link;
    this.#here = here;
    this.#keyOf = keyOf;
  }

  reserve(user: string, jti: string, expiresAt: number, now: number, max: number): boolean | Promise<boolean> {
    const reserveHere = (): boolean => this.#here.reserve(user, jti, expiresAt, now, max);
    if (!this.#link.available) return reserveHere();
    const args = [jti, String(Math.max(1, Math.ceil(expiresAt - now))), String(max)];
    return this.#link
      .ask((redis) => redis.reserveOpenToken([this.#keyOf('open-tokens', user)], args))
      .then((answer) => (answer === AWAY ? reserveHere() : answer === 1));
  }

  /** Nobody waits for it: a token that is not taken off ends within seconds by itself. */
  close(user: string, jti: string): void {
    this.#here.close(user, jti);
    if (this.#link.available) void this.#link.ask((redis) => redis.zRem(this.#keyOf('open-tokens', user), jti));
  }
}
