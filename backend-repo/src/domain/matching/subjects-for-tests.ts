/** The engine and the reference venue behind one door, so that one list of cases and one stream of commands can be put to both. */
import { MatchingEngine } from './matching-engine.ts';
import type { ReferenceOrder } from './reference/reference-order.ts';
import { type ReferenceAnswer, ReferenceVenue } from './reference/reference-venue.ts';
import type { Command } from './commands.ts';
import type { MarketState, Outcome, StoredOrder } from './types.ts';
import { asText, emptyState, HOUSE } from './venue-for-tests.ts';

/** What one command did, in words. */
export interface Answer {
  /** `WOULD_TAKE price`, or `null` when it was carried out. */
  readonly refusal: string | null;
  readonly order: Pick<StoredOrder, 'id' | 'status' | 'reason' | 'quantity' | 'filledQuantity' | 'filledNotional' | 'fee'> | null;
  /** Trades, wakened stops and halts, in order. */
  readonly log: readonly string[];
  readonly cancelled: readonly string[];
  readonly ended: readonly number[];
}

export interface Subject {
  apply(command: Command): Answer;
  /** Everything that can be seen between two commands, as text. */
  state(): string;
  depth(symbol: string): readonly (readonly (readonly [bigint, bigint])[])[];
  balance(userId: number, asset: string): { readonly available: bigint; readonly locked: bigint };
  /** Ends and begins again from its rows. */
  restart(): void;
  /** What is wrong with the books and balances by the subject's own account. */
  problems(): string[];
}

const ASSETS = ['BTC', 'ETH', 'USDT'];
const USERS = [HOUSE, 2, 3, 4, 5, 6];
const MORE_THAN_ALL_LEVELS = 100_000;

export function engineSubject(markets: readonly MarketState[]): Subject {
  let engine = MatchingEngine.restore(emptyState(markets));
  const depth: Subject['depth'] = (symbol) => {
    const levels = engine.depth(symbol, MORE_THAN_ALL_LEVELS);
    return [levels?.bids ?? [], levels?.asks ?? []];
  };
  const balance: Subject['balance'] = (userId, asset) => {
    const row = engine.balancesOf(userId).find((candidate) => candidate.asset === asset);
    return { available: row?.available ?? 0n, locked: row?.locked ?? 0n };
  };
  const state = (): string => {
    const snapshot = engine.snapshot();
    return asText({ ...seen(depth, balance, markets), orders: inQueueOrder(snapshot.orders).map(orderWords), progress: marketWords(snapshot.markets) });
  };
  const restart = (): void => {
    engine = MatchingEngine.restore(engine.snapshot());
  };
  return { apply: (command) => engineAnswer(engine.apply(command)), restart, state, depth, balance, problems: () => engine.checkInvariants() };
}

export function referenceSubject(markets: readonly MarketState[]): Subject {
  const venue = new ReferenceVenue(HOUSE, markets);
  const depth: Subject['depth'] = (symbol) => [venue.books.depth(symbol, 'BUY'), venue.books.depth(symbol, 'SELL')];
  const balance: Subject['balance'] = (userId, asset) => ({ available: venue.available(userId, asset), locked: venue.locked(userId, asset) });
  const state = (): string => {
    const orders = inQueueOrder(venue.books.open.map(asStored)).map(orderWords);
    return asText({ ...seen(depth, balance, markets), orders, progress: marketWords(venue.books.markets) });
  };
  const negative = (): string[] => USERS.flatMap((user) => ASSETS.filter((asset) => venue.available(user, asset) < 0n).map((asset) => `${user} has less than no ${asset}`));
  return { apply: (command) => referenceAnswer(venue.apply(command)), restart: () => undefined, state, depth, balance, problems: negative };
}

