import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { PASSWORD, sessionHeaders, signIn, turnOnSecondFactor, type Signer } from '../../testing/builders.ts';
import { newestMail, queuedMails } from '../../testing/mails.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { linkTo } from '../../testing/sign-up.ts';
import { signedHeaders, type TestApp } from '../../testing/test-app.ts';
import { balancesOf, brokenBooks, createMarkets, createNode, createTrader, sql, type Trader } from '../../testing/venue.ts';
import { askToWithdraw, codeOf, confirmByMail, createWithdrawer, linkOf, mayWithdraw, signInWithCode, WITHDRAWAL, withdrawalFor, type Withdrawer } from '../../testing/withdrawals.ts';

let database: TestDatabase;
let app: TestApp;
let second: TestApp;
let admin: Trader;
const env = { LIMIT_WITHDRAWALS_PER_DAY: '1000', COLD_WITHDRAWAL_ABOVE_USDT: '1000000' };
const HALF_AN_HOUR_MS = 1_800_000;

beforeAll(async () => {
  database = await cloneDatabase();
  [app, second] = [await createNode({ database, env, runJobsByClock: false }), await createNode({ database, env, runJobsByClock: false })];
  await createMarkets(app);
  await sql(database.superUrl, `update trading.markets set last_price = 64000.01 where symbol = 'BTCUSDT'`);
  admin = await signIn(app, 'admin');
});
afterAll(async () => {
  await second.close();
  await app.close();
  await database.drop();
});

const errorOf = ({ body }: supertest.Response): { code: string; retry_after?: number } => (body as { error: { code: string } }).error;
const dataOf = ({ body }: supertest.Response): Record<string, unknown> & { id: string } => (body as { data: Record<string, unknown> & { id: string } }).data;
const as = ({ accessToken }: Pick<Trader, 'accessToken'>, call: supertest.Test): supertest.Test => call.set('Authorization', `Bearer ${accessToken}`);
const decide = (id: string, step: string): supertest.Test => as(admin, app.request.post(`/api/admin/withdrawals/${id}/${step}`)).send({ reason: 'looked at by staff' });
const cancel = (trader: Trader, id: string, node = app): supertest.Test => as(trader, node.request.post(`/api/account/withdrawals/${id}/cancel`));
const asked = async (trader: Withdrawer, body: object = WITHDRAWAL): Promise<string> => dataOf(await askToWithdraw(app, trader, body).expect(201)).id;
const rowOf = async (id: string): Promise<unknown> => (await sql(database.superUrl, 'select status, funds, reason from trading.withdrawals where id = $1', [id]))[0];
const linesOf = async (id: string): Promise<string[]> =>
  (await sql<{ line: string }>(database.superUrl, `select actor_id || ' ' || action as line from audit.entries where subject_id = $1 order by entry_id`, [id])).map(({ line }) => line);

/** Refused, and everything is as it was. */
async function refused(trader: Trader, body: object = WITHDRAWAL): Promise<object> {
  const state = async (): Promise<unknown[]> => [await balancesOf(app, trader), await sql(database.superUrl, 'select id from trading.withdrawals where user_id = $1', [trader.userId])];
  const before = await state();
  const answer = await askToWithdraw(app, trader, body);
  expect(await state()).toEqual(before);
  return { status: answer.status, ...errorOf(answer) };
}

