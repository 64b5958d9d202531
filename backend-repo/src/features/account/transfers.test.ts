import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type supertest from 'supertest';
import type { VenueAnswer, VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import { signIn } from '../../testing/builders.ts';
import { codeBlocks } from '../../testing/markdown.ts';
import { balancesOf, brokenBooks, createTrader, createVenue, sql, until, type TestVenue, type Trader } from '../../testing/venue.ts';
import { askToWithdraw, createWithdrawer, WITHDRAWAL, withdrawalFor, type Withdrawer } from '../../testing/withdrawals.ts';

let app: TestVenue;
let admin: Trader;
beforeAll(async () => {
  // The tests say when the job looks: it completes by itself what one of them is still at.
  app = await createVenue({ env: { LIMIT_WITHDRAWALS_PER_DAY: '1000' }, runJobsByClock: false });
  admin = await signIn(app, 'admin');
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => app.close());

const DEPOSIT = { asset: 'USDT', amount: '250.5' } as const;
const LATER_MS = 5_000;

const post = (path: string, { accessToken }: { accessToken: string }, body: object, key: string | null = randomUUID()): supertest.Test => {
  const call = app.request.post(path).set('Authorization', `Bearer ${accessToken}`);
  return (key === null ? call : call.set('Idempotency-Key', key)).send(body);
};
const deposit = (trader: Trader, body: object = DEPOSIT, key?: string | null): supertest.Test => post('/api/account/deposit', trader, body, key);
const withdraw = (trader: Trader, body?: object, key?: string | null): supertest.Test => askToWithdraw(app, trader, body, key);
const staff = (path: string, by: Trader = admin): supertest.Test => post(`/api/admin/${path}`, by, { reason: 'seen on the statement' }, null);
const decide = (id: string, step: string): supertest.Test => staff(`withdrawals/${id}/${step}`);
const list = async (trader: Trader, path: string): Promise<Record<string, unknown>> =>
  ((await app.request.get(`/api/${path}`).set('Authorization', `Bearer ${trader.accessToken}`).expect(200)).body as { data: Record<string, unknown> }).data;

const confirmed = (trader: Withdrawer): Promise<string> => withdrawalFor(app, trader);
/** What staff did. */
const auditOf = async (id: string): Promise<string[]> =>
  (await sql<{ action: string }>(app.database.superUrl, 'select action from audit.entries where subject_id = $1 and actor_id = $2 order by entry_id', [id, String(admin.userId)])).map(({ action }) => action);
const fundsOf = async (key: string): Promise<unknown> => (await sql(app.database.superUrl, 'select status, funds from trading.withdrawals where idempotency_key = $1', [key]))[0];

/** What the engine does with this trader's commands until mocks are restored; those of others go through, whoever's turn it is. */
function engineFor({ userId }: Trader, answer: (submit: () => Promise<VenueAnswer>) => Promise<VenueAnswer>): VenueCommand[] {
  const { engine } = app.app.trading!;
  const submit = engine.submit.bind(engine);
  const seen: VenueCommand[] = [];
  jest.spyOn(engine, 'submit').mockImplementation((command) => {
    if (!('userId' in command) || command.userId !== userId) return submit(command);
    seen.push(command);
    return answer(() => submit(command));
  });
  return seen;
}
const engineAway = (trader: Trader): unknown => engineFor(trader, () => Promise.reject(new AppError('ENGINE_UNAVAILABLE')));
const engineBack = (): void => void jest.restoreAllMocks();

describe('a deposit', () => {
  test('is announced without money, and is credited once, on record, when staff has seen it', async () => {
    const trader = await createTrader(app, {});
    const { body } = await deposit(trader).expect(201);
    const { id } = body.data;
    expect(body.data).toMatchObject({ asset: 'USDT', amount: '250.5', status: 'pending', instructions: { reference: id, text: expect.any(String) } });
    expect(await balancesOf(app, trader)).toEqual({});
    const confirmed = await Promise.all([staff(`deposits/${id}/confirm`), staff(`deposits/${id}/confirm`), staff(`deposits/${id}/confirm`)]);
    for (const answer of confirmed) expect(answer).toMatchObject({ status: 200, body: { data: { status: 'completed', user_id: trader.userId } } });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
    expect(await auditOf(id)).toEqual(['deposit.confirmed']);
    expect(await list(trader, 'account/deposits')).toMatchObject({ deposits: [{ id, status: 'completed', instructions: null }], next_cursor: null });
  });

  test('asked for 20 times at once under one key is one deposit', async () => {
    const [trader, key] = [await createTrader(app, {}), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => deposit(trader, DEPOSIT, key)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.data.id}`)).size).toBe(1);
    expect((await list(trader, 'account/deposits'))['deposits']).toHaveLength(1);
    await deposit(trader, { ...DEPOSIT, amount: '250.50' }, key).expect(201);
    expect((await deposit(trader, { ...DEPOSIT, amount: '251' }, key)).body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
    // Another user may call theirs the same.
    await deposit(await createTrader(app, {}), DEPOSIT, key).expect(201);
  });

  test('confirmed while the engine is away is credited by the job, once', async () => {
    const trader = await createTrader(app, {});
    const { id } = (await deposit(trader)).body.data;
    engineAway(trader);
    expect((await staff(`deposits/${id}/confirm`).expect(200)).body.data.status).toBe('confirmed');
    engineBack();
    expect(await balancesOf(app, trader)).toEqual({});
    app.advance(LATER_MS);
    await Promise.all([app.app.trading!.settle(), app.app.trading!.settle()]);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
    expect(await list(admin, `admin/deposits?status=completed&limit=1`)).toMatchObject({ deposits: [{ id }] });
  });

  test('that the venue cannot hold fails, and says why', async () => {
    const trader = await createTrader(app, {});
    const { id } = (await deposit(trader, { asset: 'USDT', amount: '999999999999.99999999' })).body.data;
    expect((await staff(`deposits/${id}/confirm`).expect(200)).body.data).toMatchObject({ status: 'failed', reason: 'VALIDATION_ERROR' });
    await staff(`deposits/${id}/confirm`).expect(409);
    expect(await balancesOf(app, trader)).toEqual({});
  });
});

describe('a withdrawal', () => {
  test('leaves the balance at once, and is approved, sent and completed by staff, each step on record', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const id = await confirmed(trader);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '60 + 0' });
    expect(await list(admin, 'admin/withdrawals?status=mail_confirmed')).toMatchObject({ withdrawals: [{ id, user_id: trader.userId, funds: 'taken' }] });
    for (const [step, status] of [['approve', 'approved'], ['send', 'sent'], ['complete', 'completed'], ['complete', 'completed']] as const) {
      expect((await decide(id, step).expect(200)).body.data.status).toBe(status);
    }
    expect(await auditOf(id)).toEqual(['withdrawal.approved', 'withdrawal.sent', 'withdrawal.completed']);
    for (const step of ['approve', 'reject', 'fail']) expect((await decide(id, step)).body.error).toMatchObject({ code: 'WRONG_STATE', details: { status: 'completed' } });
    expect(await list(trader, 'account/withdrawals?status=completed')).toMatchObject({ withdrawals: [{ id, status: 'completed', address: WITHDRAWAL.address }] });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '60 + 0' });
  });

  test.each([[['reject']], [['approve', 'reject']], [['approve', 'fail']], [['approve', 'send', 'fail']]])('ended by %j comes back once', async (steps) => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const id = await confirmed(trader);
    for (const step of steps) await decide(id, step).expect(200);
    const again = await Promise.all([decide(id, steps.at(-1)!), decide(id, steps.at(-1)!)]);
    for (const { body } of again) expect(body.data).toMatchObject({ funds: 'returned' });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '100 + 0' });
  });

  test('of more than is there is refused, under its key for ever, and takes nothing', async () => {
    const [trader, key] = [await createWithdrawer(app, { USDT: '39.99999999' }), randomUUID()];
    const refused = await withdraw(trader, WITHDRAWAL, key).expect(422);
    expect(refused.body.error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { asset: 'USDT', required: '40.00', available: '39.99999999' } });
    await app.app.trading!.account.fund(trader.userId, 'USDT', '100', `later ${trader.userId}`);
    expect((await withdraw(trader, WITHDRAWAL, key).expect(422)).body.error.details).toEqual(refused.body.error.details);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '139.99999999 + 0' });
    const { withdrawals } = (await list(trader, 'account/withdrawals')) as { withdrawals: { id: string }[] };
    expect(withdrawals).toMatchObject([{ status: 'rejected', reason: 'INSUFFICIENT_BALANCE' }]);
    for (const step of ['approve', 'reject', 'fail']) await decide(withdrawals[0]!.id, step).expect(409);
    await withdraw(trader).expect(201);
  });

  test('asked for 20 times at once under one key takes the money once', async () => {
    const [trader, key] = [await createWithdrawer(app, { USDT: '1000' }), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => withdraw(trader, WITHDRAWAL, key)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.data.id}`)).size).toBe(1);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '960 + 0' });
    expect((await withdraw(trader, { ...WITHDRAWAL, address: 'another' }, key).expect(422)).body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('20 at once of one balance take no more than there is', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => withdraw(trader)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, ...Array.from({ length: 18 }, () => 422)]);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '20 + 0' });
  });

  test('whose command was not heard goes on where it stopped: by the same call, and by the job', async () => {
    const [trader, key, other] = [await createWithdrawer(app, { USDT: '100' }), randomUUID(), randomUUID()];
    engineAway(trader);
    for (const name of [key, other]) {
      expect((await withdraw(trader, WITHDRAWAL, name).expect(503)).body.error.code).toBe('TRANSFER_OUTCOME_UNKNOWN');
      expect(await fundsOf(name)).toEqual({ status: 'requested', funds: 'to_take' });
    }
    // Nobody approves what has not been taken.
    for (const { id } of (await list(trader, 'account/withdrawals'))['withdrawals'] as { id: string }[]) for (const step of ['approve', 'reject', 'fail']) await decide(id, step).expect(409);
    engineBack();
    await withdraw(trader, WITHDRAWAL, key).expect(201);
    app.advance(LATER_MS);
    await Promise.all([app.app.trading!.settle(), app.app.trading!.settle()]);
    expect(await fundsOf(other)).toEqual({ status: 'requested', funds: 'taken' });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '20 + 0' });
  });

  test('whose money was taken and whose answer was lost takes it once', async () => {
    const [trader, key] = [await createWithdrawer(app, { USDT: '100' }), randomUUID()];
    engineFor(trader, async (submit) => {
      await submit();
      throw new AppError('ORDER_OUTCOME_UNKNOWN');
    });
    await withdraw(trader, WITHDRAWAL, key).expect(503);
    engineBack();
    expect([await fundsOf(key), await balancesOf(app, trader)]).toEqual([{ status: 'requested', funds: 'to_take' }, { USDT: '60 + 0' }]);
    await withdraw(trader, WITHDRAWAL, key).expect(201);
    expect([await fundsOf(key), await balancesOf(app, trader)]).toEqual([{ status: 'requested', funds: 'taken' }, { USDT: '60 + 0' }]);
  });

  test('that its owner cancels before it is known whether its money left is settled first, and nothing is given back twice', async () => {
    const [trader, key] = [await createWithdrawer(app, { USDT: '100' }), randomUUID()];
    engineAway(trader);
    await withdraw(trader, WITHDRAWAL, key).expect(503);
    const [{ id }] = (await list(trader, 'account/withdrawals'))['withdrawals'] as [{ id: string }];
    const cancel = (): supertest.Test => post(`/api/account/withdrawals/${id}/cancel`, trader, {}, null);
    expect((await cancel().expect(503)).body.error.code).toBe('TRANSFER_OUTCOME_UNKNOWN');
    expect(await fundsOf(key)).toEqual({ status: 'requested', funds: 'to_take' });
    engineBack();
    for (let count = 0; count < 2; count += 1) await cancel().expect(200);
    expect([await fundsOf(key), await balancesOf(app, trader)]).toEqual([{ status: 'cancelled', funds: 'returned' }, { USDT: '100 + 0' }]);
  });

  test('rejected while the engine is away comes back by the job', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const id = await confirmed(trader);
    engineAway(trader);
    expect((await decide(id, 'reject').expect(200)).body.data).toMatchObject({ status: 'rejected', funds: 'to_return' });
    engineBack();
    app.advance(LATER_MS);
    await app.app.trading!.settle();
    expect(await balancesOf(app, trader)).toEqual({ USDT: '100 + 0' });
  });

  test('refused, whose command that was thought lost arrived all the same, comes back', async () => {
    const [trader, key] = [await createWithdrawer(app, { USDT: '100' }), randomUUID()];
    const refusal: VenueAnswer = { kind: 'refused', refusal: { code: 'INSUFFICIENT_BALANCE', field: 'amount', asset: 'USDT', required: 1n, available: 0n } };
    const late = engineFor(trader, () => Promise.resolve(refusal));
    await withdraw(trader, WITHDRAWAL, key).expect(422);
    engineBack();
    await app.app.trading!.engine.submit(late[0]!);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '60 + 0' });
    app.advance(LATER_MS);
    await app.app.trading!.settle();
    app.advance(LATER_MS);
    await app.app.trading!.settle();
    expect([await fundsOf(key), await balancesOf(app, trader)]).toEqual([{ status: 'rejected', funds: 'returned' }, { USDT: '100 + 0' }]);
  });
});

