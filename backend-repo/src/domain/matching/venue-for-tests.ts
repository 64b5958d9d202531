/** For the tests of this folder: three markets that share assets, and short ways to say a command. */
import { feeRateFrom } from '../fee.ts';
import { formatAmount, parseAmount, type Units } from '../money.ts';
import { MatchingEngine } from './matching-engine.ts';
import type {
  AmendCommand, CancelAllCommand, CancelCommand, CreditCommand, DebitCommand, ExpireCommand, PlaceCommand, ReopenMarketCommand, SetMarketStatusCommand,
} from './commands.ts';
import type { EngineState, MarketState, MarketStatus, Outcome, Side, UserId } from './types.ts';

export const HOUSE: UserId = 1;
export const ANN: UserId = 2;
export const BOB: UserId = 3;
export const CAT: UserId = 4;

export function units(text: string): Units {
  const amount = parseAmount(text);
  if (amount === null) throw new Error(`not an amount: ${text}`);
  return amount;
}

function market(symbol: string, baseAsset: string, quoteAsset: string, numbers: Record<'tick' | 'lot' | 'maxPrice' | 'maxQuantity' | 'minNotional', string>): MarketState {
  const [tick, lot] = [units(numbers.tick), units(numbers.lot)];
  const bounds = { minPrice: tick, maxPrice: units(numbers.maxPrice), minQuantity: lot, maxQuantity: units(numbers.maxQuantity) };
  const rules = { symbol, baseAsset, quoteAsset, tick, lot, ...bounds, minNotional: units(numbers.minNotional), bandRate: null, stopProtectionRate: feeRateFrom('0.05') };
  const breaker = { breakerRate: null, breakerWindowMs: 60_000, breakerPrice: null, breakerSince: null };
  return { ...rules, ...breaker, status: 'open', haltReason: null, haltedAt: null, sequence: 0, lastPrice: null };
}

export const BTCUSDT = market('BTCUSDT', 'BTC', 'USDT', { tick: '0.01', lot: '0.00001', maxPrice: '1000000', maxQuantity: '9000', minNotional: '5' });
export const ETHUSDT = market('ETHUSDT', 'ETH', 'USDT', { tick: '0.01', lot: '0.0001', maxPrice: '100000', maxQuantity: '50000', minNotional: '5' });
/** Its quote asset is the base asset of another market; tick × lot is exactly one unit. */
export const ETHBTC = market('ETHBTC', 'ETH', 'BTC', { tick: '0.00001', lot: '0.001', maxPrice: '10', maxQuantity: '50000', minNotional: '0.0001' });

export function emptyState(markets: readonly MarketState[] = [BTCUSDT, ETHUSDT, ETHBTC]): EngineState {
  return { houseUserId: HOUSE, markets, feeRates: [], balances: [], orders: [], lastOrderId: 0, lastTradeId: 0, lastPriority: 0 };
}

/** An engine in which the named users have plenty of everything. */
export function richEngine(users: readonly UserId[] = [ANN, BOB, CAT], markets?: readonly MarketState[]): MatchingEngine {
  const engine = MatchingEngine.restore(emptyState(markets));
  for (const userId of users) for (const asset of ['BTC', 'ETH', 'USDT']) engine.apply(deposit(userId, asset, '100000000'));
  engine.takeChanges();
  return engine;
}

export function deposit(userId: UserId, asset: string, amount: string): CreditCommand {
  return { kind: 'credit', time: 1, userId, asset, amount: units(amount), cause: 'DEPOSIT', reference: null };
}

export function withdraw(userId: UserId, asset: string, amount: string): DebitCommand {
  return { kind: 'debit', time: 1, userId, asset, amount: units(amount), cause: 'WITHDRAWAL', reference: null };
}

/** What an order has beside owner, market, side, type and quantity, when nothing else is said. */
const PLAIN = {
  kind: 'place',
  time: 1,
  quoteAmount: null,
  price: null,
  stopPrice: null,
  stopLimitPrice: null,
  displayQuantity: null,
  timeInForce: 'GTC',
  expiresAt: null,
  postOnly: false,
  selfTradePrevention: 'TAKER',
  limits: null,
  clientOrderId: null,
} as const;

/** Any order. What is left out is `null`, GTC, not post-only, TAKER. */
export function place(order: Pick<PlaceCommand, 'userId' | 'side' | 'type' | 'quantity'> & Partial<PlaceCommand>): PlaceCommand {
  return { ...PLAIN, symbol: 'BTCUSDT', ...order };
}

/** `limit(ANN, 'BUY', '0.5', '45000')` on BTCUSDT. */
export function limit(userId: UserId, side: Side, quantity: string, price: string, symbol = 'BTCUSDT'): PlaceCommand {
  return place({ userId, symbol, side, type: 'LIMIT', quantity: units(quantity), price: units(price) });
}

export function marketOrder(userId: UserId, side: Side, quantity: string, symbol = 'BTCUSDT'): PlaceCommand {
  return place({ userId, symbol, side, type: 'MARKET', quantity: units(quantity) });
}

/** What is left out stays as it is. */
export function amend(userId: UserId, orderId: number, changes: Partial<Omit<AmendCommand, 'kind' | 'userId' | 'orderId'>>): AmendCommand {
  return { kind: 'amend', time: 1, userId, orderId, quantity: null, price: null, stopPrice: null, stopLimitPrice: null, limits: null, judged: null, ...changes };
}

export function cancel(userId: UserId, orderId: number): CancelCommand {
  return { kind: 'cancel', time: 1, userId, orderId };
}

export function cancelAll(userId: UserId, symbol: string | null = null): CancelAllCommand {
  return { kind: 'cancel-all', time: 1, userId, symbol };
}

export function expire(time: number): ExpireCommand {
  return { kind: 'expire', time };
}

export function setStatus(status: MarketStatus, symbol = 'BTCUSDT'): SetMarketStatusCommand {
  return { kind: 'set-market-status', time: 1, symbol, status };
}

export function reopen(haltedAt: number, time = 1, symbol = 'BTCUSDT'): ReopenMarketCommand {
  return { kind: 'reopen-market', time, symbol, haltedAt };
}

/** The trades of an outcome as `maker 3: 0.5 at 45000`. */
export function tradesIn({ events }: Outcome): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'trade') return [];
    const { trade } = event;
    const maker = trade.takerSide === 'BUY' ? trade.sellerOrderId : trade.buyerOrderId;
    return [`maker ${maker}: ${formatAmount(trade.quantity)} at ${formatAmount(trade.price)}`];
  });
}

/** Two balances as text: `available 1 locked 2`. */
export function balanceText(engine: MatchingEngine, userId: UserId, asset: string): string {
  const row = engine.balancesOf(userId).find((balance) => balance.asset === asset);
  return `available ${formatAmount(row?.available ?? 0n)} locked ${formatAmount(row?.locked ?? 0n)}`;
}

/** Any value as text, amounts included, for comparing and hashing. */
export function asText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner));
}

/** A repeatable source of numbers (mulberry32). `next(n)` is 0 … n-1. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
