// The product's main job against the real system: API_URL, CDN_URL, DEMO_URL and the credentials in DEMO_FILE.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page, Route } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';

const { API_URL = 'http://localhost:8080', CDN_URL = 'http://localhost:8081', DEMO_URL = 'http://localhost:8082', DEMO_FILE } = process.env;
const WAIT_MS = 10_000;
// Ten seconds of life and the verifier's two of leeway.
const TOKEN_DIES_AFTER_MS = 12_600;
const EXECUTED_WITHIN_MS = 5000;
const ORDERS = '**/api/orders';
const QUANTITY = '0.002';

interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly totpSecret?: string;
}

interface TokenLife {
  readonly jti: string;
  readonly status: string;
  readonly trade: { readonly clientOrderId?: string };
  readonly feeDue: { readonly amount: string };
}

const demo = readDemo();
let browser: Browser;
let context: BrowserContext;
let page: Page;
let widget: Locator;

beforeAll(async () => {
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  context.setDefaultTimeout(WAIT_MS);
  page = await context.newPage();
  widget = page.locator('[data-our-widget]');
  await page.goto(DEMO_URL);
  await widget.locator('.feed[data-feed=live]').waitFor();
  await widget.getByRole('button', { name: 'Sign in to trade' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill(demo.trader.email);
  await dialog.getByLabel('Password').fill(demo.trader.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden' });
}, 60_000);
afterAll(() => browser.close());

describe('a trade clicked in the widget', () => {
  test('the page loads the bundle from the CDN by the printed snippet', async () => {
    const script = page.locator('script[defer]');
    expect(await script.getAttribute('src')).toBe(`${CDN_URL}/widget/v1/main.js`);
  });

  test('reaches the exchange with its token, is filled, and stands on the operator’s books as executed with a fee', async () => {
    const sent = await buy();
    await outcome(/Filled 0\.002/);
    const life = await tokenLife(sent.clientOrderId, 'executed');
    expect(life.status).toBe('executed');
    expect(Number(life.feeDue.amount)).toBeGreaterThan(0);
  }, 30_000);
});

describe('the same with a hand on the line is refused, and the trader is told', () => {
  test('token stripped', async () => {
    await withOrders((route) => route.continue({ headers: without(route, 'x-trade-token') }), async () => {
      await buy();
      await outcome(/refused.*came without its one-time token/);
      await code('TRADE_TOKEN_REQUIRED');
    });
  }, 30_000);

  test('token altered', async () => {
    await withOrders((route) => route.continue({ headers: { ...without(route), 'x-trade-token': altered(route.request().headers()['x-trade-token'] ?? '') } }), async () => {
      await buy();
      await outcome(/refused.*was not genuine/);
      await code('TRADE_TOKEN_INVALID');
    });
  }, 30_000);

  test('order altered', async () => {
    await withOrders((route) => route.continue({ postData: (route.request().postData() ?? '').replace(QUANTITY, '0.003') }), async () => {
      await buy();
      await outcome(/refused.*changed on its way/);
      await code('TRADE_TOKEN_MISMATCH');
    });
  }, 30_000);

  test('token replayed: a thief sends it first, for the same order', async () => {
    await withOrders(async (route) => {
      const stolen = await route.fetch();
      expect(stolen.status()).toBe(201);
      await route.continue();
    }, async () => {
      await buy();
      await outcome(/this token has been used already/);
      await code('TRADE_TOKEN_SPENT');
    });
  }, 30_000);

  test('token expired on the way, and the one after it too', async () => {
    let dead = '';
    await withOrders(async (route) => {
      // The first order is held up until its token is dead; the second is sent with that dead token at once.
      if (!dead) await new Promise((resolve) => setTimeout(resolve, TOKEN_DIES_AFTER_MS));
      dead ||= route.request().headers()['x-trade-token'] ?? '';
      await route.continue({ headers: { ...without(route), 'x-trade-token': dead } });
    }, async () => {
      const tokens: string[] = [];
      page.on('request', (request) => request.url().endsWith('/generate-trade-token') && request.method() === 'POST' && tokens.push(request.headers()['idempotency-key'] ?? ''));
      await buy();
      await outcome(/refused.*token expired, and so did a second one/, TOKEN_DIES_AFTER_MS + WAIT_MS);
      await code('TRADE_TOKEN_EXPIRED');
      expect(new Set(tokens).size).toBe(2);
    });
  }, 60_000);
});

function readDemo(): { admin: Credentials; trader: Credentials } {
  if (!DEMO_FILE) throw new Error('Set DEMO_FILE to the demo.json that scripts/start wrote');
  const { admin, traders } = JSON.parse(readFileSync(DEMO_FILE, 'utf8')) as { admin: Credentials; traders: Credentials[] };
  const [trader] = traders;
  if (!trader) throw new Error(`${DEMO_FILE} names no trader`);
  return { admin, trader };
}

async function buy(): Promise<{ clientOrderId: string }> {
  for (const name of ['New order', 'Try again']) {
    const again = widget.locator('.outcome').getByRole('button', { name });
    if (await again.isVisible()) await again.click();
  }
  await widget.getByLabel('Quantity', { exact: true }).fill(QUANTITY);
  const sent = page.waitForRequest((request) => request.method() === 'POST' && new URL(request.url()).pathname === '/api/orders');
  await widget.getByRole('button', { name: /^Buy 0\.002 BTC/ }).click();
  return (await sent).postDataJSON() as { clientOrderId: string };
}

async function outcome(words: RegExp, timeout = WAIT_MS): Promise<void> {
  await widget.locator('.outcome').filter({ hasText: words }).waitFor({ timeout });
}

async function code(expected: string): Promise<void> {
  await widget.locator('.outcome summary').click();
  expect(await widget.locator('.facts').textContent()).toContain(expected);
}

async function withOrders(meddle: (route: Route) => Promise<void>, work: () => Promise<void>): Promise<void> {
  const handler = (route: Route) => (route.request().method() === 'POST' ? meddle(route) : route.continue());
  await page.route(ORDERS, handler);
  try {
    await work();
  } finally {
    await page.unroute(ORDERS, handler);
  }
}

function without(route: Route, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(route.request().headers()).filter(([name]) => !names.includes(name)));
}

/** The same token with one character of its claims changed. */
function altered(token: string): string {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const at = Math.floor(claims.length / 2);
  return [head, claims.slice(0, at) + (claims[at] === 'A' ? 'B' : 'A') + claims.slice(at + 1), signature].join('.');
}

async function tokenLife(clientOrderId: string, wanted: string): Promise<TokenLife> {
  const bearer = await staffToken();
  const until = Date.now() + EXECUTED_WITHIN_MS;
  let found: TokenLife | undefined;
  do {
    const { tokens } = await call<{ tokens: TokenLife[] }>('/api/admin/exchanges/demo-exchange/tokens', { headers: { Authorization: `Bearer ${bearer}` } });
    found = tokens.find(({ trade }) => trade.clientOrderId === clientOrderId);
    if (found?.status === wanted) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  } while (Date.now() < until);
  throw new Error(`The token of ${clientOrderId} is ${found?.status ?? 'not listed'}, not ${wanted}, after ${EXECUTED_WITHIN_MS} ms`);
}

async function staffToken(): Promise<string> {
  const { email, password, totpSecret } = demo.admin;
  const body = { email, password, ...(totpSecret ? { totp: totp(totpSecret) } : {}) };
  const { accessToken } = await call<{ accessToken: string }>('/api/auth/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return accessToken;
}

async function call<T>(path: string, options: RequestInit): Promise<T> {
  const response = await fetch(API_URL + path, { ...options, signal: AbortSignal.timeout(WAIT_MS) });
  const answer = (await response.json()) as { success: boolean; data: T };
  if (!answer.success) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer.data;
}

/** RFC 6238, SHA-1, six digits, 30 s; the secret in base32. */
function totp(secret: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/=+$/, '').toUpperCase()].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
