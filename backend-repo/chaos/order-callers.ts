import { randomInt, randomUUID } from 'node:crypto';
import { sessionHeaders } from '../src/testing/builders.ts';
import { anyChange, anyOf, anyOrder, SYMBOLS } from './order-mix.ts';
import type { Claim, OrderTestimony, OrderView } from './order-testimony.ts';
import { pause } from './pause.ts';

export interface Trader {
  readonly userId: number;
  readonly accessToken: string;
  /** Of the session; `null`: their calls need none. */
  readonly signingKey: string | null;
  readonly address: string;
}

export interface Answer {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly error?: { readonly code: string } };
}

export interface OrderCallerOptions {
  readonly traders: readonly Trader[];
  readonly staff: Trader;
  readonly nodes: readonly [string, string];
  readonly testimony: OrderTestimony;
  readonly load: { stop: boolean };
  /** @returns false while it cannot be done */
  readonly confirmByMail: (withdrawalId: string) => Promise<boolean>;
}

const ANSWER_MS = 3_000;
/** Orders of one trader that a caller keeps in mind. */
const OPEN_MAX = 20;
const KEYS_REMEMBERED = 4;
/** Calls that need no signature have one all the same. */
const SIGNED_ONE_IN = 4;
/** Every attempt counts against the trader's limits. */
const RETRY_MS_MIN = 30;
const RETRY_MS_MAX = 500;
/** After the load has stopped, an answer that still does not come is not waited for any longer. */
const LAST_ANSWERS_MS = 30_000;
const WITHDRAWN = { asset: 'USDT', address: 'chaos-withdrawal-address' };

interface Seat extends Trader {
  readonly open: Map<number, OrderView>;
  named: { readonly claim: Claim; readonly order: object }[];
}

interface Request {
  readonly command: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE' | 'GET';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Final {
  readonly answer: Answer;
  /** An earlier attempt got no answer, so it may have been carried out. */
  readonly afterSilence: boolean;
}

/** Some traders in turn: each does one thing at a time, and what gets no answer is asked again, at either node, until one comes. */
export class OrderCaller {
  readonly #options: OrderCallerOptions;
  readonly #seats: readonly Seat[];
  #turn = 0;
  #stoppedAt = 0;

  constructor(options: OrderCallerOptions) {
    this.#options = options;
    this.#seats = options.traders.map((trader) => ({ ...trader, open: new Map(), named: [] }));
  }

  async run(): Promise<void> {
    while (!this.#options.load.stop) {
      const seat = this.#seats[(this.#turn += 1) % this.#seats.length]!;
      await this.#act(seat, randomInt(100));
    }
  }

