/** Random command streams for the tests of this folder, made so that every rule of docs/decisions/0015 meets every other one often. */
import type { AmendCommand, Command, OrderLimits, PlaceCommand, ReopenMarketCommand } from './commands.ts';
import type { MarketState, OrderType, SelfTradePrevention, Side, TimeInForce, UserId } from './types.ts';
import { BTCUSDT, ETHBTC, ETHUSDT, HOUSE } from './venue-for-tests.ts';

type Next = (below: number) => number;

/** The middle of a market's prices in ticks, and how far from it most orders are. */
interface Field {
  readonly rules: MarketState;
  readonly middle: number;
  readonly spread: number;
}

const MARKETS: readonly [Field, ...Field[]] = [
  { rules: BTCUSDT, middle: 4_500_000, spread: 12 },
  { rules: ETHUSDT, middle: 250_000, spread: 40 },
  { rules: ETHBTC, middle: 5_555, spread: 6 },
];
const USERS = 6;
const RECENT_ORDERS = 16;
const TYPES: readonly OrderType[] = ['LIMIT', 'LIMIT', 'LIMIT', 'LIMIT', 'LIMIT', 'LIMIT', 'LIMIT', 'MARKET', 'MARKET', 'MARKET', 'STOP', 'STOP', 'STOP_LIMIT', 'STOP_LIMIT', 'OCO', 'ICEBERG', 'ICEBERG'];
const TIMES_IN_FORCE: readonly TimeInForce[] = ['GTC', 'GTC', 'GTC', 'IOC', 'FOK', 'GTD'];
const PREVENTIONS: readonly SelfTradePrevention[] = ['TAKER', 'TAKER', 'NONE', 'MAKER', 'BOTH'];

/** The markets of `emptyState` with a price band, a stop protection and a breaker so narrow that a random stream meets them all the time. */
export const LIVELY_MARKETS: readonly MarketState[] = [
  { ...BTCUSDT, bandRate: 250n, stopProtectionRate: 130n, breakerRate: 300n, breakerWindowMs: 80 },
  { ...ETHUSDT, bandRate: 20_000n, stopProtectionRate: 2_000n, breakerRate: 18_000n, breakerWindowMs: 150 },
  { ...ETHBTC, bandRate: null, stopProtectionRate: 60_000n, breakerRate: null },
];

/**
 * A random command. Few users, few prices and small balances, so that crossing, self-trade, refusals of every kind and stale cancels all happen
 * often. `owners` tells it who placed order 1, 2, 3, …; the caller keeps it. `time` is the caller's too, and should move by a few from command
 * to command: GTD orders live for up to 60. `halt` is the last halt of a circuit breaker that the caller has seen, if it looks for them.
 */
export function randomCommand(next: Next, time: number, owners: readonly UserId[], halt: Pick<ReopenMarketCommand, 'symbol' | 'haltedAt'> | null = null): Command {
  if (halt !== null && next(50) === 0) return { kind: 'reopen-market', time, ...halt };
  const userId = HOUSE + next(USERS);
  const roll = next(100);
  if (roll < 8) return randomTransfer(next, time, userId, roll < 6);
  if (roll < 9) return { kind: 'set-fee-rates', time, userId, makerRate: BigInt(next(300_000)), takerRate: BigInt(next(400_000)) };
  if (roll < 13) {
    const { symbol } = oneOf(next, MARKETS).rules;
    return { kind: 'set-market-status', time, symbol, status: next(8) > 0 ? 'open' : oneOf(next, ['post-only', 'halted'] as const) };
  }
  if (roll < 15) return { kind: 'expire', time };
  if (roll < 16 && next(2) === 0) return { kind: 'cancel-all', time, userId, symbol: next(2) === 0 ? null : oneOf(next, MARKETS).rules.symbol };
  if (roll < 26) {
    const orderId = recentOrder(next, owners);
    return { kind: 'cancel', time, userId: ownerOf(next, owners, orderId, userId), orderId };
  }
  if (roll < 36) return randomAmendment(next, time, owners, userId);
  return randomOrder(next, time, userId, owners.length + 1);
}

