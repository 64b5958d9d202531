import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findRisks } from '../risk-rules.ts';
import { SEVERITIES } from './finding.ts';
import type { WindowVolume, OrderFact, TradeFact, TraderFacts } from './facts.ts';
import { NOON } from './tape-for-tests.ts';

const USERS = 3;
const user = fc.integer({ min: 1, max: USERS });
const units = fc.bigInt({ min: 0n, max: 10n ** 18n });
const orderId = fc.integer({ min: 1, max: 30 });
const time = fc.integer({ min: NOON - 7_200_000, max: NOON });
const side = fc.constantFrom('BUY' as const, 'SELL' as const);

const order: fc.Arbitrary<OrderFact> = fc.record({
  kind: fc.constantFrom('placed' as const, 'amended' as const, 'cancelled' as const), time, orderId, userId: fc.constant(1), symbol: fc.constant('BTCUSDT'), side,
  price: fc.option(units), open: units, byOwner: fc.boolean(), touch: fc.option(fc.record({ bid: fc.option(units), ask: fc.option(units) })),
});
const trade: fc.Arbitrary<TradeFact> = fc.record({
  id: fc.integer({ min: 1 }), symbol: fc.constant('BTCUSDT'), price: units, quantity: units, notional: units, buyerId: user, sellerId: user, buyerOrderId: orderId, sellerOrderId: orderId,
  takerSide: side, executedAt: time,
});
const volume: fc.Arbitrary<WindowVolume> = fc.record({ start: fc.integer({ min: -30, max: 1 }).map((hours) => NOON + hours * 3_600_000), notional: units });

interface Stream {
  readonly orders: OrderFact[];
  readonly trades: TradeFact[];
  readonly volumes: WindowVolume[];
}
const stream = (length: number): fc.Arbitrary<Stream> => {
  const size = { maxLength: length, size: 'max' as const };
  return fc.record({ orders: fc.array(order, size), trades: fc.array(trade, size), volumes: fc.array(volume, { maxLength: 30 }) });
};

function factsOf({ orders, trades, volumes }: Stream): TraderFacts {
  const own = trades.filter(({ buyerId, sellerId }) => buyerId === 1 || sellerId === 1);
  return {
    userId: 1, symbol: 'BTCUSDT', orders, trades: own, placements: orders.map((fact) => fact.time), volumes, marketVolumes: volumes, lastPrice: own.at(-1)?.price ?? null,
    tradesOf: (id) => trades.filter(({ buyerId, sellerId }) => buyerId === id || sellerId === id),
  };
}
/** As they happened, or as nothing can have happened. */
const inOrder = ({ orders, trades, volumes }: Stream): Stream => ({
  orders: orders.toSorted((one, other) => one.time - other.time), trades: trades.toSorted((one, other) => one.executedAt - other.executedAt), volumes,
});

test('no stream of facts, possible or not, makes a rule throw, and what is found is well-formed', () => {
  fc.assert(
    fc.property(stream(120), fc.boolean(), (facts, sorted) => {
      for (const { severity, evidence, windowStart, description, userId } of findRisks(factsOf(sorted ? inOrder(facts) : facts), NOON)) {
        expect(SEVERITIES).toContain(severity);
        expect([userId, windowStart % 3_600_000, description.length < 500]).toEqual([1, 0, true]);
        expect(JSON.stringify(evidence).length).toBeLessThan(2_000);
      }
    }),
    { numRuns: 300 },
  );
});

/** Counts how often an entry of the list is looked at, and each field of an entry. */
function counted<T>(list: readonly T[], count: { reads: number }): readonly T[] {
  const counting = <U extends object>(target: U): U =>
    new Proxy(target, {
      get: (of, name, receiver): unknown => {
        count.reads += typeof name === 'string' && name !== 'length' ? 1 : 0;
        return Reflect.get(of, name, receiver);
      },
    });
  return counting(list.map((entry) => (typeof entry === 'object' && entry !== null ? counting(entry) : entry)));
}

test('each fact is looked at a fixed number of times, however many there are', () => {
  const READS_PER_FACT_MAX = 60;
  fc.assert(
    fc.property(stream(400).map(inOrder), (facts) => {
      const count = { reads: 0 };
      const whole = factsOf(facts);
      const own = counted(whole.trades, count);
      findRisks({ ...whole, orders: counted(whole.orders, count), trades: own, tradesOf: () => own, placements: counted(whole.placements, count) }, NOON);
      expect(count.reads).toBeLessThanOrEqual(READS_PER_FACT_MAX * (whole.orders.length + whole.trades.length + whole.placements.length + 1));
    }),
    { numRuns: 100 },
  );
});
