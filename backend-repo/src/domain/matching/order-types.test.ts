/** docs/decisions/0015, what each type of order does, and what just does not make it do so. Other rules: order-rules.test.ts; refusals: order-refusals.test.ts. */
import { expect, test } from '@jest/globals';
import { buy, byAmount, everyCase, iceberg, lastPrice, type NamedCase, oco, sell, stop, stopLimit } from './named-cases-for-tests.ts';
import { amend, ANN, BOB, cancel, CAT, deposit, marketOrder, setStatus, units } from './venue-for-tests.ts';

const DAN = 5;
const BAND = { bandRate: 10_000_000n };

const MARKET_ORDERS: readonly NamedCase[] = [
  { name: 'a market order takes any price', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '900'), [marketOrder(BOB, 'BUY', '2'), '3 FILLED; 3 takes 1 of 1 at 100; 3 takes 1 of 2 at 900']] },
  { name: 'within the band only: the rest is cancelled', market: BAND, steps: [...lastPrice('100'), sell(ANN, '1', '110'), sell(ANN, '1', '110.01'), [marketOrder(BOB, 'BUY', '2'), '5 CANCELLED 1/2 PRICE_BAND; 5 takes 1 of 3 at 110'], 'book - | 110.01x1'] },
  { name: 'the band is that of before the order’s own trades', market: BAND, steps: [...lastPrice('100'), sell(ANN, '1', '105'), sell(ANN, '1', '111'), [marketOrder(BOB, 'BUY', '2'), '5 CANCELLED 1/2 PRICE_BAND; 5 takes 1 of 3 at 105'], [marketOrder(BOB, 'BUY', '1'), '6 FILLED; 6 takes 1 of 4 at 111']] },
  { name: 'one that can take nothing within the band is accepted and cancelled', market: BAND, steps: [...lastPrice('100'), buy(ANN, '1', '89.99'), [marketOrder(BOB, 'SELL', '1'), '4 CANCELLED PRICE_BAND']] },
  { name: 'it is worth at least the minimum at the best price', steps: [sell(ANN, '1', '100'), [marketOrder(BOB, 'BUY', '0.05'), '2 FILLED; 2 takes 0.05 of 1 at 100'], [marketOrder(BOB, 'BUY', '0.04999'), 'refused NOTIONAL_TOO_SMALL quantity']] },
  { name: 'a buyer holds what the fills will cost', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '101'), deposit(DAN, 'USDT', '201'), [marketOrder(DAN, 'BUY', '2'), '3 FILLED; 3 takes 1 of 1 at 100; 3 takes 1 of 2 at 101'], 'available 5 USDT 0', 'locked 5 USDT 0'] },
  { name: 'and not one unit less', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '101'), deposit(DAN, 'USDT', '200.99999999'), [marketOrder(DAN, 'BUY', '2'), 'refused INSUFFICIENT_BALANCE quantity']] },
  { name: 'a seller holds the whole quantity, whoever is there to take it', steps: [buy(ANN, '1', '100'), deposit(DAN, 'BTC', '1.5'), [marketOrder(DAN, 'SELL', '2'), 'refused INSUFFICIENT_BALANCE quantity'], [marketOrder(DAN, 'SELL', '1.5'), '2 CANCELLED 1/1.5 NO_LIQUIDITY; 2 takes 1 of 1 at 100'], 'available 5 BTC 0.5']
  },
  { name: 'a buyer’s amount is spent level by level, down to the lot', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '300'), [byAmount(BOB, 'BUY', '199.999'), '3 FILLED; 3 takes 1 of 1 at 100; 3 takes 0.33333 of 2 at 300'], 'book - | 300x0.66667'] },
  { name: 'a seller’s amount is received at most', steps: [buy(ANN, '1', '300'), buy(ANN, '1', '100'), [byAmount(BOB, 'SELL', '350'), '3 FILLED; 3 takes 1 of 1 at 300; 3 takes 0.5 of 2 at 100'], [byAmount(BOB, 'SELL', '49.9999'), '4 FILLED; 4 takes 0.49999 of 2 at 100'], 'book 100x0.00001 | -'] },
  { name: 'a seller’s amount that does not pay for all of a level goes no further', steps: [buy(ANN, '0.05', '300'), buy(ANN, '10', '100'), [byAmount(BOB, 'SELL', '14.9995'), '3 FILLED; 3 takes 0.04999 of 1 at 300'], 'book 300x0.00001 100x10 | -'] },
  { name: 'an amount larger than the book takes the book', steps: [sell(ANN, '1', '100'), [byAmount(BOB, 'BUY', '500'), '2 FILLED; 2 takes 1 of 1 at 100'], 'available 3 USDT 99999900'] },
  { name: 'an amount ends at the band and at the trader’s own order', market: BAND, steps: [...lastPrice('100'), sell(ANN, '1', '110'), sell(ANN, '1', '111'), [byAmount(BOB, 'BUY', '500'), '5 FILLED; 5 takes 1 of 3 at 110'], sell(BOB, '1', '112'), cancel(ANN, 4), [byAmount(BOB, 'BUY', '500'), 'refused NO_LIQUIDITY symbol']] },
  { name: 'an amount for which all there is lies outside the band', market: BAND, steps: [...lastPrice('100'), sell(ANN, '1', '111'), [byAmount(BOB, 'BUY', '500'), 'refused PRICE_OUTSIDE_BAND quoteAmount']] },
  { name: 'an amount passes own orders that give way, so that it is never exceeded', steps: [sell(BOB, '1', '100'), sell(ANN, '1', '110'), [byAmount(BOB, 'BUY', '100', { selfTradePrevention: 'MAKER' }), '3 FILLED; 3 takes 0.90909 of 2 at 110; 1 cancelled SELF_TRADE']] },
  {
    name: 'an amount below the minimum, or that pays for less than a lot',
    market: { minNotional: 0n, minQuantity: units('0.01') },
    steps: [sell(ANN, '1', '100'), [byAmount(BOB, 'BUY', '0'), 'refused QUANTITY_TOO_SMALL quoteAmount'], [byAmount(BOB, 'BUY', '0.99999999'), 'refused QUANTITY_TOO_SMALL quoteAmount'], [byAmount(BOB, 'BUY', '1'), '2 FILLED; 2 takes 0.01 of 1 at 100']],
  },
  { name: 'an amount below the minimum notional', steps: [sell(ANN, '1', '100'), [byAmount(BOB, 'BUY', '4.99999999'), 'refused QUANTITY_TOO_SMALL quoteAmount'], [byAmount(BOB, 'BUY', '5'), '2 FILLED; 2 takes 0.05 of 1 at 100']] },
  { name: 'an amount of which the lots it comes to are worth less than the minimum notional', market: { lot: units('0.04'), minQuantity: units('0.04') }, steps: [sell(ANN, '1', '100'), buy(ANN, '1', '90'), [byAmount(BOB, 'BUY', '7.99'), 'refused NOTIONAL_TOO_SMALL quoteAmount'], [byAmount(BOB, 'BUY', '8'), '3 FILLED; 3 takes 0.08 of 1 at 100'], [byAmount(BOB, 'SELL', '7.1'), 'refused NOTIONAL_TOO_SMALL quoteAmount']] },
  { name: 'an amount that comes to more than one order may have', market: { maxQuantity: units('1') }, steps: [sell(ANN, '1', '100'), sell(ANN, '1', '100'), [byAmount(BOB, 'BUY', '100.001'), 'refused QUANTITY_TOO_LARGE quoteAmount'], [byAmount(BOB, 'BUY', '100'), '3 FILLED; 3 takes 1 of 1 at 100']] },
];