test('one stuck tier, deposit or withdrawal holds up no other, and each is told of', async () => {
  const [stuck, other] = [await createWithdrawer(app, { USDT: '100' }), await createWithdrawer(app, { USDT: '100' })];
  const { engine } = app.app.trading!;
  jest.spyOn(engine, 'submit').mockImplementation(() => Promise.reject(new AppError('ENGINE_UNAVAILABLE')));
  for (const trader of [stuck, other]) {
    await sql(app.database.superUrl, 'insert into trading.fee_tiers (user_id, tier, pinned) values ($1, 4, true)', [trader.userId]);
    await staff(`deposits/${String((await deposit(trader)).body.data.id)}/confirm`).expect(200);
    await withdraw(trader).expect(503);
  }
  engineBack();
  app.advance(LATER_MS);
  engineAway(stuck);
  const failed = await app.app.trading!.settle().catch((error: unknown) => error);
  expect(String(failed)).toMatch(/3 of 5 were not settled: Error: 1 of \d+ .*; Error: 1 of \d+ .*; Error: 1 of \d+ /);
  expect(await sql(app.database.superUrl, 'select applied_tier from trading.fee_tiers where user_id = $1', [other.userId])).toEqual([{ applied_tier: 4 }]);
  expect(await balancesOf(app, other)).toEqual({ USDT: '310.5 + 0' });
  engineBack();
  await app.app.trading!.settle();
  expect(await balancesOf(app, stuck)).toEqual({ USDT: '310.5 + 0' });
});

