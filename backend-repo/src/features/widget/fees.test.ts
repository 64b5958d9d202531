import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { feeDue } from '../../domain/execution-report.ts';
import { feeRateFrom } from '../../domain/fee.ts';
import { amountFrom, formatAmount, notionalOf } from '../../domain/money.ts';
import { uuidV7 } from '../../domain/uuid.ts';
import {
  createPartner, getToken, LIMIT_ORDER, listTokens, newExchange, openSession, PAGE, requestToken, signedPost, signIn, signUserToken, type TestPartner,
} from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import type { FeeTotals } from './fees.service.ts';

let app: TestApp;
let owner: pg.Client;
let accessToken: string;
beforeAll(async () => {
  app = await createTestApp();
  owner = new pg.Client({ connectionString: app.database.superUrl });
  await owner.connect();
  accessToken = (await signIn(app, 'admin')).accessToken;
});
afterAll(async () => {
  await owner.end();
  await app.close();
});

const DAY_MS = 86_400_000;
const ask = (exchangeId: string, query: Record<string, string>, token = accessToken) =>
  app.request.get(`/api/admin/exchanges/${exchangeId}/fees?${new URLSearchParams(query).toString()}`).set('Authorization', `Bearer ${token}`);
const around = (): { from: string; to: string } => ({ from: new Date(app.now() - DAY_MS).toISOString(), to: new Date(app.now() + DAY_MS).toISOString() });
const totals = async (exchangeId: string, query = around()): Promise<FeeTotals> => ((await ask(exchangeId, query).expect(200)).body as { data: FeeTotals }).data;

interface LedgerLine {
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  readonly symbol?: string;
  readonly quoteAsset?: string | null;
  readonly quantity?: string;
  readonly price?: string | null;
  readonly schedule?: number;
}

/** A line as it stands on the ledger, whatever way it came there. */
async function putToken(exchangeId: string, line: LedgerLine = {}): Promise<string> {
  const { issuedAt = app.now(), expiresAt = issuedAt + 10_000, symbol = 'BTCUSDT', quoteAsset = 'USDT', quantity = '0.01', price = '64000', schedule = 1 } = line;
  const jti = uuidV7(issuedAt, randomBytes(10), 0);
  await owner.query(
    `insert into widget.trade_tokens (jti, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, price, fee_schedule, issued_at, expires_at, quote_asset)
     values ($1, $2, 'u', 'signed', 'k', $3, 'BUY', $4, $5, $6, $7, to_timestamp($8::float8 / 1000), to_timestamp($9::float8 / 1000), $10)`,
    [jti, exchangeId, symbol, price === null ? 'MARKET' : 'LIMIT', quantity, price, schedule, issuedAt, expiresAt, quoteAsset],
  );
  return jti;
}

async function putReport(exchangeId: string, jti: string, status: string, quantity: string, price: string | null, signed = false): Promise<void> {
  await owner.query(
    `insert into widget.executions (jti, exchange_id, status, quantity, price, order_id, executed_at, reported_at, evidence_id) values ($1, $2, $3, $4, $5, '-', now(), now(), $6)`,
    [jti, exchangeId, status, quantity, price, signed ? randomUUID() : null],
  );
}

const report = (partner: TestPartner, executions: object[]) => signedPost(app, partner, '/api/widget/executions', { executions }).expect(200);

test('a partner owes the rate of its schedule on what it says was executed; the rest is named', async () => {
  const partner = await createPartner(app);
  const user = await openSession(app, partner);
  const tokens = [];
  for (let count = 0; count < 6; count += 1) tokens.push(await getToken(app, user, count === 5 ? { symbol: 'ETHUSDT', side: 'SELL', type: 'MARKET', quantity: '1' } : LIMIT_ORDER));
  const [whole, part, refused, spent] = tokens as [(typeof tokens)[0], (typeof tokens)[0], (typeof tokens)[0], (typeof tokens)[0]];
  const said = { orderId: '17', executedAt: new Date(app.now()).toISOString() };
  await report(partner, [
    { ...said, jti: whole.jti, status: 'executed', quantity: '0.01', price: '63990' },
    { ...said, jti: part.jti, status: 'partially_executed', quantity: '0.002', price: '64000' },
    { ...said, jti: part.jti, status: 'partially_executed', quantity: '0.004', price: '63995' },
    { ...said, jti: refused.jti, status: 'rejected', quantity: '0' },
  ]);
  await signedPost(app, partner, '/api/widget/redeem', { token: spent.token }).expect(200);
  expect(await totals(partner.exchangeId)).toMatchObject({
    exchangeId: partner.exchangeId, issued: 6, executed: 1, partiallyExecuted: 1, rejected: 1, expired: 0,
    due: [{ asset: 'USDT', executedNotional: '895.88', amount: '0.44794', signedAmount: '0' }],
    unaccounted: { tokens: 3, open: 2, redeemed: 1, upTo: [{ asset: 'USDT', amount: '0.64' }], withoutPrice: 1 },
  });
});

