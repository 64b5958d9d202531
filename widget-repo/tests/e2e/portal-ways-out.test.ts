// Where a page of ours ends for somebody: a dead link, a session that is over, a long address, large letters, no wish for motion.
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { LINK_TOKEN, PASSWORD } from '../support/portal-api.ts';
import { portalStage } from '../support/portal-stage.ts';

const LONG_EMAIL = 'maximiliane.oberhuber@handelsgesellschaft.example';
const DEAD_TOKEN = LINK_TOKEN.replace('a-token', 'old-one');

jest.setTimeout(20_000);

const stage = portalStage();
const { api } = stage;
let context: BrowserContext;
let page: Page;
beforeEach(() => {
  ({ context, page } = stage);
});

const open = (path: string) => page.goto(api.url + path);
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
const alert = async (): Promise<string> => (await page.getByRole('alert').textContent()) ?? '';
const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
const focused = () => page.evaluate(() => (document.activeElement as HTMLInputElement).name || document.activeElement?.textContent);
const isWiderThanTheWindow = () => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

async function signIn(): Promise<void> {
  await context.addCookies(api.session());
  await open('/account/security');
  await page.getByText('120.5').waitFor();
}

const LINKS = [
  ['an address', 'token', 'Confirm the address', 'POST /api/auth/verify-email', 'Sign up again', '/register'],
  ['a withdrawal', 'withdrawal', 'Confirm the withdrawal', 'POST /api/account/withdrawals/confirm', 'See your withdrawals', '/account/security#withdrawals'],
  ['an own device', 'device', 'It was me', 'POST /api/auth/confirm-device', 'Set a new password now', '/reset'],
  ['a foreign device', 'device', 'It was not me', 'POST /api/auth/confirm-device', 'Set a new password now', '/reset'],
] as const;

describe.each(LINKS)('a dead link for %s', (_what, name, button, route, way, to) => {
  test.each([
    ['used or too old', undefined],
    ['cut off on its way', { status: 400, code: 'VALIDATION_ERROR', fields: { token: 'Must have 43 characters.' } }],
  ])('that was %s shows the way out instead of the button', async (_why, answer) => {
    if (answer) api.instead.set(route, answer);
    await open(`/verify#${name}=${DEAD_TOKEN}`);
    await press(button);
    expect(await alert()).toMatch(/^This link is not valid any more/);
    expect([await page.locator('.place button').count(), await page.getByRole('link', { name: way, exact: true }).getAttribute('href')]).toEqual([0, to]);
    expect(await focused()).toMatch(/^This link is not valid/);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await isWiderThanTheWindow()).toBe(false);
  });
});

test('a failure that may pass leaves the button where it was', async () => {
  api.instead.set('POST /api/auth/verify-email', { status: 503, code: 'SERVICE_AWAY' });
  await open(`/verify#token=${LINK_TOKEN}`);
  await press('Confirm the address');
  expect(await alert()).toMatch(/away for a moment/);
  await press('Confirm the address');
  await heading('Address confirmed');
});

test.each([
  ['used or too old', undefined],
  ['cut off on its way', { status: 400, code: 'VALIDATION_ERROR', fields: { token: 'Must have 43 characters.' } }],
])('a link for a new password that was %s leads to another one', async (_why, answer) => {
  if (answer) api.instead.set('POST /api/auth/reset-password', answer);
  await open(`/reset#token=${DEAD_TOKEN}`);
  await fill('New password', 'another long password');
  await press('Set the password');
  expect(await alert()).toMatch(/^This link is not valid any more/);
  expect(await page.getByLabel('New password', { exact: true }).count()).toBe(0);
  await page.getByRole('link', { name: 'Ask for a new link' }).click();
  await page.getByRole('button', { name: 'Send me a link' }).waitFor();
});

test('who signs in before the address is confirmed learns how to get another mail', async () => {
  api.confirmed = false;
  await open('/login');
  await fill('E-mail address', LONG_EMAIL);
  await fill('Password', PASSWORD);
  await press('Sign in');
  expect(await alert()).toMatch(/Open the link in the mail we sent you.*Sign up again with the same address, and another one comes\./);
  expect(await page.getByRole('link', { name: 'Sign up again' }).getAttribute('href')).toBe('/register');
});

test.each([
  ['/verify', `#device=${LINK_TOKEN}`, 'Was it you?'],
  ['/reset', `#token=${LINK_TOKEN}`, 'Set a new password'],
])('a link that is pasted into the tab where %s is open works, and its secret stays in no history', async (path, hash, title) => {
  await open(path);
  await page.locator('.place > *').first().waitFor();
  const before = await page.locator('.place').textContent();
  await page.evaluate((pasted) => (location.hash = pasted), hash);
  await page.waitForFunction((text) => document.querySelector('.place')?.textContent !== text, before);
  await heading(title);
  expect(page.url()).toBe(api.url + path);
  await page.goBack();
  expect(page.url()).toBe(api.url + path);
});

