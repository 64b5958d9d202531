// The real system, wherever API_URL, CDN_URL, DEMO_URL and DEMO_FILE say it is.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Locator, Page, Route } from 'playwright-core';

export const { API_URL = 'http://localhost:8080', CDN_URL = 'http://localhost:8081', DEMO_URL = 'http://localhost:8082', DEMO_FILE } = process.env;
export const WAIT_MS = 10_000;
export const QUANTITY = '0.002';

interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly totpSecret?: string;
}

/** One page of the demo with the widget in it. */
export interface SystemPage {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly widget: Locator;
}

export async function openPage(browser: Browser, path = '/', size = { width: 1440, height: 1000 }): Promise<SystemPage> {
  const context = await browser.newContext({ viewport: size });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  await page.goto(DEMO_URL + path);
  return { context, page, widget: page.locator('[data-our-widget]') };
}

export async function live({ widget }: SystemPage): Promise<void> {
  await widget.locator('.feed[data-feed=live]').waitFor();
}

/** The demo's page with its first trader signed in. */
export async function openSignedIn(browser: Browser): Promise<SystemPage> {
  const { trader } = readDemo();
  const opened = await openPage(browser);
  await live(opened);
  await opened.widget.getByRole('button', { name: 'Sign in to trade' }).click();
  const dialog = opened.page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill(trader.email);
  await dialog.getByLabel('Password').fill(trader.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden' });
  return opened;
}

/** Types the quantity and presses the button, from whatever the last order left. */
export async function pressBuy({ widget }: SystemPage): Promise<void> {
  const again = widget.locator('.outcome .again');
  if (await again.isVisible()) await again.click();
  await widget.getByLabel('Quantity', { exact: true }).fill(QUANTITY);
  await widget.getByRole('button', { name: /^Buy 0\.002 BTC/ }).click();
}

export async function outcome({ widget }: SystemPage, words: RegExp, timeout = WAIT_MS): Promise<void> {
  await widget.locator('.outcome').filter({ hasText: words }).waitFor({ timeout });
}

/** Code and, where the service gave one, request id stand behind "Details"; what happened is announced. */
export async function facts({ widget }: SystemPage): Promise<{ details: string; announced: string }> {
  await widget.locator('.outcome summary').click();
  return { details: (await widget.locator('.facts').textContent()) ?? '', announced: (await widget.locator('.action [role=alert]').textContent()) ?? '' };
}

/** Calls of one method to an address of the API pass through `meddle` while `work` runs. */
export async function meddling({ page }: SystemPage, method: string, path: string, meddle: (route: Route) => Promise<void>, work: () => Promise<void>): Promise<void> {
  const address = `**${path}`;
  const handler = (route: Route) => (route.request().method() === method ? meddle(route) : route.continue());
  await page.route(address, handler);
  try {
    await work();
  } finally {
    await page.unroute(address, handler);
  }
}

export function readDemo(): { admin: Credentials; trader: Credentials } {
  if (!DEMO_FILE) throw new Error('Set DEMO_FILE to the demo.json that scripts/start wrote');
  const { admin, traders } = JSON.parse(readFileSync(DEMO_FILE, 'utf8')) as { admin: Credentials; traders: Credentials[] };
  const [trader] = traders;
  if (!trader) throw new Error(`${DEMO_FILE} names no trader`);
  return { admin, trader };
}

/** Each code counts once: where another test has used this one, it waits for the next. */
export async function staffToken(): Promise<string> {
  const { email, password, totpSecret } = readDemo().admin;
  const logIn = async (): Promise<string> => {
    const body = { email, password, ...(totpSecret ? { totp: totp(totpSecret) } : {}) };
    const { accessToken } = await call<{ accessToken: string }>('/api/auth/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    return accessToken;
  };
  try {
    return await logIn();
  } catch (error) {
    if (!String(error).includes('SECOND_FACTOR_WRONG')) throw error;
    await new Promise((resolve) => setTimeout(resolve, 30_000 - (Date.now() % 30_000)));
    return logIn();
  }
}

export async function call<T>(path: string, options: RequestInit): Promise<T> {
  const response = await fetch(API_URL + path, { ...options, signal: AbortSignal.timeout(WAIT_MS) });
  const answer = (await response.json()) as { success: boolean; data: T };
  if (!answer.success) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer.data;
}

/** RFC 6238, SHA-1, six digits, 30 s; the secret in base32. */
export function totp(secret: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/=+$/, '').toUpperCase()].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
