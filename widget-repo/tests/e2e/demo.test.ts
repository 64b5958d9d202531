import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { routes } from '../support/mock-api.ts';
import { leaveAll, openStage, order, outcomeText, ready, type Stage, visit } from '../support/stage.ts';

const { PICTURES } = process.env;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 30_000);
afterAll(() => stage.close());
afterEach(() => leaveAll(stage));
beforeEach(() => stage.api.reset());

test('a visitor of the demo exchange signs in, buys in the widget, and finds the trade on the page', async () => {
  const trip = await visit(stage, { path: '/', width: 1440, height: 1000, dark: true });
  await ready(trip);
  await trip.widget.getByRole('button', { name: 'Sign in to trade' }).click();
  await trip.page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await trip.page.locator('#sign-in').waitFor({ state: 'hidden' });
  await order(trip);
  await outcomeText(trip, /Filled 0\.01 BTC at 64,251\.00/);
  await trip.page.locator('#fill-rows tr', { hasText: 'filled' }).waitFor();
  expect(await trip.page.locator('#email').textContent()).toBe('ada@trader.test');
  if (PICTURES) {
    await trip.page.waitForTimeout(6000);
    for (const [scheme, width] of [['dark', 1440], ['light', 1440], ['dark', 768], ['light', 320]] as const) {
      await trip.page.emulateMedia({ colorScheme: scheme });
      await trip.page.setViewportSize({ width, height: 1000 });
      await trip.page.waitForTimeout(200);
      await trip.page.screenshot({ path: join(PICTURES, `demo-${scheme}-${width}.png`), fullPage: true });
    }
  }
  expect(await trip.page.evaluate('window.cspViolations')).toEqual([]);
  expect(trip.faults).toEqual([]);
  expect(stage.api.violations).toEqual([]);
}, 30_000);

test.each([320, 768, 1440])('the demo page does not scroll sideways at %i px', async (width) => {
  const trip = await visit(stage, { path: '/', width });
  await ready(trip);
  expect(await trip.page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
});

test('signing out puts the ticket back to "Sign in to trade" and forgets the orders', async () => {
  const trip = await visit(stage, { path: '/' });
  await ready(trip);
  await trip.page.locator('#open-sign-in').click();
  await trip.page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await trip.widget.locator('.account', { hasText: '12,040.55 USDT' }).waitFor();
  expect(stage.api.made(routes.session)).toHaveLength(1);
  await trip.page.getByRole('button', { name: 'Sign out' }).click();
  await trip.widget.getByRole('button', { name: 'Sign in to trade' }).waitFor();
  await trip.widget.locator('.account', { hasText: /Balance\s*–/ }).waitFor();
});