  async #act(seat: Seat, die: number): Promise<void> {
    const known = anyOf([...seat.open.values(), undefined]);
    if (die < 3) return this.#cancelAll(seat);
    if (die < 5) return this.#deposit(seat);
    if (die < 6) return this.#withdraw(seat);
    if (die < 10) return this.#askAgain(seat);
    if (known && (die < 32 || seat.open.size >= OPEN_MAX)) return this.#cancel(seat, known);
    if (known && die < 54) return this.#amend(seat, known);
    if (known && die < 60) return this.#read(seat, known);
    return this.#place(seat);
  }

  async #place(seat: Seat): Promise<void> {
    const order = { ...anyOrder(), clientOrderId: randomUUID() };
    const claim = this.#options.testimony.sent(seat.userId, order.clientOrderId);
    await this.#sendOrder(seat, claim, order);
    if (claim.id !== null) seat.named = [{ claim, order }, ...seat.named].slice(0, KEYS_REMEMBERED);
  }

  /** As a page does that was reloaded, often after the process that answered first was killed. */
  async #askAgain(seat: Seat): Promise<void> {
    const named = seat.named[randomInt(Math.max(1, seat.named.length))];
    if (named) await this.#sendOrder(seat, named.claim, named.order);
  }

  async #sendOrder(seat: Seat, claim: Claim, order: object): Promise<void> {
    const { testimony } = this.#options;
    const request: Request = { command: 'place', method: 'POST', path: '/api/orders', body: order };
    const both = randomInt(10) === 0;
    const finals = await Promise.all((both ? [0, 1] : [randomInt(2)]).map((node) => this.#untilAnswered(seat, request, node)));
    for (const final of finals) {
      if (final?.answer.status === 201) {
        const view = final.answer.body.data as OrderView;
        testimony.placed(claim, view);
        this.#follow(seat, view);
      } else if (final && (final.afterSilence || both)) claim.refusedAfterSilence = true;
    }
  }

  async #cancel(seat: Seat, { id }: OrderView): Promise<void> {
    const final = await this.#untilAnswered(seat, { command: 'cancel', method: 'DELETE', path: `/api/orders/${id}` });
    if (final?.answer.status === 200) this.#acknowledge(seat, final.answer.body.data as OrderView);
    if (final?.answer.status === 404) this.#options.testimony.isNotOpen(id);
    if (final) seat.open.delete(id);
  }

  async #cancelAll(seat: Seat): Promise<void> {
    const symbol = anyOf([...SYMBOLS, null]);
    const final = await this.#untilAnswered(seat, { command: 'cancel all', method: 'DELETE', path: `/api/orders${symbol === null ? '' : `?symbol=${symbol}`}` });
    if (final?.answer.status !== 200) return;
    for (const view of (final.answer.body.data as { orders: OrderView[] }).orders) this.#options.testimony.acknowledge(view);
    for (const view of seat.open.values()) {
      if (symbol !== null && view.symbol !== symbol) continue;
      this.#options.testimony.isNotOpen(view.id);
      seat.open.delete(view.id);
    }
  }

  async #amend(seat: Seat, order: OrderView): Promise<void> {
    const final = await this.#untilAnswered(seat, { command: 'amend', method: 'PATCH', path: `/api/orders/${order.id}`, body: anyChange(order) });
    if (final?.answer.status === 200) this.#acknowledge(seat, final.answer.body.data as OrderView);
    if (!final || final.afterSilence) this.#options.testimony.changeInDoubt(order.id);
    if (final?.answer.status === 404) seat.open.delete(order.id);
  }

  /** At both nodes: what they show was committed. */
  async #read(seat: Seat, { id }: OrderView): Promise<void> {
    const answers = await Promise.all([0, 1].map((node) => this.#send(seat, { command: 'read', method: 'GET', path: `/api/orders/${id}` }, node)));
    for (const answer of answers) if (answer?.status === 200) this.#options.testimony.wasRead(answer.body.data as OrderView);
  }

  async #deposit(seat: Seat): Promise<void> {
    const key = randomUUID();
    const request: Request = { command: 'deposit', method: 'POST', path: '/api/account/deposit', body: { asset: 'USDT', amount: String(randomInt(1, 900)) }, headers: { 'Idempotency-Key': key } };
    const final = await this.#untilAnswered(seat, request);
    if (final?.answer.status !== 201) return;
    const { id } = final.answer.body.data as { id: string };
    const claim = this.#options.testimony.transfer('deposit', key, id);
    const confirmed = await this.#untilAnswered(this.#options.staff, { command: 'confirm', method: 'POST', path: `/api/admin/deposits/${id}/confirm`, body: { reason: 'seen to arrive' } });
    if (confirmed?.answer.status === 200) claim.decided = 'confirm';
  }

  async #withdraw(seat: Seat): Promise<void> {
    const key = randomUUID();
    const body = { ...WITHDRAWN, amount: String(randomInt(1, 900)) };
    const final = await this.#untilAnswered(seat, { command: 'withdraw', method: 'POST', path: '/api/account/withdraw', body, headers: { 'Idempotency-Key': key } });
    if (final?.answer.status !== 201) return;
    const { id } = final.answer.body.data as { id: string };
    const claim = this.#options.testimony.transfer('withdrawal', key, id);
    const decision = anyOf(['approve', 'reject'] as const);
    while (decision === 'approve' && !(await this.#options.confirmByMail(id))) {
      if (this.#tooLate()) return;
      await pause(RETRY_MS_MAX);
    }
    const decided = await this.#untilAnswered(this.#options.staff, { command: decision, method: 'POST', path: `/api/admin/withdrawals/${id}/${decision}`, body: { reason: 'looked at by staff' } });
    if (decided?.answer.status === 200) claim.decided = decision;
  }

  #acknowledge(seat: Seat, view: OrderView): void {
    this.#options.testimony.acknowledge(view);
    this.#follow(seat, view);
  }

  #follow(seat: Seat, view: OrderView): void {
    if (view.status === 'PENDING' || view.status === 'PARTIAL') seat.open.set(view.id, view);
    else seat.open.delete(view.id);
  }

  /** Until a node says for sure what became of it: a refusal with a 4xx is an answer, a 503 or a limit is none. */
  async #untilAnswered(trader: Trader, request: Request, first = randomInt(2)): Promise<Final | null> {
    const { testimony } = this.#options;
    let wait = RETRY_MS_MIN;
    let afterSilence = false;
    for (let node = first; !this.#tooLate(); node = 1 - node) {
      const askedAt = performance.now();
      const answer = await this.#send(trader, request, node);
      if (answer && answer.status < 300) {
        testimony.succeeded(request.command, node, askedAt);
        return { answer, afterSilence };
      }
      testimony.refused(request.command, answer?.status ?? 0, answer?.body.error?.code ?? '');
      if (answer && answer.status < 500 && answer.status !== 429) return { answer, afterSilence };
      if (!answer || !NOTHING_HAPPENED.has(answer.body.error?.code ?? '')) afterSilence = true;
      await pause(wait + randomInt(wait));
      wait = Math.min(RETRY_MS_MAX, wait * 2);
    }
    testimony.unanswered += 1;
    return null;
  }

  #tooLate(): boolean {
    if (!this.#options.load.stop) return false;
    if (this.#stoppedAt === 0) this.#stoppedAt = Date.now();
    return Date.now() - this.#stoppedAt > LAST_ANSWERS_MS;
  }

  #send({ accessToken, signingKey, address }: Trader, { method, path, body, headers = {} }: Request, node: number): Promise<Answer | null> {
    const text = body ? JSON.stringify(body) : '';
    const isSigned = signingKey !== null && (method === 'DELETE' || path === '/api/account/withdraw' || randomInt(SIGNED_ONE_IN) === 0);
    const authorization = isSigned ? sessionHeaders({ accessToken, signingKey }, method, path, text, { version: 2 }) : { Authorization: `Bearer ${accessToken}` };
    return fetch(this.#options.nodes[node]! + path, {
      method,
      headers: { ...authorization, 'X-Forwarded-For': address, ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: text }),
      signal: AbortSignal.timeout(ANSWER_MS),
    })
      .then(async (response) => ({ status: response.status, body: (await response.json()) as Answer['body'] }))
      .catch(() => null);
  }
}

const NOTHING_HAPPENED: ReadonlySet<string> = new Set(['ENGINE_UNAVAILABLE', 'OVERLOADED', 'RATE_LIMIT_EXCEEDED']);
