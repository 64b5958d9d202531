import type { RequestHandler } from 'express';
import { parse, parseText } from '../../http/validate.ts';
import { feesQuery } from './fees.schema.ts';
import type { FeesService } from './fees.service.ts';
import { exchangeIdPath } from './widget.schema.ts';

export function feesController(fees: FeesService): Record<'totals', RequestHandler> {
  return {
    totals: async (req, res) => {
      const { exchangeId } = parse(exchangeIdPath, req.params);
      const { from, to } = parseText(feesQuery, req.query);
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await fees.totals(exchangeId, from, to) });
    },
  };
}