const FITS: Readonly<Record<string, readonly string[]>> = {
  requested: ['reject'], mail_confirmed: ['approve', 'reject'], cancelled: [], approved: ['approve', 'reject', 'send', 'fail'], sent: ['send', 'complete', 'fail'], completed: ['complete'], failed: ['fail'], rejected: ['reject'],
};
const LEADS_TO: Readonly<Record<string, string>> = { approve: 'approved', reject: 'rejected', send: 'sent', complete: 'completed', fail: 'failed' };

test.each(Object.entries(FITS))('of a withdrawal that is %s staff may only %j', async (status, fitting) => {
  const trader = await createWithdrawer(app, { USDT: '1000' });
  for (const [step, next] of Object.entries(LEADS_TO)) {
    const id = await confirmed(trader);
    const funds = ['failed', 'rejected', 'cancelled'].includes(status) ? 'returned' : 'taken';
    await sql(app.database.superUrl, 'update trading.withdrawals set status = $2, funds = $3 where id = $1', [id, status, funds]);
    const { status: answered, body } = await decide(id, step);
    const after = (await sql<{ status: string }>(app.database.superUrl, 'select status from trading.withdrawals where id = $1', [id]))[0]!.status;
    const expected = fitting.includes(step) ? [200, undefined, next] : [409, { code: 'WRONG_STATE', details: { status } }, status];
    expect([step, answered, body.error && { code: body.error.code, details: body.error.details }, after]).toEqual([step, ...expected]);
    expect(await auditOf(id)).toEqual(fitting.includes(step) && next !== status ? [`withdrawal.${next}`] : []);
  }
});

