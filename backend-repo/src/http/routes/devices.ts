import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { devicesController } from '../../features/auth/devices.controller.ts';
import { confirmDeviceRequest, renameDeviceRequest } from '../../features/auth/devices.schema.ts';
import type { DevicesService } from '../../features/auth/devices.service.ts';
import { everybody } from '../access.ts';
import { requirePermission } from '../authenticate.ts';
import { limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import { jsonBody, type Route } from '../router.ts';

export interface DeviceRouteDeps {
  readonly devices: DevicesService;
  readonly limits: Limits;
  readonly limiter: Limiter;
  readonly visitors: Limit;
  /** Counts what ends or takes back something, by session. */
  readonly exits: RequestHandler;
}

const HOUR_SECONDS = 3_600;

/**
 * The devices that an account knows, and what its owner says to the mail about a new one.
 * @param person signs the caller in
 */
export function deviceRoutes({ devices, limits, limiter, visitors, exits }: DeviceRouteDeps, person: RequestHandler): Route[] {
  const controller = devicesController(devices);
  const calls = limitBy(limiter, windowOf('own-account', limits.accountReadsPerHour, HOUR_SECONDS), (req) => `user ${req.principal!.userId}`);
  const writing = [person, requirePermission('write:profile'), calls];
  return [
    { method: 'post', path: '/api/auth/confirm-device', body: confirmDeviceRequest, handlers: [everybody, limitBy(limiter, visitors), jsonBody, controller.decide] },
    { method: 'get', path: '/api/auth/devices', handlers: [person, requirePermission('read:profile'), calls, controller.list] },
    { method: 'patch', path: '/api/auth/devices/:id', body: renameDeviceRequest, handlers: [...writing, jsonBody, controller.rename] },
    { method: 'delete', path: '/api/auth/devices/:id', handlers: [person, requirePermission('write:profile'), exits, controller.forget] },
  ];
}
