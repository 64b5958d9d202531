import { randomBytes } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { Logger } from '../logger.ts';
import type { Metrics } from './metrics.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** Ours, unique; stands in every error answer and log line of this request. */
    id: string;
    /** The route's path as the contract writes it, for metrics and logs. `null` until one matched. */
    contractPath: string | null;
    startedAt: number;
  }
}

/** An exchangeId has 64 characters at most, a UUID 36; a token in a path by mistake has more. */
const LONG_SEGMENT = /[^/]{65,}/g;

/** Path without query, and without what is too long for a name of ours: either may carry what belongs in no log. */
export const pathForLog = (req: Request): string => req.path.replace(LONG_SEGMENT, '…');

/**
 * What every answer gets, in one step because it runs before everything else: request id, security headers, one metric, and an access-log
 * line unless the route is quiet (a 2xx of the token and order routes is on the ledger, which is the record).
 */
export function requestContext(logger: Logger, metrics: Metrics, quiet: ReadonlySet<string>, clock: () => number): RequestHandler {
  const boot = randomBytes(6).toString('hex');
  const headers = securityHeaders();
  let count = 0;
  return (req: Request, res: Response, next: NextFunction) => {
    count += 1;
    req.id = `req_${boot}${count.toString(36)}`;
    req.contractPath = null;
    req.startedAt = clock();
    res.setHeader('X-Request-Id', req.id);
    // Only what has an ETag can be unchanged; Express would answer 304 to "*" on every GET.
    if (req.headers['if-none-match'] === '*') delete req.headers['if-none-match'];
    // A connection that is kept alive would keep us alive; its caller comes back to a node that stays.
    for (const [name, value] of headers) res.setHeader(name, value);
    res.on('finish', () => {
      const milliseconds = clock() - req.startedAt;
      const path = req.contractPath ?? 'unmatched';
      metrics.observeRequest(req.method, path, res.statusCode, milliseconds);
      if (res.statusCode < 300 && quiet.has(path)) return;
      logger.info({ request_id: req.id, method: req.method, path: pathForLog(req), status: res.statusCode, ms: Math.round(milliseconds * 10) / 10 }, 'request');
    });
    next();
  };
}

/**
 * helmet says which headers, once, at start: the set is the same for every answer, and asking it again per request costs more than
 * signing a token does. Exactly spec/4's list, X-XSS-Protection included, which helmet would switch off.
 */
export function securityHeaders(): readonly (readonly [string, string])[] {
  const collected = new Map<string, string>();
  const recorder = { setHeader: (name: string, value: string) => collected.set(name, value), removeHeader: () => undefined };
  const middleware = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'self'"] } },
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: false,
    originAgentCluster: false,
    referrerPolicy: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  middleware({} as never, recorder as never, () => undefined);
  collected.set('X-XSS-Protection', '1; mode=block');
  return [...collected];
}
