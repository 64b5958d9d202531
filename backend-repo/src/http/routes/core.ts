import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { AppError } from '../../errors.ts';
import { authController } from '../../features/auth/auth.controller.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { everybody } from '../access.ts';
import { authenticate, limitFailures } from '../authenticate.ts';
import { limitBy, type Limit, type Limiter } from '../limiter.ts';
import type { Route } from '../router.ts';
import { deviceRoutes, type DeviceRouteDeps } from './devices.ts';
import { signUpRoutes, type SignUpRouteDeps } from './sign-up.ts';
import { sessionRoutes, type SessionRouteDeps } from './sessions.ts';

export interface CoreRouteDeps extends SessionRouteDeps, SignUpRouteDeps, DeviceRouteDeps {
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly limiter: Limiter;
  /** Of the routes that need no credentials, together, by address. */
  readonly visitors: Limit;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
  readonly version: string;
  readonly roles: readonly string[];
  /** What is missing, or `null` when this process can do its work. */
  readonly notReady: () => Promise<string | null>;
}

/** Core: in every process, whatever its roles. */
export function coreRoutes(deps: CoreRouteDeps): Route[] {
  const { auth, limiter, visitors, strangers, version, roles, notReady } = deps;
  const controller = authController(auth);
  const health: RequestHandler = (_req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    res.json({ success: true, data: { status: 'alive', version } });
  };
  const ready: RequestHandler = async (_req, res) => {
    const missing = await notReady();
    if (missing !== null) throw new AppError('NOT_READY', { message: missing, retryAfter: 1 });
    res.setHeader('Cache-Control', 'no-store');
    res.json({ success: true, data: { status: 'ready', roles } });
  };
  const publicLimit = limitBy(limiter, visitors);
  const person = limitFailures(limiter, strangers)(authenticate((token) => auth.authenticate(token)));
  return [
    { method: 'get', path: '/health', handlers: [everybody, health] },
    { method: 'get', path: '/ready', handlers: [everybody, ready] },
    { method: 'get', path: '/api/auth/jwks', handlers: [everybody, publicLimit, controller.jwks] },
    { method: 'get', path: '/.well-known/jwks.json', handlers: [everybody, publicLimit, controller.jwks] },
    ...signUpRoutes(deps),
    ...sessionRoutes(deps, person),
    ...deviceRoutes(deps, person),
  ];
}