const STOPS: readonly NamedCase[] = [
  { name: 'a stop sleeps outside the book, holds protection price × quantity, and can be cancelled', steps: [stop(ANN, 'BUY', '1', '100'), 'book - | -', 'locked 2 USDT 105', stop(ANN, 'SELL', '1', '90'), 'locked 2 BTC 1', [cancel(ANN, 1), '1 CANCELLED USER_REQUEST'], 'locked 2 USDT 0'] },
  { name: 'a protection price between two ticks is rounded down for a BUY and up for a SELL', market: { stopProtectionRate: 1_005_000n }, steps: [...lastPrice('50'), stop(ANN, 'BUY', '1', '100'), 'locked 2 USDT 101', stop(BOB, 'SELL', '1', '10'), buy(CAT, '1', '9.89'), buy(CAT, '1', '10'), sell(CAT, '1', '10', { selfTradePrevention: 'NONE' }), 'book 9.89x1 | -'] },
  { name: 'it is never outside the market’s prices', steps: [stop(ANN, 'BUY', '1', '999999'), 'locked 2 USDT 1000000', stop(ANN, 'SELL', '1000', '0.01'), 'locked 2 BTC 1000'] },
  { name: 'a BUY stop wakes at its price, not one tick below', steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '101'), sell(CAT, '1', '100.99'), sell(CAT, '2', '101'), [buy(BOB, '1', '101'), '6 FILLED; 6 takes 1 of 4 at 100.99'], [buy(BOB, '1', '101'), '7 FILLED; 7 takes 1 of 5 at 101; 3 woken; 3 takes 1 of 5 at 101']] },
  { name: 'a SELL stop wakes at its price, not one tick above', steps: [...lastPrice('100'), stop(ANN, 'SELL', '1', '99'), buy(CAT, '1', '99.01'), buy(CAT, '2', '99'), [sell(BOB, '1', '99'), '6 FILLED; 6 takes 1 of 4 at 99.01'], [sell(BOB, '1', '99'), '7 FILLED; 7 takes 1 of 5 at 99; 3 woken; 3 takes 1 of 5 at 99']] },
  { name: 'a woken stop takes up to its protection price; the rest is cancelled', steps: [...lastPrice('100'), stop(ANN, 'BUY', '3', '100.01'), sell(CAT, '1', '101'), sell(CAT, '1', '105.01'), sell(CAT, '1', '105.02'), [buy(BOB, '1', '101'), '7 FILLED; 7 takes 1 of 4 at 101; 3 woken; 3 takes 1 of 5 at 105.01; 3 cancelled NO_LIQUIDITY'], 'book - | 105.02x1', 'locked 2 USDT 0'] },
  { name: 'a band narrower than the protection ends it first', market: { bandRate: 1_000_000n }, steps: [...lastPrice('100'), stop(ANN, 'BUY', '2', '100.5'), sell(CAT, '1', '101'), sell(CAT, '1', '102.01'), sell(CAT, '1', '102.02'), [buy(BOB, '1', '101'), '7 FILLED; 7 takes 1 of 4 at 101; 3 woken; 3 takes 1 of 5 at 102.01; 3 cancelled PRICE_BAND']] },
  { name: 'and when the next offer is outside both, nobody was there', market: { bandRate: 1_000_000n }, steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '100.5'), sell(CAT, '1', '101'), sell(CAT, '1', '106'), [buy(BOB, '1', '101'), '6 FILLED; 6 takes 1 of 4 at 101; 3 woken; 3 cancelled NO_LIQUIDITY']] },
  { name: 'a stop that would wake at once is refused; one tick further it is not', steps: [...lastPrice('100'), [stop(ANN, 'BUY', '1', '100'), 'refused STOP_WOULD_TRIGGER stopPrice'], [stop(ANN, 'SELL', '1', '100'), 'refused STOP_WOULD_TRIGGER stopPrice'], [stopLimit(ANN, 'BUY', '1', '99', '101'), 'refused STOP_WOULD_TRIGGER stopPrice'], [stop(ANN, 'BUY', '1', '100.01'), '3 PENDING'], [stop(ANN, 'SELL', '1', '99.99'), '4 PENDING']] },
  { name: 'without a last price no stop is refused for it', steps: [[stop(ANN, 'BUY', '1', '100'), '1 PENDING'], [stopLimit(ANN, 'SELL', '1', '5000', '90'), '2 PENDING']] },
  { name: 'a woken stop-limit rests at its price', steps: [...lastPrice('100'), stopLimit(ANN, 'SELL', '1', '99', '98.5'), 'locked 2 BTC 1', buy(CAT, '1', '99'), [sell(BOB, '1', '99'), '5 FILLED; 5 takes 1 of 4 at 99; 3 woken'], 'book - | 98.5x1', [buy(CAT, '1', '98.5'), '6 FILLED; 6 takes 1 of 3 at 98.5']] },
  { name: 'a woken stop-limit with IOC takes what there is', steps: [...lastPrice('100'), stopLimit(ANN, 'SELL', '2', '99', '98', { timeInForce: 'IOC' }), buy(CAT, '1', '99'), buy(CAT, '1', '98'), [sell(BOB, '1', '99'), '6 FILLED; 6 takes 1 of 4 at 99; 3 woken; 3 takes 1 of 5 at 98; 3 cancelled IMMEDIATE_OR_CANCEL']] },
  { name: 'a woken stop-limit with FOK is filled whole', steps: [...lastPrice('100'), stopLimit(ANN, 'SELL', '1', '99', '98', { timeInForce: 'FOK' }), buy(CAT, '1', '99'), buy(CAT, '1', '98'), [sell(BOB, '1', '99'), '6 FILLED; 6 takes 1 of 4 at 99; 3 woken; 3 takes 1 of 5 at 98']] },
  { name: 'or cancelled whole', steps: [...lastPrice('100'), stopLimit(ANN, 'SELL', '1.00001', '99', '98', { timeInForce: 'FOK' }), buy(CAT, '1', '99'), buy(CAT, '1', '98'), [sell(BOB, '1', '99'), '6 FILLED; 6 takes 1 of 4 at 99; 3 woken; 3 cancelled FILL_OR_KILL'], 'book 98x1 | -'] },
  {
    name: 'BUY stops wake from the lowest, then by priority',
    steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '103'), stop(ANN, 'BUY', '1', '102'), stop(ANN, 'BUY', '1', '102'), stop(ANN, 'BUY', '1', '101'), sell(CAT, '9', '103'), [buy(BOB, '1', '103'), '8 FILLED; 8 takes 1 of 7 at 103; 6 woken; 6 takes 1 of 7 at 103; 4 woken; 4 takes 1 of 7 at 103; 5 woken; 5 takes 1 of 7 at 103; 3 woken; 3 takes 1 of 7 at 103']],
  },
  {
    name: 'SELL stops wake from the highest, and after an amendment the priority is the new one',
    steps: [...lastPrice('100'), stop(ANN, 'SELL', '1', '97'), stop(ANN, 'SELL', '1', '98'), stop(ANN, 'SELL', '1', '98'), amend(ANN, 4, { quantity: units('2') }), buy(CAT, '9', '97'), [sell(BOB, '1', '97'), '7 FILLED; 7 takes 1 of 6 at 97; 5 woken; 5 takes 1 of 6 at 97; 4 woken; 4 takes 2 of 6 at 97; 3 woken; 3 takes 1 of 6 at 97']],
  },
  {
    name: 'when both are due, BUY stops wake before SELL stops',
    market: { breakerRate: 5_000_000n, breakerWindowMs: 100 },
    steps: [
      ...[...lastPrice('100'), stop(ANN, 'BUY', '1', '103'), stop(ANN, 'BUY', '1', '104'), sell(CAT, '1', '106'), buy(BOB, '1', '106'), setStatus('post-only')],
      ...[stop(ANN, 'SELL', '1', '105'), sell(CAT, '1', '104.5'), buy(CAT, '1', '104')],
      [setStatus('open'), '3 woken; 3 takes 1 of 8 at 104.5; 4 woken; 7 woken; 7 takes 1 of 9 at 104; 4 cancelled NO_LIQUIDITY'],
    ],
  },
  {
    name: 'a stop that the price has left again sleeps on',
    market: { breakerRate: 5_000_000n, breakerWindowMs: 100 },
    steps: [
      ...[...lastPrice('100'), stop(ANN, 'BUY', '1', '103'), stop(ANN, 'BUY', '1', '104'), sell(CAT, '1', '106'), buy(BOB, '1', '106'), setStatus('post-only'), sell(CAT, '1', '103.5')],
      [setStatus('open'), '3 woken; 3 takes 1 of 7 at 103.5'],
      'locked 2 USDT 109.2',
      sell(CAT, '2', '104'),
      [buy(BOB, '1', '104'), '9 FILLED; 9 takes 1 of 8 at 104; 4 woken; 4 takes 1 of 8 at 104'],
    ],
  },
  { name: 'a woken order may meet an order of its owner', steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '101'), sell(CAT, '1', '101'), sell(ANN, '1', '102'), [buy(BOB, '1', '101'), '6 FILLED; 6 takes 1 of 4 at 101; 3 woken; 3 cancelled SELF_TRADE'], 'book - | 102x1'] },
];

