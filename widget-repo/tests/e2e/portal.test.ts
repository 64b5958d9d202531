// Our own pages in real Chromium, under the content security policy that the backend sends. PICTURES=folder also saves a screenshot of each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { CODE, LINK_TOKEN, PASSWORD } from '../support/portal-api.ts';
import { portalStage } from '../support/portal-stage.ts';

const { PICTURES } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const EMAIL = 'ada@trader.test';

jest.setTimeout(20_000);

const stage = portalStage({ permissions: ['clipboard-read', 'clipboard-write'] });
const { api } = stage;
let context: BrowserContext;
let page: Page;
beforeEach(() => {
  ({ context, page } = stage);
});

const open = (path: string, tab = page) => tab.goto(api.url + path);
const press = (name: string | RegExp, tab = page) => tab.getByRole('button', { name, exact: typeof name === 'string' }).click();
const fill = (label: string, text: string, tab = page) => tab.getByLabel(label, { exact: true }).fill(text);
const heading = (name: string, tab = page) => tab.getByRole('heading', { name, exact: true }).waitFor();
const alert = async (tab = page): Promise<string> => (await tab.getByRole('alert').textContent()) ?? '';

/** As somebody who has signed in before: how that is done has tests of its own. */
async function signIn(): Promise<void> {
  await context.addCookies(api.session());
  await open('/account/security');
  await page.getByText('Signed in as').waitFor();
}

async function fillWithdrawal(amount: string): Promise<void> {
  await page.getByLabel('What', { exact: true }).selectOption('USDT');
  await fill('Amount', amount);
  await fill('To this address', 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq');
  await page.getByRole('region', { name: 'Withdrawals' }).getByLabel('Code from your authenticator app', { exact: true }).fill(CODE);
}

/** No compression makes noise small: a picture of some megabytes, as telephones take them. */
async function noisyPicture(): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(1000, 700);
    const brush = canvas.getContext('2d')!;
    const noise = brush.createImageData(canvas.width, canvas.height);
    for (let at = 0; at < noise.data.length; at += 65_536) crypto.getRandomValues(noise.data.subarray(at, at + 65_536));
    brush.putImageData(noise, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  });
  return Buffer.from(base64, 'base64');
}

describe('a new trader', () => {
  test('opens an account, confirms the address by the button of the page, and signs in', async () => {
    api.confirmed = false;
    await open('/register');
    await fill('E-mail address', EMAIL);
    await fill('Password', PASSWORD);
    await press('Open the account');
    await heading('Look into your mail');
    expect(await page.title()).toBe('Look into your mail – Trading account');

    await open(`/verify?token=${LINK_TOKEN}`);
    // Opening the link confirms nothing, and the address bar keeps no secret.
    await page.getByRole('button', { name: 'Confirm the address' }).waitFor();
    expect([api.confirmed, page.url()]).toEqual([false, `${api.url}/verify`]);
    await press('Confirm the address');
    await page.getByRole('heading', { name: 'Address confirmed' }).waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await fill('E-mail address', EMAIL);
    await fill('Password', PASSWORD);
    await press('Sign in');
    await page.getByText('Signed in as').waitFor();
    expect(page.url()).toBe(`${api.url}/account/security`);
  });

  test('whose form is not right reads the rule at the field, and the focus is there', async () => {
    await open('/register');
    await fill('E-mail address', EMAIL);
    await fill('Password', 'too short');
    await page.keyboard.press('Enter');
    const field = page.getByLabel('Password', { exact: true });
    expect(await field.evaluate((input) => [input === document.activeElement, input.getAttribute('aria-invalid')])).toEqual([true, 'true']);
    expect(await page.locator('.problem:not([hidden])').textContent()).toBe('3 more characters are needed.');
    expect(api.calls).toEqual([]);
  });
});

describe('whoever forgot the password', () => {
  test('asks for a link and sets a new one by it', async () => {
    await open('/reset');
    await fill('E-mail address', EMAIL);
    await press('Send me a link');
    await heading('Look into your mail');
    await open(`/reset?token=${LINK_TOKEN}`);
    await fill('New password', 'another long password');
    await press('Set the password');
    await heading('Password set');
    expect(api.password).toBe('another long password');
  });

  test('reads what to do when the link is too old', async () => {
    await open('/reset?token=of-last-year');
    await fill('New password', 'another long password');
    await press('Set the password');
    expect(await alert()).toMatch(/not valid any more.*Ask for a new one/);
  });
});

