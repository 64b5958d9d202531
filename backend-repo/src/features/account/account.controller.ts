import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../../errors.ts';
import { actorOf } from '../../http/actor-of.ts';
import { parseBody, parseText } from '../../http/validate.ts';
import {
  assetPath, depositRequest, depositsQuery, feesQuery, IDEMPOTENCY_KEY, ownTradesOfSymbolQuery, ownTradesQuery, symbolPath,
  withdrawalConfirmation, withdrawalPath, withdrawalRequest, withdrawalsQuery,
} from './account.schema.ts';
import type { AccountService } from './account.service.ts';
import type { DepositsService } from './deposits.service.ts';
import type { TiersService } from './tiers.service.ts';
import type { WithdrawalCaller } from './withdrawal-gates.service.ts';
import type { WithdrawalRequestsService } from './withdrawal-requests.service.ts';

export interface AccountServices {
  readonly account: AccountService;
  readonly tiers: TiersService;
  readonly deposits: DepositsService;
  readonly withdrawalRequests: WithdrawalRequestsService;
}

export type AccountController = Record<
  'balances' | 'balance' | 'trades' | 'tradesOfSymbol' | 'fees' | 'feeTier' | 'deposit' | 'deposits' | 'withdraw' | 'withdrawals' | 'confirmWithdrawal' | 'cancelWithdrawal' | 'widgetSession',
  RequestHandler
>;

/** A trader's own account. */
export function accountController({ account, tiers, deposits, withdrawalRequests }: AccountServices): AccountController {
  return {
    balances: async (req, res) => send(res, await account.balances(userOf(req))),

    balance: async (req, res) => {
      const { asset } = parseText(assetPath, req.params);
      send(res, await account.balance(userOf(req), asset));
    },

    trades: async (req, res) => send(res, await account.trades(userOf(req), parseText(ownTradesQuery, req.query))),

    tradesOfSymbol: async (req, res) => {
      const { symbol } = parseText(symbolPath, req.params);
      send(res, await account.tradesOfMarket(userOf(req), symbol, parseText(ownTradesOfSymbolQuery, req.query)));
    },

    fees: async (req, res) => send(res, await account.fees(userOf(req), parseText(feesQuery, req.query))),

    feeTier: async (req, res) => send(res, await tiers.view(userOf(req))),

    deposit: async (req, res) => {
      const request = parseBody(depositRequest, req);
      send(res, await deposits.announce(userOf(req), request, idempotencyKey(req), actorOf(req)), 201);
    },

    deposits: async (req, res) => send(res, await deposits.listOwn(userOf(req), parseText(depositsQuery, req.query))),

    withdraw: async (req, res) => {
      const request = parseBody(withdrawalRequest, req);
      send(res, await withdrawalRequests.request(callerOf(req), request, idempotencyKey(req)), 201);
    },

    withdrawals: async (req, res) => send(res, await withdrawalRequests.list(userOf(req), parseText(withdrawalsQuery, req.query))),

    confirmWithdrawal: async (req, res) => {
      const { token } = parseBody(withdrawalConfirmation, req);
      send(res, await withdrawalRequests.confirm(token, { ip: req.ip, requestId: req.id }));
    },

    cancelWithdrawal: async (req, res) => {
      const { id } = parseText(withdrawalPath, req.params);
      send(res, await withdrawalRequests.cancel(callerOf(req), id));
    },

    widgetSession: async (req, res) => send(res, await account.widgetSession(userOf(req), req.principal!.sessionId)),
  };
}

const userOf = (req: Request): number => req.principal!.userId;

function callerOf(req: Request): WithdrawalCaller {
  const { userId, sessionId, secondFactorAt } = req.principal!;
  return { userId, sessionId, secondFactorAt, ip: req.ip, requestId: req.id };
}

function send(res: Response, data: unknown, status = 200): void {
  res.setHeader('Cache-Control', 'no-store');
  res.status(status).json({ success: true, data });
}

function idempotencyKey(req: Request): string {
  const key = req.headers['idempotency-key'];
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw new AppError('IDEMPOTENCY_KEY_REQUIRED', { fields: { 'Idempotency-Key': 'Send 16 to 64 visible ASCII characters.' } });
  }
  return key;
}
