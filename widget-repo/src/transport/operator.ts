// The operator's API for somebody who trades: session and trade token.
import type { paths } from '../generated/api.ts';
import type { Order } from '../model/order.ts';
import type { Send } from './http.ts';
import { operatorAway, readResult, type Result } from './result.ts';

export const SESSION_TIMEOUT_MS = 8000;
export const TOKEN_TIMEOUT_MS = 4000;
export const TOKEN_ATTEMPTS_MAX = 2;

type Answered<Path extends keyof paths, Status extends number> = paths[Path] extends {
  post: { responses: Record<Status, { content: { 'application/json': infer Body } }> };
}
  ? Body
  : never;
export type WidgetSession = NonNullable<Answered<'/api/widget/session', 200>['data']>;
export type TradeToken = NonNullable<Answered<'/api/app/widget/generate-trade-token', 201>['data']>;

export interface WhoTrades {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
}

export interface Operator {
  openSession(who: WhoTrades, userToken: string | null): Promise<Result<WidgetSession>>;
  askToken(who: WhoTrades, sessionToken: string, order: Order, idempotencyKey: string): Promise<Result<TradeToken>>;
}

export function createOperator(apiUrl: string, send: Send): Operator {
  const post = (path: string, body: unknown, headers: Record<string, string>, timeoutMs: number) =>
    send({ url: apiUrl + path, method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body), timeoutMs });

  return {
    async openSession(who, userToken) {
      const body = userToken === null ? who : { exchangeId: who.exchangeId, userToken };
      const result = readResult<WidgetSession>(await post('/api/widget/session', body, {}, SESSION_TIMEOUT_MS), dataOf);
      return result.ok && typeof result.value.sessionToken !== 'string' ? operatorAway() : result;
    },
    async askToken(who, sessionToken, order, idempotencyKey) {
      const headers = { Authorization: `Bearer ${sessionToken}`, 'Idempotency-Key': idempotencyKey };
      const body = { exchangeId: who.exchangeId, exchangeUserId: who.exchangeUserId, trade: order };
      let result: Result<TradeToken> = operatorAway();
      // The key makes a second call safe: the same key and body give the same token.
      for (let attempt = 0; attempt < TOKEN_ATTEMPTS_MAX; attempt += 1) {
        const reply = await post('/api/app/widget/generate-trade-token', body, headers, TOKEN_TIMEOUT_MS);
        result = readResult<TradeToken>(reply, dataOf);
        if (reply.kind === 'answer') break;
      }
      return result.ok && typeof result.value.token !== 'string' ? operatorAway() : result;
    },
  };
}

function dataOf(body: unknown): unknown {
  return (body as { data?: unknown } | null)?.data;
}
