// The widget as a guest in somebody else's page: it starts safely, keeps to itself and leaves nothing behind.
import { describe, expect, test } from '@jest/globals';
import type { Route } from 'playwright-core';
import { refused, routes } from '../support/mock-api.ts';
import { configAnswer, type Json } from '../support/samples.ts';
import { order, outcomeText, PLAIN_PATH, ready, type Stage, type Visit, visit, withStage } from '../support/stage.ts';

let stage: Stage;
withStage((opened) => (stage = opened));

interface Heard {
  readonly code: string;
  readonly message: string;
}

/** Calls init in the page and collects what it tells the page's `error` listener. */
function start(trip: Visit, options: Readonly<Record<string, string>>): Promise<Heard[]> {
  return trip.page.evaluate(async (given) => {
    interface Handle {
      on(name: 'error', listener: (event: Heard) => void): void;
    }
    const { OurWidget } = window as unknown as { OurWidget: { init(options: object): Handle } };
    const heard: Heard[] = [];
    OurWidget.init(given).on('error', ({ code, message }) => heard.push({ code, message }));
    await new Promise((resolve) => setTimeout(resolve, 400));
    return heard;
  }, options);
}

describe('starting', () => {
  test('the script adds one global and nothing else', async () => {
    const trip = await visit(stage, { path: '/strict.html' });
    await ready(trip);
    const added = await trip.page.evaluate(() => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow ?? {}));
      frame.remove();
      return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name) && !['cspViolations', 'widget', '0'].includes(name));
    });
    expect(added.filter((name) => !/^__playwright|^__pw/.test(name))).toEqual(['OurWidget']);
  });

  test('loaded twice, the first copy stays; a second init for a container answers with the first handle and says so', async () => {
    const trip = await visit(stage, { path: '/' });
    await ready(trip);
    const same = await trip.page.evaluate(async (src) => {
      const before = (window as unknown as { OurWidget: unknown }).OurWidget;
      await import(src);
      return before === (window as unknown as { OurWidget: unknown }).OurWidget;
    }, `${stage.cdnUrl}/widget/v1/main.js`);
    expect(same).toBe(true);
    const heard = await start(trip, { container: '#our-widget-container', exchangeId: 'demo-exchange', apiUrl: stage.api.url });
    expect(heard.map(({ code }) => code)).toEqual(['CONTAINER_IN_USE']);
    expect(await trip.widget.count()).toBe(1);
    await trip.widget.getByText('started the trading widget twice').waitFor();
    expect(trip.faults).toEqual([]);
  });

  test.each([
    ['a container that is not there', { container: '#nowhere', exchangeId: 'demo-exchange' }, 'CONTAINER_NOT_FOUND'],
    ['a container that is no selector', { container: '<<<', exchangeId: 'demo-exchange' }, 'CONTAINER_NOT_FOUND'],
    ['no exchangeId', { container: 'h1' }, 'OPTIONS_INVALID'],
    ['an e-mail address as exchangeUserId', { container: 'h1', exchangeId: 'demo-exchange', exchangeUserId: 'ada@trader.test' }, 'OPTIONS_INVALID'],
    ['an API that is no address', { container: 'h1', exchangeId: 'demo-exchange', apiUrl: 'javascript:alert(1)' }, 'OPTIONS_INVALID'],
  ] as const)('%s is told to the error listener and never thrown', async (_, options, code) => {
    const trip = await visit(stage, { path: '/strict.html' });
    await ready(trip);
    expect((await start(trip, options)).map((heard) => heard.code)).toEqual([code]);
    if (code === 'OPTIONS_INVALID') await trip.page.locator('h1 [data-our-widget]').getByText('started with a wrong setting').waitFor();
    expect(trip.faults).toEqual([]);
  });

  test.each([
    [404, 'EXCHANGE_NOT_FOUND', 'not known to the trading service'],
    [403, 'PARTNER_SUSPENDED', 'suspended here'],
    [403, 'ORIGIN_NOT_ALLOWED', 'may not show the trading widget'],
  ])('configuration answered %i %s is said in its place', async (status, code, words) => {
    stage.api.on(routes.config, refused(status, code));
    const trip = await visit(stage);
    await trip.widget.getByText(words).waitFor();
    const again = await start(trip, { container: 'h1', exchangeId: 'demo-exchange', apiUrl: stage.api.url });
    expect(again[0]?.code).toBe(code);
  });

  test('the service comes back: "Try again" brings the ticket', async () => {
    stage.api.on(routes.config, { status: 503, body: null, offContract: true });
    const trip = await visit(stage);
    await trip.widget.getByText('does not answer. We keep trying.').waitFor();
    stage.api.reset();
    await trip.widget.getByRole('button', { name: 'Try again' }).click();
    await ready(trip);
  });

  test('a second part that is not the built one is not run', async () => {
    const trip = await visit(stage, { path: '/favicon.svg' });
    await trip.page.route(/trading-[0-9a-f]{8}\.mjs/, (route) => route.fulfill({ contentType: 'text/javascript', headers: { 'Access-Control-Allow-Origin': '*' }, body: 'window.stolen = true; export const trading = {};' }));
    await trip.page.goto(stage.demoUrl + PLAIN_PATH);
    await trip.widget.getByText('part of the trading widget did not load').waitFor();
    expect(await trip.page.evaluate('window.stolen')).toBeUndefined();
  });
});

