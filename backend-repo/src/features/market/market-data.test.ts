import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { crc32 } from 'node:zlib';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import type { TestApp } from '../../testing/test-app.ts';
import { BUY, createMarkets, createNode, createTrader, createVenue, placed, SELL, sql, until, type TestVenue, type Trader } from '../../testing/venue.ts';

const MINUTE = 60_000;

let app: TestVenue;
let maker: Trader;
let taker: Trader;
beforeAll(async () => {
  app = await createVenue();
  await signInAgain();
});
afterAll(() => app.close());

/** Where hours pass, sessions do. */
async function signInAgain(): Promise<void> {
  [maker, taker] = [await createTrader(app), await createTrader(app)];
}

/** `quantity` changes hands at `price`; the buyer takes. */
async function trade(price: string, quantity: string, symbol = 'BTCUSDT', at: { app: TestApp; maker: Trader; taker: Trader } = { app, maker, taker }): Promise<void> {
  await placed(at.app, at.maker, { ...SELL, symbol, price, quantity });
  await placed(at.app, at.taker, { ...BUY, symbol, price, quantity });
}

type Row = Record<string, unknown>;
async function get<T = Row>(path: string, from: TestApp = app): Promise<T> {
  const { body } = await from.request.get(path).expect(200);
  return (body as { data: T }).data;
}
const klines = async (query: string, from: TestApp = app): Promise<Row[]> => (await get<{ candles: Row[] }>(`/api/markets/BTCUSDT/klines?${query}`, from)).candles;

test('the list of markets says their rules', async () => {
  const { markets } = await get<{ markets: Row[] }>('/api/markets');
  expect(markets).toEqual([
    {
      symbol: 'BTCUSDT', base_asset: 'BTC', quote_asset: 'USDT', tick_size: '0.01', lot_size: '0.0001', min_price: '0.01', max_price: '1000000.00', min_quantity: '0.0001', max_quantity: '1000',
      min_notional: '5', price_band: null, status: 'open', halt_reason: null,
    },
    expect.objectContaining({ symbol: 'ETHUSDT', base_asset: 'ETH' }),
  ]);
});

test('a market where nothing was ever traded has no prices, no trades and no candles', async () => {
  expect(await get('/api/markets/ETHUSDT/ticker')).toMatchObject({
    last_price: null, open_24h: null, high_24h: null, low_24h: null, change_24h: null, change_percent_24h: null, volume_24h: '0', quote_volume_24h: '0', trades_24h: 0, best_bid: null, best_ask: null,
  });
  expect(await get('/api/markets/ETHUSDT/trades')).toEqual({ symbol: 'ETHUSDT', trades: [], next_cursor: null });
  expect(await get('/api/markets/ETHUSDT/klines?interval=1h')).toEqual({ symbol: 'ETHUSDT', interval: '1h', candles: [] });
});