describe('the link in the mail about a new device', () => {
  test.each([
    ['', 'It was me', 'Device confirmed', 'confirm'],
    ['&deny', 'It was not me', 'Everybody is signed out', 'deny'],
  ])('decides nothing by being opened, and asks: %s %s', async (more, words, after, decision) => {
    await open(`/verify#device=${LINK_TOKEN}${more}`);
    await heading('Was it you?');
    expect([await page.locator('.place button').first().textContent(), page.url(), api.decisions]).toEqual([words, `${api.url}/verify`, []]);
    await press(words);
    await heading(after);
    expect(api.decisions).toEqual([decision]);
  });
});

describe('signing in', () => {
  test('works by keyboard alone', async () => {
    await open('/login');
    const tabTo = async (name: string) => {
      for (let steps = 0; steps < 12; steps += 1) {
        await page.keyboard.press('Tab');
        if ((await page.evaluate(() => (document.activeElement as HTMLInputElement).name || document.activeElement?.textContent)) === name) return;
      }
      throw new Error(`The tab key does not reach ${name}`);
    };
    await tabTo('Skip to the content');
    await page.keyboard.press('Enter');
    await tabTo('email');
    await page.keyboard.type(EMAIL);
    await tabTo('password');
    await page.keyboard.type(PASSWORD);
    await tabTo('Sign in');
    await page.keyboard.press('Enter');
    await page.getByText('Signed in as').waitFor();
  });

  test.each([
    ['a wrong password', { status: 401, code: 'AUTHENTICATION_FAILED' }, /address or the password is not right\. Correct it/],
    ['an unconfirmed address', { status: 403, code: 'EMAIL_NOT_VERIFIED' }, /Open the link in the mail/],
    ['too many tries', { status: 429, code: 'RATE_LIMIT_EXCEEDED', retryAfter: 600 }, /again in 10 minutes/],
    ['a service that is away', { status: 503, code: 'SERVICE_AWAY' }, /try again in a minute/],
  ])('says what to do after %s, and keeps what was typed', async (_what, answer, sentence) => {
    await open('/login');
    api.instead.set('POST /api/auth/login', answer);
    await fill('E-mail address', EMAIL);
    await fill('Password', PASSWORD);
    await press('Sign in');
    expect(await alert()).toMatch(sentence);
    await press('Sign in');
    await page.getByText('Signed in as').waitFor();
  });

  test.each(['//evil.test', 'https://evil.test/', '/\\evil.test', '/login'])('goes on to no other site than ours, whatever the link says: %s', async (next) => {
    await open(`/login?next=${encodeURIComponent(next)}`);
    await fill('E-mail address', EMAIL);
    await fill('Password', PASSWORD);
    await press('Sign in');
    await page.getByText('Signed in as').waitFor();
    expect(page.url()).toBe(`${api.url}/account/security`);
  });

  test('is not needed again by who has a session, and the link leads no further for it', async () => {
    await signIn();
    await open(`/login?next=${encodeURIComponent('//evil.test')}`);
    await page.getByText('Signed in as').waitFor();
    expect(page.url()).toBe(`${api.url}/account/security`);
  });
});

describe('a session', () => {
  test('lives through a reload, and the access token is nowhere but in memory', async () => {
    await signIn();
    await page.reload();
    await page.getByText('Signed in as').waitFor();
    expect(await page.evaluate(() => [document.cookie.includes('refresh_token'), Object.keys(localStorage), Object.keys(sessionStorage)])).toEqual([false, [], []]);
  });

  test('of two tabs that renew at once stays', async () => {
    await signIn();
    const other = await stage.newTab();
    api.delayMs = 60;
    await Promise.all([page.reload(), open('/account/security', other)]);
    await Promise.all([page, other].map((tab) => tab.getByText('Signed in as').waitFor()));
    api.forgetAccess();
    await Promise.all([page, other].map((tab) => press('Create a key', tab).then(() => press('Back to the list', tab))));
    await Promise.all([page, other].map((tab) => tab.getByText('You have no keys').waitFor()));
    expect(api.renewalsRefused).toBe(0);
  });

  test('that ends in one tab ends in the other, and who comes back signs in first', async () => {
    await signIn();
    const other = await stage.newTab();
    await open('/account/security', other);
    await other.getByText('Signed in as').waitFor();
    await press('Sign out');
    await page.waitForURL('**/login');
    await other.waitForURL(({ pathname, search }) => pathname + search === '/login?next=%2Faccount%2Fsecurity&ended');
  });
});

