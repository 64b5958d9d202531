import { LIMIT_ORDER, MARKET_ORDER, accepted, es, hs, mismatch } from './vector-cases.ts';
import type { Vector } from './vector-cases.ts';

const SAME = [
  ['1', '1'], ['1', '1.0'], ['1', '1.00000000'], ['1', '01'], ['1', '000000000001'], ['1', '01.0'], ['0.1', '0.10'], ['0.1', '0.10000000'], ['0.1', '00.1'],
  ['0.00000001', '0.00000001'], ['100', '100.00'], ['100', '0100'], ['999999999999', '999999999999.00000000'], ['999999999999.99999999', '999999999999.99999999'],
  ['45000.5', '45000.50'], ['12.34', '012.340'],
] as const;

const MALFORMED: readonly unknown[] = [
  '1e0', '1E0', '1e-1', '+1', '-1', ' 1', '1 ', '1\n', '\t1', '1,0', '1_000', '1.', '.1', '.', '', '1.0.0', '0x1', '1n', 'NaN', 'Infinity', 'one',
  '1234567890123', '1.123456789', '1234567890123456789012345', '\u0661', '\uff11', '1\u0000', '\u200b1', '\u2212' + '1', '0', '0.0', '0.00000000', '000',
  1, 1.5, 0, -1, true, null, ['1'], { value: '1' }, { toString: '1' },
];

const DIFFERENT = [
  ['1', '2'], ['1', '10'], ['1', '0.1'], ['1', '1.00000001'], ['1', '0.99999999'], ['0.1', '0.01'], ['0.1', '1'], ['999999999999', '99999999999'], ['10', '1'], ['100', '1000'],
] as const;

/** Which spellings of an amount in the request are the amount of the token, for quantity and price alike. */
export function amountCases(): Vector[] {
  const quote = JSON.stringify;
  const cases: Vector[] = [];
  for (const [signed, sent] of SAME) {
    const quantity = { ...LIMIT_ORDER, quantity: signed };
    cases.push(accepted(`quantity ${quote(sent)} is ${quote(signed)}`, hs({ trade: quantity }), quantity, { order: { ...quantity, quantity: sent }, attack: 9 }));
    const price = { ...LIMIT_ORDER, price: signed };
    cases.push(accepted(`price ${quote(sent)} is ${quote(signed)}`, hs({ trade: price }), price, { order: { ...price, price: sent }, attack: 9 }));
  }
  const one = { ...LIMIT_ORDER, quantity: '1', price: '1' };
  for (const sent of MALFORMED) {
    cases.push(mismatch(`quantity ${quote(sent)} is refused`, 'order_malformed', hs({ trade: one }), { order: { ...one, quantity: sent }, field: 'quantity', attack: 9 }));
    cases.push(mismatch(`price ${quote(sent)} is refused`, 'order_malformed', hs({ trade: one }), { order: { ...one, price: sent }, field: 'price', attack: 9 }));
  }
  for (const [signed, sent] of DIFFERENT) {
    const trade = { ...LIMIT_ORDER, quantity: signed };
    cases.push(mismatch(`quantity ${quote(sent)} is not ${quote(signed)}`, 'order_differs', hs({ trade }), { order: { ...trade, quantity: sent }, field: 'quantity', attack: 9 }));
  }
  return cases;
}

/** Each field of the order changed once, and every field an engine might know that a token does not cover. */
export function orderCases(): Vector[] {
  const full = { ...LIMIT_ORDER, clientOrderId: 'order-1' };
  const { price: _price, ...noPrice } = LIMIT_ORDER;
  const { clientOrderId: _own, ...noClientOrderId } = full;
  const differs = (field: string, order: object, trade: object = full) =>
    mismatch(`another ${field}`, 'order_differs', hs({ trade }), { order, field, attack: 10 });
  const malformed = (name: string, field: string, order: unknown, trade: object = LIMIT_ORDER) =>
    mismatch(name, 'order_malformed', hs({ trade }), { order, field, attack: 9 });
  const unsignedField = (field: string, value: unknown) =>
    mismatch(`unsigned field ${field}`, 'order_malformed', hs(), { order: { ...LIMIT_ORDER, [field]: value }, field, attack: 10 });
  return [
    differs('symbol', { ...full, symbol: 'ETHUSDT' }),
    differs('side', { ...full, side: 'SELL' }),
    differs('price', { ...full, price: '45000.01' }),
    differs('clientOrderId', { ...full, clientOrderId: 'order-2' }),
    mismatch('clientOrderId left out', 'order_differs', hs({ trade: full }), { order: noClientOrderId, field: 'clientOrderId', attack: 10 }),
    mismatch('clientOrderId added', 'order_differs', hs(), { order: full, field: 'clientOrderId', attack: 10 }),
    mismatch('clientOrderId in other letters', 'order_differs', hs({ trade: full }), { order: { ...full, clientOrderId: 'ORDER-1' }, field: 'clientOrderId', attack: 9 }),
    mismatch('a market order with the token of a limit order', 'order_differs', hs(), { order: noPriceMarket(noPrice), field: 'type', attack: 10 }),
    mismatch('ES256, another side', 'order_differs', es(), { order: { ...LIMIT_ORDER, side: 'SELL' }, field: 'side', attack: 10 }),
    malformed('price on a market order', 'price', { ...MARKET_ORDER, price: '45000' }, MARKET_ORDER),
    malformed('no price on a limit order', 'price', noPrice),
    malformed('symbol in small letters', 'symbol', { ...LIMIT_ORDER, symbol: 'btcusdt' }),
    malformed('symbol with a look-alike letter', 'symbol', { ...LIMIT_ORDER, symbol: '\u0412TCUSDT' }),
    malformed('side in small letters', 'side', { ...LIMIT_ORDER, side: 'buy' }),
    malformed('side with a space', 'side', { ...LIMIT_ORDER, side: 'BUY ' }),
    malformed('type in small letters', 'type', { ...LIMIT_ORDER, type: 'limit' }),
    malformed('an unknown type', 'type', { ...LIMIT_ORDER, type: 'STOP' }),
    malformed('clientOrderId of 65 characters', 'clientOrderId', { ...LIMIT_ORDER, clientOrderId: 'x'.repeat(65) }),
    malformed('an empty clientOrderId', 'clientOrderId', { ...LIMIT_ORDER, clientOrderId: '' }),
    malformed('clientOrderId null', 'clientOrderId', { ...LIMIT_ORDER, clientOrderId: null }),
    malformed('Quantity in another case beside quantity', 'Quantity', { ...LIMIT_ORDER, Quantity: '9' }),
    malformed('an empty order', 'symbol', {}),
    malformed('no order', 'order', null),
    malformed('a list for an order', 'order', [LIMIT_ORDER]),
    malformed('text for an order', 'order', JSON.stringify(LIMIT_ORDER)),
    ...Object.entries({
      stopPrice: '1', timeInForce: 'IOC', reduceOnly: true, leverage: '10', subAccount: 'other', postOnly: true, userId: 'other', exchangeUserId: 'other', amount: '9', pair: 'ETHUSDT', tradeToken: 'x', '': '1',
    }).map(([field, value]) => unsignedField(field, value)),
    unsignedField('constructor', '1'),
  ];
}

const noPriceMarket = (order: object): object => ({ ...order, type: 'MARKET' });