describe('after some trades, an hour without any, and one more', () => {
  let began: number;
  beforeAll(async () => {
    // To the beginning of a minute, so that none ends between two trades.
    app.advance(MINUTE - (app.now() % MINUTE));
    began = Math.floor(app.now() / MINUTE) * MINUTE;
    for (const [price, quantity] of [['60000', '0.01'], ['60100.5', '0.02'], ['59900', '0.03']] as const) await trade(price, quantity);
    app.advance(60 * MINUTE);
    await signInAgain();
    await trade('60300', '0.01');
    await placed(app, maker, { ...BUY, price: '50000', quantity: '0.5' });
    await placed(app, maker, { ...SELL, price: '70000.1', quantity: '0.25' });
  });

  test('the ticker knows the day, the last price and the best offers', async () => {
    expect(await get('/api/markets/BTCUSDT/ticker')).toEqual({
      symbol: 'BTCUSDT', last_price: '60300.00', open_24h: '60000.00', high_24h: '60300.00', low_24h: '59900.00', change_24h: '300.00', change_percent_24h: '0.50',
      volume_24h: '0.07', quote_volume_24h: '4202.01', trades_24h: 4, best_bid: '50000.00', best_bid_quantity: '0.5', best_ask: '70000.10', best_ask_quantity: '0.25', timestamp: expect.any(String),
    });
  });

  test('the stats are those of all markets, and their sums', async () => {
    const stats = await get<{ markets: Row[]; totals: Row }>('/api/markets/stats');
    expect(stats.markets).toMatchObject([{ symbol: 'BTCUSDT', last_price: '60300.00', trades_24h: 4 }, { symbol: 'ETHUSDT', last_price: null, trades_24h: 0 }]);
    expect(stats.totals).toEqual({ markets: 2, trades: 4, quote_volumes: [{ asset: 'USDT', quote_volume: '4202.01' }] });
  });

  test('the trades come newest first, page by page, and name nobody', async () => {
    const all = (await get<{ trades: Row[] }>('/api/markets/BTCUSDT/trades')).trades;
    expect(all.map(({ price }) => price)).toEqual(['60300.00', '59900.00', '60100.50', '60000.00']);
    expect(all[2]).toEqual({ id: expect.any(Number), price: '60100.50', quantity: '0.02', quote_quantity: '1202.01', taker_side: 'BUY', executed_at: expect.any(String) });
    const first = await get<{ trades: Row[]; next_cursor: number }>('/api/markets/BTCUSDT/trades?limit=3');
    const second = await get<{ trades: Row[]; next_cursor: number | null }>(`/api/markets/BTCUSDT/trades?limit=3&cursor=${first.next_cursor}`);
    expect([...first.trades, ...second.trades]).toEqual(all);
    expect(second.next_cursor).toBeNull();
  });

  test('the candles have the prices of their minute, and where nothing traded the close before', async () => {
    const candles = await klines(`interval=1m&from=${new Date(began - MINUTE).toISOString()}`);
    expect(candles).toHaveLength(61);
    expect(candles[0]).toEqual({
      open_time: new Date(began).toISOString(), close_time: new Date(began + MINUTE).toISOString(), open: '60000.00', high: '60100.50', low: '59900.00', close: '59900.00', volume: '0.06', quote_volume: '3599.01', trades: 3,
    });
    const quiet = { open: '59900.00', high: '59900.00', low: '59900.00', close: '59900.00', volume: '0', quote_volume: '0', trades: 0 };
    for (const candle of candles.slice(1, 60)) expect(candle).toMatchObject(quiet);
    expect(candles[60]).toMatchObject({ open: '60300.00', close: '60300.00', volume: '0.01', trades: 1 });
    // A stretch that begins in the silence knows the close before it.
    expect(await klines(`interval=1m&from=${new Date(began + 5 * MINUTE).toISOString()}&to=${new Date(began + 7 * MINUTE).toISOString()}`)).toMatchObject([quiet, quiet]);
  });

  test('of many candles `limit` gives the newest, with `from` alone the first, and each interval adds up the same', async () => {
    const last = await klines('interval=1m&limit=2');
    expect(last.map(({ open_time: time }) => time)).toEqual([new Date(began + 59 * MINUTE).toISOString(), new Date(began + 60 * MINUTE).toISOString()]);
    const first = await klines(`interval=1m&limit=2&from=${new Date(began).toISOString()}`);
    expect(first.map(({ open_time: time }) => time)).toEqual([new Date(began).toISOString(), new Date(began + MINUTE).toISOString()]);
    for (const interval of ['5m', '15m', '1h', '4h', '1d']) {
      const candles = await klines(`interval=${interval}`);
      expect([interval, candles.reduce((sum, { trades }) => sum + Number(trades), 0), candles.at(-1)!['close']]).toEqual([interval, 4, '60300.00']);
    }
  });

  test('who keeps answers knows how long: a second what moves, longer what has ended', async () => {
    const kept = async (path: string): Promise<unknown> => (await app.request.get(path).expect(200)).headers['cache-control'];
    expect(await Promise.all(['/api/markets', '/api/markets/stats', ...['ticker', 'orderbook', 'trades', 'klines?interval=1m'].map((what) => `/api/markets/BTCUSDT/${what}`)].map(kept))).toEqual([
      'public, max-age=5', 'public, max-age=5', 'public, max-age=1', 'public, max-age=1', 'public, max-age=1', 'public, max-age=1',
    ]);
    expect(await kept(`/api/markets/BTCUSDT/klines?interval=1m&to=${new Date(began + MINUTE).toISOString()}`)).toBe('public, max-age=60');
  });

  test('what is 24 hours old leaves the day; the last price stays', async () => {
    app.advance(24 * 60 * MINUTE - 2 * MINUTE);
    expect(await get('/api/markets/BTCUSDT/ticker')).toMatchObject({ open_24h: '60300.00', volume_24h: '0.01', trades_24h: 1 });
    app.advance(3 * MINUTE);
    expect(await get('/api/markets/BTCUSDT/ticker')).toMatchObject({ last_price: '60300.00', open_24h: '60300.00', change_24h: '0.00', change_percent_24h: '0.00', volume_24h: '0', trades_24h: 0 });
  });
});

