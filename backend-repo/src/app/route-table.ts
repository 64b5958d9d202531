import { STAFF_PERMISSIONS } from '../features/auth/auth.service.ts';
import { guardAdmin } from '../http/admin-door.ts';
import { tradingCors, widgetCors } from '../http/cors.ts';
import { limitBy, windowOf } from '../http/limiter.ts';
import { readPortal } from '../http/portal.ts';
import { recordReads } from '../http/record-calls.ts';
import { requestSignatures } from '../http/request-signature.ts';
import type { CorsRule, Route } from '../http/router.ts';
import { apiKeyRoutes } from '../http/routes/api-keys.ts';
import { auditRoutes } from '../http/routes/audit.ts';
import { coreRoutes } from '../http/routes/core.ts';
import { fundingRoutes } from '../http/routes/funding.ts';
import { lockRoutes } from '../http/routes/locks.ts';
import { portalRoutes } from '../http/routes/portal.ts';
import { riskRoutes } from '../http/routes/risk.ts';
import { secondFactorRoutes } from '../http/routes/second-factor.ts';
import { tradingRoutes } from '../http/routes/trading.ts';
import { widgetRoutes } from '../http/routes/widget.ts';
import { sessionCookies } from '../http/session-cookies.ts';
import type { AuditPart } from './audit.ts';
import type { CorePart } from './core.ts';
import type { Foundation } from './foundation.ts';
import { buildSessionSignatures } from './session-signatures.ts';
import type { Sharing } from './sharing.ts';
import type { TradingPart } from './trading.ts';
import type { WidgetPart } from './widget.ts';

/** What this process serves, by its roles. */
interface Served {
  readonly core: CorePart;
  readonly audit: AuditPart;
  readonly sharing: Sharing;
  readonly widget: WidgetPart | null;
  readonly trading: TradingPart | null;
}

/** The one table of routes, and which pages may call them. */
export function routeTable(foundation: Foundation, { core, audit, sharing, widget, trading }: Served, version: string, notReady: () => Promise<string | null>): { routes: Route[]; cors: CorsRule[] } {
  const { config, now } = foundation;
  const { limits, roles, serviceApiToken, fundingSecret, portalDir } = config;
  const { auth, apiKeys } = core;
  const { limiter, nonces } = sharing;
  // Of all roles together: an address is one caller, wherever it knocks. What needs no credentials stays open while somebody there guesses some.
  const visitors = windowOf('visitors', limits.unauthenticatedPerMinute, 60, { name: 'unauthenticated' });
  const strangers = windowOf('strangers', limits.unauthenticatedPerMinute, 60, { name: 'unauthenticated' });
  const staffCalls = windowOf('staff', limits.staffCallsPerMinute, 60);
  // Whoever wants to end what a thief does is not kept from it by how often the thief looks, nor by what the thief ends in another session.
  const exits = limitBy(limiter, windowOf('account-exits', limits.accountExitsPerHour, 3_600), ({ principal }) => (principal!.sessionId === null ? `user ${principal!.userId}` : `session ${principal!.sessionId}`));
  const common = { auth, limits, limiter, strangers, exits };
  const signatures = requestSignatures({ ...buildSessionSignatures(foundation), limiter, strangers, now });
  const routes: Route[] = [
    ...coreRoutes({ ...core, ...common, cookies: sessionCookies(config.publicUrl.startsWith('https:')), visitors, version, roles, notReady }),
    ...secondFactorRoutes({ ...core, ...common }),
    ...apiKeyRoutes({ ...common, apiKeys: apiKeys.apiKeys }),
    ...lockRoutes({ ...core, ...common, staffCalls }),
    ...auditRoutes({ ...common, auditLog: audit.auditLog, staffCalls }),
    ...(widget ? widgetRoutes({ ...widget, ...common, visitors, staffCalls, nonces, now }) : []),
    ...(trading ? tradingRoutes({ ...trading, ...common, visitors, apiKeyCalls: apiKeys.apiKeyCalls, signatures, staffCalls, nonces, now }) : []),
    ...(trading ? fundingRoutes({ ...common, deposits: trading.deposits, fundingSecret, nonces, now }) : []),
    ...(trading ? riskRoutes({ ...common, risk: trading.risk, serviceApiToken, staffCalls }) : []),
    ...(portalDir === null ? [] : portalRoutes(readPortal(portalDir))),
  ];
  const cors: CorsRule[] = [
    ...(widget ? ['/api/widget/', '/api/app/widget/'].map((under) => ({ under, handler: widgetCors(widget.isPartnerOrigin) })) : []),
    { under: '/api/', handler: tradingCors(config.corsOrigins) },
  ];
  const recorded = recordReads(routes, (read) => audit.reads.note(read));
  return { routes: guardAdmin(recorded, { permissions: STAFF_PERMISSIONS, addresses: config.adminAddresses, secondFactorMinutes: config.adminSecondFactorMinutes, now }), cors };
}
