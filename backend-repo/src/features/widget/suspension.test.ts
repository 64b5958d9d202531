import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { awakeClock } from '../../testing/awake-clock.ts';
import { createPartner, getToken, openSession, requestToken, signIn, type TestPartner, type TestUser } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

const clock = awakeClock();
let nodes: readonly [TestApp, TestApp];
let admin: { accessToken: string };
let partner: TestPartner;
beforeAll(async () => {
  const first = await createTestApp();
  nodes = [first, await createTestApp({ database: first.database })];
  admin = await signIn(first, 'admin');
  partner = await createPartner(first);
  await until(async () => nodes[1].app.widget!.partners.find(partner.exchangeId), (known) => known !== undefined);
});
afterAll(async () => {
  clock.stop();
  for (const node of [...nodes].reverse()) await node.close();
});

interface Try {
  readonly node: TestApp;
  readonly status: number;
  readonly code: string | undefined;
  readonly beganAt: number;
  readonly endedAt: number;
}

const CALLERS = 10;
/** Enough that none of them comes near its own limits. */
const USERS_PER_CALLER = 12;

/** Users who ask for tokens on both nodes, again and again. */
function trade(users: readonly TestUser[]): { tries: Try[]; stop: () => Promise<void> } {
  const tries: Try[] = [];
  let stopped = false;
  const running = Array.from({ length: CALLERS }, async (_, caller) => {
    const node = nodes[caller % 2]!;
    for (let turn = caller; !stopped; turn += CALLERS) {
      const user = users[turn % users.length]!;
      const beganAt = clock.now();
      const { status, body } = await requestToken(node, user);
      tries.push({ node, status, code: (body as { error?: { code: string } }).error?.code, beganAt, endedAt: clock.now() });
    }
  });
  return {
    tries,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
}

const set = async (action: 'suspend' | 'reopen'): Promise<number> => {
  await nodes[0].request.post(`/api/admin/exchanges/${partner.exchangeId}/${action}`).set('Authorization', `Bearer ${admin.accessToken}`).send({ reason: 'A test of it.' }).expect(200);
  return clock.now();
};
const lastIssue = async (): Promise<number> =>
  (await sql<{ count: number }>(nodes[0].database.superUrl, 'select count(*)::int as count from widget.trade_tokens where exchange_id = $1', [partner.exchangeId]))[0]!.count;

test('under load on two nodes a suspended partner gets no token from the moment staff is told, and tokens again on both within a second of reopening', async () => {
  const users: TestUser[] = [];
  for (let round = 0; round < USERS_PER_CALLER; round += 1) users.push(...(await Promise.all(Array.from({ length: CALLERS }, () => openSession(nodes[0], partner)))));
  for (const node of nodes) await getToken(node, users[0]!);
  const { tries, stop } = trade(users);
  const servedOnBoth = (is: (attempt: Try) => boolean) => until(async () => nodes.every((node) => tries.some((attempt) => attempt.node === node && is(attempt))), (both) => both, 10_000);
  try {
    await servedOnBoth(({ status }) => status === 201);
    const suspendedAt = await set('suspend');
    const issued = await lastIssue();
    await servedOnBoth(({ beganAt, status }) => beganAt > suspendedAt && status === 403);
    await until(async () => tries.filter(({ beganAt }) => beganAt > suspendedAt).length, (count) => count >= 4 * CALLERS);
    // What the statement saw is all there is: no node handed out one more, neither at once nor later.
    expect(tries.filter(({ beganAt, status }) => beganAt > suspendedAt && status !== 403)).toEqual([]);
    expect(new Set(tries.filter(({ status }) => status !== 201).map(({ code }) => code))).toEqual(new Set(['PARTNER_SUSPENDED']));
    expect(await lastIssue()).toBe(issued);
    expect(nodes.map((node) => node.app.widget!.partners.require(partner.exchangeId).status)).toEqual(['suspended', 'suspended']);

    const reopenedAt = await set('reopen');
    await servedOnBoth(({ beganAt, status }) => beganAt > reopenedAt && status === 201);
    const late = nodes.map((node) => tries.find((attempt) => attempt.node === node && attempt.beganAt > reopenedAt && attempt.status === 201)!.beganAt - reopenedAt);
    expect(Math.max(...late)).toBeLessThan(1_000);
  } finally {
    await stop();
  }
}, 30_000);

test('a token whose record waited while its partner was suspended is not handed out', async () => {
  const waiting = await createPartner(nodes[0]);
  const user = await openSession(nodes[0], waiting);
  const key = randomUUID();
  const blocker = new pg.Client({ connectionString: nodes[0].database.superUrl });
  await blocker.connect();
  await blocker.query('begin');
  await blocker.query(`insert into widget.token_keys values ($1, $2, $3, 'x', gen_random_uuid(), now())`, [waiting.exchangeId, user.exchangeUserId, key]);
  const asked = requestToken(nodes[0], user, undefined, key).then(({ status, body }) => ({ status, code: (body as { error?: { code: string } }).error?.code }));
  await until(async () => (await sql<{ waits: number }>(nodes[0].database.superUrl, `select count(*)::int as waits from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))[0]!.waits, (waits) => waits > 0);
  await nodes[0].request.post(`/api/admin/exchanges/${waiting.exchangeId}/suspend`).set('Authorization', `Bearer ${admin.accessToken}`).send({ reason: 'A test of it.' }).expect(200);
  await blocker.query('rollback');
  await blocker.end();
  expect(await asked).toEqual({ status: 403, code: 'PARTNER_SUSPENDED' });
});

test('nor does a retry get one, where this node has not heard of the suspension', async () => {
  const behind = await createPartner(nodes[0]);
  const user = await openSession(nodes[0], behind);
  const key = randomUUID();
  await requestToken(nodes[0], user, undefined, key).expect(201);
  // Nobody is told: the trigger that tells is off for this one statement.
  await sql(nodes[0].database.superUrl, `begin; set local session_replication_role = replica; update widget.exchanges set status = 'suspended' where exchange_id = '${behind.exchangeId}'; commit`);
  expect(nodes[0].app.widget!.partners.find(behind.exchangeId)!.status).toBe('active');
  const { body } = await requestToken(nodes[0], user, undefined, key).expect(403);
  expect(body).toMatchObject({ error: { code: 'PARTNER_SUSPENDED' } });
});