describe('on the security page', () => {
  test('a second factor is turned on by QR code, its backup codes are shown once, and signing in asks for it', async () => {
    await signIn();
    await press('Turn it on');
    await page.locator('section', { hasText: 'Second factor' }).getByLabel('Your password', { exact: true }).fill(PASSWORD);
    await press('Go on');
    await page.getByRole('img', { name: /QR code/ }).waitFor();
    await fill('The code that the app shows', '000000');
    await press('Turn it on');
    expect(await alert()).toMatch(/Wait for the next one/);
    await fill('The code that the app shows', '123 456');
    await press('Turn it on');
    await heading('Your backup codes');
    await press('Copy');
    expect((await page.evaluate(() => navigator.clipboard.readText())).split('\n')).toHaveLength(10);
    const [file] = await Promise.all([page.waitForEvent('download'), press('Download')]);
    expect(file.suggestedFilename()).toBe('backup-codes.txt');
    await press('I have kept them');
    expect(await page.getByText('abcd-efgh').count()).toBe(0);

    await press('Sign out');
    await page.waitForURL('**/login');
    await fill('E-mail address', EMAIL);
    await fill('Password', PASSWORD);
    await press('Sign in');
    await heading('Second step');
    await fill('Code from your authenticator app', CODE);
    await press('Go on');
    await page.getByText('Signing in asks for a code too.').waitFor();
  });

  test('an API key shows its secret once and is revoked after a question', async () => {
    await signIn();
    await press('Create a key');
    const keys = page.locator('section', { hasText: 'For programs' });
    await fill('Name', 'Grid bot');
    await page.getByLabel('Place, change and cancel orders').check();
    await keys.getByLabel(/^Only from these/).fill('203.0.113.7\n203.0.113.0/24');
    await keys.getByLabel('Your password', { exact: true }).fill(PASSWORD);
    await press('Create the key');
    await heading('Grid bot is ready');
    const secret = await keys.locator('pre').last().textContent();
    expect(secret).toMatch(/^ak_[0-9a-f]{32}\.[\w-]{43}$/);
    await press('I have kept it');
    await keys.getByRole('cell', { name: 'trade, ' }).or(keys.getByText(/trade/)).first().waitFor();
    expect(await page.content()).not.toContain(secret);
    await press('Revoke Grid bot');
    await press('Keep it');
    await press('Revoke Grid bot');
    await press('Revoke it');
    await page.getByText('You have no keys').waitFor();
  });

  test('another device gets a name and is signed out', async () => {
    await signIn();
    await press('Name Safari on iPhone');
    await fill('Name of this device', 'My phone');
    await press('Keep the name');
    await press('End My phone');
    await press('End it');
    await page.getByText('My phone: signed out.').waitFor();
    expect(api.sessions).toHaveLength(1);
  });

  test('a trader shows who they are, with a large picture made smaller, and reads how far it is', async () => {
    await signIn();
    await press('Show who you are');
    const identity = page.locator('section', { hasText: 'Who you are, shown once' });
    await fill('Full name', 'Ada Lovelace');
    await fill('Date of birth', '1990-12-31');
    await fill('Address you live at', 'Street 1\nToronto');
    await press('Send it');
    expect(await identity.locator('.problem:visible').allTextContents()).toEqual(['Country you live in: this is needed.', 'Documents: at least one is needed.']);
    await page.getByLabel('Country you live in').selectOption('CA');
    await page.getByLabel('Add a document').setInputFiles([
      { name: 'letter.txt', mimeType: 'application/pdf', buffer: Buffer.from('Dear all,') },
      { name: 'passport.png', mimeType: 'image/png', buffer: await noisyPicture() },
      { name: 'bill.pdf', mimeType: 'application/pdf', buffer: Buffer.from(`%PDF-1.7 ${'.'.repeat(1991)}`) },
    ]);
    await identity.getByText('letter.txt is no JPEG, PNG or PDF file.').waitFor();
    await identity.getByText(/^\d+ kB, made smaller from \d\.\d MB$/).waitFor();
    await identity.getByText('2 kB', { exact: true }).waitFor();
    await page.getByLabel('What bill.pdf is').selectOption('proof_of_address');
    api.instead.set('POST /api/account/kyc', { status: 400, code: 'VALIDATION_ERROR', fields: { 'documents.0.content': 'The first one cannot be read.' } });
    await press('Send it');
    await identity.locator('.problem', { hasText: 'The first one cannot be read.' }).waitFor();
    await press('Send it');
    await identity.getByText('Being looked at').waitFor();
    const sent = api.shown['documents'] as { kind: string; media_type: string; content: string }[];
    expect(sent.map(({ kind, media_type, content }) => [kind, media_type, Buffer.from(content, 'base64').subarray(0, 4).toString('hex').slice(0, 6), content.length < 666_668])).toEqual([
      ['passport', 'image/jpeg', 'ffd8ff', true],
      ['proof_of_address', 'application/pdf', '255044', true],
    ]);
    expect({ ...api.shown, documents: [] }).toEqual({ full_name: 'Ada Lovelace', date_of_birth: '1990-12-31', country: 'CA', address: 'Street 1\nToronto', documents: [] });
  });

  test('who was not accepted reads why and can send it again; who was approved is asked for nothing', async () => {
    api.kyc = { kyc_status: 'rejected', submission: { id: 'b8a0c1de-0000-4000-8000-000000000002', status: 'rejected', submitted_at: '2026-01-15T10:30:00.000Z', decided_at: '2026-01-16T10:30:00.000Z', reason: 'The picture is too dark to read.' } };
    await signIn();
    await page.getByText('The picture is too dark to read.').waitFor();
    await page.getByRole('button', { name: 'Send it again' }).waitFor();
    api.kyc = { kyc_status: 'approved', submission: null };
    await page.reload();
    await page.getByText('Thank you. There is nothing left to do.').waitFor();
    expect(await page.getByRole('button', { name: 'Show who you are' }).count()).toBe(0);
  });

  test('what stands before a withdrawal is named, with the way to it', async () => {
    await signIn();
    await page.getByRole('link', { name: 'Turn on the second factor' }).waitFor();
    await page.getByRole('link', { name: 'Show who you are' }).waitFor();
    expect(await page.getByRole('button', { name: 'Withdraw', exact: true }).count()).toBe(0);
  });

  test('a withdrawal is signed, asked for once though its first answer is lost, and confirmed by mail or taken back', async () => {
    Object.assign(api, { kyc: { kyc_status: 'approved', submission: null }, secondFactor: true });
    await signIn();
    await press('Withdraw');
    await page.getByLabel('What', { exact: true }).selectOption('USDT');
    await press(/^All: 1,204.1/);
    expect(await page.getByLabel('Amount', { exact: true }).inputValue()).toBe('1204.1');
    await fill('Amount', '1,204.11');
    await fill('To this address', 'bc1q ar0');
    await press('Ask for it');
    expect(await page.locator('.problem:visible').allTextContents()).toEqual([
      'You have 1,204.1\u00a0USDT available.',
      'An address has 4 to 128 letters, digits and signs, without spaces.',
      'Code from your authenticator app: this is needed.',
    ]);
    await fillWithdrawal('500');
    // The first one is done, and nobody learns of it.
    await page.route('**/api/account/withdraw', (route) => route.fetch().then(() => route.abort()), { times: 1 });
    await press('Ask for it');
    expect(await alert()).toMatch(/could not be reached/);
    await press('Ask for it');
    await heading('Look into your mail');
    expect(api.withdrawals.map(({ amount }) => amount)).toEqual(['500', '120.5', '9000', '0.5']);
    await press('Go on');

    await press(/^Take back 120.5/);
    await press('Take it back');
    await page.getByText('Taken back; the amount is back on your balance').waitFor();
    await open(`/verify#withdrawal=${LINK_TOKEN}`);
    await heading('Confirm your withdrawal');
    expect([api.withdrawals[0]?.status, page.url()]).toEqual(['requested', `${api.url}/verify`]);
    await press('Confirm the withdrawal');
    await heading('Withdrawal confirmed');
    await page.getByText('bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq').waitFor();
    expect(api.withdrawals[0]?.status).toBe('mail_confirmed');
    await page.getByRole('link', { name: 'See how far it is' }).click();
    await page.getByText('Confirmed by you; waits for our approval').waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent === 'Withdrawals');
  });

  test('a refused withdrawal says why and what to do, and what was typed stays; a wrong clock is made up for', async () => {
    Object.assign(api, { kyc: { kyc_status: 'approved', submission: null }, secondFactor: true, aheadMs: 90_000 });
    await signIn();
    await press('Withdraw');
    await fillWithdrawal('500');
    const refusals = [
      [{ status: 403, code: 'WITHDRAWAL_COOLING_OFF', retryAfter: 36_000 }, /You can try again in 10 hours/, []],
      [{ status: 403, code: 'DEVICE_NOT_CONFIRMED' }, /say that it was you/, []],
      [{ status: 422, code: 'WITHDRAWAL_LIMIT_EXCEEDED', fields: { amount: 'It may be worth at most 120 USDT now.' } }, /than you may withdraw within 24 hours/, ['It may be worth at most 120 USDT now.']],
    ] as const;
    for (const [answer, sentence, problems] of refusals) {
      api.instead.set('POST /api/account/withdraw', answer);
      await press('Ask for it');
      await page.getByRole('alert').filter({ hasText: sentence }).waitFor();
      expect(await page.locator('.problem:visible').allTextContents()).toEqual(problems);
    }
    await press('Ask for it');
    await heading('Look into your mail');
  });

  test('a device is named and forgotten, and the one that is new says so', async () => {
    await signIn();
    await page.getByText('Not confirmed', { exact: true }).waitFor();
    await press('Name device Safari on iPhone');
    await fill('Name of the device', 'My phone');
    await press('Keep the name');
    await press('Forget device My phone');
    await press('Forget it');
    await page.getByText('My phone: forgotten.').waitFor();
    expect(api.devices).toHaveLength(1);
    await press('Forget device Chrome on Windows');
    await press('Forget it');
    await page.waitForURL('**/login');
  });

  test('the password changes, and withdrawals are listed page by page', async () => {
    await signIn();
    await press('Change it …');
    await fill('Current password', PASSWORD);
    await fill('New password', 'another long password');
    await press('Change the password');
    await page.getByText('Your password is changed.').waitFor();
    await page.getByText('The address belongs to somebody else.').waitFor();
    await press('Show older ones');
    await page.getByText('Arrived').waitFor();
    expect(await page.getByRole('button', { name: 'Show older ones' }).count()).toBe(0);
  });

  test('a part that cannot be loaded says so and is tried again', async () => {
    await signIn();
    api.instead.set('GET /api/account/withdrawals', { status: 503, code: 'SERVICE_AWAY' });
    await page.reload();
    expect(await alert()).toMatch(/away for a moment/);
    await press('Try again');
    await page.getByText('120.5 USDT').waitFor();
    await page.route('**/portal/identity-form-*', (route) => route.abort());
    await press('Show who you are');
    expect(await alert()).toMatch(/part of this page could not be fetched/);
  });
});

