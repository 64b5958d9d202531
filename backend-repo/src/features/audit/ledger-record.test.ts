import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import * as marks from '../../../migrations/20261121018600_record_ledger_batches.ts';
import { writerTransactionOf } from '../../db/as-user.ts';
import { connect, type Database } from '../../db/connection.ts';
import { uuidV7 } from '../../domain/uuid.ts';
import { signedPost } from '../../testing/builders.ts';
import { BUY, createTrader, createVenue, createWidgetTrader, placed, SELL, sql, tokenFor, until, type TestVenue, type Trader, type WidgetTrader } from '../../testing/venue.ts';
import { AuditProofRepository } from './audit-proof.repository.ts';
import { AuditVerifyService, type Problem, type Verdict } from './audit-verify.service.ts';
import { AuditRepository } from './audit.repository.ts';
import { LedgerRecordRepository } from './ledger-record.repository.ts';
import { LedgerRecordService } from './ledger-record.service.ts';

let app: TestVenue;
let connections: Database;
let owner: pg.Client;
let [buyer, seller] = [] as unknown as [WidgetTrader, Trader];
let node: LedgerRecordService;
let unrecorded = -1;
beforeAll(async () => {
  app = await createVenue({ runJobsByClock: false });
  connections = connect(app.database.appUrl, 4, () => undefined);
  owner = new pg.Client({ connectionString: app.database.superUrl });
  await owner.connect();
  [buyer, seller] = [await createWidgetTrader(app), await createTrader(app)];
  node = sequencer();
});
afterAll(async () => {
  await owner.end();
  await connections.close();
  await app.close();
});

function sequencer(settleMs = 0): LedgerRecordService {
  const transaction = writerTransactionOf(connections.app, (on) => {
    const entries = new AuditRepository(on);
    return { ledger: new LedgerRecordRepository(on), audit: (entry: Parameters<AuditRepository['add']>[2]) => entries.add(uuidV7(Date.now(), randomBytes(10)), Date.now(), entry) };
  });
  return new LedgerRecordService({ transaction, settleMs, show: (seconds) => void (unrecorded = seconds) });
}

async function trade(): Promise<{ buy: number; sell: number }> {
  const sell = await placed(app, seller, { ...SELL, quantity: '0.02' });
  const buy = await placed(app, buyer, { ...BUY, quantity: '0.01' });
  return { buy: buy.id, sell: sell.id };
}
async function redeemed(): Promise<string> {
  const { token, jti } = await tokenFor(app, buyer, { ...BUY });
  await signedPost(app, app.partner, '/api/widget/redeem', { token }).expect(200);
  return jti;
}
/** Tokens wait for whatever is under way in the whole cluster, and other tests work there, too. */
async function recorded(nodes: readonly LedgerRecordService[] = [node]): Promise<void> {
  const left = `select from widget.trade_tokens where jti > (select jti from audit.ledger_marks where stream = 'tokens')`;
  const look = async (): Promise<unknown[]> => {
    await Promise.all(nodes.map((one) => one.record()));
    return sql(app.database.superUrl, left);
  };
  await until(look, (rows) => rows.length === 0, 15_000);
  await app.app.audit.auditChain.advance();
}
const verify = (client = owner): Promise<Verdict> => new AuditVerifyService(new AuditProofRepository(client), { copies: [], keyIds: null, known: null }).verify();
/** As whoever owns the server may, past keys and triggers; and back again. */
async function verifyAfter(change: string): Promise<Problem | null> {
  await owner.query('begin; set local session_replication_role = replica');
  try {
    await owner.query(change);
    return (await verify()).problem;
  } finally {
    await owner.query('rollback');
  }
}
const records = (action: string): Promise<{ after: Record<string, { after: string; to: string; rows: number }> & { number: number; batches: number }; seq: number }[]> =>
  sql(app.database.superUrl, 'select e.after, c.seq::int as seq from audit.entries e left join audit.chain c using (entry_id) where e.action = $1 order by c.seq', [action]);

