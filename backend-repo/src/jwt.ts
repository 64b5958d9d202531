import { hash, type KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';

/**
 * The one place that signs and verifies JWTs (RFC 7519, RFC 8725). Keys are KeyObjects made once: a string or a Buffer costs 5 to 40
 * times as much per call (facts: the token path). Every kind of token has its own `typ`, `aud` and key; none is accepted for another.
 */
export type JwtAlgorithm = 'HS256' | 'ES256' | 'RS256';

export interface SigningKey {
  readonly algorithm: JwtAlgorithm;
  readonly kid: string;
  readonly key: KeyObject;
}

export interface Expected {
  /** `null` where others sign and the kind is told by `aud` and key alone (a partner's user token). */
  readonly type: string | null;
  readonly issuer: string;
  readonly audience: string;
  /** Seconds since 1970. */
  readonly now: number;
  readonly leewaySeconds?: number;
  /** For a caller that answers an expired token differently once it knows whose it is. */
  readonly ignoreExpiration?: boolean;
}

export type Claims = Record<string, unknown>;
export type JwtVerdict = { ok: true; claims: Claims } | { ok: false; reason: 'invalid' | 'expired' };

export const JWT_CHARACTERS_MAX = 4_096;

export function signJwt(claims: object, type: string, { algorithm, kid, key }: SigningKey): string {
  return jsonwebtoken.sign(claims, key, { algorithm, header: { alg: algorithm, typ: type, kid } });
}

/** The algorithm comes from our record of the key, never from the token (RFC 8725 §3.1). */
export function verifyJwt(token: string, { algorithm, key }: Pick<SigningKey, 'algorithm' | 'key'>, expected: Expected): JwtVerdict {
  if (token.length > JWT_CHARACTERS_MAX) return { ok: false, reason: 'invalid' };
  try {
    const { header, payload } = jsonwebtoken.verify(token, key, {
      algorithms: [algorithm],
      issuer: expected.issuer,
      audience: expected.audience,
      clockTimestamp: expected.now,
      clockTolerance: expected.leewaySeconds ?? 0,
      ignoreExpiration: expected.ignoreExpiration ?? false,
      complete: true,
    });
    const typeFits = expected.type === null || header.typ === expected.type;
    const known = typeFits && !('crit' in header) && typeof payload === 'object';
    if (!known || Array.isArray(payload['aud']) || typeof payload['exp'] !== 'number') return { ok: false, reason: 'invalid' };
    return { ok: true, claims: payload };
  } catch (error) {
    return { ok: false, reason: error instanceof jsonwebtoken.TokenExpiredError ? 'expired' : 'invalid' };
  }
}

/** What the token's header says, unverified: only good for choosing a key. Nothing else of it is read, because this is asked for each request. */
export function peekJwt(token: string): { kid: string | null; type: string | null } {
  const header = token.length > JWT_CHARACTERS_MAX ? null : headerOf(token);
  const textOf = (name: 'kid' | 'typ'): string | null => (typeof header?.[name] === 'string' ? header[name] : null);
  return { kid: textOf('kid'), type: textOf('typ') };
}

function headerOf(token: string): Record<string, unknown> | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, Math.max(0, token.indexOf('.'))), 'base64url').toString());
    return typeof header === 'object' ? (header as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** The `sub` a token claims, unverified: only good for finding out what to compare it with. */
export const peekSubject = (token: string): string | null => peekClaim(token, 'sub');

/** The `jti` a token claims, unverified. */
export const peekId = (token: string): string | null => peekClaim(token, 'jti');

function peekClaim(token: string, name: 'sub' | 'jti'): string | null {
  if (token.length > JWT_CHARACTERS_MAX) return null;
  const payload: unknown = jsonwebtoken.decode(token);
  const claim: unknown = typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>)[name] : null;
  return typeof claim === 'string' ? claim : null;
}

const CACHED_TOKENS_MAX = 50_000;

/**
 * Verified tokens until they expire, by their SHA-256: a heap dump shows no usable token. Checking a signature costs 9 µs (HS256) to
 * 40 µs (RS256), the hash about 1.
 */
export class VerifiedTokenCache<Verified> {
  readonly #entries = new Map<string, { verified: Verified; expiresAt: number }>();

  /** @param now seconds since 1970 */
  get(token: string, now: number): Verified | undefined {
    const hash = digest(token);
    const entry = this.#entries.get(hash);
    if (!entry) return undefined;
    if (entry.expiresAt > now) return entry.verified;
    this.#entries.delete(hash);
    return undefined;
  }

  set(token: string, verified: Verified, expiresAt: number): void {
    // The oldest goes first. It costs its owner one more signature check, nothing else.
    if (this.#entries.size >= CACHED_TOKENS_MAX) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(digest(token), { verified, expiresAt });
  }

  clear(): void {
    this.#entries.clear();
  }
}

const digest = (token: string): string => hash('sha256', token, 'base64');