test('the book has a number that grows and a checksum that anybody can make', async () => {
  const read = (depth: number): Promise<{ sequence: number; checksum: number; bids: [string, string][]; asks: [string, string][] }> => get(`/api/markets/ETHUSDT/orderbook?depth=${depth}`);
  await signInAgain();
  expect((await read(10)).checksum).toBe(crc32(';'));
  for (let level = 0; level < 12; level += 1) await placed(app, maker, { ...BUY, symbol: 'ETHUSDT', price: String(1000 - level), quantity: '0.01' });
  await placed(app, maker, { ...SELL, symbol: 'ETHUSDT', price: '1100.5', quantity: '0.02' });
  const before = await read(100);
  const text = `${before.bids.slice(0, 10).map((level) => level.join(':')).join('|')};1100.50:0.02`;
  expect(before.checksum).toBe(crc32(text));
  expect(await read(1)).toMatchObject({ checksum: before.checksum, sequence: before.sequence, bids: [['1000.00', '0.01']] });
  await placed(app, maker, { ...BUY, symbol: 'ETHUSDT', price: '900', quantity: '0.01' });
  const after = await read(10);
  // A level below the tenth is a change of the book, and none of the checksum.
  expect([after.sequence > before.sequence, after.checksum]).toEqual([true, before.checksum]);
});

test.each([
  ['/api/markets?x=1', 'x'],
  ['/api/markets/stats?x=1', 'x'],
  ['/api/markets/BTCUSDT/ticker?x=1', 'x'],
  ['/api/markets/btc/ticker', 'symbol'],
  ['/api/markets/BTCUSDT/trades?limit=0', 'limit'],
  ['/api/markets/BTCUSDT/trades?limit=101', 'limit'],
  ['/api/markets/BTCUSDT/trades?cursor=0', 'cursor'],
  ['/api/markets/BTCUSDT/trades?cursor=1.5', 'cursor'],
  ['/api/markets/BTCUSDT/klines', 'interval'],
  ['/api/markets/BTCUSDT/klines?interval=2m', 'interval'],
  ['/api/markets/BTCUSDT/klines?interval=1m&limit=1001', 'limit'],
  ['/api/markets/BTCUSDT/klines?interval=1m&limit=-1', 'limit'],
  ['/api/markets/BTCUSDT/klines?interval=1m&from=yesterday', 'from'],
  ['/api/markets/BTCUSDT/klines?interval=1m&from=2026-02-30T00:00:00.000Z', 'from'],
  ['/api/markets/BTCUSDT/klines?interval=1m&to=2026-13-01T00:00:00.000Z', 'to'],
  ['/api/markets/BTCUSDT/klines?interval=1m&from=2026-01-02T00:00:00.000Z&to=2026-01-01T00:00:00.000Z', 'from'],
  ['/api/markets/BTCUSDT/klines?interval=1m&from=2026-01-01T00:00:00.000Z&to=2026-01-01T00:00:00.000Z', 'from'],
  ['/api/markets/BTCUSDT/klines?interval=1m&from=2026-01-01T00:00:00.000Z&to=2026-01-01T16:41:00.000Z', 'from'],
])('%s is refused, and %s is named', async (path, field) => {
  const { body } = await app.request.get(path).expect(400);
  expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { [field]: expect.any(String) } } });
});