describe('before anything is taken', () => {
  test('it is signed by its session: the access token alone moves no money, nor the same call again', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const unsigned = as(trader, app.request.post('/api/account/withdraw')).set('Idempotency-Key', randomUUID()).send(WITHDRAWAL);
    expect(errorOf(await unsigned.expect(401)).code).toBe('REQUEST_SIGNATURE_REQUIRED');
    const headers = { ...sessionHeaders(trader, 'POST', '/api/account/withdraw', JSON.stringify(WITHDRAWAL), { timestamp: app.now() }), 'Content-Type': 'application/json' };
    const send = (node: TestApp): supertest.Test => node.request.post('/api/account/withdraw').set({ ...headers, 'Idempotency-Key': randomUUID() }).send(JSON.stringify(WITHDRAWAL));
    await send(app).expect(201);
    expect(errorOf(await send(second).expect(401)).code).toBe('NONCE_REUSED');
    expect(await balancesOf(app, trader)).toEqual({ USDT: '60 + 0' });
  });

  test('the identity is asked for first, then a second factor, then a code of it of these ten minutes', async () => {
    const trader = await createTrader(app, { USDT: '100' });
    await sql(database.superUrl, `update auth.users set kyc_status = 'pending' where id = $1`, [trader.userId]);
    expect(await refused(trader)).toMatchObject({ status: 403, code: 'KYC_REQUIRED' });
    await sql(database.superUrl, `update auth.users set kyc_status = 'approved' where id = $1`, [trader.userId]);
    expect(await refused(trader)).toMatchObject({ status: 403, code: 'SECOND_FACTOR_REQUIRED' });
    const withdrawer = await mayWithdraw(app, trader);
    for (const shownAgo of [null, 601_000]) expect(await refused(await signInWithCode(app, withdrawer, shownAgo))).toMatchObject({ status: 401, code: 'TWO_FACTOR_REQUIRED' });
    await askToWithdraw(app, await signInWithCode(app, withdrawer, 590_000)).expect(201);
  });

  test('a code in the request counts once, and a wrong one opens nothing even where the session has shown a right one', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const withoutCode = await signInWithCode(app, trader, null);
    expect(await refused(trader, { ...WITHDRAWAL, totp: 'no code' })).toMatchObject({ status: 401, code: 'SECOND_FACTOR_WRONG' });
    const totp = codeOf(app, trader);
    await askToWithdraw(app, withoutCode, { ...WITHDRAWAL, totp }).expect(201);
    expect(await refused(withoutCode, { ...WITHDRAWAL, totp })).toMatchObject({ status: 401, code: 'SECOND_FACTOR_WRONG' });
  });

  test('a program sends a code with each, whatever its owner has shown elsewhere', async () => {
    const trader = await mayWithdraw(app, await createTrader(app, { USDT: '100' }));
    const making = { name: 'bot', scopes: ['write:balance'], password: PASSWORD, totp: codeOf(app, trader) };
    const { key, secret } = dataOf(await as(trader, app.request.post('/api/auth/api-keys')).send(making).expect(201)) as unknown as { key: string; secret: string };
    const ask = (body: object): supertest.Test => {
      const [path, text] = ['/api/account/withdraw', JSON.stringify(body)];
      return app.request.post(path).set({ ...signedHeaders({ apiKey: key, apiSecret: secret }, 'POST', path, text, { timestamp: app.now() }), 'Idempotency-Key': randomUUID() }).send(text);
    };
    expect(errorOf(await ask(WITHDRAWAL).expect(401)).code).toBe('TWO_FACTOR_REQUIRED');
    // The code of this half minute has made the key.
    await sql(database.superUrl, 'update auth.second_factors set last_step = 0 where user_id = $1', [trader.userId]);
    await ask({ ...WITHDRAWAL, totp: codeOf(app, trader) }).expect(201);
  });

  const CHANGES: readonly [string, (trader: Withdrawer) => Promise<Withdrawer>][] = [
    ['the password was changed', async (trader) => {
      await as(trader, app.request.post('/api/auth/change-password')).send({ current_password: PASSWORD, new_password: `another ${PASSWORD}`, totp: codeOf(app, trader) }).expect(200);
      return trader;
    }],
    ['the password was reset', async (trader) => {
      await app.request.post('/api/auth/reset-password').send({ email: trader.email }).expect(202);
      await app.request.post('/api/auth/reset-password').send({ token: await linkTo(app, trader.email, 'reset-password'), new_password: `another ${PASSWORD}` }).expect(200);
      return signInWithCode(app, trader);
    }],
    ['the second factor was turned off', async (trader) => {
      await as(trader, app.request.post('/api/auth/disable-2fa')).send({ password: PASSWORD, code: codeOf(app, trader) }).expect(200);
      return mayWithdraw(app, trader);
    }],
    ['the second factor was turned on', async (trader) => {
      await sql(database.superUrl, 'delete from auth.second_factors where user_id = $1', [trader.userId]);
      return signInWithCode(app, { ...trader, secret: await turnOnSecondFactor(app, trader) });
    }],
  ];
  test.each(CHANGES)('money waits a day after %s, and no longer', async (_name, change) => {
    const trader = await change(await mayWithdraw(app, await createTrader(app, { USDT: '100' })));
    const answer = (await refused(trader)) as { retry_after: number };
    expect(answer).toMatchObject({ status: 403, code: 'WITHDRAWAL_COOLING_OFF' });
    expect(answer.retry_after).toBeLessThanOrEqual(86_400);
    expect(answer.retry_after).toBeGreaterThan(86_300);
    await sql(database.superUrl, `update auth.users set credentials_changed_at = credentials_changed_at - interval '24 hours' where id = $1`, [trader.userId]);
    await askToWithdraw(app, trader).expect(201);
  });

  test('a device that is new to the account waits until its owner has confirmed it', async () => {
    const trader = await mayWithdraw(app, await createTrader(app, { USDT: '100' }));
    const login = await app.request.post('/api/auth/login').send({ email: trader.email, password: PASSWORD, totp: codeOf(app, trader) }).expect(200);
    const elsewhere = { ...trader, ...(dataOf(login) as unknown as Signer) };
    expect(await refused(elsewhere)).toMatchObject({ status: 403, code: 'DEVICE_NOT_CONFIRMED' });
    const { data } = await newestMail(database.superUrl, trader.email, 'new-device');
    await app.request.post('/api/auth/confirm-device').send({ token: data.confirmUrl!.split('#device=')[1], decision: 'confirm' }).expect(200);
    await askToWithdraw(app, elsewhere).expect(201);
  });

  test('the same key answers the same, without another code and whatever has changed since', async () => {
    const [trader, key] = [await createWithdrawer(app, { USDT: '100' }), randomUUID()];
    const first = dataOf(await askToWithdraw(app, trader, WITHDRAWAL, key).expect(201));
    const later = await signInWithCode(app, trader, null);
    await sql(database.superUrl, `update auth.users set kyc_status = 'rejected', credentials_changed_at = now() where id = $1`, [trader.userId]);
    expect(dataOf(await askToWithdraw(app, later, WITHDRAWAL, key).expect(201))).toEqual(first);
    expect(errorOf(await askToWithdraw(app, later, { ...WITHDRAWAL, amount: '41' }, key).expect(422)).code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await balancesOf(app, trader)).toEqual({ USDT: '60 + 0' });
  });
});