const BAD: readonly [string, object, string][] = [
  ['no asset', { asset: undefined }, 'asset'], ['an asset in small letters', { asset: 'usdt' }, 'asset'], ['an asset nobody trades', { asset: 'DOGE' }, 'asset'],
  ['no amount', { amount: undefined }, 'amount'], ['a number', { amount: 1 }, 'amount'], ['a negative amount', { amount: '-1' }, 'amount'], ['nothing', { amount: '0.00' }, 'amount'],
  ['nine decimals', { amount: '1.000000001' }, 'amount'], ['thirteen digits', { amount: '1000000000000' }, 'amount'], ['a field we do not know', { memo: 'x' }, 'memo'],
];

test('bad input is refused with its field, of deposits and withdrawals alike, and is not on record', async () => {
  const trader = await createWithdrawer(app, { USDT: '100' });
  for (const [name, change, field] of BAD) {
    for (const { status, body } of [await deposit(trader, { ...DEPOSIT, ...change }), await withdraw(trader, { ...WITHDRAWAL, ...change })]) {
      expect([name, status, body.error.fields]).toEqual([name, 400, { [field]: expect.any(String) }]);
    }
  }
  expect([(await list(trader, 'account/deposits'))['deposits'], (await list(trader, 'account/withdrawals'))['withdrawals']]).toEqual([[], []]);
});