const OCO: readonly NamedCase[] = [
  { name: 'it rests at its price and holds the dearer half', steps: [...lastPrice('100'), oco(ANN, 'BUY', '1', '95', '110'), 'book 95x1 | -', 'locked 2 USDT 115.5', oco(BOB, 'BUY', '1', '95', '110', { stopLimitPrice: units('90') }), 'locked 3 USDT 95', oco(CAT, 'SELL', '1', '110', '90'), 'locked 4 BTC 1'] },
  { name: 'filled at its price, its stop is gone', steps: [...lastPrice('100'), oco(ANN, 'SELL', '1', '105', '95'), [buy(BOB, '1', '105'), '4 FILLED; 4 takes 1 of 3 at 105'], buy(CAT, '2', '95'), [sell(BOB, '1', '95'), '6 FILLED; 6 takes 1 of 5 at 95'], 'book 95x1 | -'] },
  { name: 'woken, what is open leaves the book and is sold up to the protection price', steps: [...lastPrice('100'), oco(ANN, 'SELL', '2', '105', '95'), buy(BOB, '0.5', '105'), buy(CAT, '1', '95'), buy(CAT, '1', '92'), [sell(BOB, '1', '95'), '7 FILLED; 7 takes 1 of 5 at 95; 3 woken; 3 takes 1 of 6 at 92; 3 cancelled NO_LIQUIDITY'], 'book - | -', 'locked 2 BTC 0'] },
  { name: 'with a stop limit it rests there', steps: [...lastPrice('100'), oco(ANN, 'SELL', '1', '105', '95', { stopLimitPrice: units('96') }), buy(CAT, '1', '95'), [sell(BOB, '1', '95'), '5 FILLED; 5 takes 1 of 4 at 95; 3 woken'], 'book - | 96x1', [amend(ANN, 3, { price: units('97') }), 'refused FIELD_NOT_ALLOWED price'], [amend(ANN, 3, { stopLimitPrice: units('97') }), 'refused FIELD_NOT_ALLOWED stopLimitPrice'], [amend(ANN, 3, { quantity: units('0.5') }), '3 PENDING'], 'book - | 96x0.5'] },
  { name: 'a woken BUY gives back what only the other half would have cost', steps: [...lastPrice('100'), oco(ANN, 'BUY', '1', '95', '105', { stopLimitPrice: units('90') }), 'locked 2 USDT 95', sell(CAT, '1', '105'), buy(BOB, '1', '105'), 'book 90x1 | -', 'locked 2 USDT 90'] },
  { name: 'the last price lies between its prices', steps: [...lastPrice('100'), [oco(ANN, 'BUY', '1', '95', '100'), 'refused STOP_WOULD_TRIGGER stopPrice'], [oco(ANN, 'BUY', '1', '100', '105'), 'refused STOP_WOULD_TRIGGER stopPrice'], [oco(ANN, 'SELL', '1', '105', '100'), 'refused STOP_WOULD_TRIGGER stopPrice'], [oco(ANN, 'SELL', '1', '100', '95'), 'refused STOP_WOULD_TRIGGER stopPrice'], [oco(ANN, 'BUY', '1', '99.99', '100.01'), '3 PENDING'], [oco(BOB, 'SELL', '1', '100.01', '99.99'), '4 PENDING']] },
  { name: 'without a last price its prices still lie the right way round', steps: [[oco(ANN, 'BUY', '1', '100', '100'), 'refused PRICE_TOO_LOW stopPrice'], [oco(ANN, 'SELL', '1', '100', '100'), 'refused PRICE_TOO_HIGH stopPrice'], [oco(ANN, 'BUY', '1', '100', '100.01'), '1 PENDING'], [oco(BOB, 'SELL', '1', '200', '199.99'), '2 PENDING']] },
  { name: 'its resting half may not cross', steps: [...lastPrice('100'), sell(CAT, '1', '98'), [oco(ANN, 'BUY', '1', '98', '110'), 'refused WOULD_TAKE price'], [oco(ANN, 'BUY', '1', '97.99', '110'), '4 PENDING']] },
  { name: 'it may be given a stop limit while it is armed, and then holds for that', steps: [...lastPrice('100'), oco(ANN, 'BUY', '1', '95', '110'), 'locked 2 USDT 115.5', [amend(ANN, 3, { stopLimitPrice: units('112') }), '3 PENDING'], 'locked 2 USDT 112', sell(CAT, '1', '110'), buy(BOB, '1', '110'), 'book 112x1 | -'] },
  { name: 'its stop may be moved while it is armed', steps: [...lastPrice('100'), oco(ANN, 'SELL', '1', '105', '95'), amend(ANN, 3, { stopPrice: units('98') }), buy(CAT, '2', '98'), [sell(BOB, '1', '98'), '5 FILLED; 5 takes 1 of 4 at 98; 3 woken; 3 takes 1 of 4 at 98']] },
];

