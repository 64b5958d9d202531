import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signIn } from '../../testing/builders.ts';
import { balancesOf, BUY, createTrader, createVenue, createWidgetTrader, placed, SELL, VENUE, type TestVenue, type Trader } from '../../testing/venue.ts';

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

const get = async ({ accessToken }: Trader, path: string, status = 200): Promise<Record<string, never>> => {
  const { body } = await app.request.get(`/api/account/${path}`).set('Authorization', `Bearer ${accessToken}`).expect(status);
  return (status === 200 ? body.data : body.error) as Record<string, never>;
};

test('one balance: what is there, zero of what was never there, and no such asset', async () => {
  const trader = await createTrader(app, { USDT: '12.50' });
  expect(await get(trader, 'balances/USDT')).toEqual({ asset: 'USDT', available: '12.5', locked: '0' });
  expect(await get(trader, 'balances/BTC')).toEqual({ asset: 'BTC', available: '0', locked: '0' });
  expect(await get(trader, 'balances/DOGE', 400)).toMatchObject({ code: 'UNKNOWN_ASSET', fields: { asset: expect.any(String) } });
  for (const bad of ['usdt', 'X', 'U%00SDT']) expect(await get(trader, `balances/${bad}`, 400)).toMatchObject({ fields: { asset: expect.any(String) } });
});

describe('own trades', () => {
  let [buyer, seller, both] = [] as unknown as [Trader, Trader, Trader];
  beforeAll(async () => {
    [buyer, seller, both] = [await createTrader(app), await createTrader(app), await createTrader(app)];
    const pair = async (from: Trader, to: Trader, order: object): Promise<void> => {
      await placed(app, from, { ...SELL, ...order });
      await placed(app, to, { ...BUY, ...order, selfTradePrevention: 'NONE' });
    };
    await pair(seller, buyer, { quantity: '0.5', price: '60000' });
    await pair(buyer, seller, { quantity: '0.25', price: '61000.5' });
    await pair(seller, buyer, { symbol: 'ETHUSDT', quantity: '2', price: '3000' });
    await pair(both, both, { quantity: '0.1', price: '60000' });
  });
  const list = async (trader: Trader, query = ''): Promise<Record<string, unknown>[]> => (await get(trader, `trades${query}`))['trades'] as unknown as Record<string, unknown>[];

  test('show each side its own half: order, role, amounts and fee', async () => {
    const [eth, sold, bought] = await list(buyer);
    expect([eth, sold, bought]).toMatchObject([
      { symbol: 'ETHUSDT', side: 'BUY', role: 'taker', price: '3000.00', quantity: '2', notional: '6000', fee: '0.003', fee_asset: 'ETH' },
      { symbol: 'BTCUSDT', side: 'SELL', role: 'maker', price: '61000.50', quantity: '0.25', notional: '15250.125', fee: '15.250125', fee_asset: 'USDT' },
      { symbol: 'BTCUSDT', side: 'BUY', role: 'taker', price: '60000.00', quantity: '0.5', notional: '30000', fee: '0.00075', fee_asset: 'BTC' },
    ]);
    const theirs = await list(seller);
    expect(theirs.map(({ id }) => id)).toEqual([eth, sold, bought].map((trade) => trade!['id']));
    expect(theirs.map(({ side, role }) => [side, role])).toEqual([['SELL', 'maker'], ['BUY', 'taker'], ['SELL', 'maker']]);
    expect(new Set([...theirs, eth, sold, bought].map((trade) => trade!['order_id'])).size).toBe(6);
  });

  test('with oneself have two sides, and a page may end between them', async () => {
    const whole = await list(both);
    expect(whole.map(({ side, role }) => [side, role])).toEqual([['BUY', 'taker'], ['SELL', 'maker']]);
    const first = await get(both, 'trades?limit=1');
    const second = await get(both, `trades?limit=1&cursor=${String(first['next_cursor'])}`);
    expect([first['trades']![0], second['trades']![0], second['next_cursor']]).toEqual([...whole, null]);
  });

  test('are found by market and time, page by page', async () => {
    const whole = await list(buyer);
    expect(await list(buyer, '/ETHUSDT')).toEqual([whole[0]]);
    expect(await list(buyer, '?symbol=BTCUSDT')).toEqual(whole.slice(1));
    expect(await list(buyer, `?from=${String(whole[1]!['executed_at'])}&to=2999-01-01T00:00:00.000Z`)).toEqual(expect.arrayContaining(whole.slice(0, 2)));
    expect(await list(buyer, '?to=2000-01-01T00:00:00.000Z')).toEqual([]);
    expect(await get(buyer, 'trades/NOSUCHUSDT', 400)).toMatchObject({ code: 'UNKNOWN_SYMBOL', fields: { symbol: expect.any(String) } });
    const paged: unknown[] = [];
    for (let cursor: unknown = ''; cursor !== null; ) {
      const page: Record<string, unknown> = await get(buyer, `trades?limit=1${cursor === '' ? '' : `&cursor=${String(cursor)}`}`);
      paged.push(...(page['trades'] as unknown[]));
      cursor = page['next_cursor'];
    }
    expect(paged).toEqual(whole);
    for (const [query, field] of [['?limit=101', 'limit'], ['?limit=0', 'limit'], ['?cursor=x', 'cursor'], ['?from=yesterday', 'from'], ['?side=BUY', 'side'], ['/btcusdt', 'symbol']]) {
      expect(await get(buyer, `trades${query}`, 400)).toMatchObject({ fields: { [field!]: expect.any(String) } });
    }
  });

  test('are nobody else’s, and are not for widget sessions', async () => {
    expect(await list(await createTrader(app, {}))).toEqual([]);
    const widget = await createWidgetTrader(app, {});
    for (const path of ['trades', 'trades/BTCUSDT', 'fees', 'fee-tier', 'deposits', 'withdrawals']) {
      await get({ ...widget, accessToken: widget.venueToken }, path, 403);
      await app.request.get(`/api/account/${path}`).expect(401);
    }
  });

  test('cost what the fees say, in the span that was asked for', async () => {
    expect(await get(buyer, 'fees')).toMatchObject({
      tier: 1, maker_rate: '0.001', taker_rate: '0.0015',
      paid: [{ asset: 'BTC', amount: '0.00075', trades: 1 }, { asset: 'ETH', amount: '0.003', trades: 1 }, { asset: 'USDT', amount: '15.250125', trades: 1 }],
    });
    expect(await get(buyer, 'fees?to=2020-01-01T00:00:00.000Z')).toMatchObject({ from: '2019-12-02T00:00:00.000Z', to: '2020-01-01T00:00:00.000Z', paid: [] });
    for (const query of ['from=2020-01-02T00:00:00.000Z&to=2020-01-01T00:00:00.000Z', 'from=2018-01-01T00:00:00.000Z&to=2020-01-01T00:00:00.000Z', 'to=now']) {
      expect(await get(buyer, `fees?${query}`, 400)).toMatchObject({ fields: { to: expect.any(String) } });
    }
  });
});
