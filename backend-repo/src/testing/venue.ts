import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type supertest from 'supertest';
import { amountFrom } from '../domain/money.ts';
import type { MarketRules } from '../domain/matching/types.ts';
import { PLAIN_MARKET } from '../domain/venue-command.ts';
import type { PartnerSecrets } from '../features/widget/partners.service.ts';
import { getToken, newExchange, signed, signIn, type Signer, type TestPartner, type TestUser } from './builders.ts';
import { once } from 'node:events';
import { freePort } from './postgres.ts';
import { createTestApp, type TestApp, type TestAppOptions } from './test-app.ts';

export interface Trader extends Signer {
  readonly userId: number;
}

export interface TestVenue extends TestApp {
  readonly partner: TestPartner;
}

export const VENUE = 'demo-exchange';

export function market(symbol: string, baseAsset: string): MarketRules {
  const [tick, lot] = [amountFrom('0.01'), amountFrom('0.0001')];
  return {
    symbol, baseAsset, quoteAsset: 'USDT', tick, lot, minPrice: tick, maxPrice: amountFrom('1000000'), minQuantity: lot, maxQuantity: amountFrom('1000'),
    minNotional: amountFrom('5'), status: 'open', ...PLAIN_MARKET,
  };
}

export async function createMarkets(app: TestApp): Promise<void> {
  await app.app.trading!.market.createMarket(market('BTCUSDT', 'BTC'));
  await app.app.trading!.market.createMarket(market('ETHUSDT', 'ETH'));
}

/** The app with two markets, and with our venue as a partner of the widget. Orders are as many as a test likes. */
export async function createVenue({ env, ...options }: TestAppOptions & { algorithm?: 'HS256' | 'ES256' } = {}): Promise<TestVenue> {
  const app = await createTestApp({ ...options, env: { LIMIT_ORDERS_PER_MINUTE_TIER_1: '100000', ...env } });
  await createMarkets(app);
  const exchange = newExchange(VENUE);
  const secrets: PartnerSecrets = await app.app.widget!.partners.create(exchange, options.algorithm ?? 'ES256');
  return { ...app, partner: { ...secrets, exchange } };
}

/** An app that our other nodes can reach, with a lease short enough to wait for. */
export async function createNode({ env, ...options }: TestAppOptions = {}): Promise<TestApp> {
  const port = await freePort();
  const app = await createTestApp({
    ...options,
    env: { METRICS_PORT: String(port), ENGINE_LEASE_MS: '600', ENGINE_RENEW_MS: '100', LIMIT_ORDERS_PER_MINUTE_TIER_1: '100000', ...env },
  });
  app.app.internalServer.listen(port, '127.0.0.1');
  await once(app.app.internalServer, 'listening');
  return {
    ...app,
    close: async () => {
      app.app.internalServer.closeAllConnections();
      app.app.internalServer.close();
      await app.close();
    },
  };
}

/** Somebody who is signed in, whom staff knows, and who has money. */
export async function createTrader(app: TestApp, funds: Record<string, string> = { USDT: '100000', BTC: '10', ETH: '100' }): Promise<Trader> {
  const trader = await signIn(app, 'user');
  await sql(app.database.superUrl, `update auth.users set kyc_status = 'approved' where id = ${trader.userId}`);
  for (const [asset, amount] of Object.entries(funds)) await app.app.trading!.account.fund(trader.userId, asset, amount, `test ${trader.userId} ${asset}`);
  await until(() => Promise.resolve(app.app.trading!.isVerified(trader.userId)), (known) => known);
  return trader;
}

export const BUY = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '64000' } as const;
export const SELL = { ...BUY, side: 'SELL' } as const;

export function placeOrder(app: TestApp, { accessToken }: { readonly accessToken: string }, order: object): supertest.Test {
  return app.request.post('/api/orders').set('Authorization', `Bearer ${accessToken}`).send(order);
}

export type OrderAnswer = Record<string, string | null> & { readonly id: number };

export async function placed(app: TestApp, trader: { readonly accessToken: string }, order: object): Promise<OrderAnswer> {
  const { body } = await placeOrder(app, trader, order).expect(201);
  return (body as { data: OrderAnswer }).data;
}

