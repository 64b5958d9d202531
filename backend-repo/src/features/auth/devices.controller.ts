import type { RequestHandler, Response } from 'express';
import { AppError } from '../../errors.ts';
import { actorOf } from '../../http/actor-of.ts';
import { parseBody, parseText } from '../../http/validate.ts';
import { confirmDeviceRequest, devicePath, renameDeviceRequest } from './devices.schema.ts';
import type { DevicesService } from './devices.service.ts';

export function devicesController(devices: DevicesService): Record<'list' | 'rename' | 'forget' | 'decide', RequestHandler> {
  return {
    list: async (req, res) => send(res, { devices: await devices.list(req.principal!.userId, req.principal!.sessionId) }),

    rename: async (req, res) => {
      const { id } = parseText(devicePath, req.params);
      const { name } = parseBody(renameDeviceRequest, req);
      await devices.rename(req.principal!.userId, id, name);
      send(res, { name });
    },

    forget: async (req, res) => {
      const { userId, sessionId } = req.principal!;
      if (sessionId === null) throw new AppError('PERMISSION_DENIED');
      send(res, await devices.forget(userId, parseText(devicePath, req.params).id, sessionId, actorOf(req)));
    },

    decide: async (req, res) => {
      const { token, decision } = parseBody(confirmDeviceRequest, req);
      send(res, await devices.decide(token, decision, { ip: req.ip ?? 'unknown', requestId: req.id }));
    },
  };
}

function send(res: Response, data: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json({ success: true, data });
}
