import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amountText, multiply, parseAmount } from './amount.ts';
import { quantityForMoney, readBook, walkBook } from './book.ts';
import { stepText } from './stepper.ts';
import { estimate, readMarket, readTicket, type Ticket, toOrder } from './ticket.ts';

const market = readMarket({ symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.0001', minQuantity: '0.0001', maxQuantity: '100', minNotional: '10' });
const book = readBook({ data: { bids: [['64249.00', '0.5'], ['64248.00', '1']], asks: [['64250.00', '0.01'], ['64260.00', '1']] } }, 'BTCUSDT')!;
const rates = { maker: parseAmount('0.001')!, taker: parseAmount('0.0015')! };
const at = (text: string) => parseAmount(text)!;
const ticket = (change: Partial<Ticket>): Ticket => ({ side: 'BUY', type: 'MARKET', quantityText: '0.01', priceText: '', ...change });
const read = (change: Partial<Ticket>) => readTicket(ticket(change), market, '.', at('64250'));

describe('the rules at the fields', () => {
  test.each([
    ['', 'empty', '0.0001'],
    ['abc', 'notNumber', '0.0001'],
    ['0', 'zero', '0.0001'],
    ['0.00015', 'step', '0.0001'],
    ['101', 'max', '100'],
    ['0.0001', 'notional', '10'],
  ])('quantity %j breaks the rule "%s"', (quantityText, rule, limit) => {
    expect(read({ quantityText }).quantityProblem).toEqual({ rule, limit: at(limit) });
  });

  test('a limit price must be a whole tick; a market order needs none', () => {
    expect(read({ type: 'LIMIT', priceText: '64250.105' }).priceProblem?.rule).toBe('step');
    expect(read({ type: 'LIMIT', priceText: '' }).priceProblem?.rule).toBe('empty');
    expect(read({ priceText: 'nonsense' }).priceProblem).toBeNull();
  });
});

describe('what is signed', () => {
  test('a market order carries no price, a limit order a price padded to the tick', () => {
    expect(toOrder(ticket({ priceText: '1' }), read({ priceText: '1' }), market, 'ow-1')).toEqual({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', clientOrderId: 'ow-1' });
    const limit = { type: 'LIMIT', priceText: '64,250.10', quantityText: '0.0100' } as const;
    expect(toOrder(ticket(limit), read(limit), market, 'ow-1')).toMatchObject({ type: 'LIMIT', quantity: '0.01', price: '64250.10' });
  });

  test('nothing is signed while a field has a problem', () => {
    expect(toOrder(ticket({ quantityText: 'x' }), read({ quantityText: 'x' }), market, 'ow-1')).toBeNull();
  });
});

describe('cost and fee before the click', () => {
  const cost = (change: Partial<Ticket>) => estimate(ticket(change), read(change), market, book, rates);

  test('a market buy walks the book and pays the fee in what it receives', () => {
    const found = cost({ quantityText: '0.02' })!;
    expect(amountText(found.money)).toBe('1285.1');
    expect([amountText(found.fee), found.feeAsset]).toEqual(['0.00003', 'BTC']);
  });

  test('a market sell receives the bids and pays the fee in money, rounded up', () => {
    const found = cost({ side: 'SELL', quantityText: '0.0003' })!;
    expect([amountText(found.money), amountText(found.fee), found.feeAsset]).toEqual(['19.2747', '0.02891205', 'USDT']);
  });

  test('a limit that crosses pays the taker rate, one that rests the maker rate', () => {
    expect(cost({ type: 'LIMIT', priceText: '64250' })?.feeRate).toBe(rates.taker);
    expect(cost({ type: 'LIMIT', priceText: '64249.99' })?.feeRate).toBe(rates.maker);
    expect(cost({ type: 'LIMIT', side: 'SELL', priceText: '64249' })?.feeRate).toBe(rates.taker);
  });

  test('a book that is not deep enough says how much it holds', () => {
    expect(amountText(cost({ quantityText: '5' })!.quantityMet)).toBe('1.01');
    expect(estimate(ticket({}), read({}), market, null, rates)).toBeNull();
  });

  test('a share of the balance never buys more than it can pay', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 14n }), (money) => {
        const quantity = quantityForMoney(book.asks, money, market.lot);
        return (walkBook(book.asks, quantity)?.cost ?? 0n) <= money && multiply(quantity, 1n, 'down') >= 0n;
      }),
    );
  });
});

describe('an order book answer', () => {
  test.each([null, {}, { data: { bids: 'x', asks: [] } }, { data: { bids: [['1']], asks: [] } }, { data: { bids: [['-1', '1']], asks: [] } }])('%j is not one', (answer) => {
    expect(readBook(answer, 'BTCUSDT')).toBeNull();
  });
});

describe('arrow keys', () => {
  test.each([
    ['64250.10', 1, '64250.11'],
    ['64250.10', -1, '64250.09'],
    ['0.01', -1, '0.01'],
    ['64250.105', 1, '64250.11'],
    ['64250.105', -1, '64250.10'],
    ['', 1, '64000.00'],
    ['junk', -1, '64000.00'],
  ] as const)('from %j by %i to %s', (text, direction, expected) => {
    expect(stepText(text, '.', at('0.01'), direction, at('64000'))).toBe(expected);
  });
});
