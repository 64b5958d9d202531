import type { Request, RequestHandler } from 'express';
import type { Limits } from '../../config.ts';
import { TRADE_TOKEN_TYPE } from '../../domain/trade-token.ts';
import { accountController } from '../../features/account/account.controller.ts';
import type { AccountService } from '../../features/account/account.service.ts';
import { WIDGET_PERMISSION, type AuthService } from '../../features/auth/auth.service.ts';
import { marketController } from '../../features/market/market.controller.ts';
import type { MarketService } from '../../features/market/market.service.ts';
import { ordersController } from '../../features/orders/orders.controller.ts';
import { amendOrderRequest, placeOrderRequest } from '../../features/orders/orders.schema.ts';
import type { OrdersService } from '../../features/orders/orders.service.ts';
import { authenticate, bearerToken, limitFailures, requirePermission } from '../authenticate.ts';
import { addressOf, limitBy, tooMany, windowOf, type Limit, type Limiter } from '../limiter.ts';
import type { BucketState } from '../rate-limit.ts';
import { jsonBody, type Route } from '../router.ts';

export interface TradingRouteDeps {
  readonly orders: OrdersService;
  readonly account: AccountService;
  readonly market: MarketService;
  /** What a token says of itself, unverified. */
  readonly peek: (token: string) => { readonly type: string | null; readonly subject: string | null };
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly limiter: Limiter;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
}

const HOUR_SECONDS = 3600;

/** Role trading. */
export function tradingRoutes({ orders, account, market, peek, auth, limits, limiter, strangers }: TradingRouteDeps): Route[] {
  const session = limitFailures(limiter, strangers)(authenticate((token) => auth.authenticate(token)));
  const orderRate = windowOf('orders', limits.ordersPerMinute, 60);
  const ordersApi = ordersController({ orders, claimedUser: (token) => peek(token).subject, countOrder: async (userId) => requireRoom(await limiter.take(orderRate, userKey(userId))) });
  const accountApi = accountController(account);
  const perUser = (name: string, requests: number): RequestHandler =>
    limitBy(limiter, windowOf(name, requests, HOUR_SECONDS), (req) => userKey(req.principal!.userId));
  const bookLimit = limitBy(limiter, windowOf('orderbook', limits.orderbookPerMinute, 60));
  const mayTrade = requirePermission('trade', WIDGET_PERMISSION);
  const readingOrders = [session, requirePermission('trade', 'view_orders', WIDGET_PERMISSION), perUser('order-reads', limits.orderReadsPerHour)];
  // With permission trade:widget an order stays what its token said: it is not changed, and whoever may not place it freely may not take it away either.
  const changingOrders = [session, requirePermission('trade'), limitBy(limiter, windowOf('order-changes', limits.orderChangesPerMinute, 60), (req) => userKey(req.principal!.userId))];
  return [
    {
      method: 'post', path: '/api/orders', body: placeOrderRequest,
      handlers: [sessionOrTradeToken(session, mayTrade, peek), limitBy(limiter, orderRate, callerOf), jsonBody, ordersApi.place],
    },
    { method: 'get', path: '/api/orders', handlers: [...readingOrders, ordersApi.list] },
    { method: 'delete', path: '/api/orders', handlers: [...changingOrders, ordersApi.cancelAll] },
    { method: 'get', path: '/api/orders/active', handlers: [...readingOrders, ordersApi.listActive] },
    { method: 'get', path: '/api/orders/history', handlers: [...readingOrders, ordersApi.listHistory] },
    { method: 'get', path: '/api/orders/:id', handlers: [...readingOrders, ordersApi.get] },
    { method: 'patch', path: '/api/orders/:id', body: amendOrderRequest, handlers: [...changingOrders, jsonBody, ordersApi.amend] },
    { method: 'delete', path: '/api/orders/:id', handlers: [...changingOrders, ordersApi.cancel] },
    { method: 'get', path: '/api/markets/:symbol/orderbook', handlers: [bookLimit, marketController(market).orderbook] },
    {
      method: 'get', path: '/api/account/balances',
      handlers: [session, requirePermission('read:balance', WIDGET_PERMISSION), perUser('balance-reads', limits.balanceReadsPerHour), accountApi.balances],
    },
    {
      method: 'get', path: '/api/account/widget-session',
      handlers: [session, requirePermission('trade'), perUser('widget-sessions', limits.balanceReadsPerHour), accountApi.widgetSession],
    },
  ];
}

/** A bearer that calls itself a trade token is not a session: it is checked with its order, and names its user itself. */
function sessionOrTradeToken(session: RequestHandler, mayTrade: RequestHandler, peek: TradingRouteDeps['peek']): RequestHandler {
  return (req, res, next) => {
    const { type } = peek(bearerToken(req)?.trim() ?? '');
    if (type?.toLowerCase() === TRADE_TOKEN_TYPE) return next();
    return session(req, res, (error?: unknown) => (error === undefined ? mayTrade(req, res, next) : next(error)));
  };
}

const userKey = (userId: number): string => `user ${userId}`;

/** Orders count by user, on whatever path they come; a caller who is not known yet counts by address as well. */
const callerOf = (req: Request): string => (req.principal ? userKey(req.principal.userId) : `address ${addressOf(req)}`);

function requireRoom(state: BucketState): void {
  if (!state.allowed) throw tooMany(state);
}
