/** docs/decisions/0015, rule by rule: what each does, and what just does not meet it. */
import { expect, test } from '@jest/globals';
import { buy, byAmount, everyCase, iceberg, lastPrice, type NamedCase, oco, sell, stop, stopLimit } from './named-cases-for-tests.ts';
import type { OrderLimits } from './types.ts';
import { amend, ANN, BOB, cancel, cancelAll, CAT, deposit, expire, limit, marketOrder, setStatus, units } from './venue-for-tests.ts';

const DAN = 5;
const BAND = { bandRate: 10_000_000n };
const GTD = { timeInForce: 'GTD', expiresAt: 50 } as const;

const NO_LIMIT: OrderLimits = { openOrdersMax: null, notionalMax: null, positionMax: null };
const openOrders = (openOrdersMax: number): OrderLimits => ({ ...NO_LIMIT, openOrdersMax });
const worth = (notionalMax: bigint): OrderLimits => ({ ...NO_LIMIT, notionalMax });
const position = (positionMax: bigint): OrderLimits => ({ ...NO_LIMIT, positionMax });

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
  { name: 'an amount passes own orders that give way, so that it is never exceeded', steps: [sell(BOB, '1', '100'), sell(ANN, '1', '110'), [byAmount(BOB, 'BUY', '100', { selfTradePrevention: 'MAKER' }), '3 FILLED; 3 takes 0.90909 of 2 at 110; 1 cancelled SELF_TRADE']] },
  {
    name: 'an amount below the minimum, or that pays for less than a lot',
    market: { minNotional: 0n, minQuantity: units('0.01') },
    steps: [sell(ANN, '1', '100'), [byAmount(BOB, 'BUY', '0'), 'refused QUANTITY_TOO_SMALL quoteAmount'], [byAmount(BOB, 'BUY', '0.99999999'), 'refused QUANTITY_TOO_SMALL quoteAmount'], [byAmount(BOB, 'BUY', '1'), '2 FILLED; 2 takes 0.01 of 1 at 100']],
  },
  { name: 'an amount below the minimum notional', steps: [sell(ANN, '1', '100'), [byAmount(BOB, 'BUY', '4.99999999'), 'refused QUANTITY_TOO_SMALL quoteAmount'], [byAmount(BOB, 'BUY', '5'), '2 FILLED; 2 takes 0.05 of 1 at 100']] },
  { name: 'an amount that comes to more than one order may have', market: { maxQuantity: units('1') }, steps: [sell(ANN, '1', '100'), sell(ANN, '1', '100'), [byAmount(BOB, 'BUY', '100.001'), 'refused QUANTITY_TOO_LARGE quoteAmount'], [byAmount(BOB, 'BUY', '100'), '3 FILLED; 3 takes 1 of 1 at 100']] },
];

const BANDS: readonly NamedCase[] = [
  { name: 'no last price, no band', market: BAND, steps: [[buy(ANN, '1', '100000'), '1 PENDING'], [sell(BOB, '1', '5', { postOnly: true }), 'refused WOULD_TAKE price'], [sell(BOB, '1', '5'), '2 FILLED; 2 takes 1 of 1 at 100000']] },
  { name: 'no band rate, no band', steps: [...lastPrice('100'), [buy(ANN, '1', '100000'), '3 PENDING']] },
  { name: 'a buyer may go up to the band and not a tick further; down is free', market: BAND, steps: [...lastPrice('100'), [buy(ANN, '1', '110.01'), 'refused PRICE_OUTSIDE_BAND price'], [buy(ANN, '1', '110'), '3 PENDING'], [buy(ANN, '1000', '0.01'), '4 PENDING']] },
  { name: 'a seller may go down to the band and not a tick further; up is free', market: BAND, steps: [...lastPrice('100'), [sell(ANN, '1', '89.99'), 'refused PRICE_OUTSIDE_BAND price'], [sell(ANN, '1', '90'), '3 PENDING'], [sell(ANN, '1', '1000000'), '4 PENDING']] },
  { name: 'a limit between two ticks is rounded to the nearer side', market: { bandRate: 10_000n }, steps: [...lastPrice('100.5'), [buy(ANN, '1', '100.52'), 'refused PRICE_OUTSIDE_BAND price'], [buy(ANN, '1', '100.51'), '3 PENDING'], cancel(ANN, 3), [sell(ANN, '1', '100.48'), 'refused PRICE_OUTSIDE_BAND price'], [sell(ANN, '1', '100.49'), '4 PENDING']] },
  { name: 'it holds for IOC, FOK, icebergs, OCO and amendments', market: BAND, steps: [...lastPrice('100'), [buy(ANN, '1', '111', { timeInForce: 'IOC' }), 'refused PRICE_OUTSIDE_BAND price'], [buy(ANN, '1', '111', { timeInForce: 'FOK' }), 'refused PRICE_OUTSIDE_BAND price'], [iceberg(ANN, 'BUY', '2', '1', '111'), 'refused PRICE_OUTSIDE_BAND price'], [oco(ANN, 'BUY', '1', '111', '112'), 'refused PRICE_OUTSIDE_BAND price'], buy(ANN, '1', '99'), [amend(ANN, 3, { price: units('110.01') }), 'refused PRICE_OUTSIDE_BAND price'], [amend(ANN, 3, { price: units('110') }), '3 PENDING']] },
  { name: 'an order that the band has left behind may be made smaller, not larger', market: BAND, steps: [sell(CAT, '1', '100'), sell(ANN, '2', '100'), buy(BOB, '1', '100'), buy(BOB, '1', '99'), cancel(ANN, 2), sell(CAT, '1', '110'), buy(BOB, '1', '110'), buy(BOB, '1', '121'), sell(CAT, '2', '108'), [amend(BOB, 4, { quantity: units('0.5') }), '4 PENDING']] },
  { name: 'a sleeping stop-limit is asked when it wakes', market: BAND, steps: [...lastPrice('100'), stopLimit(ANN, 'BUY', '1', '105', '120'), sell(CAT, '1', '105'), [buy(BOB, '1', '105'), '5 FILLED; 5 takes 1 of 4 at 105; 3 woken; 3 cancelled PRICE_BAND'], 'locked 2 USDT 0'] },
  { name: 'and goes on where the new last price allows it', market: BAND, steps: [...lastPrice('100'), stopLimit(ANN, 'BUY', '1', '110', '121'), sell(CAT, '1', '110'), [buy(BOB, '1', '110'), '5 FILLED; 5 takes 1 of 4 at 110; 3 woken'], 'book 121x1 | -', 'locked 2 USDT 121'] },
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
  { name: 'its shown part is less than the whole, and at least the minimum', market: { minQuantity: units('0.1') }, steps: [[iceberg(ANN, 'SELL', '1', '1', '100'), 'refused QUANTITY_TOO_LARGE displayQuantity'], [iceberg(ANN, 'SELL', '1', '0.09999', '100'), 'refused QUANTITY_TOO_SMALL displayQuantity'], [iceberg(ANN, 'SELL', '1', '0.100001', '100'), 'refused QUANTITY_NOT_ON_LOT displayQuantity'], [iceberg(ANN, 'SELL', '1', '0.1', '100'), '1 PENDING'], [amend(ANN, 1, { quantity: units('0.1') }), 'refused QUANTITY_TOO_LARGE displayQuantity'], [amend(ANN, 1, { quantity: units('0.10001') }), '1 PENDING']] },
];

