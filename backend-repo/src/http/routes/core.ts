import type { RequestHandler } from 'express';
import type { Limits } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { authController } from '../../features/auth/auth.controller.ts';
import { loginRequest, registerRequest } from '../../features/auth/auth.schema.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { windowLimit } from '../rate-limit.ts';
import { jsonBody, type Route } from '../router.ts';

export interface CoreRouteDeps {
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly version: string;
  readonly roles: readonly string[];
  /** What is missing, or `null` when this process can do its work. */
  readonly notReady: () => Promise<string | null>;
}

const HOUR_SECONDS = 3600;

/** Core: in every process, whatever its roles. */
export function coreRoutes({ auth, limits, version, roles, notReady }: CoreRouteDeps): Route[] {
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
  const registerLimit = windowLimit({ name: 'register', requests: limits.registerPerHour, windowSeconds: HOUR_SECONDS });
  const loginLimit = windowLimit({ name: 'login', requests: limits.loginPerHour, windowSeconds: HOUR_SECONDS });
  const publicLimit = windowLimit({ name: 'auth-keys', requests: limits.unauthenticatedPerMinute, windowSeconds: 60 });
  return [
    { method: 'get', path: '/health', handlers: [health] },
    { method: 'get', path: '/ready', handlers: [ready] },
    { method: 'post', path: '/api/auth/register', body: registerRequest, handlers: [registerLimit, jsonBody, controller.register] },
    { method: 'post', path: '/api/auth/login', body: loginRequest, handlers: [loginLimit, jsonBody, controller.login] },
    { method: 'get', path: '/api/auth/jwks', handlers: [publicLimit, controller.jwks] },
  ];
}
