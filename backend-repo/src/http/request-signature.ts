import type { Request, RequestHandler } from 'express';
import { signatureMatches, timestampInWindow } from '../domain/signature.ts';
import { AppError, invalidField } from '../errors.ts';
import { readSignedJson } from './authenticate-api-key.ts';
import { refuseStranger } from './authenticate.ts';
import type { Limit, Limiter } from './limiter.ts';
import { rawBody } from './router.ts';
import { refuseUnreadBody, requireNonce } from './signed-call.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** Signed with the signing key of the caller's session. */
    sessionSigned?: boolean;
  }
}

export interface SessionSignatures {
  /** The signing key of a session, or `null` when this user has no such session. */
  readonly keyOf: (sessionId: string, userId: number) => Promise<string | null>;
  /** On record over all nodes: false when any of these marks was here before. */
  readonly take: (marks: readonly string[]) => Promise<boolean>;
}

/** For routes on which an access token alone is not enough: after `authenticate`, and before the body is parsed, since it parses it. */
export interface RequestSignatures {
  /** Lets through what is signed, with the session's key or with an API key; what is not counts by its address. It comes before the user's own limits. @throws AppError REQUEST_SIGNATURE_REQUIRED */
  readonly required: RequestHandler;
  /** Checks a signature that is there; whether one is needed shows in the body. */
  readonly whereShown: RequestHandler;
}

export interface RequestSignatureDeps extends SessionSignatures {
  readonly limiter: Limiter;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
  readonly now: () => number;
}

/** The call was signed, not only made by whoever holds an access token. */
export const isSigned = (req: Request): boolean => req.signedCall !== undefined || req.sessionSigned === true;

/**
 * What spec/4 wants signed, by the key that the session got at login (contract.md, Identity): the same text as API keys sign, in other headers.
 * Each signature and each nonce counts once, on record in the database, so that no node and no other nonce beside a version-1 signature helps.
 */
export function requestSignatures({ keyOf, take, limiter, strangers, now }: RequestSignatureDeps): RequestSignatures {
  const refuse = refuseStranger(limiter, strangers);
  const check = async (req: Request, body: Buffer): Promise<void> => {
    const { userId, sessionId } = req.principal!;
    const { signature, timestamp, nonce, version } = shownIn(req, body);
    const key = sessionId === null ? null : await keyOf(sessionId, userId);
    const signed = { version, timestamp, nonce, method: req.method, path: req.originalUrl, body };
    // A session without a key is checked against one that nobody has: the answer says as little.
    if (!signatureMatches(signed, key ?? 'no session has this key', signature) || key === null) throw new AppError('SIGNATURE_INVALID');
    if (!timestampInWindow(timestamp, now())) throw new AppError('TIMESTAMP_OUT_OF_RANGE', { details: { serverTime: now() } });
    requireNonce(nonce, 'X-Nonce');
    if (!(await take([`session ${sessionId} ${signature.toLowerCase()}`, `session ${sessionId} nonce ${nonce}`]))) throw new AppError('NONCE_REUSED');
  };
  const whereShown: RequestHandler = (req, res, next) => {
    if (req.headers['x-signature'] === undefined || req.signedCall || !req.principal) return next();
    rawBody(req, res, (error?: unknown) => {
      if (error !== undefined) return next(error);
      const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
      const accept = (): void => {
        req.sessionSigned = true;
        try {
          readSignedJson(req, body);
        } catch (reason) {
          return next(reason);
        }
        next();
      };
      check(req, body).then(accept, (reason: unknown) => (reason instanceof AppError && reason.status < 500 ? refuse(reason, req, res, next) : next(reason)));
    });
  };
  return {
    whereShown,
    required: (req, res, next) => {
      if (!req.signedCall && req.headers['x-signature'] === undefined) return refuse(new AppError('REQUEST_SIGNATURE_REQUIRED'), req, res, next);
      return whereShown(req, res, next);
    },
  };
}

interface Shown {
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly version: 1 | 2;
}

function shownIn(req: Request, body: Buffer): Shown {
  const [signature, timestamp, nonce, version] = ['x-signature', 'x-timestamp', 'x-nonce', 'x-signature-version'].map((name) => req.get(name) ?? '') as [string, string, string, string];
  refuseUnreadBody(req, body);
  if (!['', '1', '2'].includes(version)) throw invalidField('X-Signature-Version', 'Must be 1 or 2.', 'SIGNATURE_INVALID');
  return { signature, timestamp, nonce, version: version === '2' ? 2 : 1 };
}
