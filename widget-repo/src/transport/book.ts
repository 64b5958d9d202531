import { type Book, LEVELS_MAX, readBook } from '../model/book.ts';
import type { Send } from './http.ts';

export const BOOK_TIMEOUT_MS = 2500;

/** The exchange's public order book; null when there is no usable answer. */
export async function loadBook(urlTemplate: string, symbol: string, send: Send): Promise<Book | null> {
  // Exchanges send a few levels unless they are asked for more; a partner who wrote a query of their own knows better.
  const template = urlTemplate.includes('?') ? urlTemplate : `${urlTemplate}?depth=${LEVELS_MAX}`;
  const url = template.split('{symbol}').join(encodeURIComponent(symbol));
  const reply = await send({ url, method: 'GET', timeoutMs: BOOK_TIMEOUT_MS });
  return reply.kind === 'answer' && reply.status === 200 ? readBook(reply.body, symbol) : null;
}
