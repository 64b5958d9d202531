import type { Limits } from '../../config-limits.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import type { SecondFactorSettingsService } from '../../features/auth/second-factor-settings.service.ts';
import { secondFactorController } from '../../features/auth/second-factor.controller.ts';
import { disableRequest, enableRequest, verifyRequest } from '../../features/auth/second-factor.schema.ts';
import { authenticate, limitFailures, requirePermission } from '../authenticate.ts';
import { limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';

export interface SecondFactorRouteDeps {
  readonly auth: AuthService;
  readonly secondFactorSettings: SecondFactorSettingsService;
  readonly limits: Limits;
  /** Callers without valid credentials, of all roles together. */
  readonly strangers: Limit;
  readonly limiter: Limiter;
}

const HOUR_SECONDS = 3_600;

/** Core: whoever signed in with a password, trader or staff. The widget's session, which can only trade, changes nothing about its owner. */
export function secondFactorRoutes({ auth, secondFactorSettings, limits, strangers, limiter }: SecondFactorRouteDeps): Route[] {
  const controller = secondFactorController(secondFactorSettings);
  const session = limitFailures(limiter, strangers)(authenticate((token) => auth.authenticate(token)));
  const perUser = limitBy(limiter, windowOf('second-factor', limits.secondFactorPerHour, HOUR_SECONDS), (req) => `user ${req.principal!.userId}`);
  const person = [session, requirePermission('write:profile'), perUser, jsonBody];
  return [
    { method: 'post', path: '/api/auth/enable-2fa', body: enableRequest, handlers: [...person, controller.enable] },
    { method: 'post', path: '/api/auth/verify-2fa', body: verifyRequest, handlers: [...person, controller.verify] },
    { method: 'post', path: '/api/auth/disable-2fa', body: disableRequest, handlers: [...person, controller.disable] },
  ];
}
