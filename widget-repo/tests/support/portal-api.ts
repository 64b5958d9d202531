// A stand-in for the backend behind our own pages: it serves the built portal and plays the account routes, strictly. A refresh token is good
// once, without any grace, and every write by cookie needs its CSRF value.
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wrongAnswer, wrongRequest } from './contract.ts';
import { errorAnswer, type Json } from './samples.ts';

const DIST = new URL('../../dist/portal/', import.meta.url);
const PAGES: Readonly<Record<string, string>> = { '/login': 'login', '/register': 'register', '/verify': 'verify', '/reset': 'reset', '/account/security': 'account-security' };
const TYPES: Readonly<Record<string, string>> = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' };
export const CODE = '123456';
export const LINK_TOKEN = 'a-token-from-the-mail-of-forty-three-signs_';
export const PASSWORD = 'correct horse battery';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

interface Answer {
  readonly status: number;
  readonly data?: Json;
  readonly code?: string;
  readonly fields?: Record<string, Json>;
  readonly retryAfter?: number;
  readonly details?: Record<string, Json>;
  readonly cookies?: readonly string[];
}

interface Asked {
  readonly body: Record<string, Json>;
  readonly cookies: Readonly<Record<string, string>>;
  readonly csrf: string | undefined;
  readonly access: string | undefined;
  readonly id: string;
  /** The id before the last part of the path. */
  readonly of: string;
  readonly idempotencyKey: string | undefined;
  readonly isSigned: boolean;
  readonly timestamp: number;
  readonly query: URLSearchParams;
  readonly browser: boolean;
}

const fail = (status: number, code: string, more: Partial<Answer> = {}): Answer => ({ status, code, ...more });
const CHROME = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1';
const iso = (agoMs = 0): string => new Date(Date.now() - agoMs).toISOString();

