import { randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import type supertest from 'supertest';
import { signRequest } from '../domain/signature.ts';
import type { NewExchange } from '../features/widget/partners.repository.ts';
import type { PartnerSecrets } from '../features/widget/partners.service.ts';
import { totp } from '../totp.ts';
import { signedHeaders, type TestApp } from './test-app.ts';

export const PAGE = 'https://exchange.example';

export interface TestPartner extends PartnerSecrets {
  readonly exchange: NewExchange;
}

/** A partner as staff would set it up, trading BTCUSDT and ETHUSDT. */
export function newExchange(exchangeId: string, change: Partial<NewExchange> = {}): NewExchange {
  const symbol = (name: string, base: string): NewExchange['symbols'][number] => ({
    symbol: name, base, quote: 'USDT', tickSize: '0.01', lotSize: '0.0001', minQuantity: '0.0001', maxQuantity: '1000', minNotional: '5',
  });
  return {
    exchange_id: exchangeId,
    name: 'Example Exchange',
    identity_mode: 'signed',
    allowed_origins: [PAGE],
    theme: { primaryColor: '#3A86FF', backgroundColor: '#121212', textColor: '#FFFFFF', fontFamily: "'Roboto', sans-serif" },
    features: { showPnl: true, allowMarketOrders: true },
    locale: 'en',
    symbols: [symbol('BTCUSDT', 'BTC'), symbol('ETHUSDT', 'ETH')],
    endpoints: {},
    trader_fee: { makerRate: '0.001', takerRate: '0.0015', text: 'Fee 0.15 %' },
    fee_schedule: 1,
    ...change,
  };
}

export async function createPartner(app: TestApp, { algorithm = 'ES256' as 'HS256' | 'ES256', ...change }: Partial<NewExchange> & { algorithm?: 'HS256' | 'ES256' } = {}): Promise<TestPartner> {
  const exchange = newExchange(`partner-${randomUUID().slice(0, 8)}`, change);
  const secrets = await app.app.widget!.partners.create(exchange, algorithm);
  return { ...secrets, exchange };
}

/** What a partner's backend signs for its user. */
export function signUserToken(app: TestApp, partner: TestPartner, exchangeUserId: string, change: Record<string, unknown> = {}): string {
  const now = Math.floor(app.now() / 1000);
  const claims = { iss: partner.exchangeId, sub: exchangeUserId, aud: 'widget-session', jti: randomUUID(), iat: now, exp: now + 120, ...change };
  return jsonwebtoken.sign(claims, partner.sessionSecret, { algorithm: 'HS256' });
}

export interface TestUser {
  readonly partner: TestPartner;
  readonly exchangeUserId: string;
  readonly sessionToken: string;
}

export async function openSession(app: TestApp, partner: TestPartner, exchangeUserId = `user-${randomUUID().slice(0, 8)}`): Promise<TestUser> {
  const userToken = signUserToken(app, partner, exchangeUserId);
  const { body } = await app.request.post('/api/widget/session').send({ exchangeId: partner.exchangeId, userToken }).expect(200);
  return { partner, exchangeUserId, sessionToken: (body as { data: { sessionToken: string } }).data.sessionToken };
}

export const LIMIT_ORDER = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '64000' } as const;

export interface TokenAnswer {
  readonly token: string;
  readonly jti: string;
  readonly expiresAt: string;
  readonly expiresIn: number;
}

export function requestToken(app: TestApp, user: TestUser, trade: object = LIMIT_ORDER, key: string = randomUUID()): supertest.Test {
  return app.request
    .post('/api/app/widget/generate-trade-token')
    .set('Authorization', `Bearer ${user.sessionToken}`)
    .set('Idempotency-Key', key)
    .send({ exchangeId: user.partner.exchangeId, exchangeUserId: user.exchangeUserId, trade });
}

export async function getToken(app: TestApp, user: TestUser, trade: object = LIMIT_ORDER): Promise<TokenAnswer> {
  const { body } = await requestToken(app, user, trade).expect(201);
  return (body as { data: TokenAnswer }).data;
}

export function signedPost(app: TestApp, partner: TestPartner, path: string, body: object, options: Parameters<typeof signedHeaders>[4] = {}): supertest.Test {
  const text = JSON.stringify(body);
  return app.request.post(path).set(signedHeaders(partner, 'POST', path, text, { timestamp: app.now(), ...options })).send(text);
}

