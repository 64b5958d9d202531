// The page of somebody's account where it is slow, partly away, read with a keyboard or on a small screen.
import { join } from 'node:path';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { PASSWORD } from '../support/portal-api.ts';
import { portalStage } from '../support/portal-stage.ts';

const { PICTURES } = process.env;
const AWAY = { status: 503, code: 'SERVICE_AWAY' } as const;

jest.setTimeout(20_000);

const stage = portalStage();
const { api } = stage;
let context: BrowserContext;
let page: Page;
beforeEach(async () => {
  ({ context, page } = stage);
  await context.addCookies(api.session());
});

const open = (hash = '') => page.goto(`${api.url}/account/security${hash}`);
const section = (name: string): Locator => page.getByRole('region', { name, exact: true });
const press = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true }).click();
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);

async function picture(name: string, of: string): Promise<void> {
  if (!PICTURES) return;
  for (const width of [320, 1200]) {
    await page.setViewportSize({ width, height: 900 });
    await section(of).screenshot({ path: join(PICTURES, `account-${name}-${width}.png`) });
  }
}

describe('while the account is being loaded', () => {
  const SECTIONS = ['Second factor', 'Password', 'Identity', 'Where you are signed in', 'Devices', 'API keys', 'Withdrawals'];

  test('every section says so, and what comes first is not kept back by the rest', async () => {
    let answer = () => {};
    const later = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/api/auth/profile', (route) => later.then(() => route.continue()));
    await open();
    for (const name of ['Second factor', 'Password', 'API keys']) await section(name).getByText('Loading …').waitFor();
    await section('Withdrawals').getByText('Looking whether you can withdraw …').waitFor();
    await section('Identity').getByRole('button', { name: 'Show who you are' }).waitFor();
    await section('Withdrawals').getByText('120.5 USDT').waitFor();
    await picture('loading', 'Withdrawals');
    answer();
    await press('Change it …', section('Password'));
    await section('API keys').getByText('You have no keys').waitFor();
    await section('Withdrawals').getByText('Before you can withdraw').waitFor();
    for (const name of SECTIONS) await section(name).locator('.waiting').waitFor({ state: 'detached' });
  });

  test('a profile that cannot be had is missed in words by every section that needs it, and each can ask again for all', async () => {
    api.instead.set('GET /api/auth/profile', AWAY);
    await open();
    for (const name of ['Second factor', 'Password', 'API keys', 'Withdrawals']) await section(name).getByRole('alert').filter({ hasText: 'away for a moment' }).waitFor();
    await picture('profile-away', 'Password');
    await press('Try again', section('API keys'));
    expect(await focused()).toBe('API keys');
    await section('API keys').getByText('You have no keys').waitFor();
    await section('Password').getByRole('button', { name: 'Change it …' }).waitFor();
    await section('Withdrawals').getByText('Before you can withdraw').waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('whether a withdrawal is possible is not passed over where that cannot be known: from there, too, it is asked again', async () => {
    api.instead.set('GET /api/account/kyc', AWAY);
    api.instead.set('GET /api/auth/profile', AWAY);
    api.withdrawals = [];
    await open();
    const withdrawals = section('Withdrawals');
    await withdrawals.getByText('You have not asked for a withdrawal yet.').waitFor();
    await withdrawals.getByRole('alert').filter({ hasText: 'away for a moment' }).waitFor();
    await picture('withdrawals-away', 'Withdrawals');
    await press('Try again', withdrawals);
    await withdrawals.getByText('Before you can withdraw').waitFor();
    await section('Identity').getByRole('button', { name: 'Show who you are' }).waitFor();
    await press('Change it …', section('Password'));
  });
});

describe('a link to one section', () => {
  test.each([320, 1200])('is followed once what stands above it is there: it has the focus and is in view at %i px', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    api.delayMs = 150;
    await open('#withdrawals');
    await section('Withdrawals').getByText('120.5 USDT').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'withdrawals');
    expect(await page.locator('.waiting').count()).toBe(0);
    const { top, reach } = await page.evaluate(() => ({ top: document.activeElement!.getBoundingClientRect().top, reach: innerHeight }));
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(reach / 2);
  });

  test.each([
    ['has the focus elsewhere', () => page.getByRole('button', { name: 'Dark theme' }).focus(), 'Dark'],
    ['has scrolled', () => page.mouse.wheel(0, 60).then(() => page.waitForFunction(() => scrollY > 0)), null],
  ])('leaves alone who %s meanwhile', async (_what, act, focus) => {
    await page.setViewportSize({ width: 1200, height: 300 });
    let answer = () => {};
    const later = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/api/auth/api-keys', (route) => later.then(() => route.continue()));
    await open('#withdrawals');
    await section('Withdrawals').getByText('120.5 USDT').waitFor();
    await act();
    answer();
    await section('API keys').getByText('You have no keys').waitFor();
    // Whatever follows the last answer has followed by then.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    const { id, text, top } = await page.evaluate(() => ({ id: document.activeElement!.id, text: document.activeElement!.textContent, top: scrollY }));
    expect(id).not.toBe('withdrawals');
    expect(top).toBeLessThan(200);
    if (focus) expect(text).toContain(focus);
  });
});

