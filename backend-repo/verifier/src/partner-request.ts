import { createHmac, randomBytes } from 'node:crypto';

export interface PartnerCredentials {
  /** Public; sent as X-API-Key. */
  readonly apiKey: string;
  /** Used as its UTF-8 bytes. Never sent. */
  readonly apiSecret: string;
}

export interface PartnerRequest extends PartnerCredentials {
  /** Upper case, e.g. POST. */
  readonly method: string;
  /** Path with query, as it stands in the request line, e.g. `/api/widget/redeem`. */
  readonly path: string;
  /** The body, byte for byte as it is sent; default empty. */
  readonly body?: string;
  /** Milliseconds since 1970; default the time now. We accept ±30 s. */
  readonly timestampMs?: number;
  /** Never used twice; default 16 random bytes in hex. */
  readonly nonce?: string;
}

/**
 * The headers that sign one request to us, version 2: hex HMAC-SHA256 over timestamp + nonce + method + path + body, without
 * separators. Sign again for a retry: a nonce works once.
 */
export function signPartnerRequest(request: PartnerRequest): Record<string, string> {
  const { apiKey, apiSecret, method, path, body = '', timestampMs = Date.now(), nonce = randomBytes(16).toString('hex') } = request;
  if (!apiKey || !apiSecret) throw new TypeError('apiKey and apiSecret are needed');
  if (!path.startsWith('/')) throw new TypeError('path must start with /');
  const timestamp = String(timestampMs);
  const signature = createHmac('sha256', apiSecret).update(timestamp + nonce + method + path + body, 'utf8').digest('hex');
  return {
    'X-API-Key': apiKey,
    'X-API-Signature': signature,
    'X-API-Timestamp': timestamp,
    'X-API-Nonce': nonce,
    'X-API-Signature-Version': '2',
  };
}
