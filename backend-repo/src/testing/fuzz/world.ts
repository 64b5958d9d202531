import { createHmac, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { createPartner, FUNDING_SECRET, getToken, PAGE, signIn, signUserToken, TEST_CLIENT, type TestPartner, type TestUser } from '../builders.ts';
import { BUY, createTrader, createVenue, placed, type TestVenue, type Trader } from '../venue.ts';
import { createWithdrawer, withdrawalFor, type Withdrawer } from '../withdrawals.ts';

/** Who calls in a fuzz, and what is there to be called for. Limits are as shipped, so there are as many callers as the inputs need. */
export interface World {
  readonly app: TestVenue;
  readonly partners: readonly TestPartner[];
  readonly label: TestPartner;
  readonly sessions: readonly TestUser[];
  readonly traders: readonly Trader[];
  readonly withdrawers: readonly Withdrawer[];
  /** Access tokens of sessions that are there to be ended. */
  readonly leavers: readonly string[];
  readonly admins: readonly string[];
  /** What staff works on; nobody trades through it. */
  readonly subject: TestPartner;
  /** What the partners sign their reports with. */
  readonly reportKey: ReportKeyPair;
  readonly orderId: number;
  readonly depositId: string;
  /** Announced, and for the payment provider to pay. */
  readonly dueId: string;
  readonly withdrawalId: string;
  readonly email: string;
  /** Tokens that must open nothing where they do not belong. */
  readonly wrongBearers: Readonly<Record<string, string>>;
  /** What no answer and no log line may hold. */
  readonly secrets: readonly string[];
  material: Material;
}

export interface ReportKeyPair {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** Made anew before each block of inputs, because trade tokens live ten seconds. */
export interface Material {
  readonly partner: TestPartner;
  readonly user: TestUser;
  readonly tradeToken: string;
  readonly jti: string;
}

export const PASSWORD = 'correct horse battery';
export const SERVICE_KEY = 'a-service-api-token-of-32-characters-or-more';
const AS_SHIPPED = {
  SERVICE_API_TOKEN: SERVICE_KEY, FUNDING_SECRET,
  LIMIT_LOGIN_PER_HOUR: '10', LIMIT_REGISTER_PER_HOUR: '5', LIMIT_UNAUTHENTICATED_PER_MINUTE: '100', LIMIT_ORDERS_PER_MINUTE_TIER_1: '100', CORS_ORIGINS: 'https://trading.example',
};

export async function createWorld({ full }: { full: boolean }): Promise<World> {
  const app = await createVenue({ env: AS_SHIPPED });
  const times = async <T>(count: number, make: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, make));
  const partners = await times(full ? 8 : 2, () => createPartner(app));
  const subject = await createPartner(app);
  const label = await createPartner(app, { identity_mode: 'label' });
  const sessions: TestUser[] = [];
  // Sessions are opened at the service: the route counts by address. Every fourth is in label mode, which has limits of its own.
  for (let index = 0; index < (full ? 400 : 32); index += 1) sessions.push(await sessionOf(app, index % 4 === 3 ? label : partners[index % partners.length]!));
  const traders = await times(full ? 40 : 6, () => createTrader(app));
  // Ten withdrawals a day.
  const withdrawers = await times(full ? 40 : 6, () => createWithdrawer(app));
  // Each is given a name for the widget when its page asks first.
  for (const { userId } of traders) await app.app.trading!.account.widgetSession(userId, null);
  // Ten guesses at the password an hour and user.
  const leavers = (await times(full ? 40 : 8, () => sessionsOf(app))).flat();
  const admins = await times(full ? 14 : 2, async () => (await signIn(app, 'admin')).accessToken);
  const staff = await signIn(app, 'staff');
  const reportKey = await registerReportKey(app, admins[0]!, partners);
  const email = 'somebody@example.com';
  await app.app.auth.createUser(email, PASSWORD, 'user');
  const { id: orderId } = await placed(app, traders[0]!, BUY);
  const transfers = await transfersOf(app, withdrawers[0]!);
  const world = { app, partners, label, sessions, traders, withdrawers, leavers, admins, subject, reportKey, orderId, email, ...transfers };
  const material = await newMaterial(world, 0);
  return {
    ...world,
    material,
    wrongBearers: wrongBearers(app, { staff: staff.accessToken, admin: admins[0]!, trader: traders[0]!, session: sessions[0]!, tradeToken: material.tradeToken }),
    secrets: [
      app.config.encryptionKey, app.config.jwtSecret, SERVICE_KEY, FUNDING_SECRET, new URL(app.database.appUrl).password,
      ...[...partners, subject, label, app.partner].flatMap(({ apiSecret, sessionSecret }) => [apiSecret, sessionSecret]),
      ...sessions.map(({ sessionToken }) => sessionToken), ...[...traders, ...withdrawers].flatMap(({ accessToken, signingKey }) => [accessToken, signingKey]), ...withdrawers.map(({ secret }) => secret), ...admins, PASSWORD,
    ],
  };
}

async function sessionsOf(app: TestVenue): Promise<string[]> {
  const { userId } = await signIn(app, 'user');
  const opened = await Promise.all(Array.from({ length: 10 }, () => app.app.sessions.open({ userId, email: 'leaver@example.com', role: 'user', secondFactorAt: null }, TEST_CLIENT)));
  return opened.map(({ accessToken }) => accessToken);
}

async function transfersOf(app: TestVenue, trader: Withdrawer): Promise<{ depositId: string; dueId: string; withdrawalId: string }> {
  const { deposits } = app.app.trading!;
  const money = { asset: 'USDT', amount: '1' };
  const { id: depositId } = (await deposits.announce(trader.userId, money, randomUUID())) as { id: string };
  const { id: dueId } = (await deposits.announce(trader.userId, money, randomUUID())) as { id: string };
  const withdrawalId = await withdrawalFor(app, trader, { ...money, address: 'bank:1234' });
  return { depositId, dueId, withdrawalId };
}

export const isLabel = ({ exchange }: TestPartner): boolean => exchange.identity_mode === 'label';

async function sessionOf(app: TestVenue, partner: TestPartner): Promise<TestUser> {
  const exchangeUserId = `user-${randomUUID().slice(0, 8)}`;
  const { exchangeId } = partner;
  const { sessions } = app.app.widget!;
  const { sessionToken } = isLabel(partner) ? await sessions.open({ exchangeId, exchangeUserId }, PAGE) : await sessions.open({ exchangeId, userToken: signUserToken(app, partner, exchangeUserId) }, undefined);
  return { partner, exchangeUserId, sessionToken };
}

export async function newMaterial({ app, partners }: Pick<World, 'app' | 'partners'>, turn: number): Promise<Material> {
  const partner = partners[turn % partners.length]!;
  const user = await sessionOf(app, partner);
  const { token, jti } = await getToken(app, user);
  return { partner, user, tradeToken: token, jti };
}

async function registerReportKey({ request }: TestVenue, admin: string, partners: readonly TestPartner[]): Promise<ReportKeyPair> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let kid = '';
  for (const { exchangeId } of partners) {
    const body = { publicKey: publicKey.export({ format: 'jwk' }), reason: 'Reports are to be evidence' };
    const answer = await request.put(`/api/admin/exchanges/${exchangeId}/report-key`).set('Authorization', `Bearer ${admin}`).send(body).expect(200);
    ({ kid } = (answer.body as { data: { reportKey: { kid: string } } }).data.reportKey);
  }
  return { kid, privateKey };
}