/** An order of high value, which its session signs. */
export async function placedSigned(app: TestApp, trader: Signer, order: object): Promise<OrderAnswer> {
  const { body } = await signed(app, trader, 'POST', '/api/orders', order).expect(201);
  return (body as { data: OrderAnswer }).data;
}

/** Money of one user as the route shows it: `{ USDT: '100 + 5' }` is 100 available and 5 locked. */
export async function balancesOf(app: TestApp, { accessToken }: Trader): Promise<Record<string, string>> {
  const { body } = await app.request.get('/api/account/balances').set('Authorization', `Bearer ${accessToken}`).expect(200);
  const rows = (body as { data: { asset: string; available: string; locked: string }[] }).data;
  return Object.fromEntries(rows.map(({ asset, available, locked }) => [asset, `${available} + ${locked}`]));
}

export interface WidgetTrader extends Trader {
  /** Carries `trade:widget` only. */
  readonly venueToken: string;
  readonly widget: TestUser;
}

/** A trader on our own page: signed in here, and through that in the widget. */
export async function createWidgetTrader(app: TestVenue, funds?: Record<string, string>): Promise<WidgetTrader> {
  const trader = await createTrader(app, funds);
  const { body } = await app.request.get('/api/account/widget-session').set('Authorization', `Bearer ${trader.accessToken}`).expect(200);
  const { exchangeId, exchangeUserId, userToken, venueToken } = (body as { data: Record<'exchangeId' | 'exchangeUserId' | 'userToken' | 'venueToken', string> }).data;
  const session = await app.request.post('/api/widget/session').send({ exchangeId, userToken }).expect(200);
  const { sessionToken } = (session.body as { data: { sessionToken: string } }).data;
  return { ...trader, venueToken, widget: { partner: app.partner, exchangeUserId, sessionToken } };
}

export async function tokenFor(app: TestApp, trader: WidgetTrader, order: object): Promise<{ token: string; jti: string }> {
  return getToken(app, trader.widget, order);
}

/** Sums that must hold in SQL at any moment. Empty when they do. */
export async function brokenBooks(superUrl: string): Promise<unknown[]> {
  return sql(superUrl, BROKEN_BOOKS);
}

/** Balances that are not what the journal says, and locked amounts that are not what the open orders hold. */
export const BROKEN_BOOKS = `
    with journal as (
      select account, asset, sum(amount) as amount from (
        select credit_account as account, asset, amount from trading.journal union all select debit_account, asset, -amount from trading.journal
      ) moved group by account, asset
    ), held as (
      select user_id, asset, sum(amount) as amount from (
        select o.user_id, case o.side when 'BUY' then m.quote_asset else m.base_asset end as asset,
          case o.side when 'SELL' then 1 when 'BUY' then
            case when o.type = 'OCO' and o.triggered_at is not null then o.stop_limit_price
              else greatest(o.price, coalesce(o.stop_limit_price, case when o.type in ('STOP', 'OCO') then p.protection end)) end
          end * (o.quantity - o.filled_quantity) as amount
        from trading.orders o join trading.markets m using (symbol)
          cross join lateral (select floor(o.stop_price * (1 + m.stop_protection_rate) / m.tick) * m.tick as protection) p where o.status in ('PENDING', 'PARTIAL')
      ) open group by user_id, asset
    )
    select 'journal' as what, coalesce(b.user_id, j.account) as user_id, coalesce(b.asset, j.asset) as asset, b.available + b.locked as balance, j.amount as expected
      from trading.balances b full join journal j on j.account = b.user_id and j.asset = b.asset
      where coalesce(j.account, b.user_id) <> 0 and coalesce(b.available + b.locked, 0) <> coalesce(j.amount, 0)
    union all
    select 'holds', coalesce(b.user_id, h.user_id), coalesce(b.asset, h.asset), b.locked, h.amount
      from trading.balances b full join held h on h.user_id = b.user_id and h.asset = b.asset
      where coalesce(b.locked, 0) <> coalesce(h.amount, 0)`;

export async function sql<Row = Record<string, unknown>>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

export const newClientOrderId = (): string => randomUUID();

/** Waits until it is so, at most so long. */
export async function until<T>(read: () => Promise<T>, is: (value: T) => boolean, milliseconds = 5_000): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = await read();
    if (is(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)} after ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
