import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { signUpController } from '../../features/auth/sign-up.controller.ts';
import { registerRequest, resetPasswordRequest, verifyEmailRequest } from '../../features/auth/sign-up.schema.ts';
import type { SignUpService } from '../../features/auth/sign-up.service.ts';
import { everybody } from '../access.ts';
import { addressOf, limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';
import type { SessionCookies } from '../session-cookies.ts';

export interface SignUpRouteDeps {
  readonly signUp: SignUpService;
  readonly cookies: SessionCookies;
  readonly limits: Limits;
  readonly limiter: Limiter;
  readonly visitors: Limit;
}

const HOUR_SECONDS = 3_600;

/** Opening an account, and finding the way back into one. */
export function signUpRoutes({ signUp, cookies, limits, limiter, visitors }: SignUpRouteDeps): Route[] {
  const controller = signUpController(signUp, cookies);
  const publicLimit = limitBy(limiter, visitors);
  const registerLimit = limitBy(limiter, windowOf('register', limits.registerPerHour, HOUR_SECONDS));
  const resetLimit = limitBy(limiter, windowOf('reset', limits.resetsPerHour, HOUR_SECONDS), mailAddressOf);
  // Whoever uses a link types no address.
  const askLimit: RequestHandler = (req, res, next) => (typedAddress(req) === null ? next() : resetLimit(req, res, next));
  return [
    { method: 'get', path: '/api/auth/captcha', handlers: [everybody, publicLimit, controller.captcha] },
    { method: 'post', path: '/api/auth/register', body: registerRequest, handlers: [everybody, registerLimit, jsonBody, controller.register] },
    { method: 'post', path: '/api/auth/verify-email', body: verifyEmailRequest, handlers: [everybody, publicLimit, jsonBody, controller.verifyEmail] },
    { method: 'post', path: '/api/auth/reset-password', body: resetPasswordRequest, handlers: [everybody, publicLimit, jsonBody, askLimit, controller.resetPassword] },
  ];
}

function typedAddress(req: Request): string | null {
  const email = (req.body as { email?: unknown } | undefined)?.email;
  return typeof email === 'string' ? email : null;
}

/** As it is counted, known or not: no address stands where limits are kept. */
function mailAddressOf(req: Request): string {
  const email = typedAddress(req);
  return email === null ? addressOf(req) : createHash('sha256').update(email.normalize('NFC').toLowerCase()).digest('base64url');
}
