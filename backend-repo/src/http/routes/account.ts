import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { accountController, type AccountServices } from '../../features/account/account.controller.ts';
import { depositRequest, withdrawalConfirmation, withdrawalRequest } from '../../features/account/account.schema.ts';
import { kycController } from '../../features/account/kyc.controller.ts';
import { kycRequest } from '../../features/account/kyc.schema.ts';
import type { KycService } from '../../features/account/kyc.service.ts';
import { WIDGET_PERMISSION } from '../../features/auth/auth.service.ts';
import { everybody } from '../access.ts';
import { requirePermission } from '../authenticate.ts';
import { requireSession } from '../authenticate-api-key.ts';
import { limitBy, windowOf, type Limit, type Limiter } from '../limiter.ts';
import type { RequestSignatures } from '../request-signature.ts';
import { jsonBody, jsonDocuments, type Route } from '../router.ts';

export interface AccountRouteDeps extends AccountServices {
  readonly limits: Limits;
  readonly kyc: KycService;
  readonly limiter: Limiter;
  /** Of the routes that need no credentials, together, by address. */
  readonly visitors: Limit;
  readonly signatures: RequestSignatures;
  /** Counts what ends or takes back something, by session. */
  readonly exits: RequestHandler;
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/**
 * A trader's own account.
 * @param session signs the caller in
 */
export function accountRoutes(deps: AccountRouteDeps, session: RequestHandler): Route[] {
  const { limits, limiter, signatures, visitors, exits } = deps;
  const controller = accountController(deps);
  const kyc = kycController(deps.kyc);
  const perUser = (name: string, requests: number, windowSeconds = HOUR_SECONDS): RequestHandler =>
    limitBy(limiter, windowOf(name, requests, windowSeconds), (req) => `user ${req.principal!.userId}`);
  const own = perUser('balance-reads', limits.balanceReadsPerHour);
  const byWidget = perUser('widget-balance-reads', limits.widgetBalanceReadsPerHour);
  // The widget looks more often than spec/4 lets a trader look, and takes nothing from what is left to them.
  const balanceReads: RequestHandler = (req, res, next) => (req.principal!.permissions.has('read:balance') ? own : byWidget)(req, res, next);
  const balances = [session, requirePermission('read:balance', WIDGET_PERMISSION), balanceReads];
  const reads = perUser('account-reads', limits.accountReadsPerHour);
  const trades = [session, requirePermission('read:trades'), reads];
  const transfers = [session, requirePermission('read:balance'), reads];
  const moving = [session, requirePermission('write:balance')];
  const fees = (name: string): RequestHandler[] => [session, requirePermission('read:trades'), perUser(name, limits.feeReadsPerHour)];
  return [
    { method: 'get', path: '/api/account/balances', handlers: [...balances, controller.balances] },
    { method: 'get', path: '/api/account/balances/:asset', handlers: [...balances, controller.balance] },
    { method: 'get', path: '/api/account/trades', handlers: [...trades, controller.trades] },
    { method: 'get', path: '/api/account/trades/:symbol', handlers: [...trades, controller.tradesOfSymbol] },
    { method: 'get', path: '/api/account/fees', handlers: [...fees('fees'), controller.fees] },
    { method: 'get', path: '/api/account/fee-tier', handlers: [...fees('fee-tier'), controller.feeTier] },
    { method: 'get', path: '/api/account/deposits', handlers: [...transfers, controller.deposits] },
    { method: 'post', path: '/api/account/deposit', body: depositRequest, handlers: [...moving, perUser('deposits', limits.depositsPerDay, DAY_SECONDS), jsonBody, controller.deposit] },
    { method: 'get', path: '/api/account/withdrawals', handlers: [...transfers, controller.withdrawals] },
    {
      method: 'post', path: '/api/account/withdraw', body: withdrawalRequest,
      handlers: [...moving, signatures.required, perUser('withdrawals', limits.withdrawalsPerDay, DAY_SECONDS), jsonBody, controller.withdraw],
    },
    { method: 'post', path: '/api/account/withdrawals/confirm', body: withdrawalConfirmation, handlers: [everybody, limitBy(limiter, visitors), jsonBody, controller.confirmWithdrawal] },
    { method: 'post', path: '/api/account/withdrawals/:id/cancel', handlers: [...moving, exits, controller.cancelWithdrawal] },
    { method: 'get', path: '/api/account/kyc', handlers: [session, requirePermission('read:profile'), reads, kyc.own] },
    {
      method: 'post', path: '/api/account/kyc', body: kycRequest,
      handlers: [session, requirePermission('write:profile'), perUser('kyc', limits.kycPerDay, DAY_SECONDS), jsonDocuments, kyc.submit],
    },
    {
      method: 'get', path: '/api/account/widget-session',
      handlers: [session, requireSession, requirePermission('trade'), perUser('widget-sessions', limits.widgetSessionsPerHour), controller.widgetSession],
    },
  ];
}
