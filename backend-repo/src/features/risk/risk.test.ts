import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect } from '../../db/connection.ts';
import type { Finding, Severity } from '../../domain/risk/finding.ts';
import { PASSWORD, signed, signIn } from '../../testing/builders.ts';
import type { TestApp } from '../../testing/test-app.ts';
import { BUY, createTrader, createVenue, placed, SELL, sql, type Trader } from '../../testing/venue.ts';
import { RiskWatchRepository } from './risk.repository.ts';

const KEY = 'a-service-api-token-of-32-characters-or-more';
const EVENTS = '/api/risk/events';
const HOUR_MS = 3_600_000;

let app: TestApp;
let trader: Trader;
/** Whom the events of a test are about: somebody of its own. */
let userId: number;
let staff: Trader;
let admin: Trader;
beforeAll(async () => {
  app = await createVenue({ env: { SERVICE_API_TOKEN: KEY } });
  // Five minutes into an hour: at its end one event would be two.
  app.advance(HOUR_MS - (app.now() % HOUR_MS) + 300_000);
  [staff, admin, trader] = [await signIn(app, 'staff'), await signIn(app, 'admin'), await signIn(app, 'user')];
});
beforeEach(async () => {
  userId = (await app.app.auth.createUser(`${randomUUID()}@example.com`, PASSWORD, 'user'))!;
});
afterAll(() => app.close());

interface Event {
  readonly id: number;
  readonly user_id: number | null;
  readonly kind: string;
  readonly severity: string;
  readonly resolved: boolean;
  readonly metadata: Record<string, unknown> | null;
}

const bearer = (who: Trader): string => `Bearer ${who.accessToken}`;
async function list(query = '', who = staff): Promise<{ events: Event[]; next_cursor: number | null }> {
  const { body } = await app.request.get(`${EVENTS}${query}`).set('Authorization', bearer(who)).expect(200);
  return (body as { data: { events: Event[]; next_cursor: number | null } }).data;
}
const eventsOf = async (userId: number): Promise<Event[]> => (await list(`?userId=${userId}&reason=for+the+test`)).events;
const tell = (event: object, key = KEY) => app.request.post(EVENTS).set('X-API-Key', key).send(event);
const login = (change: object = {}) => ({ eventType: 'LOGIN', severity: 'MEDIUM', userId, description: 'Signed in from a country they were never in.', ...change });
async function told(change: object = {}): Promise<Event> {
  const { body } = await tell(login(change)).expect(201);
  return (body as { data: Event }).data;
}
const decide = (id: number, body: object, who = admin) => app.request.put(`${EVENTS}/${id}`).set('Authorization', bearer(who)).send(body);
const codeOf = ({ body }: { body: unknown }): string => (body as { error: { code: string } }).error.code;
const fieldsOf = ({ body }: { body: unknown }): string[] => Object.keys((body as { error: { fields?: object } }).error.fields ?? {});
async function counted(kind: string, severity: string): Promise<number> {
  const { values } = await app.app.metrics.registry.getSingleMetric('risk_events_total')!.get();
  return values.find(({ labels }) => labels['kind'] === kind && labels['severity'] === severity)!.value;
}
const look = (node = app): Promise<void> => node.app.trading!.risk.look();

/** Trades with themselves, as self-trade prevention NONE allows. */
async function selfTrade(times: number): Promise<void> {
  for (let trade = 0; trade < times; trade += 1) {
    await placed(app, trader, { ...SELL, selfTradePrevention: 'NONE' });
    await placed(app, trader, { ...BUY, selfTradePrevention: 'NONE' });
  }
}

