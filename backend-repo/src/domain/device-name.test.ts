import { expect, test } from '@jest/globals';
import { deviceNameOf } from './device-name.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT}`;
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const LINUX = `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT}`;
const ANDROID = `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT}`;
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const IPAD = IPHONE.replace('iPhone; CPU iPhone OS', 'iPad; CPU OS');

test.each([
  ['Chrome on Windows', `${WINDOWS} Chrome/140.0.0.0 Safari/537.36`],
  ['Chrome on Mac', `${MAC} ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`],
  ['Chrome on Linux', `${LINUX} Chrome/140.0.0.0 Safari/537.36`],
  ['Chrome on Linux', `${LINUX} HeadlessChrome/140.0.0.0 Safari/537.36`],
  ['Chrome on ChromeOS', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`],
  ['Chrome on Android', `${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36`],
  ['Chrome on iPhone', `${IPHONE} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1`],
  ['Edge on Windows', `${WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`],
  ['Edge on Windows', `${WINDOWS} Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763`],
  ['Edge on Android', `${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0`],
  ['Edge on iPhone', `${IPHONE} Version/18.0 EdgiOS/140.0.3485.54 Mobile/15E148 Safari/604.1`],
  ['Firefox on Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0'],
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0'],
  ['Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0'],
  ['Firefox on iPad', `${IPAD} FxiOS/142.0 Mobile/15E148 Safari/605.1.15`],
  ['Safari on Mac', `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`],
  ['Safari on iPhone', `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`],
  ['Safari on iPad', `${IPAD} Version/18.5 Mobile/15E148 Safari/604.1`],
  ['Opera on Windows', `${WINDOWS} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0`],
  ['Opera on Windows', 'Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18'],
  ['Opera on iPhone', `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.6.0`],
  ['Samsung Internet on Android', `${ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`],
  ['Browser on iPhone', `${IPHONE} Mobile/15E148`],
])('a browser is called %s', (name, userAgent) => {
  expect(deviceNameOf(userAgent)).toBe(name);
});

test.each([
  ['curl', 'curl/8.15.0'], ['python-requests', 'python-requests/2.32.5'], ['PostmanRuntime', 'PostmanRuntime/7.46.1'], ['okhttp', 'okhttp/5.1.0'], ['Go-http-client', 'Go-http-client/1.1'],
  ['Grid-Bot', 'Grid-Bot/1.4 (Linux; like Chrome/140.0 Safari/537.36)'], ['node', 'node'],
])('a program is called by its product: %s', (name, userAgent) => {
  expect(deviceNameOf(userAgent)).toBe(name);
});

test.each([
  ['Mozilla/5.0 (test)', 'Mozilla/5.0 (test)'], ['My own  program', 'My own program'], ['a\u0000b\u009bc\u00ad', 'a b c'], ['Safari on Mac/1.0', 'Safari on Mac/1.0'], [`Mozilla/5.0 ${'x'.repeat(200)}`, `Mozilla/5.0 ${'x'.repeat(87)}…`], [`${'p'.repeat(60)}/1`, `${'p'.repeat(60)}/1`],
])('what says neither is kept as it is, cleaned and cut: %j', (userAgent, name) => {
  expect(deviceNameOf(userAgent)).toBe(name);
});

test.each(['', ' \t', '\u0000'])('what says nothing has no name: %j', (userAgent) => {
  expect(deviceNameOf(userAgent)).toBeUndefined();
});

test('a header of any length is read in no time', () => {
  for (const part of ['Mozilla/5.0 (', 'a', ' ', 'iPhone ', 'Edg', '\u0000 ']) expect(deviceNameOf(part.repeat(100_000))?.length ?? 0).toBeLessThanOrEqual(100);
});
