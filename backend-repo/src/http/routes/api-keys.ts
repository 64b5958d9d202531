import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { apiKeysController } from '../../features/auth/api-keys.controller.ts';
import { createApiKeyRequest } from '../../features/auth/api-keys.schema.ts';
import type { ApiKeysService } from '../../features/auth/api-keys.service.ts';
import type { AuthService } from '../../features/auth/auth.service.ts';
import { authenticate, limitFailures, requirePermission } from '../authenticate.ts';
import { limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';

export interface ApiKeyRouteDeps {
  readonly apiKeys: ApiKeysService;
  readonly auth: AuthService;
  readonly limits: Limits;
  readonly limiter: Limiter;
  /** Of refused credentials, on whatever route, by address. */
  readonly strangers: Limit;
  /** Counts what ends or takes back something, by session. */
  readonly exits: RequestHandler;
}

const HOUR_SECONDS = 3_600;

/** A trader's own keys, in a session: no key can make, see or end another. */
export function apiKeyRoutes({ apiKeys, auth, limits, limiter, strangers, exits }: ApiKeyRouteDeps): Route[] {
  const session = limitFailures(limiter, strangers)(authenticate((token) => auth.authenticate(token)));
  const controller = apiKeysController(apiKeys);
  const perUser = (name: string, requests: number) => limitBy(limiter, windowOf(name, requests, HOUR_SECONDS), (req) => `user ${req.principal!.userId}`);
  // Each call to make a key is a guess at the password, too.
  const making = perUser('api-key-changes', limits.apiKeyChangesPerHour);
  const reading = perUser('api-key-reads', limits.accountReadsPerHour);
  return [
    { method: 'get', path: '/api/auth/api-keys', handlers: [session, requirePermission('read:profile'), reading, controller.list] },
    { method: 'post', path: '/api/auth/api-keys', body: createApiKeyRequest, handlers: [session, requirePermission('write:profile'), making, jsonBody, controller.create] },
    { method: 'delete', path: '/api/auth/api-keys/:id', handlers: [session, requirePermission('write:profile'), exits, controller.revoke] },
  ];
}
