import type { RequestHandler } from 'express';
import { parseBody } from '../../http/validate.ts';
import { fundingRequest } from './account.schema.ts';
import type { DepositsService } from './deposits.service.ts';

/** What the payment provider tells us. */
export function fundingController(deposits: DepositsService): { fund: RequestHandler } {
  return {
    fund: async (req, res) => {
      const actor = { kind: 'system', id: 'payment-provider', ip: req.ip, requestId: req.id } as const;
      res.json({ success: true, data: await deposits.fund(parseBody(fundingRequest, req), actor) });
    },
  };
}