describe('what withdrawals of a day may be worth', () => {
  const RICH = { USDT: '10000000', BTC: '10', ETH: '10' };
  const usdt = (amount: string): object => ({ ...WITHDRAWAL, amount });

  test('is by tier, to the last unit, in any asset by its last price', async () => {
    const trader = await createWithdrawer(app, RICH);
    await askToWithdraw(app, trader, { ...WITHDRAWAL, asset: 'BTC', amount: '0.50000001' }).expect(201);
    expect(await refused(trader, usdt('17999.99436'))).toMatchObject({
      status: 422, code: 'WITHDRAWAL_LIMIT_EXCEEDED', fields: { amount: expect.any(String) }, details: { asset: 'USDT', limit: '50000', asked: '32000.00564001', worth: '17999.99436', left: '17999.99435999' },
    });
    await askToWithdraw(app, trader, usdt('17999.99435999')).expect(201);
    expect(await refused(trader, usdt('0.00000001'))).toMatchObject({ code: 'WITHDRAWAL_LIMIT_EXCEEDED' });
    for (const [tier, limit] of [[3, 200_000], [5, 1_000_000]] as const) {
      await app.app.trading!.tiers.pin(trader.userId, tier, 'for the test', { kind: 'system', id: 'test' });
      expect(await refused(trader, usdt(`${limit - 49_999}`))).toMatchObject({ details: { limit: String(limit), left: String(limit - 50_000) } });
    }
    await askToWithdraw(app, trader, usdt('950000')).expect(201);
  });

  test('leaves out what came to nothing, and what is a day old', async () => {
    const trader = await createWithdrawer(app, RICH);
    await cancel(trader, await asked(trader, usdt('50000'))).expect(200);
    const toReject = await withdrawalFor(app, trader, usdt('50000'));
    await decide(toReject, 'reject').expect(200);
    const toFail = await withdrawalFor(app, trader, usdt('50000'));
    for (const step of ['approve', 'send', 'fail']) await decide(toFail, step).expect(200);
    const last = await asked(trader, usdt('50000'));
    expect(await refused(trader)).toMatchObject({ code: 'WITHDRAWAL_LIMIT_EXCEEDED' });
    await sql(database.superUrl, `update trading.withdrawals set created_at = created_at - interval '24 hours' where id = $1`, [last]);
    await asked(trader, usdt('50000'));
  });

  test('is kept by those who ask at two nodes at once: of two that do not fit together one passes', async () => {
    for (let round = 0; round < 4; round += 1) {
      const trader = await createWithdrawer(app, RICH);
      const answers = await Promise.all([app, second, app, second].map((node) => askToWithdraw(node, trader, usdt('30000'))));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422]);
      expect((await balancesOf(app, trader))['USDT']).toBe('9970000 + 0');
    }
  });

  test('does not count what has no price: that takes two approvers', async () => {
    const trader = await createWithdrawer(app, RICH);
    const id = await withdrawalFor(app, trader, { ...WITHDRAWAL, asset: 'ETH', amount: '10' });
    expect(dataOf(await decide(id, 'approve').expect(200))).toMatchObject({ status: 'mail_confirmed', approvals_needed: 2 });
    await asked(trader, usdt('50000'));
  });
});

