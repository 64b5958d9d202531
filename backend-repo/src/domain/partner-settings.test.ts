import { describe, expect, test } from '@jest/globals';
import { canonicalSettings, DEFAULT_SETTINGS, isFontList, isMappedUrl, settingsChange, settingsProblems, settingsWarnings, type PartnerSettings, type WidgetSymbol } from './partner-settings.ts';

const btc: WidgetSymbol = { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.0001', minQuantity: '0.0001', maxQuantity: '100', minNotional: '5' };
const settings = (change: Partial<PartnerSettings> = {}): PartnerSettings => ({ ...DEFAULT_SETTINGS, name: 'Northlight', symbols: [btc], ...change });
const withSymbol = (change: Partial<WidgetSymbol>): PartnerSettings => settings({ symbols: [btc, { ...btc, ...change }] });
const theme = (change: object): PartnerSettings => settings({ theme: { ...DEFAULT_SETTINGS.theme, ...change } });

test('settings that fit have neither problems nor warnings', () => {
  expect([settingsProblems(settings()), settingsWarnings(settings())]).toEqual([{}, []]);
});

test.each<[string, PartnerSettings, string]>([
  ['label mode without a page', settings({ identityMode: 'label' }), 'allowedOrigins'],
  ['a smallest quantity above the largest', withSymbol({ minQuantity: '101' }), 'symbols.1.maxQuantity'],
  ['a tick and a lot whose product is finer than 1e-8', withSymbol({ tickSize: '0.0001', lotSize: '0.00001' }), 'symbols.1.tickSize'],
  ['a tick of zero', withSymbol({ tickSize: '0' }), 'symbols.1.tickSize'],
  ['a lot of zero', withSymbol({ lotSize: '0.000' }), 'symbols.1.lotSize'],
  ['a highest price below a tick', withSymbol({ maxPrice: '0' }), 'symbols.1.maxPrice'],
  ['one asset on both sides', withSymbol({ quote: 'BTC' }), 'symbols.1.quote'],
  ['a fee of 100 %', settings({ traderFee: { makerRate: '0', takerRate: '1', text: '' } }), 'traderFee.takerRate'],
])('%s is a problem', (_name, given, field) => {
  expect(Object.keys(settingsProblems(given))).toEqual([field]);
});

test.each<[string, PartnerSettings, RegExp]>([
  ['text that is hard to read', theme({ textColor: '#555555' }), /^theme\.textColor.*contrast 2\.5, at least 4\.5/],
  ['a button that is hard to see', theme({ primaryColor: '#222222' }), /^theme\.primaryColor/],
  ['a page over http', settings({ allowedOrigins: ['http://exchange.example', 'http://localhost:3000', 'http://127.0.0.1', 'https://exchange.example'] }), /^allowedOrigins: http:\/\/exchange\.example /],
  ['a price without an end where anybody can type a name', settings({ identityMode: 'label', allowedOrigins: ['https://exchange.example'] }), /^symbols: without maxPrice/],
  ['an order without its token', settings({ endpoints: { order: { url: 'https://exchange.example/orders', method: 'POST', body: { symbol: '{symbol}' } } } }), /^endpoints\.order/],
])('%s is a warning', (_name, given, words) => {
  expect(settingsWarnings(given)).toEqual([expect.stringMatching(words)]);
});

describe('a font list', () => {
  test.each(["'Roboto', sans-serif", 'system-ui', '"IBM Plex Sans", Arial,  monospace', 'Curlz MT'])('may be %s', (text) => expect(isFontList(text)).toBe(true));
  test.each(["'Roboto", 'a; color: red', 'url(x)', 'url x', 'a}', 'a,', '', "'a' b", 'a"b', 'x'.repeat(201)])('may not be %j', (text) => expect(isFontList(text)).toBe(false));
});

describe('a mapped address', () => {
  test.each([
    'https://exchange.example/api/orders', 'https://exchange.example', 'https://exchange.example:8443/o/{orderId}?s={symbol}&x=1', 'http://localhost:8080/api/orders', 'http://127.0.0.1/x',
    'https://exchange.example?symbol={symbol}',
  ])('may be %s', (text) => expect(isMappedUrl(text)).toBe(true));
  test.each([
    'http://exchange.example/orders', 'https://{symbol}.example/', 'https://exchange.example{symbol}', 'https://user@exchange.example/', 'https://exchange.example\\@thief.example/', 'javascript:alert(1)',
    'http://localhost.thief.example/', 'https://exchange.example/a b', 'https://exchange.example/{a', 'https://exchange.example/#x', 'https://exchange.example:99999/', '//exchange.example/', '',
  ])('may not be %j', (text) => expect(isMappedUrl(text)).toBe(false));
});

test('a change names what differs, before and after, whatever the order of names; no difference is no change', () => {
  const { primaryColor, ...rest } = DEFAULT_SETTINGS.theme;
  expect(settingsChange(settings(), settings({ theme: { ...rest, primaryColor }, symbols: [{ ...btc }] }))).toBeNull();
  expect(settingsChange(settings(), settings({ locale: 'de', symbols: [] }))).toEqual({ before: { locale: 'en', symbols: [btc] }, after: { locale: 'de', symbols: [] } });
  expect(settingsChange(settings({ endpoints: {} }), settings({ endpoints: { orderbookUrl: 'https://x.example/{symbol}' } }))?.before).toEqual({ endpoints: {} });
});

test('amounts are kept in one spelling, and nothing is added', () => {
  expect(canonicalSettings({ symbols: [{ ...btc, tickSize: '00.010', maxQuantity: '100.00' }], traderFee: { makerRate: '0.0010', takerRate: '0', text: '' } })).toEqual({
    symbols: [btc], traderFee: { makerRate: '0.001', takerRate: '0', text: '' },
  });
  expect(canonicalSettings({ symbols: [{ ...btc, maxPrice: '01000000.0' }] })).toEqual({ symbols: [{ ...btc, maxPrice: '1000000' }] });
  expect(canonicalSettings({ locale: 'de' })).toEqual({ locale: 'de' });
});