const SELF_TRADE: readonly NamedCase[] = [
  { name: 'TAKER: the rest of the incoming order ends in front of the own one', steps: [sell(CAT, '1', '100'), sell(ANN, '1', '100'), sell(CAT, '1', '100'), [buy(ANN, '3', '100', { selfTradePrevention: 'TAKER' }), '4 CANCELLED 1/3 SELF_TRADE; 4 takes 1 of 1 at 100'], 'book - | 100x2'] },
  { name: 'MAKER: the own one ends and the incoming order goes on', steps: [sell(CAT, '1', '100'), sell(ANN, '1', '100'), sell(CAT, '1', '100'), [buy(ANN, '3', '100', { selfTradePrevention: 'MAKER' }), '4 PARTIAL 2/3; 4 takes 1 of 1 at 100; 4 takes 1 of 3 at 100; 2 cancelled SELF_TRADE'], 'book 100x1 | -', 'locked 2 BTC 0'] },
  { name: 'BOTH: both end', steps: [sell(CAT, '1', '100'), sell(ANN, '1', '100'), sell(CAT, '1', '100'), [buy(ANN, '3', '100', { selfTradePrevention: 'BOTH' }), '4 CANCELLED 1/3 SELF_TRADE; 4 takes 1 of 1 at 100; 2 cancelled SELF_TRADE'], 'book - | 100x1'] },
  { name: 'NONE: they trade', steps: [sell(ANN, '1', '100'), [buy(ANN, '1', '100', { selfTradePrevention: 'NONE' }), '2 FILLED; 2 takes 1 of 1 at 100'], 'available 2 USDT 99999999.9', 'locked 2 BTC 0'] },
  { name: 'the incoming order’s choice decides, not the resting one’s', steps: [sell(ANN, '1', '100', { selfTradePrevention: 'NONE' }), [buy(ANN, '1', '100'), '2 CANCELLED SELF_TRADE'], [buy(ANN, '1', '100', { selfTradePrevention: 'BOTH' }), '3 CANCELLED SELF_TRADE; 1 cancelled SELF_TRADE']] },
  { name: 'an order that is filled before it gets there does not meet it', steps: [sell(CAT, '1', '100'), sell(ANN, '1', '100'), [buy(ANN, '1', '100', { selfTradePrevention: 'BOTH' }), '3 FILLED; 3 takes 1 of 1 at 100'], 'book - | 100x1'] },
  { name: 'FOK obeys it', steps: [sell(CAT, '1', '100'), sell(ANN, '1', '100'), sell(CAT, '1', '100'), [buy(ANN, '2', '100', { timeInForce: 'FOK' }), 'refused FILL_OR_KILL quantity'], [buy(ANN, '2', '100', { timeInForce: 'FOK', selfTradePrevention: 'BOTH' }), 'refused FILL_OR_KILL quantity'], [buy(ANN, '2', '100', { timeInForce: 'FOK', selfTradePrevention: 'MAKER' }), '4 FILLED; 4 takes 1 of 1 at 100; 4 takes 1 of 3 at 100; 2 cancelled SELF_TRADE']] },
  { name: 'own orders on the same side are in nobody’s way', steps: [buy(ANN, '1', '90'), buy(ANN, '1', '89'), sell(CAT, '1', '100'), sell(CAT, '1', '101'), [buy(ANN, '2', '101', { timeInForce: 'FOK' }), '5 FILLED; 5 takes 1 of 3 at 100; 5 takes 1 of 4 at 101'], sell(CAT, '1', '100'), [buy(ANN, '1', '100', { timeInForce: 'FOK', selfTradePrevention: 'MAKER' }), '7 FILLED; 7 takes 1 of 6 at 100']] },
  { name: 'a market order obeys it', steps: [sell(ANN, '1', '100'), sell(CAT, '1', '101'), [marketOrder(ANN, 'BUY', '1'), '3 CANCELLED SELF_TRADE'], [{ ...marketOrder(ANN, 'BUY', '1'), selfTradePrevention: 'MAKER' }, '4 FILLED; 4 takes 1 of 2 at 101; 1 cancelled SELF_TRADE']] },
  { name: 'a market order costs what it would have to pay to others', steps: [deposit(DAN, 'BTC', '1'), deposit(DAN, 'USDT', '109.99'), sell(DAN, '1', '100'), sell(CAT, '1', '110'), [{ ...marketOrder(DAN, 'BUY', '1'), selfTradePrevention: 'MAKER' }, 'refused INSUFFICIENT_BALANCE quantity'], deposit(DAN, 'USDT', '0.01'), [{ ...marketOrder(DAN, 'BUY', '1'), selfTradePrevention: 'MAKER' }, '3 FILLED; 3 takes 1 of 2 at 110; 1 cancelled SELF_TRADE'], 'available 5 USDT 0'] },
  { name: 'it survives an amendment', steps: [sell(ANN, '1', '100'), buy(ANN, '1', '99', { selfTradePrevention: 'MAKER' }), [amend(ANN, 2, { price: units('100') }), '2 PENDING; 1 cancelled SELF_TRADE'], sell(ANN, '1', '101'), buy(ANN, '1', '98', { selfTradePrevention: 'TAKER' }), [amend(ANN, 4, { price: units('101') }), '4 CANCELLED SELF_TRADE']] },
];