describe('a second part that does not come', () => {
  const without = async (times: number, then: (route: Route) => Promise<void>) => {
    const trip = await visit(stage, { path: '/favicon.svg' });
    let asked = 0;
    await trip.page.route(/trading-[0-9a-f]{8}\.mjs/, (route) => {
      asked += 1;
      return asked <= times ? then(route) : route.continue();
    });
    await trip.page.goto(stage.demoUrl + PLAIN_PATH);
    return trip;
  };

  test('it is asked for again, and then the ticket is there', async () => {
    const trip = await without(1, (route) => route.abort());
    await trip.widget.getByText('part of the trading widget did not load').waitFor();
    await ready(trip);
    expect(trip.faults).toEqual([]);
  });

  test('what is wrong with the configuration is said without waiting for it, and destroy takes its link along', async () => {
    stage.api.on(routes.config, refused(404, 'EXCHANGE_NOT_FOUND'));
    const trip = await without(9, () => Promise.resolve());
    await trip.widget.getByText('not known to the trading service').waitFor();
    await trip.page.evaluate('widget.destroy()');
    expect(await trip.page.locator('link[rel=modulepreload]').count()).toBe(0);
  });
});

test.each([320, 768, 1440])('at %i px nothing moves when the ticket replaces its outline', async (width) => {
  stage.api.on(routes.config, () => ({ status: 200, body: configAnswer(stage.api.url), delayMs: 500 }));
  const trip = await visit(stage, { width });
  await trip.widget.waitFor();
  const before = await trip.widget.boundingBox();
  await ready(trip);
  await trip.widget.locator('.account', { hasText: '12,040.55' }).waitFor();
  const after = await trip.widget.boundingBox();
  expect(Math.abs((after?.height ?? 0) - (before?.height ?? 0))).toBeLessThanOrEqual(8);
});

describe('leaving', () => {
  test('destroy takes every element, listener, timer and request with it, in the middle of an order too', async () => {
    stage.api.on(routes.order, { status: 201, body: null, delayMs: 60_000, offContract: true });
    const trip = await visit(stage, { path: '/favicon.svg' });
    await trip.page.addInitScript(() => {
      const listening = new Map<string, number>();
      const timers = new Set<unknown>();
      const add = EventTarget.prototype.addEventListener;
      // Only what outlives the widget's own elements counts: document and window.
      EventTarget.prototype.addEventListener = function (type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions) {
        if (this === document || this === window) {
          listening.set(type, (listening.get(type) ?? 0) + 1);
          if (typeof options === 'object') options.signal?.addEventListener('abort', () => listening.set(type, (listening.get(type) ?? 0) - 1));
        }
        return add.call(this, type, listener, options);
      };
      const [set, clear] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
      Object.assign(window, {
        setTimeout: (work: () => void, delay: number) => {
          const timer = set(() => (timers.delete(timer), work()), delay);
          timers.add(timer);
          return timer;
        },
        clearTimeout: (timer: number) => (timers.delete(timer), clear(timer)),
        left: () => ({ timers: timers.size, visibility: listening.get('visibilitychange') ?? 0 }),
      });
    });
    await trip.page.goto(stage.demoUrl + PLAIN_PATH);
    await ready(trip);
    await order(trip);
    await outcomeText(trip, /Sending/);
    await trip.page.evaluate('widget.destroy(); widget.destroy(); widget.update({ symbol: "ETHUSDT" })');
    await trip.page.waitForTimeout(200);
    const pending = new Set<string>();
    trip.page.on('request', (request) => pending.add(request.url()));
    const before = stage.api.calls.length;
    await trip.page.waitForTimeout(1500);
    expect(await trip.page.evaluate('left()')).toEqual({ timers: 0, visibility: 0 });
    expect(await trip.page.locator('#our-widget-container').innerHTML()).toBe('');
    expect([...pending]).toEqual([]);
    expect(stage.api.calls.length).toBe(before);
    expect(await trip.page.evaluate('document.adoptedStyleSheets.length + document.head.querySelectorAll("link[rel=modulepreload], style").length')).toBe(0);
    expect(trip.faults).toEqual([]);
  });

  test('after destroy the container can be used again', async () => {
    const trip = await visit(stage);
    await ready(trip);
    await trip.page.evaluate('widget.destroy()');
    expect(await start(trip, { container: '#our-widget-container', exchangeId: 'demo-exchange', apiUrl: stage.api.url })).toEqual([]);
    await ready(trip);
  });
});

