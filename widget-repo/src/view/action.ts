import { say } from '../i18n/text.ts';
import { el, setAttribute, setText, show } from './dom.ts';
import type { Intents } from './intents.ts';
import type { Part, Picture } from './part.ts';

// A second press of the key, or of a double click, that brought the focus here is older than the sight of the button.
const SETTLE_MS = 400;

/** The one button. After the click what became of the order stands in its place. */
export function createAction(intents: Intents): Part & { focus(): void } {
  const why = el('p', { class: 'why' });
  const button = el('button', { type: 'button', class: 'go' });
  let settledAtMs = 0;
  // Only a real press trades: a script on the page can call click(), and that event is not trusted.
  button.addEventListener('click', (event) => event.isTrusted && event.timeStamp >= settledAtMs && intents.press());
  // A key that is still held from the field above is not a press of this button.
  button.addEventListener('keydown', (event) => event.key === 'Enter' && event.repeat && event.preventDefault());
  // Whoever has been elsewhere since came here by themselves.
  button.addEventListener('blur', () => (settledAtMs = 0));

  return {
    root: el('div', { class: 'action' }, why, button),
    focus() {
      button.focus();
      settledAtMs = performance.now() + SETTLE_MS;
    },
    draw(picture) {
      const { state, ticket } = picture;
      const flow = state.current;
      show(button, flow === null);
      const words = flow ? '' : sayBlocker(picture);
      setText(why, words);
      show(why, words !== '');
      setText(button, buttonWords(picture));
      setAttribute(button, 'data-side', ticket.blocker === 'signedOut' ? 'NONE' : state.ticket.side);
      // It stays focusable: a screen reader must be able to reach it and hear why it does not work.
      const blocked = ticket.blocker === 'stalePrice' || ticket.blocker === 'emptyBook';
      setAttribute(button, 'aria-disabled', blocked ? 'true' : null);
    },
  };
}

function sayBlocker({ state, ticket, market, exchange }: Picture): string {
  switch (ticket.blocker) {
    case 'signedOut':
      return say('why.signedOut', { exchange });
    case 'stalePrice':
      if (state.feed === 'waiting') return say('feed.waiting');
      return say(state.book ? 'why.stalePrice' : 'why.noPrice');
    case 'emptyBook':
      return say('why.emptyBook', { base: market.base });
    default:
      return '';
  }
}

function buttonWords({ state, ticket, market, format }: Picture): string {
  if (ticket.blocker === 'signedOut') return say('button.signIn');
  const { side, type } = state.ticket;
  const { quantity, price } = ticket.reading;
  if (quantity === null || (type === 'LIMIT' && price === null)) return say(`button.none.${side}`, { base: market.base });
  return say(`button.${type}.${side}`, {
    quantity: format.amount(quantity),
    base: market.base,
    price: price === null ? '' : format.amount(price, market.priceDecimals),
  });
}
