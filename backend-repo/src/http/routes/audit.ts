import type { RequestHandler } from 'express';
import { auditController } from '../../features/audit/audit.controller.ts';
import type { AuditLogService } from '../../features/audit/audit-log.service.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { authenticate, limitFailures, requirePermission } from '../authenticate.ts';
import { limitBy, type Limit, type Limiter } from '../limiter.ts';
import type { Route } from '../router.ts';

export interface AuditRouteDeps {
  readonly auditLog: AuditLogService;
  readonly auth: AuthService;
  /** Callers without valid credentials, of all roles together. */
  readonly strangers: Limit;
  /** Of everything that staff does, by member of staff. */
  readonly staffCalls: Limit;
  readonly limiter: Limiter;
}

const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

/** Core: the audit log, for admins. */
export function auditRoutes({ auditLog, auth, strangers, staffCalls, limiter }: AuditRouteDeps): Route[] {
  const controller = auditController(auditLog);
  const person = limitFailures(limiter, strangers)(authenticate((token) => auth.authenticate(token)));
  const looking = [noStore, person, requirePermission('read:audit'), limitBy(limiter, staffCalls, (req) => String(req.principal!.userId))];
  return [
    { method: 'get', path: '/api/admin/audit', handlers: [...looking, controller.list] },
    { method: 'get', path: '/api/admin/audit/export', handlers: [...looking, controller.export] },
  ];
}