describe('a page that empties the container itself', () => {
  const sweep = async (trip: Visit, last: string) => {
    await ready(trip);
    await trip.page.evaluate(`document.querySelector('#our-widget-container').replaceChildren(); ${last}`);
  };

  test('destroy throws nothing and stops everything all the same', async () => {
    const trip = await visit(stage);
    await sweep(trip, 'widget.destroy()');
    await trip.page.waitForTimeout(300);
    const before = stage.api.calls.length;
    await trip.page.waitForTimeout(1500);
    expect(stage.api.calls.length).toBe(before);
    expect(trip.faults).toEqual([]);
  });

  test.each(['', 'widget.destroy()'])('init shows a new widget there, and only the new one asks for prices (after %j)', async (last) => {
    const trip = await visit(stage);
    await sweep(trip, last);
    expect(await start(trip, { container: '#our-widget-container', exchangeId: 'demo-exchange', apiUrl: stage.api.url })).toEqual([]);
    await ready(trip);
    const before = stage.api.made(routes.book).length;
    await trip.page.waitForTimeout(2200);
    expect(stage.api.made(routes.book).length - before).toBeLessThanOrEqual(3);
    expect(await trip.widget.count()).toBe(1);
  });
});

describe('a hostile page', () => {
  test('its styles and its changed prototypes do not reach the ticket, and trading works', async () => {
    const trip = await visit(stage, { path: '/hostile.html?user=f47ac10b&access=access.token' });
    await ready(trip);
    const looks = await trip.widget.locator('.go').evaluate((button) => {
      const { fontSize, textTransform, letterSpacing, visibility, direction } = getComputedStyle(button);
      const host = (button.getRootNode() as ShadowRoot).host;
      return { fontSize, textTransform, letterSpacing, visibility, direction, hostDisplay: getComputedStyle(host).display, wide: host.getBoundingClientRect().width > 280 };
    });
    expect(looks).toEqual({ fontSize: '16px', textTransform: 'none', letterSpacing: 'normal', visibility: 'visible', direction: 'ltr', hostDisplay: 'block', wide: true });
    await order(trip);
    await outcomeText(trip, /Filled 0\.01 BTC/);
    const { trade } = stage.api.made(routes.token)[0]?.body as { trade: Json };
    expect(stage.api.made(routes.order)[0]?.body).toEqual(trade);
    await trip.page.evaluate('widget.destroy()');
    expect(await trip.page.locator('[data-our-widget]').count()).toBe(0);
    expect(stage.api.violations).toEqual([]);
  });
});

describe('the page decides', () => {
  test('placeOrder of the page places the order with the token', async () => {
    stage.api.on(routes.config, { status: 200, body: configAnswer(stage.api.url, { orderEndpoint: null }) });
    const trip = await visit(stage);
    await ready(trip);
    await trip.page.evaluate(`widget.update({ placeOrder: async (order, token) => {
      window.placed = { order, token };
      return { status: 'FILLED', orderId: 7, filledQuantity: order.quantity, averagePrice: '64000.5' };
    } })`);
    await order(trip);
    await outcomeText(trip, /Filled 0\.01 BTC at 64,000\.50/);
    expect(await trip.page.evaluate('window.placed')).toMatchObject({ order: { symbol: 'BTCUSDT', quantity: '0.01' }, token: expect.stringMatching(/^token\./) });
    expect(stage.api.made(routes.order)).toHaveLength(0);
  });

  test('without an order endpoint and without placeOrder nothing leaves, and that is said', async () => {
    stage.api.on(routes.config, { status: 200, body: configAnswer(stage.api.url, { orderEndpoint: null }) });
    const trip = await visit(stage);
    await ready(trip);
    await order(trip);
    await outcomeText(trip, /Not sent: this page does not say where orders go/);
  });

  test('a listener that throws harms only itself', async () => {
    const trip = await visit(stage);
    await ready(trip);
    await trip.page.evaluate(`widget.on('book', () => { throw new Error('mine') })`);
    await order(trip);
    await trip.page.waitForTimeout(1100);
    await outcomeText(trip, /Filled/);
    expect(new Set(trip.faults)).toEqual(new Set(['error: mine']));
  });

  test('prices are not asked for while nobody can see them', async () => {
    const trip = await visit(stage);
    await ready(trip);
    await trip.page.evaluate(`Object.defineProperty(document, 'hidden', { value: true, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`);
    await trip.page.waitForTimeout(300);
    const before = stage.api.made(routes.book).length;
    await trip.page.waitForTimeout(1600);
    expect(stage.api.made(routes.book).length).toBe(before);
    await trip.page.evaluate(`Object.defineProperty(document, 'hidden', { value: false, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`);
    await trip.page.waitForTimeout(300);
    expect(stage.api.made(routes.book).length).toBeGreaterThan(before);
  });
});

