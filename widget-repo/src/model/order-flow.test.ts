import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failure } from './failure.ts';
import type { Order, OrderStatus, Report } from './order.ts';
import { advance, commandOf, type Flow, type FlowEvent, isBusy, phaseOf, startFlow } from './order-flow.ts';

const order: Order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', clientOrderId: 'ow-1' };
const report = (status: OrderStatus | null): Report => ({ status, orderId: '7', filledQuantity: null, averagePrice: null, fee: null, feeAsset: null, reason: null });
const expired = failure('TRADE_TOKEN_EXPIRED');
const signedOut = failure('UNAUTHORIZED');
const after = (...events: FlowEvent[]): Flow => events.reduce(advance, startFlow(order));
const toSending: FlowEvent[] = [{ type: 'sessionOpened' }, { type: 'tokenReceived' }, { type: 'orderLeft' }];

describe('the life of one order', () => {
  test('it asks for a session, then a token, then sends, and is filled', () => {
    expect(commandOf(after())).toBe('openSession');
    expect(commandOf(after({ type: 'sessionOpened' }))).toBe('askToken');
    expect(commandOf(after({ type: 'sessionOpened' }, { type: 'tokenReceived' }))).toBe('sendOrder');
    expect(phaseOf(after(...toSending))).toBe('sending');
    const filled = after(...toSending, { type: 'answered', report: report('filled'), tookMs: 64 });
    expect(phaseOf(filled)).toBe('filled');
    expect(commandOf(filled)).toBeNull();
    expect(filled.tookMs).toBe(64);
  });

  test('a resting order is followed until it is final', () => {
    const resting = after(...toSending, { type: 'answered', report: report('resting'), tookMs: 5 });
    expect(commandOf(resting)).toBe('followOrder');
    expect(isBusy(resting)).toBe(false);
    const partly = advance(resting, { type: 'reported', report: { ...report('partial'), orderId: null } });
    expect([phaseOf(partly), partly.report?.orderId]).toEqual(['partial', '7']);
    expect(commandOf(advance(partly, { type: 'reported', report: report('filled') }))).toBeNull();
  });

  test('a token that the exchange calls expired is renewed once, and the order sent once more', () => {
    const renewed = after(...toSending, { type: 'refused', failure: expired });
    expect([phaseOf(renewed), commandOf(renewed)]).toEqual(['renewing', 'askToken']);
    const again = [{ type: 'tokenReceived' }, { type: 'orderLeft' }, { type: 'refused', failure: expired }] as const;
    const twice = again.reduce(advance, renewed);
    expect([phaseOf(twice), commandOf(twice), twice.sends]).toEqual(['refused', null, 2]);
  });

  test('a session that the exchange calls ended is renewed once, and the order sent once more', () => {
    const renewed = after(...toSending, { type: 'refused', failure: signedOut });
    expect([phaseOf(renewed), commandOf(renewed)]).toEqual(['renewing', 'askToken']);
    const again = [{ type: 'tokenReceived' }, { type: 'orderLeft' }, { type: 'refused', failure: signedOut }] as const;
    const twice = again.reduce(advance, renewed);
    expect([phaseOf(twice), commandOf(twice), twice.sends]).toEqual(['refused', null, 2]);
  });

  test('a token that died on our own clock is renewed once, and then nothing is sent', () => {
    const renewed = after({ type: 'sessionOpened' }, { type: 'tokenReceived' }, { type: 'tokenDied' });
    expect(commandOf(renewed)).toBe('askToken');
    const given = [{ type: 'tokenReceived' }, { type: 'tokenDied' }] as const;
    expect([phaseOf(given.reduce(advance, renewed)), given.reduce(advance, renewed).sends]).toEqual(['notSent', 0]);
  });

  test('no other refusal is tried again', () => {
    for (const code of ['TRADE_TOKEN_SPENT', 'TRADE_TOKEN_INVALID', 'INSUFFICIENT_BALANCE', 'RATE_LIMIT_EXCEEDED']) {
      const flow = after(...toSending, { type: 'refused', failure: failure(code) });
      expect([phaseOf(flow), commandOf(flow)]).toEqual(['refused', null]);
    }
  });

  test('a lost answer is looked up, never sent again', () => {
    const lost = after(...toSending, { type: 'lost', failure: failure('EXCHANGE_AWAY'), canCheck: true });
    expect([phaseOf(lost), commandOf(lost), isBusy(lost)]).toEqual(['checking', 'checkOrder', true]);
    expect(phaseOf(advance(lost, { type: 'reported', report: report('filled') }))).toBe('filled');
    expect(phaseOf(advance(lost, { type: 'followingEnded' }))).toBe('unknown');
    const unknowable = after(...toSending, { type: 'lost', failure: failure('EXCHANGE_AWAY'), canCheck: false });
    expect([phaseOf(unknowable), commandOf(unknowable)]).toEqual(['unknown', null]);
  });

  test('an order that the exchange took and rejected later is refused with its reason', () => {
    const flow = after(...toSending, { type: 'answered', report: { ...report('rejected'), reason: 'NO_LIQUIDITY' }, tookMs: 3 });
    expect([phaseOf(flow), flow.end]).toEqual(['refused', { kind: 'refused', failure: failure('NO_LIQUIDITY') }]);
  });
});

const statuses = fc.constantFrom<OrderStatus | null>('resting', 'partial', 'filled', 'ended', 'rejected', null);
const anyEvent: fc.Arbitrary<FlowEvent> = fc.oneof(
  fc.constantFrom<FlowEvent>({ type: 'sessionOpened' }, { type: 'tokenReceived' }, { type: 'tokenDied' }, { type: 'followingEnded' }),
  fc.constantFrom('TRADE_TOKEN_EXPIRED', 'UNAUTHORIZED', 'TRADE_TOKEN_SPENT', 'OTHER').chain((code) => fc.constantFrom<FlowEvent>({ type: 'stopped', failure: failure(code) }, { type: 'refused', failure: failure(code) })),
  fc.boolean().map((canCheck): FlowEvent => ({ type: 'lost', failure: failure('EXCHANGE_AWAY'), canCheck })),
  statuses.chain((status) => fc.constantFrom<FlowEvent>({ type: 'answered', report: report(status), tookMs: 1 }, { type: 'reported', report: report(status) })),
);

describe('whatever happens, in whatever order', () => {
  test('an order leaves at most once, and a second time only right after a refusal as expired or signed out', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        let flow = startFlow(order);
        const story: string[] = [];
        for (const event of events) {
          if (commandOf(flow) === 'sendOrder') {
            flow = advance(flow, { type: 'orderLeft' });
            story.push('sent');
          }
          const before = flow;
          flow = advance(flow, event);
          if (before.step === 'sending' && flow !== before) story.push(event.type === 'refused' ? event.failure.code : event.type);
        }
        const sends = story.filter((word) => word === 'sent').length;
        return sends <= 2 && sends === flow.sends && (sends < 2 || /^sent,(TRADE_TOKEN_EXPIRED|UNAUTHORIZED),sent/.test(story.join()));
      }),
      { numRuns: 2000 },
    );
  });

  test('at most two tokens are asked for', () => {
    fc.assert(fc.property(fc.array(fc.oneof(anyEvent, fc.constant<FlowEvent>({ type: 'orderLeft' })), { maxLength: 40 }), (events) => after(...events).tokensAsked <= 2));
  });
});
