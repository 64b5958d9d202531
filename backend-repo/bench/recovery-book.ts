import type { App } from '../src/app.ts';
import { amountFrom, formatAmount } from '../src/domain/money.ts';
import { PLAIN_MARKET } from '../src/domain/venue-command.ts';
import type { TradeRequest } from '../src/domain/trade-token.ts';

/** Where a market of the history stands, in cents, and what most orders in it are for. */
interface Field {
  readonly symbol: string;
  readonly base: string;
  readonly middle: number;
  readonly quantity: string;
}

const FIELDS: readonly Field[] = [
  { symbol: 'BTCUSDT', base: 'BTC', middle: 6_400_000, quantity: '0.01' },
  { symbol: 'ETHUSDT', base: 'ETH', middle: 320_000, quantity: '0.2' },
  { symbol: 'SOLUSDT', base: 'SOL', middle: 16_000, quantity: '4' },
];
export const FUNDS: Readonly<Record<string, string>> = { USDT: '10000000', BTC: '200', ETH: '4000', SOL: '80000' };
const IN_FLIGHT = 500;
/** Of each side, so that three markets have about a thousand. */
const LEVELS = 160;
/** Cents between the middle and the first level: trades of the set-up stay away from what sleeps further out. */
const NEAREST = 100;
/** Further out than any level of the book. */
const STOPS_FROM = NEAREST + LEVELS + 500;

export async function createMarkets(app: App): Promise<void> {
  const tick = amountFrom('0.01');
  for (const { symbol, base } of FIELDS) {
    const lot = amountFrom('0.0001');
    await app.trading!.market.createMarket({
      symbol, baseAsset: base, quoteAsset: 'USDT', tick, lot, minPrice: tick, maxPrice: amountFrom('1000000'), minQuantity: lot, maxQuantity: amountFrom('1000'), minNotional: amountFrom('5'),
      status: 'open', ...PLAIN_MARKET,
    });
  }
}

/** Places so many orders that stay open, of every kind that can, as their traders would; some of them filled in part. */
export async function openBook(app: App, count: number, traders: readonly number[]): Promise<void> {
  const levels = Math.max(1, Math.min(LEVELS, Math.floor(count / 60)));
  const place = placer(app, traders);
  await Promise.all(FIELDS.map((field) => partlyFilled(field, levels, place)));
  const left = count - FIELDS.length * 2 * levels;
  for (let at = 0; at < left; at += IN_FLIGHT) {
    await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, left - at) }, (_, index) => place(resting(FIELDS[(at + index) % FIELDS.length]!, Math.floor((at + index) / FIELDS.length), levels))));
  }
}

type Place = (order: TradeRequest) => Promise<void>;

function placer(app: App, traders: readonly number[]): Place {
  let placed = 0;
  return async (order) => {
    placed += 1;
    const userId = traders[(placed * 13) % traders.length]!;
    await app.trading!.orders.place({ userId, freely: true, signed: true }, { ...order, clientOrderId: `open-${placed}` }, { tokens: [], name: null }, async () => undefined);
  };
}

/** The first order of each level: half of it meets an earlier order, the rest waits. From the outer levels inwards, so that nothing else is met. */
async function partlyFilled(field: Field, levels: number, place: Place): Promise<void> {
  for (let level = levels - 1; level >= 0; level -= 1) {
    for (const side of ['BUY', 'SELL'] as const) {
      const price = priceAt(field, side, NEAREST + level);
      await place({ symbol: field.symbol, side: other(side), type: 'LIMIT', quantity: field.quantity, price });
      await place({ symbol: field.symbol, side, type: 'LIMIT', quantity: twice(field.quantity), price });
    }
  }
}

/** Of twenty orders fourteen are plain, two icebergs, one of each kind sleeps or is armed, and one has an end of its own. */
function resting(field: Field, index: number, levels: number): TradeRequest {
  const side = index % 2 === 0 ? 'BUY' : 'SELL';
  const order = { symbol: field.symbol, side, quantity: field.quantity } as const;
  const price = priceAt(field, side, NEAREST + ((index >> 1) % levels));
  const stopPrice = priceAt(field, other(side), STOPS_FROM + (index % 300));
  switch ((index >> 1) % 20) {
    case 14:
    case 15:
      return { ...order, type: 'ICEBERG', price, displayQuantity: formatAmount(amountFrom(field.quantity) / 4n) };
    case 16:
      return { ...order, type: 'STOP', stopPrice };
    case 17:
      return { ...order, type: 'STOP_LIMIT', stopPrice, price: stopPrice };
    case 18:
      return { ...order, type: 'OCO', price, stopPrice };
    case 19:
      return { ...order, type: 'LIMIT', price, timeInForce: 'GTD', expiresAt: new Date(Date.now() + 86_400_000).toISOString(), postOnly: true };
    default:
      return { ...order, type: 'LIMIT', price };
  }
}

const other = (side: 'BUY' | 'SELL'): 'BUY' | 'SELL' => (side === 'BUY' ? 'SELL' : 'BUY');
const twice = (amount: string): string => formatAmount(2n * amountFrom(amount));

/** So many cents from the middle: bids below, offers above. */
function priceAt({ middle }: Field, side: 'BUY' | 'SELL', cents: number): string {
  return ((middle + (side === 'BUY' ? -cents : cents)) / 100).toFixed(2);
}
