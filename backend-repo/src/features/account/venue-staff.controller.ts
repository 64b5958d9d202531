import type { RequestHandler, Response } from 'express';
import type { MarketStatus } from '../../domain/matching/types.ts';
import { actorOf } from '../../http/actor-of.ts';
import { parseBody, parseText } from '../../http/validate.ts';
import { depositsQuery, withdrawalsQuery } from './account.schema.ts';
import type { DepositsService } from './deposits.service.ts';
import type { TiersService } from './tiers.service.ts';
import { allOrdersQuery, allTradesQuery, decisionRequest, feeTierRequest, marketPath, personQuery, transferPath, userPath, usersQuery, venueReasonRequest } from './venue-staff.schema.ts';
import type { VenueStaffService } from './venue-staff.service.ts';
import type { Decision, WithdrawalsService } from './withdrawals.service.ts';

export interface VenueStaffServices {
  readonly venueStaff: VenueStaffService;
  readonly tiers: TiersService;
  readonly deposits: DepositsService;
  readonly withdrawals: WithdrawalsService;
}

export interface VenueStaffController extends Record<'users' | 'person' | 'orders' | 'trades' | 'stats' | 'setFeeTier' | 'deposits' | 'confirmDeposit' | 'withdrawals', RequestHandler> {
  readonly decide: (decision: Decision) => RequestHandler;
  readonly setMarketStatus: (status: MarketStatus) => RequestHandler;
}

/** What staff does with the venue. */
export function venueStaffController({ venueStaff, tiers, deposits, withdrawals }: VenueStaffServices): VenueStaffController {
  return {
    users: async (req, res) => send(res, await venueStaff.users(parseText(usersQuery, req.query), actorOf(req))),

    person: async (req, res) => send(res, await venueStaff.person(parseText(userPath, req.params).id, parseText(personQuery, req.query).reason, actorOf(req))),

    orders: async (req, res) => send(res, await venueStaff.orders(parseText(allOrdersQuery, req.query), actorOf(req))),

    trades: async (req, res) => send(res, await venueStaff.trades(parseText(allTradesQuery, req.query), actorOf(req))),

    stats: async (_req, res) => send(res, await venueStaff.stats()),

    setFeeTier: async (req, res) => {
      const { id } = parseText(userPath, req.params);
      const { tier, reason } = parseBody(feeTierRequest, req);
      send(res, await tiers.pin(id, tier, reason, actorOf(req)));
    },

    deposits: async (req, res) => send(res, await deposits.list(parseText(depositsQuery, req.query), actorOf(req))),

    confirmDeposit: async (req, res) => {
      const { id } = parseText(transferPath, req.params);
      send(res, await deposits.confirm(id, parseBody(venueReasonRequest, req).reason, actorOf(req)));
    },

    withdrawals: async (req, res) => send(res, await withdrawals.list(parseText(withdrawalsQuery, req.query), actorOf(req))),

    decide: (decision) => async (req, res) => {
      const { id } = parseText(transferPath, req.params);
      send(res, await withdrawals.decide(id, decision, parseBody(decisionRequest(decision), req), actorOf(req)));
    },

    setMarketStatus: (status) => async (req, res) => {
      const { symbol } = parseText(marketPath, req.params);
      send(res, await venueStaff.setMarketStatus(symbol, status, parseBody(venueReasonRequest, req).reason, actorOf(req)));
    },
  };
}

const send = (res: Response, data: unknown): void => void res.json({ success: true, data });