test('a key is needed, of 16 to 64 visible characters, and an address', async () => {
  const trader = await createWithdrawer(app, { USDT: '100' });
  for (const key of [null, 'short', 'x'.repeat(65), 'with a space in it']) {
    expect((await deposit(trader, DEPOSIT, key)).body.error.code).toBe('IDEMPOTENCY_KEY_REQUIRED');
    expect((await withdraw(trader, WITHDRAWAL, key)).body.error.code).toBe('IDEMPOTENCY_KEY_REQUIRED');
  }
  for (const address of [undefined, '', 'a b c d', 'x'.repeat(129), 7]) expect((await withdraw(trader, { ...WITHDRAWAL, address })).body.error.fields).toHaveProperty('address');
  expect(await balancesOf(app, trader)).toEqual({ USDT: '100 + 0' });
});

describe('while the engine is slow', () => {
  test('no connection is held: more transfers wait for it than there are connections, and everybody else is served', async () => {
    const waiting = app.config.databasePoolMax * 2;
    const trader = await createWithdrawer(app, { USDT: '1000' });
    const ids = await Promise.all(Array.from({ length: waiting }, async () => (await deposit(trader)).body.data.id as string));
    const gate = Promise.withResolvers<void>();
    const seen = engineFor(trader, async (submit) => {
      await gate.promise;
      return submit();
    });
    const answers = [...ids.map((id) => staff(`deposits/${id}/confirm`).then(({ body }) => body.data.status)), ...ids.map(() => withdraw(trader).then(({ status }) => status))];
    await until(() => Promise.resolve(seen.length), (count) => count === 2 * waiting);
    // Another job's may be between two statements; one that waits for the engine would stay so.
    await until(() => sql(app.database.superUrl, `select query from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`), (held) => held.length === 0);
    expect(await balancesOf(app, trader)).toEqual({ USDT: '1000 + 0' });
    gate.resolve();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['completed', 201]));
    expect(await balancesOf(app, trader)).toEqual({ USDT: String(1000 + waiting * 210.5) + ' + 0' });
  });

  /** Two ask at once; the one is refused, the other is served, and one of them hears later than the other. */
  function twoAskers(trader: Trader, refusedHearsFirst: boolean, refusal: VenueAnswer): void {
    const [first, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let asked = 0;
    engineFor(trader, async (submit) => {
      asked += 1;
      const refused = asked === 1;
      if (!refused) first.resolve();
      await first.promise;
      const answer = refused ? refusal : await submit();
      if (refused !== refusedHearsFirst) await heard.promise;
      // The other has put its answer on record by then.
      else setTimeout(() => heard.resolve(), 100);
      return answer;
    });
  }
  const NO_ROOM: VenueAnswer = { kind: 'refused', refusal: { code: 'AMOUNT_TOO_LARGE', field: 'amount', given: 1n, max: 0n } };
  const NOT_ENOUGH: VenueAnswer = { kind: 'refused', refusal: { code: 'INSUFFICIENT_BALANCE', field: 'amount', asset: 'USDT', required: 1n, available: 0n } };

  test.each([true, false])('a deposit that two nodes settle, and that only the one gets through, is completed (the refused hears first: %s)', async (refusedHearsFirst) => {
    const trader = await createTrader(app, {});
    const { id } = (await deposit(trader)).body.data;
    engineAway(trader);
    await staff(`deposits/${id}/confirm`).expect(200);
    engineBack();
    twoAskers(trader, refusedHearsFirst, NO_ROOM);
    await Promise.all([app.app.trading!.deposits.settle(id), app.app.trading!.deposits.settle(id)]);
    expect(await list(trader, 'account/deposits')).toMatchObject({ deposits: [{ id, status: 'completed', reason: 'seen on the statement' }] });
    expect(await balancesOf(app, trader)).toEqual({ USDT: '250.5 + 0' });
  });

  test('a deposit that was refused, and whose command that was thought lost arrived all the same, is completed', async () => {
    const trader = await createTrader(app, {});
    const { id } = (await deposit(trader)).body.data;
    const late = engineFor(trader, () => Promise.resolve(NO_ROOM));
    expect((await staff(`deposits/${id}/confirm`)).body.data.status).toBe('failed');
    engineBack();
    await app.app.trading!.engine.submit(late[0]!);
    await app.app.trading!.settle();
    expect(await list(trader, 'account/deposits')).toMatchObject({ deposits: [{ id, status: 'completed' }] });
  });

  test.each([true, false])('a withdrawal that two nodes settle, and of which one is refused, never keeps money that it said it did not take (the refused hears first: %s)', async (refusedHearsFirst) => {
    const [trader, key] = [await createWithdrawer(app, { USDT: '100' }), randomUUID()];
    twoAskers(trader, refusedHearsFirst, NOT_ENOUGH);
    const answers = await Promise.all([withdraw(trader, WITHDRAWAL, key), withdraw(trader, WITHDRAWAL, key)]);
    engineBack();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([refusedHearsFirst ? 422 : 201]));
    expect(await fundsOf(key)).toEqual(refusedHearsFirst ? { status: 'rejected', funds: 'returned' } : { status: 'requested', funds: 'taken' });
    expect(await balancesOf(app, trader)).toEqual({ USDT: refusedHearsFirst ? '100 + 0' : '60 + 0' });
  });

  test('a withdrawal that is rejected while it is sent is one of the two, and its money is where that says', async () => {
    for (let round = 0; round < 5; round += 1) {
      const trader = await createWithdrawer(app, { USDT: '100' });
      const id = await confirmed(trader);
      await decide(id, 'approve').expect(200);
      const answers = await Promise.all(['send', 'reject', 'send', 'reject'].map((step) => decide(id, step)));
      const sent = answers[0]!.status === 200;
      expect(answers.map(({ status }) => status)).toEqual(sent ? [200, 409, 200, 409] : [409, 200, 409, 200]);
      expect(await list(trader, 'account/withdrawals')).toMatchObject({ withdrawals: [{ status: sent ? 'sent' : 'rejected' }] });
      expect(await balancesOf(app, trader)).toEqual({ USDT: sent ? '60 + 0' : '100 + 0' });
    }
  });
});

