import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { feesController } from '../../features/widget/fees.controller.ts';
import type { PartnerServices } from '../../features/widget/partners.controller.ts';
import { widgetController, type WidgetServices } from '../../features/widget/widget.controller.ts';
import { executionsRequest, redeemRequest, sessionRequest, tokenRequest } from '../../features/widget/widget.schema.ts';
import { everybody } from '../access.ts';
import { authenticate, authenticatePartner, authenticateWidget, limitFailures, readSignedBody, requirePermission } from '../authenticate.ts';
import { lookForFreshCredentials } from '../fresh-credentials.ts';
import { addressOf, bucketOf, limitBy, limitEach, windowOf, type Limit, type Limiter } from '../limiter.ts';
import type { Nonces } from '../nonce-memory.ts';
import { jsonBody, rawBatch, rawBody, type Route } from '../router.ts';
import { widgetStaffRoutes } from './widget-staff.ts';

export interface WidgetRouteDeps extends WidgetServices, PartnerServices {
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly limiter: Limiter;
  /** Of the routes that need no credentials, together, by address. */
  readonly visitors: Limit;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
  /** Of everything under /api/admin, by member of staff. */
  readonly staffCalls: Limit;
  readonly nonces: Nonces;
  readonly now: () => number;
}

export const TOKEN_PATHS = ['/api/app/widget/generate-trade-token', '/api/widget/generate-trade-token'] as const;

/** Role widget. */
export function widgetRoutes(deps: WidgetRouteDeps): Route[] {
  const { limits, limiter, partners, sessions, now } = deps;
  const controller = widgetController(deps);
  const publicLimit = limitBy(limiter, deps.visitors);
  const strangers = limitFailures(limiter, deps.strangers);
  const person = strangers(authenticate((token) => deps.auth.authenticate(token)));
  const staff = [person, requirePermission('read:exchanges')];
  const staffLimit = limitBy(limiter, deps.staffCalls, (req) => String(req.principal!.userId));
  const widget = [strangers(authenticateWidget((token) => sessions.read(token))), tokenRate(deps)];
  const { partnerCallsPerMinute, partnerCallsBurst } = limits;
  const partnerRate = limitBy(limiter, bucketOf('partner-calls', { name: 'partner', quota: partnerCallsPerMinute, windowSeconds: 60 }, partnerCallsBurst), (req) => req.partnerId!);
  const fresh = lookForFreshCredentials((apiKey) => partners.credentials(apiKey) !== undefined, () => partners.lookAgain());
  const partner = [fresh, strangers(authenticatePartner((apiKey) => partners.credentials(apiKey), now)), partnerRate, readSignedBody(deps.nonces)];
  const tokenRoutes = TOKEN_PATHS.map((path): Route => ({
    method: 'post', path, body: tokenRequest, handlers: [...widget, jsonBody, controller.generateTradeToken],
  }));
  return [
    { method: 'get', path: '/api/widget/config', handlers: [everybody, publicLimit, controller.config] },
    { method: 'get', path: '/api/widget/jwks/:exchangeId', handlers: [everybody, publicLimit, controller.jwks] },
    { method: 'post', path: '/api/widget/session', body: sessionRequest, handlers: [everybody, publicLimit, jsonBody, controller.openSession] },
    ...tokenRoutes,
    { method: 'post', path: '/api/widget/redeem', body: redeemRequest, handlers: [rawBody, ...partner, controller.redeem] },
    { method: 'post', path: '/api/widget/executions', body: executionsRequest, handlers: [rawBatch, ...partner, controller.reportExecutions] },
    { method: 'get', path: '/api/admin/exchanges/:exchangeId/tokens', handlers: [...staff, staffLimit, controller.listTokens] },
    { method: 'get', path: '/api/admin/exchanges/:exchangeId/fees', handlers: [...staff, staffLimit, feesController(deps.fees).totals] },
    ...widgetStaffRoutes(deps, person, staffLimit),
  ];
}

/**
 * 10 a second per user and 500 per partner. A user who is only a label has 6 a minute besides, and all of them behind one
 * address 60: names cost nothing (contract.md, Trade tokens).
 */
function tokenRate({ limits, limiter }: WidgetRouteDeps): RequestHandler {
  const { tokensPerSecondPerUser, tokensPerSecondPerPartner } = limits.tokens;
  const user = bucketOf('tokens-user', { name: 'user', quota: tokensPerSecondPerUser, windowSeconds: 1 });
  const partner = bucketOf('tokens-partner', { name: 'partner', quota: tokensPerSecondPerPartner, windowSeconds: 1 });
  const labelUser = windowOf('tokens-label-user', limits.labelTokensPerMinutePerUser, 60, { name: 'label-user' });
  const labelAddress = windowOf('tokens-label-address', limits.labelTokensPerMinutePerAddress, 60, { name: 'label-address' });
  return limitEach(limiter, (req) => {
    const { exchangeId, exchangeUserId, identityMode } = req.widgetSession!;
    const name = `${exchangeId} ${exchangeUserId}`;
    const steps = [{ limit: user, key: name }, { limit: partner, key: exchangeId }];
    return identityMode === 'label' ? [{ limit: labelUser, key: name }, { limit: labelAddress, key: addressOf(req) }, ...steps] : steps;
  });
}
