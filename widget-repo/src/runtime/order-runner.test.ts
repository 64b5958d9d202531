import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createScope } from '../helpers/scope.ts';
import { failure } from '../model/failure.ts';
import type { EndpointMapping, Order } from '../model/order.ts';
import { type Flow, phaseOf } from '../model/order-flow.ts';
import type { OrderAnswer } from '../transport/exchange.ts';
import { type RunnerNeeds, runOrder } from './order-runner.ts';

const order: Order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', clientOrderId: 'ow-1' };
const endpoint: EndpointMapping = { url: 'https://exchange.example/orders', method: 'POST' };
const byName: EndpointMapping = { url: 'https://exchange.example/orders?name={clientOrderId}', method: 'GET' };
const byNumber: EndpointMapping = { url: 'https://exchange.example/orders/{orderId}', method: 'GET' };
const report = (status: 'resting' | 'filled'): OrderAnswer => ({ kind: 'report', report: { status, orderId: '7', filledQuantity: null, averagePrice: null, fee: null, feeAsset: null, reason: null } });
const lost: OrderAnswer = { kind: 'lost', failure: failure('EXCHANGE_AWAY') };

interface Made {
  readonly needs: RunnerNeeds;
  readonly sent: string[];
  readonly keys: string[];
  readonly polls: number[];
  readonly phases: string[];
  readonly changed: (flow: Flow) => void;
}

function make(answers: OrderAnswer[], statuses: OrderAnswer[] = [], change: Partial<RunnerNeeds> = {}): Made {
  const made = { sent: [] as string[], keys: [] as string[], polls: [] as number[], phases: [] as string[] };
  const nowMs = () => performance.now();
  const needs: RunnerNeeds = {
    scope: createScope(),
    operator: {
      askToken: (_who, _session, _order, key) => {
        made.keys.push(key);
        return Promise.resolve({ ok: true, value: { token: `t${made.keys.length}`, jti: 'j', expiresAt: '', expiresIn: 10 } });
      },
    },
    exchange: {
      placeOrder: (_mapping, values) => {
        made.sent.push(values.token ?? '');
        return Promise.resolve(answers.shift() ?? lost);
      },
      orderStatus: () => {
        made.polls.push(Math.round(nowMs()));
        return Promise.resolve(statuses.shift() ?? lost);
      },
    },
    sessions: { open: () => Promise.resolve({ ok: true, value: { sessionToken: 's', venueToken: 'v' } }), drop: () => undefined },
    who: { exchangeId: 'demo-exchange', exchangeUserId: 'u' },
    orderEndpoint: endpoint,
    orderStatusEndpoint: null,
    placeOrder: undefined,
    nowMs,
    isOnline: () => true,
    ...change,
  };
  return { ...made, needs, changed: (flow) => made.phases.push(phaseOf(flow)) };
}

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

const run = async ({ needs, changed }: Made, forMs = 0) => {
  const ended = runOrder(order, needs, changed);
  await jest.advanceTimersByTimeAsync(forMs);
  return ended;
};