test('nobody sees another’s transfers, traders decide nothing, and nobody decides on their own', async () => {
  const [owner, stranger] = [await createWithdrawer(app, { USDT: '100' }), await createWithdrawer(app, {})];
  const id = await confirmed(owner);
  const depositId = (await deposit(owner)).body.data.id;
  expect([(await list(stranger, 'account/deposits'))['deposits'], (await list(stranger, 'account/withdrawals'))['withdrawals']]).toEqual([[], []]);
  await staff(`withdrawals/${id}/approve`, owner).expect(403);
  await staff(`deposits/${depositId}/confirm`, owner).expect(403);
  const own = { kind: 'user', id: String(owner.userId) } as const;
  await expect(app.app.trading!.withdrawals.decide(id, 'approve', { reason: 'I say so' }, own)).rejects.toMatchObject({ code: 'OWN_REQUEST' });
  await expect(app.app.trading!.deposits.confirm(depositId, 'I say so', own)).rejects.toMatchObject({ code: 'OWN_REQUEST' });
  await deposit(admin).expect(403);
  await withdraw(admin).expect(403);
  await decide('00000000-0000-7000-8000-000000000000', 'approve').expect(404);
  await staff('deposits/00000000-0000-7000-8000-000000000000/confirm').expect(404);
  await decide('7', 'approve').expect(400);
  expect(await auditOf(id)).toEqual([]);
});

