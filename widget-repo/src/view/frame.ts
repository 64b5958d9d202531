import type { Formatter } from '../helpers/format.ts';
import { isKey, say } from '../i18n/text.ts';
import type { Failure } from '../model/failure.ts';
import { lastPrice, readState, type WidgetState } from '../model/state.ts';
import { deriveTheme } from '../model/theme.ts';
import { type Market, readMarket } from '../model/ticket.ts';
import { css } from '../styles/widget.ts';
import { createAction } from './action.ts';
import { el, setAttribute, setText, show } from './dom.ts';
import { createHead } from './head.ts';
import type { Intents } from './intents.ts';
import type { Panels, Part, Picture } from './part.ts';
import { createTicket } from './ticket.ts';

/** The element that the widget lives in, seen by the page. */
export const HOST_MARK = 'data-our-widget';

export interface Frame {
  readonly host: HTMLElement;
  /** Puts in what the trading part brings. */
  furnish(panels: Panels): void;
  draw(state: WidgetState, format: Formatter): void;
  /** Only ever after a wish of the trader: the focus belongs to the page. */
  focusButton(): void;
}

// Stands in while the real markets load, so that nothing moves when they come.
const SKELETON_MARKET: Market = readMarket({ symbol: '', base: '···', quote: '···', tickSize: '0.01', lotSize: '0.0001', minQuantity: '0', maxQuantity: '0', minNotional: '0' });

export function createFrame(intents: Intents): Frame {
  const host = el('div', { [HOST_MARK]: '' });
  const root = host.attachShadow({ mode: 'open' });
  const look = new CSSStyleSheet();
  look.replaceSync(css);
  const theme = new CSSStyleSheet();
  root.adoptedStyleSheets = [theme, look];

  const action = createAction(intents);
  const ticket = createTicket(intents, () => action.focus());
  const head = createHead(intents);
  let parts: readonly Part[] = [head, ticket, action];
  const spoken = el('p', { class: 'sr', role: 'status' });
  const notice = createNotice(intents);
  const block = createBlock(intents);
  const left = el('div', { class: 'left' }, ticket.root, action.root);
  const columns = el('div', { class: 'columns' }, left);
  const body = el('div', { class: 'body' }, head.root, columns);
  const widget = el('section', { class: 'widget', 'aria-label': say('widget') }, notice.root, block.root, body, spoken);
  root.append(widget);

  let themed: unknown;
  let latest: Picture | null = null;
  widget.setAttribute('aria-keyshortcuts', 'Alt+P');
  widget.addEventListener('keydown', (event) => {
    if (event.altKey && event.code === 'KeyP' && latest) speakPrice(spoken, latest);
  });

  return {
    host,
    focusButton: () => action.focus(),
    furnish({ css: more, percents, summary, outcome, account, book }) {
      if (parts.includes(book)) return;
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(more);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
      ticket.root.append(percents.root, summary.root);
      action.root.append(outcome.root);
      left.append(account.root);
      columns.append(book.root);
      parts = [...parts, percents, summary, outcome, account, book];
    },
    draw(state, format) {
      if (themed !== state.config?.theme || themed === undefined) {
        themed = state.config?.theme ?? null;
        theme.replaceSync(themeCss(state));
      }
      const market = state.market ?? SKELETON_MARKET;
      latest = { state, market, format, ticket: readState(state, market, format.decimalSign), exchange: state.config?.name ?? '' };
      setAttribute(widget, 'data-stage', state.stage);
      setAttribute(body, 'aria-busy', state.stage === 'loading' ? 'true' : null);
      setAttribute(body, 'inert', state.stage !== 'ready');
      show(body, state.stage !== 'blocked');
      if (state.stage === 'loading') setText(spoken, say('loading'));
      else if (spoken.textContent === say('loading')) setText(spoken, '');
      block.draw(state.stage === 'blocked' ? state.problem : null);
      notice.draw(state.notice);
      for (const part of parts) part.draw(latest);
    },
  };
}

function themeCss(state: WidgetState): string {
  const theme = state.config?.theme ?? { primaryColor: '', backgroundColor: '', textColor: '', fontFamily: '' };
  const lines = Object.entries(deriveTheme(theme)).map(([name, value]) => `${name}:${value}`);
  return `:host{${lines.join(';')}}`;
}

function speakPrice(spoken: HTMLElement, { state, market, format }: Picture): void {
  const price = lastPrice(state);
  const words = price === null ? say(`feed.${state.feed}`) : `${say('midPrice', { base: market.base, quote: market.quote })}: ${format.amount(price, market.priceDecimals)}`;
  // The same price twice must be heard twice.
  setText(spoken, spoken.textContent === words ? `${words}\u00a0` : words);
}

/** Replaces the whole ticket when trading is impossible here. */
function createBlock(intents: Intents): { root: HTMLElement; draw(problem: Failure | null): void } {
  const headline = el('strong');
  const facts = el('p', { class: 'hint' });
  const details = el('details', {}, el('summary', {}, say('details')), facts);
  const again = el('button', { type: 'button', class: 'again' }, say('tryAgain'));
  again.addEventListener('click', () => intents.retry());
  const root = el('div', { class: 'block', role: 'alert', hidden: true }, el('span', { class: 'glyph', 'aria-hidden': 'true' }, '!'), headline, details, again);
  return {
    root,
    draw(problem) {
      show(root, problem !== null);
      if (!problem) return;
      const key = `block.${problem.code}`;
      setText(headline, say(isKey(key) ? key : 'block.other'));
      setText(facts, [problem.code, problem.message, problem.requestId].filter(Boolean).join(' · '));
      show(again, !['OPTIONS_INVALID', 'EXCHANGE_NOT_FOUND'].includes(problem.code));
    },
  };
}

function createNotice(intents: Intents): { root: HTMLElement; draw(problem: Failure | null): void } {
  const words = el('span');
  const close = el('button', { type: 'button', class: 'quiet', 'aria-label': say('close') }, '×');
  close.addEventListener('click', () => intents.closeNotice());
  const root = el('div', { class: 'notice', role: 'status', hidden: true }, words, close);
  return {
    root,
    draw(problem) {
      show(root, problem !== null);
      const key = `notice.${problem?.code ?? ''}`;
      if (problem) setText(words, isKey(key) ? say(key) : (problem.message ?? problem.code));
    },
  };
}
