import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signIn } from '../../testing/builders.ts';
import { balancesOf, createTrader, createVenue, createWidgetTrader, VENUE, type TestVenue } from '../../testing/venue.ts';

let app: TestVenue;
beforeAll(async () => {
  app = await createVenue();
});
afterAll(() => app.close());

const sessionOf = (accessToken: string): ReturnType<TestVenue['request']['get']> => app.request.get('/api/account/widget-session').set('Authorization', `Bearer ${accessToken}`);

test('a trader sees their own balances, and a stranger none', async () => {
  expect(await balancesOf(app, await createTrader(app, { USDT: '12.50', BTC: '0.00000001' }))).toEqual({ BTC: '0.00000001 + 0', USDT: '12.5 + 0' });
  expect(await balancesOf(app, await createTrader(app, {}))).toEqual({});
  await app.request.get('/api/account/balances').expect(401);
});

test('a widget session may look at balances, and may not open more sessions', async () => {
  const trader = await createWidgetTrader(app, { USDT: '5' });
  expect(await balancesOf(app, { ...trader, accessToken: trader.venueToken })).toEqual({ USDT: '5 + 0' });
  await sessionOf(trader.venueToken).expect(403);
});

test('staff have no balances to look at', async () => {
  const { accessToken } = await signIn(app, 'staff');
  await app.request.get('/api/account/balances').set('Authorization', `Bearer ${accessToken}`).expect(403);
  await sessionOf(accessToken).expect(403);
});

test('the name under which the widget knows a trader stays the same and says nothing of them', async () => {
  const [one, two] = [await createTrader(app, {}), await createTrader(app, {})];
  const [first, again, other] = [await sessionOf(one.accessToken).expect(200), await sessionOf(one.accessToken).expect(200), await sessionOf(two.accessToken).expect(200)];
  expect(first.body.data).toMatchObject({ exchangeId: VENUE, exchangeUserId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(again.body.data.exchangeUserId).toBe(first.body.data.exchangeUserId);
  expect(again.body.data.userToken).not.toBe(first.body.data.userToken);
  expect(other.body.data.exchangeUserId).not.toBe(first.body.data.exchangeUserId);
  expect(first.headers['cache-control']).toBe('no-store');
});

test('money arrives whole, within what the venue can hold', async () => {
  const trader = await createTrader(app, {});
  const { account } = app.app.trading!;
  await expect(account.fund(trader.userId, 'USDT', '999999999999.99999999', 'too much')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  await expect(account.fund(trader.userId, 'USDT', '0', 'nothing')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  expect(await account.fund(trader.userId, 'USDT', '1', 'once')).toBe(true);
  expect(await account.fund(trader.userId, 'USDT', '1', 'once')).toBe(false);
  expect(await balancesOf(app, trader)).toEqual({ USDT: '1 + 0' });
});
