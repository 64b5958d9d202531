import type { Request, RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { TRADE_TOKEN_TYPE } from '../../domain/trade-token.ts';
import type { RateTier } from '../../domain/trading-tiers.ts';
import type { AccountServices } from '../../features/account/account.controller.ts';
import type { KycService } from '../../features/account/kyc.service.ts';
import type { VenueStaffServices } from '../../features/account/venue-staff.controller.ts';
import { WIDGET_PERMISSION, type AuthService } from '../../features/auth/auth.service.ts';
import type { MarketServices } from '../../features/market/market.controller.ts';
import { ordersController } from '../../features/orders/orders.controller.ts';
import { amendOrderRequest, placeOrderRequest } from '../../features/orders/orders.schema.ts';
import type { OrdersService } from '../../features/orders/orders.service.ts';
import { asDeclaredBy } from '../access.ts';
import { isNamedByHeader, sessionOrApiKey, type ApiKeyDeps } from '../authenticate-api-key.ts';
import { authenticate, bearerToken, limitFailures, requirePermission } from '../authenticate.ts';
import { addressOf, limitBy, limitEach, tooMany, windowOf, type Limit, type Limiter } from '../limiter.ts';
import type { BucketState } from '../rate-limit.ts';
import type { RequestSignatures } from '../request-signature.ts';
import { jsonBody, type Route } from '../router.ts';
import { accountRoutes } from './account.ts';
import { marketRoutes } from './market.ts';
import { venueStaffRoutes } from './venue-staff.ts';

export interface TradingRouteDeps extends AccountServices, ApiKeyDeps, MarketServices, VenueStaffServices {
  readonly orders: OrdersService;
  readonly kyc: KycService;
  /** What a token says of itself, unverified. */
  readonly peekType: (token: string) => string | null;
  readonly peekSubject: (token: string) => string | null;
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly limiter: Limiter;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
  /** Of the routes that need no credentials, together, by address. */
  readonly visitors: Limit;
  /** Of everything under /api/admin, by member of staff. */
  readonly staffCalls: Limit;
  readonly signatures: RequestSignatures;
  /** Counts what ends or takes back something, by session. */
  readonly exits: RequestHandler;
  /** How fast a user's orders may come. */
  readonly rateTierOf: (userId: number) => RateTier;
  /** Staff has approved who they are. */
  readonly isVerified: (userId: number) => boolean;
}

const HOUR_SECONDS = 3600;

/** Role trading. */
export function tradingRoutes(deps: TradingRouteDeps): Route[] {
  const { orders, peekType, peekSubject, auth, limits, limiter, strangers, signatures } = deps;
  const session = limitFailures(limiter, strangers)(authenticate((token) => auth.authenticate(token)));
  const caller = sessionOrApiKey(session, deps);
  const orderRateOf = orderRates(deps);
  const countOrder = async (userId: number): Promise<void> => requireRoom(await limiter.take(orderRateOf(userId), userKey(userId)));
  const orderLimit = limitEach(limiter, (req) => [{ limit: orderRateOf(req.principal?.userId ?? null), key: callerOf(req) }]);
  const ordersApi = ordersController({ orders, claimedUser: peekSubject, countOrder });
  const staffLimit = limitBy(limiter, deps.staffCalls, (req) => String(req.principal!.userId));
  const perUser = (name: string, requests: number): RequestHandler =>
    limitBy(limiter, windowOf(name, requests, HOUR_SECONDS), (req) => userKey(req.principal!.userId));
  const mayTrade = requirePermission('trade', WIDGET_PERMISSION);
  const mayPlace = asDeclaredBy(mayTrade, (req, res, next) => (req.principal ? mayTrade(req, res, next) : next()));
  const readingOrders = [caller, requirePermission('trade', 'view_orders', WIDGET_PERMISSION), perUser('order-reads', limits.orderReadsPerHour)];
  // With permission trade:widget an order stays what its token said: it is not changed, and whoever may not place it freely may not take it away either.
  const perMinute = (name: string): RequestHandler => limitBy(limiter, windowOf(name, limits.orderChangesPerMinute, 60), (req) => userKey(req.principal!.userId));
  const changingOrders = [caller, requirePermission('trade'), perMinute('order-changes'), signatures.whereShown];
  // Counted apart, and once they are signed: whoever has stolen an access token cannot use up the owner's cancels.
  const cancellingOrders = [caller, requirePermission('trade'), signatures.required, perMinute('order-cancels')];
  return [
    {
      method: 'post', path: '/api/orders', body: placeOrderRequest,
      handlers: [callerOrTradeToken(sessionOrApiKey(session, deps, isNamedByHeader), peekType), mayPlace, orderLimit, signatures.whereShown, jsonBody, ordersApi.place],
    },
    { method: 'get', path: '/api/orders', handlers: [...readingOrders, ordersApi.list] },
    { method: 'delete', path: '/api/orders', handlers: [...cancellingOrders, ordersApi.cancelAll] },
    { method: 'get', path: '/api/orders/active', handlers: [...readingOrders, ordersApi.listActive] },
    { method: 'get', path: '/api/orders/history', handlers: [...readingOrders, ordersApi.listHistory] },
    { method: 'get', path: '/api/orders/:id', handlers: [...readingOrders, ordersApi.get] },
    { method: 'patch', path: '/api/orders/:id', body: amendOrderRequest, handlers: [...changingOrders, jsonBody, ordersApi.amend] },
    { method: 'delete', path: '/api/orders/:id', handlers: [...cancellingOrders, ordersApi.cancel] },
    ...marketRoutes(deps),
    ...accountRoutes(deps, caller),
    ...venueStaffRoutes(deps, session, staffLimit),
  ];
}

/** By rate tier, for whom staff knows; a caller who is not known yet has what a new trader of theirs has. */
function orderRates({ limits, rateTierOf, isVerified }: TradingRouteDeps): (userId: number | null) => Limit {
  const rateOf = (id: string, tier: RateTier): Limit => windowOf(id, limits.ordersPerMinute[tier], 60, { name: 'orders' });
  const rates = { 1: rateOf('orders', 1), 2: rateOf('orders-second-tier', 2), 3: rateOf('orders-third-tier', 3) };
  const unverified = windowOf('orders-unverified', limits.ordersPerMinuteUnverified, 60, { name: 'orders' });
  return (userId) => {
    if (userId === null) return rates[1];
    return isVerified(userId) ? rates[rateTierOf(userId)] : unverified;
  };
}

/** A bearer that calls itself a trade token is not a session: it is checked with its order, and names its user itself. */
function callerOrTradeToken(caller: RequestHandler, peekType: TradingRouteDeps['peekType']): RequestHandler {
  return (req, res, next) => {
    const type = peekType(bearerToken(req)?.trim() ?? '');
    if (type?.toLowerCase() === TRADE_TOKEN_TYPE && req.headers['x-api-key'] === undefined) return next();
    return caller(req, res, next);
  };
}

const userKey = (userId: number): string => `user ${userId}`;

/** Orders count by user, on whatever path they come; a caller who is not known yet counts by address as well. */
const callerOf = (req: Request): string => (req.principal ? userKey(req.principal.userId) : `address ${addressOf(req)}`);

function requireRoom(state: BucketState): void {
  if (!state.allowed) throw tooMany(state);
}
