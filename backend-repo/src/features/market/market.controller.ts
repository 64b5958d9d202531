import type { RequestHandler } from 'express';
import { parse, parseText } from '../../http/validate.ts';
import { marketPath, orderbookQuery } from './market.schema.ts';
import type { MarketService } from './market.service.ts';

const BOOK_CACHE = 'public, max-age=1';

export function marketController(market: MarketService): Record<'orderbook', RequestHandler> {
  return {
    orderbook: async (req, res) => {
      const { symbol } = parse(marketPath, req.params);
      const { depth } = parseText(orderbookQuery, req.query);
      const book = await market.orderbook(symbol, depth);
      res.setHeader('Cache-Control', BOOK_CACHE);
      res.json({ success: true, data: book });
    },
  };
}