function withdrawal(status: string, amount: string, asset: string, more: { [name: string]: Json } = {}): { [name: string]: Json; id: string; status: string } {
  return { id: randomUUID(), asset, amount, status, reason: null, confirm_until: null, address: 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh', created_at: iso(9e7), updated_at: iso(8e7), ...more };
}

export class PortalApi {
  readonly violations: string[] = [];
  /** `POST /api/auth/login` and so on, as they came. */
  readonly calls: string[] = [];
  /** What the next call of a route answers instead. */
  readonly instead = new Map<string, Answer>();
  delayMs = 0;
  /** A refresh token was shown that had been used: to the real service, perhaps a stolen one. */
  renewalsRefused = 0;
  url = '';
  confirmed = true;
  secondFactor = false;
  password = PASSWORD;
  email = 'ada@trader.test';
  keys: Json[] = [];
  kyc: { kyc_status: string; submission: { [name: string]: Json } | null } = { kyc_status: 'pending', submission: null };
  /** Sent to `POST /api/account/kyc`, last. */
  shown: { [name: string]: Json } = {};
  sessions: { id: string; name: string | null }[] = [];
  devices: { id: number; name: string | null; confirmed: boolean }[] = [];
  withdrawals: { [name: string]: Json; id: string; status: string }[] = [];
  /** How far this clock is ahead of everybody else's. */
  aheadMs = 0;
  /** What was decided by the link about a new device. */
  decisions: Json[] = [];
  #server: Server | null = null;
  #refresh = '';
  #csrf = '';
  #access = '';
  #signingKey = '';
  readonly #asked = new Map<string, string>();

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    this.url = `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  reset(): void {
    this.#asked.clear();
    Object.assign(this, {
      confirmed: true, secondFactor: false, password: PASSWORD, email: 'ada@trader.test', keys: [], kyc: { kyc_status: 'pending', submission: null }, shown: {}, sessions: [{ id: randomUUID(), name: null }, { id: randomUUID(), name: null }], delayMs: 0, aheadMs: 0, decisions: [],
      devices: [{ id: 17, name: CHROME, confirmed: true }, { id: 18, name: IPHONE, confirmed: false }],
      withdrawals: [withdrawal('requested', '120.5', 'USDT', { confirm_until: iso(-9e5) }), withdrawal('rejected', '9000', 'USDT', { reason: 'The address belongs to somebody else.' }), withdrawal('completed', '0.5', 'BTC')], renewalsRefused: 0,
    });
    this.calls.length = 0;
    this.instead.clear();
  }

  /** Access tokens that are out are good no longer; refresh tokens still are. */
  forgetAccess(): void {
    this.#access = '';
  }

  /** As when somebody has signed this browser out from another one. */
  endSession(): void {
    [this.#access, this.#refresh] = ['', ''];
  }

  /** The cookies of somebody who has signed in. */
  session(): { name: string; value: string; domain: string; path: string }[] {
    const { hostname } = new URL(this.url);
    return (this.#open().cookies ?? []).map((cookie) => {
      const [, name = '', value = '', path = ''] = /^(\w+)=([^;]*); Path=([^;]*)/.exec(cookie) ?? [];
      return { name, value, domain: hostname, path };
    });
  }

  #open(): Answer {
    [this.#refresh, this.#csrf, this.#access, this.#signingKey] = [randomUUID(), randomUUID(), randomUUID(), randomBytes(32).toString('base64url')] as [string, string, string, string];
    return {
      status: 200,
      data: { accessToken: this.#access, expiresIn: 900, signingKey: this.#signingKey },
      cookies: [`refresh_token=${this.#refresh}; Path=/api/auth; HttpOnly; SameSite=Strict`, `csrf_token=${this.#csrf}; Path=/; SameSite=Strict`],
    };
  }

  #move(id: string, status: string): Answer {
    this.withdrawals = this.withdrawals.map((each) => (each.id === id ? { ...each, status, confirm_until: null } : each));
    return { status: 200, data: this.withdrawals.find((each) => each.id === id)! };
  }

  readonly #routes: Record<string, (asked: Asked) => Answer> = {
    'GET /api/auth/captcha': () => ({ status: 200, data: { parameters: { algorithm: 'SHA-256', nonce: randomBytes(16).toString('hex'), salt: randomBytes(16).toString('hex'), cost: 2, keyLength: 32, keyPrefix: '00', expiresAt: Math.ceil(Date.now() / 1000) + 600 }, signature: 'signed' } }),
    'POST /api/auth/register': ({ body }) => (isProof(body['captcha'] as string) ? { status: 202, data: { email: body['email']! } } : fail(400, 'CAPTCHA_INVALID')),
    'POST /api/auth/verify-email': ({ body }) => {
      if (body['token'] !== LINK_TOKEN) return fail(400, 'LINK_INVALID');
      this.confirmed = true;
      return { status: 200, data: { email: 'ada@trader.test' } };
    },
    'POST /api/auth/reset-password': ({ body }): Answer => {
      if (body['email']) return { status: 202, data: { email: body['email'] } };
      if (body['token'] !== LINK_TOKEN) return fail(400, 'LINK_INVALID');
      this.password = body['new_password'] as string;
      return { status: 200, data: { device: 'a-device-that-the-service-named' } };
    },
    'POST /api/auth/login': ({ body }) => {
      if (body['password'] !== this.password) return fail(401, 'AUTHENTICATION_FAILED');
      if (!this.confirmed) return fail(403, 'EMAIL_NOT_VERIFIED');
      if (this.secondFactor && body['totp'] === undefined) return fail(401, 'TWO_FACTOR_REQUIRED');
      return this.secondFactor && body['totp'] !== CODE ? fail(401, 'SECOND_FACTOR_WRONG') : this.#open();
    },
    'POST /api/auth/refresh': ({ cookies, csrf }) => {
      if (cookies['refresh_token'] === this.#refresh && csrf === this.#csrf) return this.#open();
      this.renewalsRefused += 1;
      return fail(401, 'REFRESH_TOKEN_INVALID');
    },
    'POST /api/auth/logout': () => ({ status: 200, data: { sessions_ended: 1 }, cookies: ['refresh_token=; Path=/api/auth; Max-Age=0', 'csrf_token=; Path=/; Max-Age=0'] }),
    'GET /api/auth/profile': () => ({
      status: 200,
      data: { email: this.email, username: null, full_name: null, avatar_url: null, timezone: 'UTC', kyc_status: this.kyc.kyc_status, fee_tier: 1, second_factor: this.secondFactor, created_at: iso(9e8) },
    }),
    'POST /api/auth/change-password': ({ body }) => {
      if (body['current_password'] !== this.password) return fail(401, 'AUTHENTICATION_FAILED');
      this.password = body['new_password'] as string;
      return { status: 200, data: { sessions_ended: 1 } };
    },
    'POST /api/auth/enable-2fa': ({ body }) =>
      body['password'] === this.password ? { status: 200, data: { secret: SECRET, otpauth_url: `otpauth://totp/Trading:ada%40trader.test?secret=${SECRET}&issuer=Trading`, expires_in: 600 } } : fail(401, 'AUTHENTICATION_FAILED'),
    'POST /api/auth/verify-2fa': ({ body }) => {
      if (body['code'] !== CODE) return fail(401, 'SECOND_FACTOR_WRONG');
      this.secondFactor = true;
      return { status: 200, data: { backup_codes: Array.from({ length: 10 }, (_, index) => `abcd-efgh-2345-000${index}`), accessToken: this.#access, expiresIn: 900 } };
    },
    'POST /api/auth/disable-2fa': () => {
      this.secondFactor = false;
      return { status: 200, data: { second_factor: false } };
    },
    'GET /api/auth/sessions': () => ({
      status: 200,
      data: {
        sessions: this.sessions.map(({ id, name }, index) => ({
          id, name, ip: index === 0 ? '203.0.113.7' : '2001:db8:85a3::8a2e:370:7334', created_at: iso(864e5), last_used_at: iso(6e4), expires_at: iso(-5e8), current: index === 0,
          user_agent: index === 0 ? CHROME : IPHONE,
        })),
      },
    }),
    'PATCH /api/auth/sessions/{id}': ({ id, body }) => {
      this.sessions = this.sessions.map((each) => (each.id === id ? { id, name: body['name'] as string } : each));
      return { status: 200, data: { name: body['name']! } };
    },
    'DELETE /api/auth/sessions/{id}': ({ id }) => {
      this.sessions = this.sessions.filter((each) => each.id !== id);
      return { status: 200, data: { sessions_ended: 1 } };
    },
    'GET /api/auth/api-keys': () => ({ status: 200, data: { keys: this.keys } }),
    'POST /api/auth/api-keys': ({ body }) => {
      const { password, totp, ...wanted } = body;
      if (password !== this.password || (this.secondFactor && totp !== CODE)) return fail(401, 'AUTHENTICATION_FAILED');
      const made = { ip_allow_list: [], expires_at: null, require_version_2: false, ...wanted, id: randomUUID(), key: `ak_${randomBytes(16).toString('hex')}`, created_at: iso(), last_used_at: null };
      this.keys = [...this.keys, made];
      return { status: 201, data: { ...made, secret: `${made.key}.${randomBytes(32).toString('base64url')}` } };
    },
    'DELETE /api/auth/api-keys/{id}': ({ id }): Answer => {
      this.keys = this.keys.filter((key) => (key as { id: string }).id !== id);
      return { status: 200, data: { id } };
    },
    'GET /api/account/kyc': () => ({ status: 200, data: this.kyc }),
    'POST /api/account/kyc': ({ body }): Answer => {
      if (this.kyc.submission?.['status'] === 'pending') return fail(409, 'KYC_PENDING');
      this.shown = body;
      this.kyc = { kyc_status: 'pending', submission: { id: randomUUID(), status: 'pending', submitted_at: iso(), decided_at: null, reason: null } };
      return { status: 201, data: this.kyc };
    },
    'GET /api/auth/devices': () => ({
      status: 200,
      data: { devices: this.devices.map((each, index) => ({ ...each, ip: index === 0 ? '203.0.113.7' : null, country: index === 0 ? 'CA' : null, created_at: iso(9e8), last_seen_at: iso(6e4), current: index === 0 })) },
    }),
    'PATCH /api/auth/devices/{id}': ({ id, body }) => {
      this.devices = this.devices.map((each) => (String(each.id) === id ? { ...each, name: body['name'] as string } : each));
      return { status: 200, data: { name: body['name']! } };
    },
    'DELETE /api/auth/devices/{id}': ({ id }) => {
      this.devices = this.devices.filter((each) => String(each.id) !== id);
      return { status: 200, data: { sessions_ended: 1 } };
    },
    'POST /api/auth/confirm-device': ({ body }) => {
      if (body['token'] !== LINK_TOKEN) return fail(400, 'LINK_INVALID');
      this.decisions.push(body['decision']!);
      return { status: 200, data: { decision: body['decision']! } };
    },
    'GET /api/account/balances': () => ({ status: 200, data: [{ asset: 'BTC', available: '0', locked: '1' }, { asset: 'ETH', available: '2', locked: '0' }, { asset: 'USDT', available: '1204.1', locked: '20' }] }),
    'POST /api/account/withdraw': ({ body, idempotencyKey = '', isSigned, timestamp }) => {
      if (!isSigned) return fail(401, 'SIGNATURE_INVALID');
      const serverTime = Date.now() + this.aheadMs;
      if (Math.abs(timestamp - serverTime) > 30_000) return fail(401, 'TIMESTAMP_OUT_OF_RANGE', { details: { serverTime } });
      const known = this.withdrawals.find(({ id }) => id === this.#asked.get(idempotencyKey));
      if (known) return { status: 201, data: known };
      if (!this.secondFactor) return fail(403, 'SECOND_FACTOR_REQUIRED');
      if (body['totp'] !== CODE) return fail(401, 'SECOND_FACTOR_WRONG');
      const { asset, amount, address } = body;
      const made = { ...withdrawal('requested', amount as string, asset as string, { confirm_until: iso(-18e5) }), address: address! };
      this.#asked.set(idempotencyKey, made.id);
      this.withdrawals = [made, ...this.withdrawals];
      return { status: 201, data: made };
    },
    'POST /api/account/withdrawals/confirm': ({ body }) => {
      if (body['token'] !== LINK_TOKEN) return fail(400, 'LINK_INVALID');
      return this.#move(this.withdrawals[0]!.id, 'mail_confirmed');
    },
    'POST /api/account/withdrawals/{id}/cancel': ({ of }) => this.#move(of, 'cancelled'),
    'GET /api/account/withdrawals': ({ query }) => {
      const from = this.withdrawals.findIndex(({ id }) => id === query.get('cursor')) + 1;
      const page = this.withdrawals.slice(from, from + 2);
      return { status: 200, data: { withdrawals: page, next_cursor: from + 2 < this.withdrawals.length ? page.at(-1)!.id : null } };
    },
  };

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    response.setHeader('Content-Security-Policy', "default-src 'self'");
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!pathname.startsWith('/api/')) return this.#page(pathname, response);
    const route = `${request.method} ${pathname.replace(/\/([0-9a-f-]{36}|\d+)(?=\/|$)/, '/{id}')}`;
    this.calls.push(route);
    const text = await textOf(request);
    const cookies = Object.fromEntries((request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=') as [string, string]));
    const csrf = request.headers['x-csrf-token'] as string | undefined;
    const access = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const asked: Asked = { body: text === '' ? {} : (JSON.parse(text) as Record<string, Json>), cookies, csrf, access, id: pathname.split('/').at(-1) ?? '', of: pathname.split('/').at(-2) ?? '', idempotencyKey: request.headers['idempotency-key'] as string | undefined, isSigned: this.#isSigned(request, text), timestamp: Number(request.headers['x-timestamp']), query: searchParams, browser: request.headers['x-client'] === 'browser' };
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const answer = this.#answer(route, asked);
    const body = answer.code ? errorAnswer(answer.code, 'Refused for the test.', { ...(answer.fields && { fields: answer.fields }), ...(answer.retryAfter && { retry_after: answer.retryAfter }), ...(answer.details && { details: answer.details }) }) : { success: true, data: answer.data ?? {} };
    this.#hold(route, text === '' ? null : asked.body, answer.status, body);
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...(answer.cookies && { 'Set-Cookie': [...answer.cookies] }) }).end(JSON.stringify(body));
  }

  #answer(route: string, asked: Asked): Answer {
    const instead = this.instead.get(route);
    this.instead.delete(route);
    if (instead) return instead;
    const open = /(captcha|register|verify-email|reset-password|login|refresh|confirm|confirm-device)$/.test(route);
    if (!asked.browser) this.violations.push(`${route} without X-Client: browser`);
    if (!open && (asked.access === undefined || asked.access !== this.#access)) return fail(401, 'ACCESS_TOKEN_INVALID');
    if (!open && !route.startsWith('GET') && asked.csrf !== this.#csrf) return fail(403, 'CSRF_TOKEN_INVALID');
    return this.#routes[route]?.(asked) ?? fail(404, 'NOT_FOUND');
  }

  /** Version 2: timestamp, nonce, method, path and body, by the key of the session. */
  #isSigned({ method, url, headers }: IncomingMessage, body: string): boolean {
    const [timestamp, nonce] = [String(headers['x-timestamp']), String(headers['x-nonce'])];
    const expected = createHmac('sha256', this.#signingKey).update(`${timestamp}${nonce}${method}${url}${body}`).digest('hex');
    return headers['x-signature-version'] === '2' && headers['x-signature'] === expected;
  }

  #hold(route: string, request: Json, status: number, answer: Json): void {
    const [method = '', path = ''] = route.split(' ');
    this.violations.push(...[wrongRequest(method, path, request), wrongAnswer(method, path, status, answer)].filter((wrong) => wrong !== null));
  }

  async #page(pathname: string, response: ServerResponse): Promise<void> {
    const asset = /^\/portal\/([\w-]+\.\w+)$/.exec(pathname)?.[1];
    const file = PAGES[pathname] ? `${PAGES[pathname]}.html` : asset ? `assets/${asset}` : null;
    const bytes = file && (await readFile(new URL(file, DIST)).catch(() => null));
    if (!file || !bytes) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[file.split('.').at(-1) ?? ''] ?? 'text/plain' }).end(bytes);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** As altcha's second version has it: the derived key of nonce and counter begins with the prefix. */
function isProof(captcha: string): boolean {
  const { challenge, solution } = JSON.parse(Buffer.from(captcha, 'base64').toString()) as { challenge: { parameters: { nonce: string; salt: string; cost: number; keyPrefix: string } }; solution: { counter: number; derivedKey: string } };
  const { nonce, salt, cost, keyPrefix } = challenge.parameters;
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(solution.counter);
  let key = Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(nonce, 'hex'), counter]);
  for (let round = 0; round < cost; round += 1) key = createHash('sha256').update(key).digest();
  return key.toString('hex') === solution.derivedKey && solution.derivedKey.startsWith(keyPrefix);
}
