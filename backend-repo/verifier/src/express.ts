import { randomUUID } from 'node:crypto';
import { REFUSAL_STATUS } from './refusal.ts';
import type { FirstResult, Refusal } from './refusal.ts';
import { claimedTyp, TRADE_TOKEN_TYP } from './token-format.ts';
import type { TradeOrder } from './trade-order.ts';
import type { OrderUser, Verifier } from './verifier.ts';

/** Where the token of a request stood. */
export type TokenSource = 'X-Trade-Token' | 'tradeToken' | 'Authorization';

/** What a request says of its verified token. */
export interface RequestTradeToken {
  readonly jti: string;
  readonly exchangeUserId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly source: TokenSource;
  /** Keep your answer for a client that asks again with the same token. See `Verifier.recordResult`. */
  recordResult(result: FirstResult): Promise<void>;
}

declare global {
  // Express reads its own additions from this namespace; there is no other way to add to its Request.
  namespace Express {
    interface Request {
      /** The order to place, from the token. Place this one, never req.body. */
      tradeOrder?: TradeOrder;
      tradeToken?: RequestTradeToken;
    }
  }
}

/** What we use of an Express 4 or 5 request. */
export interface TradeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders?: readonly string[];
  readonly body?: unknown;
  tradeOrder?: TradeOrder;
  tradeToken?: RequestTradeToken;
}

/** What we use of an Express response. */
export interface TradeResponse {
  status(code: number): { json(body: unknown): unknown };
}

/** A refusal of the verifier, or of the middleware itself: two tokens in one request. */
export type MiddlewareRefusal = Refusal | { readonly ok: false; readonly code: 'TRADE_TOKEN_AMBIGUOUS'; readonly message: string };

export interface RequireTradeTokenOptions<Request extends TradeRequest> {
  readonly verifier: Verifier;
  /** The user of your own session. Anything but a non-empty string refuses the order. */
  readonly exchangeUserId: (req: Request) => string | undefined | Promise<string | undefined>;
  /**
   * Default false. True: a token in `Authorization: Bearer` stands for the session too and names the user, so `exchangeUserId` is not
   * asked. Whoever has such a token can place its one order; use it only where no session exists beside it.
   */
  readonly bearerNamesUser?: boolean;
  /** For the answer's request_id; default the request's `id` when it is text, else a new UUID. */
  readonly requestId?: (req: Request) => string;
  /** Told of every refusal before it is answered; for your log. `cause` of an unavailable check is here and nowhere else. */
  readonly onRefused?: (refusal: MiddlewareRefusal, req: Request) => void;
  /** Answer refusals yourself, e.g. with `next(error)` for your error handler. `status` is what we would have answered. */
  readonly answer?: (refusal: MiddlewareRefusal, status: number, next: (error?: unknown) => void, res: TradeResponse) => void;
}

/**
 * Let an order pass only with a token for exactly it, and spend the token. Looks for it in `X-Trade-Token`, else in `tradeToken` of the body
 * (left out of the comparison), else in `Authorization: Bearer` when its typ is trade+jwt; two at once are 400 TRADE_TOKEN_AMBIGUOUS.
 * Needs a body parser before it. Then `req.tradeOrder` is the order to place. Refusals are answered here, in our API's error envelope.
 */