describe('A10 the link in the mail', () => {
  test('leads to our page, says what goes where, and confirms once, whoever comes first at whichever node', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const id = await asked(trader);
    const { data } = await newestMail(database.superUrl, trader.email, 'withdrawal-confirm');
    expect(data).toMatchObject({ asset: 'USDT', amount: '40', address: WITHDRAWAL.address, minutes: 30, url: expect.stringMatching(/^http:\/\/localhost:8080\/verify#withdrawal=[\w-]{43}$/) });
    const token = await linkOf(app, trader.email);
    expect(JSON.stringify(await sql(database.superUrl, 'select w::text from trading.withdrawals w'))).not.toContain(token);
    await decide(id, 'approve').expect(409);
    const answers = await Promise.all([app, second, app, second].map((node) => confirmByMail(node, token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    expect(answers.filter(({ status }) => status === 400).map((answer) => errorOf(answer).code)).toEqual(['LINK_INVALID', 'LINK_INVALID', 'LINK_INVALID']);
    expect(dataOf(answers.find(({ status }) => status === 200)!)).toMatchObject({ id, status: 'mail_confirmed', confirm_until: null });
    await decide(id, 'approve').expect(200);
  });

  test('is one, however often and wherever the money is seen to be taken', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const key = randomUUID();
    await Promise.all([app, second, app, second].map((node) => askToWithdraw(node, trader, WITHDRAWAL, key)));
    expect((await queuedMails(database.superUrl, trader.email)).map(({ template }) => template)).toEqual(['withdrawal-confirm']);
    await confirmByMail(app, await linkOf(app, trader.email)).expect(200);
  });

  test('is not sent for what was refused', async () => {
    const trader = await createWithdrawer(app, { USDT: '1' });
    await askToWithdraw(app, trader).expect(422);
    expect(await queuedMails(database.superUrl, trader.email)).toEqual([]);
    const { id } = (await sql<{ id: string }>(database.superUrl, 'select id from trading.withdrawals where user_id = $1', [trader.userId]))[0]!;
    expect(await linesOf(id)).toEqual([`${trader.userId} withdrawal.requested`, 'engine withdrawal.refused']);
  });

  test('is over after half an hour, and then the money comes back by itself, once', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const [late, inTime] = [await asked(trader), await asked(trader, { ...WITHDRAWAL, amount: '5' })];
    await confirmByMail(app, await linkOf(app, trader.email)).expect(200);
    const settle = (): Promise<unknown> => Promise.all([app.app.trading!.settle(), second.app.trading!.settle()]);
    await settle();
    expect(await rowOf(late)).toMatchObject({ status: 'requested', funds: 'taken' });
    // Of the first of the two: its mail is the older one.
    const { data } = (await queuedMails(database.superUrl, trader.email))[0] as { data: { url: string } };
    await sql(database.superUrl, 'update trading.withdrawals set confirm_until = confirm_until - $2 * interval \'1 millisecond\' where id = $1', [late, HALF_AN_HOUR_MS]);
    expect(errorOf(await confirmByMail(app, data.url.split('withdrawal=')[1]!).expect(400)).code).toBe('LINK_INVALID');
    await settle();
    await settle();
    expect([await rowOf(late), await balancesOf(app, trader)]).toEqual([{ status: 'rejected', funds: 'returned', reason: 'NOT_CONFIRMED' }, { USDT: '95 + 0' }]);
    expect([await rowOf(inTime), await linesOf(late)]).toEqual([expect.objectContaining({ status: 'mail_confirmed' }), [`${trader.userId} withdrawal.requested`, 'withdrawals withdrawal.rejected']]);
  });

  test('opens nothing when it is made up, malformed or of another kind', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    await app.request.post('/api/auth/reset-password').send({ email: trader.email }).expect(202);
    for (const token of ['x'.repeat(43), await linkTo(app, trader.email, 'reset-password')]) expect(errorOf(await confirmByMail(app, token).expect(400)).code).toBe('LINK_INVALID');
    for (const token of ['', 'short', 'x'.repeat(44)]) expect(errorOf(await confirmByMail(app, token).expect(400)).code).toBe('VALIDATION_ERROR');
    await asked(trader);
    expect((await app.request.post('/api/auth/reset-password').send({ token: await linkOf(app, trader.email), new_password: `another ${PASSWORD}` })).status).toBe(400);
  });
});

describe('its owner takes it back', () => {
  test.each([['requested', asked], ['mail_confirmed', (trader: Withdrawer) => withdrawalFor(app, trader)]] as const)('while it is %s: the money is there again, once, the link dead, and nobody approves it', async (status, make) => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const id = await make(trader);
    expect(await rowOf(id)).toMatchObject({ status });
    const token = await linkOf(app, trader.email);
    for (const answer of await Promise.all([app, second, app].map((node) => cancel(trader, id, node)))) expect([answer.status, dataOf(answer)['status']]).toEqual([200, 'cancelled']);
    expect(dataOf(await cancel(trader, id).expect(200))).toMatchObject({ id, status: 'cancelled' });
    await confirmByMail(app, token).expect(400);
    await decide(id, 'approve').expect(409);
    expect([await rowOf(id), await balancesOf(app, trader)]).toEqual([{ status: 'cancelled', funds: 'returned', reason: null }, { USDT: '100 + 0' }]);
    expect((await linesOf(id)).at(-1)).toBe(`${trader.userId} withdrawal.cancelled`);
  });

  test('until it is approved, and nobody else does', async () => {
    const trader = await createWithdrawer(app, { USDT: '100' });
    const id = await withdrawalFor(app, trader);
    expect(errorOf(await cancel(await createWithdrawer(app, {}), id).expect(404)).code).toBe('WITHDRAWAL_NOT_FOUND');
    await decide(id, 'approve').expect(200);
    expect(errorOf(await cancel(trader, id).expect(409))).toMatchObject({ code: 'WRONG_STATE', details: { status: 'approved' } });
    for (const step of ['send', 'complete']) await decide(id, step).expect(200);
    expect(await linesOf(id)).toEqual([
      `${trader.userId} withdrawal.requested`, `${trader.userId} withdrawal.mail_confirmed`, `${admin.userId} withdrawal.approved`, `${admin.userId} withdrawal.sent`, `${admin.userId} withdrawal.completed`,
    ]);
  });

  test('or staff approves it: of both at once one happens', async () => {
    for (let round = 0; round < 3; round += 1) {
      const trader = await createWithdrawer(app, { USDT: '100' });
      const id = await withdrawalFor(app, trader);
      const statuses = (await Promise.all([cancel(trader, id, second), decide(id, 'approve')])).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, 409]);
      expect([await brokenBooks(database.superUrl), ['cancelled', 'approved']]).toEqual([[], expect.arrayContaining([((await rowOf(id)) as { status: string }).status])]);
    }
  });
});
