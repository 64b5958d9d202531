import { createHmac, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

// Test keys, made for the vectors and published with them. Nothing real is signed with them.
// The bytes of a secret's text sign.
export const SECRET = Buffer.from('vector-secret-0123456789-abcdefg').toString('base64url');
export const OTHER_SECRET = Buffer.from('another-secret-0123456789-abcdef').toString('base64url');
export const ES256_KEY = {
  kty: 'EC', crv: 'P-256',
  x: 'npI2KadLj3WD6tKZtwynhugHmSs2_JAk6xnGZpHCBmA', y: '_HgAYutEgrY6GcEtV8uILnjnXi91-uCM5MXgUgmR7Xk', d: 'T3UxY0vhGImIhDGtSiTFptX2DhW8KWKnjUe3a7oL_gQ',
};
export const OTHER_ES256_KEY = {
  kty: 'EC', crv: 'P-256',
  x: 'tNjPfqcLG0nFJ3RpmK3jkUwWF5rQ5xJFM78GIjd6ddw', y: 'LP1SbjPvBGm9b1eCmIqgQtHTSQ83W8MoH19tlByNM-c', d: '--MZIknRUyx-ljQaxSKAFhPJWa95k3mJVYJ29_EBROI',
};

export const HS_KID = 'hs-2026-01';
export const ES_KID = 'es-2026-01';

export const publicJwk = (key: typeof ES256_KEY, kid: string) => ({ kty: key.kty, crv: key.crv, x: key.x, y: key.y, kid, alg: 'ES256', use: 'sig' });

/** The ES256 public key as the bytes an attacker would try as an HMAC secret. */
export const publicPem = (): Buffer => Buffer.from(createPublicKey({ key: publicJwk(ES256_KEY, ES_KID), format: 'jwk' }).export({ type: 'spki', format: 'pem' }));

/** Text and bytes stand for themselves, anything else for its JSON. */
const encode = (part: unknown): string => (Buffer.isBuffer(part) ? part : Buffer.from(typeof part === 'string' ? part : JSON.stringify(part))).toString('base64url');

// ECDSA signatures are random. One that is in the committed file already is used again, so that running the script changes nothing.
const knownSignatures = new Map<string, string[]>();

export function reuseSignatures(tokens: readonly unknown[]): void {
  for (const token of tokens) {
    const [head, body, signature, ...rest] = typeof token === 'string' ? token.split('.') : [];
    if (!head || !body || !signature || rest.length > 0) continue;
    const input = `${head}.${body}`;
    knownSignatures.set(input, [...(knownSignatures.get(input) ?? []), signature]);
  }
}

/** HS256 over the header and payload as given. */
export function signHs256(header: unknown, payload: unknown, secret: string | Buffer = SECRET, hash = 'sha256'): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

export function signEs256(header: unknown, payload: unknown, key: typeof ES256_KEY = ES256_KEY): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const jwk = { key, format: 'jwk', dsaEncoding: 'ieee-p1363' } as const;
  const holds = (signature: string): boolean => {
    const bytes = Buffer.from(signature, 'base64url');
    return bytes.length === 64 && verify('sha256', Buffer.from(input), { key: createPublicKey(jwk), dsaEncoding: 'ieee-p1363' }, bytes);
  };
  const known = knownSignatures.get(input) ?? [];
  const signature = known.find(holds) ?? sign('sha256', Buffer.from(input), { key: createPrivateKey(jwk), dsaEncoding: 'ieee-p1363' }).toString('base64url');
  knownSignatures.set(input, [...known, signature]);
  return `${input}.${signature}`;
}

export const unsigned = (header: unknown, payload: unknown): string => `${encode(header)}.${encode(payload)}.`;
