import { say } from '../i18n/text.ts';
import { changeSinceOpening, lastPrice } from '../model/state.ts';
import { el, setAttribute, setText, setValue, show } from './dom.ts';
import type { Intents } from './intents.ts';
import type { Part, Picture } from './part.ts';

/** Market, last price, change, and whether the prices are fresh. */
export function createHead(intents: Intents): Part {
  const select = el('select', { 'aria-label': say('market') });
  select.addEventListener('change', () => intents.chooseMarket(select.value));
  const price = el('output', { class: 'last', 'aria-live': 'off' });
  const change = el('span', { class: 'change' });
  const feed = el('span', { class: 'feed', role: 'img' });
  let drawnMarkets: unknown = null;

  const drawMarkets = ({ state }: Picture) => {
    if (drawnMarkets === state.markets) return;
    drawnMarkets = state.markets;
    select.replaceChildren(...state.markets.map(({ symbol, base, quote }) => el('option', { value: symbol }, `${base} / ${quote}`)));
  };
  return {
    root: el('header', { class: 'head' }, el('div', { class: 'pick' }, select), el('div', { class: 'prices' }, price, change, feed)),
    draw(picture) {
      const { state, market, format } = picture;
      drawMarkets(picture);
      setValue(select, market.symbol);
      const last = lastPrice(state);
      setText(price, last === null ? '–' : format.amount(last, market.priceDecimals, market.priceDecimals));
      setAttribute(price, 'aria-label', `${say('midPrice', { base: market.base, quote: market.quote })}: ${price.textContent ?? ''}`);
      setAttribute(price, 'data-move', moveOf(last, state.priceBefore));
      const since = changeSinceOpening(state);
      show(change, since !== null);
      if (since !== null) {
        const move = moveOf(since, 0n);
        const arrow = move === null ? '' : move === 'up' ? '▲ ' : '▼ ';
        setText(change, arrow + format.percent(since < 0n ? -since : since, 2, 2));
        setAttribute(change, 'data-move', move);
        setAttribute(change, 'title', say('sinceOpening'));
      }
      setAttribute(feed, 'data-feed', state.feed);
      setAttribute(feed, 'title', say(`feed.${state.feed}`));
      setAttribute(feed, 'aria-label', say(`feed.${state.feed}`));
    },
  };
}

function moveOf(last: bigint | null, before: bigint | null): 'up' | 'down' | null {
  if (last === null || before === null || last === before) return null;
  return last > before ? 'up' : 'down';
}
