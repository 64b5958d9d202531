import { createPublicKey, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isKid } from './token-format.ts';
import type { Algorithm } from './token-format.ts';

export const SECRET_BYTES_MIN = 32;
const KEYS_PER_SET_MAX = 64;

/** One key and the one algorithm it is for. The algorithm comes from here, never from a token (RFC 8725 §3.1). */
export interface KeyRecord {
  readonly alg: Algorithm;
  readonly key: KeyObject;
}

/** Where a verifier finds keys. `find` rejects when it cannot know whether there is such a key. */
export interface KeySource {
  find(kid: string): Promise<KeyRecord | undefined>;
  /** Load the keys now, so that the first order does not wait for them. */
  load(): Promise<void>;
}

/** A set of public keys, RFC 7517 §5. */
export interface JwkSet {
  readonly keys: readonly object[];
}

/**
 * An HS256 key: the bytes of the text as we handed it to you, so that `jwt.verify(token, secret)` of any library agrees. Below 32 bytes it is
 * refused (RFC 7518 §3.2): a short secret can be guessed from one token.
 */
export function secretKey(secret: string | Uint8Array): KeyRecord {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  if (bytes.length < SECRET_BYTES_MIN) throw new TypeError(`The secret must be at least ${SECRET_BYTES_MIN} bytes long`);
  return { alg: 'HS256', key: createSecretKey(bytes) };
}

/** One shared secret, whatever the key id of the token says. */
export function singleSecretSource(secret: string | Uint8Array): KeySource {
  const record = secretKey(secret);
  return { find: async () => record, load: async () => {} };
}

/** Shared secrets by key id, for the time in which an old and a new secret both hold. */
export function secretsSource(secrets: Readonly<Record<string, string | Uint8Array>>): KeySource {
  const records = new Map<string, KeyRecord>();
  for (const [kid, secret] of Object.entries(secrets)) {
    if (!isKid(kid)) throw new TypeError('A key id in secrets is malformed');
    records.set(kid, secretKey(secret));
  }
  if (records.size === 0) throw new TypeError('secrets holds no key');
  return { find: async (kid) => records.get(kid), load: async () => {} };
}

/** A key set that never changes, e.g. one pinned in your configuration. */
export function staticKeySource(set: unknown): KeySource {
  const records = readJwkSet(set);
  if (records.size === 0) throw new TypeError('The key set holds no ES256 key');
  return { find: async (kid) => records.get(kid), load: async () => {} };
}

/** Ask each source in turn. */
export function firstOf(sources: readonly KeySource[]): KeySource {
  return {
    async find(kid) {
      for (const source of sources) {
        const record = await source.find(kid);
        if (record) return record;
      }
      return undefined;
    },
    async load() {
      await Promise.all(sources.map((source) => source.load()));
    },
  };
}

/**
 * The ES256 verification keys of a set (RFC 7517 §5, RFC 7518 §3.4). Keys for anything else are passed over, as the RFC asks, so a set may
 * grow; a symmetric key is among them. Throws when it is no set, or when one key id stands twice.
 */
export function readJwkSet(set: unknown): Map<string, KeyRecord> {
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new TypeError('Not a JWK set: it has no list of keys');
  if (keys.length > KEYS_PER_SET_MAX) throw new TypeError(`A JWK set may hold at most ${KEYS_PER_SET_MAX} keys`);
  const records = new Map<string, KeyRecord>();
  for (const jwk of keys as unknown[]) {
    const found = readJwk(jwk);
    if (!found) continue;
    if (records.has(found.kid)) throw new TypeError('The JWK set holds one key id twice');
    records.set(found.kid, found.record);
  }
  return records;
}

function readJwk(jwk: unknown): { readonly kid: string; readonly record: KeyRecord } | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kty, crv, alg, use, kid, x, y } = jwk as Readonly<Record<string, unknown>>;
  if (kty !== 'EC' || crv !== 'P-256' || alg !== 'ES256' || !isKid(kid)) return undefined;
  if (use !== undefined && use !== 'sig') return undefined;
  if (typeof x !== 'string' || typeof y !== 'string') return undefined;
  // Only the public members are handed on: a private key published by mistake is not used as one.
  const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  return { kid, record: { alg: 'ES256', key } };
}
