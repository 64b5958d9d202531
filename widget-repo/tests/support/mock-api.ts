// A stand-in for operator and exchange on one port. Every answer and every request is held against the contract.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wrongAnswer, wrongRequest } from './contract.ts';
import { bookAnswer, configAnswer, errorAnswer, type Json, orderAnswer } from './samples.ts';

export interface Call {
  readonly route: string;
  readonly body: Json;
  readonly headers: IncomingMessage['headers'];
  readonly params: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly delayMs?: number;
  /** Cuts the connection instead of answering. */
  readonly cut?: boolean;
  /** Answers something that the contract does not have, on purpose. */
  readonly offContract?: boolean;
}

export type Handler = (call: Call) => Reply;

export const routes = {
  config: 'GET /api/widget/config',
  session: 'POST /api/widget/session',
  token: 'POST /api/app/widget/generate-trade-token',
  order: 'POST /api/orders',
  status: 'GET /api/orders/{id}',
  book: 'GET /api/markets/{symbol}/orderbook',
  balances: 'GET /api/account/balances',
  widgetSession: 'GET /api/account/widget-session',
  login: 'POST /api/auth/login',
} as const;

export const CUT: Reply = { status: 0, body: null, cut: true };
export const never: Reply = { status: 200, body: null, delayMs: 600_000, offContract: true };

export function ok(data: Json, status = 200): Reply {
  return { status, body: { success: true, data } };
}

export function refused(status: number, code: string, message = 'Refused for the test', more: Record<string, Json> = {}): Reply {
  return { status, body: errorAnswer(code, message, more) };
}

export class MockApi {
  readonly calls: Call[] = [];
  readonly violations: string[] = [];
  #server: Server | null = null;
  #handlers = new Map<string, Handler>();
  #timers = new Set<NodeJS.Timeout>();
  url = '';

  async start(port = 0): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(port, '127.0.0.1', resolve));
    this.url = `http://localhost:${(this.#server.address() as AddressInfo).port}`;
    this.reset();
  }

  reset(): void {
    this.calls.length = 0;
    this.#handlers = new Map(Object.entries(this.#usual()));
  }

  on(route: string, handler: Handler | Reply): void {
    this.#handlers.set(route, typeof handler === 'function' ? handler : () => handler);
  }

  /** Answers with each reply in turn, and with the last one from then on. */
  inTurn(route: string, ...replies: readonly (Reply | Handler)[]): void {
    let count = 0;
    this.on(route, (call) => {
      const reply = replies[Math.min(count, replies.length - 1)];
      count += 1;
      return typeof reply === 'function' ? reply(call) : (reply ?? CUT);
    });
  }

  made(route: string): readonly Call[] {
    return this.calls.filter((call) => call.route === route);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #usual(): Record<string, Handler> {
    const inTenSeconds = () => new Date(Date.now() + 10_000).toISOString();
    return {
      [routes.config]: () => ({ status: 200, body: configAnswer(this.url) }),
      [routes.session]: () => ok({ sessionToken: `session.${randomUUID()}`, expiresIn: 300 }),
      [routes.token]: () => ok({ token: `token.${randomUUID()}`, jti: randomUUID(), expiresAt: inTenSeconds(), expiresIn: 10 }, 201),
      [routes.order]: (call) => ok(orderAnswer(call.body as Record<string, Json>), 201),
      [routes.status]: (call) => ok(orderAnswer({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '64000.00' }, { id: Number(call.params['id']) })),
      [routes.book]: (call) => ok(bookAnswer(call.params['symbol'] ?? '')),
      [routes.balances]: () => ok([{ asset: 'USDT', available: '12040.55', locked: '0' }, { asset: 'BTC', available: '0.5', locked: '0' }]),
      [routes.widgetSession]: () => ok({ exchangeId: 'demo-exchange', exchangeUserId: 'f47ac10b', userToken: `user.${randomUUID()}`, venueToken: 'venue.token' }),
      [routes.login]: () => ok({ accessToken: 'access.token', expiresIn: 900, signingKey: 'signing.key' }),
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const cors = {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key, X-Trade-Token',
      'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
    };
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
    const body = await readBody(request);
    const { route, params } = findRoute(request);
    const call = { route, body, headers: request.headers, params };
    this.calls.push(call);
    const handler = this.#handlers.get(route);
    if (!handler) return void response.writeHead(404, cors).end();
    const reply = handler(call);
    this.#hold(route, body, reply);
    const send = () => {
      if (reply.cut) return void request.socket.destroy();
      response.writeHead(reply.status, { ...cors, 'Content-Type': 'application/json' }).end(JSON.stringify(reply.body));
    };
    if (!reply.delayMs) return send();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      send();
    }, reply.delayMs);
    this.#timers.add(timer);
  }

  #hold(route: string, body: Json, reply: Reply): void {
    const [method = '', path = ''] = route.split(' ');
    const wrong = [wrongRequest(method, path, body), reply.cut || reply.offContract ? null : wrongAnswer(method, path, reply.status, reply.body)];
    this.violations.push(...wrong.filter((each) => each !== null));
  }
}

function findRoute(request: IncomingMessage): { route: string; params: Record<string, string> } {
  const { pathname } = new URL(request.url ?? '/', 'http://mock');
  for (const route of Object.values(routes)) {
    const [method, path = ''] = route.split(' ');
    const pattern = new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = method === request.method ? pattern.exec(pathname) : null;
    if (match) return { route, params: { ...match.groups } };
  }
  return { route: `${request.method} ${pathname}`, params: {} };
}

async function readBody(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? null : (JSON.parse(text) as Json);
}
