import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors.ts';
import { letPageReadRefusal } from '../../http/cors.ts';
import { sendJson } from '../../http/send-json.ts';
import { parse, parseBody, parseText } from '../../http/validate.ts';
import type { ExecutionsService } from './executions.service.ts';
import type { FeesService } from './fees.service.ts';
import type { PartnersService } from './partners.service.ts';
import type { SessionsService } from './sessions.service.ts';
import type { TradeTokensService } from './trade-tokens.service.ts';
import {
  configQuery, exchangeIdPath, executionsRequest, IDEMPOTENCY_KEY, redeemRequest, sessionRequest, tokenRequest, tokensQuery,
} from './widget.schema.ts';

export interface WidgetServices {
  readonly partners: PartnersService;
  readonly sessions: SessionsService;
  readonly tradeTokens: TradeTokensService;
  readonly executions: ExecutionsService;
  readonly fees: FeesService;
}

const CONFIG_CACHE = 'public, max-age=60, stale-while-revalidate=600';
const KEYS_CACHE = 'public, max-age=300';

export function widgetController({ partners, sessions, tradeTokens, executions }: WidgetServices): Record<
  'config' | 'jwks' | 'openSession' | 'generateTradeToken' | 'redeem' | 'reportExecutions' | 'listTokens', RequestHandler
> {
  return {
    config: (req, res) => {
      const { id } = parseText(configQuery, req.query);
      // A page on no list may still read why: the widget in it has to say something.
      letPageReadRefusal(res, req.headers.origin);
      const { body, etag } = partners.widgetConfig(id, req.headers.origin);
      res.setHeader('Cache-Control', CONFIG_CACHE);
      res.setHeader('ETag', etag);
      res.type('application/json').send(body);
    },

    jwks: (req, res) => {
      const { exchangeId } = parse(exchangeIdPath, req.params);
      const keys = partners.jwks(exchangeId);
      res.setHeader('Cache-Control', KEYS_CACHE);
      res.json(keys);
    },

    openSession: async (req, res) => {
      const request = parseBody(sessionRequest, req);
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await sessions.open(request, req.headers.origin) });
    },

    generateTradeToken: async (req, res) => {
      const request = parseBody(tokenRequest, req);
      const { issued, repeated } = await tradeTokens.issue(req.widgetSession!, request, idempotencyKey(req), req.headers.origin);
      if (repeated) res.setHeader('Idempotency-Hit', 'true');
      res.setHeader('Cache-Control', 'no-store');
      sendJson(res, 201, { success: true, data: issued });
    },

    redeem: async (req, res) => {
      const { token } = parseBody(redeemRequest, req);
      res.json({ success: true, data: await tradeTokens.redeem(req.partnerId!, token) });
    },

    reportExecutions: async (req, res) => {
      const { executions: items } = parseBody(executionsRequest, req);
      const signature = req.headers['x-report-signature'];
      const signed = signature === undefined ? null : { signature: String(signature), body: req.rawBody! };
      res.json({ success: true, data: await executions.report(req.partnerId!, items, signed) });
    },

    listTokens: async (req, res) => {
      const { exchangeId } = parse(exchangeIdPath, req.params);
      const { limit, before } = parseText(tokensQuery, req.query);
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await tradeTokens.list(exchangeId, limit, before ?? null) });
    },
  };
}

function idempotencyKey(req: Request): string {
  const key = req.headers['idempotency-key'];
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw new AppError('IDEMPOTENCY_KEY_REQUIRED', { fields: { 'Idempotency-Key': 'Send 16 to 64 visible ASCII characters.' } });
  }
  return key;
}