const POST_ONLY: readonly NamedCase[] = [
  { name: 'it is refused when it would take, and rests one tick away', steps: [sell(CAT, '1', '100'), [buy(ANN, '1', '100', { postOnly: true }), 'refused WOULD_TAKE price'], [buy(ANN, '1', '99.99', { postOnly: true }), '2 PENDING']] },
  { name: 'whoever owns what it would meet', steps: [sell(ANN, '1', '100'), [buy(ANN, '1', '100', { postOnly: true, selfTradePrevention: 'MAKER' }), 'refused WOULD_TAKE price']] },
  { name: 'an iceberg may have it', steps: [sell(CAT, '1', '100'), [iceberg(ANN, 'BUY', '2', '1', '100', { postOnly: true }), 'refused WOULD_TAKE price'], [iceberg(ANN, 'BUY', '2', '1', '99', { postOnly: true }), '2 PENDING']] },
  { name: 'it stays so after an amendment', steps: [sell(CAT, '1', '100'), buy(ANN, '1', '98', { postOnly: true }), [amend(ANN, 2, { price: units('100') }), 'refused WOULD_TAKE price'], [amend(ANN, 2, { price: units('99') }), '2 PENDING'], [amend(ANN, 2, { price: units('101') }), 'refused WOULD_TAKE price']] },
];

const EXPIRY: readonly NamedCase[] = [
  { name: 'a GTD order is dead at its moment, not a millisecond before', steps: [buy(ANN, '1', '100', GTD), buy(ANN, '1', '99'), [expire(49), 'done'], 'book 100x1 99x1 | -', [expire(50), 'ended 1'], 'book 99x1 | -', 'locked 2 USDT 99', [cancel(ANN, 1), 'refused ORDER_NOT_OPEN orderId']] },
  { name: 'sleeping and armed stops, icebergs and part-filled orders end, too', steps: [...lastPrice('100'), stopLimit(ANN, 'BUY', '1', '110', '110', GTD), oco(ANN, 'BUY', '1', '90', '120', GTD), iceberg(ANN, 'BUY', '3', '1', '95', GTD), sell(CAT, '2', '95'), [expire(1_000), 'ended 3 4 5'], 'book - | -', 'locked 2 USDT 0'] },
  { name: 'in a halted market, too', steps: [buy(ANN, '1', '100', GTD), setStatus('halted'), [expire(50), 'ended 1']] },
  { name: 'it must lie in the future', steps: [[buy(ANN, '1', '100', { ...GTD, time: 50 }), 'refused EXPIRY_IN_THE_PAST expiresAt'], [buy(ANN, '1', '100', { ...GTD, time: 49 }), '1 PENDING']] },
];