test('the link to the content is no link of a mail: nothing is loaded anew', async () => {
  await open(`/reset#token=${LINK_TOKEN}`);
  await fill('New password', 'another long password');
  await page.evaluate(() => document.querySelector<HTMLElement>('.skip')?.click());
  await press('Set the password');
  await heading('Password set');
});

describe('a session that ends', () => {
  const isToldOfIt = async () => {
    await page.waitForURL(({ pathname, search }) => pathname + search === '/login?next=%2Faccount%2Fsecurity&ended');
    expect([await alert(), await focused()]).toEqual(['You were signed out. Sign in again to go on.', 'email']);
  };

  test('while its page is open is said on the way to signing in, and the way back stays', async () => {
    await signIn();
    api.endSession();
    await press('Create a key');
    await press('Back to the list');
    await isToldOfIt();
    await fill('E-mail address', LONG_EMAIL);
    await fill('Password', PASSWORD);
    await press('Sign in');
    await page.getByText('Signed in as').waitFor();
    expect(page.url()).toBe(`${api.url}/account/security`);
  });

  test('while nobody looked is said, too', async () => {
    await signIn();
    api.endSession();
    await page.reload();
    await isToldOfIt();
  });

  test('says nothing to who was never signed in', async () => {
    await open('/account/security');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect([page.url(), await page.getByRole('alert').count()]).toEqual([`${api.url}/login?next=%2Faccount%2Fsecurity`, 0]);
  });

  test('has one sentence, whatever a foreign link writes into the mark', async () => {
    await open(`/login?next=${encodeURIComponent('//evil.test')}&ended=${encodeURIComponent('Call +1 555 0100')}`);
    expect(await alert()).toBe('You were signed out. Sign in again to go on.');
    expect(await page.locator('body').textContent()).not.toMatch(/555/);
  });
});

describe('a long mail address fits a narrow phone', () => {
  beforeEach(() => page.setViewportSize({ width: 320, height: 640 }));

  test.each([
    ['/reset', 'Send me a link'],
    ['/register', 'Open the account'],
  ])('%s', async (path, button) => {
    await open(path);
    await fill('E-mail address', LONG_EMAIL);
    if (path === '/register') await fill('Password', PASSWORD);
    await press(button);
    await heading('Look into your mail');
    expect(await isWiderThanTheWindow()).toBe(false);
  });

  test('/account/security', async () => {
    api.email = LONG_EMAIL;
    await signIn();
    await page.getByText(LONG_EMAIL).waitFor();
    expect(await isWiderThanTheWindow()).toBe(false);
  });
});

test('nothing turns for who wants no motion, and words say that something is under way', async () => {
  await open('/login');
  await fill('E-mail address', LONG_EMAIL);
  await fill('Password', PASSWORD);
  await page.route('**/api/auth/login', () => undefined);
  await press('Sign in');
  const sign = page.locator('button[aria-busy=true]');
  expect([await sign.textContent(), await sign.locator('.spinner').evaluate((each) => getComputedStyle(each).animationName)]).toEqual(['Signing in …', 'none']);
});

// As the browser's own "zoom text only" does it: letters grow, the window does not.
test.each([320, 480, 640])('no word of a table is broken at %d px when letters are twice as large', async (width) => {
  api.keys = [{ id: 'b8a0c1de-0000-4000-8000-000000000001', key: `ak_${'0123456789abcdef'.repeat(2)}`, name: 'Grid bot', scopes: ['trade'], ip_allow_list: [], require_version_2: true, created_at: '2026-01-15T10:30:00.000Z', expires_at: null, last_used_at: null }];
  await page.setViewportSize({ width, height: 900 });
  await signIn();
  await page.getByText('Grid bot').waitFor();
  const broken = await page.evaluate(() => {
    const all = [...document.querySelectorAll<HTMLElement>('body, body *')];
    const sizes = all.map((each) => getComputedStyle(each)).map(({ fontSize, lineHeight }) => [fontSize, lineHeight].map((size) => `${Number.parseFloat(size) * 2}px`));
    all.forEach((each, index) => Object.assign(each.style, { fontSize: sizes[index]?.[0], lineHeight: sizes[index]?.[1] }));
    const brush = new OffscreenCanvas(1, 1).getContext('2d')!;
    return [...document.querySelectorAll<HTMLElement>('td[data-column]')].flatMap((cell) => {
      const { fontSize, fontFamily, gridTemplateColumns } = getComputedStyle(cell);
      brush.font = `${fontSize} ${fontFamily}`;
      const column = Number.parseFloat(gridTemplateColumns);
      return (cell.dataset['column'] ?? '').split(' ').filter((word) => cell.childNodes.length > 0 && brush.measureText(word).width > column);
    });
  });
  expect(broken).toEqual([]);
});
