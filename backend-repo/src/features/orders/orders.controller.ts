import type { Request, RequestHandler, Response } from 'express';
import type { OrderStatus } from '../../domain/matching/types.ts';
import { bearerToken } from '../../http/authenticate.ts';
import { isSigned } from '../../http/request-signature.ts';
import { AppError, invalidField } from '../../errors.ts';
import { CLIENT_ORDER_ID, type OrderRequest } from '../../http/order-fields.ts';
import { parseBody, parseText } from '../../http/validate.ts';
import { amendOrderRequest, cancelOrdersQuery, orderPath, ordersByStateQuery, ordersQuery, placeOrderRequest } from './orders.schema.ts';
import type { OrdersService, Trader } from './orders.service.ts';
import type { ShownToken } from './trade-gate.service.ts';

export interface OrdersControllerDeps {
  readonly orders: OrdersService;
  /** What the token says of itself, unverified. */
  readonly claimedUser: (token: string) => string | null;
  /** Counts an order against its user once a token has named them. @throws AppError RATE_LIMIT_EXCEEDED */
  readonly countOrder: (userId: number) => Promise<void>;
}

export function ordersController({ orders, claimedUser, countOrder }: OrdersControllerDeps): Record<'place' | 'get' | 'list' | 'listActive' | 'listHistory' | 'amend' | 'cancel' | 'cancelAll', RequestHandler> {
  return {
    place: async (req, res) => {
      const { tradeToken, ...order } = parseBody(placeOrderRequest, req);
      const tokens = tokensIn(req, tradeToken).map((token): ShownToken => ({ token, claimedUser: claimedUser(token) }));
      const placed = await orders.place(traderOf(req), order, { tokens, name: nameFor(order, req.get('Idempotency-Key')) ?? nameOfCall(req, order, tokens) }, countOrder);
      res.setHeader('Cache-Control', 'no-store');
      res.status(201).json({ success: true, data: placed });
    },

    get: async (req, res) => {
      const { id } = parseText(orderPath, req.params);
      send(res, await orders.get(req.principal!.userId, id));
    },

    list: async (req, res) => {
      const query = parseText(ordersQuery, req.query);
      send(res, await orders.list(req.principal!.userId, query, query.status ? [query.status] : ALL));
    },

    listActive: async (req, res) => {
      send(res, await orders.list(req.principal!.userId, parseText(ordersByStateQuery, req.query), ACTIVE));
    },

    listHistory: async (req, res) => {
      send(res, await orders.list(req.principal!.userId, parseText(ordersByStateQuery, req.query), ENDED));
    },

    amend: async (req, res) => {
      const { id } = parseText(orderPath, req.params);
      send(res, await orders.amend(traderOf(req)!, id, parseBody(amendOrderRequest, req)));
    },

    cancel: async (req, res) => {
      const { id } = parseText(orderPath, req.params);
      send(res, await orders.cancel(req.principal!.userId, id));
    },

    cancelAll: async (req, res) => {
      const { symbol } = parseText(cancelOrdersQuery, req.query);
      send(res, await orders.cancelAll(req.principal!.userId, symbol ?? null));
    },
  };
}

const ACTIVE: readonly OrderStatus[] = ['PENDING', 'PARTIAL'];
const ENDED: readonly OrderStatus[] = ['FILLED', 'CANCELLED'];
const ALL: readonly OrderStatus[] = [...ACTIVE, ...ENDED];

function send(res: Response, data: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json({ success: true, data });
}

function traderOf(req: Request): Trader | null {
  const { principal } = req;
  return principal ? { userId: principal.userId, freely: principal.permissions.has('trade'), signed: isSigned(req) } : null;
}

/** An Idempotency-Key is taken for the clientOrderId that the order does not have. */
function nameFor({ clientOrderId }: OrderRequest, idempotencyKey: string | undefined): string | null {
  if (idempotencyKey === undefined || idempotencyKey === clientOrderId) return null;
  const wrong = (text: string): AppError => new AppError('VALIDATION_ERROR', { fields: { 'Idempotency-Key': text } });
  if (clientOrderId !== undefined) throw wrong('Is another name than clientOrderId. Send one of them, or both alike.');
  if (!CLIENT_ORDER_ID.test(idempotencyKey)) throw wrong('Must be 1 to 64 letters, digits or ._:- like a clientOrderId.');
  return idempotencyKey;
}

/**
 * A signed call can be sent again for a while by whoever saw it, and to a node that has not seen it: the order's name makes it the same order
 * there, too. What version 2 signs is new with each call, and names it; version 1 leaves that to the caller. A trade token is spent once.
 */
function nameOfCall({ signedCall, headers }: Request, { clientOrderId }: OrderRequest, tokens: readonly ShownToken[]): string | null {
  if (!signedCall || clientOrderId !== undefined || headers['idempotency-key'] !== undefined || tokens.length > 0) return null;
  if (signedCall.version === 1) throw invalidField('clientOrderId', 'Name the order, here or with Idempotency-Key, or sign with version 2.');
  return `signed-${signedCall.signature.slice(0, 32)}`;
}

/** Every place a trade token may stand in (contract.md, Trade tokens). Without a principal the bearer is the token. */
function tokensIn(req: Request, inBody: string | undefined): string[] {
  const inHeader = req.rawHeaders.filter((value, at) => at % 2 === 1 && value.trim() !== '' && req.rawHeaders[at - 1]!.toLowerCase() === 'x-trade-token');
  const bearer = req.principal ? null : bearerToken(req);
  return [...inHeader.map((token) => token.trim()), ...(inBody ? [inBody] : []), ...(bearer === null ? [] : [bearer.trim()])];
}
