import type { RequestHandler } from 'express';
import { actorOf } from '../../http/actor-of.ts';
import { parseText } from '../../http/validate.ts';
import type { AuditLogService } from './audit-log.service.ts';
import { auditExportQuery, auditQuery } from './audit.schema.ts';

/** What admins see of the audit log. */
export function auditController(log: AuditLogService): Record<'list' | 'export', RequestHandler> {
  return {
    list: async (req, res) => {
      res.json({ success: true, data: await log.list(parseText(auditQuery, req.query), actorOf(req)) });
    },

    export: async (req, res) => {
      res.json({ success: true, data: await log.export(parseText(auditExportQuery, req.query), actorOf(req)) });
    },
  };
}