function randomTransfer(next: Next, time: number, userId: UserId, deposit: boolean): Command {
  const asset = oneOf(next, ['BTC', 'ETH', 'USDT']);
  const amount = BigInt(next(1_000_000)) * (asset === 'USDT' ? 5_000_000n : 1_000n) - BigInt(next(20));
  if (deposit) return { kind: 'credit', time, userId, asset, amount, cause: 'DEPOSIT', reference: `d${time}` };
  return { kind: 'debit', time, userId, asset, amount, cause: 'WITHDRAWAL', reference: null };
}

function randomAmendment(next: Next, time: number, owners: readonly UserId[], userId: UserId): AmendCommand {
  const orderId = recentOrder(next, owners);
  const field = marketOfOrder(orderId);
  const what = next(8);
  return {
    kind: 'amend',
    time,
    userId: ownerOf(next, owners, orderId, userId),
    orderId,
    quantity: what < 5 ? randomQuantity(next, field.rules) : null,
    price: what > 3 ? randomPrice(next, field, next(2) === 0 ? 'BUY' : 'SELL') : null,
    stopPrice: next(8) === 0 ? randomPrice(next, field, 'BUY') : null,
    stopLimitPrice: next(30) === 0 ? randomPrice(next, field, 'BUY') : null,
    limits: randomLimits(next, field.rules),
    judged: null,
  };
}

function randomOrder(next: Next, time: number, userId: UserId, nextOrderId: number): PlaceCommand {
  // Mostly the market that `marketOfOrder` will guess for an amendment; not always, or a halted market would stop the stream.
  const field = next(4) === 0 ? oneOf(next, MARKETS) : marketOfOrder(nextOrderId);
  const { rules } = field;
  const side: Side = next(2) === 0 ? 'BUY' : 'SELL';
  const type = oneOf(next, TYPES);
  const timeInForce = type === 'LIMIT' || type === 'STOP_LIMIT' ? oneOf(next, TIMES_IN_FORCE) : (type === 'OCO' || type === 'ICEBERG') && next(4) === 0 ? 'GTD' : 'GTC';
  const quantity = randomQuantity(next, rules);
  const price = randomPrice(next, field, side);
  const plain: PlaceCommand = {
    kind: 'place',
    time,
    userId,
    symbol: rules.symbol,
    side,
    type,
    quantity,
    quoteAmount: null,
    price: type === 'MARKET' || type === 'STOP' ? null : price,
    stopPrice: null,
    stopLimitPrice: null,
    displayQuantity: type === 'ICEBERG' ? (quantity / rules.lot / BigInt(2 + next(5))) * rules.lot : null,
    timeInForce,
    expiresAt: timeInForce === 'GTD' ? time - 2 + next(60) : null,
    postOnly: (type === 'LIMIT' || type === 'ICEBERG') && (timeInForce === 'GTC' || timeInForce === 'GTD') && next(8) === 0,
    selfTradePrevention: oneOf(next, PREVENTIONS),
    limits: randomLimits(next, rules),
    clientOrderId: next(3) === 0 ? `c${time}` : null,
  };
  return oddly(next, withStop(next, field, byAmount(next, plain, price)));
}

function byAmount(next: Next, order: PlaceCommand, price: bigint): PlaceCommand {
  if (order.type !== 'MARKET' || order.quantity === null || next(3) > 0) return order;
  return { ...order, quantity: null, quoteAmount: (price * order.quantity) / 100_000_000n + BigInt(next(3)) };
}

