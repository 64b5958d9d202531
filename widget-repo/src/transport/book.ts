import { type Book, readBook } from '../model/book.ts';
import type { Send } from './http.ts';

export const BOOK_TIMEOUT_MS = 2500;

/** The exchange's public order book; null when there is no usable answer. */
export async function loadBook(urlTemplate: string, symbol: string, send: Send): Promise<Book | null> {
  const url = urlTemplate.split('{symbol}').join(encodeURIComponent(symbol));
  const reply = await send({ url, method: 'GET', timeoutMs: BOOK_TIMEOUT_MS });
  return reply.kind === 'answer' && reply.status === 200 ? readBook(reply.body, symbol) : null;
}