describe('what happens on the venue', () => {
  beforeEach(async () => {
    trader = await createTrader(app, { USDT: '1000000', BTC: '100' });
  });

  test('is judged after it is committed, and told of with its evidence', async () => {
    const before = await counted('wash_trading', 'MEDIUM');
    await selfTrade(2);
    await look();
    expect(await eventsOf(trader.userId)).toEqual([
      expect.objectContaining({
        user_id: trader.userId, event_type: 'SUSPICIOUS_ACTIVITY', kind: 'wash_trading', severity: 'MEDIUM', symbol: 'BTCUSDT', resolved: false, note: null, decided_by: null, decided_at: null,
        metadata: { pattern: 'self_trades', trades: 2, notional: '1280', trade_ids: [expect.any(Number), expect.any(Number)] },
      }),
    ]);
    expect(await counted('wash_trading', 'MEDIUM')).toBe(before + 1);
  });

  test('is one event while it goes on; it is made worse, and is open again then', async () => {
    await selfTrade(2);
    await look();
    const [{ id }] = (await eventsOf(trader.userId)) as [Event];
    await decide(id, { resolved: true, note: 'They know now.' }).expect(200);
    await selfTrade(1);
    await look();
    expect(await eventsOf(trader.userId)).toEqual([expect.objectContaining({ id, severity: 'MEDIUM', resolved: true, metadata: expect.objectContaining({ trades: 2 }) })]);
    await selfTrade(2);
    await look();
    expect(await eventsOf(trader.userId)).toEqual([expect.objectContaining({ id, severity: 'HIGH', resolved: false, metadata: expect.objectContaining({ trades: 5 }) })]);
  });

  test('orders pulled away from the other side of a fill are found through the front door too', async () => {
    const [other] = [await createTrader(app, { USDT: '1000000', BTC: '10' })];
    await placed(app, other, { ...BUY, quantity: '0.01', price: '60000' });
    for (let round = 0; round < 2; round += 1) {
      const bids = [];
      for (const price of ['59900', '59800', '59700']) bids.push(await placed(app, trader, { ...BUY, quantity: '1', price }));
      await placed(app, trader, { ...SELL, quantity: '0.1', price: '60100' });
      await placed(app, other, { ...BUY, quantity: '0.1', price: '60100' });
      for (const { id } of bids) await signed(app, trader, 'DELETE', `/api/orders/${id}`).expect(200);
      app.advance(3_000);
    }
    await look();
    expect((await eventsOf(trader.userId)).map(({ kind, severity }) => `${kind} ${severity}`)).toEqual(['layering MEDIUM']);
    expect(await eventsOf(other.userId)).toEqual([]);
    await signed(app, other, 'DELETE', '/api/orders').expect(200);
  });

  test('what two nodes find at once is one event, and only what is worse is told of again', async () => {
    const finding = (severity: Severity): Finding => ({
      eventType: 'TRADE', kind: 'order_rate', severity, userId, symbol: null, windowStart: 0, description: 'Many orders.', evidence: { orders: 60 },
    });
    const nodes = [1, 2].map(() => connect(app.database.appUrl, 1, () => undefined));
    try {
      const [one, two] = nodes.map(({ writer }) => new RiskWatchRepository(writer)) as [RiskWatchRepository, RiskWatchRepository];
      const told = await Promise.all([one, two, one, two].map((node) => node.record([finding('LOW')], app.now())));
      expect(told.flat()).toEqual([{ kind: 'order_rate', severity: 'LOW' }]);
      expect(await two.record([finding('HIGH')], app.now())).toEqual([{ kind: 'order_rate', severity: 'HIGH' }]);
      expect(await one.record([finding('MEDIUM')], app.now())).toEqual([]);
      expect((await eventsOf(userId)).map(({ severity }) => severity)).toEqual(['HIGH']);
    } finally {
      for (const node of nodes) await node.close();
    }
  });

  test('what cannot be recorded now is recorded at the next look', async () => {
    await sql(app.database.superUrl, 'revoke insert on trading.risk_events from writer');
    await selfTrade(2);
    await expect(look()).rejects.toThrow(/permission denied/);
    await sql(app.database.superUrl, 'grant insert on trading.risk_events to writer');
    app.advance(60_000);
    await look();
    expect(await eventsOf(trader.userId)).toHaveLength(1);
  });

  test('the volumes of the day before are in the trades on record, by hour and by trader', async () => {
    const hour = Math.floor(app.now() / HOUR_MS) * HOUR_MS;
    await sql(
      app.database.superUrl,
      `insert into trading.trades (id, symbol, buyer_order_id, seller_order_id, buyer_id, seller_id, quantity, price, notional, buyer_fee, seller_fee, taker_side, executed_at)
       select 9000000 + n, 'ETHUSDT', 1, 2, 777, case when n = 1 then 777 else 778 end, 1, 100, 100, 0, 0, 'BUY', to_timestamp($1::float8 / 1000) - n * interval '1 hour' from generate_series(1, 30) n`,
      [hour],
    );
    const database = connect(app.database.appUrl, 1, () => undefined);
    try {
      const past = await new RiskWatchRepository(database.writer).pastVolumes(hour - 2 * HOUR_MS, hour, HOUR_MS);
      const lines = past.filter(({ symbol }) => symbol === 'ETHUSDT').map(({ userId, start: at, notional }) => `${userId} ${(hour - at) / HOUR_MS}: ${notional / 100_000_000n}`);
      expect(lines.sort()).toEqual(['777 1: 100', '777 2: 100', '778 2: 100', 'null 1: 100', 'null 2: 100']);
    } finally {
      await database.close();
    }
  });
});