test.each<['ES256' | 'HS256', 'signed' | 'label']>([['ES256', 'signed'], ['ES256', 'label'], ['HS256', 'signed'], ['HS256', 'label']])(
  'a token signed with %s for a %s session is marked so on its line, and counts in the part of its kind', async (algorithm, identityMode) => {
    const partner = await createPartner(app, { algorithm, identity_mode: 'label' });
    const exchangeUserId = `user-${randomUUID().slice(0, 8)}`;
    const proof = identityMode === 'label' ? { exchangeUserId } : { userToken: signUserToken(app, partner, exchangeUserId) };
    const { body } = await app.request.post('/api/widget/session').set('Origin', PAGE).send({ exchangeId: partner.exchangeId, ...proof }).expect(200);
    const user = { partner, exchangeUserId, sessionToken: (body as { data: { sessionToken: string } }).data.sessionToken };
    const jtis: string[] = [];
    for (let count = 0; count < 2; count += 1) jtis.push(((await requestToken(app, user).set('Origin', PAGE).expect(201)).body as { data: { jti: string } }).data.jti);
    await report(partner, [{ jti: jtis[0], status: 'executed', quantity: '0.01', price: '64000', orderId: '17', executedAt: new Date(app.now()).toISOString() }]);
    const { tokens } = await listTokens(app, accessToken, partner.exchangeId);
    expect(tokens).toMatchObject([{ identityMode, algorithm }, { identityMode, algorithm }]);
    const part = { issued: 2, unaccounted: 1, due: [{ asset: 'USDT', executedNotional: '640', amount: '0.32', signedAmount: '0' }] };
    const nothing = { issued: 0, unaccounted: 0, due: [] };
    const sums = await totals(partner.exchangeId);
    expect([sums.due, sums.labelMode, sums.hs256]).toEqual([part.due, identityMode === 'label' ? part : nothing, algorithm === 'HS256' ? part : nothing]);
  },
);

test('what could be due for one token is bounded by its market, whatever somebody who types a name asks for', async () => {
  const symbols = newExchange('x').symbols.map((symbol) => ({ ...symbol, maxQuantity: '100', maxPrice: '1000000' }));
  const partner = await createPartner(app, { identity_mode: 'label', symbols });
  const exchangeUserId = `user-${randomUUID().slice(0, 8)}`;
  const { body } = await app.request.post('/api/widget/session').set('Origin', PAGE).send({ exchangeId: partner.exchangeId, exchangeUserId }).expect(200);
  const anybody = { partner, exchangeUserId, sessionToken: (body as { data: { sessionToken: string } }).data.sessionToken };
  const ask = async (trade: object): Promise<string | undefined> => ((await requestToken(app, anybody, trade).set('Origin', PAGE)).body as { error?: { code: string } }).error?.code;
  const byAmount = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET' };
  expect(await ask({ ...LIMIT_ORDER, quantity: '999999999999', price: '999999999999' })).toBe('PRICE_OUT_OF_RANGE');
  expect(await ask({ ...LIMIT_ORDER, quantity: '999999999999' })).toBe('QUANTITY_TOO_LARGE');
  expect(await ask({ ...byAmount, quoteAmount: '999999999999' })).toBe('QUANTITY_TOO_LARGE');
  expect(await ask({ ...byAmount, quoteAmount: '100000000' })).toBeUndefined();
  expect((await totals(partner.exchangeId)).unaccounted).toMatchObject({ tokens: 1, upTo: [{ asset: 'USDT', amount: '50000' }] });
});

test('the token says what its fee is due in, whatever the partner trades today', async () => {
  const partner = await createPartner(app);
  const { jti } = await getToken(app, await openSession(app, partner));
  const { rows } = await owner.query('select quote_asset from widget.trade_tokens where jti = $1', [jti]);
  expect(rows).toEqual([{ quote_asset: 'USDT' }]);
});

test('a line of before is due in what its market is quoted in today, and in a market that is gone under its own name', async () => {
  const partner = await createPartner(app, { symbols: newExchange('x').symbols.map((symbol) => ({ ...symbol, quote: 'EUR' })) });
  for (const [symbol, quoteAsset] of [['BTCUSDT', 'USDT'], ['BTCUSDT', null], ['GONEUSDC', null]] as const) {
    await putReport(partner.exchangeId, await putToken(partner.exchangeId, { symbol, quoteAsset }), 'executed', '0.01', '100000');
  }
  const due = { executedNotional: '1000', amount: '0.5', signedAmount: '0' };
  expect((await totals(partner.exchangeId)).due).toEqual([{ asset: 'EUR', ...due }, { asset: 'GONEUSDC', ...due }, { asset: 'USDT', ...due }]);
  const { tokens } = await listTokens(app, accessToken, partner.exchangeId);
  expect(tokens.map(({ feeDue: { asset } }) => asset).sort()).toEqual(['EUR', 'GONEUSDC', 'USDT']);
});

