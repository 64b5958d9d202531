import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { routes } from '../support/mock-api.ts';
import { configAnswer, type Json } from '../support/samples.ts';
import { order, outcomeText, ready, type Stage, visit, withStage } from '../support/stage.ts';

const { PICTURES } = process.env;

let stage: Stage;
withStage((opened) => (stage = opened));

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

test('who signs in and out by keyboard is left at the button that does the opposite', async () => {
  const trip = await visit(stage, { path: '/' });
  await ready(trip);
  const focused = () => trip.page.evaluate(() => document.activeElement?.id);
  await trip.page.locator('#open-sign-in').focus();
  await trip.page.keyboard.press('Enter');
  await trip.page.getByRole('dialog').getByLabel('Password').focus();
  await trip.page.keyboard.press('Enter');
  await trip.page.locator('#sign-in').waitFor({ state: 'hidden' });
  expect(await focused()).toBe('sign-out');
  await trip.page.keyboard.press('Enter');
  await trip.page.waitForFunction(() => document.activeElement?.id === 'open-sign-in');
});

test('who signs in from the ticket is back at it, and the tab key goes on inside', async () => {
  const trip = await visit(stage, { path: '/' });
  await ready(trip);
  await trip.widget.getByRole('button', { name: 'Sign in to trade' }).focus();
  await trip.page.keyboard.press('Enter');
  await trip.page.getByRole('dialog').getByLabel('Password').focus();
  await trip.page.keyboard.press('Enter');
  await trip.page.locator('#sign-in').waitFor({ state: 'hidden' });
  await trip.widget.locator('.account', { hasText: '12,040.55 USDT' }).waitFor();
  expect(await trip.page.evaluate(() => document.activeElement?.className)).toBe('widget-place');
  await trip.page.keyboard.press('Tab');
  expect(await trip.page.evaluate(() => document.activeElement?.closest('#our-widget-container') !== null)).toBe(true);
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

describe('label mode: the specification’s bare init', () => {
  const label = (change: Record<string, Json> = {}) =>
    stage.api.on(routes.config, ({ status: 200, body: configAnswer(stage.api.url, { exchangeId: 'blofin-exchange-prod', name: 'Blofin', identityMode: 'label', orderEndpoint: null, orderStatusEndpoint: null, balanceEndpoint: null, ...change }) }));

  test('the page carries the printed call', () => {
    expect(readFileSync(new URL('../../demo/label.js', import.meta.url), 'utf8')).toContain(
      "OurWidget.init({\n  container: '#our-widget-container',\n  exchangeId: 'blofin-exchange-prod', // Public identifier for the exchange\n  exchangeUserId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479'\n});",
    );
  });

  test('one click opens a session by the bare name, gets a token, and says that nothing stands behind this partner', async () => {
    label();
    const trip = await visit(stage, { path: '/label.html' });
    await ready(trip);
    expect(stage.api.made(routes.session)).toHaveLength(0);
    await order(trip);
    await outcomeText(trip, /Not sent: this page does not say where orders go/);
    const who = { exchangeId: 'blofin-exchange-prod', exchangeUserId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' };
    expect(stage.api.made(routes.session).map(({ body }) => body)).toEqual([who]);
    expect(stage.api.made(routes.token).map(({ body }) => body)).toEqual([{ ...who, trade: expect.anything() }]);
    await trip.page.getByText('Tokens issued to this page: 1. This demo partner has no exchange behind it').waitFor();
    expect(await trip.page.evaluate('window.cspViolations')).toEqual([]);
    expect(trip.faults).toEqual([]);
    expect(stage.api.violations).toEqual([]);
  });

  test('where the partner proves its users, a page without getSession is told apart before anything is asked', async () => {
    label({ identityMode: 'signed' });
    const trip = await visit(stage, { path: '/label.html' });
    await ready(trip);
    await order(trip);
    await outcomeText(trip, /Not sent: this page could not confirm who you are/);
    expect(stage.api.made(routes.session)).toHaveLength(0);
  });

  test.each([320, 1440])('the page does not scroll sideways at %i px', async (width) => {
    label();
    const trip = await visit(stage, { path: '/label.html', width });
    await ready(trip);
    expect(await trip.page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    if (PICTURES) await trip.page.screenshot({ path: join(PICTURES, `label-${width}.png`), fullPage: true });
  });
});