describe('an order on its way', () => {
  test('it is sent once, with the token asked for it', async () => {
    const made = make([report('filled')]);
    await run(made);
    expect([made.sent, made.phases.at(-1)]).toEqual([['t1'], 'filled']);
  });

  test('an unanswered order is never sent again', async () => {
    const made = make([lost, report('filled')]);
    await run(made);
    expect([made.sent, made.phases.at(-1)]).toEqual([['t1'], 'unknown']);
  });

  test('an unanswered order is looked up by our own name, a few times, and then called unknown', async () => {
    const made = make([lost], [], { orderStatusEndpoint: byName });
    await run(made, 10_000);
    expect([made.sent.length, made.polls.length, made.phases.at(-1)]).toEqual([1, 4, 'unknown']);
  });

  test('without our own name in the status address there is nothing to look up', async () => {
    const made = make([lost], [report('filled')], { orderStatusEndpoint: byNumber });
    await run(made, 10_000);
    expect([made.polls.length, made.phases.at(-1)]).toEqual([0, 'unknown']);
  });

  test('offline, nothing leaves', async () => {
    const made = make([report('filled')], [], { isOnline: () => false });
    await run(made);
    expect([made.sent, made.phases.at(-1)]).toEqual([[], 'notSent']);
  });

  test('a renewed token has an idempotency key of its own', async () => {
    const made = make([{ kind: 'refused', failure: failure('TRADE_TOKEN_EXPIRED'), report: null }, report('filled')]);
    await run(made);
    expect([made.sent, new Set(made.keys).size]).toEqual([['t1', 't2'], 2]);
  });

  describe('that the exchange answers with 401', () => {
    const signedOut: OrderAnswer = { kind: 'refused', failure: failure('UNAUTHORIZED'), report: null };
    const signedIn = (venueToken: string) => ({ ok: true, value: { sessionToken: 's', venueToken } }) as const;
    type Opened = Awaited<ReturnType<RunnerNeeds['sessions']['open']>>;

    async function runWith(answers: OrderAnswer[], renewed: Opened) {
      const bearers: unknown[] = [];
      let session: Opened = signedIn('old');
      const sessions = { open: () => Promise.resolve(session), drop: () => void (session = renewed) };
      const made = make(answers, [], { sessions });
      const { placeOrder } = made.needs.exchange;
      const exchange = { ...made.needs.exchange, placeOrder: (...[mapping, values]: Parameters<typeof placeOrder>) => (bearers.push(values.venueToken), placeOrder(mapping, values)) };
      await run({ ...made, needs: { ...made.needs, exchange } });
      return { bearers, tokens: made.sent, keys: new Set(made.keys).size, end: made.phases.at(-1) };
    }

    test('is sent once more, with a new session and a token of its own', async () => {
      expect(await runWith([signedOut, report('filled')], signedIn('new'))).toEqual({ bearers: ['old', 'new'], tokens: ['t1', 't2'], keys: 2, end: 'filled' });
    });

    test('is refused when the new session is no better', async () => {
      expect(await runWith([signedOut, signedOut, report('filled')], signedIn('new'))).toMatchObject({ bearers: ['old', 'new'], end: 'refused' });
    });

    test('does not leave again when there is no new session', async () => {
      expect(await runWith([signedOut, report('filled')], { ok: false, failure: failure('SIGNED_OUT') })).toMatchObject({ bearers: ['old'], tokens: ['t1'], end: 'notSent' });
    });
  });

  test('a resting order is followed less and less often, until it is filled', async () => {
    const made = make([report('resting')], [lost, lost, lost, report('filled')], { orderStatusEndpoint: byNumber });
    await run(made, 30_000);
    expect(made.phases.at(-1)).toBe('filled');
    const gaps = made.polls.map((at, index) => at - (made.polls[index - 1] ?? 0));
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(gaps[0]).toBeGreaterThanOrEqual(1000);
  });

  test('once the widget is destroyed nothing leaves, even when the token is already there', async () => {
    const scope = createScope();
    let opened = 0;
    const session = { ok: true, value: { sessionToken: 's', venueToken: 'v' } } as const;
    // The third opening is the one right before the order leaves.
    const sessions = { open: () => ((opened += 1) === 3 && scope.end(), Promise.resolve(session)), drop: () => undefined };
    const made = make([report('filled')], [], { scope, sessions });
    await run(made);
    expect([opened, made.sent]).toEqual([3, []]);
  });

  test('once the widget is destroyed nothing is asked any more', async () => {
    const made = make([report('resting')], [], { orderStatusEndpoint: byNumber });
    void runOrder(order, made.needs, made.changed);
    await jest.advanceTimersByTimeAsync(1500);
    made.needs.scope.end();
    const polls = made.polls.length;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(made.polls.length).toBe(polls);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('an order that the page places', () => {
  const placed = (placeOrder: RunnerNeeds['placeOrder']) => make([], [], { placeOrder });

  test('an error with a code is a definite refusal', async () => {
    const made = placed(() => Promise.reject(Object.assign(new Error('No money'), { code: 'INSUFFICIENT_BALANCE' })));
    await run(made);
    expect(made.phases.at(-1)).toBe('refused');
  });

  test.each([['rejects', () => Promise.reject(new Error('?'))], ['throws', () => { throw new TypeError('?'); }], ['says nonsense', () => Promise.resolve({ status: 'WELL', orderId: 1 })]] as const)('one that %s leaves the outcome unknown', async (_, placeOrder) => {
    const made = placed(placeOrder);
    await run(made);
    expect(made.phases.at(-1)).toBe('unknown');
  });

  test('one that never answers has a deadline', async () => {
    const made = placed(() => new Promise(() => undefined));
    await run(made, 20_000);
    expect(made.phases.at(-1)).toBe('unknown');
  });
});
