import { say } from '../i18n/text.ts';
import type { FieldProblem } from '../model/ticket.ts';
import { el, setAttribute, show } from './dom.ts';
import type { Intents } from './intents.ts';
import { createNumberField } from './number-field.ts';
import type { Part, Picture } from './part.ts';
import { createSegments } from './segments.ts';

/** Side, type, price and quantity. */
export function createTicket(intents: Intents, goToButton: () => void): Part {
  const side = createSegments(say('side'), [{ value: 'BUY', label: say('buy'), mark: '▲' }, { value: 'SELL', label: say('sell'), mark: '▼' }], (value) => intents.chooseSide(value));
  const type = createSegments(say('orderType'), [{ value: 'MARKET', label: say('MARKET') }, { value: 'LIMIT', label: say('LIMIT') }], (value) => intents.chooseType(value));
  const quotes = createQuotes(intents);
  const price = createNumberField({
    label: say('price'),
    aside: quotes.root,
    typed: (text) => intents.typePrice(text),
    stepped: (direction) => intents.stepPrice(direction),
    left: () => intents.leaveField('price'),
    entered: goToButton,
  });
  const quantity = createNumberField({
    label: say('quantity'),
    aside: null,
    typed: (text) => intents.typeQuantity(text),
    stepped: (direction) => intents.stepQuantity(direction),
    left: () => intents.leaveField('quantity'),
    entered: goToButton,
  });
  side.root.classList.add('sides');
  type.root.classList.add('types');

  return {
    root: el('div', { class: 'ticket' }, side.root, type.root, price.root, quantity.root),
    draw(picture) {
      const { state, market, ticket } = picture;
      side.draw(state.ticket.side);
      type.draw(state.ticket.type);
      show(type.root, state.config?.features.allowMarketOrders !== false);
      const limit = state.ticket.type === 'LIMIT';
      show(price.root, limit);
      const priceProblem = state.touched.price ? ticket.reading.priceProblem : null;
      const quantityProblem = state.touched.quantity ? ticket.reading.quantityProblem : null;
      price.draw({ text: state.ticket.priceText, unit: market.quote, problem: priceProblem && sayRule(priceProblem, market.quote, picture) });
      const asset = quantityProblem?.rule === 'notional' ? market.quote : market.base;
      quantity.draw({ text: state.ticket.quantityText, unit: market.base, problem: quantityProblem && sayRule(quantityProblem, asset, picture) });
      quotes.draw(picture);
    },
  };
}

function sayRule(problem: FieldProblem, asset: string, { format }: Picture): string {
  return say(`field.${problem.rule}`, { limit: format.amount(problem.limit), asset, sign: format.decimalSign });
}

/** Best bid and ask as buttons beside a limit price. */
function createQuotes(intents: Intents): Part {
  const sides = (['bid', 'ask'] as const).map((name) => {
    let price: bigint | null = null;
    const button = el('button', { type: 'button', class: 'quiet' }, say(name));
    button.addEventListener('click', () => price !== null && intents.takePrice(price));
    return {
      button,
      draw({ state, market, format }: Picture) {
        const levels = state.book?.symbol === market.symbol ? state.book[name === 'bid' ? 'bids' : 'asks'] : [];
        price = levels[0]?.price ?? null;
        setAttribute(button, 'disabled', price === null);
        const words = say(name === 'bid' ? 'useBid' : 'useAsk', { price: price === null ? '' : format.amount(price, market.priceDecimals) });
        setAttribute(button, 'aria-label', words);
        setAttribute(button, 'title', words);
      },
    };
  });
  return { root: el('span', { class: 'quotes' }, ...sides.map(({ button }) => button)), draw: (picture) => sides.forEach((each) => each.draw(picture)) };
}
