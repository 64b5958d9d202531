import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPartner, getToken, listTokens, openSession, signedPost, signIn, type TestPartner, type TestUser } from '../testing/builders.ts';
import { createEmptyDatabase, type TestDatabase } from '../testing/postgres.ts';
import { createTestApp, type TestApp } from '../testing/test-app.ts';
import { balancesOf, brokenBooks, BUY, createTrader, createVenue, createWidgetTrader, placed, SELL, sql, tokenFor, until, type Trader, type TestVenue } from '../testing/venue.ts';
import { restoreBackup, type Restored } from './restore-backup.ts';
import { writeBackup, type WrittenBackup } from './write-backup.ts';

const run = promisify(execFile);

let directory: string;
let file: string;
let source: TestVenue;
let partner: TestPartner;
let user: TestUser;
let trader: Trader;
let spent: string;
let issuedBefore: string[];
let issuedAll: string[];
let written: WrittenBackup;
let target: TestDatabase;
let restored: Restored;

/** A day at work: tokens in every state, resting and filled orders, money, audit entries, and rows that COPY could get wrong. */
async function work(): Promise<void> {
  partner = await createPartner(source);
  user = await openSession(source, partner);
  const redeemed = await getToken(source, user);
  spent = redeemed.token;
  await signedPost(source, partner, '/api/widget/redeem', { token: spent }).expect(200);
  const execution = { jti: redeemed.jti, status: 'executed', quantity: '0.01', price: '64000', orderId: 'p-1', executedAt: new Date(source.now()).toISOString() };
  await signedPost(source, partner, '/api/widget/executions', { executions: [execution] }).expect(200);
  trader = await createTrader(source);
  const other = await createTrader(source);
  await placed(source, trader, SELL);
  await placed(source, other, BUY);
  await placed(source, trader, { ...BUY, price: '60000', clientOrderId: 'rests' });
  const widgetTrader = await createWidgetTrader(source);
  const { token } = await tokenFor(source, widgetTrader, { ...SELL, price: '70000' });
  await source.request.post('/api/orders').set('Authorization', `Bearer ${widgetTrader.venueToken}`).set('X-Trade-Token', token).send({ ...SELL, price: '70000' }).expect(201);
  await sql(source.database.ownerUrl, `create table widget.trade_tokens_2020_01 partition of widget.trade_tokens
    for values from (widget.first_uuid_of('2020-01-01Z')) to (widget.first_uuid_of('2020-02-01Z'))`);
  await sql(source.database.superUrl, `
    insert into audit.entries (entry_id, at, actor_kind, actor_id, action, subject_kind, subject_id, reason, after)
      select gen_random_uuid(), now(), 'user', '1', 'exchange.updated', 'exchange', 'x', E'tab\\t, backslash \\\\, new\\nline, \\\\N, “ü”', '{"a": 1.50}' from generate_series(1, 3);
    insert into widget.trade_tokens (jti, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, fee_schedule, issued_at, expires_at)
      select (left(widget.first_uuid_of('2020-01-15Z')::text, 24) || lpad(i::text, 12, '0'))::uuid, 'old-partner', repeat('u', 800), 'signed', 'k', 'BTCUSDT', 'BUY', 'MARKET', 1, 1, '2020-01-15Z', '2020-01-15Z'
      from generate_series(1, 6000) i`);
}

/** Tokens keep leaving until `during` is done. */
async function whileIssuing<T>(during: () => Promise<T>): Promise<T> {
  let over = false;
  const issue = async (): Promise<void> => {
    const session = await openSession(source, partner);
    for (let count = 0; !over && count < 15; count += 1) issuedAll.push((await getToken(source, session)).jti);
  };
  const issuing = (async () => {
    while (!over) await Promise.all([issue(), issue(), issue()]);
  })();
  try {
    await until(async () => issuedAll.length, (count) => count > 10);
    issuedBefore = [...issuedAll];
    return await during();
  } finally {
    over = true;
    await issuing;
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backup-test-'));
  file = join(directory, 'ledger.tar.gz');
  // No job writes between the backup and the comparison.
  source = await createVenue({ runJobsByClock: false, env: { LIMIT_TOKENS_PER_SECOND_PER_USER: '10000', LIMIT_TOKENS_PER_SECOND_PER_PARTNER: '10000' } });
  await work();
  issuedAll = [];
  written = await whileIssuing(() => writeBackup(source.database.ownerUrl, file));
  target = await createEmptyDatabase();
  restored = await restoreBackup(target.ownerUrl, file);
});
afterAll(async () => {
  await source.close();
  await target.drop();
  await rm(directory, { recursive: true, force: true });
});

const rowsOf = (database: TestDatabase, table: string, where = 'true'): Promise<unknown[]> =>
  sql(database.superUrl, `select t::text as row from ${table} t where ${where} order by 1`);

