import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { FUNDING_SECRET, fundDeposit, signIn } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { balancesOf, brokenBooks, createNode, createTrader, createVenue, sql, type TestVenue, type Trader } from '../../testing/venue.ts';

let app: TestVenue;
let admin: Trader;
beforeAll(async () => {
  app = await createVenue({ env: { FUNDING_SECRET } });
  admin = await signIn(app, 'admin');
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => app.close());

const MONEY = { asset: 'USDT', amount: '250.5' } as const;

async function announced(trader: Trader, money: object = MONEY): Promise<{ transactionId: string; reference: string; asset: string; amount: string }> {
  const { body } = await app.request.post('/api/account/deposit').set('Authorization', `Bearer ${trader.accessToken}`).set('Idempotency-Key', randomUUID()).send(money).expect(201);
  return { transactionId: `T-${randomUUID()}`, reference: (body as { data: { id: string } }).data.id, ...MONEY, ...money };
}
const confirm = (id: string): PromiseLike<unknown> =>
  app.request.post(`/api/admin/deposits/${id}/confirm`).set('Authorization', `Bearer ${admin.accessToken}`).send({ reason: 'seen on the statement' }).expect(200);
/** What happened after its trader had announced it. */
const auditOf = async (id: string): Promise<unknown[]> => {
  const [announced, ...rest] = await sql<{ action: string }>(app.database.superUrl, 'select actor_kind, actor_id, action, reason from audit.entries where subject_id = $1 order by entry_id', [id]);
  expect(announced?.action).toBe('deposit.announced');
  return rest;
};

describe('the payment provider', () => {
  test('tells of money that has arrived: it is credited and on record', async () => {
    const trader = await createTrader(app, {});
    const money = await announced(trader);
    const { body } = await fundDeposit(app, money).expect(200);
    const reason = `Received by the payment provider as ${money.transactionId}`;
    expect(body.data).toMatchObject({ id: money.reference, user_id: trader.userId, status: 'completed', amount: '250.5', reason });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
    expect(await auditOf(money.reference)).toEqual([{ actor_kind: 'system', actor_id: 'payment-provider', action: 'deposit.funded', reason }]);
  });

  test('that tells it 20 times at once, and again later, on two nodes, has it credited once', async () => {
    const second = await createNode({ database: app.database, env: { FUNDING_SECRET } });
    try {
      const trader = await createTrader(app, {});
      const money = await announced(trader, { asset: 'USDT', amount: '7' });
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => fundDeposit(index % 2 === 0 ? app : second, { ...money, amount: '7.00' })));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect((await fundDeposit(app, money).expect(200)).body.data.status).toBe('completed');
      expect(await balancesOf(app, trader)).toEqual({ USDT: '7 + 0' });
      expect(await auditOf(money.reference)).toHaveLength(1);
    } finally {
      await second.close();
    }
  });

  test('that has received something else than was announced hears both, and nothing is credited', async () => {
    const trader = await createTrader(app, {});
    const money = await announced(trader);
    for (const [change, received] of [[{ amount: '250.49' }, '250.49 USDT'], [{ amount: '250.51' }, '250.51 USDT'], [{ amount: '0' }, '0 USDT'], [{ asset: 'BTC' }, '250.5 BTC']] as const) {
      const { body } = await fundDeposit(app, { ...money, ...change }).expect(422);
      expect(body.error).toMatchObject({ code: 'FUNDING_MISMATCH', details: { announced: MONEY, received: { asset: received.split(' ')[1], amount: received.split(' ')[0] } } });
    }
    expect([await balancesOf(app, trader), await auditOf(money.reference)]).toEqual([{}, []]);
    await fundDeposit(app, money).expect(200);
    expect((await fundDeposit(app, { ...money, amount: '1' }).expect(422)).body.error.code).toBe('FUNDING_MISMATCH');
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
  });

  test('pays for a deposit with one transaction, and with a transaction for one deposit', async () => {
    const trader = await createTrader(app, {});
    const [money, other] = [await announced(trader), await announced(trader)];
    const [first, second] = await Promise.all([fundDeposit(app, money), fundDeposit(app, { ...money, transactionId: 'T-another' })]);
    expect([first.status, second.status].toSorted()).toEqual([200, 409]);
    const [winner, loser] = first.status === 200 ? [money.transactionId, second] : ['T-another', first];
    expect(loser.body.error).toMatchObject({ code: 'WRONG_STATE', details: { transactionId: winner } });
    expect((await fundDeposit(app, { ...other, transactionId: winner }).expect(422)).body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
  });

  test('comes after staff, who has seen the same money: it is not credited twice', async () => {
    const trader = await createTrader(app, {});
    const money = await announced(trader);
    await confirm(money.reference);
    expect((await fundDeposit(app, money).expect(409)).body.error).toMatchObject({ code: 'WRONG_STATE', details: { status: 'completed', transactionId: null } });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
  });

  test('and staff at the same moment credit it once', async () => {
    const trader = await createTrader(app, {});
    const money = await announced(trader);
    await Promise.all([fundDeposit(app, money), confirm(money.reference), fundDeposit(app, money), confirm(money.reference)]);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
    expect(await auditOf(money.reference)).toHaveLength(1);
  });

  test('is heard while the engine is away: the job credits it, and telling it again does, too', async () => {
    const trader = await createTrader(app, {});
    const money = await announced(trader);
    jest.spyOn(app.app.trading!.engine, 'submit').mockRejectedValue(new AppError('ENGINE_UNAVAILABLE'));
    expect((await fundDeposit(app, money).expect(200)).body.data.status).toBe('confirmed');
    jest.restoreAllMocks();
    expect((await fundDeposit(app, money).expect(200)).body.data.status).toBe('completed');
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
  });

  test('quotes a deposit that nobody announced', async () => {
    const money = { transactionId: 'T-1', reference: '019d0000-0000-7000-8000-000000000000', ...MONEY };
    expect((await fundDeposit(app, money).expect(404)).body.error.code).toBe('DEPOSIT_NOT_FOUND');
  });
});

