import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { FUNDING_SECRET, createPartner, getToken, LIMIT_ORDER, openSession, PAGE, requestToken, sessionHeaders, signIn, TEST_CLIENT, type Signer, type TestPartner, type TestUser } from '../testing/builders.ts';
import { signedHeaders, type TestApp } from '../testing/test-app.ts';
import { createTrader, createVenue } from '../testing/venue.ts';

/**
 * Every limit is crossed through the front door, at the number the contract says. The clock stands still but where a test moves it, so that a slow
 * machine refills nothing.
 */
let app: TestApp;
let partner: TestPartner;
let labelPartner: TestPartner;
let clock = 0;
const SERVICE_KEY = 'a-service-api-token-of-32-characters-or-more';
const agent = new Agent({ keepAlive: true, maxSockets: 25 });
beforeAll(async () => {
  const spec = { SERVICE_API_TOKEN: SERVICE_KEY, FUNDING_SECRET, LIMIT_LOGIN_PER_HOUR: '', LIMIT_REGISTER_PER_HOUR: '', LIMIT_RESETS_PER_HOUR: '', LIMIT_UNAUTHENTICATED_PER_MINUTE: '', LIMIT_LABEL_TOKENS_PER_MINUTE_PER_ADDRESS: '', LIMIT_ORDERS_PER_MINUTE_TIER_1: '' };
  const venue = await createVenue({ env: spec, clock: () => clock });
  app = venue;
  partner = venue.partner;
  labelPartner = await createPartner(app, { identity_mode: 'label' });
});
afterAll(async () => {
  agent.destroy();
  await app.close();
});

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly from?: string;
}
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: { error?: { code: string; retry_after?: number } };
}