interface Holders {
  readonly staff: string;
  readonly admin: string;
  readonly trader: Trader;
  readonly session: TestUser;
  readonly tradeToken: string;
}

function wrongBearers(app: TestVenue, { staff, admin, trader, session, tradeToken }: Holders): Record<string, string> {
  const [header, payload, signature] = admin.split('.') as [string, string, string];
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>;
  const publicKey = JSON.stringify(app.app.auth.jwks.keys[0]);
  const asHmac = `${encoded({ ...head, alg: 'HS256' })}.${payload}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const claims = jsonwebtoken.decode(admin) as Record<string, unknown>;
  app.advance(-3_600_000);
  const expired = app.app.auth.widgetAccessToken(trader.userId, null);
  app.advance(3_600_000);
  return {
    'nobody’s': '', 'a reader’s': staff, 'a trader’s': trader.accessToken, 'a widget’s': session.sessionToken, 'the venue widget’s': app.app.auth.widgetAccessToken(trader.userId, null), 'a trade token': tradeToken,
    'a user token': signUserToken(app, session.partner, session.exchangeUserId), 'alg none': `${encoded({ ...head, alg: 'none' })}.${payload}.`, 'alg none, signed': `${encoded({ ...head, alg: 'none' })}.${payload}.${signature}`,
    'public key as secret': `${asHmac}.${createHmac('sha256', publicKey).update(asHmac).digest('base64url')}`, 'another’s key': jsonwebtoken.sign(claims, privateKey, { algorithm: 'RS256', header: { alg: 'RS256', kid: String(head['kid']) } }),
    'expired': expired, 'cut short': admin.slice(0, -5), 'with a tail': `${admin}x`, 'payload changed': `${header}.${encoded({ ...claims, sub: '1' })}.${signature}`, 'twice': `${admin}, ${admin}`, 'prototype kid': `${encoded({ alg: 'RS256', typ: 'JWT', kid: '__proto__' })}.${payload}.${signature}`,
    'payload of null': `${header}.bnVsbA.${signature}`, 'too long': 'a'.repeat(5_000), 'not base64': '%%%.%%%.%%%', 'one part': 'abc', 'null': 'null',
  };
}