const ICEBERGS: readonly NamedCase[] = [
  { name: 'it shows a part, and the next one at the end of the queue', steps: [iceberg(ANN, 'SELL', '3', '1', '100'), sell(CAT, '1', '100'), 'book - | 100x2', [buy(BOB, '1', '100'), '3 FILLED; 3 takes 1 of 1 at 100'], 'book - | 100x2', [buy(BOB, '1.5', '100'), '4 FILLED; 4 takes 1 of 2 at 100; 4 takes 0.5 of 1 at 100'], 'book - | 100x0.5', 'locked 2 BTC 1.5'] },
  { name: 'a part that is not used up keeps its place', steps: [iceberg(ANN, 'SELL', '3', '1', '100'), sell(CAT, '1', '100'), buy(BOB, '0.5', '100'), [buy(BOB, '1', '100'), '4 FILLED; 4 takes 0.5 of 1 at 100; 4 takes 0.5 of 2 at 100']] },
  { name: 'one order may meet it again and again, after the others at the price', steps: [iceberg(ANN, 'SELL', '2.5', '1', '100'), sell(CAT, '1', '100'), sell(CAT, '1', '101'), [buy(BOB, '4', '101'), '4 FILLED; 4 takes 1 of 1 at 100; 4 takes 1 of 2 at 100; 4 takes 1 of 1 at 100; 4 takes 0.5 of 1 at 100; 4 takes 0.5 of 3 at 101']] },
  { name: 'two of them take turns', steps: [iceberg(ANN, 'SELL', '2', '1', '100'), iceberg(CAT, 'SELL', '2', '1', '100'), [buy(BOB, '4', '100'), '3 FILLED; 3 takes 1 of 1 at 100; 3 takes 1 of 2 at 100; 3 takes 1 of 1 at 100; 3 takes 1 of 2 at 100']] },
  { name: 'hidden quantity counts for FOK and market orders', steps: [iceberg(ANN, 'SELL', '3', '1', '100'), [buy(BOB, '3', '100', { timeInForce: 'FOK' }), '2 FILLED; 2 takes 1 of 1 at 100; 2 takes 1 of 1 at 100; 2 takes 1 of 1 at 100'], iceberg(ANN, 'SELL', '2', '1', '100'), [buy(BOB, '2.00001', '100', { timeInForce: 'FOK' }), 'refused FILL_OR_KILL quantity'], [marketOrder(BOB, 'BUY', '2'), '4 FILLED; 4 takes 1 of 3 at 100; 4 takes 1 of 3 at 100']] },
  { name: 'incoming, it takes with all it has and shows a part of the rest', steps: [sell(CAT, '2', '100'), [iceberg(ANN, 'BUY', '5', '1', '100'), '2 PARTIAL 2/5; 2 takes 2 of 1 at 100'], 'book 100x1 | -', 'locked 2 USDT 300'] },
  { name: 'made smaller, it gives up what is hidden first and keeps its place', steps: [iceberg(ANN, 'SELL', '3', '1', '100'), sell(CAT, '1', '100'), buy(BOB, '0.25', '100'), amend(ANN, 1, { quantity: units('1.5') }), 'book - | 100x1.75', amend(ANN, 1, { quantity: units('1.00001') }), 'book - | 100x1.75', 'locked 2 BTC 0.75001', [buy(BOB, '1', '100'), '4 FILLED; 4 takes 0.75 of 1 at 100; 4 takes 0.25 of 2 at 100']] },
  { name: 'shown parts of a quarter give up what is shown in the end', steps: [iceberg(ANN, 'SELL', '3', '1', '100'), buy(BOB, '1.5', '100'), 'book - | 100x0.5', amend(ANN, 1, { quantity: units('1.75') }), 'book - | 100x0.25', 'locked 2 BTC 0.25'] },
  { name: 'made larger, it goes to the end with a whole part', steps: [iceberg(ANN, 'SELL', '3', '1', '100'), buy(BOB, '0.5', '100'), amend(ANN, 1, { quantity: units('4') }), 'book - | 100x1', 'locked 2 BTC 3.5'] },
  { name: 'it has at most a hundred parts', steps: [[iceberg(ANN, 'SELL', '10', '0.09999', '100'), 'refused QUANTITY_TOO_SMALL displayQuantity'], [iceberg(ANN, 'SELL', '10', '0.1', '100'), '1 PENDING'], [amend(ANN, 1, { quantity: units('10.00001') }), 'refused QUANTITY_TOO_SMALL displayQuantity']] },
  { name: 'each part is worth the minimum, because each is a trade by itself', steps: [[iceberg(ANN, 'SELL', '1', '0.04999', '100'), 'refused NOTIONAL_TOO_SMALL displayQuantity'], [iceberg(ANN, 'SELL', '1', '0.05', '100'), '1 PENDING'], [amend(ANN, 1, { price: units('99') }), 'refused NOTIONAL_TOO_SMALL displayQuantity'], [amend(ANN, 1, { quantity: units('0.5') }), '1 PENDING']] },
  { name: 'its shown part is less than the whole, and at least the minimum', market: { minQuantity: units('0.1') }, steps: [[iceberg(ANN, 'SELL', '1', '1', '100'), 'refused QUANTITY_TOO_LARGE displayQuantity'], [iceberg(ANN, 'SELL', '1', '0.09999', '100'), 'refused QUANTITY_TOO_SMALL displayQuantity'], [iceberg(ANN, 'SELL', '1', '0.100001', '100'), 'refused QUANTITY_NOT_ON_LOT displayQuantity'], [iceberg(ANN, 'SELL', '1', '0.1', '100'), '1 PENDING'], [amend(ANN, 1, { quantity: units('0.1') }), 'refused QUANTITY_TOO_LARGE displayQuantity'], [amend(ANN, 1, { quantity: units('0.10001') }), '1 PENDING']] },
];

const GROUPS = {
  'market orders': MARKET_ORDERS,
  stops: STOPS,
  OCO: OCO,
  icebergs: ICEBERGS,
};

test.each(everyCase(GROUPS))('%s', (_name, question) => {
  const { answers, expected } = question();
  expect(answers).toEqual(expected);
});
