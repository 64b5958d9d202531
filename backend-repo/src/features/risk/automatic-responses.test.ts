import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { uuidV7 } from '../../domain/uuid.ts';
import { fundDeposit, FUNDING_SECRET, PASSWORD } from '../../testing/builders.ts';
import { queuedMails } from '../../testing/mails.ts';
import { signedHeaders } from '../../testing/test-app.ts';
import { BUY, createTrader, createVenue, placed, SELL, sql, until, type TestVenue, type Trader } from '../../testing/venue.ts';

let app: TestVenue;
let trader: Trader;
beforeAll(async () => {
  const thresholds = { UNUSUAL_VOLUME_THRESHOLD: '1000', VELOCITY_CHECK_WINDOW_SECONDS: '600', MAX_ORDERS_PER_MINUTE: '3', REVERIFY_AFTER_RISK_EVENTS: '2' };
  app = await createVenue({ env: { ...thresholds, FUNDING_SECRET }, runJobsByClock: false });
  app.advance(600_000 - (app.now() % 600_000) + 60_000);
  trader = await createTrader(app);
});
afterAll(() => app.close());

const as = ({ accessToken }: Pick<Trader, 'accessToken'>, call: supertest.Test): supertest.Test => call.set('Authorization', `Bearer ${accessToken}`);
const codeOf = ({ body }: { body: unknown }): string => (body as { error: { code: string } }).error.code;
const dataOf = <T>({ body }: { body: unknown }): T => (body as { data: T }).data;
/** `order_rate LOW`, of one trader, oldest first. */
async function found({ userId }: Trader): Promise<string[]> {
  await app.app.trading!.risk.look();
  const rows = await sql<{ line: string }>(app.database.superUrl, `select event_type || ' ' || kind || ' ' || severity as line from trading.risk_events where user_id = $1 order by id`, [userId]);
  return rows.map(({ line }) => line);
}

describe('where other thresholds are set, they hold:', () => {
  test('MAX_ORDERS_PER_MINUTE', async () => {
    const someone = await createTrader(app);
    for (let count = 0; count < 3; count += 1) await placed(app, someone, { ...BUY, price: '100', quantity: '0.1' });
    expect(await found(someone)).toEqual([]);
    await placed(app, someone, { ...BUY, price: '100', quantity: '0.1' });
    expect(await found(someone)).toEqual(['TRADE order_rate LOW']);
  });

  test('UNUSUAL_VOLUME_THRESHOLD within VELOCITY_CHECK_WINDOW_SECONDS, of what is traded', async () => {
    const window = Math.floor(app.now() / 600_000) * 600_000;
    await sql(
      app.database.superUrl,
      `insert into trading.trades (id, symbol, buyer_order_id, seller_order_id, buyer_id, seller_id, quantity, price, notional, buyer_fee, seller_fee, taker_side, executed_at)
       select 9000000 + n, 'ETHUSDT', 1, 2, 777, 778, 1, 100, 100, 0, 0, 'BUY', to_timestamp($1::float8 / 1000) - n * interval '10 minutes' from generate_series(1, 6) n`,
      [window],
    );
    await app.app.trading!.risk.takeOver();
    const [buyer, seller] = [await createTrader(app), await createTrader(app)];
    const trade = async (quantity: string): Promise<void> => {
      await placed(app, seller, { ...SELL, symbol: 'ETHUSDT', price: '100', quantity });
      await placed(app, buyer, { ...BUY, symbol: 'ETHUSDT', price: '100', quantity });
    };
    await trade('9.9');
    expect(await found(buyer)).toEqual([]);
    await trade('0.1');
    expect(await found(buyer)).toEqual(['TRADE unusual_volume LOW']);
  });

  describe('UNUSUAL_VOLUME_THRESHOLD within VELOCITY_CHECK_WINDOW_SECONDS, of money', () => {
    const payIn = async (who: Trader, asset: string, amount: string): Promise<void> => {
      const { id } = dataOf<{ id: string }>(await as(who, app.request.post('/api/account/deposit')).set('Idempotency-Key', randomUUID()).send({ asset, amount }).expect(201));
      await fundDeposit(app, { transactionId: randomUUID(), reference: id, asset, amount }).expect(200);
    };
    const takeOut = (who: Trader, amount: string, status = 'requested'): Promise<unknown> =>
      sql(
        app.database.superUrl,
        `insert into trading.withdrawals (id, user_id, asset, amount, address, status, funds, idempotency_key, fingerprint, created_at, updated_at) values ($1, $2, 'USDT', $3, 'bank', $4, $5, gen_random_uuid()::text, '', $6, $6)`,
        [uuidV7(app.now(), new Uint8Array(10).fill(1)).replace(/.{6}$/, randomUUID().slice(-6)), who.userId, amount, status, status === 'rejected' ? 'returned' : 'taken', new Date(app.now())],
      );

    test('that is paid in: worth as much as that it is not told of, worth more it is, and worse with ten times as much', async () => {
      const someone = await createTrader(app, {});
      await payIn(someone, 'USDT', '1000');
      expect(await found(someone)).toEqual([]);
      await payIn(someone, 'USDT', '0.01');
      expect(await found(someone)).toEqual(['DEPOSIT deposit_velocity LOW']);
      await placed(app, trader, { ...SELL, price: '64000' });
      await placed(app, await createTrader(app), { ...BUY, price: '64000' });
      await payIn(someone, 'BTC', '0.2');
      expect(await found(someone)).toEqual(['DEPOSIT deposit_velocity MEDIUM']);
    });

    test('that is paid in on two occasions further apart than the window is not added up; what was only announced is nothing', async () => {
      const someone = await createTrader(app, {});
      await payIn(someone, 'USDT', '900');
      app.advance(601_000);
      await payIn(someone, 'USDT', '900');
      await as(someone, app.request.post('/api/account/deposit')).set('Idempotency-Key', randomUUID()).send({ asset: 'USDT', amount: '5000' }).expect(201);
      expect(await found(someone)).toEqual([]);
    });

    test('that somebody asks for, unless nothing comes of it', async () => {
      const someone = await createTrader(app, {});
      await takeOut(someone, '600');
      await takeOut(someone, '5000', 'rejected');
      expect(await found(someone)).toEqual([]);
      await takeOut(someone, '600');
      expect(await found(someone)).toEqual(['WITHDRAWAL withdrawal_velocity LOW']);
    });
  });
});

