import { isUtf8 } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { signatureMatches, timestampInWindow } from '../domain/signature.ts';
import { AppError } from '../errors.ts';
import type { Principal } from '../features/auth/auth.service.ts';
import type { PartnerCredentials } from '../features/widget/partners.state.ts';
import type { WidgetSession } from '../features/widget/sessions.service.ts';
import { asDeclaredBy, declare } from './access.ts';
import { addressOf, setRateLimitHeaders, tooMany, type Limit, type Limiter } from './limiter.ts';
import type { Nonces } from './nonce-memory.ts';
import type { BucketState } from './rate-limit.ts';
import { headerOf, requireNonce } from './signed-call.ts';

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
  return declare({ who: 'person', permissions }, (req, _res, next) => {
    const held = req.principal?.permissions;
    if (!held || !permissions.some((permission) => held.has(permission))) throw new AppError('PERMISSION_DENIED');
    next();
  });
}

/** A service of our own, by the key we share with it in `X-API-Key`. @param key `null`: none may call */
export function authenticateService(key: string | null): RequestHandler {
  // Digests are of one length, so that comparing them takes one time.
  const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = key === null ? null : digestOf(key);
  return declare({ who: 'service' }, (req, _res, next) => {
    if (expected === null || !timingSafeEqual(digestOf(headerOf(req, 'x-api-key')), expected)) throw new AppError('SERVICE_KEY_INVALID');
    next();
  });
}

/** A widget, by the session it got for its user. */
export function authenticateWidget(read: (sessionToken: string) => WidgetSession): RequestHandler {
  return declare({ who: 'widget' }, (req, _res, next) => {
    const token = bearerToken(req);
    if (token === null) throw new AppError('SESSION_INVALID');
    req.widgetSession = read(token);
    next();
  });
}

/**
 * A partner's backend, by its signature over the bytes as received: nothing is parsed before it holds (contract.md, Identity).
 * Expects the raw body in `req.body`; `readSignedBody` comes after it, and the partner's rate limit between them.
 */
export function authenticatePartner(credentials: (apiKey: string) => PartnerCredentials | undefined, now: () => number): RequestHandler {
  return declare({ who: 'partner' }, (req, _res, next) => {
    const apiKey = headerOf(req, 'x-api-key');
    const signature = headerOf(req, 'x-api-signature');
    const timestamp = headerOf(req, 'x-api-timestamp');
    const nonce = headerOf(req, 'x-api-nonce');
    const version = req.headers['x-api-signature-version'] ?? '1';
    const known = credentials(apiKey);
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    // An unknown key is checked against a secret nobody has: the answer takes as long and says as little.
    const secret = known?.apiSecret ?? 'no partner has this secret';
    if (version !== '1' && version !== '2') throw new AppError('SIGNATURE_INVALID');
    const request = { version: version === '2' ? 2 : 1, timestamp, nonce, method: req.method, path: req.originalUrl, body } as const;
    if (!signatureMatches(request, secret, signature) || !known) throw new AppError('SIGNATURE_INVALID');
    if (!timestampInWindow(timestamp, now())) throw new AppError('TIMESTAMP_OUT_OF_RANGE', { details: { serverTime: now() } });
    requireNonce(nonce, 'X-API-Nonce');
    req.partnerId = known.exchangeId;
    next();
  });
}

/** Takes the nonce and parses the body of a call that is signed and within its limits. */
export function readSignedBody(nonces: Nonces): RequestHandler {
  return (req, _res, next) => {
    const proceed = (fresh: boolean): void => {
      if (!fresh) throw new AppError('NONCE_REUSED');
      const bytes = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
      req.rawBody = bytes;
      req.body = bytes.length === 0 ? undefined : parseJson(bytes);
      next();
    };
    const used = nonces.use(headerOf(req, 'x-api-key'), headerOf(req, 'x-api-nonce'));
    if (typeof used === 'boolean') proceed(used);
    else used.then(proceed).catch(next);
  };
}

/**
 * Callers without valid credentials have the limit of the unauthenticated, per address. Only their own refusals count and only they are
 * turned away: a trader with a session does not suffer for a stranger behind the same address.
 */
export function limitFailures(limiter: Limiter, failures: Limit): (handler: RequestHandler) => RequestHandler {
  const refuse = refuseStranger(limiter, failures);
  return (handler) => asDeclaredBy(handler, (req, res, next) => {
    try {
      return handler(req, res, next);
    } catch (error) {
      refuse(error, req, res, next);
    }
  });
}

/** Counts one refusal, and answers with it while there is room. */
export function refuseStranger(limiter: Limiter, failures: Limit): (error: unknown, req: Request, res: Response, next: NextFunction) => void {
  return (error, req, res, next) => {
    const proceed = (state: BucketState): void => {
      if (state.allowed) return next(error);
      setRateLimitHeaders(res, failures.policy, state, limiter.nowSeconds());
      next(tooMany(state));
    };
    const taken = limiter.take(failures, addressOf(req));
    if (taken instanceof Promise) taken.then(proceed).catch(next);
    else proceed(taken);
  };
}

function parseJson(body: Buffer): unknown {
  // RFC 8259 §8.1. Reading on with replacement characters would act on another text than was signed.
  if (!isUtf8(body)) throw new AppError('INVALID_JSON');
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new AppError('INVALID_JSON', { cause });
  }
}
