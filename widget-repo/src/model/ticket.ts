import { type Amount, amountText, decimalsOf, isAmbiguous, isMultiple, multiply, parseAmount, readTyped, ZERO } from './amount.ts';
import { type Book, walkBook } from './book.ts';
import type { Order, OrderType, Side, WidgetSymbol } from './order.ts';

/** What the trader has entered. Text stays as typed; the model reads it. */
export interface Ticket {
  readonly side: Side;
  readonly type: OrderType;
  readonly quantityText: string;
  readonly priceText: string;
}

export const EMPTY_TICKET: Ticket = { side: 'BUY', type: 'MARKET', quantityText: '', priceText: '' };

/** A market's rules as amounts. */
export interface Market {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: Amount;
  readonly lot: Amount;
  readonly quantityMin: Amount;
  readonly quantityMax: Amount;
  readonly notionalMin: Amount;
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
}

export function readMarket(symbol: WidgetSymbol): Market {
  const tick = parseAmount(symbol.tickSize) ?? ZERO;
  const lot = parseAmount(symbol.lotSize) ?? ZERO;
  return {
    symbol: symbol.symbol,
    base: symbol.base,
    quote: symbol.quote,
    tick,
    lot,
    quantityMin: parseAmount(symbol.minQuantity) ?? ZERO,
    quantityMax: parseAmount(symbol.maxQuantity) ?? ZERO,
    notionalMin: parseAmount(symbol.minNotional) ?? ZERO,
    priceDecimals: decimalsOf(tick),
    quantityDecimals: decimalsOf(lot),
  };
}

/** What is wrong with a field. `limit` is the number that belongs into the sentence. */
export interface FieldProblem {
  readonly rule: 'empty' | 'notNumber' | 'ambiguous' | 'zero' | 'step' | 'min' | 'max' | 'notional';
  readonly limit: Amount;
}

export interface TicketReading {
  readonly quantity: Amount | null;
  readonly price: Amount | null;
  readonly quantityProblem: FieldProblem | null;
  readonly priceProblem: FieldProblem | null;
}

export function readTicket(ticket: Ticket, market: Market, decimalSign: string, marketPrice: Amount | null): TicketReading {
  const price = ticket.type === 'LIMIT' ? readField(ticket.priceText, decimalSign, market.tick) : null;
  const quantity = readField(ticket.quantityText, decimalSign, market.lot);
  const priceUsed = price ? price.amount : marketPrice;
  return {
    quantity: quantity.amount,
    price: price?.amount ?? null,
    quantityProblem: quantity.problem ?? quantityLimits(quantity.amount ?? ZERO, priceUsed, market),
    priceProblem: price?.problem ?? null,
  };
}

function readField(text: string, decimalSign: string, step: Amount): { amount: Amount | null; problem: FieldProblem | null } {
  const refused = (rule: FieldProblem['rule']) => ({ amount: null, problem: { rule, limit: step } });
  if (text.trim() === '') return refused('empty');
  const amount = readTyped(text, decimalSign);
  if (amount === null) return refused(isAmbiguous(text, decimalSign) ? 'ambiguous' : 'notNumber');
  if (amount === 0n) return refused('zero');
  if (!isMultiple(amount, step)) return refused('step');
  return { amount, problem: null };
}

function quantityLimits(quantity: Amount, price: Amount | null, market: Market): FieldProblem | null {
  if (quantity < market.quantityMin) return { rule: 'min', limit: market.quantityMin };
  if (market.quantityMax > 0n && quantity > market.quantityMax) return { rule: 'max', limit: market.quantityMax };
  if (price !== null && multiply(quantity, price, 'down') < market.notionalMin) return { rule: 'notional', limit: market.notionalMin };
  return null;
}

/** The order exactly as it will be signed: canonical text, nothing that was not shown. */
export function toOrder(ticket: Ticket, reading: TicketReading, market: Market, clientOrderId: string): Order | null {
  if (reading.quantityProblem || reading.priceProblem || reading.quantity === null) return null;
  const order = { symbol: market.symbol, side: ticket.side, type: ticket.type, quantity: amountText(reading.quantity), clientOrderId };
  if (ticket.type === 'MARKET') return Object.freeze(order);
  return reading.price === null ? null : Object.freeze({ ...order, price: amountText(reading.price, market.priceDecimals) });
}

export interface Estimate {
  /** What is paid (BUY) or received before the fee (SELL), in the quote asset. */
  readonly money: Amount;
  readonly fee: Amount;
  readonly feeAsset: string;
  readonly feeRate: Amount;
  /** Less than the quantity when a market order would empty the book. */
  readonly quantityMet: Amount;
}

export interface FeeRates {
  readonly maker: Amount;
  readonly taker: Amount;
}

/** Cost and fee before the click. The fee is taken from what the side receives and rounds up, as at the exchange. */
export function estimate(ticket: Ticket, reading: TicketReading, market: Market, book: Book | null, rates: FeeRates): Estimate | null {
  const { quantity, price } = reading;
  if (quantity === null) return null;
  const opposite = ticket.side === 'BUY' ? book?.asks : book?.bids;
  const buying = ticket.side === 'BUY';
  const feeOf = (rate: Amount, met: Amount, money: Amount) => ({
    fee: multiply(buying ? met : money, rate, 'up'),
    feeAsset: buying ? market.base : market.quote,
    feeRate: rate,
  });
  if (ticket.type === 'LIMIT') {
    if (price === null) return null;
    const money = multiply(quantity, price, buying ? 'up' : 'down');
    const best = opposite?.[0]?.price;
    const takes = best !== undefined && (buying ? price >= best : price <= best);
    return { money, quantityMet: quantity, ...feeOf(takes ? rates.taker : rates.maker, quantity, money) };
  }
  const walk = walkBook(opposite ?? [], quantity);
  return walk && { money: walk.cost, quantityMet: walk.quantity, ...feeOf(rates.taker, walk.quantity, walk.cost) };
}
