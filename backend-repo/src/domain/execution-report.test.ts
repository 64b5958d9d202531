import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CLOCK_ALLOWANCE_MS, feeDue, judgeReport, judgeTime, type ExecutionReport } from './execution-report.ts';

const ORDERED = 100n;
const report = (change: Partial<ExecutionReport> = {}): ExecutionReport => ({ status: 'executed', quantity: ORDERED, price: 5n, orderId: 'o', executedAt: 1, ...change });
const partial = (quantity: bigint): ExecutionReport => report({ status: 'partially_executed', quantity });

test('what was executed cannot become worth less, or the fee due on it would', () => {
  expect(judgeReport(report({ price: 4n * 10n ** 8n }), ORDERED, { ...partial(90n), price: 5n * 10n ** 8n })).toMatchObject({ kind: 'refused', code: 'EXECUTION_CONFLICT' });
  expect(judgeReport(report({ price: 45n * 10n ** 7n }), ORDERED, { ...partial(90n), price: 5n * 10n ** 8n })).toEqual({ kind: 'record' });
});

test.each([
  ['SELL', 499n, true], ['SELL', 498n, false], ['SELL', 900n, true], ['BUY', 501n, true], ['BUY', 502n, false], ['BUY', 100n, true],
] as const)('a %s with limit 500 at an average of %s: %s', (side, price, fits) => {
  const verdict = judgeReport(report({ price }), ORDERED, null, { side, price: 500n });
  expect(verdict).toMatchObject(fits ? { kind: 'record' } : { kind: 'refused', code: 'EXECUTION_PRICE_INVALID' });
});

test.each([[-1, false], [0, true], [CLOCK_ALLOWANCE_MS, true], [86_400_000, true]])('a report of %s ms after the earliest moment that clocks allow: %s', (after, fits) => {
  const issuedAt = Date.parse('2026-01-15T10:30:00.000Z');
  const verdict = judgeTime(report({ executedAt: issuedAt - CLOCK_ALLOWANCE_MS + after }), issuedAt);
  expect(verdict?.code ?? null).toBe(fits ? null : 'EXECUTION_TIME_INVALID');
});

test('totals only grow: whatever comes in whatever order, the recorded quantity never falls and ends once', () => {
  const any = fc.record({
    status: fc.constantFrom<ExecutionReport['status']>('executed', 'partially_executed', 'rejected', 'expired'),
    quantity: fc.bigInt({ min: 0n, max: 120n }),
    price: fc.option(fc.bigInt({ min: 1n, max: 9n })),
    orderId: fc.constant('o'),
    executedAt: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 20 }), (reports) => {
      let latest: ExecutionReport | null = null;
      let ended = false;
      for (const next of reports) {
        if (judgeReport(next, ORDERED, latest).kind !== 'record') continue;
        expect(ended).toBe(false);
        if (latest) expect(next.quantity > latest.quantity).toBe(true);
        expect(next.quantity <= ORDERED).toBe(true);
        ended = next.status !== 'partially_executed';
        latest = next;
      }
    }),
  );
});

test.each<[string, ExecutionReport, ExecutionReport | null, string]>([
  ['a first report', report(), null, 'record'],
  ['the same again', report(), report(), 'duplicate'],
  ['an older total that comes late', partial(10n), partial(20n), 'duplicate'],
  ['a growing total', partial(30n), partial(20n), 'record'],
  ['another price for the same total', { ...partial(20n), price: 6n }, partial(20n), 'refused'],
  ['anything after the end', partial(30n), report(), 'refused'],
  ['a rejection after a fill', report({ status: 'rejected', quantity: 0n, price: null }), partial(20n), 'refused'],
])('%s is a %s', (_name, next, latest, kind) => {
  expect(judgeReport(next, ORDERED, latest).kind).toBe(kind);
});

describe('the fee due', () => {
  test('is the executed notional times the rate, rounded up', () => {
    expect(feeDue({ quantity: 100_000_000n, price: 1n }, 50_000n)).toBe(1n);
    expect(feeDue({ quantity: 100_000_000n, price: 6_400_000_000_000n }, 50_000n)).toBe(3_200_000_000n);
  });
  test('is zero until something is executed', () => {
    expect(feeDue(null, 50_000n)).toBe(0n);
    expect(feeDue({ quantity: 0n, price: null }, 50_000n)).toBe(0n);
  });
});
