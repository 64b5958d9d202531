import { locksController } from '../../features/auth/locks.controller.ts';
import { unblockRequest, unlockRequest } from '../../features/auth/locks.schema.ts';
import type { LocksService } from '../../features/auth/locks.service.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { authenticate, limitFailures, requirePermission } from '../authenticate.ts';
import { limitBy, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';

export interface LockRouteDeps {
  readonly auth: AuthService;
  readonly locks: LocksService;
  readonly limiter: Limiter;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
  /** Of everything under /api/admin, by member of staff. */
  readonly staffCalls: Limit;
}

/** Core: what staff lifts for people who cannot sign in. */
export function lockRoutes({ auth, locks, limiter, strangers, staffCalls }: LockRouteDeps): Route[] {
  const controller = locksController(locks);
  const session = limitFailures(limiter, strangers)(authenticate((token) => auth.authenticate(token)));
  const changing = [session, requirePermission('write:users'), limitBy(limiter, staffCalls, (req) => String(req.principal!.userId)), jsonBody];
  return [
    { method: 'post', path: '/api/admin/users/:id/unlock', body: unlockRequest, handlers: [...changing, controller.unlock] },
    { method: 'post', path: '/api/admin/addresses/unblock', body: unblockRequest, handlers: [...changing, controller.unblock] },
  ];
}