test('on a phone the tab key reaches every control of the security page, its focus shows, and no navigation covers it', async () => {
  await signIn();
  await page.getByText('120.5').waitFor();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const controls = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('a, button, input, select, summary')].filter((each) => each.offsetParent !== null || each.closest('nav') !== null).length);
  const seen = new Set<number>();
  const wrong: (string | null)[] = [];
  for (let steps = 0; steps < controls; steps += 1) {
    await page.keyboard.press('Tab');
    const [place, name, isFine] = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement;
      const { left, top, right, bottom } = focused.getBoundingClientRect();
      const shown = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      const ring = [focused, focused.closest('.box')].some((each) => each && getComputedStyle(each).outlineStyle !== 'none');
      return [[...document.querySelectorAll('*')].indexOf(focused), focused.textContent, ring && shown !== null && (focused.contains(shown) || shown.contains(focused))] as const;
    });
    seen.add(place);
    if (!isFine) wrong.push(name);
  }
  expect([wrong, seen.size]).toEqual([[], controls]);
});

test('the theme follows the system until somebody chooses, and the choice is kept', async () => {
  await open('/login');
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background();
  expect(dark).not.toBe(light);
  await press('Dark theme');
  await page.reload();
  expect(await background()).toBe(light);
  await press('Dark theme');
  expect(await page.evaluate(() => localStorage.getItem('theme'))).toBeNull();
});

