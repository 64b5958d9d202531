import { sayTrading } from '../i18n/trading-text.ts';
import type { Book, Level } from '../model/book.ts';
import { el, setAttribute, setText, show } from './dom.ts';
import type { Intents } from './intents.ts';
import type { Part, Picture } from './part.ts';

const ROWS_PER_SIDE = 9;

interface Row {
  readonly root: HTMLTableRowElement;
  draw(level: Level | undefined, most: bigint, picture: Picture): void;
}

/** The order book: asks above, bids below, the spread between. A press on a price takes it into the ticket. */
export function createBook(intents: Intents): Part {
  const rows = (side: 'ask' | 'bid') => Array.from({ length: ROWS_PER_SIDE }, () => createRow(side, intents));
  const asks = rows('ask');
  const bids = rows('bid');
  const caption = el('caption');
  const priceHead = el('th', { scope: 'col' });
  const quantityHead = el('th', { scope: 'col' });
  const spread = el('td', { colspan: '2' });
  const table = el(
    'table',
    {},
    caption,
    el('thead', {}, el('tr', {}, priceHead, quantityHead)),
    el('tbody', { class: 'asks' }, ...asks.map(({ root }) => root).reverse()),
    el('tbody', { class: 'spread' }, el('tr', {}, spread)),
    el('tbody', { class: 'bids' }, ...bids.map(({ root }) => root)),
  );
  const none = el('p', { class: 'none' });
  const root = el('div', { class: 'book' }, table, none);
  return {
    root,
    draw(picture) {
      const { state, market, format } = picture;
      setText(priceHead, sayTrading('bookPrice', { asset: market.quote }));
      setText(quantityHead, sayTrading('bookQuantity', { asset: market.base }));
      const book = state.book?.symbol === market.symbol ? state.book : null;
      const isLate = book && (state.feed === 'stale' || state.feed === 'away');
      setText(caption, isLate ? `${sayTrading('book')} · ${sayTrading('bookLate')}` : sayTrading('book'));
      drawNone(root, none, picture, book);
      const shown = [...(book?.asks.slice(0, ROWS_PER_SIDE) ?? []), ...(book?.bids.slice(0, ROWS_PER_SIDE) ?? [])];
      const most = shown.reduce((max, { quantity }) => (quantity > max ? quantity : max), 1n);
      asks.forEach((row, index) => row.draw(book?.asks[index], most, picture));
      bids.forEach((row, index) => row.draw(book?.bids[index], most, picture));
      const [ask, bid] = [book?.asks[0]?.price, book?.bids[0]?.price];
      setText(spread, ask !== undefined && bid !== undefined ? sayTrading('spread', { amount: format.amount(ask - bid, market.priceDecimals) }) : '–');
      setAttribute(root, 'data-feed', state.feed);
    },
  };
}

/** Words where a table would hold nothing. Prices that may still come keep their place, so that nothing moves when they do. */
function drawNone(root: HTMLElement, none: HTMLElement, { state, exchange }: Picture, book: Book | null): void {
  const isNever = state.config !== null && !state.config.orderbookUrl;
  const isAway = !isNever && !book && state.feed === 'away';
  setAttribute(root, 'data-prices', isNever ? 'never' : isAway ? 'away' : null);
  setText(none, isNever ? sayTrading('bookNever', { exchange }) : isAway ? sayTrading('bookAway', { exchange }) : '');
  show(none, isNever || isAway);
}

function createRow(side: 'ask' | 'bid', intents: Intents): Row {
  let level: Level | undefined;
  const take = el('button', { type: 'button', tabindex: '-1', class: side });
  take.addEventListener('click', () => level && intents.takePrice(level.price));
  const quantity = el('td');
  const root = el('tr', {}, el('td', {}, take), quantity);
  return {
    root,
    draw(next, most, { market, format }) {
      level = next;
      setText(take, next ? format.amount(next.price, market.priceDecimals, market.priceDecimals) : '\u00a0');
      setAttribute(take, 'disabled', !next);
      setAttribute(take, 'title', next ? sayTrading('takePrice', { price: take.textContent ?? '' }) : null);
      setText(quantity, next ? format.amount(next.quantity, market.quantityDecimals) : '');
      // A custom property set through the object model is allowed under any content security policy.
      root.style.setProperty('--share', `${next ? Number((next.quantity * 100n) / most) : 0}%`);
    },
  };
}
