import { randomInt } from 'node:crypto';
import type { App } from '../src/app.ts';
import { amountFrom, decimalsOf, formatAmount } from '../src/domain/money.ts';
import { AppError } from '../src/errors.ts';
import { MARKETS } from './seed.ts';

/**
 * A few bots make the demo's markets move: one bids, one offers, around a price that wanders near its start, and one takes. They are ordinary
 * users who place ordinary orders; there is no other liquidity in the demo.
 *
 * Quotes stand on a grid, and only where none stands yet: the book stays as small as the range the price wanders in, with nothing to cancel.
 * Where the price moved through old quotes, bidder and offerer trade with each other.
 */
const LEVELS = 12;
/** Distance of two quotes, and the widest step of the price, in millionths. */
const GRID_PPM = 150;
const STEP_PPM = 220;
/** How strongly the price is pulled back to its start. */
const PULL = 50n;
const QUOTE_EVERY_MS = 1_000;
const TAKE_EVERY_MS = 1_400;
/** Less than what anybody may place in a minute, so that no bot stands out on the venue's watch. */
const ORDERS_PER_MINUTE = 45;
const MINUTE_MS = 60_000;
const PPM = 1_000_000n;

type DemoMarket = (typeof MARKETS)[number];
type Side = 'BUY' | 'SELL';

export function startBots(app: App, [bidder, offerer, taker]: readonly number[]): { stop: () => Promise<void> } {
  const prices = new Map<DemoMarket, bigint>(MARKETS.map((market) => [market, amountFrom(market.start)]));
  const placedAt = new Map<number, number[]>();
  let stopped = false;

  const quote = async (): Promise<void> => {
    for (const market of MARKETS) {
      const price = wander(prices.get(market)!, amountFrom(market.start));
      prices.set(market, price);
      const book = await app.trading!.market.orderbook(market.symbol, 100);
      const standing = new Set([...book.bids, ...book.asks].map(([level]) => level));
      for (const [userId, side] of [[bidder!, 'BUY'], [offerer!, 'SELL']] as const) {
        for (const level of gridPrices(market, price, side)) {
          if (!stopped && !standing.has(level)) await place(userId, market, side, level);
        }
      }
    }
  };
  const take = (): Promise<void> => place(taker!, MARKETS[randomInt(MARKETS.length)]!, randomInt(2) === 0 ? 'BUY' : 'SELL');
  const place = async (userId: number, market: DemoMarket, side: Side, price?: string): Promise<void> => {
    const lately = (placedAt.get(userId) ?? []).filter((at) => performance.now() - at < MINUTE_MS);
    if (lately.length >= ORDERS_PER_MINUTE) return;
    placedAt.set(userId, [...lately, performance.now()]);
    const quantity = formatAmount(amountFrom(market.lot) * BigInt(lotsFor(market) * (1 + randomInt(9))));
    const order = { symbol: market.symbol, side, type: price === undefined ? ('MARKET' as const) : ('LIMIT' as const), quantity, ...(price !== undefined && { price }) };
    try {
      await app.trading!.orders.place({ userId, freely: true, signed: true }, order, { tokens: [], name: null }, () => Promise.resolve());
    } catch (error) {
      // Refused (no liquidity, the engine restarting): it tries again at its next turn.
      if (!(error instanceof AppError)) throw error;
    }
  };

  const loops = [loop(quote, QUOTE_EVERY_MS, () => stopped, app), loop(take, TAKE_EVERY_MS, () => stopped, app)];
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
    },
  };
}

function wander(price: bigint, start: bigint): bigint {
  const stepped = (price * (PPM + BigInt(randomInt(-STEP_PPM, STEP_PPM + 1)))) / PPM;
  return stepped + (start - stepped) / PULL;
}

/** The nearest grid prices on one side, best first, in the market's own decimals. */
function gridPrices({ tick, start }: DemoMarket, price: bigint, side: Side): string[] {
  const step = amountFrom(tick);
  const ticksPerGrid = ((amountFrom(start) * BigInt(GRID_PPM)) / PPM / step) || 1n;
  const grid = ticksPerGrid * step;
  const nearest = price / grid;
  return Array.from({ length: LEVELS }, (_, level) => {
    const at = side === 'BUY' ? nearest - BigInt(level) : nearest + 1n + BigInt(level);
    return formatAmount(at * grid, decimalsOf(step));
  });
}

/** About 400 USDT, whatever the market. */
function lotsFor({ start, lot }: DemoMarket): number {
  return Math.max(1, Math.round(400 / (Number(start) * Number(lot))));
}

async function loop(work: () => Promise<void>, everyMs: number, stopped: () => boolean, app: App): Promise<void> {
  while (!stopped()) {
    await work().catch((error: unknown) => app.logger.error({ error }, 'a demo bot stumbled; it goes on'));
    const until = performance.now() + everyMs;
    while (!stopped() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
