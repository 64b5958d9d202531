import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { sessionsController, type SessionServices } from '../../features/auth/sessions.controller.ts';
import { changePasswordRequest, loginRequest, logoutRequest, profileRequest, refreshRequest, renameSessionRequest } from '../../features/auth/sessions.schema.ts';
import { everybody } from '../access.ts';
import { requirePermission } from '../authenticate.ts';
import { limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';
import type { SessionCookies } from '../session-cookies.ts';

export interface SessionRouteDeps extends SessionServices {
  readonly cookies: SessionCookies;
  readonly limits: Limits;
  readonly limiter: Limiter;
  readonly visitors: Limit;
  /** Counts what ends or takes back something, by session. */
  readonly exits: RequestHandler;
}

const HOUR_SECONDS = 3_600;

/**
 * Signing in and out, and one's own account.
 * @param person signs the caller in
 */
export function sessionRoutes(deps: SessionRouteDeps, person: RequestHandler): Route[] {
  const { limits, limiter, cookies, visitors, exits } = deps;
  const controller = sessionsController(deps, cookies);
  const perUser = (name: string, requests: number): RequestHandler => limitBy(limiter, windowOf(name, requests, HOUR_SECONDS), (req) => `user ${req.principal!.userId}`);
  const calls = perUser('own-account', limits.accountReadsPerHour);
  // A stolen access token is no licence to guess the password.
  const guesses = perUser('password-changes', limits.passwordChangesPerHour);
  const reading = [person, requirePermission('read:profile'), calls];
  const writing = [person, requirePermission('write:profile'), calls];
  const leaving = [person, requirePermission('write:profile'), exits];
  return [
    { method: 'post', path: '/api/auth/login', body: loginRequest, handlers: [everybody, limitBy(limiter, windowOf('login', limits.loginPerHour, HOUR_SECONDS, { lockoutSeconds: HOUR_SECONDS })), jsonBody, controller.login] },
    { method: 'post', path: '/api/auth/refresh', body: refreshRequest, handlers: [everybody, limitBy(limiter, visitors), jsonBody, controller.refresh] },
    { method: 'post', path: '/api/auth/logout', body: logoutRequest, handlers: [...leaving, jsonBody, controller.logout] },
    { method: 'get', path: '/api/auth/sessions', handlers: [...reading, controller.list] },
    { method: 'patch', path: '/api/auth/sessions/:id', body: renameSessionRequest, handlers: [...writing, jsonBody, controller.rename] },
    { method: 'delete', path: '/api/auth/sessions/:id', handlers: [...leaving, controller.end] },
    { method: 'get', path: '/api/auth/profile', handlers: [...reading, controller.profile] },
    { method: 'put', path: '/api/auth/profile', body: profileRequest, handlers: [...writing, jsonBody, controller.changeProfile] },
    { method: 'post', path: '/api/auth/change-password', body: changePasswordRequest, handlers: [person, requirePermission('write:profile'), guesses, jsonBody, controller.changePassword] },
  ];
}
