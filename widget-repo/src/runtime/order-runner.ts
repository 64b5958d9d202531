// Does what the state machine in model/order-flow.ts commands: the only place from which an order leaves.
import type { PlacedOrder, WidgetOptions } from '../api/options.ts';
import { randomHex } from '../helpers/random.ts';
import { pause, type Scope, within } from '../helpers/scope.ts';
import { failure } from '../model/failure.ts';
import { fillMapping, type Values } from '../model/mapping.ts';
import { type EndpointMapping, isFinal, type Order, orderStatus } from '../model/order.ts';
import { advance, commandOf, type Flow, type FlowEvent, startFlow } from '../model/order-flow.ts';
import { type Exchange, ORDER_TIMEOUT_MS, type OrderAnswer } from '../transport/exchange.ts';
import type { Operator, TradeToken, WhoTrades } from '../transport/operator.ts';
import type { Result } from '../transport/result.ts';
import type { Sessions } from './sessions.ts';

// A token this near to its end would die on the way.
const TOKEN_SEND_MARGIN_MS = 300;
const IDEMPOTENCY_KEY_BYTES = 16;
const FOLLOW_FIRST_MS = 1000;
const FOLLOW_SLOWEST_MS = 15_000;
const FOLLOW_FOR_MAX_MS = 4 * 3_600_000;
const FOLLOW_GROWTH = 1.5;
const CHECK_ATTEMPTS_MAX = 4;
const CHECK_FIRST_MS = 500;
const SESSION_CODES = ['SESSION_INVALID', 'SESSION_EXPIRED', 'UNAUTHORIZED'];

export interface RunnerNeeds {
  readonly scope: Scope;
  readonly operator: Pick<Operator, 'askToken'>;
  readonly exchange: Pick<Exchange, 'placeOrder' | 'orderStatus'>;
  readonly sessions: Sessions;
  readonly who: WhoTrades;
  readonly orderEndpoint: EndpointMapping | null;
  readonly orderStatusEndpoint: EndpointMapping | null;
  readonly placeOrder: WidgetOptions['placeOrder'];
  readonly nowMs: () => number;
  readonly isOnline: () => boolean;
}

interface Held {
  readonly token: string;
  readonly diesAtMs: number;
}

/** Runs one order to its end. `changed` hears every new state. */
export async function runOrder(order: Order, needs: RunnerNeeds, changed: (flow: Flow) => void): Promise<void> {
  const { scope, nowMs } = needs;
  const clickedAtMs = nowMs();
  let flow = startFlow(order);
  let held: Held | null = null;
  const step = (event: FlowEvent) => {
    flow = advance(flow, event);
    if (!scope.ended) changed(flow);
  };
  changed(flow);

  while (!scope.ended) {
    switch (commandOf(flow)) {
      case 'openSession': {
        const session = await needs.sessions.open();
        step(session.ok ? { type: 'sessionOpened' } : { type: 'stopped', failure: session.failure });
        break;
      }
      case 'askToken': {
        const asked = await askToken(order, needs);
        held = asked.ok ? { token: asked.value.token, diesAtMs: nowMs() + asked.value.expiresIn * 1000 - TOKEN_SEND_MARGIN_MS } : null;
        step(asked.ok ? { type: 'tokenReceived' } : { type: 'stopped', failure: asked.failure });
        break;
      }
      case 'sendOrder': {
        const token = held;
        held = null;
        await sendOrder(order, token, needs, clickedAtMs, step);
        break;
      }
      case 'checkOrder':
        await checkOrder(order, needs, step);
        break;
      case 'followOrder':
        await followOrder(flow, needs, step);
        break;
      case null:
        return;
    }
  }
}

async function askToken(order: Order, needs: RunnerNeeds): Promise<Result<TradeToken>> {
  const ask = async (): Promise<Result<TradeToken>> => {
    const session = await needs.sessions.open();
    return session.ok ? needs.operator.askToken(needs.who, session.value.sessionToken, order, randomHex(IDEMPOTENCY_KEY_BYTES)) : session;
  };
  const first = await ask();
  if (first.ok || !SESSION_CODES.includes(first.failure.code)) return first;
  // The session ended earlier than it said. No token was given, so a new session may ask again.
  needs.sessions.drop();
  return ask();
}

async function sendOrder(order: Order, held: Held | null, needs: RunnerNeeds, clickedAtMs: number, step: (event: FlowEvent) => void): Promise<void> {
  if (!needs.isOnline()) return step({ type: 'stopped', failure: failure('OFFLINE') });
  const session = await needs.sessions.open();
  if (!session.ok) return step({ type: 'stopped', failure: session.failure });
  if (!held || needs.nowMs() >= held.diesAtMs) return step({ type: 'tokenDied' });

  // Whoever destroyed the widget meanwhile was told that nothing of it goes on.
  if (needs.scope.ended) return;
  const values = { ...valuesOf(order), token: held.token, venueToken: session.value.venueToken };
  const answer = leave(order, held.token, values, needs);
  if (!answer) return step({ type: 'stopped', failure: failure('ENDPOINT_MISSING') });
  step({ type: 'orderLeft' });
  step(eventOf(await answer, needs, clickedAtMs, order));
}