describe('GET /api/risk/events', () => {
  test('is for staff and admins, and for nobody else', async () => {
    const answers = await Promise.all([trader, staff, admin].map((who) => app.request.get(EVENTS).set('Authorization', bearer(who))));
    expect(answers.map(({ status }) => status)).toEqual([403, 200, 200]);
    expect(answers.map(({ headers }) => headers['cache-control'])).toEqual(['no-store', 'no-store', 'no-store']);
    expect((await app.request.get(EVENTS)).status).toBe(401);
    expect((await app.request.get(EVENTS).set('X-API-Key', KEY)).status).toBe(401);
  });

  test('a trader does not see the events about them in any other way: the table shows nobody anything unless staff asks', async () => {
    await told();
    const seen = (setting: string): Promise<unknown[]> =>
      sql(app.database.appUrl, `with asked as (select set_config('${setting}', '${userId}', false)) select id from asked, lateral (select id from trading.risk_events where asked.set_config is not null) e`);
    expect(await seen('app.user_id')).toEqual([]);
    expect((await seen('app.staff_id')).length).toBeGreaterThan(0);
  });

  test('filters by type, kind, severity, state, user and time', async () => {
    const [one, two] = [await told(), await told({ eventType: 'WITHDRAWAL', severity: 'CRITICAL' })];
    await decide(two.id, { resolved: true, note: 'It was them.' }).expect(200);
    const user = `userId=${userId}&reason=for+the+test`;
    const [past, future] = [app.now() - 3_600_000, app.now() + 3_600_000].map((time) => new Date(time).toISOString());
    const cases: [string, Event[]][] = [
      ['', [two, one]], ['&type=LOGIN', [one]], ['&type=DEPOSIT', []], ['&kind=reported', [two, one]], ['&kind=layering', []], ['&severity=CRITICAL', [two]], ['&resolved=true', [two]], ['&resolved=false', [one]],
      [`&from=${past}`, [two, one]], [`&from=${future}`, []], [`&to=${past}`, []], [`&to=${future}&type=WITHDRAWAL&severity=CRITICAL&resolved=true`, [two]],
    ];
    for (const [query, expected] of cases) expect([query, (await list(`?${user}${query}`)).events.map(({ id }) => id)]).toEqual([query, expected.map(({ id }) => id)]);
  });

  test('comes in pages, and each event on one page only', async () => {
    const ids = [];
    for (let event = 0; event < 5; event += 1) ids.unshift((await told()).id);
    const seen: number[] = [];
    let cursor: number | null = null;
    do {
      const page = await list(`?userId=${userId}&reason=for+the+test&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      expect(page.events.length).toBeLessThanOrEqual(2);
      seen.push(...page.events.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);
  });

  test.each(['limit=101', 'limit=0', 'type=WAR', 'severity=low', 'resolved=maybe', 'userId=0&reason=for+the+test', 'userId=x&reason=for+the+test', 'from=yesterday', 'cursor=-1', 'cursor=1e3', 'limit=+10', 'limit=%2010', 'limit=10.0', 'kind=Wash', 'unknown=1'])('%s is refused by its field', async (query) => {
    const answer = await app.request.get(`${EVENTS}?${query}`).set('Authorization', bearer(staff)).expect(400);
    expect([codeOf(answer), fieldsOf(answer)]).toEqual(['VALIDATION_ERROR', [query.split('=')[0]]]);
  });
});

describe('POST /api/risk/events', () => {
  test('keeps what a service of ours tells of', async () => {
    const before = await counted('reported', 'MEDIUM');
    const event = await told({ metadata: { country: 'NZ', distance_km: 18_000 } });
    expect(event).toMatchObject({ user_id: userId, event_type: 'LOGIN', kind: 'reported', severity: 'MEDIUM', symbol: null, resolved: false, metadata: { country: 'NZ', distance_km: 18_000 } });
    expect(await eventsOf(userId)).toEqual([event]);
    expect(await counted('reported', 'MEDIUM')).toBe(before + 1);
  });

  test('the same reference again is the same event', async () => {
    const event = await told({ reference: `login-${userId}` });
    const { body } = await tell(login({ reference: `login-${userId}` })).expect(200);
    expect((body as { data: Event }).data).toEqual(event);
    expect(await eventsOf(userId)).toHaveLength(1);
    const answers = await Promise.all([1, 2, 3].map(() => tell(login({ reference: `twice-${userId}` }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
  });

  test.each([{ severity: 'HIGH' }, { description: 'Another one.' }, { metadata: { country: 'NZ' } }, { userId: undefined }])('the same reference for another event is refused, and told so: %j', async (change) => {
    const event = await told({ reference: `other-${userId}` });
    const answer = await tell(login({ reference: `other-${userId}`, ...change })).expect(422);
    expect(codeOf(answer)).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await eventsOf(userId)).toEqual([event]);
  });

  test('needs the service’s key; a session of whoever it is does not do', async () => {
    const answers = await Promise.all([
      tell(login(), 'wrong'), tell(login(), ''), tell(login(), `${KEY} `.repeat(2)), app.request.post(EVENTS).send(login()),
      app.request.post(EVENTS).set('Authorization', bearer(admin)).send(login()),
    ]);
    expect(answers.map((answer) => `${answer.status} ${codeOf(answer)}`)).toEqual(Array.from({ length: 5 }, () => '401 SERVICE_KEY_INVALID'));
    expect(await eventsOf(userId)).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a type of its own', { eventType: 'WAR' }, 'eventType'],
    ['no type', { eventType: undefined }, 'eventType'],
    ['a severity of its own', { severity: 'WORST' }, 'severity'],
    ['no severity', { severity: undefined }, 'severity'],
    ['user 0', { userId: 0 }, 'userId'],
    ['half a user', { userId: 1.5 }, 'userId'],
    ['a user in a string', { userId: '1' }, 'userId'],
    ['a user who does not exist', { userId: 99_999_999 }, 'userId'],
    ['no description', { description: undefined }, 'description'],
    ['an empty description', { description: ' ' }, 'description'],
    ['an endless description', { description: 'x'.repeat(2_001) }, 'description'],
    ['a description with a NUL', { description: 'a\u0000b' }, 'description'],
    ['metadata that is no object', { metadata: [1] }, 'metadata'],
    ['a number that was rounded on the way', { metadata: { deep: [{ order: 123_456_789_012_345_680_000 }] } }, 'metadata'],
    ['a NUL in metadata', { metadata: { text: 'a\u0000b' } }, 'metadata.text'],
    ['too much metadata', { metadata: { text: 'x'.repeat(16_384) } }, 'metadata'],
    ['a reference with spaces', { reference: 'a b' }, 'reference'],
    ['a field that nobody knows', { kind: 'layering' }, 'kind'],
  ])('%s is refused by its field, and nothing is kept', async (_, change, field) => {
    const answer = await tell(login(change)).expect(400);
    expect([codeOf(answer), fieldsOf(answer)]).toEqual(['VALIDATION_ERROR', [field]]);
    expect(await eventsOf(userId)).toEqual([]);
  });
});

describe('PUT /api/risk/events/:id', () => {
  const audited = (id: number): Promise<Record<string, unknown>[]> =>
    sql(app.database.superUrl, `select actor_id, action, reason, before, after from audit.entries where subject_kind = 'risk_event' and subject_id = $1 order by entry_id`, [String(id)]);

  test('resolves and reopens, with a note, on the audit log each time', async () => {
    const { id } = await told();
    const { body } = await decide(id, { resolved: true, note: 'It was them, on a journey.' }).expect(200);
    expect((body as { data: Event }).data).toMatchObject({ id, resolved: true, note: 'It was them, on a journey.', decided_by: admin.userId, decided_at: expect.any(String) });
    await decide(id, { resolved: false, note: 'It was not.' }).expect(200);
    await decide(id, { resolved: false, note: 'It was not; they have called.' }).expect(200);
    const by = { actor_id: String(admin.userId) };
    expect(await audited(id)).toEqual([
      { ...by, action: 'risk_event.resolved', reason: 'It was them, on a journey.', before: { resolved: false, note: null }, after: { resolved: true, note: 'It was them, on a journey.' } },
      { ...by, action: 'risk_event.reopened', reason: 'It was not.', before: { resolved: true, note: 'It was them, on a journey.' }, after: { resolved: false, note: 'It was not.' } },
      { ...by, action: 'risk_event.noted', reason: 'It was not; they have called.', before: { resolved: false, note: 'It was not.' }, after: { resolved: false, note: 'It was not; they have called.' } },
    ]);
  });

  test('the same again, at once or later, changes nothing', async () => {
    const { id } = await told();
    const answers = await Promise.all([1, 2, 3].map(() => decide(id, { resolved: true, note: 'Settled.' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await audited(id)).toHaveLength(1);
  });

  test('is for admins', async () => {
    const { id } = await told();
    const answers = await Promise.all([trader, staff].map((who) => decide(id, { resolved: true, note: 'Please.' }, who)));
    expect(answers.map((answer) => `${answer.status} ${codeOf(answer)}`)).toEqual(['403 PERMISSION_DENIED', '403 PERMISSION_DENIED']);
    expect([(await eventsOf(userId))[0]!.resolved, await audited(id)]).toEqual([false, []]);
  });

  test('when it cannot be audited, it is not decided', async () => {
    const { id } = await told();
    await sql(app.database.superUrl, 'revoke insert on audit.entries from app');
    const { status } = await fetch(`${app.url}${EVENTS}/${id}`, {
      method: 'PUT', headers: { Authorization: bearer(admin), 'Content-Type': 'application/json' }, body: JSON.stringify({ resolved: true, note: 'Settled.' }),
    });
    expect(status).toBe(500);
    await sql(app.database.superUrl, 'grant insert on audit.entries to app');
    expect((await eventsOf(userId))[0]!.resolved).toBe(false);
  });

  test('of an event that there is not', async () => {
    expect(codeOf(await decide(999_999_999, { resolved: true, note: 'Settled.' }).expect(404))).toBe('RISK_EVENT_NOT_FOUND');
  });

  test.each<[string, object, string]>([
    ['without a note', { resolved: true }, 'note'],
    ['with an empty note', { resolved: true, note: '' }, 'note'],
    ['without saying what', { note: 'Settled.' }, 'resolved'],
    ['with "true"', { resolved: 'true', note: 'Settled.' }, 'resolved'],
    ['with a severity', { resolved: true, note: 'Settled.', severity: 'LOW' }, 'severity'],
  ])('%s is refused by its field', async (_, body, field) => {
    expect(fieldsOf(await decide(1, body).expect(400))).toEqual([field]);
  });

  test('an id that is none is refused', async () => {
    const answer = await app.request.put(`${EVENTS}/x`).set('Authorization', bearer(admin)).send({ resolved: true, note: 'Settled.' }).expect(400);
    expect(fieldsOf(answer)).toEqual(['id']);
  });
});

test('without a configured key no service may tell anything, an empty key included', async () => {
  const quiet = await createVenue();
  try {
    for (const key of ['', 'null', 'undefined']) expect(codeOf(await quiet.request.post(EVENTS).set('X-API-Key', key).send(login()).expect(401))).toBe('SERVICE_KEY_INVALID');
  } finally {
    await quiet.close();
  }
});
