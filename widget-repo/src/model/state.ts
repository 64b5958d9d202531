import { type Amount, multiply, ratio, ZERO } from './amount.ts';
import { type Book, midPrice } from './book.ts';
import type { Failure } from './failure.ts';
import type { WidgetConfig } from './order.ts';
import { type Flow, isBusy } from './order-flow.ts';
import type { Position } from './position.ts';
import { EMPTY_TICKET, type Estimate, estimate, type FeeRates, type Market, readTicket, type Ticket, type TicketReading } from './ticket.ts';

export type Stage = 'loading' | 'ready' | 'blocked';
/** 'away': the last attempts failed. 'stale': too old to trade at market. */
export type Feed = 'waiting' | 'live' | 'stale' | 'away';
export type SignIn = 'out' | 'unknown' | 'in';

export interface WidgetState {
  readonly stage: Stage;
  readonly problem: Failure | null;
  readonly config: WidgetConfig | null;
  readonly rates: FeeRates;
  readonly markets: readonly Market[];
  readonly market: Market | null;
  readonly ticket: Ticket;
  /** A field complains only after the trader has been in it. */
  readonly touched: { readonly quantity: boolean; readonly price: boolean };
  readonly book: Book | null;
  readonly feed: Feed;
  readonly priceBefore: Amount | null;
  readonly openingPrice: Amount | null;
  readonly signIn: SignIn;
  readonly balances: Readonly<Record<string, Amount>> | null;
  /** The last question for it came to nothing. */
  readonly balanceAway: boolean;
  readonly current: Flow | null;
  /** Placed from this page, newest first. */
  readonly orders: readonly Flow[];
  readonly positions: Readonly<Record<string, Position>>;
  readonly notice: Failure | null;
}

export const INITIAL_STATE: WidgetState = {
  stage: 'loading',
  problem: null,
  config: null,
  rates: { maker: ZERO, taker: ZERO },
  markets: [],
  market: null,
  ticket: EMPTY_TICKET,
  touched: { quantity: false, price: false },
  book: null,
  feed: 'waiting',
  priceBefore: null,
  openingPrice: null,
  signIn: 'unknown',
  balances: null,
  balanceAway: false,
  current: null,
  orders: [],
  positions: {},
  notice: null,
};

export const PRICE_STALE_AFTER_MS = 3000;

export function lastPrice(state: WidgetState): Amount | null {
  return state.book && state.book.symbol === state.market?.symbol ? midPrice(state.book) : null;
}

/** Change since the widget was opened, as a fraction. */
export function changeSinceOpening(state: WidgetState): Amount | null {
  const now = lastPrice(state);
  return now === null || !state.openingPrice ? null : ratio(now - state.openingPrice, state.openingPrice, 'down');
}

export interface TicketView {
  readonly reading: TicketReading;
  readonly estimate: Estimate | null;
  readonly blocker: Blocker | null;
  readonly warning: Warning | null;
}

/** Why the button cannot be pressed now, most important first. */
export type Blocker = 'signedOut' | 'busy' | 'stalePrice' | 'emptyBook' | 'invalid';
export type Warning = 'balance' | 'depth';

export function readState(state: WidgetState, market: Market, decimalSign: string): TicketView {
  const price = lastPrice(state);
  const reading = readTicket(state.ticket, market, decimalSign, price);
  const book = state.book?.symbol === market.symbol ? state.book : null;
  const cost = estimate(state.ticket, reading, market, book, state.rates);
  return { reading, estimate: cost, blocker: blockerOf(state, reading, book), warning: warningOf(state, market, reading, cost) };
}

function blockerOf(state: WidgetState, reading: TicketReading, book: Book | null): Blocker | null {
  if (state.signIn === 'out') return 'signedOut';
  if (isBusy(state.current)) return 'busy';
  if (state.ticket.type === 'MARKET' && state.config?.orderbookUrl) {
    if (state.feed !== 'live') return 'stalePrice';
    const levels = state.ticket.side === 'BUY' ? book?.asks : book?.bids;
    if (!levels?.length) return 'emptyBook';
  }
  return reading.quantityProblem || reading.priceProblem ? 'invalid' : null;
}

function warningOf(state: WidgetState, market: Market, reading: TicketReading, cost: Estimate | null): Warning | null {
  if (reading.quantity === null || !cost) return null;
  const { asset, needed } = state.ticket.side === 'BUY' ? { asset: market.quote, needed: cost.money } : { asset: market.base, needed: reading.quantity };
  // The exchange decides; a balance that is seconds old warns and does not block.
  if (state.balances && needed > (state.balances[asset] ?? ZERO)) return 'balance';
  return cost.quantityMet < reading.quantity ? 'depth' : null;
}

export function spendable(state: WidgetState, market: Market): Amount | null {
  if (!state.balances) return null;
  return state.balances[state.ticket.side === 'BUY' ? market.quote : market.base] ?? ZERO;
}

export function percentOf(amount: Amount, percent: number): Amount {
  return multiply(amount, BigInt(percent) * 1_000_000n, 'down');
}
