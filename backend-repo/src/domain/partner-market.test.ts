import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, notionalOf, parseAmount } from './money.ts';
import { hasEnded, sizeRefusal, sizeRulesOf, sizeWords } from './partner-market.ts';
import type { WidgetSymbol } from './partner-settings.ts';
import type { Trade } from './trade-token.ts';

const SYMBOL: WidgetSymbol = { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.0001', minQuantity: '0.001', maxQuantity: '100', minNotional: '5' };
const RULES = sizeRulesOf(SYMBOL);
const LIMIT = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '64000' } as const;
const STOP = { ...LIMIT, type: 'STOP', price: undefined, stopPrice: '65000' } as const;
const OCO = { ...LIMIT, type: 'OCO', stopPrice: '65000', stopLimitPrice: '65100' } as const;
const ICEBERG = { ...LIMIT, type: 'ICEBERG', quantity: '1', displayQuantity: '0.1' } as const;
const BY_AMOUNT = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteAmount: '5' } as const;

/** Amounts are canonical; a field that is `undefined` was left out. */
type Sample = { readonly [Field in keyof Trade]?: Trade[Field] | undefined };
const worded = (trade: Sample, symbol = SYMBOL): string | null => {
  const rules = sizeRulesOf(symbol);
  const refusal = sizeRefusal(rules, trade as Trade);
  if (!refusal) return null;
  const { code, text } = sizeWords(rules, refusal);
  return `${code} ${refusal.field}: ${text}`;
};

const amount = (max: bigint): fc.Arbitrary<string> => fc.bigInt({ min: 1n, max }).map((units) => formatAmount(units));
/** Whole steps and near misses of them, so that not all is refused at the first rule. */
const onSteps = (step: bigint, stepsMax: bigint): fc.Arbitrary<string> =>
  fc.tuple(fc.bigInt({ min: 1n, max: stepsMax }), fc.constantFrom(0n, 0n, 0n, 1n)).map(([steps, off]) => formatAmount(steps * step + off));
const anyPrice = fc.oneof(onSteps(RULES.tick, 10_000_000n), amount(10n ** 20n - 1n));
const anyQuantity = fc.oneof(onSteps(RULES.lot, 1_500_000n), amount(10n ** 20n - 1n));

describe('an order that the market takes', () => {
  test.each<[string, Sample]>([
    ['a limit order', LIMIT],
    ['the smallest quantity', { ...LIMIT, quantity: '0.001' }],
    ['the largest quantity', { ...LIMIT, quantity: '100' }],
    ['just enough worth', { ...LIMIT, quantity: '0.5', price: '10' }],
    ['a market order, whose worth nobody knows yet', { ...LIMIT, type: 'MARKET', quantity: '0.001', price: undefined }],
    ['a market order by amount', BY_AMOUNT],
    ['a stop', STOP],
    ['an OCO', OCO],
    ['an OCO that has its sides the wrong way round, which the exchange judges', { ...OCO, stopPrice: '1' }],
    ['an iceberg', ICEBERG],
    ['an iceberg that shows all of it', { ...ICEBERG, displayQuantity: '1' }],
  ])('%s', (_name, trade) => {
    expect(worded(trade)).toBeNull();
  });
});

