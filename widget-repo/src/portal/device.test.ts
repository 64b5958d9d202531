import { expect, test } from '@jest/globals';
import { deviceOf, storedNameOf } from './device.ts';

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const SAFARI = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0';

test.each([
  ['Chrome on Windows', WINDOWS], ['Edge on Windows', `${WINDOWS} Edg/140.0.0.0`], ['Opera on Windows', `${WINDOWS} OPR/124.0.0.0`], ['Safari on Mac', SAFARI], ['Firefox on Linux', FIREFOX],
  ['Edge on Android', `${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0`], ['Samsung Internet on Android', `${ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`],
  ['Chrome on iPhone', `${IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1`], ['Firefox on iPhone', `${IPHONE} FxiOS/142.0 Mobile/15E148 Safari/604.1`], ['Browser on iPhone', `${IPHONE} Mobile/15E148`],
  ['curl', 'curl/8.15.0'], ['node', 'node'], ['Unknown device', ''],
])('where somebody is signed in is called as the service calls it: %s', (name, userAgent) => {
  expect(deviceOf(userAgent)).toBe(name);
});

test.each([
  ['Edge on Windows', 'Edge on Windows'], ['curl', 'curl'], ['At work', 'At work'], ['A device without a name', null], ['A device without a name', ''],
  // Of these the service once kept the first hundred characters, which do not say whose browser it is.
  ['Browser on Windows', `${WINDOWS} Edg/140.0.0.0`.slice(0, 100)], ['Browser on Mac', SAFARI.slice(0, 100)], ['Firefox on Linux', FIREFOX],
])('the name of a device is understood, however long ago it was stored: %s', (name, stored) => {
  expect(storedNameOf(stored)).toBe(name);
});