test('the form for an API key names each right as it stands in the list, promises what it gives, and ticks only reading', async () => {
  await open();
  await press('Create a key');
  const keys = section('API keys');
  const rights = await keys.getByRole('group', { name: 'What it may do' }).locator('.check').evaluateAll((rows) => rows.map((row) => [row.querySelector('input')!.checked, row.querySelector('code')?.textContent, row.textContent]));
  expect(rights).toEqual([
    [true, 'view_orders', 'Read orders view_orders'],
    [true, 'read:balance', 'Read balances, deposits and withdrawals read:balance'],
    [false, 'read:trades', 'Read your trades, fees and fee tier read:trades'],
    [false, 'trade', 'Place, change and cancel orders, and read them trade'],
    [false, 'write:balance', 'Announce deposits and ask for withdrawals write:balance'],
  ]);
  await picture('key-form', 'API keys');
  await keys.getByLabel('Name', { exact: true }).fill('Ledger');
  await keys.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await press('Create the key');
  await press('I have kept it');
  await keys.getByText('view_orders, read:balance').waitFor();
});

test('the withdrawal form says what is available of what is chosen, where there is room for it', async () => {
  Object.assign(api, { kyc: { kyc_status: 'approved', submission: null }, secondFactor: true });
  await page.setViewportSize({ width: 320, height: 800 });
  await open();
  await press('Withdraw', section('Withdrawals'));
  const what = page.getByLabel('What', { exact: true });
  await what.waitFor();
  expect(await what.locator('option').allTextContents()).toEqual(['ETH', 'USDT']);
  const available = () => page.getByLabel('Amount', { exact: true }).evaluate((input) => input.getAttribute('aria-describedby')!.split(' ').map((id) => document.getElementById(id)!.textContent).join(''));
  expect(await available()).toBe('Available: 2\u00a0ETH');
  await what.selectOption('USDT');
  expect(await available()).toBe('Available: 1,204.1\u00a0USDT');
  await picture('withdrawal-form', 'Withdrawals');
});

test('a document that was added is said, and the focus is at what it is, also when no more can be added', async () => {
  await open();
  await press('Show who you are');
  const picker = page.getByLabel('Add a document');
  const pdf = (name: string) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
  const status = section('Identity').getByRole('status');
  await picker.focus();
  await picker.setInputFiles([pdf('front.pdf'), pdf('back.pdf')]);
  await status.filter({ hasText: 'Added front.pdf, back.pdf.' }).waitFor();
  expect(await focused()).toBe('What front.pdf is');
  await picker.focus();
  await picker.setInputFiles([pdf('bill.pdf')]);
  await status.filter({ hasText: 'Added bill.pdf.' }).waitFor();
  expect([await focused(), await picker.isVisible()]).toEqual(['What bill.pdf is', false]);
  await picture('documents', 'Identity');
  await press('Remove back.pdf');
  await status.filter({ hasText: 'Removed back.pdf.' }).waitFor();
  // Who has gone on meanwhile stays where they are.
  await page.getByLabel('Full name').focus();
  await picker.setInputFiles([pdf('again.pdf')]);
  await status.filter({ hasText: 'Added again.pdf.' }).waitFor();
  expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe('full_name');
});