describe('H4 what the venue and the token ledger append', () => {
  let [first, jti] = [] as unknown as [{ buy: number; sell: number }, string];
  beforeAll(async () => {
    first = await trade();
    jti = await redeemed();
    await recorded();
    await trade();
    await recorded();
  });

  test('is told of by one row of the chain for all batches since the last, each row once', async () => {
    const venue = await records('venue.recorded');
    expect(venue.map(({ after }) => after.number)).toEqual([1, 2]);
    expect(venue[0]!.after).toMatchObject({ encoding: 1, orders: { after: '0', rows: 2 }, trades: { after: '0', rows: 1 }, journal: { after: '0' } });
    expect(venue[1]!.after).toMatchObject({ orders: { after: venue[0]!.after['orders']!.to, rows: 2 }, trades: { after: venue[0]!.after['trades']!.to, rows: 1 } });
    const [state] = await sql<{ batches: number }>(app.database.superUrl, 'select batches::int as batches from trading.engine_state');
    expect(venue[1]!.after.batches).toBe(state!.batches);
    expect(await records('tokens.recorded')).toMatchObject([{ after: { number: 1, tokens: { to: jti, rows: 1 } } }]);
    await recorded();
    expect([await records('venue.recorded'), await records('tokens.recorded')].map(({ length }) => length)).toEqual([2, 1]);
    expect(await verify()).toMatchObject({ problem: null, ledger: { orders: venue[1]!.after['orders']!.to, trades: '2', tokens: jti } });
  });

  test('is named by audit:verify when it was changed, put in or taken out', async () => {
    const [one, two] = (await records('venue.recorded')).map(({ seq }) => seq) as [number, number];
    const [token] = (await records('tokens.recorded')).map(({ seq }) => seq) as [number];
    const changes: [string, number, RegExp][] = [
      ['update trading.trades set price = price + 0.01 where id = 1', one, /tells of the trades/],
      ['update trading.trades set buyer_fee = 0 where id = 2', two, /tells of the trades/],
      [`update trading.trades set executed_at = executed_at + interval '1 microsecond' where id = 2`, two, /tells of the trades/],
      ['delete from trading.trades where id = 1', one, /tells of the trades/],
      ['update trading.journal set amount = amount + 1 where id = (select min(id) from trading.journal)', one, /tells of the journal rows/],
      ['delete from trading.journal where id = (select max(id) from trading.journal)', two, /tells of the journal rows/],
      [`update trading.orders set user_id = user_id + 1 where id = ${first.buy}`, one, /tells of the orders/],
      [`update trading.orders set side = 'SELL' where id = ${first.buy}`, one, /tells of the orders/],
      [`update trading.orders set client_order_id = 'another' where id = ${first.sell}`, one, /tells of the orders/],
      [`update trading.orders set filled_quantity = filled_quantity - 0.001 where id = ${first.buy}`, one, new RegExp(`order ${first.buy}, of which row ${one} tells, is filled otherwise`)],
      [`update trading.orders set fee = fee + 0.001 where id = ${first.sell}`, one, /is filled otherwise/],
      [`update widget.trade_tokens set quantity = quantity * 2 where jti = '${jti}'`, token, /tells of the trade tokens/],
      [`delete from widget.redemptions where jti = '${jti}'`, token, /tells of the trade tokens/],
      [`delete from widget.trade_tokens where jti = '${jti}'`, token, /tells of the trade tokens/],
      [`insert into widget.trade_tokens select ('00000000-0000-7000-8000-' || right(jti::text, 12))::uuid, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, price, client_order_id, fee_schedule, issued_at, expires_at
        from widget.trade_tokens where jti = '${jti}'`, token, /tells of the trade tokens/],
    ];
    for (const [change, seq, text] of changes) expect([change, await verifyAfter(change)]).toEqual([change, { seq, text: expect.stringMatching(text) }]);
    expect((await verify()).problem).toBeNull();
  });

  test('what may still happen to an order is no damage: it is amended, cancelled, filled', async () => {
    const order = await placed(app, buyer, { ...BUY, price: '60000' });
    await recorded();
    const as = (request: ReturnType<typeof app.request.patch>) => request.set('Authorization', `Bearer ${buyer.accessToken}`);
    await as(app.request.patch(`/api/orders/${order.id}`)).send({ price: '61000' }).expect(200);
    await placed(app, seller, { ...SELL, price: '61000', quantity: '0.005' });
    await recorded();
    expect((await verify()).problem).toBeNull();
  });

  test('goes on where it was after the migration was taken back and made again', async () => {
    const run = { raw: (text: string) => owner.query(text) } as never;
    await marks.down(run);
    await marks.up(run);
    await trade();
    await redeemed();
    await recorded();
    expect((await verify()).problem).toBeNull();
  });

  test('a mark that somebody moved shows as a gap', async () => {
    await trade();
    await sql(app.database.superUrl, `update audit.ledger_marks set trade_id = trade_id + 1 where stream = 'venue'`);
    await recorded();
    const last = (await records('venue.recorded')).at(-1)!;
    expect((await verify()).problem).toEqual({ seq: last.seq, text: expect.stringMatching(/does not begin where the one before it ended/) });
  });
});

test('tokens wait until what was under way at an earlier look has ended, and on many nodes are told of once', async () => {
  const before = (await records('tokens.recorded')).length;
  const late = new pg.Client({ connectionString: app.database.superUrl });
  await late.connect();
  try {
    await late.query('begin; select pg_current_xact_id()');
    await redeemed();
    for (let look = 0; look < 3; look += 1) await node.record();
    expect((await records('tokens.recorded')).length).toBe(before);
    await node.look();
    expect(unrecorded).toBeGreaterThan(0);
    await late.query('commit');
  } finally {
    await late.end();
  }
  await recorded([node, sequencer(), sequencer()]);
  expect((await records('tokens.recorded')).length).toBe(before + 1);
  await node.look();
  expect(unrecorded).toBe(0);
  await redeemed();
  const patient = sequencer(60_000);
  for (let look = 0; look < 3; look += 1) await patient.record();
  expect((await records('tokens.recorded')).length).toBe(before + 1);
});
