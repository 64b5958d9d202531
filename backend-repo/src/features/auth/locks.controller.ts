import type { RequestHandler } from 'express';
import { actorOf } from '../../http/actor-of.ts';
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