function send({ method = 'GET', path, headers = {}, body, from = '127.0.0.1' }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)), 'Content-Type': 'application/json' };
    const outgoing = httpRequest(`${app.url}${path}`, { method, headers: { ...length, ...headers }, agent, localAddress: from }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'] }));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

interface Crossing {
  readonly limit: number;
  /** Until one more passes. */
  readonly waitSeconds: number;
  readonly call: (at: number) => Call;
  /** As X-RateLimit-Limit and the policy say it, where that is another number. */
  readonly policy?: string;
  /** What has a limit of its own. */
  readonly stillOpen?: () => readonly Call[];
}

/** The n-th passes and says that none is left, the n + 1st is refused in both header families, and after the wait one passes again. */
async function cross({ limit, waitSeconds, call, policy = `${limit};w=${waitSeconds}`, stillOpen = () => [] }: Crossing): Promise<void> {
  const early = await Promise.all(Array.from({ length: limit - 1 }, (_, at) => send(call(at))));
  expect(early.map(({ status }) => status).filter((status) => status === 429 || status >= 500)).toEqual([]);
  const last = await send(call(limit - 1));
  expect([last.status === 429, last.body.error?.code === 'RATE_LIMIT_EXCEEDED']).toEqual([false, false]);
  const refused = await send(call(limit));
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMIT_EXCEEDED', retry_after: waitSeconds } } });
  const { headers } = refused;
  expect([headers['retry-after'], headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']]).toEqual([String(waitSeconds), policy.split(';')[0], '0']);
  expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(app.now() / 1000);
  expect(headers['ratelimit-policy']).toMatch(new RegExp(`^"[a-z-]+";q=${policy}$`));
  expect(headers['ratelimit']).toMatch(/^"[a-z-]+";r=0;t=\d+$/);
  for (const other of stillOpen()) expect([other.path, (await send(other)).status]).not.toEqual([other.path, 429]);
  clock += waitSeconds * 1000;
  expect((await send(call(limit))).status).not.toBe(429);
}

let nextAddress = 2;
const newAddress = (): string => `127.0.0.${(nextAddress += 1)}`;
const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
const tokenCall = (sessionToken: string, from?: string): Call => ({ method: 'POST', path: '/api/widget/generate-trade-token', headers: bearer(sessionToken), body: '{}', ...(from && { from }) });

/** Straight from the service: /api/widget/session has a limit of its own. */
async function sessions(of: TestPartner, count: number): Promise<string[]> {
  const { widget } = app.app;
  const open = async (): Promise<string> => (await widget!.sessions.open({ exchangeId: of.exchangeId, exchangeUserId: `user-${randomUUID()}` } as never, PAGE)).sessionToken;
  if (of.exchange.identity_mode === 'label') return Promise.all(Array.from({ length: count }, open));
  return (await Promise.all(Array.from({ length: count }, () => openSession(app, of)))).map(({ sessionToken }) => sessionToken);
}

const perAddress = (limit: number, waitSeconds: number, call: Call): Crossing => {
  const from = newAddress();
  return { limit, waitSeconds, call: () => ({ ...call, from }) };
};
const post = (path: string): Call => ({ method: 'POST', path, body: '{}' });

async function perPerson(limit: number, waitSeconds: number, call: Call, role: 'user' | 'staff' = 'user'): Promise<Crossing> {
  const { accessToken } = await signIn(app, role);
  return { limit, waitSeconds, call: () => ({ ...call, headers: bearer(accessToken) }) };
}

/** Of calls that count only once their signature fits. */
async function perSigner(limit: number, waitSeconds: number, call: Call): Promise<Crossing> {
  const signer = await signIn(app, 'user');
  return { limit, waitSeconds, call: () => signedBy(signer, call) };
}

const signedBy = (signer: Signer, call: Call): Call => ({ ...call, headers: sessionHeaders(signer, call.method!, call.path, call.body ?? '', { version: 2, timestamp: app.now() }) });

/** Of what an access token alone may do. Whoever has stolen one and uses it up leaves these to its owner. */
async function perHolder(limit: number, waitSeconds: number, call: Call, left: (owner: Signer) => readonly Call[]): Promise<Crossing> {
  const owner = await signIn(app, 'user');
  return { limit, waitSeconds, call: () => ({ ...call, headers: bearer(owner.accessToken) }), stillOpen: () => left(owner) };
}
const waysOut = ({ accessToken }: Signer): readonly Call[] => WAYS_OUT.map((way) => ({ ...way, headers: bearer(accessToken) }));

/** Orders of a trader whom staff knows, and has put into that tier. */
async function perTrader(tier: 1 | 3 | 4 | 5, limit: number): Promise<Crossing> {
  const { userId, accessToken } = await createTrader(app, {});
  if (tier !== 1) await app.app.trading!.tiers.pin(userId, tier, 'a test of its limits', { kind: 'system', id: 'test' });
  return { limit, waitSeconds: 60, call: () => ({ ...post('/api/orders'), headers: bearer(accessToken) }) };
}

const CANCEL: Call = { method: 'DELETE', path: '/api/orders/none' };
const CANCEL_ALL: Call = { method: 'DELETE', path: '/api/orders?symbol=none' };
/** What ends or takes back something. */
const WAYS_OUT: readonly [Call, ...Call[]] = [
  { method: 'DELETE', path: '/api/auth/sessions/none' }, { method: 'DELETE', path: '/api/auth/devices/none' }, { method: 'DELETE', path: '/api/auth/api-keys/none' },
  post('/api/account/withdrawals/none/cancel'), { method: 'POST', path: '/api/auth/logout', body: '{"all":1}' },
];

/** What a reader of the guide finds there, crossed. */
const CROSSINGS: Record<string, readonly (() => Promise<Crossing> | Crossing)[]> = {
  LIMIT_TOKENS_PER_SECOND_PER_USER: [
    async () => {
      const [session] = await sessions(partner, 1);
      return { limit: 10, waitSeconds: 1, call: () => tokenCall(session!) };
    },
  ],
  LIMIT_TOKENS_PER_SECOND_PER_PARTNER: [
    async () => {
      const users = await sessions(await createPartner(app), 51);
      clock += 60_000;
      return { limit: 500, waitSeconds: 1, call: (at) => tokenCall(users[at % 51]!) };
    },
  ],
  LIMIT_LABEL_TOKENS_PER_MINUTE_PER_USER: [
    async () => {
      const [session] = await sessions(labelPartner, 1);
      return { limit: 6, waitSeconds: 60, call: () => tokenCall(session!, newAddress()) };
    },
  ],
  LIMIT_LABEL_TOKENS_PER_MINUTE_PER_ADDRESS: [
    async () => {
      const from = newAddress();
      const users = await sessions(labelPartner, 11);
      return { limit: 60, waitSeconds: 60, call: (at) => tokenCall(users[at % 11]!, from) };
    },
  ],
  LIMIT_PARTNER_CALLS_BURST: [],
  LIMIT_PARTNER_CALLS_PER_MINUTE: [],
  LIMIT_UNAUTHENTICATED_PER_MINUTE: [
    () => perAddress(100, 60, { path: `/api/widget/config?id=${partner.exchangeId}` }),
    () => perAddress(100, 60, { path: `/api/widget/jwks/${partner.exchangeId}` }),
    () => perAddress(100, 60, post('/api/widget/session')),
    () => perAddress(100, 60, { path: '/api/auth/jwks' }),
    () => perAddress(100, 60, { path: '/.well-known/jwks.json' }),
    () => perAddress(100, 60, post('/api/auth/refresh')),
    () => perAddress(100, 60, post('/api/app/widget/generate-trade-token')),
    () => perAddress(100, 60, post('/api/widget/redeem')),
    () => perAddress(100, 60, post('/api/funding/deposits')),
    () => perAddress(100, 60, { path: '/api/admin/exchanges' }),
    () => perAddress(100, 60, { path: '/api/account/balances' }),
  ],
  LIMIT_REGISTER_PER_HOUR: [() => perAddress(5, 3600, post('/api/auth/register'))],
  // From wherever somebody asks: the address that is counted is the one the mail goes to.
  LIMIT_RESETS_PER_HOUR: [() => ({ limit: 3, waitSeconds: 3600, call: () => ({ ...post('/api/auth/reset-password'), body: JSON.stringify({ email: 'nobody@example.com' }), from: newAddress() }) })],
  LIMIT_SECOND_FACTOR_PER_HOUR: [() => perPerson(60, 3600, post('/api/auth/verify-2fa'))],
  LIMIT_LOGIN_PER_HOUR: [() => perAddress(10, 3600, post('/api/auth/login'))],
  LIMIT_PASSWORD_CHANGES_PER_HOUR: [() => perPerson(10, 3600, post('/api/auth/change-password'))],
  LIMIT_ORDERS_PER_MINUTE_UNVERIFIED: [() => perPerson(10, 60, post('/api/orders'))],
  LIMIT_ORDERS_PER_MINUTE_TIER_1: [() => perTrader(1, 50)],
  LIMIT_ORDERS_PER_MINUTE_TIER_2: [() => perTrader(3, 100), () => perTrader(4, 100)],
  LIMIT_ORDERS_PER_MINUTE_TIER_3: [() => perTrader(5, 200)],
  LIMIT_ORDER_READS_PER_HOUR: [() => perPerson(1000, 3600, { path: '/api/orders/none' })],
  LIMIT_ORDER_CHANGES_PER_MINUTE: [
    () => perHolder(200, 60, { method: 'PATCH', path: '/api/orders/none', body: '{}' }, (owner) => [signedBy(owner, CANCEL)]),
    () => perSigner(200, 60, CANCEL),
    () => perSigner(200, 60, CANCEL_ALL),
  ],
  LIMIT_MARKETS_PER_MINUTE: [() => perAddress(100, 60, { path: '/api/markets' })],
  LIMIT_MARKET_STATS_PER_MINUTE: [() => perAddress(60, 60, { path: '/api/markets/stats' })],
  LIMIT_TICKER_PER_MINUTE: [() => perAddress(200, 60, { path: '/api/markets/-/ticker' })],
  LIMIT_PUBLIC_TRADES_PER_MINUTE: [() => perAddress(300, 60, { path: '/api/markets/-/trades' })],
  LIMIT_KLINES_PER_MINUTE: [() => perAddress(100, 60, { path: '/api/markets/-/klines' })],
  LIMIT_ORDERBOOK_PER_MINUTE: [() => perAddress(500, 60, { path: '/api/markets/-/orderbook' })],
  LIMIT_BALANCE_READS_PER_HOUR: [() => perPerson(100, 3600, { path: '/api/account/balances' })],
  LIMIT_WIDGET_BALANCE_READS_PER_HOUR: [
    async () => {
      const { userId } = await signIn(app, 'user');
      const headers = bearer(app.app.auth.widgetAccessToken(userId, null));
      return { limit: 1000, waitSeconds: 3600, call: () => ({ path: '/api/account/balances', headers }) };
    },
  ],
  LIMIT_WIDGET_SESSIONS_PER_HOUR: [() => perPerson(200, 3600, { path: '/api/account/widget-session' })],
  LIMIT_ACCOUNT_READS_PER_HOUR: [
    () => perHolder(1000, 3600, { path: '/api/account/trades?limit=none' }, waysOut),
    () => perHolder(1000, 3600, { method: 'PATCH', path: '/api/auth/sessions/none', body: '{}' }, waysOut),
  ],
  LIMIT_ACCOUNT_EXITS_PER_HOUR: [() => perPerson(200, 3600, WAYS_OUT[0])],
  LIMIT_FEE_READS_PER_HOUR: [() => perPerson(100, 3600, { path: '/api/account/fees' }), () => perPerson(100, 3600, { path: '/api/account/fee-tier' })],
  LIMIT_API_KEY_CHANGES_PER_HOUR: [() => perPerson(20, 3600, post('/api/auth/api-keys'))],
  LIMIT_DEPOSITS_PER_DAY: [() => perPerson(100, 86_400, post('/api/account/deposit'))],
  LIMIT_WITHDRAWALS_PER_DAY: [() => perSigner(10, 86_400, post('/api/account/withdraw'))],
  // What they are worth, and not how many: features/account/withdrawal-requests.test.ts crosses them.
  LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_1: [],
  LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_2: [],
  LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_3: [],
  LIMIT_KYC_PER_DAY: [() => perPerson(20, 86_400, post('/api/account/kyc'))],
  LIMIT_STAFF_CALLS_PER_MINUTE: [
    () => perPerson(1000, 60, { path: '/api/admin/exchanges/none/tokens' }, 'staff'),
    () => perPerson(1000, 60, { path: '/api/risk/events?limit=none' }, 'staff'),
    () => ({ limit: 1000, waitSeconds: 60, call: () => ({ ...post('/api/risk/events'), headers: { 'X-API-Key': SERVICE_KEY } }) }),
  ],
  LIMIT_OPEN_TOKENS_PER_USER: [],
};

const GUIDE = readFileSync(new URL('../../../docs/guides/limits.md', import.meta.url), 'utf8');
const inGuide = [...GUIDE.matchAll(/`(LIMIT_\w+)`/g)].map(([, name]) => name!);
const inConfig = [...readFileSync(new URL('../config-limits.ts', import.meta.url), 'utf8').matchAll(/^ {2}(LIMIT_\w+): limit\((\d+)\)/gm)].map(([, name, number]) => ({ name: name!, number: Number(number) }));

test('the guide names every limit there is, with its number, and each is crossed here', () => {
  expect([...new Set(inGuide)].sort()).toEqual(inConfig.map(({ name }) => name).sort());
  expect(Object.keys(CROSSINGS).sort()).toEqual(inConfig.map(({ name }) => name).sort());
  for (const { name, number } of inConfig) {
    const row = GUIDE.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``));
    expect([name, row]).toEqual([name, expect.stringMatching(new RegExp(`\\b${number.toLocaleString('en-US')}\\b`))]);
  }
});

const cases = Object.entries(CROSSINGS).flatMap(([name, list]) => list.map((make, at) => [list.length > 1 ? `${name} (${at + 1})` : name, make] as const));
test.each(cases)('%s', async (_name, make) => cross(await make()));

test('whoever has an access token alone uses up nothing of what its owner signs, and is counted by address', async () => {
  const [owner, from] = [await signIn(app, 'user'), newAddress()];
  for (const call of [post('/api/account/withdraw'), CANCEL, CANCEL_ALL]) {
    clock += 60_000;
    const thief = { ...call, from, headers: bearer(owner.accessToken) };
    const answers = await Promise.all(Array.from({ length: 201 }, () => send(thief)));
    const codes = answers.map(({ body }) => body.error!.code);
    expect([codes.filter((code) => code === 'REQUEST_SIGNATURE_REQUIRED'), codes.filter((code) => code === 'RATE_LIMIT_EXCEEDED')].map(({ length }) => length)).toEqual([100, 101]);
    expect((await send({ ...signedBy(owner, call), from })).status).toBe(400);
  }
});

test('LIMIT_ACCOUNT_EXITS_PER_HOUR: it is one for all ways out, and each session of theirs has its own', async () => {
  const { userId, accessToken } = await signIn(app, 'user');
  const statuses = (token: string): Promise<number[]> => Promise.all(WAYS_OUT.map(async (way) => (await send({ ...way, headers: bearer(token) })).status));
  await Promise.all(Array.from({ length: 200 }, (_, at) => send({ ...WAYS_OUT[at % WAYS_OUT.length]!, headers: bearer(accessToken) })));
  expect(new Set(await statuses(accessToken))).toEqual(new Set([429]));
  const another = await app.app.sessions.open({ userId, email: 'user@example.com', role: 'user', secondFactorAt: null }, TEST_CLIENT);
  expect(await statuses(another.accessToken)).not.toContain(429);
});

test('LIMIT_UNAUTHENTICATED_PER_MINUTE: an address has it once for what needs no credentials, and once for credentials that are refused', async () => {
  const open: Call[] = [{ path: `/api/widget/config?id=${partner.exchangeId}` }, { path: `/api/widget/jwks/${partner.exchangeId}` }, { path: '/api/auth/jwks' }];
  const closed: Call[] = [post('/api/widget/redeem'), { path: '/api/admin/exchanges' }, { path: '/api/account/balances' }];
  for (const doors of [open, closed]) {
    const from = newAddress();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => send({ ...doors[at % doors.length]!, from })));
    expect(answers.filter(({ status }) => status === 429)).toEqual([]);
    for (const door of doors) expect((await send({ ...door, from })).status).toBe(429);
    for (const other of doors === open ? closed : open) expect((await send({ ...other, from })).status).not.toBe(429);
  }
});

