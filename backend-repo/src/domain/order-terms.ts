/**
 * Which fields an order of each type has (docs/decisions/0015). The same table stands in the verifier package, which shares no code with this; a
 * test compares the two.
 */
export const ORDER_TYPES = ['MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT', 'OCO', 'ICEBERG'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];
export const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'GTD'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];
export const SELF_TRADE_PREVENTIONS = ['NONE', 'TAKER', 'MAKER', 'BOTH'] as const;
export type SelfTradePrevention = (typeof SELF_TRADE_PREVENTIONS)[number];

/** Every field that the engine would act on, in the order in which they are written down. */
export const ORDER_FIELDS = [
  'symbol', 'side', 'type', 'quantity', 'quoteAmount', 'price', 'stopPrice', 'stopLimitPrice', 'displayQuantity', 'timeInForce', 'expiresAt', 'postOnly',
  'selfTradePrevention', 'clientOrderId',
] as const;
export type OrderField = (typeof ORDER_FIELDS)[number];
const AMOUNT_FIELDS: ReadonlySet<OrderField> = new Set<OrderField>(['quantity', 'quoteAmount', 'price', 'stopPrice', 'stopLimitPrice', 'displayQuantity']);
export const isAmountField = (field: OrderField): boolean => AMOUNT_FIELDS.has(field);

interface Terms {
  readonly needs: readonly OrderField[];
  readonly may: readonly OrderField[];
  readonly timesInForce: readonly TimeInForce[];
}

const ALWAYS = ['symbol', 'side', 'type'] as const;
const EITHER_WAY = ['selfTradePrevention', 'clientOrderId'] as const;

/** MARKET has `quantity` or `quoteAmount`, one of them; no table can say that. */
export const TERMS: Readonly<Record<OrderType, Terms>> = {
  MARKET: { needs: ALWAYS, may: [...EITHER_WAY, 'quantity', 'quoteAmount'], timesInForce: [] },
  LIMIT: { needs: [...ALWAYS, 'quantity', 'price'], may: [...EITHER_WAY, 'timeInForce', 'expiresAt', 'postOnly'], timesInForce: ['GTC', 'IOC', 'FOK', 'GTD'] },
  STOP: { needs: [...ALWAYS, 'quantity', 'stopPrice'], may: EITHER_WAY, timesInForce: [] },
  STOP_LIMIT: { needs: [...ALWAYS, 'quantity', 'price', 'stopPrice'], may: [...EITHER_WAY, 'timeInForce', 'expiresAt'], timesInForce: ['GTC', 'IOC', 'FOK', 'GTD'] },
  OCO: { needs: [...ALWAYS, 'quantity', 'price', 'stopPrice'], may: [...EITHER_WAY, 'stopLimitPrice', 'timeInForce', 'expiresAt'], timesInForce: ['GTC', 'GTD'] },
  ICEBERG: { needs: [...ALWAYS, 'quantity', 'price', 'displayQuantity'], may: [...EITHER_WAY, 'timeInForce', 'expiresAt', 'postOnly'], timesInForce: ['GTC', 'GTD'] },
};

type Terminology = { readonly [Field in OrderField]?: unknown } & { readonly type: OrderType; readonly timeInForce?: TimeInForce };

/** What is wrong with the fields of an order together, by field; empty when they go together. A field that is `undefined` was left out. */
export function termsProblems(order: Terminology): Partial<Record<OrderField, string>> {
  const { needs, may, timesInForce } = TERMS[order.type];
  const problems: Partial<Record<OrderField, string>> = {};
  for (const field of ORDER_FIELDS) {
    if (order[field] === undefined) {
      if (needs.includes(field)) problems[field] = `Is needed with type ${order.type}.`;
    } else if (!needs.includes(field) && !may.includes(field)) problems[field] = `Does not go with type ${order.type}.`;
  }
  if (order.type === 'MARKET' && (order.quantity === undefined) === (order.quoteAmount === undefined)) {
    problems.quantity = order.quantity === undefined ? 'Say a quantity or a quoteAmount.' : 'Say a quantity or a quoteAmount, not both.';
  }
  const { timeInForce } = order;
  if (timeInForce !== undefined && may.includes('timeInForce') && !timesInForce.includes(timeInForce)) problems.timeInForce = `With type ${order.type} it is one of ${timesInForce.join(', ')}.`;
  if (may.includes('expiresAt') && (timeInForce === 'GTD') !== (order.expiresAt !== undefined)) problems.expiresAt = 'Goes with timeInForce GTD, and only with it.';
  if (order.postOnly !== undefined && (timeInForce === 'IOC' || timeInForce === 'FOK')) problems.postOnly = `Does not go with ${timeInForce}.`;
  return problems;
}

/** An order that takes whatever price there is, now or when it wakes: `allowMarketOrders: false` refuses it. */
export function takesAnyPrice({ type, stopLimitPrice }: Terminology): boolean {
  return type === 'MARKET' || type === 'STOP' || (type === 'OCO' && stopLimitPrice === undefined);
}
