import { verify, type KeyObject } from 'node:crypto';

/** The public half of what a partner signs its execution reports with. */
export interface ReportKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** EC P-256. */
  readonly publicKey: KeyObject;
}

export const REPORT_SIGNATURE_CHARACTERS_MAX = 1_024;
/** `BASE64URL(header)..BASE64URL(signature)`; an ES256 signature is 64 bytes. */
const DETACHED = /^([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]{86})$/;

/**
 * Did the holder of this key sign these bytes? A JWS with detached payload (RFC 7515, appendix F): the payload, which does not travel twice, is put back
 * between the dots. The algorithm is our record's, never the header's (RFC 8725 §3.1), and the header holds `alg` and `kid` and nothing else.
 */
export function reportSignatureHolds(signature: string, body: Uint8Array, { kid, publicKey }: ReportKey): boolean {
  const parts = signature.length <= REPORT_SIGNATURE_CHARACTERS_MAX ? DETACHED.exec(signature) : null;
  if (!parts) return false;
  const [header, value] = [fromBase64Url(parts[1]!), fromBase64Url(parts[2]!)];
  if (!header || !value || !isHeaderOf(header.toString('utf8'), kid)) return false;
  const signed = Buffer.from(`${parts[1]!}.${Buffer.from(body).toString('base64url')}`);
  return verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, value);
}

/** `null` for a spelling that is not the one there is of these bytes. */
function fromBase64Url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

// Neither value can hold white space, so what is left without it has two spellings: nothing is parsed, and no name can stand twice.
function isHeaderOf(text: string, kid: string): boolean {
  const compact = text.replace(/[\t\n\r ]/g, '');
  return compact === `{"alg":"ES256","kid":"${kid}"}` || compact === `{"kid":"${kid}","alg":"ES256"}`;
}
