import type { RequestHandler, Response } from 'express';

const METHODS = 'GET,POST,PUT,PATCH,DELETE';
const HEADERS =
  'Content-Type,Authorization,X-API-Key,X-API-Signature,X-API-Timestamp,X-API-Nonce,X-API-Signature-Version,Idempotency-Key,If-Match,X-CSRF-Token,X-Client,X-Trade-Token,X-Signature,X-Timestamp,X-Nonce,X-Signature-Version';
const EXPOSED = 'X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,RateLimit,RateLimit-Policy,Retry-After,ETag,X-Request-Id,Idempotency-Hit';
const MAX_AGE_SECONDS = '86400';

/** The trading origins of CORS_ORIGINS, with credentials (contract.md, Conventions). */
export function tradingCors(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return cors((origin) => allowed.has(origin), true);
}

/**
 * The pages of partners, without credentials. CORS is no lock, and a preflight does not say which partner it is for: here any partner's
 * origin passes, and the service then compares the Origin with the list of the one partner the request names.
 */
export function widgetCors(isPartnerOrigin: (origin: string) => boolean): RequestHandler {
  return cors(isPartnerOrigin, false);
}

function cors(isAllowed: (origin: string) => boolean, credentials: boolean): RequestHandler {
  return (req, res, next) => {
    const origin = req.headers.origin;
    // Ours is the only Vary of these answers; asking what is there already costs more than the rest of this function.
    res.setHeader('Vary', 'Origin');
    if (origin !== undefined && isAllowed(origin)) allow(res, origin, credentials);
    if (req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined) {
      res.setHeader('Access-Control-Allow-Methods', METHODS);
      res.setHeader('Access-Control-Allow-Headers', HEADERS);
      res.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS);
      res.status(204).end();
      return;
    }
    next();
  };
}

function allow(res: Response, origin: string, credentials: boolean): void {
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Access-Control-Expose-Headers', EXPOSED);
  if (credentials) res.setHeader('Access-Control-Allow-Credentials', 'true');
}

/** Lets a page that is on no list read why it was refused. For public answers without credentials only. */
export function letPageReadRefusal(res: Response, origin: string | undefined): void {
  if (origin !== undefined) res.setHeader('Access-Control-Allow-Origin', origin);
}