const AMENDMENTS: readonly NamedCase[] = [
  { name: 'a smaller quantity keeps the place', steps: [sell(ANN, '2', '100'), sell(CAT, '1', '100'), [amend(ANN, 1, { quantity: units('1') }), '1 PENDING'], [buy(BOB, '1', '100'), '3 FILLED; 3 takes 1 of 1 at 100'], 'locked 2 BTC 0'] },
  { name: 'a larger one loses it', steps: [sell(ANN, '1', '100'), sell(CAT, '1', '100'), amend(ANN, 1, { quantity: units('2') }), [buy(BOB, '1', '100'), '3 FILLED; 3 takes 1 of 2 at 100']] },
  { name: 'so does another price, and back again', steps: [sell(ANN, '1', '100'), sell(CAT, '1', '100'), amend(ANN, 1, { price: units('101') }), amend(ANN, 1, { price: units('100') }), [buy(BOB, '1', '100'), '3 FILLED; 3 takes 1 of 2 at 100']] },
  { name: 'the same again changes nothing and keeps the place', steps: [sell(ANN, '2', '100'), sell(CAT, '1', '100'), [amend(ANN, 1, { quantity: units('2'), price: units('100') }), '1 PENDING'], [amend(ANN, 1, {}), '1 PENDING'], [buy(BOB, '2', '100'), '3 FILLED; 3 takes 2 of 1 at 100']] },
  { name: 'a refused one leaves it exactly where it was', steps: [sell(ANN, '1', '100'), sell(CAT, '1', '100'), [amend(ANN, 1, { price: units('100.001') }), 'refused PRICE_NOT_ON_TICK price'], [amend(ANN, 1, { quantity: units('10000') }), 'refused QUANTITY_TOO_LARGE quantity'], [amend(ANN, 1, { quantity: units('0.04999') }), 'refused NOTIONAL_TOO_SMALL quantity'], [buy(BOB, '1', '100'), '3 FILLED; 3 takes 1 of 1 at 100']] },
  { name: 'its own hold counts as available', steps: [deposit(DAN, 'USDT', '100'), buy(DAN, '1', '100'), [amend(DAN, 1, { quantity: units('2'), price: units('50') }), '1 PENDING'], 'locked 5 USDT 100', [amend(DAN, 1, { price: units('50.01') }), 'refused INSUFFICIENT_BALANCE quantity'], [amend(DAN, 1, { quantity: units('2.00001') }), 'refused INSUFFICIENT_BALANCE quantity'], 'locked 5 USDT 100'] },
  { name: 'only what is open is held', steps: [deposit(DAN, 'USDT', '300'), buy(DAN, '2', '100'), sell(CAT, '1', '100'), [amend(DAN, 1, { quantity: units('3') }), '1 PARTIAL 1/3'], 'locked 5 USDT 200', 'available 5 USDT 0'] },
  { name: 'a sleeping stop may be moved, not past the last price', steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '110'), amend(ANN, 3, { stopPrice: units('105') }), 'locked 2 USDT 110.25', [amend(ANN, 3, { stopPrice: units('100') }), 'refused STOP_WOULD_TRIGGER stopPrice'], [amend(ANN, 3, { price: units('100') }), 'refused FIELD_NOT_ALLOWED price'], [amend(ANN, 3, { stopLimitPrice: units('100') }), 'refused FIELD_NOT_ALLOWED stopLimitPrice']] },
  { name: 'a woken stop-limit has a price, and no stop any more', steps: [...lastPrice('100'), stopLimit(ANN, 'BUY', '1', '101', '99'), sell(CAT, '1', '101'), buy(BOB, '1', '101'), 'book 99x1 | -', [amend(ANN, 3, { stopPrice: units('105') }), 'refused FIELD_NOT_ALLOWED stopPrice'], [amend(ANN, 3, { price: units('98') }), '3 PENDING'], 'book 98x1 | -'] },
  { name: 'a limit order has no stop', steps: [buy(ANN, '1', '100'), [amend(ANN, 1, { stopPrice: units('105') }), 'refused FIELD_NOT_ALLOWED stopPrice'], [amend(ANN, 1, { stopLimitPrice: units('105') }), 'refused FIELD_NOT_ALLOWED stopLimitPrice']] },
  { name: 'it may wake a stop, as any trade', steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '101'), sell(CAT, '2', '101'), buy(BOB, '1', '99'), [amend(BOB, 5, { price: units('101') }), '5 FILLED; 5 takes 1 of 4 at 101; 3 woken; 3 takes 1 of 4 at 101']] },
];

