import type { RequestHandler, Response } from 'express';
import { parse, parseText } from '../../http/validate.ts';
import type { MarketDataService } from './market-data.service.ts';
import { klinesQuery, marketPath, noQuery, orderbookQuery, tradesQuery } from './market.schema.ts';
import type { MarketService } from './market.service.ts';

/** Seconds for which anybody on the way may keep an answer. What has ended does not change any more. */
const MOVING_SECONDS = 1;
const LIST_SECONDS = 5;
const ENDED_SECONDS = 60;

export interface MarketServices {
  readonly market: MarketService;
  readonly marketData: MarketDataService;
}

export function marketController({ market, marketData }: MarketServices): Record<'markets' | 'stats' | 'ticker' | 'orderbook' | 'trades' | 'klines', RequestHandler> {
  return {
    markets: async (req, res) => {
      parseText(noQuery, req.query);
      answer(res, LIST_SECONDS, await marketData.markets());
    },
    stats: async (req, res) => {
      parseText(noQuery, req.query);
      answer(res, LIST_SECONDS, await marketData.stats());
    },
    ticker: async (req, res) => {
      const { symbol } = parse(marketPath, req.params);
      parseText(noQuery, req.query);
      answer(res, MOVING_SECONDS, await marketData.ticker(symbol));
    },
    orderbook: async (req, res) => {
      const { symbol } = parse(marketPath, req.params);
      const { depth } = parseText(orderbookQuery, req.query);
      answer(res, MOVING_SECONDS, await market.orderbook(symbol, depth));
    },
    trades: async (req, res) => {
      const { symbol } = parse(marketPath, req.params);
      const { limit, cursor } = parseText(tradesQuery, req.query);
      answer(res, MOVING_SECONDS, await marketData.trades(symbol, limit, cursor ?? null));
    },
    klines: async (req, res) => {
      const { symbol } = parse(marketPath, req.params);
      const { ended, ...klines } = await marketData.klines(symbol, parseText(klinesQuery, req.query));
      answer(res, ended ? ENDED_SECONDS : MOVING_SECONDS, klines);
    },
  };
}

function answer(res: Response, seconds: number, data: object): void {
  res.setHeader('Cache-Control', `public, max-age=${seconds}`);
  res.json({ success: true, data });
}