/** The order leaves here and nowhere else. Null: nothing left. */
function leave(order: Order, token: string, values: Values, needs: RunnerNeeds): Promise<OrderAnswer> | null {
  const { placeOrder, orderEndpoint } = needs;
  if (placeOrder) return placeByPage(order, token, placeOrder, needs.scope);
  return orderEndpoint && needs.exchange.placeOrder(orderEndpoint, values);
}

async function placeByPage(order: Order, token: string, placeOrder: NonNullable<WidgetOptions['placeOrder']>, scope: Scope): Promise<OrderAnswer> {
  try {
    return readPlaced(await within(scope, ORDER_TIMEOUT_MS, () => placeOrder(order, token)));
  } catch (error) {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    if (typeof code !== 'string' || !/^[A-Z][A-Z0-9_]+$/.test(code)) return { kind: 'lost', failure: failure('PLACE_ORDER_FAILED') };
    return { kind: 'refused', failure: failure(code, { message: typeof message === 'string' ? message : null }), report: null };
  }
}

function readPlaced(placed: PlacedOrder | undefined): OrderAnswer {
  const status = orderStatus(String(placed?.status));
  if (!placed || status === null) return { kind: 'lost', failure: failure('PLACE_ORDER_FAILED') };
  const { filledQuantity = null, averagePrice = null, fee = null, feeAsset = null, reason = null } = placed;
  return { kind: 'report', report: { status, orderId: String(placed.orderId), filledQuantity, averagePrice, fee, feeAsset, reason } };
}

function eventOf(answer: OrderAnswer, needs: RunnerNeeds, clickedAtMs: number, order: Order): FlowEvent {
  if (answer.kind === 'report') return { type: 'answered', report: answer.report, tookMs: Math.round(needs.nowMs() - clickedAtMs) };
  if (answer.kind === 'lost') return { type: 'lost', failure: answer.failure, canCheck: canCheck(needs, order) };
  if (answer.failure.code === 'UNAUTHORIZED') needs.sessions.drop();
  // A browser may repeat a request by itself when a connection breaks; then "spent" can be the answer to our own order.
  if (answer.failure.code === 'TRADE_TOKEN_SPENT' && !answer.report && canCheck(needs, order)) return { type: 'lost', failure: answer.failure, canCheck: true };
  return { type: 'refused', failure: answer.failure, report: answer.report };
}

/** Without an answer we know only our own name for the order, so the exchange must let us ask by that. */
function canCheck({ orderStatusEndpoint }: RunnerNeeds, order: Order): boolean {
  if (!orderStatusEndpoint || !JSON.stringify(orderStatusEndpoint).includes('{clientOrderId}')) return false;
  return fillMapping(orderStatusEndpoint, { ...valuesOf(order), venueToken: '-' }) !== null;
}

async function checkOrder(order: Order, needs: RunnerNeeds, step: (event: FlowEvent) => void): Promise<void> {
  for (let attempt = 0, delayMs = CHECK_FIRST_MS; attempt < CHECK_ATTEMPTS_MAX; attempt += 1, delayMs *= 2) {
    if (!(await pause(needs.scope, delayMs))) return;
    const answer = await askStatus(order, null, needs);
    if (answer?.kind === 'report' && answer.report.status !== null) return step({ type: 'reported', report: answer.report });
  }
  step({ type: 'followingEnded' });
}

/** Asks less and less often until the order is final, and stays with it for hours, not for ever. */
async function followOrder(flow: Flow, needs: RunnerNeeds, step: (event: FlowEvent) => void): Promise<void> {
  const orderId = flow.report?.orderId ?? null;
  const untilMs = needs.nowMs() + FOLLOW_FOR_MAX_MS;
  let before = JSON.stringify(flow.report);
  for (let delayMs = FOLLOW_FIRST_MS; needs.nowMs() < untilMs; delayMs = Math.min(delayMs * FOLLOW_GROWTH, FOLLOW_SLOWEST_MS)) {
    if (!(await pause(needs.scope, delayMs))) return;
    const answer = await askStatus(flow.order, orderId, needs);
    if (answer === null) break;
    if (answer.kind !== 'report' || answer.report.status === null || JSON.stringify(answer.report) === before) continue;
    before = JSON.stringify(answer.report);
    step({ type: 'reported', report: answer.report });
    if (isFinal(answer.report.status)) return;
  }
  step({ type: 'followingEnded' });
}

/** Null when there is no way to ask. */
async function askStatus(order: Order, orderId: string | null, needs: RunnerNeeds): Promise<OrderAnswer | null> {
  if (!needs.orderStatusEndpoint) return null;
  const session = await needs.sessions.open();
  if (!session.ok) return { kind: 'lost', failure: session.failure };
  const answer = await needs.exchange.orderStatus(needs.orderStatusEndpoint, { ...valuesOf(order), orderId, venueToken: session.value.venueToken });
  if (answer?.kind === 'refused' && answer.failure.code === 'UNAUTHORIZED') needs.sessions.drop();
  return answer;
}

function valuesOf(order: Order): Values {
  const { symbol, side, type, quantity, price = null, clientOrderId } = order;
  return { symbol, side, type, quantity, price, clientOrderId };
}
