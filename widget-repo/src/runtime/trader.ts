import type { Emitter } from '../api/events.ts';
import type { WidgetOptions } from '../api/options.ts';
import { createScope, type Scope } from '../helpers/scope.ts';
import type { Store } from '../helpers/store.ts';
import type { Order, WidgetConfig } from '../model/order.ts';
import { type Flow, phaseOf } from '../model/order-flow.ts';
import { applyFill, FLAT, newFill, UNFILLED } from '../model/position.ts';
import type { SignIn, WidgetState } from '../model/state.ts';
import type { Market } from '../model/ticket.ts';
import { createExchange } from '../transport/exchange.ts';
import type { Send } from '../transport/http.ts';
import { createOperator } from '../transport/operator.ts';
import { announceOrder } from './announce-order.ts';
import { runOrder } from './order-runner.ts';
import { createSessions, type Sessions } from './sessions.ts';

const BALANCES_EVERY_MS = 20_000;
const ORDERS_SHOWN_MAX = 5;

/** The person at the ticket: their session, balances, orders and position. */
export interface Trader {
  place(order: Order, market: Market): void;
  retrySignIn(): void;
  leave(): void;
}

export interface TraderNeeds {
  readonly scope: Scope;
  readonly store: Store<WidgetState>;
  readonly emitter: Emitter;
  readonly apiUrl: string;
  readonly send: Send;
  readonly config: WidgetConfig;
  /** As they are now; `update` may have changed them. */
  readonly currentOptions: () => WidgetOptions;
  readonly nowMs: () => number;
}

export function createTrader(needs: TraderNeeds): Trader {
  const { store, emitter, config, currentOptions, nowMs } = needs;
  const operator = createOperator(needs.apiUrl, needs.send);
  const exchange = createExchange(needs.send);
  const scope = createScope();
  needs.scope.onEnd(() => scope.end());
  const { exchangeId, exchangeUserId } = currentOptions();
  const who = { exchangeId, exchangeUserId: exchangeUserId ?? '' };
  const sessions = watched(createSessions({ scope, operator, who, signed: config.identityMode === 'signed', currentGetSession: () => currentOptions().getSession, nowMs }), (signIn) => !scope.ended && store.set({ signIn }));
  const known = Boolean(exchangeUserId);
  store.set({ signIn: known ? 'unknown' : 'out', balances: null, balanceAway: false, current: null, orders: [], positions: {} });

  const refreshBalances = async () => {
    if (!config.balanceEndpoint || !known) return;
    const session = await sessions.open();
    if (scope.ended) return;
    const balances = session.ok ? await exchange.balances(config.balanceEndpoint, { venueToken: session.value.venueToken }) : null;
    // An unanswered question leaves the last balance in place rather than none.
    if (!scope.ended) store.set(balances ? { balances, balanceAway: false } : { balanceAway: true });
  };
  const keepBalances = () => {
    if (document.hidden) return void scope.after(BALANCES_EVERY_MS, keepBalances);
    void refreshBalances().finally(() => scope.after(BALANCES_EVERY_MS, keepBalances));
  };
  keepBalances();

  return {
    place(order, market) {
      const { orderEndpoint, orderStatusEndpoint } = config;
      const { placeOrder } = currentOptions();
      const runner = { scope, operator, exchange, sessions, who, orderEndpoint, orderStatusEndpoint, placeOrder, nowMs, isOnline: () => navigator.onLine };
      const note = createTracking(store, market);
      void runOrder(order, runner, (flow) => {
        const news = note(flow);
        announceOrder(emitter, flow);
        if (news) void refreshBalances();
      });
    },
    retrySignIn() {
      if (known) void refreshOrOpen(sessions, refreshBalances);
    },
    leave: () => scope.end(),
  };
}

async function refreshOrOpen(sessions: Sessions, refresh: () => Promise<void>): Promise<void> {
  sessions.drop();
  if ((await sessions.open()).ok) await refresh();
}

/** Sessions that also tell whether somebody is signed in. */
function watched(sessions: Sessions, tell: (signIn: SignIn) => void): Sessions {
  return {
    ...sessions,
    async open() {
      const result = await sessions.open();
      if (result.ok) tell('in');
      else if (result.failure.code === 'SIGNED_OUT') tell('out');
      return result;
    },
  };
}

/** Puts one order's new state where it is shown, and its new fills into the position. Answers true when the balance may have moved. */
function createTracking(store: Store<WidgetState>, market: Market): (flow: Flow) => boolean {
  let filled = UNFILLED;
  let before: Flow | null = null;
  return (flow) => {
    const { current, orders, positions } = store.get();
    const news = flow.report && newFill(flow.order, filled, flow.report, market);
    filled = news?.totals ?? filled;
    // After "New order" the panel belongs to another order; this one lives on in the list.
    const isCurrent = before === null || current === before;
    store.set({
      ...(isCurrent ? { current: flow } : {}),
      orders: before === null ? [flow, ...orders].slice(0, ORDERS_SHOWN_MAX) : orders.map((each) => (each === before ? flow : each)),
      ...(news ? { positions: { ...positions, [market.symbol]: applyFill(positions[market.symbol] ?? FLAT, news.fill) } } : {}),
    });
    before = flow;
    return Boolean(news) || phaseOf(flow) === 'resting' || phaseOf(flow) === 'ended';
  };
}
