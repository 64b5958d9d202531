// Our own pages on the real backend: from an address nobody knows to a trader with a second factor, an API key, papers shown and two devices.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { API_URL, DEMO_FILE, totp, WAIT_MS } from '../support/system.ts';

const PASSWORD = 'three otters juggle at dawn';
const email = `mallow-${randomBytes(6).toString('hex')}@trader.test`;
const mails = join(dirname(DEMO_FILE ?? '.'), 'mails');

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 30_000);
afterAll(() => browser.close());

test('a stranger registers, confirms by the mail, turns on a second factor, creates an API key, shows papers, comes back with a backup code, and says that a new device is theirs', async () => {
  const context = await browser.newContext();
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) faults.push(message.text());
  });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
  const signIn = async () => {
    await fill('E-mail address', email);
    await fill('Password', PASSWORD);
    await press('Sign in');
  };

  await page.goto(`${API_URL}/register`);
  await fill('E-mail address', email);
  await fill('Password', PASSWORD);
  await press('Open the account');
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor({ timeout: 30_000 });

  await page.goto(await linkIn('verify-email'));
  await press('Confirm the address');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await signIn();
  await page.getByText('Signed in as').waitFor();
  await page.reload();
  await page.getByText('Signed in as').waitFor();

  await press('Turn it on');
  await page.locator('section', { hasText: 'Second factor' }).getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await press('Go on');
  const secret = ((await page.locator('.secret pre').textContent()) ?? '').replaceAll(' ', '');
  await fill('The code that the app shows', totp(secret));
  await press('Turn it on');
  await page.getByRole('heading', { name: 'Your backup codes' }).waitFor();
  const codes = ((await page.locator('.secret pre').textContent()) ?? '').split('\n');
  expect(codes).toHaveLength(10);
  await press('I have kept them');

  await press('Create a key');
  await createKey(page, codes[0] ?? '');
  await page.getByRole('heading', { name: 'Grid bot is ready' }).waitFor();
  await press('I have kept it');
  await press('Revoke Grid bot');
  await press('Revoke it');
  await page.getByText('You have no keys').waitFor();

  await showPapers(page);
  expect(await askForWithdrawal(page, codes[2] ?? '')).toMatch(/Show us who you are first/);

  await press('Sign out');
  await page.waitForURL('**/login');
  await signIn();
  await fill('Code from your authenticator app', codes[1] ?? '');
  await press('Go on');
  await page.getByText('Signing in asks for a code too.').waitFor();
  expect(faults).toEqual([]);
  // The browser is known by then: one notice, for the first time.
  expect(mailsTo('new-device')).toHaveLength(1);
  await confirmNewDevice(codes[3] ?? '');
  await context.close();
}, 90_000);

async function showPapers(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show who you are' }).click();
  for (const [label, text] of [['Full name', 'Mallow Otter'], ['Date of birth', '1990-12-31'], ['Address you live at', 'Pond 1, Toronto']] as const) await page.getByLabel(label, { exact: true }).fill(text);
  await page.getByLabel('Country you live in').selectOption('CA');
  // As much as can be sent at once.
  const paper = Buffer.concat([Buffer.from('%PDF-1.7 '), randomBytes(499_000)]);
  await page.getByLabel('Add a document').setInputFiles([1, 2, 3].map((number) => ({ name: `paper-${number}.pdf`, mimeType: 'application/pdf', buffer: paper })));
  await page.getByLabel('What paper-3.pdf is').waitFor();
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByText('Being looked at').waitFor();
}

/** The page is made to believe that it is time for a withdrawal; the service knows better, and says so only to what is signed rightly. */
async function askForWithdrawal(page: Page, code: string): Promise<string> {
  const answer = (data: object) => ({ json: { success: true, data } });
  await page.route('**/api/account/kyc', (route) => route.fulfill(answer({ kyc_status: 'approved', submission: null })));
  await page.route('**/api/account/balances', (route) => route.fulfill(answer([{ asset: 'USDT', available: '20', locked: '0' }])));
  await page.reload();
  await page.getByRole('button', { name: 'Withdraw', exact: true }).click();
  await page.getByLabel('Amount', { exact: true }).fill('12.5');
  await page.getByLabel('To this address', { exact: true }).fill('bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq');
  await page.getByRole('region', { name: 'Withdrawals' }).getByLabel('Code from your authenticator app', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Ask for it' }).click();
  const said = await page.getByRole('alert').textContent();
  await page.unrouteAll();
  return said ?? '';
}

/** Another browser signs in; the link of the mail about it, opened there, makes it one of the account's own. */
async function confirmNewDevice(code: string): Promise<void> {
  const context = await browser.newContext();
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  await page.goto(`${API_URL}/login`);
  await page.getByLabel('E-mail address', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Code from your authenticator app', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('Not confirmed', { exact: true }).waitFor();
  await page.goto(await linkIn('new-device', 'device'));
  await page.getByRole('button', { name: 'It was me' }).click();
  await page.getByRole('link', { name: 'Go to your account' }).click();
  await page.getByRole('cell', { name: 'Confirmed', exact: true }).nth(1).waitFor();
  expect(await page.getByText('Not confirmed', { exact: true }).count()).toBe(0);
  await context.close();
}

async function createKey(page: Page, code: string): Promise<void> {
  const keys = page.locator('section', { hasText: 'For programs' });
  await keys.getByLabel('Name', { exact: true }).fill('Grid bot');
  await keys.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await keys.getByLabel('Code from your authenticator app', { exact: true }).fill(code);
  await keys.getByRole('button', { name: 'Create the key' }).click();
}

/** The demo keeps its mails in a folder, each with its text beside it. */
function mailsTo(template: string): string[] {
  const names = existsSync(mails) ? readdirSync(mails).filter((name) => name.includes(`-${template}-`) && name.endsWith('.txt')) : [];
  return names.map((name) => readFileSync(join(mails, name), 'utf8')).filter((text) => text.includes(email));
}

/** The link stands in the text part. */
async function linkIn(template: string, mark = 'token'): Promise<string> {
  const wanted = new RegExp(`http://\\S+#${mark}=[\\w-]{43}(?![\\w&-])`);
  const deadline = Date.now() + WAIT_MS;
  while (Date.now() < deadline) {
    const [link] = mailsTo(template).flatMap((text) => wanted.exec(text) ?? []);
    if (link) return link;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`No mail ${template} for ${email} in ${mails}`);
}
