// The partner's own API, called as the partner's mapping says.
import { type Amount, parseAmount } from '../model/amount.ts';
import { failure, type Failure, readFailure, textAt, valueAt } from '../model/failure.ts';
import { fillMapping, readReport, type Values } from '../model/mapping.ts';
import type { EndpointMapping, Report } from '../model/order.ts';
import type { Reply, Send } from './http.ts';

export const ORDER_TIMEOUT_MS = 15_000;
export const STATUS_TIMEOUT_MS = 8000;
export const BALANCE_TIMEOUT_MS = 8000;
// The contract says of these 503 that no order was placed.
const NOTHING_PLACED = ['ENGINE_UNAVAILABLE', 'OVERLOADED', 'TRADE_TOKEN_CHECK_UNAVAILABLE'];

/** 'refused' is definite: the exchange said no. 'lost' is not: it may have executed. */
export type OrderAnswer =
  | { readonly kind: 'report'; readonly report: Report }
  /** `report`: what came of an order whose token had been used before, where the exchange says so. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly report: Report | null }
  | { readonly kind: 'lost'; readonly failure: Failure };

export interface Exchange {
  /** Null when the mapping needs a value that is not there: nothing was sent. */
  placeOrder(mapping: EndpointMapping, values: Values): Promise<OrderAnswer> | null;
  orderStatus(mapping: EndpointMapping, values: Values): Promise<OrderAnswer> | null;
  balances(mapping: EndpointMapping, values: Values): Promise<Readonly<Record<string, Amount>> | null>;
}

export function createExchange(send: Send): Exchange {
  const call = (mapping: EndpointMapping, values: Values, timeoutMs: number): Promise<Reply> | null => {
    const request = fillMapping(mapping, values);
    return request && send({ ...request, timeoutMs });
  };
  const orderCall = (mapping: EndpointMapping, values: Values, timeoutMs: number) => {
    const reply = call(mapping, values, timeoutMs);
    return reply && reply.then((answer) => readOrderAnswer(answer, mapping));
  };
  return {
    placeOrder: (mapping, values) => orderCall(mapping, values, ORDER_TIMEOUT_MS),
    orderStatus: (mapping, values) => orderCall(mapping, values, STATUS_TIMEOUT_MS),
    async balances(mapping, values) {
      const reply = await call(mapping, values, BALANCE_TIMEOUT_MS);
      return reply?.kind === 'answer' && reply.status === 200 ? readBalances(reply.body, mapping) : null;
    },
  };
}

function readOrderAnswer(reply: Reply, mapping: EndpointMapping): OrderAnswer {
  if (reply.kind === 'silence') return { kind: 'lost', failure: failure('EXCHANGE_AWAY') };
  if (reply.status >= 200 && reply.status < 300) {
    // "200 OK" with something else than the mapped answer may come from a proxy or a sign-in page on the way.
    if (typeof reply.body !== 'object' || reply.body === null) return { kind: 'lost', failure: failure('EXCHANGE_BROKEN') };
    return { kind: 'report', report: readReport(reply.body, mapping) };
  }
  const said = readFailure(reply.body, `HTTP_${reply.status}`, mapping.answer);
  // Exchanges have many names for "signed out"; only a 401 about the trade token says something else.
  const why = reply.status === 401 && !said.code.startsWith('TRADE_TOKEN_') ? { ...said, code: 'UNAUTHORIZED' } : said;
  const withWait = { ...why, retryAfterS: why.retryAfterS ?? reply.retryAfterS };
  if (NOTHING_PLACED.includes(why.code)) return { kind: 'refused', failure: withWait, report: null };
  // Otherwise only a 4xx is a definite no. A 5xx may come after the order was executed, and 408 says that somebody on the way gave up.
  if (reply.status < 400 || reply.status >= 500 || reply.status === 408) return { kind: 'lost', failure: { ...withWait, code: 'EXCHANGE_BROKEN' } };
  const placed = { data: valueAt(reply.body, 'error.details.order') };
  const report = why.code === 'TRADE_TOKEN_SPENT' ? readReport(placed, mapping) : null;
  return { kind: 'refused', failure: withWait, report: report?.status ? report : null };
}

function readBalances(body: unknown, mapping: EndpointMapping): Readonly<Record<string, Amount>> | null {
  const rows = valueAt(body, mapping.answer?.['balances'] ?? 'data');
  if (!Array.isArray(rows)) return null;
  const found: [string, Amount][] = [];
  for (const row of rows as unknown[]) {
    const asset = textAt(row, mapping.answer?.['asset'] ?? 'asset');
    const available = parseAmount(textAt(row, mapping.answer?.['available'] ?? 'available') ?? '');
    if (asset !== null && available !== null) found.push([asset, available]);
  }
  return Object.fromEntries(found);
}