test('1,000 candles are an answer; what lies in the future is none', async () => {
  await app.request.get('/api/markets/BTCUSDT/klines?interval=1m&from=2026-01-01T00:00:00.000Z&to=2026-01-01T16:40:00.000Z').expect(200);
  expect(await klines('interval=1d&from=2090-01-01T00:00:00.000Z&to=2095-01-01T00:00:00.000Z')).toEqual([]);
});

test.each(['ticker', 'trades', 'klines?interval=1m', 'orderbook'])('a market that is none has no %s', async (what) => {
  const { body } = await app.request.get(`/api/markets/NOSUCH/${what}`).expect(404);
  expect(body).toMatchObject({ error: { code: 'NOT_FOUND' } });
});

describe('on two nodes, and after a restart,', () => {
  let database: TestDatabase;
  let nodes: TestApp[];
  beforeAll(async () => {
    database = await cloneDatabase();
    nodes = [await createNode({ database }), await createNode({ database })];
    await createMarkets(nodes[0]!);
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
    await database.drop();
  });

  async function seen(node: TestApp): Promise<unknown> {
    const without = ({ timestamp: _timestamp, ...rest }: Row): Row => rest;
    return {
      ticker: without(await get('/api/markets/BTCUSDT/ticker', node)), stats: without(await get('/api/markets/stats', node)), trades: await get('/api/markets/BTCUSDT/trades', node),
      book: without(await get('/api/markets/BTCUSDT/orderbook', node)), klines: await Promise.all(['1m', '5m', '15m', '1h', '4h', '1d'].map((interval) => klines(`interval=${interval}`, node))),
    };
  }

  test('everybody sees the same', async () => {
    const [first, second] = nodes as [TestApp, TestApp];
    // To the beginning of a minute, so that none ends between two looks.
    const ahead = MINUTE - (Date.now() % MINUTE);
    for (const node of [first, second]) node.advance(ahead);
    const people = { app: first, maker: await createTrader(first), taker: await createTrader(first) };
    await seen(second);
    for (const price of ['60000', '60001', '59999.5']) await trade(price, '0.01', 'BTCUSDT', people);
    await placed(first, people.maker, { ...BUY, price: '50000' });
    // Half of it is in the table, half is not.
    await Promise.all([first, second, first].map((node) => node.app.trading!.storeCandles()));
    for (const price of ['60010', '59000'] as const) await trade(price, '0.02', 'BTCUSDT', people);
    const here = await seen(first);
    expect(here).toMatchObject({ ticker: { last_price: '59000.00', trades_24h: 5 } });
    expect(await until(() => seen(second), (other) => JSON.stringify(other) === JSON.stringify(here), 2_000)).toEqual(here);
    const third = await createNode({ database, ahead });
    nodes.push(third);
    expect(await seen(third)).toEqual(here);
    const stored = await sql<{ symbol: string; trades: string }>(database.superUrl, `select candle_interval, sum(trades)::int as trades from trading.candles group by 1 order by 1`);
    expect(stored).toHaveLength(6);
    for (const { trades } of stored) expect(trades).toBe(5);
  });

  test('a market that was halted at the one is halted in the list of the other', async () => {
    await sql(database.superUrl, `update trading.markets set status = 'halted', halt_reason = 'STAFF' where symbol = 'ETHUSDT'`);
    await until(() => get<{ markets: Row[] }>('/api/markets', nodes[1]!), ({ markets }) => markets[1]!['status'] === 'halted', 2_000);
  });
});
