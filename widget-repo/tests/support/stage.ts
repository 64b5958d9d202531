// Puts mock, CDN, demo pages and browser together for a test file.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { MockApi } from './mock-api.ts';

const SERVE = fileURLToPath(new URL('../../scripts/serve.mjs', import.meta.url));
const WAIT_MS = 8000;

export interface Stage {
  readonly api: MockApi;
  readonly demoUrl: string;
  readonly cdnUrl: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const api = new MockApi();
  const [browser, cdnPort, demoPort] = await Promise.all([launchBrowser(), freePort(), freePort(), api.start()]);
  const server = await serve({ CDN_PORT: String(cdnPort), DEMO_PORT: String(demoPort), API_URL: api.url, DEMO_TRADER_EMAIL: 'ada@trader.test', DEMO_TRADER_PASSWORD: 'correct horse battery' });
  return {
    api,
    browser,
    demoUrl: `http://localhost:${demoPort}`,
    cdnUrl: `http://localhost:${cdnPort}`,
    async close() {
      await browser.close();
      await stopped(server);
      await api.stop();
    },
  };
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly widget: Locator;
  /** Whatever went wrong in the page without anybody asking. */
  readonly faults: string[];
  /**
   * Orders as the page sent them. The server may see one more than once: Chromium itself repeats a request whose kept-alive
   * connection breaks before the answer. It carries the same token and client order id then, which is what they are for.
   */
  readonly ordersSent: string[];
}

export interface VisitWish {
  readonly path?: string;
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly touch?: boolean;
}

/** The shortest page with the widget and a signed-in trader. */
export const PLAIN_PATH = '/strict.html?user=f47ac10b&access=access.token';

export async function visit(stage: Stage, { path = PLAIN_PATH, width = 1024, height = 900, dark = false, touch = false }: VisitWish = {}): Promise<Visit> {
  const context = await stage.browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', hasTouch: touch, isMobile: touch });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A failed request is logged by the browser itself; many tests make requests fail on purpose.
    if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  const ordersSent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === '/api/orders') ordersSent.push(request.postData() ?? '');
  });
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.defineProperty(window, 'cspViolations', { value: seen });
    document.addEventListener('securitypolicyviolation', (event) => seen.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(stage.demoUrl + path);
  return { page, context, widget: page.locator('[data-our-widget]'), faults, ordersSent };
}

/** Also what a failed test left open, so that it does not go on polling under the next one. */
export async function leaveAll({ browser }: Stage): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()));
}

export async function ready({ widget }: Visit): Promise<void> {
  await widget.locator('.widget[data-stage=ready]').waitFor();
  await widget.locator('.feed[data-feed=live]').waitFor();
}

/** Types a quantity and presses the button. */
export async function order(trip: Visit, quantity = '0.01'): Promise<void> {
  await trip.widget.getByLabel('Quantity', { exact: true }).fill(quantity);
  await trip.widget.locator('.go').click();
}

export async function outcomeText({ widget }: Visit, expected: RegExp): Promise<string> {
  const outcome = widget.locator('.outcome');
  await outcome.filter({ hasText: expected }).waitFor();
  return (await outcome.textContent()) ?? '';
}

export function serve(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [SERVE], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}`)));
  });
}

export function stopped(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill('SIGTERM');
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Once in a file of tests: a stage for all of them, as new for each. */
export function withStage(use: (stage: Stage) => void): void {
  let stage: Stage;
  beforeAll(async () => use((stage = await openStage())), 30_000);
  afterAll(() => stage.close());
  beforeEach(() => stage.api.reset());
  afterEach(() => leaveAll(stage));
}
