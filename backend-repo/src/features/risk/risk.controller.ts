import type { RequestHandler } from 'express';
import { actorOf } from '../../http/actor-of.ts';
import { parseBody, parseText } from '../../http/validate.ts';
import { decideRiskEventRequest, reportRiskEventRequest, riskEventPath, riskEventsQuery } from './risk.schema.ts';
import type { RiskService } from './risk.service.ts';

/** What staff sees of the venue's watch, and what other services tell it. */
export function riskController(risk: RiskService): Record<'list' | 'report' | 'decide', RequestHandler> {
  return {
    list: async (req, res) => {
      res.json({ success: true, data: await risk.list(req.principal!.userId, parseText(riskEventsQuery, req.query), actorOf(req)) });
    },

    report: async (req, res) => {
      const { event, added } = await risk.report(parseBody(reportRiskEventRequest, req));
      res.status(added ? 201 : 200).json({ success: true, data: event });
    },

    decide: async (req, res) => {
      const { id } = parseText(riskEventPath, req.params);
      res.json({ success: true, data: await risk.decide(req.principal!.userId, id, parseBody(decideRiskEventRequest, req), actorOf(req)) });
    },
  };
}
