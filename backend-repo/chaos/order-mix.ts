import { randomInt } from 'node:crypto';
import type { OrderView } from './order-testimony.ts';

/** The markets of the run, and what the callers ask for in them. Both are quoted in USDT, so that they share a balance. */
export const MARKETS = { BTCUSDT: { base: 'BTC', middle: 6_400_000 }, ETHUSDT: { base: 'ETH', middle: 320_000 } } as const;
export type Symbol = keyof typeof MARKETS;
export const SYMBOLS = Object.keys(MARKETS) as Symbol[];
/** Ticks of 0.01. */
const TICKS = 100;
const LOTS = 10_000;
/** How far the middle wanders, and how far around it orders stand. */
const SWING = 0.002;
const SWING_MS = 3_000;
const SPREAD = 0.0005;
const FAR = 9;

export const anyOf = <T>(things: readonly T[]): T => things[randomInt(things.length)]!;

/** It wanders, so that what rests is met, and stops wake. */
const middleOf = (symbol: Symbol): number => Math.round(MARKETS[symbol].middle * (1 + SWING * Math.sin(Date.now() / SWING_MS)));
const priceOf = (ticks: number): string => (ticks / TICKS).toFixed(2);
const quantityOf = (lots: number): string => (lots / LOTS).toFixed(4);
const lotsIn = (quantity: string): number => Math.round(Number(quantity) * LOTS);

type Body = Readonly<Record<string, string | boolean>>;

/** An order of any type, at any side of a market. */
export function anyOrder(): Body {
  const symbol = anyOf(SYMBOLS);
  const side = anyOf(['BUY', 'SELL'] as const);
  const sign = side === 'BUY' ? 1 : -1;
  const middle = middleOf(symbol);
  const reach = Math.round(middle * SPREAD);
  const lots = 100 + randomInt(1_900);
  /** Above the middle for a BUY, below it for a SELL: that takes. */
  const at = (ticks: number): string => priceOf(middle + sign * ticks);
  const near = (): string => at(-randomInt(1, reach));
  /** Beyond what the middle reaches: it rests until somebody takes it away. */
  const far = (): string => at(-randomInt(reach, FAR * reach));
  const across = (): string => at(randomInt(reach));
  const plain = { symbol, side, quantity: quantityOf(lots), selfTradePrevention: anyOf(['TAKER', 'MAKER', 'BOTH', 'NONE']) };
  const { quantity: _quantity, ...amountless } = plain;
  const shapes: readonly [weight: number, body: Body][] = [
    [18, { ...plain, type: 'LIMIT', price: near() }],
    [18, { ...plain, type: 'LIMIT', price: far() }],
    [22, { ...plain, type: 'LIMIT', price: across() }],
    [6, { ...plain, type: 'LIMIT', price: near(), postOnly: true }],
    [5, { ...plain, type: 'LIMIT', price: near(), timeInForce: 'GTD', expiresAt: new Date(Date.now() + randomInt(500, 6_000)).toISOString() }],
    [6, { ...plain, type: 'LIMIT', price: across(), timeInForce: 'IOC' }],
    [5, { ...plain, type: 'LIMIT', price: across(), timeInForce: 'FOK' }],
    [6, { ...plain, type: 'MARKET' }],
    [4, { ...amountless, type: 'MARKET', quoteAmount: String(100 + randomInt(5_000)) }],
    [5, { ...plain, type: 'STOP', stopPrice: at(randomInt(1, 3 * reach)) }],
    [4, { ...plain, type: 'STOP_LIMIT', stopPrice: at(randomInt(reach, 3 * reach)), price: at(4 * reach) }],
    [4, { ...plain, type: 'OCO', price: at(-randomInt(reach, 3 * reach)), stopPrice: at(randomInt(reach, 3 * reach)), ...(randomInt(2) === 0 && { stopLimitPrice: at(4 * reach) }) }],
    [7, { ...plain, type: 'ICEBERG', price: near(), displayQuantity: quantityOf(Math.ceil(lots / randomInt(3, 9))) }],
  ];
  let left = randomInt(shapes.reduce((sum, [weight]) => sum + weight, 0));
  return shapes.find(([weight]) => (left -= weight) < 0)![1];
}

/** A change that an order of its type takes: smaller, larger, or elsewhere. */
export function anyChange({ symbol, side, type, quantity, filled_quantity }: OrderView): Body {
  const middle = middleOf(symbol as Symbol);
  const sign = side === 'BUY' ? 1 : -1;
  const reach = Math.round(middle * SPREAD);
  const [whole, filled] = [lotsIn(quantity), lotsIn(filled_quantity)];
  const resized = { quantity: quantityOf(randomInt(2) === 0 ? Math.max(filled + 1, Math.ceil(whole / 2)) : whole + randomInt(1, 200)) };
  if (randomInt(2) === 0) return resized;
  if (type === 'STOP' || type === 'STOP_LIMIT') return { stopPrice: priceOf(middle + sign * randomInt(reach, 3 * reach)) };
  return { price: priceOf(middle - sign * randomInt(1, FAR * reach)) };
}
