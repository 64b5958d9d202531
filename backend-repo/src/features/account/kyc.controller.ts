import type { RequestHandler, Response } from 'express';
import { actorOf } from '../../http/actor-of.ts';
import { parseBody, parseText } from '../../http/validate.ts';
import { kycDecision, kycRequest, readingQuery } from './kyc.schema.ts';
import type { KycService } from './kyc.service.ts';
import { userPath } from './venue-staff.schema.ts';

export function kycController(kyc: KycService): Record<'submit' | 'own' | 'read' | 'decide', RequestHandler> {
  return {
    submit: async (req, res) => send(res.status(201), await kyc.submit(req.principal!.userId, parseBody(kycRequest, req), actorOf(req))),
    own: async (req, res) => send(res, await kyc.own(req.principal!.userId)),
    read: async (req, res) => send(res, await kyc.read(parseText(userPath, req.params).id, parseText(readingQuery, req.query).reason, actorOf(req))),
    decide: async (req, res) => send(res, await kyc.decide(parseText(userPath, req.params).id, parseBody(kycDecision, req), actorOf(req))),
  };
}

function send(res: Response, data: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json({ success: true, data });
}