describe('an order that the market does not take', () => {
  test.each<[Sample, string]>([
    [{ ...LIMIT, price: '64000.005' }, 'PRICE_NOT_ON_TICK price: Must be a multiple of 0.01.'],
    [{ ...LIMIT, price: '0.001' }, 'PRICE_NOT_ON_TICK price: Must be a multiple of 0.01.'],
    [{ ...STOP, stopPrice: '65000.001' }, 'PRICE_NOT_ON_TICK stopPrice: Must be a multiple of 0.01.'],
    [{ ...OCO, stopLimitPrice: '65100.001' }, 'PRICE_NOT_ON_TICK stopLimitPrice: Must be a multiple of 0.01.'],
    [{ ...LIMIT, quantity: '0.01005' }, 'QUANTITY_NOT_ON_LOT quantity: Must be a multiple of 0.0001.'],
    [{ ...LIMIT, quantity: '0.0009' }, 'QUANTITY_TOO_SMALL quantity: Must be at least 0.001.'],
    [{ ...LIMIT, quantity: '100.0001' }, 'QUANTITY_TOO_LARGE quantity: Must be at most 100.'],
    [{ ...LIMIT, quantity: '999999999999', price: '999999999999' }, 'QUANTITY_TOO_LARGE quantity: Must be at most 100.'],
    [{ ...LIMIT, type: 'MARKET', price: undefined, quantity: '101' }, 'QUANTITY_TOO_LARGE quantity: Must be at most 100.'],
    [{ ...STOP, quantity: '101' }, 'QUANTITY_TOO_LARGE quantity: Must be at most 100.'],
    [{ ...LIMIT, quantity: '0.499', price: '10' }, 'NOTIONAL_TOO_SMALL quantity: The order must be worth at least 5.'],
    [{ ...STOP, quantity: '0.499', stopPrice: '10' }, 'NOTIONAL_TOO_SMALL quantity: The order must be worth at least 5.'],
    [{ ...BY_AMOUNT, quoteAmount: '4.99' }, 'QUANTITY_TOO_SMALL quoteAmount: Must be at least 5.'],
    [{ ...ICEBERG, displayQuantity: '0.10005' }, 'QUANTITY_NOT_ON_LOT displayQuantity: Must be a multiple of 0.0001.'],
    [{ ...ICEBERG, displayQuantity: '0.0009' }, 'QUANTITY_TOO_SMALL displayQuantity: Must be at least 0.001.'],
    [{ ...ICEBERG, displayQuantity: '1.1' }, 'QUANTITY_TOO_LARGE displayQuantity: Must be at most 1.'],
  ])('%j', (trade, sentence) => {
    expect(worded(trade)).toBe(sentence);
  });

  test('is told the numbers, prices with the decimals of the tick', () => {
    const refusal = sizeRefusal(RULES, { ...LIMIT, price: '64000.005' })!;
    expect(sizeWords(RULES, refusal).details).toEqual({ given: '64000.005', tick: '0.01' });
    expect(sizeWords(RULES, sizeRefusal(RULES, { ...LIMIT, quantity: '101' })!).details).toEqual({ given: '101', max: '100' });
  });
});

test('an order is dead at the moment of its end, and alive just before it', () => {
  const order = { ...LIMIT, timeInForce: 'GTD', expiresAt: '2026-01-15T10:30:00.000Z' } as const;
  expect(['2026-01-15T10:29:59.999Z', order.expiresAt, '2026-01-15T10:30:00.001Z'].map((now) => hasEnded(order, now))).toEqual([false, true, true]);
  expect(hasEnded(LIMIT, order.expiresAt)).toBe(false);
});

describe('a market with a highest price', () => {
  const capped = { ...SYMBOL, maxPrice: '100000' };
  test.each<[Sample, string | null]>([
    [{ ...LIMIT, price: '100000' }, null],
    [{ ...LIMIT, price: '100000.01' }, 'PRICE_OUT_OF_RANGE price: Must be at most 100000.00.'],
    [{ ...STOP, stopPrice: '100000.01' }, 'PRICE_OUT_OF_RANGE stopPrice: Must be at most 100000.00.'],
    [{ ...OCO, stopLimitPrice: '100000.01' }, 'PRICE_OUT_OF_RANGE stopLimitPrice: Must be at most 100000.00.'],
    [{ ...BY_AMOUNT, quoteAmount: '10000000' }, null],
    [{ ...BY_AMOUNT, quoteAmount: '10000000.01' }, 'QUANTITY_TOO_LARGE quoteAmount: Must be at most 10000000.'],
  ])('%j: %s', (trade, sentence) => {
    expect(worded(trade, capped)).toBe(sentence);
  });

  test('takes no order that could be worth more than its largest quantity at its highest price', () => {
    const rules = sizeRulesOf(capped);
    fc.assert(fc.property(anyPrice, anyQuantity, (price, quantity) =>
      sizeRefusal(rules, { ...LIMIT, price, quantity }) !== null || notionalOf(parseAmount(price)!, parseAmount(quantity)!) <= notionalOf(rules.maxPrice, rules.maxQuantity)), { numRuns: 500 });
  });
});

test('what an entry leaves at zero is no rule', () => {
  const anything = { ...SYMBOL, tickSize: '0', lotSize: '0', minQuantity: '0', maxQuantity: '0', minNotional: '0' };
  for (const trade of [{ ...LIMIT, quantity: '999999999999.99999999', price: '999999999999.99999999' }, { ...LIMIT, quantity: '0.00000001', price: '0.00000001' }, { ...BY_AMOUNT, quoteAmount: '0.00000001' }]) {
    expect(worded(trade, anything)).toBeNull();
  }
});

test('an order is taken exactly when it is on tick and lot, within the bounds, and worth enough', () => {
  fc.assert(fc.property(anyPrice, anyQuantity, (price, quantity) => {
    const [p, q] = [parseAmount(price)!, parseAmount(quantity)!];
    const fits = p % RULES.tick === 0n && q % RULES.lot === 0n && q >= RULES.minQuantity && q <= RULES.maxQuantity && notionalOf(p, q) >= RULES.minNotional;
    return (sizeRefusal(RULES, { ...LIMIT, price, quantity }) === null) === fits;
  }), { numRuns: 500 });
});
