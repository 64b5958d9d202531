import type { Request, RequestHandler } from 'express';
import type { Limits } from '../../config.ts';
import { AppError } from '../../errors.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { feesController } from '../../features/widget/fees.controller.ts';
import type { PartnerServices } from '../../features/widget/partners.controller.ts';
import { widgetController, type WidgetServices } from '../../features/widget/widget.controller.ts';
import { executionsRequest, redeemRequest, sessionRequest, tokenRequest } from '../../features/widget/widget.schema.ts';
import { authenticate, authenticatePartner, authenticateWidget, limitFailures, readSignedBody, requirePermission } from '../authenticate.ts';
import { lookForFreshCredentials } from '../fresh-credentials.ts';
import { setRateLimitHeaders, TokenBuckets, windowLimit, type Policy } from '../rate-limit.ts';
import { jsonBody, rawBatch, rawBody, type Route } from '../router.ts';
import { widgetStaffRoutes } from './widget-staff.ts';

export interface WidgetRouteDeps extends WidgetServices, PartnerServices {
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly now: () => number;
  readonly clock: () => number;
}

export const TOKEN_PATHS = ['/api/app/widget/generate-trade-token', '/api/widget/generate-trade-token'] as const;

/** Role widget. */
export function widgetRoutes(deps: WidgetRouteDeps): Route[] {
  const { limits, partners, sessions, now, clock } = deps;
  const controller = widgetController(deps);
  const perMinute = (name: string): RequestHandler => windowLimit({ name, requests: limits.unauthenticatedPerMinute, windowSeconds: 60 });
  const strangers = limitFailures(limits.unauthenticatedPerMinute, clock, now);
  const person = strangers(authenticate((token) => deps.auth.authenticate(token)));
  const staff = [person, requirePermission('read:exchanges')];
  const staffLimit = windowLimit({ name: 'staff', requests: limits.staffCallsPerMinute, windowSeconds: 60, key: (req) => String(req.principal?.userId) });
  const widget = [strangers(authenticateWidget((token) => sessions.read(token))), tokenRate(limits, deps, clock, now)];
  const fresh = lookForFreshCredentials((apiKey) => partners.credentials(apiKey) !== undefined, () => partners.lookAgain());
  const partner = [fresh, strangers(authenticatePartner((apiKey) => partners.credentials(apiKey), now)), partnerRate(limits, clock, now), readSignedBody(now)];
  const tokenRoutes = TOKEN_PATHS.map((path): Route => ({
    method: 'post', path, body: tokenRequest, handlers: [...widget, jsonBody, controller.generateTradeToken],
  }));
  return [
    { method: 'get', path: '/api/widget/config', handlers: [perMinute('config'), controller.config] },
    { method: 'get', path: '/api/widget/jwks/:exchangeId', handlers: [perMinute('jwks'), controller.jwks] },
    { method: 'post', path: '/api/widget/session', body: sessionRequest, handlers: [perMinute('session'), jsonBody, controller.openSession] },
    ...tokenRoutes,
    { method: 'post', path: '/api/widget/redeem', body: redeemRequest, handlers: [rawBody, ...partner, controller.redeem] },
    { method: 'post', path: '/api/widget/executions', body: executionsRequest, handlers: [rawBatch, ...partner, controller.reportExecutions] },
    { method: 'get', path: '/api/admin/exchanges/:exchangeId/tokens', handlers: [...staff, staffLimit, controller.listTokens] },
    { method: 'get', path: '/api/admin/exchanges/:exchangeId/fees', handlers: [...staff, staffLimit, feesController(deps.fees).totals] },
    ...widgetStaffRoutes(deps, person, staffLimit),
  ];
}

/** 10 a second per user and 500 per partner, by the partner's tier (contract.md, Conventions). */
function tokenRate(limits: Limits, { partners }: WidgetServices, clock: () => number, now: () => number): RequestHandler {
  const tiers = Object.fromEntries(
    Object.entries(limits.tokenTiers).map(([tier, { tokensPerSecondPerUser: user, tokensPerSecondPerPartner: partner }]) => [
      tier,
      {
        users: new TokenBuckets(user, user),
        partners: new TokenBuckets(partner, partner),
        userPolicy: { name: 'user', quota: user, windowSeconds: 1 } satisfies Policy,
        partnerPolicy: { name: 'partner', quota: partner, windowSeconds: 1 } satisfies Policy,
      },
    ]),
  );
  return (req, res, next) => {
    const { exchangeId, exchangeUserId } = req.widgetSession!;
    const tier = tiers[partners.require(exchangeId).limit_tier]!;
    const at = clock();
    const nowSeconds = Math.ceil(now() / 1000);
    const ofUser = tier.users.take(`${exchangeId} ${exchangeUserId}`, at);
    setRateLimitHeaders(res, tier.userPolicy, ofUser, nowSeconds);
    if (!ofUser.allowed) throw new AppError('RATE_LIMIT_EXCEEDED', { retryAfter: ofUser.waitSeconds });
    const ofPartner = tier.partners.take(exchangeId, at);
    if (!ofPartner.allowed) {
      setRateLimitHeaders(res, tier.partnerPolicy, ofPartner, nowSeconds);
      throw new AppError('RATE_LIMIT_EXCEEDED', { retryAfter: ofPartner.waitSeconds });
    }
    next();
  };
}

/** 1,000 a minute with bursts of 300. */
function partnerRate(limits: Limits, clock: () => number, now: () => number): RequestHandler {
  const buckets = new TokenBuckets(limits.partnerCallsBurst, limits.partnerCallsPerMinute / 60);
  const policy: Policy = { name: 'partner', quota: limits.partnerCallsPerMinute, windowSeconds: 60 };
  return (req: Request, res, next) => {
    const state = buckets.take(req.partnerId!, clock());
    setRateLimitHeaders(res, policy, state, Math.ceil(now() / 1000));
    if (!state.allowed) throw new AppError('RATE_LIMIT_EXCEEDED', { retryAfter: state.waitSeconds });
    next();
  };
}
