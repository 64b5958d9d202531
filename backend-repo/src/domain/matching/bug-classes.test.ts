/** One case or more for each class of bugs that public order books have had; docs/decisions/0015 has the rules beyond them (order-types.test.ts, order-rules.test.ts). */
import { expect, test } from '@jest/globals';
import { amend as amendUnits, ANN, BOB, cancel, cancelAll, CAT, marketOrder, units } from './venue-for-tests.ts';
import { buy, everyCase, iceberg, type NamedCase, sell, type Step, stop } from './named-cases-for-tests.ts';
import type { AmendCommand } from './commands.ts';
import type { UserId } from './types.ts';

function amend(userId: UserId, orderId: number, changes: { quantity?: string; price?: string }): AmendCommand {
  return amendUnits(userId, orderId, { quantity: changes.quantity ? units(changes.quantity) : null, price: changes.price ? units(changes.price) : null });
}

const times = (count: number, step: (number: number) => Step): Step[] => Array.from({ length: count }, (_, index) => step(index + 1));

const QUEUES: readonly NamedCase[] = [
  {
    name: 'cancel the head of a queue, then sweep it',
    steps: [...times(3, () => sell(ANN, '1', '100')), [cancel(ANN, 1), '1 CANCELLED USER_REQUEST'], [buy(BOB, '2', '100'), '4 FILLED; 4 takes 1 of 2 at 100; 4 takes 1 of 3 at 100'], 'book - | -'],
  },
  {
    name: 'cancel the middle of a queue, then sweep it',
    steps: [...times(3, () => sell(ANN, '1', '100')), cancel(ANN, 2), [buy(BOB, '3', '100'), '4 PARTIAL 2/3; 4 takes 1 of 1 at 100; 4 takes 1 of 3 at 100'], 'book 100x1 | -'],
  },
  {
    name: 'cancel the tail of a queue, add to it, then sweep it',
    steps: [...times(3, () => sell(ANN, '1', '100')), cancel(ANN, 3), sell(CAT, '1', '100'), [buy(BOB, '3', '100'), '5 FILLED; 5 takes 1 of 1 at 100; 5 takes 1 of 2 at 100; 5 takes 1 of 4 at 100']],
  },
  {
    name: 'scattered cancels deep in a queue leave the others in their order',
    steps: [
      ...times(40, (number) => sell(number % 2 === 0 ? ANN : CAT, '0.1', '100')),
      ...times(30, (number) => cancel(Math.ceil((number * 4) / 3) % 2 === 0 ? ANN : CAT, Math.ceil((number * 4) / 3))),
      'book - | 100x1',
      [buy(BOB, '1', '100'), `41 FILLED; ${[1, 5, 9, 13, 17, 21, 25, 29, 33, 37].map((id) => `41 takes 0.1 of ${id} at 100`).join('; ')}`],
    ],
  },
  {
    name: 'the order of a queue is that of arrival, not of ids or of a map: an order that was sent in again is last',
    steps: [...times(12, () => sell(ANN, '1', '100')), amend(ANN, 1, { quantity: '2' }), amend(ANN, 10, { quantity: '2' }), [buy(BOB, '14', '100'), `13 FILLED; ${[2, 3, 4, 5, 6, 7, 8, 9, 11, 12].map((id) => `13 takes 1 of ${id} at 100`).join('; ')}; 13 takes 2 of 1 at 100; 13 takes 2 of 10 at 100`]],
  },
  {
    name: 'a maker used in part keeps the front',
    steps: [sell(ANN, '3', '100'), sell(CAT, '1', '100'), [buy(BOB, '1', '100'), '3 FILLED; 3 takes 1 of 1 at 100'], [buy(BOB, '3', '100'), '4 FILLED; 4 takes 2 of 1 at 100; 4 takes 1 of 2 at 100']],
  },
  {
    name: 'a slot that a cancel or a fill gave back is used again, and nothing of the old order is left in it',
    steps: [
      ...times(300, (number) => (number % 3 === 0 ? cancel(ANN, number / 1.5) : number % 3 === 1 ? buy(ANN, '1', '90') : sell(ANN, '1', '110'))),
      'book 90x100 | -',
      cancelAll(ANN),
      'book - | -',
      'locked 2 USDT 0',
      ...times(50, () => iceberg(ANN, 'SELL', '2', '1', '100')),
      [buy(BOB, '1', '100'), '251 FILLED; 251 takes 1 of 201 at 100'],
      'book - | 100x50',
    ],
  },
];

