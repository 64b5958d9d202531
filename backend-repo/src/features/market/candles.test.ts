import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { openWriterPool } from '../../db/connection.ts';
import { firstOf, INTERVAL_NAMES, startOf, withTrade, type Candle, type PublicTrade } from '../../domain/candles.ts';
import { formatAmount } from '../../domain/money.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { sql } from '../../testing/venue.ts';
import { CandlesRepository } from './candles.repository.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await cloneDatabase();
  pool = openWriterPool(database.appUrl, 4, 'test', () => undefined);
  await sql(database.superUrl, `
    insert into trading.markets (symbol, base_asset, quote_asset, tick, lot, min_price, max_price, min_quantity, max_quantity, min_notional)
      select name, left(name, 3), 'USDT', 0.01, 0.01, 0.01, 1000, 0.01, 1000, 1 from unnest(array['BTCUSDT', 'ETHUSDT']) as name`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const amount = fc.integer({ min: 1, max: 1_000 }).map((cents) => BigInt(cents) * 1_000_000n);
/** The venue's clock may be set back now and then. */
const step = fc.record({ symbol: fc.constantFrom('BTCUSDT', 'ETHUSDT'), price: amount, quantity: amount, notional: amount, passed: fc.oneof(fc.nat(20_000), fc.nat(20_000), fc.integer({ min: -90_000, max: 4_000_000 })) });
const BEGAN = Date.parse('2026-03-01T22:00:00.000Z');

function tradesOf(steps: readonly (Omit<PublicTrade, 'id' | 'executedAt' | 'takerSide'> & { passed: number })[]): PublicTrade[] {
  let at = BEGAN;
  return steps.map(({ passed, ...trade }, index) => ({ ...trade, id: index + 1, takerSide: 'BUY', executedAt: (at += passed) }));
}

/** All the table holds, by market, interval and time. */
function collected(trades: readonly PublicTrade[]): Map<string, Candle> {
  const candles = new Map<string, Candle>();
  for (const trade of trades) {
    for (const interval of INTERVAL_NAMES) {
      const start = startOf(trade.executedAt, interval);
      const name = `${trade.symbol} ${interval} ${start}`;
      const candle = candles.get(name);
      candles.set(name, candle ? withTrade(candle, trade) : firstOf(start, trade));
    }
  }
  return candles;
}

async function trading(trades: readonly PublicTrade[]): Promise<void> {
  await sql(database.superUrl, 'truncate trading.trades, trading.candles; update trading.candle_progress set last_trade_id = 0');
  await sql(database.superUrl, `
    insert into trading.trades (id, symbol, buyer_order_id, seller_order_id, buyer_id, seller_id, quantity, price, notional, buyer_fee, seller_fee, taker_side, executed_at)
      select id, symbol, 1, 2, 3, 4, quantity, price, notional, 0, 0, 'BUY', to_timestamp(executed / 1000)
      from unnest($1::bigint[], $2::text[], $3::numeric[], $4::numeric[], $5::numeric[], $6::float8[]) as made (id, symbol, quantity, price, notional, executed)`,
    [trades.map(({ id }) => id), trades.map(({ symbol }) => symbol), trades.map(({ quantity }) => formatAmount(quantity)), trades.map(({ price }) => formatAmount(price)), trades.map(({ notional }) => formatAmount(notional)), trades.map(({ executedAt }) => executedAt)]);
}

test('the table holds the candles of any trades, however they are paged and by however many nodes at once', async () => {
  const repository = new CandlesRepository(pool);
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 25 }), async (steps, page) => {
    const trades = tradesOf(steps);
    await trading(trades);
    const node = async (): Promise<void> => {
      while ((await repository.addUp(page)) > 0);
    };
    await Promise.all([node(), node(), node()]);
    const { candles, lastTradeId, trades: kept } = await repository.load(1_000, 1_000);
    expect(new Map(candles.map(({ symbol, interval, ...candle }) => [`${symbol} ${interval} ${candle.start}`, candle]))).toEqual(collected(trades));
    expect([lastTradeId, kept]).toEqual([trades.length, trades]);
    expect(await repository.tradesSince(trades.length - 1, 10)).toEqual(trades.slice(-1));
  }), { numRuns: 12 });
});

test('a stretch of candles comes with the one before it', async () => {
  const trades = tradesOf([0, 60_000, 60_000, 60_000].map((passed) => ({ symbol: 'BTCUSDT', price: 1_000_000n, quantity: 1_000_000n, notional: 1_000_000n, passed })));
  await trading(trades);
  const repository = new CandlesRepository(pool);
  await repository.addUp(100);
  expect((await repository.candles('BTCUSDT', '1m', BEGAN + 120_000, BEGAN + 180_000)).map(({ start }) => start - BEGAN)).toEqual([60_000, 120_000]);
  expect((await repository.tradesBefore('BTCUSDT', 3, 1)).map(({ id }) => id)).toEqual([2]);
});
