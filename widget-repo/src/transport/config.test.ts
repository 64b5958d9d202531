import { expect, test } from '@jest/globals';
import { configAnswer } from '../../tests/support/samples.ts';
import { loadConfig } from './config.ts';

const theme = { primaryColor: '#3A86FF', backgroundColor: '#10151B', textColor: '#F2F5F7' };
const load = (change: Record<string, never>) => loadConfig('https://api.example', 'demo-exchange', () => Promise.resolve({ kind: 'answer', status: 200, body: configAnswer('https://e.example', change), retryAfterS: null }));

test('a usual configuration is taken', async () => {
  expect(await load({})).toMatchObject({ ok: true });
});

test.each([
  ['a market that is null', { symbols: [null] }],
  ['a market without its steps', { symbols: [{ symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT' }] }],
  ['a theme without its font', { theme }],
  ['a fee that is no text', { fee: { makerRate: 1, takerRate: 2 } }],
])('%s is reported, not tripped over', async (_, change) => {
  expect(await load(change as never)).toMatchObject({ ok: false, failure: { code: 'CONFIG_INVALID' } });
});
