import { createSecretKey, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { SECRET_BYTES_MIN } from './keys.ts';
import { EXCHANGE_USER_ID } from './token-claims.ts';

export interface UserTokenOptions {
  readonly exchangeId: string;
  /** Your stable, anonymous name for the user: 1 to 128 visible ASCII characters, never an e-mail address. */
  readonly exchangeUserId: string;
  /** The `sessionSecret` we gave you, at least 32 bytes, used as the text it is. It is not your `apiSecret`. */
  readonly sessionSecret: string;
  /** Default 60, at most 300. The widget uses it at once, so short is right. */
  readonly expiresInSeconds?: number;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
}

const EXPIRES_IN_SECONDS_MAX = 300;

/**
 * The signed user session that your backend hands to your page, for `getSession` of the widget. It works once: make one for each page
 * view, and only for a signed-in user. Throws a TypeError when an option is wrong.
 */
export function signUserToken(options: UserTokenOptions): string {
  const { exchangeId, exchangeUserId, sessionSecret, expiresInSeconds = 60, now = Date.now } = options;
  if (!EXCHANGE_USER_ID.test(exchangeUserId)) throw new TypeError('exchangeUserId must be 1 to 128 visible ASCII characters');
  // Also "name@host" and percent-encoded addresses: an anonymous id has no reason to hold either.
  if (/[^@]@[^@]|%40/i.test(exchangeUserId)) throw new TypeError('exchangeUserId must not be an e-mail address');
  if (!(Number.isInteger(expiresInSeconds) && expiresInSeconds >= 1 && expiresInSeconds <= EXPIRES_IN_SECONDS_MAX)) {
    throw new TypeError(`expiresInSeconds must be 1 to ${EXPIRES_IN_SECONDS_MAX}`);
  }
  const secret = Buffer.from(sessionSecret, 'utf8');
  if (secret.length < SECRET_BYTES_MIN) throw new TypeError(`sessionSecret must be at least ${SECRET_BYTES_MIN} bytes long`);
  const iat = Math.floor(now() / 1000);
  const claims = { iss: exchangeId, sub: exchangeUserId, aud: 'widget-session', jti: randomUUID(), iat, exp: iat + expiresInSeconds };
  return jwt.sign(claims, createSecretKey(secret), { algorithm: 'HS256' });
}
