import type { Request, RequestHandler } from 'express';
import type { Limits } from '../../config.ts';
import { TRADE_TOKEN_TYPE } from '../../domain/trade-token.ts';
import { AppError } from '../../errors.ts';
import { accountController } from '../../features/account/account.controller.ts';
import type { AccountService } from '../../features/account/account.service.ts';
import { WIDGET_PERMISSION, type AuthService } from '../../features/auth/auth.service.ts';
import { marketController } from '../../features/market/market.controller.ts';
import type { MarketService } from '../../features/market/market.service.ts';
import { ordersController } from '../../features/orders/orders.controller.ts';
import { placeOrderRequest } from '../../features/orders/orders.schema.ts';
import type { OrdersService } from '../../features/orders/orders.service.ts';
import { authenticate, bearerToken, limitFailures, requirePermission } from '../authenticate.ts';
import { setRateLimitHeaders, windowLimit, WindowCounters, type Policy } from '../rate-limit.ts';
import { jsonBody, type Route } from '../router.ts';

export interface TradingRouteDeps {
  readonly orders: OrdersService;
  readonly account: AccountService;
  readonly market: MarketService;
  /** What a token says of itself, unverified. */
  readonly peek: (token: string) => { readonly type: string | null; readonly subject: string | null };
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly now: () => number;
  readonly clock: () => number;
}

const HOUR_SECONDS = 3600;

/** Role trading. */
export function tradingRoutes({ orders, account, market, peek, auth, limits, now, clock }: TradingRouteDeps): Route[] {
  const session = limitFailures(limits.unauthenticatedPerMinute, clock, now)(authenticate((token) => auth.authenticate(token)));
  const rate = new OrderRate(limits.ordersPerMinute, clock, now);
  const ordersApi = ordersController({ orders, claimedUser: (token) => peek(token).subject, countOrder: (userId) => rate.count(userId) });
  const accountApi = accountController(account);
  const perUser = (name: string, requests: number): RequestHandler =>
    windowLimit({ name, requests, windowSeconds: HOUR_SECONDS, key: (req) => String(req.principal!.userId) });
  const bookLimit = windowLimit({ name: 'orderbook', requests: limits.orderbookPerMinute, windowSeconds: 60 });
  const mayTrade = requirePermission('trade', WIDGET_PERMISSION);
  return [
    {
      method: 'post', path: '/api/orders', body: placeOrderRequest,
      handlers: [sessionOrTradeToken(session, mayTrade, peek), rate.limit, jsonBody, ordersApi.place],
    },
    {
      method: 'get', path: '/api/orders/:id',
      handlers: [session, requirePermission('trade', 'view_orders', WIDGET_PERMISSION), perUser('order-reads', limits.orderReadsPerHour), ordersApi.get],
    },
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

/** 100 orders a minute per user, on whatever path they come; a caller who is not known yet counts by address as well. */
class OrderRate {
  readonly #counters: WindowCounters;
  readonly #policy: Policy;
  readonly #clock: () => number;
  readonly #now: () => number;

  constructor(perMinute: number, clock: () => number, now: () => number) {
    this.#counters = new WindowCounters(perMinute, 60);
    this.#policy = { name: 'orders', quota: perMinute, windowSeconds: 60 };
    this.#clock = clock;
    this.#now = now;
  }

  readonly limit: RequestHandler = (req, res, next) => {
    const state = this.#counters.take(callerOf(req), this.#clock());
    setRateLimitHeaders(res, this.#policy, state, Math.ceil(this.#now() / 1000));
    if (!state.allowed) throw new AppError('RATE_LIMIT_EXCEEDED', { retryAfter: state.waitSeconds });
    next();
  };

  /** @throws AppError RATE_LIMIT_EXCEEDED */
  count(userId: number): void {
    const state = this.#counters.take(`user ${userId}`, this.#clock());
    if (!state.allowed) throw new AppError('RATE_LIMIT_EXCEEDED', { retryAfter: state.waitSeconds });
  }
}

const callerOf = (req: Request): string => (req.principal ? `user ${req.principal.userId}` : `address ${req.ip ?? 'unknown'}`);