test.each(['/api/widget/redeem', '/api/funding/deposits'])('LIMIT_PARTNER_CALLS_BURST and …_PER_MINUTE, %s: 300 at once, then 1,000 a minute', async (path) => {
  const caller = path.startsWith('/api/widget') ? partner : { apiKey: 'payment-provider', apiSecret: FUNDING_SECRET };
  const call = (): Call => ({ method: 'POST', path, body: '{}', headers: signedHeaders(caller, 'POST', path, '{}', { timestamp: app.now() }) });
  clock += 60_000;
  await cross({ limit: 300, waitSeconds: 1, call, policy: '1000;w=60' });
  // The second just waited let 16 in, one of them is used: of 1,000 more over a minute, with none saved up, every one passes.
  clock += 60_000;
  const again = await Promise.all(Array.from({ length: 301 }, () => send(call())));
  expect(again.filter(({ status }) => status === 429)).toHaveLength(1);
  clock += 60;
  expect([(await send(call())).status, (await send(call())).status]).toEqual([400, 429]);
});

test('LIMIT_OPEN_TOKENS_PER_USER: 20 open tokens, and the 21st is refused by a code of its own', async () => {
  const user: TestUser = await openSession(app, partner);
  for (let second = 0; second < 2; second += 1) {
    clock += 1000;
    await Promise.all(Array.from({ length: 10 }, () => getToken(app, user)));
  }
  clock += 1000;
  const { body, headers } = await requestToken(app, user, LIMIT_ORDER).expect(429);
  expect(body).toMatchObject({ error: { code: 'TOO_MANY_OPEN_TOKENS', retry_after: 10 } });
  expect(headers).toMatchObject({ 'retry-after': '10', 'x-ratelimit-limit': '10', ratelimit: expect.any(String) });
  app.advance(10_000);
  await requestToken(app, user).expect(201);
});

