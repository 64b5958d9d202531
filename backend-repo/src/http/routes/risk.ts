import type { Limits } from '../../config-limits.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { riskController } from '../../features/risk/risk.controller.ts';
import { decideRiskEventRequest, reportRiskEventRequest } from '../../features/risk/risk.schema.ts';
import type { RiskService } from '../../features/risk/risk.service.ts';
import { authenticate, authenticateService, limitFailures, requirePermission } from '../authenticate.ts';
import { limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';

export interface RiskRouteDeps {
  readonly risk: RiskService;
  readonly auth: AuthService;
  /** `null`: no service may call. */
  readonly serviceApiToken: string | null;
  readonly limits: Limits;
  /** Callers without valid credentials, of all roles together. */
  readonly strangers: Limit;
  /** Of everything that staff does, by member of staff. */
  readonly staffCalls: Limit;
  readonly limiter: Limiter;
}

const EVENTS = '/api/risk/events';

/** Role trading's watch. Staff looks, admins decide, and our own services tell (spec/4: read:risk; admin; internal key). */
export function riskRoutes({ risk, auth, serviceApiToken, limits, strangers, staffCalls, limiter }: RiskRouteDeps): Route[] {
  const controller = riskController(risk);
  const known = limitFailures(limiter, strangers);
  const person = known(authenticate((token) => auth.authenticate(token)));
  const staffLimit = limitBy(limiter, staffCalls, (req) => String(req.principal!.userId));
  const serviceLimit = limitBy(limiter, windowOf('service-risk', limits.staffCallsPerMinute, 60, { name: 'service' }), () => 'service');
  return [
    { method: 'get', path: EVENTS, handlers: [person, requirePermission('read:risk'), staffLimit, controller.list] },
    { method: 'post', path: EVENTS, body: reportRiskEventRequest, handlers: [known(authenticateService(serviceApiToken)), serviceLimit, jsonBody, controller.report] },
    { method: 'put', path: `${EVENTS}/:id`, body: decideRiskEventRequest, handlers: [person, requirePermission('write:risk'), staffLimit, jsonBody, controller.decide] },
  ];
}