const LEVELS: readonly NamedCase[] = [
  {
    name: 'a sweep that ends exactly at the end of a level leaves the next one alone',
    steps: [sell(ANN, '1', '100'), sell(ANN, '2', '101'), sell(ANN, '1', '102'), [buy(BOB, '3', '102'), '4 FILLED; 4 takes 1 of 1 at 100; 4 takes 2 of 2 at 101'], 'book - | 102x1'],
  },
  { name: 'and one lot more takes one lot of it', steps: [sell(ANN, '1', '100'), sell(ANN, '2', '101'), [buy(BOB, '1.00001', '102'), '3 FILLED; 3 takes 1 of 1 at 100; 3 takes 0.00001 of 2 at 101'], 'book - | 101x1.99999'] },
  { name: 'what is left of a sweep is the new best price', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '103'), [buy(BOB, '3', '102'), '3 PARTIAL 1/3; 3 takes 1 of 1 at 100'], 'book 102x2 | 103x1', [sell(CAT, '1', '102'), '4 FILLED; 4 takes 1 of 3 at 102']] },
  { name: 'a limit stops at its own price', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '100.01'), [buy(BOB, '2', '100'), '3 PARTIAL 1/2; 3 takes 1 of 1 at 100'], 'book 100x1 | 100.01x1'] },
  { name: 'and so does one that sells', steps: [buy(ANN, '1', '100'), buy(ANN, '1', '99.99'), [sell(BOB, '2', '100'), '3 PARTIAL 1/2; 3 takes 1 of 1 at 100'], 'book 99.99x1 | 100x1'] },
  { name: 'a buyer who offers more pays the maker’s price', steps: [sell(ANN, '1', '100'), [buy(BOB, '1', '105'), '2 FILLED; 2 takes 1 of 1 at 100'], 'available 3 USDT 99999900', 'locked 3 USDT 0', 'available 3 BTC 100000000.9985', 'available 2 USDT 100000099.9'] },
  { name: 'a seller who asks less gets the maker’s price', steps: [buy(ANN, '1', '100'), [sell(BOB, '1', '95'), '2 FILLED; 2 takes 1 of 1 at 100'], 'available 2 USDT 99999900', 'locked 2 USDT 0', 'available 2 BTC 100000000.999', 'available 3 USDT 100000099.85'] },
  { name: 'no phantom best price after a cancel', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '101'), cancel(ANN, 1), 'book - | 101x1', [buy(BOB, '1', '100'), '3 PENDING'], 'book 100x1 | 101x1', [marketOrder(CAT, 'BUY', '1'), '4 FILLED; 4 takes 1 of 2 at 101']] },
  { name: 'no phantom best price after the last order of the best level was filled', steps: [buy(ANN, '1', '100'), buy(ANN, '1', '99'), sell(BOB, '1', '100'), 'book 99x1 | -', [sell(BOB, '1', '100', { timeInForce: 'IOC' }), '4 CANCELLED IMMEDIATE_OR_CANCEL']] },
  {
    name: 'prices next to the ceiling and the floor trade like others',
    steps: [sell(ANN, '1', '1000000'), sell(ANN, '1', '999999.99'), [buy(BOB, '2', '1000000'), '3 FILLED; 3 takes 1 of 2 at 999999.99; 3 takes 1 of 1 at 1000000'], buy(ANN, '1000', '0.01'), [sell(BOB, '1000', '0.01'), '5 FILLED; 5 takes 1000 of 4 at 0.01']],
  },
  { name: 'one tick above the ceiling is refused', steps: [[sell(ANN, '1', '1000000.01'), 'refused PRICE_TOO_HIGH price']] },
  {
    name: 'one order may take 5,000 others',
    onlyEngine: true,
    steps: [...times(5_000, (number) => sell(ANN, '0.01', number % 2 === 0 ? '1000' : '1001')), [buy(BOB, '50', '1001'), `5001 FILLED; ${[...times(2_500, (number) => `5001 takes 0.01 of ${2 * number} at 1000`), ...times(2_500, (number) => `5001 takes 0.01 of ${2 * number - 1} at 1001`)].join('; ')}`], 'book - | -'],
  },
];