test('every table of a database at work is restored elsewhere, to the row', async () => {
  expect(restored.tables.every(({ equal }) => equal)).toBe(true);
  expect(restored).toMatchObject({ leftOut: [], applied: [] });
  // No process works on the copy, so nobody is sent to the one that works on the original.
  expect(await sql(target.superUrl, 'select holder, until < now() as over from trading.engine_lease')).toEqual([{ holder: null, over: true }]);
  const names = restored.tables.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['widget.trade_tokens', 'widget.redemptions', 'widget.executions', 'audit.entries', 'jobs.outbox', 'trading.balances', 'auth.users']));
  // Nobody wrote to these while the backup ran, so they can be compared by eye too.
  for (const table of ['audit.entries', 'widget.redemptions', 'widget.executions', 'widget.exchanges', 'widget.exchange_keys', 'trading.orders', 'trading.trades', 'trading.balances', 'trading.journal', 'auth.users']) {
    const rows = await rowsOf(source.database, table);
    expect(rows.length).toBeGreaterThan(0);
    expect(await rowsOf(target, table)).toEqual(rows);
  }
});

test('the ledger is that of one moment: what was issued before is in it, what came later is not, and no line differs', async () => {
  const jtis = new Set((await sql<{ jti: string }>(target.superUrl, `select jti::text as jti from widget.trade_tokens where exchange_id <> 'old-partner'`)).map(({ jti }) => jti));
  expect(issuedBefore.filter((jti) => !jtis.has(jti))).toEqual([]);
  expect(issuedAll.filter((jti) => !jtis.has(jti)).length).toBeGreaterThan(0);
  const old = await rowsOf(target, 'widget.trade_tokens_2020_01');
  expect(old).toHaveLength(6_000);
  const snapshot = `exchange_id <> 'old-partner' and jti = any('{${[...jtis].join(',')}}')`;
  expect(await rowsOf(target, 'widget.trade_tokens')).toEqual([...(await rowsOf(source.database, 'widget.trade_tokens', snapshot)), ...old].sort(byRow));
  expect(await sql(target.superUrl, 'select from widget.redemptions r where not exists (select from widget.trade_tokens t where t.jti = r.jti)')).toEqual([]);
});

const byRow = (one: unknown, other: unknown): number => ((one as { row: string }).row < (other as { row: string }).row ? -1 : 1);

test('rights are as they were: each table’s row-level security, triggers and grants', async () => {
  const rights = (database: TestDatabase): Promise<unknown[]> =>
    sql(database.superUrl, `
      select c.oid::regclass::text as name, c.relrowsecurity, c.relforcerowsecurity, c.relacl::text,
        (select array_agg(format('%s %s', t.tgname, t.tgenabled) order by t.tgname) from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('auth', 'audit', 'jobs', 'widget', 'trading') and c.relkind in ('r', 'p', 'S') order by 1`);
  expect(await rights(target)).toEqual(await rights(source.database));
});

test('a backend starts on the restored database and goes on: keys, spent tokens, ledger, book and balances', async () => {
  const app = await createTestApp({ database: target });
  try {
    await until(async () => (await app.request.get('/ready')).status, (status) => status === 200);
    for (const path of [`/api/widget/jwks/${partner.exchangeId}`, '/api/auth/jwks']) {
      expect((await app.request.get(path)).body).toEqual((await source.request.get(path)).body);
    }
    const { body } = await signedPost(app, partner, '/api/widget/redeem', { token: spent }).expect(409);
    expect(body).toMatchObject({ error: { code: 'TRADE_TOKEN_SPENT' } });
    await ledgerGoesOn(app);
    await venueGoesOn(app);
  } finally {
    await app.close();
  }
});

async function ledgerGoesOn(app: TestApp): Promise<void> {
  const [here, there] = [await signIn(app, 'admin'), await signIn(source, 'admin')];
  const query = `?limit=100&before=${issuedBefore.at(-1)!}`;
  expect(await listTokens(app, here.accessToken, partner.exchangeId, query)).toEqual(await listTokens(source, there.accessToken, partner.exchangeId, query));
  const token = await getToken(app, await openSession(app, partner));
  await signedPost(app, partner, '/api/widget/redeem', { token: token.token }).expect(200);
}

async function venueGoesOn(app: TestApp): Promise<void> {
  const path = '/api/markets/BTCUSDT/orderbook';
  expect((await app.request.get(path)).body).toMatchObject({ data: { bids: [['60000.00', '0.01']], asks: [['70000.00', '0.01']] } });
  expect(await balancesOf(app, trader)).toEqual(await balancesOf(source, trader));
  const seller = await createTrader(app);
  const { id } = await placed(app, seller, { ...SELL, price: '60000' });
  const [last] = await sql<{ id: number }>(source.database.superUrl, 'select max(id)::int as id from trading.orders');
  expect(id).toBe(last!.id + 1);
  expect(await brokenBooks(target.superUrl)).toEqual([]);
}

test('the file is for its owner only, nothing half-written lies beside it, and plain tar and sha256sum agree with it', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['ledger.tar.gz']);
  expect(written.bytes).toBe((await stat(file)).size);
  const opened = await mkdtemp(join(tmpdir(), 'backup-opened-'));
  try {
    await run('tar', ['xzf', file, '-C', opened]);
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: opened });
    // More rows than one part holds.
    expect((await readdir(join(opened, 'widget.trade_tokens'))).length).toBeGreaterThan(1);
  } finally {
    await rm(opened, { recursive: true, force: true });
  }
});

test('a backup never takes another one’s place', async () => {
  await expect(writeBackup(source.database.ownerUrl, file)).rejects.toThrow('give it a name of its own');
});