export function requireTradeToken<Request extends TradeRequest>(options: RequireTradeTokenOptions<Request>) {
  const { verifier, bearerNamesUser = false, requestId = defaultRequestId, onRefused, answer } = options;
  if (typeof verifier?.verify !== 'function') throw new TypeError('verifier must come from createVerifier');
  if (typeof options.exchangeUserId !== 'function') throw new TypeError('exchangeUserId must be a function of the request');

  const check = async (req: Request, res: TradeResponse, next: (error?: unknown) => void): Promise<boolean> => {
    const refuse = (refusal: MiddlewareRefusal): false => {
      onRefused?.(refusal, req);
      if (answer) answer(refusal, statusOf(refusal), next, res);
      else res.status(statusOf(refusal)).json(envelope(refusal, requestId(req)));
      return false;
    };
    const found = tokensIn(req);
    if (found.length > 1) return refuse({ ok: false, code: 'TRADE_TOKEN_AMBIGUOUS', message: 'Send the trade token in one place only.' });
    const [{ token, source } = { token: undefined, source: 'X-Trade-Token' as const }] = found;
    const user: OrderUser =
      bearerNamesUser && source === 'Authorization' ? { userFromToken: true } : { exchangeUserId: (await options.exchangeUserId(req)) ?? '' };
    const result = await verifier.verify(token, withoutToken(req.body), user);
    if (!result.ok) return refuse(result);
    const { jti, exchangeUserId, expiresAt, order } = result;
    req.tradeOrder = order;
    req.tradeToken = Object.freeze({ jti, exchangeUserId, expiresAt, source, recordResult: (kept: FirstResult) => verifier.recordResult(jti, kept) });
    return true;
  };

  return (req: Request, res: TradeResponse, next: (error?: unknown) => void): void => {
    check(req, res, next).then((passed) => (passed ? next() : undefined), next);
  };
}

function tokensIn(req: TradeRequest): { readonly token: unknown; readonly source: TokenSource }[] {
  const found: { token: unknown; source: TokenSource }[] = [];
  for (const token of headerValues(req, 'x-trade-token')) found.push({ token, source: 'X-Trade-Token' });
  const inBody = bodyToken(req.body);
  if (inBody !== undefined && inBody !== null && inBody !== '') found.push({ token: inBody, source: 'tradeToken' });
  for (const value of headerValues(req, 'authorization')) {
    const bearer = /^Bearer +([^ ]+) *$/i.exec(value)?.[1];
    // In any case of letters, so that a mistyped one is refused here rather than taken for another kind of session.
    if (bearer !== undefined && claimedTyp(bearer)?.toLowerCase() === TRADE_TOKEN_TYP) found.push({ token: bearer, source: 'Authorization' });
  }
  return found;
}

/** Each non-empty value of a header. Node joins repeated headers, or drops all but the first, so the raw list is read where there is one. */
function headerValues(req: TradeRequest, name: string): string[] {
  const { rawHeaders } = req;
  if (rawHeaders) return rawHeaders.filter((value, at) => at % 2 === 1 && value.trim() !== '' && rawHeaders[at - 1]?.toLowerCase() === name).map((value) => value.trim());
  const value = req.headers[name];
  return (Array.isArray(value) ? value : [value ?? '']).filter((one) => one.trim() !== '');
}

const bodyToken = (body: unknown): unknown =>
  typeof body === 'object' && body !== null ? Object.getOwnPropertyDescriptor(body, 'tradeToken')?.value : undefined;

/** The body without its token, and otherwise exactly what it was: the verifier refuses every other field it does not know. */
function withoutToken(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'tradeToken')) return body;
  const { tradeToken: _, ...others } = Object.getOwnPropertyDescriptors(body) as Record<string, PropertyDescriptor>;
  return Object.create(Object.getPrototypeOf(body) as object | null, others);
}

const statusOf = (refusal: MiddlewareRefusal): number => (refusal.code === 'TRADE_TOKEN_AMBIGUOUS' ? 400 : REFUSAL_STATUS[refusal.code]);

function envelope(refusal: MiddlewareRefusal, request_id: string) {
  const { code, message } = refusal;
  const details = 'firstResult' in refusal ? refusal.firstResult : undefined;
  return { success: false, error: { code, message, request_id, ...(details ? { details } : {}) } };
}

function defaultRequestId(req: TradeRequest): string {
  const id: unknown = 'id' in req ? req.id : undefined;
  return typeof id === 'string' && id !== '' ? id : randomUUID();
}
