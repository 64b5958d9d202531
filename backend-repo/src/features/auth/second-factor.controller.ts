import type { Request, RequestHandler, Response } from 'express';
import type { Actor } from '../../domain/audit-entry.ts';
import { parseBody } from '../../http/validate.ts';
import { disableRequest, enableRequest, verifyRequest } from './second-factor.schema.ts';
import type { SecondFactorService } from './second-factor.service.ts';

export function secondFactorController(secondFactor: SecondFactorService): Record<'enable' | 'verify' | 'disable', RequestHandler> {
  return {
    enable: async (req, res) => send(res, await secondFactor.begin(req.principal!.userId, parseBody(enableRequest, req).password, actorOf(req))),
    verify: async (req, res) => send(res, { backup_codes: await secondFactor.turnOn(req.principal!.userId, parseBody(verifyRequest, req).code, actorOf(req)) }),
    disable: async (req, res) => {
      const { password, code } = parseBody(disableRequest, req);
      await secondFactor.turnOff(req.principal!.userId, password, code, actorOf(req));
      send(res, { second_factor: false });
    },
  };
}

function send(res: Response, data: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json({ success: true, data });
}

const actorOf = (req: Request): Actor => ({ kind: 'user', id: String(req.principal!.userId), ip: req.ip, requestId: req.id });
