import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The request signature of partners and API keys (contract.md, Identity; spec/4 "API Key Authentication").
 * Version 1 signs timestamp + method + path with query + body; version 2 puts the nonce after the timestamp.
 */
export interface SignedRequest {
  readonly version: 1 | 2;
  /** Milliseconds since 1970, as sent. */
  readonly timestamp: string;
  readonly nonce: string;
  readonly method: string;
  /** Path with query, as it stood in the request line. */
  readonly path: string;
  /** The bytes as received: the signature is checked before anything is parsed. */
  readonly body: Uint8Array;
}

export const SIGNATURE_WINDOW_MS = 30_000;

export function signRequest(request: SignedRequest, secret: string): string {
  const head = request.timestamp + (request.version === 2 ? request.nonce : '') + request.method + request.path;
  return createHmac('sha256', secret).update(head).update(request.body).digest('hex');
}

export function signatureMatches(request: SignedRequest, secret: string, signature: string): boolean {
  const expected = Buffer.from(signRequest(request, secret), 'hex');
  if (!/^[0-9a-f]{64}$/i.test(signature)) return false;
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/** Half-open would gain nothing here: exactly 30 s off is still accepted, on both sides. */
export function timestampInWindow(timestamp: string, now: number): boolean {
  return /^\d{13}$/.test(timestamp) && Math.abs(Number(timestamp) - now) <= SIGNATURE_WINDOW_MS;
}
