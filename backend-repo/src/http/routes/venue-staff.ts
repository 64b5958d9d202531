import type { RequestHandler } from 'express';
import { kycController } from '../../features/account/kyc.controller.ts';
import { kycDecision } from '../../features/account/kyc.schema.ts';
import type { KycService } from '../../features/account/kyc.service.ts';
import { venueStaffController, type VenueStaffServices } from '../../features/account/venue-staff.controller.ts';
import { decisionRequest, feeTierRequest, MARKET_ACTIONS, venueReasonRequest } from '../../features/account/venue-staff.schema.ts';
import { requirePermission } from '../authenticate.ts';
import { jsonBody, type Route } from '../router.ts';

const WITHDRAWAL_STEPS = ['approve', 'reject', 'send', 'complete', 'fail'] as const;

/**
 * What staff does with the venue.
 * @param who signs the caller in
 * @param limit counts the caller's calls
 */
export function venueStaffRoutes(services: VenueStaffServices & { readonly kyc: KycService }, who: RequestHandler, limit: RequestHandler): Route[] {
  const controller = venueStaffController(services);
  const kyc = kycController(services.kyc);
  const looking = (permission: string): RequestHandler[] => [who, requirePermission(permission), limit];
  const changing = (permission: string): RequestHandler[] => [...looking(permission), jsonBody];
  return [
    { method: 'get', path: '/api/admin/users', handlers: [...looking('read:users'), controller.users] },
    { method: 'get', path: '/api/admin/users/:id', handlers: [...looking('read:users'), controller.person] },
    { method: 'patch', path: '/api/admin/users/:id/fee-tier', body: feeTierRequest, handlers: [...changing('write:users'), controller.setFeeTier] },
    { method: 'get', path: '/api/admin/users/:id/kyc', handlers: [...looking('write:users'), kyc.read] },
    { method: 'patch', path: '/api/admin/users/:id/kyc', body: kycDecision, handlers: [...changing('write:users'), kyc.decide] },
    { method: 'get', path: '/api/admin/orders', handlers: [...looking('read:all_orders'), controller.orders] },
    { method: 'get', path: '/api/admin/trades', handlers: [...looking('read:all_trades'), controller.trades] },
    { method: 'get', path: '/api/admin/system-stats', handlers: [...looking('read:system'), controller.stats] },
    { method: 'get', path: '/api/admin/deposits', handlers: [...looking('write:deposits'), controller.deposits] },
    { method: 'post', path: '/api/admin/deposits/:id/confirm', body: venueReasonRequest, handlers: [...changing('write:deposits'), controller.confirmDeposit] },
    { method: 'get', path: '/api/admin/withdrawals', handlers: [...looking('write:withdrawals'), controller.withdrawals] },
    ...WITHDRAWAL_STEPS.map((step): Route => ({
      method: 'post', path: `/api/admin/withdrawals/:id/${step}`, body: decisionRequest(step), handlers: [...changing('write:withdrawals'), controller.decide(step)],
    })),
    ...Object.entries(MARKET_ACTIONS).map(([action, status]): Route => ({
      method: 'post', path: `/api/admin/markets/:symbol/${action}`, body: venueReasonRequest, handlers: [...changing('write:markets'), controller.setMarketStatus(status)],
    })),
  ];
}
