import { createPublicKey, hash } from 'node:crypto';

/** The public half of a partner's report key as it is kept and shown: nothing but what the key is. */
export interface ReportKeyJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

export type ReportKeyVerdict =
  | { readonly ok: true; readonly kid: string; readonly jwk: ReportKeyJwk }
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** 32 bytes as base64url without padding; the last digit's two low bits are zero, so that one key has one spelling and one thumbprint. */
const COORDINATE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
/** What exports of a public key carry besides, and may say. */
const EXTRAS: Readonly<Record<string, (value: unknown) => boolean>> = {
  alg: (value) => value === 'ES256',
  use: (value) => value === 'sig',
  kid: (value) => typeof value === 'string',
  ext: (value) => typeof value === 'boolean',
  key_ops: (value) => Array.isArray(value) && value.every((use) => use === 'verify'),
};

/** Reads an EC P-256 public key in RFC 7517's form. Its name is its RFC 7638 thumbprint, whatever name it came with. */
export function readReportKey(given: Readonly<Record<string, unknown>>): ReportKeyVerdict {
  const { kty, crv, x, y } = given;
  const refuse = (field: string, problem: string): ReportKeyVerdict => ({ ok: false, field, problem });
  if ('d' in given) return refuse('d', 'Is the private half. Make a new key pair, and send nobody its d.');
  if (kty !== 'EC') return refuse('kty', 'Must be EC.');
  if (crv !== 'P-256') return refuse('crv', 'Must be P-256.');
  if (typeof x !== 'string' || !COORDINATE.test(x)) return refuse('x', 'Must be 32 bytes in base64url without padding.');
  if (typeof y !== 'string' || !COORDINATE.test(y)) return refuse('y', 'Must be 32 bytes in base64url without padding.');
  for (const [name, value] of Object.entries(given)) {
    if (['kty', 'crv', 'x', 'y'].includes(name)) continue;
    if (!Object.hasOwn(EXTRAS, name) || !EXTRAS[name]!(value)) return refuse(name, 'Does not belong to a public key that verifies ES256.');
  }
  const jwk: ReportKeyJwk = { kty, crv, x, y };
  if (!isOnCurve(jwk)) return refuse('x', 'Is no point of the curve with this y.');
  return { ok: true, kid: hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url'), jwk };
}

function isOnCurve(jwk: ReportKeyJwk): boolean {
  try {
    createPublicKey({ key: { ...jwk }, format: 'jwk' });
    return true;
  } catch {
    // OpenSSL takes only points of the curve; which way it is off makes no difference.
    return false;
  }
}
