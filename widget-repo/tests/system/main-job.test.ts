// The product's main job against the real system: API_URL, CDN_URL, DEMO_URL and the credentials in DEMO_FILE.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Route } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { call, CDN_URL, facts, meddling, openSignedIn, outcome, pressBuy, QUANTITY, staffToken, type SystemPage, WAIT_MS } from '../support/system.ts';

// Ten seconds of life and the verifier's two of leeway.
const TOKEN_DIES_AFTER_MS = 12_600;
const EXECUTED_WITHIN_MS = 5000;

interface TokenLife {
  readonly jti: string;
  readonly status: string;
  readonly trade: { readonly clientOrderId?: string };
  readonly feeDue: { readonly amount: string };
}

let browser: Browser;
let trip: SystemPage;

beforeAll(async () => {
  browser = await launchBrowser();
  trip = await openSignedIn(browser);
}, 60_000);
afterAll(() => browser.close());

describe('a trade clicked in the widget', () => {
  test('the page loads the bundle from the CDN by the printed snippet', async () => {
    const script = trip.page.locator('script[defer]');
    expect(await script.getAttribute('src')).toBe(`${CDN_URL}/widget/v1/main.js`);
  });

  test('reaches the exchange with its token, is filled, and stands on the operator’s books as executed with a fee', async () => {
    const sent = await buy();
    await outcome(trip, /Filled 0\.002/);
    const life = await tokenLife(sent.clientOrderId, 'executed');
    expect(life.status).toBe('executed');
    expect(Number(life.feeDue.amount)).toBeGreaterThan(0);
  }, 30_000);
});

describe('the same with a hand on the line is refused, and the trader is told', () => {
  test('token stripped', async () => {
    await withOrders((route) => route.continue({ headers: without(route, 'x-trade-token') }), async () => {
      await buy();
      await outcome(trip, /refused.*came without its one-time token/);
      await code('TRADE_TOKEN_REQUIRED');
    });
  }, 30_000);

  test('token altered', async () => {
    await withOrders((route) => route.continue({ headers: { ...without(route), 'x-trade-token': altered(route.request().headers()['x-trade-token'] ?? '') } }), async () => {
      await buy();
      await outcome(trip, /refused.*was not genuine/);
      await code('TRADE_TOKEN_INVALID');
    });
  }, 30_000);

  test('order altered', async () => {
    await withOrders((route) => route.continue({ postData: (route.request().postData() ?? '').replace(QUANTITY, '0.003') }), async () => {
      await buy();
      await outcome(trip, /refused.*changed on its way/);
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
      await outcome(trip, /this token has been used already/);
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
      trip.page.on('request', (request) => request.url().endsWith('/generate-trade-token') && request.method() === 'POST' && tokens.push(request.headers()['idempotency-key'] ?? ''));
      await buy();
      await outcome(trip, /refused.*token expired, and so did a second one/, TOKEN_DIES_AFTER_MS + WAIT_MS);
      await code('TRADE_TOKEN_EXPIRED');
      expect(new Set(tokens).size).toBe(2);
    });
  }, 60_000);
});

async function buy(): Promise<{ clientOrderId: string }> {
  const sent = trip.page.waitForRequest((request) => request.method() === 'POST' && new URL(request.url()).pathname === '/api/orders');
  await pressBuy(trip);
  return (await sent).postDataJSON() as { clientOrderId: string };
}

async function code(expected: string): Promise<void> {
  expect((await facts(trip)).details).toContain(expected);
}

const withOrders = (meddle: (route: Route) => Promise<void>, work: () => Promise<void>) => meddling(trip, 'POST', '/api/orders', meddle, work);

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