const IDS: readonly NamedCase[] = [
  { name: 'partial fill, then cancel', steps: [sell(ANN, '3', '100'), buy(BOB, '1', '100'), [cancel(ANN, 1), '1 CANCELLED 1/3 USER_REQUEST'], 'book - | -', 'locked 2 BTC 0', [cancel(ANN, 1), 'refused ORDER_NOT_OPEN orderId']] },
  { name: 'partial fill, then a smaller quantity: what is filled counts', steps: [sell(ANN, '3', '100'), sell(CAT, '1', '100'), buy(BOB, '1', '100'), [amend(ANN, 1, { quantity: '2' }), '1 PARTIAL 1/2'], 'locked 2 BTC 1', [buy(BOB, '2', '100'), '4 FILLED; 4 takes 1 of 1 at 100; 4 takes 1 of 2 at 100']] },
  { name: 'partial fill, then a quantity that is filled already', steps: [sell(ANN, '3', '100'), buy(BOB, '1', '100'), [amend(ANN, 1, { quantity: '1' }), 'refused QUANTITY_TOO_SMALL quantity'], [amend(ANN, 1, { quantity: '1.00001' }), '1 PARTIAL 1/1.00001'], 'book - | 100x0.00001'] },
  { name: 'a cancel that comes after the whole fill is refused', steps: [sell(ANN, '1', '100'), buy(BOB, '1', '100'), [cancel(ANN, 1), 'refused ORDER_NOT_OPEN orderId'], [cancel(BOB, 2), 'refused ORDER_NOT_OPEN orderId']] },
  { name: 'an amendment that comes after the whole fill is refused', steps: [sell(ANN, '1', '100'), buy(BOB, '1', '100'), [amend(ANN, 1, { quantity: '2' }), 'refused ORDER_NOT_OPEN orderId'], 'book - | -'] },
  { name: 'the id of a cancelled order is not given again', steps: [sell(ANN, '1', '100'), cancel(ANN, 1), [sell(ANN, '1', '100'), '2 PENDING'], [cancel(ANN, 1), 'refused ORDER_NOT_OPEN orderId'], 'book - | 100x1'] },
  { name: 'the id of a filled order is not given again', steps: [sell(ANN, '1', '100'), buy(BOB, '1', '100'), [sell(ANN, '1', '100'), '3 PENDING'], [amend(ANN, 1, { price: '99' }), 'refused ORDER_NOT_OPEN orderId'], 'book - | 100x1'] },
  { name: 'an id that was never issued', steps: [sell(ANN, '1', '100'), [cancel(ANN, 2), 'refused ORDER_NOT_OPEN orderId'], [cancel(ANN, 0), 'refused ORDER_NOT_OPEN orderId'], [amend(ANN, 9_007_199_254_740_991, { quantity: '2' }), 'refused ORDER_NOT_OPEN orderId']] },
  { name: 'an id of somebody else', steps: [sell(ANN, '1', '100'), [cancel(BOB, 1), 'refused ORDER_NOT_OPEN orderId'], [amend(BOB, 1, { quantity: '0.5' }), 'refused ORDER_NOT_OPEN orderId'], 'book - | 100x1'] },
  { name: 'a refused order uses no id', steps: [[sell(ANN, '1', '0'), 'refused PRICE_TOO_LOW price'], [sell(ANN, '1', '100'), '1 PENDING']] },
  { name: 'an id is live once: an order sent in again is where it is now, not where it was as well', steps: [sell(ANN, '1', '100'), amend(ANN, 1, { price: '101' }), 'book - | 101x1', amend(ANN, 1, { price: '100' }), 'book - | 100x1', [buy(BOB, '2', '101'), '2 PARTIAL 1/2; 2 takes 1 of 1 at 100'], 'book 101x1 | -'] },
];

