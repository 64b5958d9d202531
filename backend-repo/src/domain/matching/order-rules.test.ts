/** docs/decisions/0015, the rules for all types of orders: what each does, and what just does not meet it. */
import { expect, test } from '@jest/globals';
import { buy, everyCase, iceberg, lastPrice, type NamedCase, oco, sell, stop, stopLimit } from './named-cases-for-tests.ts';
import type { OrderLimits } from './commands.ts';
import { amend, ANN, BOB, cancel, cancelAll, CAT, deposit, expire, limit, marketOrder, reopen, setStatus, units } from './venue-for-tests.ts';

const DAN = 5;
const BAND = { bandRate: 10_000_000n };
const GTD = { timeInForce: 'GTD', expiresAt: 50 } as const;
const BREAKER_RULES = { breakerRate: 10_000_000n, breakerWindowMs: 100 };
const NO_LIMIT: OrderLimits = { openOrdersMax: null, notionalMax: null, positionMax: null };
const openOrders = (openOrdersMax: number): OrderLimits => ({ ...NO_LIMIT, openOrdersMax });
const worth = (notionalMax: bigint): OrderLimits => ({ ...NO_LIMIT, notionalMax });
const position = (positionMax: bigint): OrderLimits => ({ ...NO_LIMIT, positionMax });

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
  { name: 'a BUY stop’s worth: what it is held at', steps: [[stop(ANN, 'BUY', '1', '100', { limits: worth(units('104.99')) }), 'refused ORDER_TOO_LARGE quantity'], [stop(ANN, 'BUY', '1', '100', { limits: worth(units('105')) }), '1 PENDING'], [amend(ANN, 1, { stopPrice: units('100.1'), limits: worth(units('105.09')) }), 'refused ORDER_TOO_LARGE quantity'], [amend(ANN, 1, { stopPrice: units('100.1'), limits: worth(units('105.1')) }), '1 PENDING']] },
  { name: 'a BUY stop-limit’s worth: its limit', steps: [[stopLimit(ANN, 'BUY', '1', '90', '100', { limits: worth(units('99.99')) }), 'refused ORDER_TOO_LARGE quantity'], [stopLimit(ANN, 'BUY', '1', '110', '100', { limits: worth(units('100')) }), '1 PENDING']] },
  {
    name: 'a BUY OCO’s worth: its dearer half, however low the other is',
    steps: [
      [oco(ANN, 'BUY', '1', '5', '100', { limits: worth(units('104.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [oco(ANN, 'BUY', '1', '5', '100', { limits: worth(units('105')) }), '1 PENDING'],
      [oco(ANN, 'BUY', '1', '5', '100', { stopLimitPrice: units('120'), limits: worth(units('119.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [amend(ANN, 1, { stopPrice: units('200'), limits: worth(units('209.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [amend(ANN, 1, { stopPrice: units('200'), limits: worth(units('210')) }), '1 PENDING'],
    ],
  },
  {
    name: 'a SELL’s worth: the best bid that it would meet, when that is more than it asks for',
    steps: [
      buy(BOB, '0.1', '100'),
      [sell(ANN, '1', '5', { limits: worth(units('99.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [sell(ANN, '1', '5', { timeInForce: 'IOC', limits: worth(units('99.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [iceberg(ANN, 'SELL', '10', '5', '1', { limits: worth(units('999.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [sell(ANN, '1', '101', { limits: worth(units('100.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [sell(ANN, '1', '101', { limits: worth(units('101')) }), '2 PENDING'],
      [amend(ANN, 2, { price: units('5'), limits: worth(units('99.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [amend(ANN, 2, { price: units('5'), limits: worth(units('100')) }), '2 PARTIAL 0.1/1; 2 takes 0.1 of 1 at 100'],
      [amend(ANN, 2, { quantity: units('1.5'), limits: worth(units('7.5')) }), '2 PARTIAL 0.1/1.5'],
    ],
  },
  {
    name: 'a SELL stop’s worth: the dearest of its prices; asleep it meets no bid',
    steps: [
      ...lastPrice('100'),
      buy(BOB, '0.1', '99'),
      [stop(ANN, 'SELL', '1', '90', { limits: worth(units('89.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [stop(ANN, 'SELL', '1', '90', { limits: worth(units('90')) }), '4 PENDING'],
      [stopLimit(ANN, 'SELL', '1', '90', '80', { limits: worth(units('89.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [stopLimit(ANN, 'SELL', '1', '90', '95', { limits: worth(units('94.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [oco(ANN, 'SELL', '1', '110', '90', { stopLimitPrice: units('120'), limits: worth(units('119.99')) }), 'refused ORDER_TOO_LARGE quantity'],
      [oco(ANN, 'SELL', '1', '110', '90', { stopLimitPrice: units('80'), limits: worth(units('110')) }), '5 PENDING'],
      [amend(ANN, 4, { stopPrice: units('95'), limits: worth(units('94.99')) }), 'refused ORDER_TOO_LARGE quantity'],
    ],
  },
  {
    name: 'a woken order’s worth: its stop does not count any more',
    steps: [...lastPrice('100'), stopLimit(ANN, 'SELL', '1', '99', '90'), buy(BOB, '0.1', '80'), sell(CAT, '0.1', '99'), buy(BOB, '0.1', '99'), [amend(ANN, 3, { price: units('91'), limits: worth(units('90.99')) }), 'refused ORDER_TOO_LARGE quantity'], [amend(ANN, 3, { price: units('91'), limits: worth(units('91')) }), '3 PENDING']],
  },
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

/** Four orders; the breaker halts the market at 7. */
const TRIPPED = [...lastPrice('100'), sell(CAT, '1', '120'), buy(BOB, '1', '120', { time: 7 })];

const BREAKER: readonly NamedCase[] = [
  {
    name: 'opened again, the band is measured from whoever waits on the other side, until the first trade',
    market: { ...BREAKER_RULES, ...BAND },
    steps: [
      ...lastPrice('100'), buy(ANN, '3', '95'), sell(CAT, '1', '110'), [buy(BOB, '1', '110', { time: 7 }), '5 FILLED; 5 takes 1 of 4 at 110; BTCUSDT halted'], [reopen(7, 500), 'done'],
      [sell(BOB, '1', '85.49'), 'refused PRICE_OUTSIDE_BAND price'], [marketOrder(BOB, 'SELL', '1'), '6 FILLED; 6 takes 1 of 3 at 95'], [sell(BOB, '1', '85.49'), 'refused PRICE_OUTSIDE_BAND price'], [buy(BOB, '1', '104.51'), 'refused PRICE_OUTSIDE_BAND price'],
    ],
  },
  { name: 'opened again, with nobody on the other side every price may be asked', market: { ...BREAKER_RULES, ...BAND }, steps: [...lastPrice('100'), sell(CAT, '1', '110'), buy(BOB, '1', '110', { time: 7 }), reopen(7, 500), [sell(BOB, '1', '50'), '5 PENDING'], [buy(ANN, '1', '55.01'), 'refused PRICE_OUTSIDE_BAND price'], [buy(ANN, '1', '55'), '6 FILLED; 6 takes 1 of 5 at 50']] },
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
  {
    name: 'a halt of the breaker is ended by the one command that means it',
    market: BREAKER_RULES,
    steps: [...TRIPPED, [reopen(6), 'refused HALT_OVER symbol'], [reopen(8), 'refused HALT_OVER symbol'], [reopen(7, 500), 'done'], [reopen(7, 501), 'refused HALT_OVER symbol'], [buy(BOB, '1', '90'), '5 PENDING']],
  },
  {
    name: 'stops that are due wake then',
    market: BREAKER_RULES,
    steps: [...lastPrice('100'), stop(ANN, 'BUY', '1', '105'), sell(CAT, '2', '110'), [buy(BOB, '1', '110', { time: 7 }), '5 FILLED; 5 takes 1 of 4 at 110; BTCUSDT halted'], [reopen(7, 500), '3 woken; 3 takes 1 of 4 at 110']],
  },
  { name: 'a halt of staff stays, also over one of the breaker', market: BREAKER_RULES, steps: [...TRIPPED, setStatus('halted'), [reopen(7, 500), 'refused HALT_OVER symbol'], [buy(BOB, '1', '90'), 'refused MARKET_HALTED symbol']] },
  { name: 'so does post-only', market: BREAKER_RULES, steps: [...TRIPPED, setStatus('post-only'), [reopen(7, 500), 'refused HALT_OVER symbol'], [buy(BOB, '1', '90', { timeInForce: 'IOC' }), 'refused MARKET_POST_ONLY symbol']] },
  {
    name: 'the next halt is another one',
    market: BREAKER_RULES,
    steps: [...TRIPPED, setStatus('open'), sell(CAT, '2', '120'), buy(BOB, '1', '120', { time: 8 }), sell(CAT, '1', '140'), [buy(BOB, '2', '140', { time: 9 }), '8 FILLED; 8 takes 1 of 5 at 120; 8 takes 1 of 7 at 140; BTCUSDT halted'], [reopen(7, 500), 'refused HALT_OVER symbol'], [reopen(9, 500), 'done']],
  },
  { name: 'an open market, and one that does not exist', steps: [[reopen(1), 'refused HALT_OVER symbol'], [reopen(1, 1, 'DOGEUSDT'), 'refused UNKNOWN_SYMBOL symbol']] },
  { name: 'no breaker rate, no breaker', steps: [...lastPrice('100'), sell(CAT, '1', '9000'), [buy(BOB, '1', '9000'), '4 FILLED; 4 takes 1 of 3 at 9000']] },
];

const GROUPS = {
  'price band': BANDS,
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