const SCENES: Readonly<Record<string, () => Promise<unknown>>> = {
  login: () => open('/login').then(() => page.getByRole('button', { name: 'Sign in' }).waitFor()),
  refused: async () => {
    await open('/login');
    await fill('E-mail address', EMAIL);
    await fill('Password', 'wrong');
    await press('Sign in');
    await alert();
  },
  register: () => open('/register').then(() => page.getByRole('button', { name: 'Open the account' }).waitFor()),
  verify: () => open(`/verify?token=${LINK_TOKEN}`).then(() => page.getByRole('button', { name: 'Confirm the address' }).waitFor()),
  reset: () => open('/reset').then(() => page.getByRole('button', { name: 'Send me a link' }).waitFor()),
  security: async () => {
    api.keys = [{ id: 'b8a0c1de-0000-4000-8000-000000000001', key: `ak_${'0123456789abcdef'.repeat(2)}`, name: 'Grid bot', scopes: ['trade', 'view_orders'], ip_allow_list: ['203.0.113.0/24'], require_version_2: true, created_at: '2026-01-15T10:30:00.000Z', expires_at: null, last_used_at: '2026-01-15T10:30:00.000Z' }];
    await signIn();
    await page.getByText('Grid bot').waitFor();
    await page.getByText('120.5 USDT').waitFor();
  },
  'verify-withdrawal': () => open(`/verify#withdrawal=${LINK_TOKEN}`).then(() => page.getByRole('button', { name: 'Confirm the withdrawal' }).waitFor()),
  'verify-device': () => open(`/verify#device=${LINK_TOKEN}&deny`).then(() => page.getByRole('button', { name: 'It was not me' }).waitFor()),
  withdrawing: async () => {
    Object.assign(api, { kyc: { kyc_status: 'approved', submission: null }, secondFactor: true });
    await signIn();
    await press('Withdraw');
    await fill('Amount', '1000000');
    await fill('To this address', 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq');
    await press('Ask for it');
    await page.getByText('You have 2').waitFor();
  },
  forms: async () => {
    api.kyc = { kyc_status: 'rejected', submission: { id: 'b8a0c1de-0000-4000-8000-000000000002', status: 'rejected', submitted_at: '2026-01-15T10:30:00.000Z', decided_at: '2026-01-16T10:30:00.000Z', reason: 'The picture is too dark to read.' } };
    await signIn();
    await page.getByText('The picture is too dark to read.').waitFor();
    for (const name of ['Send it again', 'Change it …', 'Name Safari on iPhone', 'Name device Safari on iPhone', 'Create a key', 'Turn it on']) await press(name);
    await page.getByLabel('Add a document').setInputFiles([{ name: 'bill-of-the-electricity-works-january.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') }, { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear all,') }]);
    await page.getByText('letter.txt is no JPEG').waitFor();
    await page.locator('section', { hasText: 'Second factor' }).getByLabel('Your password', { exact: true }).fill(PASSWORD);
    await press('Go on');
    await page.getByRole('img', { name: /QR code/ }).waitFor();
  },
};

// 600 px is what a window of 1200 px has at a zoom of 200 %.
test.each(Object.entries(SCENES))('%s fits 320, 600, 768 and 1200 px, dark and light, without an accessibility violation', async (name, act) => {
  await act();
  for (const width of [320, 600, 768, 1200]) {
    await page.setViewportSize({ width, height: 900 });
    expect([width, await sideways()]).toEqual([width, false]);
    if (PICTURES) await pictures(`portal-${name}-${width}`);
  }
  // Each width once and each theme once: nothing depends on both.
  for (const [width, colorScheme] of [[320, 'dark'], [1200, 'light']] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect([width, colorScheme, await violations()]).toEqual([width, colorScheme, []]);
  }
});

async function pictures(name: string): Promise<void> {
  for (const [look, media] of [['light', { colorScheme: 'light' }], ['dark', { colorScheme: 'dark' }], ['forced', { forcedColors: 'active' }]] as const) {
    await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce', ...media });
    await page.screenshot({ path: join(PICTURES ?? '', `${name}-${look}.png`), fullPage: true });
  }
  await page.emulateMedia({ forcedColors: 'none' });
}

function sideways(): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

async function violations(): Promise<unknown[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Axe {
      run(options: object): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary: string }[] }[] }>;
    }
    const { violations } = await (window as unknown as { axe: Axe }).axe.run({ resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ target, failureSummary }) => [target, failureSummary])]);
  });
}