const goHasFocus = ({ widget }: Visit) => widget.locator('.go').evaluate((button) => (button.getRootNode() as ShadowRoot).activeElement === button);

describe('keyboard', () => {
  test('an order can be placed without a mouse; arrows step by the market’s own steps; Enter in a field never trades', async () => {
    const trip = await visit(stage);
    await ready(trip);
    const { keyboard } = trip.page;
    await trip.widget.getByText('Limit', { exact: true }).click();
    const price = trip.widget.getByLabel('Price', { exact: true });
    await price.fill('64000');
    await price.press('ArrowUp');
    expect(await price.inputValue()).toBe('64000.01');
    const quantity = trip.widget.getByLabel('Quantity', { exact: true });
    await quantity.fill('0.01');
    await quantity.press('ArrowDown');
    expect(await quantity.inputValue()).toBe('0.0099');
    await quantity.press('Enter');
    await trip.page.waitForTimeout(200);
    expect(stage.api.made(routes.token)).toHaveLength(0);
    expect(await goHasFocus(trip)).toBe(true);
    await trip.page.waitForTimeout(400);
    await keyboard.press('Enter');
    await outcomeText(trip, /Filled/);
    await keyboard.press('Alt+KeyP');
    await trip.widget.locator('[role=status]', { hasText: 'BTC price in USDT' }).waitFor({ state: 'attached' });
  });

  test('a held Enter and a second Enter right after the first place nothing', async () => {
    const trip = await visit(stage);
    await ready(trip);
    const { keyboard } = trip.page;
    await trip.widget.getByLabel('Quantity', { exact: true }).fill('0.01');
    for (let repeat = 0; repeat < 4; repeat += 1) await keyboard.down('Enter');
    await trip.page.waitForTimeout(500);
    await keyboard.down('Enter');
    await keyboard.up('Enter');
    await trip.widget.getByLabel('Quantity', { exact: true }).focus();
    await keyboard.press('Enter');
    await keyboard.press('Enter');
    await trip.page.waitForTimeout(300);
    expect(stage.api.made(routes.token)).toHaveLength(0);
  });

  test('a double click on "New order" places nothing', async () => {
    const trip = await visit(stage);
    await ready(trip);
    await order(trip);
    await outcomeText(trip, /Filled/);
    await trip.widget.getByRole('button', { name: 'New order' }).focus();
    await trip.page.keyboard.press('Enter');
    await trip.page.keyboard.press('Enter');
    await trip.page.waitForTimeout(300);
    expect(await goHasFocus(trip)).toBe(true);
    expect(stage.api.made(routes.token)).toHaveLength(1);
  });

  test('another person at the ticket takes neither the focus out of the page nor over what was typed', async () => {
    const trip = await visit(stage);
    await ready(trip);
    await order(trip);
    await outcomeText(trip, /Filled/);
    await trip.page.evaluate(`document.body.append(Object.assign(document.createElement('input'), { id: 'own' })); document.querySelector('#own').focus(); widget.update({ exchangeUserId: 'another-trader' })`);
    await trip.widget.locator('.go').waitFor();
    expect(await trip.page.evaluate('document.activeElement.id')).toBe('own');
    expect(await trip.widget.getByLabel('Quantity', { exact: true }).inputValue()).toBe('');
  });

  test('every control is at least 44 px high where a finger may want it', async () => {
    const trip = await visit(stage, { width: 320, touch: true });
    await ready(trip);
    await trip.widget.getByText('Limit', { exact: true }).click();
    const small = await trip.widget.locator('.left button:visible, .book button:visible, .head select, .segment:visible, .box:visible, summary:visible').evaluateAll((controls) =>
      controls.filter((control) => control.getBoundingClientRect().height < 44).map((control) => control.textContent),
    );
    expect(small).toEqual([]);
  });
});

test('what the mock said was what the contract allows', () => {
  expect(stage.api.violations).toEqual([]);
});