const LIMITS: readonly NamedCase[] = [
  { name: 'open orders: as many as allowed, sleeping ones and those of other markets included', steps: [buy(ANN, '1', '100'), stop(ANN, 'BUY', '1', '100'), limit(ANN, 'BUY', '1', '100', 'ETHUSDT'), [buy(ANN, '1', '99', { limits: openOrders(3) }), 'refused TOO_MANY_OPEN_ORDERS symbol'], [buy(ANN, '1', '99', { limits: openOrders(4) }), '4 PENDING'], [buy(BOB, '1', '99', { limits: openOrders(1) }), '5 PENDING']] },
  { name: 'an order that never stays open is not asked, nor is an amendment', steps: [sell(CAT, '9', '100'), buy(ANN, '1', '90'), [buy(ANN, '1', '100', { timeInForce: 'IOC', limits: openOrders(1) }), '3 FILLED; 3 takes 1 of 1 at 100'], [{ ...marketOrder(ANN, 'BUY', '1'), limits: openOrders(0) }, '4 FILLED; 4 takes 1 of 1 at 100'], [buy(ANN, '1', '100', { timeInForce: 'FOK', limits: openOrders(0) }), '5 FILLED; 5 takes 1 of 1 at 100'], [amend(ANN, 2, { price: units('91'), limits: openOrders(0) }), '2 PENDING'], [buy(ANN, '1', '100', { limits: openOrders(1) }), 'refused TOO_MANY_OPEN_ORDERS symbol']] },
  { name: 'a stop-limit that is IOC once it wakes stays open until then, so it is asked', steps: [[stopLimit(ANN, 'BUY', '1', '100', '100', { timeInForce: 'IOC', limits: openOrders(0) }), 'refused TOO_MANY_OPEN_ORDERS symbol'], [stopLimit(ANN, 'BUY', '1', '100', '100', { timeInForce: 'IOC', limits: openOrders(1) }), '1 PENDING']] },
  { name: 'an order’s worth: price × quantity', steps: [[buy(ANN, '1', '100', { limits: worth(units('100')) }), '1 PENDING'], [buy(ANN, '1', '100', { limits: worth(units('99.99999999')) }), 'refused ORDER_TOO_LARGE quantity'], [amend(ANN, 1, { price: units('100.01'), limits: worth(units('100')) }), 'refused ORDER_TOO_LARGE quantity']] },
  { name: 'a market order’s worth: what its fills would cost or bring', steps: [sell(CAT, '1', '100'), sell(CAT, '1', '102'), [{ ...marketOrder(ANN, 'BUY', '2'), limits: worth(units('201')) }, 'refused ORDER_TOO_LARGE quantity'], [{ ...marketOrder(ANN, 'BUY', '2'), limits: worth(units('202')) }, '3 FILLED; 3 takes 1 of 1 at 100; 3 takes 1 of 2 at 102']] },
  { name: 'a stop’s worth: stop price × quantity', steps: [[stop(ANN, 'BUY', '1', '100', { limits: worth(units('99')) }), 'refused ORDER_TOO_LARGE quantity'], [stop(ANN, 'BUY', '1', '100', { limits: worth(units('100')) }), '1 PENDING']] },
  {
    name: 'a position: what is held, locked or not, and what open BUY orders and this one would bring',
    steps: [
      ...[deposit(DAN, 'BTC', '3'), deposit(DAN, 'USDT', '10000'), sell(DAN, '1', '200'), buy(DAN, '2', '100')],
      [buy(DAN, '1', '100', { limits: position(units('5.99999999')) }), 'refused POSITION_TOO_LARGE quantity'],
      [buy(DAN, '1', '100', { limits: position(units('6')) }), '3 PENDING'],
      [sell(DAN, '1', '200', { limits: position(0n) }), '4 PENDING'],
      [amend(DAN, 2, { quantity: units('3'), limits: position(units('6')) }), 'refused POSITION_TOO_LARGE quantity'],
      [amend(DAN, 2, { quantity: units('3'), limits: position(units('7')) }), '2 PENDING'],
    ],
  },
  { name: 'a position of an asset is one on all its markets, and has nothing to do with other assets', steps: [deposit(DAN, 'USDT', '10000'), deposit(DAN, 'BTC', '10'), limit(DAN, 'BUY', '2', '1', 'ETHBTC'), buy(DAN, '1', '100'), [{ ...limit(DAN, 'BUY', '1', '100', 'ETHUSDT'), limits: position(units('2.9')) }, 'refused POSITION_TOO_LARGE quantity'], [{ ...limit(DAN, 'BUY', '1', '100', 'ETHUSDT'), limits: position(units('3')) }, '3 PENDING']] },
];

const STATUS: readonly NamedCase[] = [
  { name: 'halted takes nothing but cancels', steps: [buy(ANN, '1', '100'), buy(ANN, '1', '99'), setStatus('halted'), [buy(BOB, '1', '90'), 'refused MARKET_HALTED symbol'], [stop(BOB, 'BUY', '1', '90'), 'refused MARKET_HALTED symbol'], [amend(ANN, 1, { quantity: units('0.5') }), 'refused MARKET_HALTED symbol'], [cancel(ANN, 1), '1 CANCELLED USER_REQUEST'], [cancelAll(ANN), 'ended 2'], [limit(BOB, 'BUY', '1', '90', 'ETHUSDT'), '3 PENDING']] },
  { name: 'post-only takes what rests without taking', steps: [sell(CAT, '1', '100'), setStatus('post-only'), [buy(ANN, '1', '99.99'), '2 PENDING'], [buy(ANN, '1', '100'), 'refused MARKET_POST_ONLY symbol'], [buy(ANN, '1', '100', { postOnly: true }), 'refused MARKET_POST_ONLY symbol'], [buy(ANN, '1', '90', { timeInForce: 'IOC' }), 'refused MARKET_POST_ONLY symbol'], [buy(ANN, '1', '90', { timeInForce: 'FOK' }), 'refused MARKET_POST_ONLY symbol'], [marketOrder(ANN, 'BUY', '1'), 'refused MARKET_POST_ONLY symbol'], [stop(ANN, 'BUY', '1', '110'), '3 PENDING'], [amend(ANN, 2, { price: units('100') }), 'refused MARKET_POST_ONLY symbol'], [amend(ANN, 2, { price: units('98') }), '2 PENDING']] },
  { name: 'cancel-all: on one market, on all, and when there is nothing', steps: [buy(ANN, '1', '100'), limit(ANN, 'BUY', '1', '100', 'ETHUSDT'), buy(BOB, '1', '100'), stop(ANN, 'BUY', '1', '110'), [cancelAll(ANN, 'BTCUSDT'), 'ended 1 4'], [cancelAll(ANN), 'ended 2'], [cancelAll(ANN), 'done'], [cancelAll(ANN, 'DOGEUSDT'), 'refused UNKNOWN_SYMBOL symbol'], 'book 100x1 | -'] },
];

