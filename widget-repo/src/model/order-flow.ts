// One order from the click to its end, as a pure state machine. It alone decides whether an order may leave: `commandOf` says
// 'sendOrder' once, and a second time only after the exchange refused the first as expired or signed out, before it executed anything.
import { failure, type Failure } from './failure.ts';
import { isFinal, type Order, type Report } from './order.ts';

export type Step = 'session' | 'asking' | 'ready' | 'sending' | 'checking' | 'following' | 'done';

export interface Flow {
  readonly order: Order;
  readonly step: Step;
  readonly tokensAsked: number;
  readonly sends: number;
  readonly report: Report | null;
  readonly end: End | null;
  /** From the click to the exchange's answer. */
  readonly tookMs: number | null;
}

/** How it ended. 'notSent': nothing reached the exchange. 'unknown': it left, and nobody told us what became of it. */
export type End =
  | { readonly kind: 'reported' }
  | { readonly kind: 'notSent' | 'refused' | 'unknown'; readonly failure: Failure };

export type FlowEvent =
  | { readonly type: 'sessionOpened' }
  | { readonly type: 'tokenReceived' }
  /** Our own clock says that the token died before the order left. */
  | { readonly type: 'tokenDied' }
  | { readonly type: 'stopped'; readonly failure: Failure }
  | { readonly type: 'orderLeft' }
  | { readonly type: 'answered'; readonly report: Report; readonly tookMs: number }
  | { readonly type: 'refused'; readonly failure: Failure; readonly report?: Report | null }
  | { readonly type: 'lost'; readonly failure: Failure; readonly canCheck: boolean }
  | { readonly type: 'reported'; readonly report: Report }
  | { readonly type: 'followingEnded' };

export type Command = 'openSession' | 'askToken' | 'sendOrder' | 'checkOrder' | 'followOrder';

const TOKENS_MAX = 2;
// The exchange checks token and session before it executes, so these are a definite no: one new token, one more try.
const RENEWABLE = ['TRADE_TOKEN_EXPIRED', 'UNAUTHORIZED'];

export function startFlow(order: Order): Flow {
  return { order, step: 'session', tokensAsked: 0, sends: 0, report: null, end: null, tookMs: null };
}

const COMMANDS: Readonly<Record<Step, Command | null>> = {
  session: 'openSession',
  asking: 'askToken',
  ready: 'sendOrder',
  sending: null,
  checking: 'checkOrder',
  following: 'followOrder',
  done: null,
};

export function commandOf(flow: Flow): Command | null {
  return COMMANDS[flow.step];
}

/** An event that does not belong to the present step changes nothing. */
export function advance(flow: Flow, event: FlowEvent): Flow {
  switch (flow.step) {
    case 'session':
      if (event.type === 'sessionOpened') return { ...flow, step: 'asking', tokensAsked: 1 };
      return event.type === 'stopped' ? ended(flow, 'notSent', event.failure) : flow;
    case 'asking':
      if (event.type === 'tokenReceived') return { ...flow, step: 'ready' };
      return event.type === 'stopped' ? ended(flow, 'notSent', event.failure) : flow;
    case 'ready':
      if (event.type === 'orderLeft') return { ...flow, step: 'sending', sends: flow.sends + 1 };
      if (event.type === 'tokenDied') return renewed(flow, failure('TRADE_TOKEN_EXPIRED'), 'notSent');
      return event.type === 'stopped' ? ended(flow, 'notSent', event.failure) : flow;
    case 'sending':
      return afterSending(flow, event);
    case 'checking':
      if (event.type === 'reported') return reported(flow, event.report, flow.tookMs);
      return event.type === 'followingEnded' ? { ...flow, step: 'done' } : flow;
    case 'following':
      if (event.type === 'reported') return reported(flow, { ...event.report, orderId: event.report.orderId ?? orderIdOf(flow) }, flow.tookMs);
      return event.type === 'followingEnded' ? { ...flow, step: 'done' } : flow;
    case 'done':
      return flow;
  }
}

function afterSending(flow: Flow, event: FlowEvent): Flow {
  switch (event.type) {
    case 'answered':
      return reported(flow, event.report, event.tookMs);
    case 'refused':
      return RENEWABLE.includes(event.failure.code) ? renewed(flow, event.failure, 'refused') : { ...ended(flow, 'refused', event.failure), report: event.report ?? null };
    case 'lost':
      return { ...ended(flow, 'unknown', event.failure), step: event.canCheck ? 'checking' : 'done' };
    default:
      return flow;
  }
}

function renewed(flow: Flow, why: Failure, otherwise: 'notSent' | 'refused'): Flow {
  if (flow.tokensAsked >= TOKENS_MAX) return ended(flow, otherwise, why);
  return { ...flow, step: 'asking', tokensAsked: flow.tokensAsked + 1 };
}

function reported(flow: Flow, report: Report, tookMs: number | null): Flow {
  if (report.status === 'rejected') return { ...ended(flow, 'refused', failure(report.reason ?? 'REJECTED')), report, tookMs };
  return { ...flow, report, tookMs, end: { kind: 'reported' }, step: isFinal(report.status) ? 'done' : 'following' };
}

function ended(flow: Flow, kind: 'notSent' | 'refused' | 'unknown', why: Failure): Flow {
  return { ...flow, step: 'done', end: { kind, failure: why } };
}

function orderIdOf(flow: Flow): string | null {
  return flow.report?.orderId ?? null;
}

/** What a trader would call the present state. */
export type Phase = 'asking' | 'renewing' | 'sending' | 'checking' | 'filled' | 'partial' | 'resting' | 'ended' | 'accepted' | 'refused' | 'notSent' | 'unknown';

export function phaseOf(flow: Flow): Phase {
  if (flow.step === 'checking') return 'checking';
  if (flow.end?.kind === 'reported') {
    const status = flow.report?.status ?? 'accepted';
    return status === 'rejected' ? 'refused' : status;
  }
  if (flow.end) return flow.end.kind;
  if (flow.step === 'sending') return 'sending';
  return flow.tokensAsked > 1 ? 'renewing' : 'asking';
}

/** While this is true a second order must wait: the trader does not yet know what the first one did. */
export function isBusy(flow: Flow | null): boolean {
  return flow !== null && (flow.end === null || flow.step === 'checking');
}

export function failureOf(flow: Flow): Failure | null {
  return flow.end && flow.end.kind !== 'reported' ? flow.end.failure : null;
}
