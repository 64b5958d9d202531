import type { Request, RequestHandler } from 'express';
import type { Actor } from '../../domain/audit-entry.ts';
import { parseBody, parseText } from '../../http/validate.ts';
import { lockedUserPath, unblockRequest, unlockRequest } from './locks.schema.ts';
import type { LocksService } from './locks.service.ts';

export function locksController(locks: LocksService): Record<'unlock' | 'unblock', RequestHandler> {
  return {
    unlock: async (req, res) => {
      const { id } = parseText(lockedUserPath, req.params);
      res.json({ success: true, data: await locks.unlock(id, parseBody(unlockRequest, req).reason, actorOf(req)) });
    },

    unblock: async (req, res) => {
      const { address, reason } = parseBody(unblockRequest, req);
      res.json({ success: true, data: await locks.unblock(address, reason, actorOf(req)) });
    },
  };
}

const actorOf = (req: Request): Actor => ({ kind: 'user', id: String(req.principal!.userId), ip: req.ip, requestId: req.id });
