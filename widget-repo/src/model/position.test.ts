import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amountText, parseAmount } from './amount.ts';
import type { Order, Report } from './order.ts';
import { applyFill, type Fill, FLAT, newFill, profit, UNFILLED } from './position.ts';

const at = (text: string) => parseAmount(text)!;
const fill = (side: 'BUY' | 'SELL', quantity: string, money: string, fee = '0'): Fill => ({ side, quantity: at(quantity), money: at(money), fee: at(fee) });

describe('position and profit', () => {
  test('buying twice averages the cost; selling part realises against the average', () => {
    const held = [fill('BUY', '1', '100'), fill('BUY', '1', '110'), fill('SELL', '1', '120')].reduce(applyFill, FLAT);
    expect([held.quantity, held.cost, held.realised].map((amount) => amountText(amount))).toEqual(['1', '105', '15']);
    expect(amountText(profit(held, at('130'))!)).toBe('40');
  });

  test('selling more than was bought here opens a short position, and buying it back closes it', () => {
    const short = [fill('BUY', '1', '100'), fill('SELL', '3', '330')].reduce(applyFill, FLAT);
    expect([amountText(short.quantity), amountText(short.realised)]).toEqual(['-2', '10']);
    const flat = applyFill(short, fill('BUY', '2', '200'));
    expect([amountText(flat.quantity), amountText(flat.cost), amountText(flat.realised)]).toEqual(['0', '0', '30']);
  });

  test('fees are part of the result', () => {
    expect(amountText(profit([fill('BUY', '1', '100', '0.15'), fill('SELL', '1', '100', '0.15')].reduce(applyFill, FLAT), null)!)).toBe('-0.3');
  });

  test('an open position without a market price has no profit to show', () => {
    expect(profit(applyFill(FLAT, fill('BUY', '1', '100')), null)).toBeNull();
  });

  test('money is conserved: once all is closed, the profit is what came in minus what went out', () => {
    const fills = fc.array(fc.record({ side: fc.constantFrom<'BUY' | 'SELL'>('BUY', 'SELL'), quantity: fc.bigInt({ min: 1n, max: 10n ** 12n }), money: fc.bigInt({ min: 1n, max: 10n ** 14n }), fee: fc.bigInt({ min: 0n, max: 10n ** 8n }) }), { maxLength: 20 });
    fc.assert(
      fc.property(fills, (list) => {
        const open = list.reduce(applyFill, FLAT);
        const size = open.quantity < 0n ? -open.quantity : open.quantity;
        const last: Fill[] = size === 0n ? [] : [{ side: open.quantity > 0n ? 'SELL' : 'BUY', quantity: size, money: 5n, fee: 0n }];
        const all = [...list, ...last];
        const closed = last.reduce(applyFill, open);
        const flow = all.reduce((sum, each) => sum + (each.side === 'SELL' ? each.money : -each.money) - each.fee, 0n);
        return closed.quantity === 0n && closed.cost === 0n && closed.realised === flow;
      }),
    );
  });
});

describe('fills out of reports', () => {
  const market = { base: 'BTC', quote: 'USDT' };
  const order: Order = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '2', price: '100', clientOrderId: 'ow-1' };
  const report = (filledQuantity: string | null, averagePrice: string | null, fee: string | null = null, feeAsset = 'BTC'): Report => ({ status: 'partial', orderId: '1', filledQuantity, averagePrice, fee, feeAsset, reason: null });

  test('only what is new counts, in money as well as in quantity', () => {
    const first = newFill(order, UNFILLED, report('1', '100', '0.1', 'USDT'), market)!;
    expect([amountText(first.fill.quantity), amountText(first.fill.money), amountText(first.fill.fee)]).toEqual(['1', '100', '0.1']);
    expect(newFill(order, first.totals, report('1', '100', '0.1', 'USDT'), market)).toBeNull();
    const second = newFill(order, first.totals, report('2', '99', '0.2', 'USDT'), market)!;
    expect([amountText(second.fill.quantity), amountText(second.fill.money), amountText(second.fill.fee)]).toEqual(['1', '98', '0.1']);
  });

  test('a fee taken from what was bought is not held: selling all that is held leaves nothing', () => {
    const bought = newFill(order, UNFILLED, report('2', '100', '0.003'), market)!;
    const held = applyFill(FLAT, bought.fill);
    expect([amountText(held.quantity), amountText(held.cost), amountText(held.realised)]).toEqual(['1.997', '200', '0']);
    const sold = newFill({ ...order, side: 'SELL' }, UNFILLED, report('1.997', '100', '0.3', 'USDT'), market)!;
    const flat = applyFill(held, sold.fill);
    expect([amountText(flat.quantity), amountText(flat.cost), amountText(flat.realised)]).toEqual(['0', '0', '-0.6']);
  });

  test('a fee in a third asset, and one that is more than the fill, are left out', () => {
    expect(newFill(order, UNFILLED, report('1', '100', '0.5', 'BNB'), market)!.fill).toEqual({ side: 'BUY', quantity: at('1'), money: at('100'), fee: 0n });
    expect(newFill(order, UNFILLED, report('1', '100', '1'), market)!.fill).toEqual({ side: 'BUY', quantity: at('1'), money: at('100'), fee: 0n });
  });

  test('a report without quantity or price changes nothing', () => {
    expect(newFill(order, UNFILLED, report(null, null), market)).toBeNull();
    expect(newFill(order, UNFILLED, report('0', null), market)).toBeNull();
  });
});
