import { say } from '../i18n/text.ts';
import { amountText } from '../model/amount.ts';
import { spendable } from '../model/state.ts';
import type { FieldProblem } from '../model/ticket.ts';
import { el, setAttribute, setText, show } from './dom.ts';
import type { Intents } from './intents.ts';
import { createNumberField } from './number-field.ts';
import type { Part, Picture } from './part.ts';
import { createSegments } from './segments.ts';

const PERCENTS = [25, 50, 75, 100];

/** Side, type, price, quantity, cost and fee. */
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
  const percents = createPercents(intents);
  const summary = createSummary();
  side.root.classList.add('sides');
  type.root.classList.add('types');

  return {
    root: el('div', { class: 'ticket' }, side.root, type.root, price.root, quantity.root, percents.root, summary.root),
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
      percents.draw(picture);
      summary.draw(picture);
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

function createPercents(intents: Intents): Part {
  const buttons = PERCENTS.map((percent) => {
    const button = el('button', { type: 'button', class: 'quiet' }, `${percent} %`);
    button.addEventListener('click', () => intents.takePercent(percent));
    return { percent, button };
  });
  const root = el('div', { class: 'percents', role: 'group' }, ...buttons.map(({ button }) => button));
  return {
    root,
    draw({ state, market }) {
      const available = spendable(state, market);
      const asset = state.ticket.side === 'BUY' ? market.quote : market.base;
      show(root, available !== null);
      for (const { percent, button } of buttons) {
        setAttribute(button, 'aria-label', say('percentOf', { percent, asset }));
        setAttribute(button, 'disabled', !available);
      }
    },
  };
}

/** What it costs before the click; the same numbers that will be signed. */
function createSummary(): Part {
  const row = () => ({ name: el('dt'), value: el('dd') });
  const [money, fee] = [row(), row()];
  const warning = el('p', { class: 'warning', role: 'status' });
  const list = el('dl', {}, el('div', {}, money.name, money.value), el('div', {}, fee.name, fee.value));
  return {
    root: el('div', { class: 'summary' }, list, warning),
    draw(picture) {
      const { state, market, ticket, format } = picture;
      const { estimate } = ticket;
      const buying = state.ticket.side === 'BUY';
      setText(money.name, say(buying ? 'cost' : 'proceeds'));
      setText(money.value, estimate ? say('approx', { amount: `${format.amount(estimate.money, market.priceDecimals, market.priceDecimals)} ${market.quote}` }) : '–');
      setText(fee.name, say('fee'));
      const rate = format.percent(estimate?.feeRate ?? state.rates.taker);
      const amount = estimate ? format.amount(estimate.fee, 0, 8) : '–';
      setText(fee.value, estimate ? say('feeLine', { amount, asset: estimate.feeAsset, rate }) : rate);
      setAttribute(fee.value, 'title', state.config?.fee.text ?? null);
      const words = sayWarning(picture);
      setText(warning, words);
      show(warning, words !== '');
    },
  };
}

function sayWarning({ state, market, ticket, format, exchange }: Picture): string {
  if (ticket.warning === 'depth') return say('warn.depth', { quantity: format.amount(ticket.estimate?.quantityMet ?? 0n), base: market.base });
  if (ticket.warning !== 'balance') return '';
  const buying = state.ticket.side === 'BUY';
  const available = spendable(state, market) ?? 0n;
  const asset = buying ? market.quote : market.base;
  if (available === 0n) return say('warn.balanceNone', { asset, exchange });
  const needed = (buying ? ticket.estimate?.money : ticket.reading.quantity) ?? 0n;
  const decimals = amountText(needed).split('.')[1]?.length ?? 0;
  return say('warn.balance', { available: format.amount(available, 0, Math.max(2, market.quantityDecimals)), asset, needed: format.amount(needed, Math.min(2, decimals), Math.max(2, market.quantityDecimals)) });
}
