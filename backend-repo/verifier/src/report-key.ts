import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, KeyObject, sign, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';

/** A private EC P-256 key: a KeyObject, PEM text, or a JWK with `d`. */
export type ReportKey = KeyObject | string | JsonWebKey;

/** RFC 7517, RFC 7518 §6.2.1. */
export interface PublicReportKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

export interface NewReportKey {
  /** PEM (PKCS #8). Yours alone: whoever has it can say what you traded. */
  readonly privateKey: string;
  /** For us to register. */
  readonly publicJwk: PublicReportKey;
  /** RFC 7638 thumbprint; how reports and our answers name the key. */
  readonly kid: string;
}

/** A key pair for signing execution reports. Send us `publicJwk`, keep `privateKey` where you keep secrets. */
export function newReportKey(): NewReportKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicJwk = publicPart(publicKey);
  return { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicJwk, kid: thumbprint(publicJwk) };
}

const PROBE = Buffer.from('probe');

/**
 * Signs bodies: a JWS with detached payload (RFC 7515, appendix F), ES256, for the header `X-Report-Signature`. Throws a TypeError when this is no
 * private P-256 key.
 */
export function reportSigner(given: ReportKey): (body: string) => string {
  const key = readPrivateKey(given);
  const publicKey = createPublicKey(key);
  // Node takes a JWK whose `d` belongs to another x and y; every report would be refused.
  if (!verify('sha256', PROBE, publicKey, sign('sha256', PROBE, key))) throw new TypeError('The halves of reportKey do not belong together');
  const kid = thumbprint(publicPart(publicKey));
  const header = base64Url(JSON.stringify({ alg: 'ES256', kid }));
  return (body) => {
    const signature = sign('sha256', Buffer.from(`${header}.${base64Url(body)}`), { key, dsaEncoding: 'ieee-p1363' });
    return `${header}..${signature.toString('base64url')}`;
  };
}

function readPrivateKey(given: ReportKey): KeyObject {
  let key: KeyObject;
  try {
    if (given instanceof KeyObject) key = given;
    else key = typeof given === 'string' ? createPrivateKey(given) : createPrivateKey({ key: given, format: 'jwk' });
  } catch (cause) {
    throw new TypeError('reportKey cannot be read as a private key', { cause });
  }
  const isP256 = key.type === 'private' && key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (!isP256) throw new TypeError('reportKey must be a private EC P-256 key');
  return key;
}

function publicPart(publicKey: KeyObject): PublicReportKey {
  const { x, y } = publicKey.export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x: x!, y: y! };
}

/** RFC 7638 §3: the needed members in the order of their names, without white space. */
export function thumbprint({ crv, kty, x, y }: PublicReportKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

const base64Url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
