// A browser, the portal's service and, for each test, a new person before them. What breaks on a page, or on the contract, fails the test.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { PortalApi } from './portal-api.ts';

const WAIT_MS = 6000;

export class PortalStage {
  readonly api = new PortalApi();
  readonly #options: BrowserContextOptions;
  readonly #faults: string[] = [];
  #browser: Browser | undefined;
  #context: BrowserContext | undefined;
  #page: Page | undefined;

  constructor(options: BrowserContextOptions) {
    this.#options = options;
  }

  get context(): BrowserContext {
    return this.#context!;
  }

  /** The first tab. */
  get page(): Page {
    return this.#page!;
  }

  async newTab(): Promise<Page> {
    const tab = await this.context.newPage();
    tab.on('pageerror', (error) => this.#faults.push(error.message));
    tab.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) this.#faults.push(message.text());
    });
    return tab;
  }

  async open(): Promise<void> {
    [this.#browser] = await Promise.all([launchBrowser(), this.api.start()]);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.api.stop();
  }

  async enter(): Promise<void> {
    this.api.reset();
    this.#faults.length = 0;
    this.#context = await this.#browser!.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: 'reduce', colorScheme: 'light', ...this.#options });
    this.#context.setDefaultTimeout(WAIT_MS);
    this.#page = await this.newTab();
  }

  async leave(): Promise<void> {
    await this.context.close();
    expect(this.#faults).toEqual([]);
    expect(this.api.violations.splice(0)).toEqual([]);
  }
}

/** Once in a file of tests. */
export function portalStage(options: BrowserContextOptions = {}): PortalStage {
  const stage = new PortalStage(options);
  beforeAll(() => stage.open(), 30_000);
  afterAll(() => stage.close());
  beforeEach(() => stage.enter());
  afterEach(() => stage.leave());
  return stage;
}
