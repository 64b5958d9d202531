import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MarketState as Market } from '../../domain/matching/types.ts';
import { PLAIN_MARKET } from '../../domain/venue-command.ts';
import { BUY, createTrader, createVenue, placed, SELL, type TestVenue } from '../../testing/venue.ts';
import { MarketState } from './market.state.ts';

let app: TestVenue;
beforeAll(async () => {
  app = await createVenue();
});
afterAll(() => app.close());

test('the order book adds up each price, best first, as deep as asked', async () => {
  const trader = await createTrader(app);
  for (const price of ['60000', '60001', '60001', '60002.5']) await placed(app, trader, { ...BUY, price });
  for (const price of ['61000', '60999.99']) await placed(app, trader, { ...SELL, price });
  const { body } = await app.request.get('/api/markets/BTCUSDT/orderbook?depth=2').expect(200);
  expect(body.data).toMatchObject({ symbol: 'BTCUSDT', bids: [['60002.50', '0.01'], ['60001.00', '0.02']], asks: [['60999.99', '0.01'], ['61000.00', '0.01']] });
});

test('an empty market has an empty book, and a market that is none has none', async () => {
  const { body } = await app.request.get('/api/markets/ETHUSDT/orderbook').expect(200);
  expect(body.data).toMatchObject({ bids: [], asks: [] });
  await app.request.get('/api/markets/NOSUCH/orderbook').expect(404);
  await app.request.get('/api/markets/btc/orderbook').expect(400);
  for (const depth of ['0', '101', '1.5', 'x']) await app.request.get(`/api/markets/BTCUSDT/orderbook?depth=${depth}`).expect(400);
});

test('a market is opened once, and only with rules that fit each other', async () => {
  const rules = {
    symbol: 'SOLUSDT', baseAsset: 'SOL', quoteAsset: 'USDT', tick: 1_000_000n, lot: 1_000_000n, minPrice: 1_000_000n, maxPrice: 100_000_000_000n, minQuantity: 1_000_000n,
    maxQuantity: 100_000_000_000n, minNotional: 500_000_000n, status: 'open', ...PLAIN_MARKET,
  } as const;
  const { market } = app.app.trading!;
  await expect(market.createMarket({ ...rules, lot: 1n })).rejects.toThrow('whole number');
  expect(await market.createMarket(rules)).toBe(true);
  expect(await market.createMarket(rules)).toBe(false);
  const trader = await createTrader(app);
  expect(await placed(app, trader, { ...BUY, symbol: 'SOLUSDT', price: '150.5', quantity: '1' })).toMatchObject({ price: '150.50', status: 'PENDING' });
});

test('a known market is found without asking, as it was loaded last; all together are asked for after half a second', async () => {
  let [time, loads] = [0, 0];
  const loadMarkets = (): Promise<Market[]> => Promise.resolve([{ symbol: 'BTCUSDT', sequence: (loads += 1) } as Market]);
  const markets = new MarketState({ loadMarkets, book: () => Promise.reject(new Error('not asked for')) }, () => time);
  expect(await markets.find('BTCUSDT')).toMatchObject({ sequence: 1 });
  time = 10_000;
  expect(await markets.find('BTCUSDT')).toMatchObject({ sequence: 1 });
  expect(await markets.all()).toMatchObject([{ sequence: 2 }]);
  time += 499;
  expect(await markets.all()).toMatchObject([{ sequence: 2 }]);
  expect(await markets.find('BTCUSDT')).toMatchObject({ sequence: 2 });
});
