import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { becomesReady, spawnBackend, type BackendProcess } from './backend-process.ts';
import { createPartner, getToken, openSession, requestToken, signedPost, signIn, type TestPartner, type TestUser } from './builders.ts';
import { cloneDatabase, freePort, TEST_ENCRYPTION_KEY, type TestDatabase } from './postgres.ts';
import type { TestApp } from './test-app.ts';
import { brokenBooks, BUY, createMarkets, createNode, createTrader, placeOrder, SELL, sql, until, type Trader } from './venue.ts';

const REDEEMERS = 200;

describe('two nodes on one database', () => {
  let database: TestDatabase;
  let first: TestApp;
  let second: TestApp;
  let admin: string;
  beforeAll(async () => {
    database = await cloneDatabase();
    [first, second] = [await createNode({ database }), await createNode({ database })];
    admin = (await signIn(first, 'admin')).accessToken;
  });
  afterAll(async () => {
    await second.close();
    await first.close();
    await database.drop();
  });

  /** Known to both: a session that the one opened is good at the other. */
  async function partnerAndUser(): Promise<{ partner: TestPartner; user: TestUser }> {
    const partner = await createPartner(first);
    await until(() => second.request.get(`/api/widget/config?id=${partner.exchangeId}`), ({ status }) => status === 200, 1_000);
    return { partner, user: await openSession(first, partner) };
  }
  const change = (partner: TestPartner, action: string, body: object): Promise<unknown> =>
    first.request.post(`/api/admin/exchanges/${partner.exchangeId}/${action}`).set('Authorization', `Bearer ${admin}`).send(body).then(({ status }) => expect([200, 201]).toContain(status));
  test('a trader whom staff does not know places ten orders a minute; what staff decides counts on both nodes within a second', async () => {
    await createMarkets(first);
    const trader = await signIn(first, 'user');
    const statuses = async (node: TestApp, count: number): Promise<number[]> => {
      const found: number[] = [];
      for (let done = 0; done < count; done += 1) found.push((await placeOrder(node, trader, { ...BUY, symbol: 'NOSUCH' })).status);
      return found;
    };
    const decide = async (status: string): Promise<void> => {
      await sql(database.superUrl, 'update auth.users set kyc_status = $1 where id = $2', [status, trader.userId]);
      for (const node of [first, second]) await until(() => Promise.resolve(node.app.trading!.isVerified(trader.userId)), (known) => known === (status === 'approved'), 1_000);
    };
    const shown = async (): Promise<unknown> => {
      const { body } = await first.request.get('/api/account/fee-tier').set('Authorization', `Bearer ${trader.accessToken}`).expect(200);
      return (body as { data: { limits: { orders_per_minute: number } } }).data.limits.orders_per_minute;
    };
    for (const node of [first, second]) expect(await statuses(node, 11)).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
    const { headers } = await placeOrder(first, trader, BUY);
    expect([headers['x-ratelimit-limit'], headers['ratelimit-policy'], await shown()]).toEqual(['10', '"orders";q=10;w=60', 10]);
    await decide('approved');
    for (const node of [first, second]) expect(await statuses(node, 12)).toEqual(Array.from({ length: 12 }, () => 400));
    expect(await shown()).toBe(100_000);
    await decide('rejected');
    for (const node of [first, second]) expect(await statuses(node, 1)).toEqual([429]);
  });

  const kidOf = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;

  test(`of ${REDEEMERS} who redeem one token over both at once, one wins`, async () => {
    const { partner, user } = await partnerAndUser();
    const { token, jti } = await getToken(first, user);
    const answers = await Promise.all(
      Array.from({ length: REDEEMERS }, (_, index) => signedPost(index % 2 === 0 ? first : second, partner, '/api/widget/redeem', { token }).then(({ status, body }) => ({ status, body }))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const losers = answers.filter(({ status }) => status !== 200).map(({ body }) => (body as { error: { code: string; details?: { jti: string } } }).error);
    expect(new Set(losers.map(({ code }) => code))).toEqual(new Set(['TRADE_TOKEN_SPENT']));
    expect(new Set(losers.map(({ details }) => details?.jti))).toEqual(new Set([jti]));
  });

  test('a partner that was suspended at the one gets not one more token at the other, and its page learns it within a second', async () => {
    const { partner, user } = await partnerAndUser();
    await requestToken(second, user).expect(201);
    await change(partner, 'suspend', { reason: 'under-reports' });
    const { body } = await requestToken(second, user).expect(403);
    expect(body).toMatchObject({ error: { code: 'PARTNER_SUSPENDED' } });
    await until(() => second.request.get(`/api/widget/config?id=${partner.exchangeId}`), ({ status }) => status === 403, 1_000);
  });

  test('a key that was replaced at the one signs at the other from the next token on, and tokens of the old one are still redeemed', async () => {
    const { partner, user } = await partnerAndUser();
    const before = await getToken(second, user);
    await change(partner, 'rotate-key', { activateInSeconds: 0 });
    const after = await getToken(second, user);
    expect(kidOf(after.token)).not.toBe(kidOf(before.token));
    for (const { token } of [before, after]) await signedPost(second, partner, '/api/widget/redeem', { token }).expect(200);
  });

  test('one Idempotency-Key at both at once stands for one token', async () => {
    const { user } = await partnerAndUser();
    for (let round = 0; round < 5; round += 1) {
      const key = randomUUID();
      const answers = await Promise.all([first, second, second, first].map((node) => requestToken(node, user, undefined, key).expect(201)));
      expect(new Set(answers.map(({ body }) => (body as { data: { jti: string } }).data.jti)).size).toBe(1);
    }
  });
});

test('a node says once that it runs the engine, and once that it does so no longer', async () => {
  const database = await cloneDatabase();
  const node = await createNode({ database });
  try {
    await until(() => node.request.get('/ready').then(({ status }) => status), (status) => status === 200);
  } finally {
    await node.close();
    await database.drop();
  }
  const said = node.logs.map((line) => JSON.parse(line) as { level: number; msg: string; epoch?: number }).filter(({ msg }) => msg.includes('runs the engine'));
  expect(said).toEqual([
    expect.objectContaining({ level: 30, epoch: 1, msg: 'this node runs the engine now' }), expect.objectContaining({ level: 30, epoch: 1, msg: 'this node runs the engine no longer' }),
  ]);
});

describe('when kill -9 ends the node that runs the engine', () => {
  let database: TestDatabase;
  let nodes: readonly BackendProcess[] = [];
  const addresses: string[] = [];
  beforeAll(async () => {
    database = await cloneDatabase();
    nodes = await Promise.all([1, 2].map(async () => {
      const metricsPort = String(await freePort());
      addresses.push(`http://127.0.0.1:${metricsPort}`);
      return { metricsPort, port: String(await freePort()) };
    })).then((ports) => ports.map(({ metricsPort, port }) => spawnBackend({
      PORT: port, METRICS_PORT: metricsPort, DATABASE_URL: database.ownerUrl, DATABASE_APP_URL: database.appUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY,
      JWT_SECRET: 'test-jwt-secret-0123456789abcdef-012345', LIMIT_ORDERS_PER_MINUTE_TIER_1: '100000',
    })));
    expect(await Promise.all(nodes.map((node) => becomesReady(node)))).toEqual([true, true]);
  }, 30_000);
  afterAll(async () => {
    for (const node of nodes) node.kill('SIGKILL');
    await Promise.all(nodes.map(({ ended }) => ended));
    await database.drop();
  });

  test('the other runs it within ten seconds, and nothing that was acknowledged is lost', async () => {
    const traders = await setMarkets(database);
    const acknowledged = new Map<string, number>();
    const load = { stop: false };
    const placing = traders.flatMap((trader) => [0, 1].map((node) => placeUntil(load, trader, nodes, node, acknowledged)));
    await until(() => Promise.resolve(acknowledged.size), (orders) => orders > 100, 10_000);

    const [{ address }] = (await sql<{ address: string }>(database.superUrl, 'select address from trading.engine_lease')) as [{ address: string }];
    const victim = nodes[addresses.indexOf(address)]!;
    const killed = Date.now();
    victim.kill('SIGKILL');
    await victim.ended;
    const before = acknowledged.size;
    await until(() => Promise.resolve(acknowledged.size), (orders) => orders > before + 20, 10_000);
    expect(Date.now() - killed).toBeLessThan(10_000);
    load.stop = true;
    await Promise.all(placing);

    const stored = await sql<{ id: number; client_order_id: string }>(database.superUrl, 'select id::int, client_order_id from trading.orders');
    const idOf = new Map(stored.map(({ id, client_order_id: name }) => [name, id]));
    // Each name stands for one order, and the order that was acknowledged under it is the one.
    expect(idOf.size).toBe(stored.length);
    expect([...acknowledged].filter(([name, id]) => idOf.get(name) !== id)).toEqual([]);
    expect(await brokenBooks(database.superUrl)).toEqual([]);
    const moved = await sql<{ asset: string }>(database.superUrl, 'select asset from trading.balances group by asset having sum(available + locked) <> (select sum(amount) from trading.journal j where j.asset = balances.asset and j.debit_account = 0)');
    expect(moved).toEqual([]);
  });
});

interface Side extends Trader {
  readonly order: object;
}

/** Markets and people with money, by way of a third node that is gone again before anything is killed. */
async function setMarkets(database: TestDatabase): Promise<Side[]> {
  const node = await createNode({ database });
  try {
    await createMarkets(node);
    return [{ ...(await createTrader(node, { USDT: '100000000' })), order: BUY }, { ...(await createTrader(node, { BTC: '10000' })), order: SELL }];
  } finally {
    await node.close();
  }
}

/** Orders that meet each other. One whose outcome is not known is placed again under its name, at either node. */
async function placeUntil(load: { readonly stop: boolean }, { accessToken, order }: Side, nodes: readonly BackendProcess[], at: number, acknowledged: Map<string, number>): Promise<void> {
  while (!load.stop) {
    const clientOrderId = randomUUID();
    for (let node = at; !load.stop; node = 1 - node) {
      const answer = await fetch(`${nodes[node]!.url}/api/orders`, {
        method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` }, body: JSON.stringify({ ...order, clientOrderId }), signal: AbortSignal.timeout(5_000),
      }).then(async (response) => ({ status: response.status, body: (await response.json()) as { data?: { id: number } } }), () => null);
      if (answer?.status === 201) {
        acknowledged.set(clientOrderId, answer.body.data!.id);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
