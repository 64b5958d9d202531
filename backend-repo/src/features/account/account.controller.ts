import type { RequestHandler } from 'express';
import type { AccountService } from './account.service.ts';

export function accountController(account: AccountService): Record<'balances' | 'widgetSession', RequestHandler> {
  return {
    balances: async (req, res) => {
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await account.balances(req.principal!.userId) });
    },

    widgetSession: async (req, res) => {
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await account.widgetSession(req.principal!.userId) });
    },
  };
}
