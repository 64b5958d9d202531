import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { signatureMatches } from '../../domain/signature.ts';
import { signIn } from '../../testing/builders.ts';
import { answerAtLength } from '../../testing/long-answer.ts';
import { freePort } from '../../testing/postgres.ts';
import { balancesOf, brokenBooks, createVenue, sql, type TestVenue, type Trader } from '../../testing/venue.ts';
import { createWithdrawer, WITHDRAWAL, withdrawalFor } from '../../testing/withdrawals.ts';

const SECRET = 'what the custodian and the venue both know, and nobody else';
const ASK_AGAIN_MS = 5_000;
type Answer = { readonly status: number; readonly body: string } | 'lost' | 'silent' | 'long';
/** Far more than connections buffer. */
const LONG_ANSWER_BYTES = 48 * 1_048_576;

let app: TestVenue;
let admin: Trader;
let server: Server;
/** What the custodian answers from now on. */
let answer: Answer;
/** Of its last long answer. */
let bytesTaken: Promise<number>;
/** What it has heard, and what it has sent: once per id. */
let heard: { readonly id: string; readonly signed: boolean; readonly key: unknown; readonly body: object }[];
const says = (status: string, reference?: string): Answer => ({ status: 200, body: JSON.stringify({ status, reference }) });

beforeAll(async () => {
  const port = await freePort();
  server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const body = Buffer.concat(chunks);
      const [timestamp, nonce, signature] = ['x-api-timestamp', 'x-api-nonce', 'x-api-signature'].map((name) => String(req.headers[name])) as [string, string, string];
      const signed = signatureMatches({ version: 2, timestamp, nonce, method: 'POST', path: '/v1/payouts?wallet=hot', body }, SECRET, signature);
      const order = JSON.parse(body.toString()) as { id: string };
      heard.push({ id: order.id, signed, key: req.headers['idempotency-key'], body: order });
      if (answer === 'lost') req.socket.destroy();
      else if (answer === 'long') bytesTaken = answerAtLength(res, LONG_ANSWER_BYTES);
      else if (answer !== 'silent') res.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
    });
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  app = await createVenue({ runJobsByClock: false, env: { CUSTODY_URL: `http://127.0.0.1:${port}/v1/payouts?wallet=hot`, CUSTODY_SECRET: SECRET } });
  admin = await signIn(app, 'admin');
});
beforeEach(() => {
  heard = [];
});
afterAll(async () => {
  await app.close();
  server.closeAllConnections();
  server.close();
});

const decide = async (id: string, step: string, by = admin, more: object = {}): Promise<number> =>
  (await app.request.post(`/api/admin/withdrawals/${id}/${step}`).set('Authorization', `Bearer ${by.accessToken}`).send({ reason: 'looked at by staff', ...more })).status;
const rowOf = async (id: string): Promise<unknown> => (await sql(app.database.superUrl, 'select status, funds, reference from trading.withdrawals where id = $1', [id]))[0];
const actionsOf = async (id: string): Promise<string[]> =>
  (await sql<{ action: string }>(app.database.superUrl, 'select action from audit.entries where subject_id = $1 order by entry_id', [id])).map(({ action }) => action.replace('withdrawal.', '')).slice(2);
const look = async (): Promise<string> => {
  app.advance(ASK_AGAIN_MS);
  return app.app.trading!.settle().then(() => 'settled', String);
};

async function approved(amount = '40'): Promise<{ trader: Trader; id: string }> {
  const trader = await createWithdrawer(app, { USDT: '20000' });
  const id = await withdrawalFor(app, trader, { ...WITHDRAWAL, amount });
  expect(await decide(id, 'approve')).toBe(200);
  return { trader, id };
}

test('an approved withdrawal is sent by the custodian, signed and under its own id, and followed to its end', async () => {
  const { id } = await approved();
  answer = says('sent', '0xabc');
  await look();
  expect(heard).toEqual([{ id, signed: true, key: id, body: { id, asset: 'USDT', amount: '40', address: 'bank:DE00-1234' } }]);
  expect(await rowOf(id)).toEqual({ status: 'sent', funds: 'taken', reference: '0xabc' });
  await look();
  answer = says('completed');
  await look();
  await look();
  expect([heard.length, await rowOf(id), await actionsOf(id)]).toEqual([3, { status: 'completed', funds: 'taken', reference: '0xabc' }, ['approved', 'handed_over', 'sent', 'completed']]);
});

test('one that the custodian refuses comes back to its trader, once', async () => {
  const { trader, id } = await approved();
  answer = says('failed');
  app.advance(ASK_AGAIN_MS);
  await Promise.all([app.app.trading!.settle(), app.app.trading!.settle()]);
  await look();
  expect([heard.length, await rowOf(id), await balancesOf(app, trader)]).toEqual([1, { status: 'failed', funds: 'returned', reference: null }, { USDT: '20000 + 0' }]);
  expect(await actionsOf(id)).toEqual(['approved', 'handed_over', 'failed']);
});

const UNCLEAR: readonly [string, Answer][] = [
  ['is lost', 'lost'], ['does not come in time', 'silent'], ['is an error', { status: 500, body: '{}' }], ['is a refusal of the call', { status: 403, body: '{}' }],
  ['is far too long', 'long'], ['is no JSON', { status: 200, body: 'fine' }], ['is a status we do not know', says('on its way')],
];
test.each(UNCLEAR)('while its answer %s nobody gives the money back or sends it again, and it is asked until it answers', async (_name, unclear) => {
  const { trader, id } = await approved();
  answer = unclear;
  expect(await look()).toContain('were not settled');
  expect(await rowOf(id)).toEqual({ status: 'approved', funds: 'taken', reference: null });
  for (const step of ['reject', 'fail', 'send', 'complete']) expect([step, await decide(id, step)]).toEqual([step, 409]);
  answer = says('completed', 'T1');
  expect(await look()).toBe('settled');
  expect(new Set(heard.map((call) => call.id))).toEqual(new Set([id]));
  expect([await rowOf(id), await balancesOf(app, trader)]).toEqual([{ status: 'completed', funds: 'taken', reference: 'T1' }, { USDT: '19960 + 0' }]);
});

test('of an answer that is far too long no more is read than an answer may have', async () => {
  await approved();
  answer = 'long';
  expect(await look()).toContain('answered too much');
  expect(await bytesTaken).toBeLessThan(LONG_ANSWER_BYTES);
  answer = says('failed');
  expect(await look()).toBe('settled');
});

test('what takes two approvers, and what staff rejected in time, the custodian never hears of', async () => {
  const [{ id: cold }, { id: rejected }] = [await approved('10000.01'), await approved()];
  const second = await signIn(app, 'admin');
  expect([await decide(cold, 'approve', second), await decide(rejected, 'reject')]).toEqual([200, 200]);
  answer = says('completed');
  expect([await look(), heard]).toEqual(['settled', []]);
  expect(await decide(cold, 'send', admin, { reference: 'by-hand' })).toBe(200);
  expect([await look(), heard]).toEqual(['settled', []]);
  expect(await brokenBooks(app.database.superUrl)).toEqual([]);
});
