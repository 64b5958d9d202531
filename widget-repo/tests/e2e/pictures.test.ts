// Every state, at every width: no overflow, no accessibility violation; with PICTURES=folder also a screenshot of each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CUT, never, ok, refused, type Reply, routes } from '../support/mock-api.ts';
import { configAnswer, type Json, orderAnswer } from '../support/samples.ts';
import { order, outcomeText, PLAIN_PATH, ready, type Stage, type Visit, visit, withStage } from '../support/stage.ts';

const WIDTHS = [320, 768, 1440];
const { PICTURES } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LIGHT = { primaryColor: '#5B2FD6', backgroundColor: '#FFFFFF', textColor: '#1A1D21', fontFamily: 'Inter, sans-serif' };

let stage: Stage;
withStage((opened) => (stage = opened));

interface Scene {
  readonly name: string;
  readonly path?: string;
  readonly answers?: Partial<Record<keyof typeof routes, Reply>>;
  readonly theme?: Record<string, Json>;
  readonly features?: Record<string, Json>;
  readonly hasNoBook?: boolean;
  act?(trip: Visit): Promise<unknown>;
}

const typing = (quantity: string) => async (trip: Visit) => {
  await ready(trip);
  await trip.widget.getByLabel('Quantity', { exact: true }).fill(quantity);
};
const ordering = (expected: RegExp) => async (trip: Visit) => {
  await ready(trip);
  await order(trip);
  await outcomeText(trip, expected);
};

const partly = ok(orderAnswer({ quantity: '0.01' }, { status: 'PARTIAL', filled_quantity: '0.004' }), 201);
const resting = ok(orderAnswer({ type: 'LIMIT', quantity: '0.01', price: '64000.00' }, { status: 'PENDING', filled_quantity: '0', average_price: null }), 201);

const scenes: readonly Scene[] = [
  { name: 'loading', answers: { config: never }, act: ({ widget }) => widget.waitFor() },
  { name: 'ready', act: typing('0.01') },
  {
    name: 'invalid',
    act: async (trip) => {
      await ready(trip);
      await order(trip, '0.00015');
      await trip.widget.locator('.problem:not([hidden])').waitFor();
    },
  },
  { name: 'asking', answers: { token: never }, act: ordering(/Asking/) },
  { name: 'sending', answers: { order: never }, act: ordering(/Sending/) },
  { name: 'filled', act: ordering(/Filled/) },
  { name: 'partly-filled', answers: { order: partly, status: refused(503, 'UNAVAILABLE') }, act: ordering(/Partly/) },
  {
    name: 'resting',
    answers: { order: resting, status: refused(503, 'UNAVAILABLE') },
    act: async (trip) => {
      await ready(trip);
      await trip.widget.getByText('Limit', { exact: true }).click();
      await order(trip);
      await outcomeText(trip, /In the order book/);
      await trip.widget.getByRole('button', { name: 'New order' }).click();
    },
  },
  {
    name: 'refused',
    answers: { order: refused(422, 'INSUFFICIENT_BALANCE') },
    act: async (trip) => {
      await ordering(/balance/)(trip);
      await trip.widget.locator('.outcome summary').click();
    },
  },
  { name: 'expired', answers: { order: refused(403, 'TRADE_TOKEN_EXPIRED') }, act: ordering(/second one/) },
  { name: 'service-away', answers: { token: refused(503, 'UNAVAILABLE') }, act: ordering(/Not sent/) },
  { name: 'service-away-at-start', answers: { config: refused(429, 'RATE_LIMIT_EXCEEDED') }, act: ({ widget }) => widget.locator('.block:not([hidden])').waitFor() },
  { name: 'exchange-away', answers: { order: CUT }, act: ordering(/do not know/) },
  {
    name: 'price-stale',
    act: async (trip) => {
      await ready(trip);
      stage.api.on(routes.book, refused(503, 'UNAVAILABLE'));
      await trip.widget.locator('.why:not([hidden])').waitFor();
    },
  },
  { name: 'no-order-book', hasNoBook: true, act: ({ widget }) => widget.getByText('shows no prices here').waitFor() },
  { name: 'no-prices', answers: { book: refused(503, 'UNAVAILABLE') }, act: ({ widget }) => widget.getByText('No prices from Northlight').waitFor() },
  { name: 'suspended', answers: { config: refused(403, 'PARTNER_SUSPENDED') }, act: ({ widget }) => widget.locator('.block:not([hidden])').waitFor() },
  { name: 'signed-out', path: '/strict.html', act: (trip) => ready(trip) },
  {
    name: 'no-balance',
    answers: { balances: ok([{ asset: 'USDT', available: '0', locked: '0' }]) },
    act: async (trip) => {
      await typing('0.01')(trip);
      await trip.widget.locator('.warning:not([hidden])').waitFor();
    },
  },
  { name: 'halted', answers: { order: refused(409, 'MARKET_HALTED') }, act: ordering(/halted/) },
  {
    name: 'light-limit-only',
    theme: LIGHT,
    features: { showPnl: false, allowMarketOrders: false },
    act: async (trip) => {
      await ready(trip);
      await trip.widget.getByText('Sell', { exact: true }).click();
      await typing('0.01')(trip);
    },
  },
  { name: 'light-filled', theme: LIGHT, act: ordering(/Filled/) },
];