test('bad input is refused with its field, and changes nothing', async () => {
  const money = await announced(await createTrader(app, {}));
  const bad = {
    transactionId: [undefined, null, '', 7, 'with a space', 'x'.repeat(101)], reference: [undefined, '7', null, 'DEADBEEF'], asset: [undefined, 'usdt', 7, ''],
    amount: [undefined, 250.5, '-1', '1e3', '1.123456789', '1234567890123', ' 1', ''],
  };
  for (const [field, values] of Object.entries(bad)) {
    for (const value of values) {
      const { body } = await fundDeposit(app, { ...money, [field]: value }).expect(400);
      expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', fields: { [field]: expect.any(String) } });
    }
  }
  expect((await fundDeposit(app, { ...money, userId: 7 }).expect(400)).body.error.fields).toHaveProperty('userId');
  expect(await auditOf(money.reference)).toEqual([]);
});

test('only who has the secret is heard, each call once, within 30 seconds; a partner’s key opens nothing here', async () => {
  const money = await announced(await createTrader(app, {}));
  const code = async (options: Parameters<typeof fundDeposit>[2]): Promise<string> => (await fundDeposit(app, money, options).expect(401)).body.error.code;
  expect(await code({ apiSecret: 'another-secret-of-32-characters-or-more' })).toBe('SIGNATURE_INVALID');
  expect(await code({ timestamp: app.now() - 31_000 })).toBe('TIMESTAMP_OUT_OF_RANGE');
  await fundDeposit(app, { ...money, amount: '1' }, { nonce: 'used-before' }).expect(422);
  expect(await code({ nonce: 'used-before' })).toBe('NONCE_REUSED');
  const signed = fundDeposit(app, money).set('X-API-Key', app.partner.apiKey);
  expect((await signed.expect(401)).body.error.code).toBe('SIGNATURE_INVALID');
  const bearer = app.request.post('/api/funding/deposits').set('Authorization', `Bearer ${admin.accessToken}`).send(money);
  expect((await bearer.expect(401)).body.error.code).toBe('SIGNATURE_INVALID');
  expect(await auditOf(money.reference)).toEqual([]);
});

test('without a secret there is no provider, and the answer says so', async () => {
  const plain: TestApp = await createTestApp();
  try {
    expect((await fundDeposit(plain, {}).expect(503)).body.error.code).toBe('FUNDING_UNAVAILABLE');
  } finally {
    await plain.close();
  }
});

test('after all of this every unit is where the journal says', async () => {
  expect(await brokenBooks(app.database.superUrl)).toEqual([]);
});
