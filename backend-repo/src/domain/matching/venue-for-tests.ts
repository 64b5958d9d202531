/** For the tests of this folder: three markets that share assets, short ways to say a command, and random command streams. */
import { formatAmount, parseAmount, type Units } from '../money.ts';
import { MatchingEngine } from './matching-engine.ts';
import type { CancelCommand, Command, CreditCommand, DebitCommand, EngineState, MarketState, Outcome, PlaceCommand, Side, UserId } from './types.ts';

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
  return { symbol, baseAsset, quoteAsset, tick, lot, ...bounds, minNotional: units(numbers.minNotional), status: 'open', sequence: 0 };
}

export const BTCUSDT = market('BTCUSDT', 'BTC', 'USDT', { tick: '0.01', lot: '0.00001', maxPrice: '1000000', maxQuantity: '9000', minNotional: '5' });
export const ETHUSDT = market('ETHUSDT', 'ETH', 'USDT', { tick: '0.01', lot: '0.0001', maxPrice: '100000', maxQuantity: '50000', minNotional: '5' });
/** Its quote asset is the base asset of another market; tick × lot is exactly one unit. */
export const ETHBTC = market('ETHBTC', 'ETH', 'BTC', { tick: '0.00001', lot: '0.001', maxPrice: '10', maxQuantity: '50000', minNotional: '0.0001' });

export function emptyState(markets: readonly MarketState[] = [BTCUSDT, ETHUSDT, ETHBTC]): EngineState {
  return { houseUserId: HOUSE, markets, feeRates: [], balances: [], orders: [], lastOrderId: 0, lastTradeId: 0 };
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

/** `limit(ANN, 'BUY', '0.5', '45000')` on BTCUSDT. */
export function limit(userId: UserId, side: Side, quantity: string, price: string, symbol = 'BTCUSDT'): PlaceCommand {
  return { kind: 'place', time: 1, userId, symbol, side, type: 'LIMIT', quantity: units(quantity), price: units(price), clientOrderId: null };
}

export function marketOrder(userId: UserId, side: Side, quantity: string, symbol = 'BTCUSDT'): PlaceCommand {
  return { kind: 'place', time: 1, userId, symbol, side, type: 'MARKET', quantity: units(quantity), price: null, clientOrderId: null };
}

export function cancel(userId: UserId, orderId: number): CancelCommand {
  return { kind: 'cancel', time: 1, userId, orderId };
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

const MARKETS = [
  { rules: BTCUSDT, middle: 4_500_000, spread: 12 },
  { rules: ETHUSDT, middle: 250_000, spread: 40 },
  { rules: ETHBTC, middle: 5_555, spread: 6 },
] as const;
const USERS = 6;

/**
 * A random command. Few users, few prices and small balances, so that crossing, self-trade, refusals of every kind and stale cancels all happen
 * often. `owners` tells it who placed order 1, 2, 3, …; the caller keeps it.
 */
export function randomCommand(next: (below: number) => number, time: number, owners: readonly UserId[]): Command {
  const userId = HOUSE + next(USERS);
  const roll = next(100);
  if (roll < 8) {
    const asset = ['BTC', 'ETH', 'USDT'][next(3)] as string;
    const amount = BigInt(next(1_000_000)) * (asset === 'USDT' ? 5_000_000n : 1_000n) - BigInt(next(20));
    if (roll < 6) return { kind: 'credit', time, userId, asset, amount, cause: 'DEPOSIT', reference: `d${time}` };
    return { kind: 'debit', time, userId, asset, amount, cause: 'WITHDRAWAL', reference: null };
  }
  if (roll < 10) return { kind: 'set-fee-rates', time, userId, makerRate: BigInt(next(300_000)), takerRate: BigInt(next(400_000)) };
  if (roll < 11) return { kind: 'set-market-status', time, symbol: (MARKETS[next(3)] ?? MARKETS[0]).rules.symbol, status: next(12) === 0 ? 'halted' : 'open' };
  if (roll < 35) {
    const orderId = Math.max(0, owners.length + 1 - next(60));
    return { kind: 'cancel', time, userId: next(5) === 0 ? userId : (owners[orderId - 1] ?? userId), orderId };
  }
  return randomOrder(next, time, userId, roll);
}

function randomOrder(next: (below: number) => number, time: number, userId: UserId, roll: number): PlaceCommand {
  const { rules, middle, spread } = MARKETS[next(3)] ?? MARKETS[0];
  const { symbol, tick, lot } = rules;
  const side: Side = next(2) === 0 ? 'BUY' : 'SELL';
  // A few round sizes, so that fills often end exactly at an order's or a level's end; now and then a size off the lot or far too large.
  let quantity = lot * BigInt(next(3) === 0 ? 1 + next(40_000) : 1_000 * (1 + next(5)));
  if (next(60) === 0) quantity += 1n;
  if (next(200) === 0) quantity *= 1_000_000n;
  const clientOrderId = next(3) === 0 ? `c${time}` : null;
  if (roll < 50) return { kind: 'place', time, userId, symbol, side, type: 'MARKET', quantity, price: null, clientOrderId };
  let price = tick * BigInt(middle + next(2 * spread) - spread + (side === 'BUY' ? -spread / 2 : spread / 2));
  if (next(80) === 0) price += 1n;
  if (next(200) === 0) price = 0n;
  return { kind: 'place', time, userId, symbol, side, type: 'LIMIT', quantity, price, clientOrderId };
}
