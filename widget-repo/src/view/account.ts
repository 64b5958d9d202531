import { sayTrading } from '../i18n/trading-text.ts';
import { parseAmount } from '../model/amount.ts';
import { type Flow, phaseOf } from '../model/order-flow.ts';
import { FLAT, profit } from '../model/position.ts';
import { lastPrice, spendable } from '../model/state.ts';
import { el, setAttribute, setText, show } from './dom.ts';
import { shortState } from './outcome.ts';
import type { Part, Picture } from './part.ts';

const MONEY_DECIMALS = 2;

/** Balance, position and profit, and the orders placed from this page. */
export function createAccount(): Part {
  const [balance, position, pnl] = [createFact(sayTrading('balance')), createFact(sayTrading('position')), createFact(sayTrading('pnl'))];
  pnl.root.title = sayTrading('pnlHint');
  const list = el('ul');
  const orders = el('section', { class: 'orders', 'aria-label': sayTrading('ordersHere') }, el('p', { class: 'title' }, sayTrading('ordersHere')), list);
  const facts = el('dl', { class: 'account' }, balance.root, position.root, pnl.root);
  let drawn: readonly Flow[] = [];

  return {
    root: el('footer', {}, facts, orders),
    draw(picture) {
      const { state, market, format } = picture;
      const available = spendable(state, market);
      const asset = state.ticket.side === 'BUY' ? market.quote : market.base;
      const unknown = state.balanceAway && state.signIn !== 'out' ? sayTrading('balanceAway') : '–';
      const dash = state.config?.balanceEndpoint ? unknown : null;
      balance.draw(available === null ? dash : `${format.amount(available, MONEY_DECIMALS, asset === market.quote ? market.priceDecimals : 8)} ${asset}`);
      const held = state.config?.features.showPnl ? (state.positions[market.symbol] ?? null) : null;
      position.draw(held && `${format.amount(held.quantity)} ${market.base}`);
      const profitNow = held && profit(held ?? FLAT, lastPrice(state));
      pnl.draw(profitNow === null ? null : `${format.signed(profitNow, MONEY_DECIMALS)} ${market.quote}`);
      setAttribute(pnl.value, 'data-move', !profitNow ? null : profitNow > 0n ? 'up' : 'down');
      show(facts, dash !== null || held !== null);
      // The order in the panel above need not be said twice.
      const others = state.orders.filter((flow) => flow !== state.current);
      show(orders, others.length > 0);
      if (others.length === drawn.length && others.every((flow, index) => flow === drawn[index])) return;
      drawn = others;
      list.replaceChildren(...others.map((flow) => orderLine(flow, picture)));
    },
  };
}

function createFact(name: string): { root: HTMLElement; value: HTMLElement; draw(text: string | null): void } {
  const value = el('dd');
  const root = el('div', {}, el('dt', {}, name), value);
  return {
    root,
    value,
    draw(text) {
      show(root, text !== null);
      setText(value, text ?? '');
    },
  };
}

function orderLine(flow: Flow, { state, format }: Picture): HTMLLIElement {
  const { order } = flow;
  const market = state.markets.find(({ symbol }) => symbol === order.symbol);
  const quantity = parseAmount(order.quantity) ?? 0n;
  const price = parseAmount(flow.report?.averagePrice ?? order.price ?? '');
  const buying = order.side === 'BUY';
  const what = `${buying ? '▲' : '▼'} ${sayTrading(buying ? 'buy' : 'sell')} ${format.amount(quantity)} ${market?.base ?? order.symbol}`;
  return el(
    'li',
    {},
    el('span', { class: buying ? 'buy' : 'sell' }, what),
    el('span', { class: 'at' }, price === null ? '' : format.amount(price, market?.priceDecimals, market?.priceDecimals)),
    el('span', { class: 'state', 'data-phase': phaseOf(flow) }, shortState(flow)),
  );
}