test('a token counts by the millisecond it was issued in: the first moment is in, the last is out', async () => {
  const partner = await createPartner(app);
  const from = Date.UTC(2026, 11, 31, 23, 59, 59, 999);
  for (const issuedAt of [from - 1, from, from + 1, from + 2]) await putToken(partner.exchangeId, { issuedAt });
  const span = (start: number, end: number) => ({ from: new Date(start).toISOString(), to: new Date(end).toISOString() });
  expect((await totals(partner.exchangeId, span(from, from + 2))).issued).toBe(2);
  expect((await totals(partner.exchangeId, { from: '2027-01-01T00:59:59.999+01:00', to: '2027-01-01T01:00:00.001+01:00' })).issued).toBe(2);
  expect(await totals(partner.exchangeId, span(from - DAY_MS, from - 1))).toMatchObject({ issued: 0, due: [], unaccounted: { tokens: 0, upTo: [] } });
});

test('only the tokens that still live and were not redeemed are open', async () => {
  const partner = await createPartner(app);
  await putToken(partner.exchangeId, { issuedAt: app.now() - 60_000 });
  await putToken(partner.exchangeId);
  await owner.query('insert into widget.redemptions (jti, exchange_id, redeemed_at) values ($1, $2, now())', [await putToken(partner.exchangeId), partner.exchangeId]);
  expect((await totals(partner.exchangeId)).unaccounted).toMatchObject({ tokens: 3, open: 1, redeemed: 1 });
});

const STATUSES = ['executed', 'partially_executed', 'rejected', 'expired', 'redeemed', 'issued'] as const;
const units = (max: bigint): fc.Arbitrary<string> => fc.bigInt(1n, max).map((value) => formatAmount(value));
// From the smallest amount to the largest that a request may hold.
const amount = fc.oneof(units(1_000n), units(10n ** 14n), units(10n ** 20n - 1n));
const life = fc.record({
  status: fc.constantFrom(...STATUSES),
  quantity: amount,
  price: amount,
  market: fc.boolean(),
  quoteAsset: fc.constantFrom('USDT', 'EUR', null),
  schedule: fc.constantFrom(1, 2, 3),
  averages: fc.array(amount, { minLength: 4, maxLength: 4 }),
  partials: fc.integer({ min: 0, max: 3 }),
  signed: fc.boolean(),
});
type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never;

/** The totals of partial reports grow in equal steps; the last report says how the token ended. */
async function live(exchangeId: string, { status, quantity, price, market, quoteAsset, schedule, averages, partials, signed }: Life): Promise<string> {
  const jti = await putToken(exchangeId, { quantity, price: market ? null : price, quoteAsset, schedule });
  if (status === 'redeemed') await owner.query('insert into widget.redemptions (jti, exchange_id, redeemed_at) values ($1, $2, now())', [jti, exchangeId]);
  if (status === 'rejected' || status === 'expired') await putReport(exchangeId, jti, status, '0', null, signed);
  if (status !== 'executed' && status !== 'partially_executed') return jti;
  const ordered = amountFrom(quantity);
  const steps = new Set(Array.from({ length: status === 'executed' ? partials : partials + 1 }, (_, step) => (ordered * BigInt(step + 1)) / 5n));
  steps.delete(0n);
  const growing = [...steps].map((total, index) => ['partially_executed', formatAmount(total), averages[index]!] as const);
  // The newest first: the order in which rows were written must not matter.
  if (status === 'executed') await putReport(exchangeId, jti, 'executed', quantity, averages[3]!, signed);
  for (const [index, [state, total, average]] of [...growing].reverse().entries()) await putReport(exchangeId, jti, state, total, average, signed === (index === 0));
  return jti;
}