test('pages of transfers follow each other, newest first', async () => {
  const trader = await createTrader(app, {});
  for (let count = 0; count < 3; count += 1) await deposit(trader);
  const first = await list(trader, 'account/deposits?limit=2');
  const second = await list(trader, `account/deposits?limit=2&cursor=${String(first['next_cursor'])}`);
  const ids = [first, second].flatMap(({ deposits }) => (deposits as { id: string }[]).map(({ id }) => id));
  expect([ids, second['next_cursor']]).toEqual([ids.toSorted().reverse(), null]);
  expect(new Set(ids).size).toBe(3);
});

test('after all of this every unit is where the journal says', async () => {
  expect(await brokenBooks(app.database.superUrl)).toEqual([]);
});

describe('whoever keeps the client’s books is told', () => {
  const eventsOf = ({ userId }: Trader): Promise<unknown[]> => sql(app.database.superUrl, `select type, payload from jobs.outbox where ordering_key = 'client ${userId}' order by sequence`);

  test('of a deposit once it is credited, however often it is confirmed', async () => {
    const trader = await createTrader(app, {});
    const { id } = (await deposit(trader, { asset: 'USDT', amount: '12.50' }).expect(201)).body.data;
    expect(await eventsOf(trader)).toEqual([]);
    await Promise.all([staff(`deposits/${id}/confirm`), staff(`deposits/${id}/confirm`)]);
    expect(await eventsOf(trader)).toEqual([{ type: 'deposit.completed', payload: { clientId: String(trader.userId), amount: '12.5', currency: 'USDT', transactionId: id } }]);
  });

  test('of a withdrawal when it is approved, while its money is held, and not of one that is rejected', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const [approved, rejected] = [await confirmed(trader), await confirmed(trader)];
    await decide(approved, 'approve').expect(200);
    await decide(approved, 'approve').expect(200);
    await decide(rejected, 'reject').expect(200);
    expect(await eventsOf(trader)).toEqual([{ type: 'withdrawal.completed', payload: { clientId: String(trader.userId), amount: '40', currency: 'USDT', transactionId: approved } }]);
  });

  test('of no money that came back after an approval; the query of decision 0025 names those withdrawals', async () => {
    const page = readFileSync(new URL('../../../../docs/decisions/0025-how-money-leaves.md', import.meta.url), 'utf8');
    const [query] = codeBlocks(page).filter(({ language }) => language === 'sql');
    const trader = await createWithdrawer(app, { USDT: '200' });
    const [rejected, failed, sent, untold] = [await confirmed(trader), await confirmed(trader), await confirmed(trader), await confirmed(trader)];
    for (const id of [rejected, failed, sent]) await decide(id, 'approve').expect(200);
    for (const [id, step] of [[rejected, 'reject'], [failed, 'fail'], [sent, 'send'], [untold, 'reject']] as const) await decide(id, step).expect(200);
    expect(await eventsOf(trader)).toHaveLength(3);
    const named = await sql<{ id: string; user_id: string }>(app.database.superUrl, query!.text);
    expect(named.filter(({ user_id }) => Number(user_id) === trader.userId).map(({ id }) => id).toSorted()).toEqual([rejected, failed].toSorted());
  });
});