test.each([
  ['a body of more than 100 kB', '/api/widget/redeem', JSON.stringify({ token: 'x'.repeat(100 * 1024) }), 413, 'PAYLOAD_TOO_LARGE'],
  ['reports of more than 400 kB', '/api/widget/executions', JSON.stringify({ executions: ['x'.repeat(400 * 1024)] }), 413, 'PAYLOAD_TOO_LARGE'],
  ['1,001 reports in a call', '/api/widget/executions', JSON.stringify({ executions: Array.from({ length: 1001 }, () => ({})) }), 400, 'VALIDATION_ERROR'],
])('%s: refused', async (_name, path, body, status, code) => {
  clock += 60_000;
  const headers = signedHeaders(partner, 'POST', path, body, { timestamp: app.now() });
  expect(await send({ method: 'POST', path, body, headers })).toMatchObject({ status, body: { error: { code } } });
});

test('more than 100 tokens on a page of the staff list: refused', async () => {
  const { accessToken } = await signIn(app, 'staff');
  const path = `/api/admin/exchanges/${partner.exchangeId}/tokens`;
  expect((await send({ path: `${path}?limit=100`, headers: bearer(accessToken) })).status).toBe(200);
  expect(await send({ path: `${path}?limit=101`, headers: bearer(accessToken) })).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
});