describe('REVERIFY_AFTER_RISK_EVENTS', () => {
  interface Person extends Trader {
    readonly email: string;
  }
  const newPerson = async (): Promise<Person> => {
    const someone = await createTrader(app, {});
    const [{ email }] = (await sql<{ email: string }>(app.database.superUrl, 'select email from auth.users where id = $1', [someone.userId])) as [{ email: string }];
    return { ...someone, email };
  };
  const event = (userId: number, severity = 'HIGH', hoursAgo = 0): Promise<unknown> =>
    sql(app.database.superUrl, `insert into trading.risk_events (user_id, event_type, severity, kind, reference, created_at) values ($1, 'LOGIN', $2, 'reported', gen_random_uuid()::text, $3)`, [userId, severity, new Date(app.now() - hoursAgo * 3_600_000)]);
  const respond = (): Promise<void> => app.app.riskResponses!.respond();
  const isIn = async (who: Trader): Promise<boolean> => (await as(who, app.request.get('/api/auth/profile'))).status === 200;
  const login = (email: string): supertest.Test => app.request.post('/api/auth/login').send({ email, password: PASSWORD });

  test('so many grave events within a day sign their trader out until they have shown that they read their mail, and once for the same events', async () => {
    const someone = await newPerson();
    for (const [severity, hoursAgo] of [['HIGH', 0], ['MEDIUM', 0], ['CRITICAL', 25]] as const) await event(someone.userId, severity, hoursAgo);
    await respond();
    expect(await isIn(someone)).toBe(true);
    await event(someone.userId, 'CRITICAL', 23);
    await Promise.all([respond(), respond()]);
    expect(await isIn(someone)).toBe(false);
    expect(codeOf(await login(someone.email).expect(403))).toBe('REVERIFICATION_REQUIRED');
    const forced = await sql(app.database.superUrl, `select actor_kind, actor_id, after from audit.entries where action = 'user.reverification_forced' and subject_id = $1`, [String(someone.userId)]);
    expect(forced).toEqual([{ actor_kind: 'system', actor_id: 'risk', after: { cause: 'risk_events' } }]);
    const told = await until(() => sql(app.database.superUrl, `select event_type, severity from trading.risk_events where user_id = $1 and kind = 'reverification'`, [someone.userId]), ({ length }) => length > 0);
    expect(told).toEqual([{ event_type: 'LOGIN', severity: 'MEDIUM' }]);
    const mail = (await queuedMails(app.database.superUrl, someone.email)).find(({ template }) => template === 'reverify')!;
    const { url } = mail.data as { url: string };
    await app.request.post('/api/auth/verify-email').send({ token: new URLSearchParams(new URL(url).hash.slice(1)).get('token') }).expect(200);
    await login(someone.email).expect(200);
    await respond();
    await login(someone.email).expect(200);
  });

  test('what another trader does on the market signs nobody out, however bad the watch finds it: only what tells of a takeover does', async () => {
    app.advance(3_600_000 - (app.now() % 3_600_000) + 60_000);
    const funds = { USDT: '1000000', BTC: '100', ETH: '100000' };
    const [maker, stranger] = [await createTrader(app, funds), await createTrader(app, funds)];
    for (const [symbol, bid, ask, quantity] of [['BTCUSDT', '64000', '64010', '0.01'], ['ETHUSDT', '100', '100.1', '0.1']] as const) {
      await placed(app, maker, { symbol, side: 'BUY', type: 'LIMIT', quantity: '1', price: bid });
      await placed(app, maker, { symbol, side: 'SELL', type: 'LIMIT', quantity: '1', price: ask });
      for (let count = 0; count < 10; count += 1) {
        await placed(app, stranger, { symbol, side: 'SELL', type: 'LIMIT', timeInForce: 'IOC', quantity, price: bid });
        await placed(app, stranger, { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', quantity, price: ask });
      }
    }
    const grave = (await found(maker)).filter((line) => /HIGH|CRITICAL/.test(line));
    expect(grave).toEqual(['SUSPICIOUS_ACTIVITY wash_trading HIGH', 'SUSPICIOUS_ACTIVITY wash_trading HIGH']);
    await respond();
    expect([await isIn(maker), await isIn(stranger)]).toEqual([true, true]);
  });

  test('events that staff has resolved, and those of others, do not count', async () => {
    const [someone, other] = [await newPerson(), await newPerson()];
    await event(someone.userId);
    await event(someone.userId);
    await sql(app.database.superUrl, 'update trading.risk_events set resolved = true where user_id = $1', [someone.userId]);
    await event(someone.userId);
    await event(other.userId);
    await respond();
    expect([await isIn(someone), await isIn(other)]).toEqual([true, true]);
  });

  test('a refresh token that is shown again is one of them: once ends its session alone', async () => {
    const someone = await newPerson();
    const reuse = async (): Promise<string> => {
      const { refreshToken, accessToken } = dataOf<{ refreshToken: string; accessToken: string }>(await login(someone.email).expect(200));
      const renew = (agent: string): supertest.Test => app.request.post('/api/auth/refresh').set('User-Agent', agent).send({ refreshToken });
      await renew('mine').expect(200);
      await renew('a thief').expect(401);
      return accessToken;
    };
    const events = (count: number): Promise<unknown> => until(() => sql(app.database.superUrl, `select 1 from trading.risk_events where kind = 'refresh_token_reused' and severity = 'HIGH' and user_id = $1`, [someone.userId]), ({ length }) => length === count);
    await reuse();
    await events(1);
    await respond();
    expect(await isIn(someone)).toBe(true);
    await reuse();
    await events(2);
    await respond();
    expect(await isIn(someone)).toBe(false);
  });

  test('API keys are refused meanwhile, and work again afterwards', async () => {
    const someone = await newPerson();
    const { key, secret } = dataOf<{ key: string; secret: string }>(await as(someone, app.request.post('/api/auth/api-keys')).send({ name: 'bot', scopes: ['read:balance'], password: PASSWORD }).expect(201));
    const path = '/api/account/balances';
    const call = async (): Promise<string> => {
      const { status, body } = await app.request.get(path).set(signedHeaders({ apiKey: key, apiSecret: secret }, 'GET', path, '', { timestamp: app.now() }));
      return status === 200 ? 'in' : codeOf({ body });
    };
    expect(await call()).toBe('in');
    await app.app.reverification.force(someone.userId, 'risk_events', { kind: 'system', id: 'test' });
    await until(call, (outcome) => outcome === 'REVERIFICATION_REQUIRED');
    await sql(app.database.superUrl, 'update auth.users set reverify_since = null, reverify_cause = null where id = $1', [someone.userId]);
    await until(call, (outcome) => outcome === 'in');
  });
});
