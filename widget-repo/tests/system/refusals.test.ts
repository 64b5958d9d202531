// What the trader reads when the real system refuses, or does not answer. Staff act through their own routes.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Route } from 'playwright-core';
import { TOKEN_ATTEMPTS_MAX, TOKEN_TIMEOUT_MS } from '../../src/transport/operator.ts';
import { launchBrowser } from '../support/browser.ts';
import { call, facts, live, meddling, openPage, openSignedIn, outcome, pressBuy, staffToken, type SystemPage } from '../support/system.ts';

jest.setTimeout(30_000);
const TOKENS = '/generate-trade-token';
const SIGNED = 'demo-exchange';
const LABEL = 'blofin-exchange-prod';
const LABEL_TOKENS_PER_MINUTE = 6;
const LABEL_TOKENS_PER_DAY = 10_000;
const HANGS_FOR_MS = TOKEN_ATTEMPTS_MAX * TOKEN_TIMEOUT_MS;
const LATE_MS = 2000;

let browser: Browser;
let trip: SystemPage;
let bearer: string;
let hanging: Promise<number>;
beforeAll(async () => {
  browser = await launchBrowser();
  const [first, second, token] = await Promise.all([openSignedIn(browser), openSignedIn(browser), staffToken()]);
  [trip, bearer] = [first, token];
  const asked = second.page.waitForRequest((request) => request.url().endsWith(TOKENS));
  // Its time limit is real, so it runs beside the other tests. The last one looks at it.
  hanging = orderThatNobodyAnswers(second);
  hanging.catch(() => undefined);
  await asked;
}, 60_000);
afterAll(() => browser.close());

describe('what staff decide reaches a page that is open', () => {
  test('suspended: refused and told what is not affected, and a page opened now says so at once; reopened, both trade again', async () => {
    let late: SystemPage | null = null;
    await staff('POST', SIGNED, '/suspend', { reason: 'Test of what the trader reads' });
    try {
      await pressBuy(trip);
      await refused(/Not sent: trading through this widget is suspended at this exchange.*not affected.*Nothing reached the exchange/, 'PARTNER_SUSPENDED');
      late = await openPage(browser);
      await late.widget.locator('.block[role=alert]', { hasText: 'is suspended here' }).waitFor();
    } finally {
      await staff('POST', SIGNED, '/reopen', { reason: 'End of the test' });
    }
    await filled();
    await late.widget.getByRole('button', { name: 'Try again' }).click();
    await live(late);
    await late.context.close();
  });

  test('market orders switched off', async () => {
    await staff('PATCH', SIGNED, '', { features: { showPnl: true, allowMarketOrders: false } });
    try {
      await pressBuy(trip);
      await refused(/Not sent: market orders are switched off here\. Use a limit order/, 'MARKET_ORDERS_DISABLED');
    } finally {
      await staff('PATCH', SIGNED, '', { features: { showPnl: true, allowMarketOrders: true } });
    }
    await filled();
  });
});

describe('somebody is away', () => {
  test('the token service: nothing was sent, and trying again helps once it is back', async () => {
    await meddling(trip, 'POST', TOKENS, (route) => route.abort(), async () => {
      await pressBuy(trip);
      await refused(/Not sent: our token service does not answer.*Nothing reached the exchange\. You can try again/, 'OPERATOR_AWAY', false);
    });
    await filled();
  });

  test('the exchange: the order may stand, and is not sent twice', async () => {
    let sent = 0;
    const cut = (route: Route) => ((sent += 1), route.abort());
    await meddling(trip, 'POST', '/api/orders', cut, async () => {
      await pressBuy(trip);
      await refused(/do not know what became.*did not answer.*was sent once and will not be sent again/, 'EXCHANGE_AWAY', false);
    });
    expect(sent).toBe(1);
    await filled();
  });

  test('the token service when the page opens: said, and the ticket comes with it', async () => {
    const opened = await openPage(browser, '/favicon.svg');
    await meddling(opened, 'GET', '/api/widget/config?*', (route) => route.abort(), async () => {
      await opened.page.goto(new URL('/', opened.page.url()).href);
      await opened.widget.locator('.block[role=alert]', { hasText: 'does not answer. We keep trying.' }).waitFor();
    });
    await opened.widget.getByRole('button', { name: 'Try again' }).click();
    await live(opened);
    await opened.context.close();
  });
});

describe('the specification’s bare init, at a partner in label mode', () => {
  let label: SystemPage;
  beforeAll(async () => {
    label = await openPage(browser, '/label.html');
    await live(label);
  });

  test('gets as far as a token', async () => {
    const answered = label.page.waitForResponse((response) => response.url().endsWith(TOKENS) && response.request().method() === 'POST');
    await pressBuy(label);
    expect((await answered).status()).toBe(201);
    await outcome(label, /Not sent: this page does not say where orders go/);
    await label.page.getByText('Tokens issued to this page: 1. This demo partner has no exchange behind it').waitFor();
  });

  test('the day’s tokens are used up: it says when it opens again', async () => {
    await staff('PATCH', LABEL, '', { labelTokensPerDay: 1 });
    try {
      await pressBuy(label);
      await refused(/Not sent: all of today’s trades through this widget at Blofin are used up\. It opens again in \d+ h/, 'LABEL_TOKENS_USED_UP', true, label);
    } finally {
      await staff('PATCH', LABEL, '', { labelTokensPerDay: LABEL_TOKENS_PER_DAY });
    }
  });

  test('too many in a minute: it says how long to wait', async () => {
    const tooMany = /Not sent: too many requests\. Wait \d+ s and try again/;
    for (let press = 0; press <= LABEL_TOKENS_PER_MINUTE; press += 1) {
      await pressBuy(label);
      await outcome(label, /Not sent: (?:this page does not say|too many requests)/);
      if (tooMany.test((await label.widget.locator('.outcome').textContent()) ?? '')) break;
    }
    await refused(tooMany, 'RATE_LIMIT_EXCEEDED', true, label);
  });
});

test('a token service that takes the request and never answers: words within its time limit, and no spinner', async () => {
  const tookMs = await hanging;
  expect(tookMs).toBeGreaterThan(HANGS_FOR_MS - LATE_MS);
  expect(tookMs).toBeLessThan(HANGS_FOR_MS + LATE_MS);
}, 30_000);

async function orderThatNobodyAnswers(own: SystemPage): Promise<number> {
  let tookMs = 0;
  await meddling(own, 'POST', TOKENS, () => new Promise(() => undefined), async () => {
    await pressBuy(own);
    const startedAt = Date.now();
    await outcome(own, /Not sent: our token service does not answer/, HANGS_FOR_MS + LATE_MS);
    tookMs = Date.now() - startedAt;
    await own.widget.getByRole('button', { name: 'Try again' }).waitFor();
  });
  return tookMs;
}

async function refused(words: RegExp, code: string, hasRequestId = true, where = trip): Promise<void> {
  await outcome(where, words);
  const { details, announced } = await facts(where);
  expect(details).toContain(code);
  if (hasRequestId) expect(details).toMatch(/Request\S+/);
  expect(announced).toMatch(words);
}

async function filled(): Promise<void> {
  await pressBuy(trip);
  await outcome(trip, /Filled 0\.002/);
}

function staff(method: 'POST' | 'PATCH', exchangeId: string, action: string, body: object): Promise<unknown> {
  const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' };
  return call(`/api/admin/exchanges/${exchangeId}${action}`, { method, headers, body: JSON.stringify(body) });
}
