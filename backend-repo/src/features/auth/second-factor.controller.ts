import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../../errors.ts';
import { parseBody } from '../../http/validate.ts';
import type { Owner, SecondFactorSettingsService } from './second-factor-settings.service.ts';
import { disableRequest, enableRequest, verifyRequest } from './second-factor.schema.ts';

export function secondFactorController(settings: SecondFactorSettingsService): Record<'enable' | 'verify' | 'disable', RequestHandler> {
  return {
    enable: async (req, res) => send(res, await settings.begin(ownerOf(req), parseBody(enableRequest, req).password)),
    verify: async (req, res) => send(res, await settings.verify(ownerOf(req), parseBody(verifyRequest, req).code)),
    disable: async (req, res) => {
      const { password, code } = parseBody(disableRequest, req);
      await settings.turnOff(ownerOf(req), password, code);
      send(res, { second_factor: false });
    },
  };
}

function send(res: Response, data: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json({ success: true, data });
}

/** What these routes change is a person's, and takes a session of theirs. */
function ownerOf(req: Request): Owner {
  const { userId, sessionId } = req.principal!;
  if (sessionId === null) throw new AppError('PERMISSION_DENIED');
  return { userId, sessionId, actor: { kind: 'user', id: String(userId), ip: req.ip, requestId: req.id } };
}
