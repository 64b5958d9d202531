import type { Emitter } from '../api/events.ts';
import type { Store } from '../helpers/store.ts';
import { isKey, say } from '../i18n/text.ts';
import { amountText } from '../model/amount.ts';
import { type Book, type Level, midPrice } from '../model/book.ts';
import type { Failure } from '../model/failure.ts';
import { lastPrice, type WidgetState } from '../model/state.ts';

/** A new book reaches the state and the page. */
export function announceBook(store: Store<WidgetState>, emitter: Emitter, book: Book): void {
  const state = store.get();
  const levels = (side: readonly Level[]) => side.map(({ price, quantity }) => [amountText(price), amountText(quantity)] as const);
  store.set({ book, priceBefore: lastPrice(state), openingPrice: state.openingPrice ?? midPrice(book) });
  emitter.emit('book', { symbol: book.symbol, bids: levels(book.bids), asks: levels(book.asks) });
}

export function announceError(emitter: Emitter, problem: Failure): void {
  const key = [`block.${problem.code}`, `notice.${problem.code}`].find(isKey);
  emitter.emit('error', { code: problem.code, message: problem.message ?? (key ? say(key) : say('block.other')) });
}
