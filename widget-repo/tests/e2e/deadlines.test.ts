// Every wait ends: whoever does not answer, the trader reads so within the wait's own time limit and is not left with a spinner.
// The page's clock is moved on by hand, so that a limit of fifteen seconds costs none.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { GET_SESSION_TIMEOUT_MS } from '../../src/runtime/sessions.ts';
import { BOOK_TIMEOUT_MS } from '../../src/transport/book.ts';
import { CONFIG_TIMEOUT_MS } from '../../src/transport/config.ts';
import { BALANCE_TIMEOUT_MS, ORDER_TIMEOUT_MS, STATUS_TIMEOUT_MS } from '../../src/transport/exchange.ts';
import { SESSION_TIMEOUT_MS, TOKEN_ATTEMPTS_MAX, TOKEN_TIMEOUT_MS } from '../../src/transport/operator.ts';
import { CUT, never, routes } from '../support/mock-api.ts';
import { configAnswer, type Json } from '../support/samples.ts';
import { leaveAll, openStage, order, outcomeText, PLAIN_PATH, ready, type Stage, type Visit, visit } from '../support/stage.ts';

jest.setTimeout(20_000);
const STATUS_ATTEMPTS = 4;
const STATUS_PAUSE_MAX_MS = 4000;
const BOOK_FAILURES = 3;
const BOOK_PAUSE_MAX_MS = 3000;
const SOON_MS = 8000;

let stage: Stage;
let trip: Visit;
beforeAll(async () => {
  stage = await openStage();
}, 30_000);
afterAll(() => stage.close());
afterEach(() => leaveAll(stage));
beforeEach(async () => {
  stage.api.reset();
  trip = await visit(stage, { path: '/favicon.svg' });
  await trip.page.clock.install();
});

const arrive = () => trip.page.goto(stage.demoUrl + PLAIN_PATH);

/** Passes `limitMs` as soon as this many calls of the route wait for an answer. */
async function pass(route: string, calls: number, limitMs: number): Promise<void> {
  const until = Date.now() + SOON_MS;
  while (stage.api.made(route).length < calls) {
    if (Date.now() > until) throw new Error(`${route} was called ${stage.api.made(route).length} times, not ${calls}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await trip.page.clock.fastForward(limitMs);
}

/** Said, announced, and no longer busy: the next order can be made. */
async function ended(words: RegExp, orders: number): Promise<void> {
  await outcomeText(trip, words);
  await trip.widget.locator('.outcome .again:not([hidden])').waitFor();
  expect(await trip.widget.locator('.outcome').getAttribute('data-tone')).not.toBe('busy');
  expect(await trip.widget.locator('.action [role=alert]').textContent()).toMatch(words);
  expect(trip.ordersSent).toHaveLength(orders);
}

test('configuration', async () => {
  stage.api.on(routes.config, never);
  await arrive();
  await pass(routes.config, 1, CONFIG_TIMEOUT_MS);
  await trip.widget.locator('.block[role=alert]', { hasText: 'does not answer. We keep trying.' }).waitFor();
});

test('the page’s getSession', async () => {
  stage.api.on(routes.widgetSession, never);
  await arrive();
  await ready(trip);
  await order(trip);
  await outcomeText(trip, /Asking for a token/);
  await pass(routes.widgetSession, 1, GET_SESSION_TIMEOUT_MS);
  await ended(/Not sent: this page could not confirm who you are/, 0);
  await trip.widget.locator('.account', { hasText: 'Balancenot available' }).waitFor();
});

test('session', async () => {
  stage.api.on(routes.session, never);
  await arrive();
  await ready(trip);
  await order(trip);
  await outcomeText(trip, /Asking for a token/);
  await pass(routes.session, 1, SESSION_TIMEOUT_MS);
  await ended(/Not sent: our token service does not answer/, 0);
});

test('token, asked for twice', async () => {
  stage.api.on(routes.token, never);
  await arrive();
  await ready(trip);
  await order(trip);
  await outcomeText(trip, /Asking for a token/);
  for (let attempt = 1; attempt <= TOKEN_ATTEMPTS_MAX; attempt += 1) await pass(routes.token, attempt, TOKEN_TIMEOUT_MS);
  await ended(/Not sent: our token service does not answer.*You can try again/, 0);
});

test('order: it may have been executed, and is not sent again', async () => {
  stage.api.on(routes.order, never);
  await arrive();
  await ready(trip);
  await order(trip);
  await outcomeText(trip, /Sending to Northlight/);
  await pass(routes.order, 1, ORDER_TIMEOUT_MS);
  await ended(/do not know what became.*was sent once and will not be sent again/, 1);
});

test('order status', async () => {
  const { orderStatusEndpoint, ...config } = configAnswer(stage.api.url) as Record<string, Json>;
  const byName = { ...(orderStatusEndpoint as object), url: `${stage.api.url}/api/orders/4711?clientOrderId={clientOrderId}` } as unknown as Json;
  stage.api.on(routes.config, { status: 200, body: { ...config, orderStatusEndpoint: byName } });
  stage.api.on(routes.order, CUT);
  stage.api.on(routes.status, never);
  await arrive();
  await ready(trip);
  await order(trip);
  await outcomeText(trip, /Looking for your order/);
  for (let attempt = 1; attempt <= STATUS_ATTEMPTS; attempt += 1) {
    await trip.page.clock.fastForward(STATUS_PAUSE_MAX_MS);
    await pass(routes.status, attempt, STATUS_TIMEOUT_MS);
  }
  await ended(/do not know what became/, 1);
});

test('balance', async () => {
  stage.api.on(routes.balances, never);
  await arrive();
  await ready(trip);
  await pass(routes.balances, 1, BALANCE_TIMEOUT_MS);
  await trip.widget.locator('.account', { hasText: 'Balancenot available' }).waitFor();
});

test('order book', async () => {
  stage.api.on(routes.book, never);
  await arrive();
  for (let attempt = 1; attempt <= BOOK_FAILURES; attempt += 1) {
    await pass(routes.book, attempt, BOOK_TIMEOUT_MS);
    await trip.page.clock.fastForward(BOOK_PAUSE_MAX_MS);
  }
  await trip.widget.locator('.why', { hasText: 'The exchange sends no prices. A limit order is possible.' }).waitFor();
  await trip.widget.locator('.feed[data-feed=away]').waitFor();
});
