import type { Request, RequestHandler } from 'express';
import type { Actor } from '../../domain/audit-entry.ts';
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

const actorOf = (req: Request): Actor => ({ kind: 'user', id: String(req.principal!.userId), ip: req.ip, requestId: req.id });
