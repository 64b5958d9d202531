import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { balancesOf, BUY, createTrader, createVenue, placed, placeOrder, SELL, type TestVenue } from '../../testing/venue.ts';

let app: TestVenue;
beforeAll(async () => {
  app = await createVenue();
});
afterAll(() => app.close());

test('an order that meets nothing rests in the book, with its cost held', async () => {
  const buyer = await createTrader(app, { USDT: '1000' });
  const order = await placed(app, buyer, { ...BUY, price: '50000' });
  expect(order).toMatchObject({ symbol: 'BTCUSDT', side: 'BUY', price: '50000.00', quantity: '0.01', filled_quantity: '0', status: 'PENDING', fee_asset: 'BTC' });
  expect(await balancesOf(app, buyer)).toEqual({ USDT: '500 + 500' });
  const { body } = await app.request.get('/api/markets/BTCUSDT/orderbook').expect(200);
  expect(body.data.bids).toEqual([['50000.00', '0.01']]);
});

test('a sell order meets the best bid at the bid’s price and both pay their fee', async () => {
  const [buyer, seller] = [await createTrader(app, { USDT: '1000' }), await createTrader(app, { BTC: '1' })];
  const bid = await placed(app, buyer, BUY);
  const sold = await placed(app, seller, { ...SELL, price: '60000' });
  expect(sold).toMatchObject({ status: 'FILLED', average_price: '64000.00', fee: '0.96', fee_asset: 'USDT' });
  expect(await balancesOf(app, buyer)).toEqual({ BTC: '0.00999 + 0', USDT: '360 + 0' });
  expect(await balancesOf(app, seller)).toEqual({ BTC: '0.99 + 0', USDT: '639.04 + 0' });
  const { body } = await app.request.get(`/api/orders/${bid.id}`).set('Authorization', `Bearer ${buyer.accessToken}`).expect(200);
  expect(body.data).toMatchObject({ id: bid.id, status: 'FILLED', fee: '0.00001' });
});

test('an order beyond the balance is refused with what it needs and what is there', async () => {
  const buyer = await createTrader(app, { USDT: '500' });
  const { body } = await placeOrder(app, buyer, { ...BUY, quantity: '0.015625' }).expect(400);
  expect(body.error.code).toBe('QUANTITY_NOT_ON_LOT');
  const refused = await placeOrder(app, buyer, { ...BUY, quantity: '0.1', price: '10000' }).expect(422);
  expect(refused.body.error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { required: '1000.00', available: '500.00' } });
});
