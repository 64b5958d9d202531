import { describe, expect, test } from '@jest/globals';
import { createInit, type Init } from './init.ts';

const init = createInit(() => new Promise(() => undefined));
const throwing = () => Object.defineProperty({}, 'symbol', { enumerable: true, get: () => { throw new Error('mine'); } });
const codeOf = (handle: ReturnType<Init>) => new Promise((resolve) => handle.on('error', ({ code }) => resolve(code)));
const place = () => document.body.appendChild(document.createElement('div'));

describe('the page’s own mistakes are never thrown back at it', () => {
  test.each([['null', null, 'CONTAINER_NOT_FOUND'], ['nothing', undefined, 'CONTAINER_NOT_FOUND'], ['a getter that throws', throwing(), 'OPTIONS_INVALID']] as const)('init with %s gives a handle that says what is wrong', async (_, options, code) => {
    const handle = init(options as never);
    expect(await codeOf(handle)).toBe(code);
    handle.update({ symbol: 'BTCUSDT' });
    handle.destroy();
  });

  test('a browser without constructable style sheets gets a handle that says so', async () => {
    const { CSSStyleSheet: usual } = globalThis;
    Reflect.deleteProperty(globalThis, 'CSSStyleSheet');
    try {
      expect(await codeOf(init({ container: place(), exchangeId: 'demo-exchange' }))).toBe('BROWSER_UNSUPPORTED');
    } finally {
      globalThis.CSSStyleSheet = usual;
    }
  });

  test('update with a getter that throws is a wrong setting, and with null changes nothing', async () => {
    const handle = init({ container: place(), exchangeId: 'Not an id' });
    await codeOf(handle);
    handle.update(null as never);
    handle.update(throwing());
    expect(await codeOf(handle)).toBe('OPTIONS_INVALID');
    handle.destroy();
  });
});
