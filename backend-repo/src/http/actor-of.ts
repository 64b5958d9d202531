import type { Request } from 'express';
import type { Actor } from '../domain/audit-entry.ts';

/** Who called, for the audit log. After `authenticate`. */
export const actorOf = (req: Request): Actor => ({ kind: 'user', id: String(req.principal!.userId), ip: req.ip, requestId: req.id });
