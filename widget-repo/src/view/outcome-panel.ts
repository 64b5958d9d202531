import { sayTrading } from '../i18n/trading-text.ts';
import { el, setAttribute, setText, show } from './dom.ts';
import type { Intents } from './intents.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Part } from './part.ts';

const GLYPHS: Readonly<Record<Outcome['tone'], string>> = { busy: '', good: '✓', calm: '◷', bad: '✕', warn: '!' };

/** What became of the order, spoken as well as shown. */
export function createOutcome(intents: Intents): Part {
  const glyph = el('span', { class: 'glyph', 'aria-hidden': 'true' });
  const headline = el('strong');
  const hint = el('p', { class: 'hint' });
  const facts = el('dl', { class: 'facts' });
  const details = el('details', {}, el('summary', {}, sayTrading('details')), facts);
  const again = el('button', { type: 'button', class: 'again' });
  // Two live regions that are always there: a screen reader announces only changes inside a region that it knew before.
  const polite = el('p', { class: 'sr', role: 'status' });
  const assertive = el('p', { class: 'sr', role: 'alert' });
  const panel = el('div', { class: 'outcome', tabindex: '-1', hidden: true }, el('div', { class: 'line' }, glyph, headline), ' ', hint, details, again);
  again.addEventListener('click', () => intents.newOrder(panel.contains((panel.getRootNode() as ShadowRoot).activeElement)));
  return {
    root: el('div', {}, polite, assertive, panel),
    draw(picture) {
      const flow = picture.state.current;
      const appears = flow !== null && panel.hidden;
      show(panel, flow !== null);
      const outcome = flow && outcomeOf(flow, picture);
      const spoken = outcome ? `${outcome.headline.replace(/\.$/, '')}. ${outcome.hint}` : '';
      const urgent = outcome?.tone === 'bad' || (outcome?.tone === 'warn' && flow?.step === 'done');
      setText(polite, urgent ? '' : spoken);
      setText(assertive, urgent ? spoken : '');
      if (!outcome) return;
      setAttribute(panel, 'data-tone', outcome.tone);
      setText(glyph, GLYPHS[outcome.tone]);
      setText(headline, outcome.headline);
      setText(hint, outcome.hint);
      show(hint, outcome.hint !== '');
      show(details, outcome.details.length > 0);
      if (facts.dataset['drawn'] !== JSON.stringify(outcome.details)) {
        facts.dataset['drawn'] = JSON.stringify(outcome.details);
        facts.replaceChildren(...outcome.details.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
      }
      setText(again, sayTrading(outcome.tone === 'bad' ? 'tryAgain' : 'newOrder'));
      if (appears) panel.focus();
      show(again, outcome.tone !== 'busy' && flow?.step !== 'checking');
    },
  };
}
