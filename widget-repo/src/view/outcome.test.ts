import { describe, expect, test } from '@jest/globals';
import { failure } from '../model/failure.ts';
import type { Order, Report } from '../model/order.ts';
import type { Flow } from '../model/order-flow.ts';
import { outcomeOf } from './outcome.ts';
import type { Picture } from './part.ts';

const order: Order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', clientOrderId: 'ow-1' };
const silent: Report = { status: 'filled', orderId: '7', filledQuantity: null, averagePrice: null, fee: null, feeAsset: null, reason: null };
const picture = {
  state: { markets: [{ symbol: 'BTCUSDT', base: 'BTC', priceDecimals: 2 }] },
  format: { amount: (units: bigint) => `${Number(units) / 1e8}` },
  exchange: 'Northlight',
} as unknown as Picture;
const said = (report: Partial<Report>): string => outcomeOf({ order, end: { kind: 'reported' }, report: { ...silent, ...report }, tookMs: null, tokensAsked: 1 } as unknown as Flow, picture).headline;

describe('an exchange that says little', () => {
  test.each<[string, Partial<Report>, string]>([
    ['no more than that it filled the order', {}, 'Filled 0.01 BTC'],
    ['at which price as well', { averagePrice: '64251' }, 'Filled 0.01 BTC at 64251 (avg)'],
    ['how much as well', { filledQuantity: '0.01' }, 'Filled 0.01 BTC'],
    ['that some of it is filled', { status: 'partial' }, 'Partly filled: some of 0.01 BTC'],
    ['all there is to say', { status: 'partial', filledQuantity: '0.004', averagePrice: '64000' }, 'Partly filled: 0.004 of 0.01 BTC at 64000 (avg)'],
  ])('%s', (_what, report, words) => expect(said(report)).toBe(words));
});

test.each<[string, number, string]>([
  ['an order that never left did not reach the exchange', 0, 'Nothing reached the exchange.'],
  ['an order that the exchange refused before the session ended bought nothing', 1, 'Nothing was bought or sold.'],
])('%s', (_what, sends, words) => {
  const flow = { order, end: { kind: 'notSent', failure: failure('SIGNED_OUT') }, report: null, tookMs: null, tokensAsked: 2, sends } as unknown as Flow;
  expect(outcomeOf(flow, picture).hint).toContain(words);
});