/** Whoever signs in past the front door. */
export const TEST_CLIENT = { device: null, keepsCookies: false, userAgent: 'test', ip: '127.0.0.1', requestId: 'test' } as const;

/** Of everybody whom tests sign in. */
export const PASSWORD = 'correct horse battery';

/** A session, with what it signs with. */
export interface Signer {
  readonly accessToken: string;
  readonly signingKey: string;
}

interface Signing {
  readonly version?: 1 | 2;
  readonly timestamp?: number;
  readonly nonce?: string;
}

/** Headers of a call that a session signs, as docs/guides/orders.md tells its readers to make them. */
export function sessionHeaders({ accessToken, signingKey }: Signer, method: string, path: string, body: string | Buffer, { version = 1, timestamp = Date.now(), nonce = randomUUID() }: Signing = {}): Record<string, string> {
  const signature = signRequest({ version, timestamp: String(timestamp), nonce, method, path, body: Buffer.from(body) }, signingKey);
  const signed = { 'X-Signature': signature, 'X-Timestamp': String(timestamp), 'X-Nonce': nonce, ...(version === 2 && { 'X-Signature-Version': '2' }) };
  return { Authorization: `Bearer ${accessToken}`, ...signed };
}

/** A call of a trader who signs it. */
export function signed(app: TestApp, signer: Signer, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body: object | null = null, signing: Signing = {}): supertest.Test {
  const text = body === null ? '' : JSON.stringify(body);
  const request = app.request[method.toLowerCase() as 'get'](path).set(sessionHeaders(signer, method, path, text, { timestamp: app.now(), ...signing }));
  return body === null ? request : request.set('Content-Type', 'application/json').send(text);
}

/** Somebody of ours, signed in. */
export async function signIn(app: TestApp, role: 'user' | 'staff' | 'admin'): Promise<Signer & { userId: number }> {
  const email = `${role}-${randomUUID().slice(0, 8)}@example.com`;
  const userId = await app.app.auth.createUser(email, PASSWORD, role);
  // Who works for us has shown a code of a second factor just now; turning one on takes more time than all the rest.
  const shown = { userId: userId!, email, role, secondFactorAt: app.now() };
  const { accessToken, signingKey } = role === 'user' ? await app.app.logins.login({ email, password: PASSWORD }, TEST_CLIENT) : await app.app.sessions.open(shown, TEST_CLIENT);
  return { userId: userId!, accessToken, signingKey };
}

/** @returns the secret of their authenticator; the code of this half minute has not been used */
export async function turnOnSecondFactor(app: TestApp, { userId, email }: { readonly userId: number; readonly email: string }): Promise<string> {
  const { sessionId } = await app.app.sessions.open({ userId, email, role: 'user', secondFactorAt: null }, TEST_CLIENT);
  const owner = { userId, sessionId, actor: { kind: 'user', id: String(userId) } } as const;
  const { secret } = await app.app.secondFactorSettings.begin(owner, PASSWORD);
  await app.app.secondFactorSettings.verify(owner, totp.codeAt(secret, Math.floor(app.now() / 1000) - 30));
  return secret;
}

export interface TokenLife {
  readonly jti: string;
  readonly status: string;
  readonly trade: Record<string, string>;
  readonly redeemedAt: string | null;
  readonly execution: Record<string, string | null> | null;
  readonly feeDue: { amount: string; asset: string; rate: string };
}

export async function listTokens(app: TestApp, accessToken: string, exchangeId: string, query = ''): Promise<{ tokens: TokenLife[]; nextBefore: string | null }> {
  const { body } = await app.request.get(`/api/admin/exchanges/${exchangeId}/tokens${query}`).set('Authorization', `Bearer ${accessToken}`).expect(200);
  return (body as { data: { tokens: TokenLife[]; nextBefore: string | null } }).data;
}

export const FUNDING_SECRET = 'a-funding-secret-of-32-characters-or-more';

/** What the payment provider of an app with `FUNDING_SECRET` tells of. */
export function fundDeposit(app: TestApp, body: object, options: Parameters<typeof signedHeaders>[4] & { apiSecret?: string } = {}): supertest.Test {
  const path = '/api/funding/deposits';
  const { apiSecret = FUNDING_SECRET, ...signing } = options;
  const text = JSON.stringify(body);
  return app.request.post(path).set(signedHeaders({ apiKey: 'payment-provider', apiSecret }, 'POST', path, text, { timestamp: app.now(), ...signing })).send(text);
}
