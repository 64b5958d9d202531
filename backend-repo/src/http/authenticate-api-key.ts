import { isUtf8 } from 'node:buffer';
import type { Request, RequestHandler } from 'express';
import { signatureMatches, timestampInWindow } from '../domain/signature.ts';
import { AppError, invalidField } from '../errors.ts';
import type { ApiKeyCredentials } from '../features/auth/api-keys.state.ts';
import { refuseStranger } from './authenticate.ts';
import type { Limit, Limiter } from './limiter.ts';
import type { Nonces } from './nonce-memory.ts';
import { rawBody } from './router.ts';
import { headerOf, refuseUnreadBody, requireNonce } from './signed-call.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** The call was signed with an API key, not made in a session. */
    signedCall?: { readonly version: 1 | 2; readonly signature: string };
  }
}

export interface ApiKeyCalls {
  /** @param key as it stands in X-API-Key */
  readonly find: (key: string) => ApiKeyCredentials | undefined;
  readonly used: (id: string) => void;
  /** On record over all nodes: false when a call with this signature was here before. */
  readonly take: (apiKey: string, signature: string) => Promise<boolean>;
}

export interface ApiKeyDeps {
  readonly apiKeyCalls: ApiKeyCalls;
  readonly nonces: Nonces;
  readonly limiter: Limiter;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
  readonly now: () => number;
}

/**
 * A trader's program by the signature of its API key, over the bytes as received (contract.md, Identity); whoever shows no key goes the way
 * of `session`. Nothing is parsed before the signature holds, and the caller's permissions are then the key's scopes.
 * @param mustBeOnRecord a nonce may be unknown to another node, and version 1 leaves it unsigned: a call that changes something counts once
 *   by its signature, unless what was signed makes it idempotent
 */
export function sessionOrApiKey(session: RequestHandler, { apiKeyCalls, nonces, limiter, strangers, now }: ApiKeyDeps, mustBeOnRecord: (req: Request) => boolean = changes): RequestHandler {
  const refuse = refuseStranger(limiter, strangers);
  return (req, res, next) => {
    if (req.headers['x-api-key'] === undefined) return session(req, res, next);
    const signed = async (body: Buffer): Promise<void> => {
      const { id, userId, scopes } = checkSignature(req, body, apiKeyCalls, now());
      const fresh = nonces.use(headerOf(req, 'x-api-key'), headerOf(req, 'x-api-nonce'), `user ${userId}`);
      if (!(typeof fresh === 'boolean' ? fresh : await fresh)) throw new AppError('NONCE_REUSED');
      if (mustBeOnRecord(req) && !(await apiKeyCalls.take(headerOf(req, 'x-api-key'), req.signedCall!.signature))) throw new AppError('NONCE_REUSED');
      apiKeyCalls.used(id);
      req.principal = { userId, role: 'user', permissions: scopes, sessionId: null, secondFactorAt: null };
    };
    rawBody(req, res, (error?: unknown) => {
      if (error !== undefined) return next(error);
      const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
      const accept = (): void => {
        try {
          readSignedJson(req, body);
        } catch (reason) {
          return next(reason);
        }
        next();
      };
      signed(body).then(accept, (reason: unknown) => (reason instanceof AppError && reason.status < 500 ? refuse(reason, req, res, next) : next(reason)));
    });
  };
}

const changes = ({ method }: Request): boolean => method !== 'GET' && method !== 'HEAD';

/** An order has a name, which the database takes once and the signature covers, unless it stands in a header: no query is needed on its way. */
export const isNamedByHeader = ({ headers }: Request): boolean => headers['idempotency-key'] !== undefined;

/** Not for programs: what it answers would outlive the key. */
export const requireSession: RequestHandler = (req, _res, next) => {
  if (req.signedCall) throw new AppError('PERMISSION_DENIED');
  next();
};

/** Whose key it is, and what becomes of it, is said only to who holds its secret. */
function checkSignature(req: Request, body: Buffer, { find }: ApiKeyCalls, now: number): ApiKeyCredentials {
  const [apiKey, signature, timestamp, nonce] = ['x-api-key', 'x-api-signature', 'x-api-timestamp', 'x-api-nonce'].map((name) => headerOf(req, name)) as [string, string, string, string];
  const version = req.headers['x-api-signature-version'] ?? '1';
  if (req.headers.authorization !== undefined) throw invalidField('Authorization', 'Send a bearer token or a signature, not both.', 'SIGNATURE_INVALID');
  refuseUnreadBody(req, body);
  if (version !== '1' && version !== '2') throw new AppError('SIGNATURE_INVALID');
  const known = find(apiKey);
  const signed = { version: version === '2' ? 2 : 1, timestamp, nonce, method: req.method, path: req.originalUrl, body } as const;
  // An unknown key is checked against a secret nobody has: the answer takes as long and says as little.
  if (!signatureMatches(signed, known?.secret ?? 'nobody has this secret', signature) || !known) throw new AppError('SIGNATURE_INVALID');
  if (!timestampInWindow(timestamp, now)) throw new AppError('TIMESTAMP_OUT_OF_RANGE', { details: { serverTime: now } });
  requireNonce(nonce, 'X-API-Nonce');
  if (known.expiresAt !== null && known.expiresAt <= now) throw new AppError('API_KEY_EXPIRED');
  if (known.requireVersion2 && signed.version !== 2) throw new AppError('SIGNATURE_VERSION_REQUIRED');
  if (!known.allowsAddress(req.ip ?? '')) throw new AppError('API_KEY_ADDRESS_REFUSED');
  if (known.held) throw new AppError('REVERIFICATION_REQUIRED', { message: 'Sign in and show first that this account is yours. Until then its API keys are refused.' });
  req.signedCall = { version: signed.version, signature: signature.toLowerCase() };
  return known;
}

/** As `jsonBody` does, which finds the bytes read already. */
export function readSignedJson(req: Request, body: Buffer): void {
  req.body = undefined;
  if (body.length === 0) return;
  if (!req.is('application/json')) return;
  const text = isUtf8(body) ? body.toString('utf8') : '';
  if (!/^[\s]*[{[]/.test(text)) throw new AppError('INVALID_JSON');
  req.rawBody = body;
  try {
    req.body = JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('INVALID_JSON', { cause });
  }
}
