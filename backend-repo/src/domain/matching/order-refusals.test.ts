/** docs/decisions/0015, in which order a command is refused. */
import { expect, test } from '@jest/globals';
import { buy, everyCase, iceberg, lastPrice, type NamedCase, oco, sell, stop, stopLimit } from './named-cases-for-tests.ts';
import type { OrderLimits } from './commands.ts';
import { amend, ANN, BOB, CAT, marketOrder, setStatus, units } from './venue-for-tests.ts';

const DAN = 5;
const BAND = { bandRate: 10_000_000n };
const GTD = { timeInForce: 'GTD', expiresAt: 50 } as const;
const NO_LIMIT: OrderLimits = { openOrdersMax: null, notionalMax: null, positionMax: null };
const openOrders = (openOrdersMax: number): OrderLimits => ({ ...NO_LIMIT, openOrdersMax });
const worth = (notionalMax: bigint): OrderLimits => ({ ...NO_LIMIT, notionalMax });
const AT_100 = { quantity: units('1'), price: units('100'), stopPrice: null, stopLimitPrice: null };
const ARMED = { quantity: units('1'), price: units('95'), stopPrice: units('110'), stopLimitPrice: units('112') };
const position = (positionMax: bigint): OrderLimits => ({ ...NO_LIMIT, positionMax });

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
  { name: 'an amendment that was judged by what the order is no more: after the fields, before the rules', steps: [buy(ANN, '1', '100'), amend(ANN, 1, { price: units('99'), judged: AT_100 }), [amend(ANN, 1, { price: 0n, stopPrice: 0n, judged: AT_100 }), 'refused FIELD_NOT_ALLOWED stopPrice'], [amend(ANN, 1, { price: 0n, judged: AT_100 }), 'refused ORDER_CHANGED orderId'], [amend(ANN, 1, { quantity: units('0.5'), judged: AT_100 }), 'refused ORDER_CHANGED orderId'], [amend(ANN, 1, { price: units('99'), judged: AT_100 }), '1 PENDING'], 'book 99x1 | -'] },
  ...(['quantity', 'price', 'stopPrice', 'stopLimitPrice'] as const).map((field) => ({ name: `an amendment that was judged by another ${field}`, steps: [...lastPrice('100'), oco(ANN, 'BUY', '1', '95', '110', { stopLimitPrice: units('112') }), [amend(ANN, 3, { quantity: units('2'), judged: { ...ARMED, [field]: units('96') } }), 'refused ORDER_CHANGED orderId'], [amend(ANN, 3, { quantity: units('2'), judged: ARMED }), '3 PENDING']] as const })),
];

const GROUPS = {
  fields: FIELDS,
  'the order of refusals': PRECEDENCE,
};

test.each(everyCase(GROUPS))('%s', (_name, question) => {
  const { answers, expected } = question();
  expect(answers).toEqual(expected);
});