const CHANGES: readonly NamedCase[] = [
  { name: 'an amendment into the other side trades', steps: [sell(ANN, '1', '100'), buy(BOB, '2', '99'), [amend(BOB, 2, { price: '100' }), '2 PARTIAL 1/2; 2 takes 1 of 1 at 100'], 'book 100x1 | -'] },
  { name: 'and beyond it, at the maker’s price', steps: [sell(ANN, '1', '100'), buy(BOB, '1', '99'), [amend(BOB, 2, { price: '105' }), '2 FILLED; 2 takes 1 of 1 at 100'], 'available 3 USDT 99999900', 'locked 3 USDT 0'] },
  { name: 'a seller’s, too', steps: [buy(ANN, '1', '100'), sell(BOB, '1', '101'), [amend(BOB, 2, { price: '95' }), '2 FILLED; 2 takes 1 of 1 at 100']] },
  { name: 'an amendment at a shared level leaves the others there', steps: [sell(ANN, '1', '100'), sell(BOB, '1', '100'), sell(CAT, '1', '100'), amend(BOB, 2, { price: '101' }), 'book - | 100x2 101x1', [buy(ANN, '1', '100', { selfTradePrevention: 'NONE' }), '4 FILLED; 4 takes 1 of 1 at 100'], [cancel(CAT, 3), '3 CANCELLED USER_REQUEST'], 'book - | 101x1'] },
  { name: 'an IOC’s rest never rests', steps: [sell(ANN, '1', '100'), [buy(BOB, '3', '101', { timeInForce: 'IOC' }), '2 CANCELLED 1/3 IMMEDIATE_OR_CANCEL; 2 takes 1 of 1 at 100'], 'book - | -', 'locked 3 USDT 0', [cancel(BOB, 2), 'refused ORDER_NOT_OPEN orderId']] },
  { name: 'fill-or-kill is judged on all that it can reach, not on the best order or level', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '100'), sell(ANN, '1', '101'), [buy(BOB, '3', '101', { timeInForce: 'FOK' }), '4 FILLED; 4 takes 1 of 1 at 100; 4 takes 1 of 2 at 100; 4 takes 1 of 3 at 101']] },
  { name: 'and one lot too much, or one tick too far, kills it whole', steps: [sell(ANN, '1', '100'), sell(ANN, '2', '101'), [buy(BOB, '3.00001', '101', { timeInForce: 'FOK' }), 'refused FILL_OR_KILL quantity'], [buy(BOB, '3', '100.99', { timeInForce: 'FOK' }), 'refused FILL_OR_KILL quantity'], 'book - | 100x1 101x2'] },
  { name: 'a market order without anybody to meet does not rest', steps: [[marketOrder(ANN, 'BUY', '1'), 'refused NO_LIQUIDITY symbol'], [marketOrder(ANN, 'SELL', '1'), 'refused NO_LIQUIDITY symbol'], 'book - | -'] },
  { name: 'nor does what is left of one', steps: [sell(ANN, '1', '100'), [marketOrder(BOB, 'BUY', '3'), '2 CANCELLED 1/3 NO_LIQUIDITY; 2 takes 1 of 1 at 100'], 'book - | -', 'locked 3 USDT 0'] },
  { name: 'no trades of nothing: an exact fill is one trade, and an order of nothing is none', steps: [sell(ANN, '1', '100'), sell(ANN, '1', '100'), [buy(BOB, '1', '100'), '3 FILLED; 3 takes 1 of 1 at 100'], [buy(BOB, '0', '100'), 'refused QUANTITY_TOO_SMALL quantity'], [marketOrder(BOB, 'BUY', '0'), 'refused QUANTITY_TOO_SMALL quantity']] },
  {
    name: 'stops wake stops until it is quiet',
    steps: [
      ...[sell(CAT, '1', '100'), buy(BOB, '1', '100')],
      ...[stop(ANN, 'BUY', '1', '101'), stop(ANN, 'BUY', '1', '102'), stop(ANN, 'BUY', '1', '103'), stop(ANN, 'BUY', '1', '106')],
      ...[sell(CAT, '1', '101'), sell(CAT, '1', '102'), sell(CAT, '1', '103'), sell(CAT, '1', '104')],
      [buy(BOB, '1', '101'), '11 FILLED; 11 takes 1 of 7 at 101; 3 woken; 3 takes 1 of 8 at 102; 4 woken; 4 takes 1 of 9 at 103; 5 woken; 5 takes 1 of 10 at 104'],
      'book - | -',
      'locked 2 USDT 111.3',
    ],
  },
];

const GROUPS = {
  queues: QUEUES,
  levels: LEVELS,
  ids: IDS,
  changes: CHANGES,
};

test.each(everyCase(GROUPS))('%s', (_name, question) => {
  const { answers, expected } = question();
  expect(answers).toEqual(expected);
});