describe.each(scenes)('$name', (scene) => {
  test('fits every width and has no accessibility violation', async () => {
    if (scene.theme || scene.features || scene.hasNoBook) {
      const change = { ...(scene.theme ? { theme: scene.theme } : {}), ...(scene.features ? { features: scene.features } : {}), ...(scene.hasNoBook ? { orderbookUrl: null } : {}) };
      stage.api.on(routes.config, () => ({ status: 200, body: configAnswer(stage.api.url, change) }));
    }
    for (const [route, reply] of Object.entries(scene.answers ?? {})) stage.api.on(routes[route as keyof typeof routes], reply);
    const trip = await visit(stage, { path: scene.path ?? PLAIN_PATH });
    await scene.act?.(trip);

    for (const width of WIDTHS) {
      await trip.page.setViewportSize({ width, height: 900 });
      expect(await overflows(trip)).toEqual([]);
      if (PICTURES) await trip.page.screenshot({ path: join(PICTURES, `${scene.name}-${width}.png`), fullPage: true });
    }
    expect(await accessibilityViolations(trip)).toEqual([]);
    expect(await trip.page.evaluate('window.cspViolations')).toEqual([]);
    expect(trip.faults).toEqual([]);
    }, 20_000);
});

test('what the mock said was what the contract allows', () => {
  expect(stage.api.violations).toEqual([]);
});

/** Elements that stick out of the widget, and the page itself when it scrolls sideways. */
function overflows({ page }: Visit): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.querySelector('[data-our-widget]')?.shadowRoot;
    const frame = root?.querySelector('.widget')?.getBoundingClientRect();
    const out = [...(root?.querySelectorAll('.widget *:not(.sr)') ?? [])].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && frame && (box.right > frame.right + 0.5 || box.left < frame.left - 0.5);
    });
    const squeezed = [...(root?.querySelectorAll('.left, .book, .box, .segments, .outcome') ?? [])].filter((element) => element.scrollWidth > element.clientWidth + 1);
    const sideways = document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['page'] : [];
    return [...sideways, ...[...out, ...squeezed].map((element) => `${element.tagName}.${element.className}`)];
  });
}

async function accessibilityViolations({ page }: Visit): Promise<unknown[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Axe {
      run(place: string, options: object): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary: string }[] }[] }>;
    }
    const { violations } = await (window as unknown as { axe: Axe }).axe.run('#our-widget-container', { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ target, failureSummary }) => [target, failureSummary]) }));
  });
}
