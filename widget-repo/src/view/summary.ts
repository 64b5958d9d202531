import { sayTrading } from '../i18n/trading-text.ts';
import { amountText } from '../model/amount.ts';
import { LEVELS_MAX } from '../model/book.ts';
import { spendable } from '../model/state.ts';
import { el, setAttribute, setText, show } from './dom.ts';
import type { Intents } from './intents.ts';
import type { Part, Picture } from './part.ts';

const PERCENTS = [25, 50, 75, 100];

/** Shares of the balance, as buttons. */
export function createPercents(intents: Intents): Part {
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
      // They keep their place until the balance is known: nothing moves under a finger.
      show(root, Boolean(state.config?.balanceEndpoint));
      for (const { percent, button } of buttons) {
        setAttribute(button, 'aria-label', sayTrading('percentOf', { percent, asset }));
        setAttribute(button, 'disabled', !available);
      }
    },
  };
}

/** What it costs before the click; the same numbers that will be signed. */
export function createSummary(): Part {
  const row = () => ({ name: el('dt'), value: el('dd') });
  const [money, fee] = [row(), row()];
  const warning = el('p', { class: 'warning' });
  // Its numbers change with every price. Spoken is only what stays true meanwhile.
  const spoken = el('p', { class: 'sr', role: 'status' });
  const list = el('dl', {}, el('div', {}, money.name, money.value), el('div', {}, fee.name, fee.value));
  return {
    root: el('div', { class: 'summary' }, list, warning, spoken),
    draw(picture) {
      const { state, market, ticket, format } = picture;
      const { estimate } = ticket;
      const buying = state.ticket.side === 'BUY';
      setText(money.name, sayTrading(buying ? 'cost' : 'proceeds'));
      const net = estimate && (buying ? estimate.money : estimate.money - estimate.fee);
      setText(money.value, net !== null ? sayTrading('approx', { amount: `${format.amount(net, market.priceDecimals, market.priceDecimals)} ${market.quote}` }) : '–');
      setText(fee.name, sayTrading('fee'));
      const rate = format.percent(estimate?.feeRate ?? state.rates.taker);
      const amount = estimate ? format.amount(estimate.fee, 0, buying ? 8 : Math.max(4, market.priceDecimals)) : '–';
      setText(fee.value, estimate ? sayTrading('feeLine', { amount, asset: estimate.feeAsset, rate }) : rate);
      setAttribute(fee.value, 'title', state.config?.fee.text ?? null);
      const words = sayWarning(picture);
      setText(warning, words);
      show(warning, words !== '');
      setText(spoken, ticket.warning ? sayTrading(`spoken.${ticket.warning}`, { asset: buying ? market.quote : market.base }) : '');
    },
  };
}

function sayWarning({ state, market, ticket, format, exchange }: Picture): string {
  const levels = state.book?.[state.ticket.side === 'BUY' ? 'asks' : 'bids'] ?? [];
  // A full list ends where we stopped reading, not where the offers end.
  if (ticket.warning === 'depth') return sayTrading(levels.length >= LEVELS_MAX ? 'warn.depthAtLeast' : 'warn.depth', { quantity: format.amount(ticket.estimate?.quantityMet ?? 0n), base: market.base });
  if (ticket.warning !== 'balance') return '';
  const buying = state.ticket.side === 'BUY';
  const available = spendable(state, market) ?? 0n;
  const asset = buying ? market.quote : market.base;
  if (available === 0n) return sayTrading('warn.balanceNone', { asset, exchange });
  const needed = (buying ? ticket.estimate?.money : ticket.reading.quantity) ?? 0n;
  const decimals = amountText(needed).split('.')[1]?.length ?? 0;
  return sayTrading('warn.balance', { available: format.amount(available, 0, Math.max(2, market.quantityDecimals)), asset, needed: format.amount(needed, Math.min(2, decimals), Math.max(2, market.quantityDecimals)) });
}