const FIELDS: readonly NamedCase[] = [
  {
    name: 'what each type needs',
    steps: [
      [marketOrder(ANN, 'BUY', '1', 'DOGEUSDT'), 'refused UNKNOWN_SYMBOL symbol'],
      [{ ...marketOrder(ANN, 'BUY', '1'), quantity: null }, 'refused FIELD_REQUIRED quantity'],
      [buy(ANN, '1', '100', { quantity: null }), 'refused FIELD_REQUIRED quantity'],
      [buy(ANN, '1', '100', { price: null }), 'refused FIELD_REQUIRED price'],
      [stop(ANN, 'BUY', '1', '100', { stopPrice: null }), 'refused FIELD_REQUIRED stopPrice'],
      [stopLimit(ANN, 'BUY', '1', '100', '100', { stopPrice: null }), 'refused FIELD_REQUIRED stopPrice'],
      [stopLimit(ANN, 'BUY', '1', '100', '100', { price: null }), 'refused FIELD_REQUIRED price'],
      [oco(ANN, 'BUY', '1', '100', '110', { price: null }), 'refused FIELD_REQUIRED price'],
      [oco(ANN, 'BUY', '1', '100', '110', { stopPrice: null }), 'refused FIELD_REQUIRED stopPrice'],
      [iceberg(ANN, 'BUY', '2', '1', '100', { price: null }), 'refused FIELD_REQUIRED price'],
      [iceberg(ANN, 'BUY', '2', '1', '100', { displayQuantity: null }), 'refused FIELD_REQUIRED displayQuantity'],
      [buy(ANN, '1', '100', { timeInForce: 'GTD' }), 'refused FIELD_REQUIRED expiresAt'],
    ],
  },
  {
    name: 'what each type may not have',
    steps: [
      [{ ...marketOrder(ANN, 'BUY', '1'), quoteAmount: units('100') }, 'refused FIELD_NOT_ALLOWED quoteAmount'],
      [buy(ANN, '1', '100', { quoteAmount: units('100') }), 'refused FIELD_NOT_ALLOWED quoteAmount'],
      [{ ...marketOrder(ANN, 'BUY', '1'), price: units('100') }, 'refused FIELD_NOT_ALLOWED price'],
      [stop(ANN, 'BUY', '1', '100', { price: units('100') }), 'refused FIELD_NOT_ALLOWED price'],
      [buy(ANN, '1', '100', { stopPrice: units('100') }), 'refused FIELD_NOT_ALLOWED stopPrice'],
      [stopLimit(ANN, 'BUY', '1', '100', '100', { stopLimitPrice: units('100') }), 'refused FIELD_NOT_ALLOWED stopLimitPrice'],
      [buy(ANN, '1', '100', { displayQuantity: units('0.1') }), 'refused FIELD_NOT_ALLOWED displayQuantity'],
      [{ ...marketOrder(ANN, 'BUY', '1'), timeInForce: 'IOC' }, 'refused FIELD_NOT_ALLOWED timeInForce'],
      [stop(ANN, 'BUY', '1', '100', GTD), 'refused FIELD_NOT_ALLOWED timeInForce'],
      [oco(ANN, 'BUY', '1', '100', '110', { timeInForce: 'IOC' }), 'refused FIELD_NOT_ALLOWED timeInForce'],
      [iceberg(ANN, 'BUY', '2', '1', '100', { timeInForce: 'FOK' }), 'refused FIELD_NOT_ALLOWED timeInForce'],
      [buy(ANN, '1', '100', { expiresAt: 50 }), 'refused FIELD_NOT_ALLOWED expiresAt'],
      [buy(ANN, '1', '100', { postOnly: true, timeInForce: 'IOC' }), 'refused FIELD_NOT_ALLOWED postOnly'],
      [stopLimit(ANN, 'BUY', '1', '100', '100', { postOnly: true }), 'refused FIELD_NOT_ALLOWED postOnly'],
      [oco(ANN, 'BUY', '1', '100', '110', { postOnly: true }), 'refused FIELD_NOT_ALLOWED postOnly'],
      [buy(ANN, '1', '100', { ...GTD, postOnly: true }), '1 PENDING'],
    ],
  },
  {
    name: 'every price is within the market’s and on its tick',
    steps: [
      [buy(ANN, '1', '0'), 'refused PRICE_TOO_LOW price'],
      [buy(ANN, '1', '0.015'), 'refused PRICE_NOT_ON_TICK price'],
      [stop(ANN, 'BUY', '1', '0.001'), 'refused PRICE_TOO_LOW stopPrice'],
      [stop(ANN, 'BUY', '1', '1000000.01'), 'refused PRICE_TOO_HIGH stopPrice'],
      [stopLimit(ANN, 'BUY', '1', '100.001', '100'), 'refused PRICE_NOT_ON_TICK stopPrice'],
      [oco(ANN, 'BUY', '1', '100', '110', { stopLimitPrice: units('110.001') }), 'refused PRICE_NOT_ON_TICK stopLimitPrice'],
      [oco(ANN, 'BUY', '1', '100', '110', { stopLimitPrice: units('1000001') }), 'refused PRICE_TOO_HIGH stopLimitPrice'],
    ],
  },
  {
    name: 'every quantity is within the market’s and on its lot, and the order worth the minimum',
    steps: [
      [buy(ANN, '0.000009', '100'), 'refused QUANTITY_TOO_SMALL quantity'],
      [buy(ANN, '9000.00001', '100'), 'refused QUANTITY_TOO_LARGE quantity'],
      [buy(ANN, '1.000001', '100'), 'refused QUANTITY_NOT_ON_LOT quantity'],
      [buy(ANN, '0.04999', '100'), 'refused NOTIONAL_TOO_SMALL quantity'],
      [stop(ANN, 'BUY', '0.04999', '100'), 'refused NOTIONAL_TOO_SMALL quantity'],
      [stopLimit(ANN, 'BUY', '0.05', '1000', '99.99'), 'refused NOTIONAL_TOO_SMALL quantity'],
      [buy(ANN, '0.05', '100'), '1 PENDING'],
      [stop(ANN, 'BUY', '0.05', '100'), '2 PENDING'],
      [buy(ANN, '9000', '1'), '3 PENDING'],
    ],
  },
];

