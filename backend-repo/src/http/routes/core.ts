import type { RequestHandler } from 'express';
import type { Limits } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { authController } from '../../features/auth/auth.controller.ts';
import { loginRequest, registerRequest } from '../../features/auth/auth.schema.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';

export interface CoreRouteDeps {
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly limiter: Limiter;
  /** Of the routes that need no credentials, together, by address. */
  readonly visitors: Limit;
  readonly version: string;
  readonly roles: readonly string[];
  /** What is missing, or `null` when this process can do its work. */
  readonly notReady: () => Promise<string | null>;
}

const HOUR_SECONDS = 3600;

/** Core: in every process, whatever its roles. */
export function coreRoutes({ auth, limits, limiter, visitors, version, roles, notReady }: CoreRouteDeps): Route[] {
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
  const registerLimit = limitBy(limiter, windowOf('register', limits.registerPerHour, HOUR_SECONDS));
  const loginLimit = limitBy(limiter, windowOf('login', limits.loginPerHour, HOUR_SECONDS));
  const publicLimit = limitBy(limiter, visitors);
  return [
    { method: 'get', path: '/health', handlers: [health] },
    { method: 'get', path: '/ready', handlers: [ready] },
    { method: 'post', path: '/api/auth/register', body: registerRequest, handlers: [registerLimit, jsonBody, controller.register] },
    { method: 'post', path: '/api/auth/login', body: loginRequest, handlers: [loginLimit, jsonBody, controller.login] },
    { method: 'get', path: '/api/auth/jwks', handlers: [publicLimit, controller.jwks] },
  ];
}
