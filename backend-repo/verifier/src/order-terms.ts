import type { OrderTerms, TradeField } from './trade-order.ts';

type Fields = { readonly [Field in TradeField]?: string | true };

interface Terms {
  readonly needs: readonly TradeField[];
  readonly may: readonly TradeField[];
  readonly timesInForce: readonly string[];
}

const EVERY_TIME = ['GTC', 'IOC', 'FOK', 'GTD'];
const RESTING_TIMES = ['GTC', 'GTD'];

/** Which fields an order of each type has, beside symbol, side, type, selfTradePrevention and clientOrderId. The table of `Order` in the contract. */
export const TERMS: Readonly<Record<string, Terms>> = {
  MARKET: { needs: [], may: ['quantity', 'quoteAmount'], timesInForce: [] },
  LIMIT: { needs: ['quantity', 'price'], may: ['timeInForce', 'expiresAt', 'postOnly'], timesInForce: EVERY_TIME },
  STOP: { needs: ['quantity', 'stopPrice'], may: [], timesInForce: [] },
  STOP_LIMIT: { needs: ['quantity', 'price', 'stopPrice'], may: ['timeInForce', 'expiresAt'], timesInForce: EVERY_TIME },
  OCO: { needs: ['quantity', 'price', 'stopPrice'], may: ['stopLimitPrice', 'timeInForce', 'expiresAt'], timesInForce: RESTING_TIMES },
  ICEBERG: { needs: ['quantity', 'price', 'displayQuantity'], may: ['timeInForce', 'expiresAt', 'postOnly'], timesInForce: RESTING_TIMES },
};

const ALWAYS: readonly TradeField[] = ['symbol', 'side', 'type'];
const EITHER_WAY: readonly TradeField[] = ['selfTradePrevention', 'clientOrderId'];
const BASIC: readonly TradeField[] = ['symbol', 'side', 'type', 'quantity', 'price', 'clientOrderId'];

/** The first field for which an order breaks the terms, or undefined. Each field by itself has the right shape. */
export function brokenTerms(fields: Fields, terms: OrderTerms): TradeField | undefined {
  const missing = ALWAYS.find((name) => fields[name] === undefined);
  if (missing) return missing;
  const { needs, may, timesInForce } = TERMS[String(fields.type)] as Terms;
  const given = Object.keys(fields) as TradeField[];
  if (terms === 'basic') {
    if (fields.type !== 'MARKET' && fields.type !== 'LIMIT') return 'type';
    const beyond = given.find((name) => !BASIC.includes(name));
    if (beyond) return beyond;
    if (fields.quantity === undefined) return 'quantity';
  }
  const lacking = needs.find((name) => fields[name] === undefined);
  if (lacking) return lacking;
  const strange = given.find((name) => ![...ALWAYS, ...EITHER_WAY, ...needs, ...may].includes(name));
  if (strange) return strange;
  if (fields.type === 'MARKET' && (fields.quantity === undefined) === (fields.quoteAmount === undefined)) return 'quantity';
  return brokenTime(fields, timesInForce);
}

function brokenTime({ timeInForce, expiresAt, postOnly }: Fields, allowed: readonly string[]): TradeField | undefined {
  if (timeInForce !== undefined && !allowed.includes(String(timeInForce))) return 'timeInForce';
  if ((timeInForce === 'GTD') !== (expiresAt !== undefined)) return 'expiresAt';
  return postOnly && (timeInForce === 'IOC' || timeInForce === 'FOK') ? 'postOnly' : undefined;
}