test('the sums of the database are the sums of the rules of domain/, and of the list of tokens, to the last 1e-8', async () => {
  await owner.query(`insert into widget.fee_schedules (version, rate, description) values (2, 0.00000001, 'the least'), (3, 0.99999999, 'the most')`);
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 8 }), async (lives) => {
      const { exchangeId } = await createPartner(app, { algorithm: 'HS256' });
      for (const one of lives) await live(exchangeId, one);
      const [sums, { tokens }] = [await totals(exchangeId), await listTokens(app, accessToken, exchangeId)];
      const expected = new Map<string, { notional: bigint; amount: bigint; signed: bigint }>();
      for (const { execution, feeDue: { amount, asset, rate } } of tokens) {
        if (!execution?.['price']) continue;
        const executed = { quantity: amountFrom(execution['quantity']!), price: amountFrom(execution['price']) };
        expect(amountFrom(amount)).toBe(feeDue(executed, feeRateFrom(rate)));
        const sum = expected.get(asset) ?? { notional: 0n, amount: 0n, signed: 0n };
        const signed = (execution['signed'] as unknown) === true;
        expected.set(asset, { notional: sum.notional + notionalOf(executed.price, executed.quantity), amount: sum.amount + amountFrom(amount), signed: sum.signed + (signed ? amountFrom(amount) : 0n) });
      }
      const due = [...expected].sort(([one], [other]) => (one < other ? -1 : 1)).filter(([, { amount }]) => amount > 0n);
      expect(sums.due).toEqual(due.map(([asset, { notional, amount, signed }]) => ({ asset, executedNotional: formatAmount(notional), amount: formatAmount(amount), signedAmount: formatAmount(signed) })));
      expect(sums.issued).toBe(lives.length);
      expect(sums.executed + sums.partiallyExecuted + sums.rejected + sums.expired + sums.unaccounted.tokens).toBe(sums.issued);
      const silent = tokens.filter(({ execution }) => execution === null);
      const upTo = silent.filter(({ trade }) => trade['price'] !== undefined).reduce((sum, { trade, feeDue: { rate } }) =>
        sum + feeDue({ quantity: amountFrom(trade['quantity']!), price: amountFrom(trade['price']!) }, feeRateFrom(rate)), 0n);
      expect(sums.unaccounted.upTo.reduce((sum, { amount }) => sum + amountFrom(amount), 0n)).toBe(upTo);
      expect(sums.unaccounted).toMatchObject({ tokens: silent.length, withoutPrice: silent.filter(({ trade }) => trade['price'] === undefined).length });
    }),
    { numRuns: 40 },
  );
});

describe('the span', () => {
  const FROM = '2026-11-01T00:00:00Z';
  test.each<[string, Record<string, string>, string]>([
    ['without a beginning', { to: FROM }, 'from'],
    ['without an end', { from: FROM }, 'to'],
    ['without a zone', { from: '2026-11-01T00:00:00', to: '2026-11-02T00:00:00Z' }, 'from'],
    ['on a day that does not exist', { from: FROM, to: '2026-11-31T00:00:00Z' }, 'to'],
    ['that is empty', { from: FROM, to: FROM }, 'to'],
    ['that runs backwards', { from: FROM, to: '2026-10-01T00:00:00Z' }, 'to'],
    ['of more than 366 days', { from: FROM, to: '2027-11-02T00:00:00.001Z' }, 'to'],
    ['that ends after the year 9999, once it is in UTC', { from: '9999-12-31T00:00:00Z', to: '9999-12-31T23:59:59-23:59' }, 'to'],
    ['before 1970', { from: '1969-01-01T00:00:00Z', to: '1969-02-01T00:00:00Z' }, 'from'],
    ['with something else beside it', { from: FROM, to: '2026-11-02T00:00:00Z', asset: 'USDT' }, 'asset'],
  ])('%s is refused, naming the field', async (_name, query, field) => {
    const { body } = await ask((await createPartner(app, { algorithm: 'HS256' })).exchangeId, query).expect(400);
    expect(body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { [field]: expect.any(String) } } });
  });

  test('may be 366 days, and lie where no partition is', async () => {
    const { exchangeId } = await createPartner(app, { algorithm: 'HS256' });
    expect((await totals(exchangeId, { from: FROM, to: '2027-11-02T00:00:00Z' })).issued).toBe(0);
    expect((await totals(exchangeId, { from: '9999-12-30T00:00:00Z', to: '9999-12-31T23:59:59.999Z' })).issued).toBe(0);
  });
});

test('staff alone reads it, of a partner that exists', async () => {
  const partner = await createPartner(app);
  await app.request.get(`/api/admin/exchanges/${partner.exchangeId}/fees`).expect(401);
  await ask(partner.exchangeId, around(), (await signIn(app, 'user')).accessToken).expect(403);
  await ask('nobody-here', around()).expect(404);
});

test('the months outside the span are not read', async () => {
  const plan = async (text: string): Promise<string> => (await owner.query<{ 'QUERY PLAN': string }>(`explain ${text}`)).rows.map((row) => row['QUERY PLAN']).join('\n');
  const found = await plan(`select * from widget.trade_tokens where jti >= widget.first_uuid_of('2026-12-01T00:00:00Z') and jti < widget.first_uuid_of('2027-01-01T00:00:00Z')`);
  expect(found).toContain('trade_tokens_2026_12');
  expect(found).not.toContain('trade_tokens_2027_01');
});
