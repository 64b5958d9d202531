import type { Request, RequestHandler } from 'express';
import { signatureMatches, SIGNATURE_WINDOW_MS, timestampInWindow } from '../domain/signature.ts';
import { AppError } from '../errors.ts';
import type { Principal } from '../features/auth/auth.service.ts';
import type { PartnerCredentials } from '../features/widget/partners.state.ts';
import type { WidgetSession } from '../features/widget/sessions.service.ts';

declare module 'express-serve-static-core' {
  interface Request {
    principal?: Principal;
    widgetSession?: WidgetSession;
    partnerId?: string;
  }
}

export function bearerToken(req: Request): string | null {
  const header = req.headers.authorization;
  return header !== undefined && /^bearer /i.test(header) ? header.slice(7) : null;
}

/** A person, or a program acting for one, by access token. */
export function authenticate(read: (accessToken: string) => Principal): RequestHandler {
  return (req, _res, next) => {
    const token = bearerToken(req);
    if (token === null) throw new AppError('AUTHENTICATION_REQUIRED');
    req.principal = read(token);
    next();
  };
}

/** Any one of these permissions will do. */
export function requirePermission(...permissions: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    const held = req.principal?.permissions;
    if (!held || !permissions.some((permission) => held.has(permission))) throw new AppError('PERMISSION_DENIED');
    next();
  };
}

/** A widget, by the session it got for its user. */
export function authenticateWidget(read: (sessionToken: string) => WidgetSession): RequestHandler {
  return (req, _res, next) => {
    const token = bearerToken(req);
    if (token === null) throw new AppError('SESSION_INVALID');
    req.widgetSession = read(token);
    next();
  };
}

const NONCE = /^[\x21-\x7e]{8,128}$/;
const NONCES_MAX = 200_000;

/**
 * A partner's backend, by its signature over the bytes as received: nothing is parsed before it holds (contract.md, Identity).
 * Expects the raw body in `req.body` and leaves the parsed one there.
 */
export function authenticatePartner(credentials: (apiKey: string) => PartnerCredentials | undefined, now: () => number): RequestHandler {
  const nonces = new NonceMemory();
  return (req, _res, next) => {
    const apiKey = header(req, 'x-api-key');
    const signature = header(req, 'x-api-signature');
    const timestamp = header(req, 'x-api-timestamp');
    const nonce = header(req, 'x-api-nonce');
    const version = req.headers['x-api-signature-version'] ?? '1';
    const known = credentials(apiKey);
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    // An unknown key is checked against a secret nobody has: the answer takes as long and says as little.
    const secret = known?.apiSecret ?? 'no partner has this secret';
    if (version !== '1' && version !== '2') throw new AppError('SIGNATURE_INVALID');
    const request = { version: version === '2' ? 2 : 1, timestamp, nonce, method: req.method, path: req.originalUrl, body } as const;
    if (!signatureMatches(request, secret, signature) || !known) throw new AppError('SIGNATURE_INVALID');
    if (!timestampInWindow(timestamp, now())) throw new AppError('TIMESTAMP_OUT_OF_RANGE', { details: { serverTime: now() } });
    if (!NONCE.test(nonce)) throw new AppError('SIGNATURE_INVALID', { fields: { 'X-API-Nonce': 'Send 8 to 128 visible ASCII characters.' } });
    if (!nonces.use(`${known.apiKey} ${nonce}`, now())) throw new AppError('NONCE_REUSED');
    req.partnerId = known.exchangeId;
    req.body = body.length === 0 ? undefined : parseJson(body);
    next();
  };
}

function header(req: Request, name: string): string {
  const value = req.headers[name];
  return typeof value === 'string' ? value : '';
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new AppError('INVALID_JSON', { cause });
  }
}

/**
 * Nonces for twice the timestamp window. Two generations instead of a time per nonce: each holds one window, so a nonce is remembered
 * for one to two windows past its last acceptable moment.
 */
export class NonceMemory {
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnedAt = 0;

  use(nonce: string, now: number): boolean {
    const keep = 2 * SIGNATURE_WINDOW_MS;
    if (now - this.#turnedAt >= keep) {
      this.#previous = now - this.#turnedAt >= 2 * keep ? new Set() : this.#current;
      this.#current = new Set();
      this.#turnedAt = now;
    }
    if (this.#current.has(nonce) || this.#previous.has(nonce)) return false;
    // Full means far over the partners' rate limits. Refusing is safe; forgetting would not be.
    if (this.#current.size >= NONCES_MAX) throw new AppError('OVERLOADED', { retryAfter: 30 });
    this.#current.add(nonce);
    return true;
  }
}
