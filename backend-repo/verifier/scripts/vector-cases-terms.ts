import { LIMIT_ORDER, MARKET_ORDER, accepted, es, hs, invalid, mismatch } from './vector-cases.ts';
import type { Vector } from './vector-cases.ts';

const ALL = { orderTerms: 'all' } as const;
const EXPIRES = '2026-01-15T11:00:00.000Z';
const { quantity: _quantity, ...noQuantity } = MARKET_ORDER;

const ORDERS = {
  'a market order by quote amount': { ...noQuantity, quoteAmount: '100' },
  'immediate or cancel': { ...LIMIT_ORDER, timeInForce: 'IOC' },
  'fill or kill': { ...LIMIT_ORDER, timeInForce: 'FOK' },
  'good till a date': { ...LIMIT_ORDER, timeInForce: 'GTD', expiresAt: EXPIRES },
  'post-only': { ...LIMIT_ORDER, postOnly: true },
  'a stop order': { ...MARKET_ORDER, type: 'STOP', stopPrice: '44000' },
  'a stop-limit order': { ...LIMIT_ORDER, type: 'STOP_LIMIT', stopPrice: '44900', timeInForce: 'GTC' },
  'an OCO': { ...LIMIT_ORDER, type: 'OCO', stopPrice: '46000', stopLimitPrice: '46100' },
  'an iceberg': { ...LIMIT_ORDER, type: 'ICEBERG', displayQuantity: '0.01', postOnly: true },
  'self-trade prevention': { ...LIMIT_ORDER, selfTradePrevention: 'MAKER' },
};

const BROKEN: readonly [name: string, field: string, order: object][] = [
  ['quantity and quoteAmount', 'quantity', { ...MARKET_ORDER, quoteAmount: '1' }],
  ['neither quantity nor quoteAmount', 'quantity', noQuantity],
  ['a stop price on a limit order', 'stopPrice', { ...LIMIT_ORDER, stopPrice: '1' }],
  ['a stop order without a stop price', 'stopPrice', { ...MARKET_ORDER, type: 'STOP' }],
  ['an iceberg without a shown quantity', 'displayQuantity', { ...LIMIT_ORDER, type: 'ICEBERG' }],
  ['an OCO that is fill or kill', 'timeInForce', { ...ORDERS['an OCO'], timeInForce: 'FOK' }],
  ['GTD without its end', 'expiresAt', { ...LIMIT_ORDER, timeInForce: 'GTD' }],
  ['an end without GTD', 'expiresAt', { ...LIMIT_ORDER, expiresAt: EXPIRES }],
  ['an end on the 30th of February', 'expiresAt', { ...LIMIT_ORDER, timeInForce: 'GTD', expiresAt: '2026-02-30T10:00:00.000Z' }],
  ['an end without milliseconds', 'expiresAt', { ...LIMIT_ORDER, timeInForce: 'GTD', expiresAt: '2026-01-15T11:00:00Z' }],
  ['post-only and immediate', 'postOnly', { ...LIMIT_ORDER, timeInForce: 'IOC', postOnly: true }],
  ['postOnly as text', 'postOnly', { ...LIMIT_ORDER, postOnly: 'true' }],
  ['postOnly as a number', 'postOnly', { ...LIMIT_ORDER, postOnly: 1 }],
  ['an unknown type', 'type', { ...LIMIT_ORDER, type: 'TRAILING_STOP' }],
  ['an unknown time in force', 'timeInForce', { ...LIMIT_ORDER, timeInForce: 'DAY' }],
];

/** Orders beyond the basic ones: taken by who said `orderTerms: 'all'`, and by nobody else. */
export function termsCases(): Vector[] {
  const all = Object.entries(ORDERS);
  const postOnly = ORDERS['post-only'];
  return [
    ...all.flatMap(([name, order]) => [
      accepted(`all terms: ${name}`, hs({ trade: order }), order, ALL),
      invalid(`basic terms: ${name} is refused`, 'trade_malformed', hs({ trade: order }), { order, attack: 10 }),
      mismatch(`all terms: ${name}, with the token of a plain order`, 'order_differs', hs({ trade: order.type === 'MARKET' ? MARKET_ORDER : LIMIT_ORDER }), { order, ...ALL, attack: 10 }),
    ]),
    accepted('all terms, ES256: an iceberg', es({ trade: ORDERS['an iceberg'] }), ORDERS['an iceberg'], ALL),
    accepted('postOnly false is postOnly left out', hs(), LIMIT_ORDER, { order: { ...LIMIT_ORDER, postOnly: false }, ...ALL }),
    mismatch('postOnly taken away', 'order_differs', hs({ trade: postOnly }), { order: LIMIT_ORDER, field: 'postOnly', ...ALL, attack: 10 }),
    mismatch('another end', 'order_differs', hs({ trade: ORDERS['good till a date'] }), { order: { ...ORDERS['good till a date'], expiresAt: '2026-01-15T12:00:00.000Z' }, field: 'expiresAt', ...ALL, attack: 10 }),
    mismatch('another stop price', 'order_differs', hs({ trade: ORDERS['a stop order'] }), { order: { ...ORDERS['a stop order'], stopPrice: '43000' }, field: 'stopPrice', ...ALL, attack: 10 }),
    ...BROKEN.map(([name, field, order]) => mismatch(`all terms: ${name}`, 'order_malformed', hs(), { order, field, ...ALL, attack: 9 })),
    ...BROKEN.map(([name, field, order]) => invalid(`all terms, in the token: ${name}`, 'trade_malformed', hs({ trade: order }), { order, field, ...ALL, attack: 9 })),
    invalid('all terms, in the token: postOnly false', 'trade_malformed', hs({ trade: { ...LIMIT_ORDER, postOnly: false } }), { field: 'postOnly', ...ALL, attack: 9 }),
  ];
}
