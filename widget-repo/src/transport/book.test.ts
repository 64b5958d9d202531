import { expect, test } from '@jest/globals';
import { loadBook } from './book.ts';

test.each([
  ['https://e.example/book/{symbol}', 'https://e.example/book/BTCUSDT?depth=100'],
  ['https://e.example/book?market={symbol}', 'https://e.example/book?market=BTCUSDT'],
])('from %s a deep book is asked for where the partner says nothing of their own', async (template, expected) => {
  const asked: string[] = [];
  await loadBook(template, 'BTCUSDT', ({ url }) => (asked.push(url), Promise.resolve({ kind: 'silence', why: 'network' })));
  expect(asked).toEqual([expected]);
});