/** Each command breaks two rules; the one that is asked first is the answer. */
const PRECEDENCE: readonly NamedCase[] = [
  { name: 'market before fields', steps: [setStatus('halted'), [buy(ANN, '1', '100', { price: null }), 'refused MARKET_HALTED symbol'], setStatus('post-only'), [buy(ANN, '1', '100', { price: null, timeInForce: 'FOK' }), 'refused MARKET_POST_ONLY symbol']] },
  { name: 'fields before prices, prices before quantities, quantities before the notional', steps: [[buy(ANN, '1', '0', { expiresAt: 5 }), 'refused FIELD_NOT_ALLOWED expiresAt'], [buy(ANN, '0', '0'), 'refused PRICE_TOO_LOW price'], [stopLimit(ANN, 'BUY', '0', '0', '100'), 'refused PRICE_TOO_LOW stopPrice'], [buy(ANN, '0.000001', '100'), 'refused QUANTITY_TOO_SMALL quantity']] },
  { name: 'notional before expiry, expiry before the band', market: BAND, steps: [...lastPrice('100'), [buy(ANN, '0.00001', '200', { ...GTD, time: 60 }), 'refused NOTIONAL_TOO_SMALL quantity'], [buy(ANN, '1', '200', { ...GTD, time: 60 }), 'refused EXPIRY_IN_THE_PAST expiresAt']] },
  { name: 'band before stop, stop before limits', market: BAND, steps: [...lastPrice('100'), [oco(ANN, 'BUY', '1', '111', '112'), 'refused PRICE_OUTSIDE_BAND price'], [stop(ANN, 'BUY', '1', '100', { limits: openOrders(0) }), 'refused STOP_WOULD_TRIGGER stopPrice']] },
  { name: 'a market order’s book before limits', steps: [[{ ...marketOrder(ANN, 'BUY', '1'), limits: worth(1n) }, 'refused NO_LIQUIDITY symbol'], sell(CAT, '1', '100'), [{ ...marketOrder(ANN, 'BUY', '0.00001'), limits: worth(0n) }, 'refused NOTIONAL_TOO_SMALL quantity']] },
  { name: 'open orders before worth before position before what it would meet before the balance', steps: [sell(CAT, '1', '100'), [buy(DAN, '1', '100', { postOnly: true, limits: { openOrdersMax: 0, notionalMax: 0n, positionMax: 0n } }), 'refused TOO_MANY_OPEN_ORDERS symbol'], [buy(DAN, '1', '100', { postOnly: true, limits: { openOrdersMax: 1, notionalMax: 0n, positionMax: 0n } }), 'refused ORDER_TOO_LARGE quantity'], [buy(DAN, '1', '100', { postOnly: true, limits: position(0n) }), 'refused POSITION_TOO_LARGE quantity'], [buy(DAN, '1', '100', { postOnly: true }), 'refused WOULD_TAKE price'], [buy(DAN, '2', '100', { timeInForce: 'FOK' }), 'refused FILL_OR_KILL quantity'], [buy(DAN, '1', '100', { timeInForce: 'FOK' }), 'refused INSUFFICIENT_BALANCE quantity']] },
  { name: 'an amendment: whose it is, the market, the fields, then the rules', steps: [buy(ANN, '1', '100'), setStatus('halted'), [amend(BOB, 1, { price: 0n }), 'refused ORDER_NOT_OPEN orderId'], [amend(ANN, 1, { stopPrice: 0n }), 'refused MARKET_HALTED symbol'], setStatus('open'), [amend(ANN, 1, { price: 0n, stopPrice: 0n }), 'refused FIELD_NOT_ALLOWED stopPrice'], [amend(ANN, 1, { price: 0n, quantity: 0n }), 'refused PRICE_TOO_LOW price'], sell(BOB, '0.5', '100'), [amend(ANN, 1, { price: units('99'), quantity: units('0.500001') }), 'refused QUANTITY_NOT_ON_LOT quantity'], [amend(ANN, 1, { quantity: units('0.499999') }), 'refused QUANTITY_TOO_SMALL quantity']] },
];

