import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { marketController, type MarketServices } from '../../features/market/market.controller.ts';
import { everybody } from '../access.ts';
import { limitBy, windowOf, type Limiter } from '../limiter.ts';
import type { Route } from '../router.ts';

export interface MarketRouteDeps extends MarketServices {
  readonly limits: Limits;
  readonly limiter: Limiter;
}

/** Role trading: open to everybody, by address. */
export function marketRoutes({ limits, limiter, ...services }: MarketRouteDeps): Route[] {
  const api = marketController(services);
  const perMinute = (name: string, requests: number): RequestHandler => limitBy(limiter, windowOf(name, requests, 60));
  return [
    { method: 'get', path: '/api/markets', handlers: [everybody, perMinute('markets', limits.marketsPerMinute), api.markets] },
    // Before /:symbol, or it would be one.
    { method: 'get', path: '/api/markets/stats', handlers: [everybody, perMinute('market-stats', limits.marketStatsPerMinute), api.stats] },
    { method: 'get', path: '/api/markets/:symbol/ticker', handlers: [everybody, perMinute('ticker', limits.tickerPerMinute), api.ticker] },
    { method: 'get', path: '/api/markets/:symbol/orderbook', handlers: [everybody, perMinute('orderbook', limits.orderbookPerMinute), api.orderbook] },
    { method: 'get', path: '/api/markets/:symbol/trades', handlers: [everybody, perMinute('public-trades', limits.publicTradesPerMinute), api.trades] },
    { method: 'get', path: '/api/markets/:symbol/klines', handlers: [everybody, perMinute('klines', limits.klinesPerMinute), api.klines] },
  ];
}