function engineAnswer({ refusal, order, events, ended }: Outcome): Answer {
  if (refusal !== null) return { refusal: `${refusal.code} ${refusal.field}`, order: null, log: [], cancelled: [], ended: [] };
  const log: string[] = [];
  const cancelled: string[] = [];
  for (const event of events) {
    if (event.type === 'cancelled') cancelled.push(`${event.orderId} ${event.reason}`);
    if (event.type === 'triggered') log.push(`${event.orderId} woken`);
    if (event.type === 'market-status' && event.reason === 'CIRCUIT_BREAKER') log.push(`${event.symbol} halted`);
    if (event.type !== 'trade') continue;
    const { takerSide, buyerOrderId, sellerOrderId, quantity, price, notional, buyerFee, sellerFee } = event.trade;
    const [taker, maker] = takerSide === 'BUY' ? [buyerOrderId, sellerOrderId] : [sellerOrderId, buyerOrderId];
    log.push(`${taker} takes ${quantity} of ${maker} at ${price} for ${notional}, fees ${buyerFee} ${sellerFee}`);
  }
  return { refusal: null, order: order && stateOf(order), log, cancelled: cancelled.sort(), ended: ended.map(({ id }) => id).sort((a, b) => a - b) };
}

function referenceAnswer({ problem, order, log, cancelled, ended }: ReferenceAnswer): Answer {
  return { refusal: problem && `${problem.code} ${problem.field}`, order: order && stateOf(asStored(order)), log, cancelled, ended };
}

function stateOf({ id, status, reason, quantity, filledQuantity, filledNotional, fee }: Omit<StoredOrder, 'locked'>): NonNullable<Answer['order']> {
  return { id, status, reason, quantity, filledQuantity, filledNotional, fee };
}

type Comparable = Omit<StoredOrder, 'feeAsset' | 'clientOrderId' | 'createdAt' | 'updatedAt'>;

function asStored(order: ReferenceOrder): Omit<StoredOrder, 'locked'> {
  const { filled, notional, shown, resting: _resting, ...terms } = order;
  const displayedQuantity = order.displayQuantity === null ? null : shown;
  return { ...terms, filledQuantity: filled, filledNotional: notional, displayedQuantity, feeAsset: '', clientOrderId: null, createdAt: 0, updatedAt: 0 };
}

/** The numbers of the priorities are the engine's own affair; who comes first is not. */
function inQueueOrder<Order extends Pick<StoredOrder, 'symbol' | 'priority'>>(orders: readonly Order[]): Order[] {
  return [...orders].sort((one, other) => (one.symbol === other.symbol ? one.priority - other.priority : one.symbol < other.symbol ? -1 : 1));
}

function orderWords(order: Comparable): unknown {
  const { id, userId, side, type, status, quantity, quoteAmount, price, stopPrice, stopLimitPrice, displayQuantity, displayedQuantity, timeInForce } = order;
  const { expiresAt, postOnly, selfTradePrevention, triggeredAt, filledQuantity, filledNotional, fee } = order;
  const terms = [id, userId, side, type, status, quantity, quoteAmount, price, stopPrice, stopLimitPrice, displayQuantity, displayedQuantity, timeInForce];
  return [...terms, expiresAt, postOnly, selfTradePrevention, triggeredAt, filledQuantity, filledNotional, fee];
}

type Progress = Pick<MarketState, 'symbol' | 'status' | 'haltReason' | 'haltedAt' | 'lastPrice' | 'breakerPrice' | 'breakerSince'>;

function marketWords(markets: readonly Progress[]): string[] {
  return markets.map(({ symbol, status, haltReason, haltedAt, lastPrice, breakerPrice, breakerSince }) => [symbol, status, haltReason, haltedAt, lastPrice, breakerPrice, breakerSince].join(' ')).sort();
}

function seen(depth: Subject['depth'], balance: Subject['balance'], markets: readonly MarketState[]): Record<string, unknown> {
  const balances = USERS.map((user) => ASSETS.map((asset) => balance(user, asset)));
  return { books: markets.map(({ symbol }) => depth(symbol)), balances };
}