const BREAKER_RULES = { breakerRate: 10_000_000n, breakerWindowMs: 100 };

const BREAKER: readonly NamedCase[] = [
  { name: 'a move by the rate halts the market, one tick less does not', market: BREAKER_RULES, steps: [...lastPrice('100'), sell(CAT, '1', '109.99'), sell(CAT, '1', '110'), [buy(BOB, '1', '109.99'), '5 FILLED; 5 takes 1 of 3 at 109.99'], [buy(BOB, '1', '110'), '6 FILLED; 6 takes 1 of 4 at 110; BTCUSDT halted'], [buy(BOB, '1', '90'), 'refused MARKET_HALTED symbol']] },
  { name: 'downwards, too', market: BREAKER_RULES, steps: [...lastPrice('100'), buy(CAT, '1', '90'), [sell(BOB, '1', '90'), '4 FILLED; 4 takes 1 of 3 at 90; BTCUSDT halted']] },
  { name: 'the order that moves the price is carried out first', market: BREAKER_RULES, steps: [...lastPrice('100'), sell(CAT, '1', '120'), sell(CAT, '1', '130'), [buy(BOB, '3', '130'), '5 PARTIAL 2/3; 5 takes 1 of 3 at 120; 5 takes 1 of 4 at 130; BTCUSDT halted'], 'book 130x1 | -'] },
  { name: 'a window ends: a trade at its end opens the next one', market: BREAKER_RULES, steps: [...lastPrice('100'), sell(CAT, '1', '120'), [buy(BOB, '1', '120', { time: 101 }), '4 FILLED; 4 takes 1 of 3 at 120']] },
  { name: 'a millisecond before it does not', market: BREAKER_RULES, steps: [...lastPrice('100'), sell(CAT, '1', '120'), [buy(BOB, '1', '120', { time: 100 }), '4 FILLED; 4 takes 1 of 3 at 120; BTCUSDT halted']] },
  { name: 'a price that comes back within the command is quiet', market: BREAKER_RULES, steps: [...lastPrice('100'), buy(ANN, '1', '108'), buy(ANN, '1', '107'), [sell(BOB, '2', '107'), '5 FILLED; 5 takes 1 of 3 at 108; 5 takes 1 of 4 at 107']] },
  {
    name: 'due stops sleep on, and wake when the market opens',
    market: BREAKER_RULES,
    steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '105'), sell(CAT, '1', '110'), sell(CAT, '1', '110.25'), [buy(BOB, '1', '110'), '6 FILLED; 6 takes 1 of 4 at 110; BTCUSDT halted'], 'locked 2 USDT 110.25', setStatus('post-only'), [setStatus('open'), '3 woken; 3 takes 1 of 5 at 110.25']],
  },
  {
    name: 'a woken stop may trip it, and the others sleep on',
    market: BREAKER_RULES,
    steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '105'), stop(ANN, 'BUY', '1', '106'), sell(CAT, '1', '107'), sell(CAT, '9', '110'), [buy(BOB, '1', '107'), '7 FILLED; 7 takes 1 of 5 at 107; 3 woken; 3 takes 1 of 6 at 110; BTCUSDT halted'], [cancel(ANN, 4), '4 CANCELLED USER_REQUEST']],
  },
  { name: 'opening begins anew: the next trade opens a window at its own price', market: BREAKER_RULES, steps: [...lastPrice('100'), setStatus('halted'), setStatus('open'), sell(CAT, '1', '120'), [buy(BOB, '1', '120'), '4 FILLED; 4 takes 1 of 3 at 120'], sell(CAT, '1', '132'), [buy(BOB, '1', '132'), '6 FILLED; 6 takes 1 of 5 at 132; BTCUSDT halted']] },
  { name: 'no breaker rate, no breaker', steps: [...lastPrice('100'), sell(CAT, '1', '9000'), [buy(BOB, '1', '9000'), '4 FILLED; 4 takes 1 of 3 at 9000']] },
];

const GROUPS = {
  fields: FIELDS,
  'the order of refusals': PRECEDENCE,
  'market orders': MARKET_ORDERS,
  'price band': BANDS,
  stops: STOPS,
  OCO,
  icebergs: ICEBERGS,
  'self-trade prevention': SELF_TRADE,
  'post-only orders': POST_ONLY,
  expiry: EXPIRY,
  amendments: AMENDMENTS,
  'limits of a tier': LIMITS,
  'market status and cancel-all': STATUS,
  'circuit breaker': BREAKER,
};

test.each(everyCase(GROUPS))('%s', (_name, question) => {
  const { answers, expected } = question();
  expect(answers).toEqual(expected);
});