/** Stops are mostly on the sleeping side of the middle. */
function withStop(next: Next, { rules, middle, spread }: Field, order: PlaceCommand): PlaceCommand {
  if (order.type !== 'STOP' && order.type !== 'STOP_LIMIT' && order.type !== 'OCO') return order;
  const away = next(8) === 0 ? -next(spread) : next(spread);
  const stopTicks = middle + (order.side === 'BUY' ? away : -away);
  const stopPrice = rules.tick * BigInt(stopTicks);
  if (order.type === 'STOP') return { ...order, stopPrice };
  const beyond = rules.tick * BigInt(stopTicks + next(spread) - Math.floor(spread / 2));
  if (order.type === 'STOP_LIMIT') return { ...order, stopPrice, price: beyond };
  const price = rules.tick * BigInt(middle + (order.side === 'BUY' ? -next(spread) : next(spread)));
  return { ...order, price, stopPrice, stopLimitPrice: next(2) === 0 ? beyond : null };
}

/** Now and then a field that does not belong, or one that is missing or breaks a rule. */
function oddly(next: Next, order: PlaceCommand): PlaceCommand {
  const rare = next(400);
  if (rare > 24) return order;
  const { stopPrice, quantity } = order;
  const oddities: readonly Partial<PlaceCommand>[] = [
    { price: null },
    { price: 4_500_000_000_000n },
    { price: 0n },
    { price: (order.price ?? 1n) + 1n },
    { stopPrice: null },
    { stopPrice: 4_500_000_000_000n },
    { stopPrice: (stopPrice ?? 0n) + 1n },
    { stopPrice: 0n },
    { stopLimitPrice: 4_500_000_000_000n },
    { stopLimitPrice: (order.stopLimitPrice ?? 0n) + 1n },
    { displayQuantity: null },
    { displayQuantity: quantity },
    { displayQuantity: 1n },
    { displayQuantity: (order.displayQuantity ?? 0n) + 1n },
    { quantity: null },
    { quantity: 0n },
    { quantity: (quantity ?? 0n) * 1_000_000n },
    { quoteAmount: 10_000_000_000n },
    { quoteAmount: 0n },
    { timeInForce: 'FOK' },
    { timeInForce: 'GTD' },
    { expiresAt: order.time + 10 },
    { postOnly: true },
    { symbol: 'DOGEUSDT' },
    { quantity: (quantity ?? 0n) + 1n },
  ];
  return { ...order, ...oddities[rare] };
}

function randomQuantity(next: Next, { lot }: MarketState): bigint {
  if (next(150) === 0) return lot;
  // A few round sizes, so that fills often end exactly at an order's or a level's end.
  return lot * BigInt(next(3) === 0 ? 1 + next(20_000) : 1_000 * (1 + next(5)));
}

function randomPrice(next: Next, { rules, middle, spread }: Field, side: Side): bigint {
  return rules.tick * BigInt(middle + next(2 * spread) - spread + (side === 'BUY' ? -spread / 2 : spread / 2));
}

function randomLimits(next: Next, { baseAsset, quoteAsset }: MarketState): OrderLimits | null {
  if (next(4) > 0) return null;
  return {
    openOrdersMax: next(2) === 0 ? 1 + next(14) : null,
    notionalMax: next(3) === 0 ? BigInt(1 + next(40)) * (quoteAsset === 'BTC' ? 1_000_000n : 10_000_000_000n) : null,
    positionMax: next(3) === 0 ? BigInt(next(60)) * (baseAsset === 'BTC' ? 10_000_000n : 100_000_000n) : null,
  };
}

/** Where an order with this id probably is: the stream places it there, if it can. */
function marketOfOrder(orderId: number): Field {
  return MARKETS[orderId % MARKETS.length] ?? MARKETS[0];
}

function recentOrder(next: Next, owners: readonly UserId[]): number {
  const back = next(3) === 0 ? next(8 * RECENT_ORDERS) : next(RECENT_ORDERS);
  return Math.max(0, owners.length + 1 - back);
}

function ownerOf(next: Next, owners: readonly UserId[], orderId: number, otherwise: UserId): UserId {
  return next(10) === 0 ? otherwise : (owners[orderId - 1] ?? otherwise);
}

function oneOf<Value>(next: Next, values: readonly Value[]): Value {
  return values[next(values.length)] as Value;
}
