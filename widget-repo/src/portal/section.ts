import { failure } from '../model/failure.ts';
import { el } from '../view/dom.ts';
import type { Call, Trouble } from './api.ts';
import { button, troubleBox, waiting, whileBusy } from './parts.ts';
import type { Session } from './session.ts';

export interface Section {
  readonly root: HTMLElement;
  readonly heading: HTMLElement;
  readonly place: HTMLElement;
}

export function section(id: string, title: string, about: string): Section {
  const heading = el('h2', { id, tabindex: '-1' }, title);
  const place = el('div', { class: 'place' });
  return { root: el('section', { 'aria-labelledby': id }, heading, el('p', { class: 'muted' }, about), place), heading, place };
}

/** Why something is not there, and how to ask for it once more. */
export interface Missing {
  readonly trouble: Trouble;
  readonly again: () => unknown;
}

/**
 * Fetches and draws; while it waits it says so, and a failure offers to try again, at every place that needs the answer.
 * @param missed hears of a failure, and null when it is asked again
 * @returns when what `draw` began is over, too
 */
export async function load<T>(session: Session, places: HTMLElement | readonly HTMLElement[], call: Call, draw: (value: T) => unknown, missed: (missing: Missing | null) => void = () => {}): Promise<void> {
  missed(null);
  for (const place of [places].flat()) place.replaceChildren(waiting('Loading …'));
  const outcome = await session.call<T>(call);
  if (outcome.ok) return void (await draw(outcome.value));
  const missing = { trouble: outcome.trouble, again: () => load(session, places, call, draw, missed) };
  for (const place of [places].flat()) sayMissing(place, missing);
  missed(missing);
}

/** The button goes with what it brings, so the focus moves to the heading of its section. */
export function sayMissing(place: HTMLElement, { trouble, again }: Missing, what = ''): void {
  const retry = button('Try again', 'plain', () => {
    place.closest('section')?.querySelector('h2')?.focus();
    void again();
  });
  place.replaceChildren(...(what ? [el('p', {}, what)] : []), troubleBox(trouble), retry);
}

/** A part that few visits need, fetched when its button is pressed; null after it said that it could not be. */
export async function onDemand<T>(pressed: HTMLButtonElement, place: HTMLElement, fetchPart: () => Promise<T>): Promise<T | null> {
  const part = await whileBusy(pressed, 'Loading …', () => fetchPart().catch(() => null));
  if (part === null) place.prepend(troubleBox({ ...failure('PART_NOT_FETCHED'), status: 0, fields: {} }));
  return part;
}

/** A list of things with what can be done to each; on a phone the cells of a row stand below each other. Columns of `right` hold numbers. */
export function table(label: string, columns: readonly string[], rows: readonly (readonly (Node | string)[])[], right: readonly string[] = []): HTMLElement {
  const side = (column: string) => (right.includes(column) ? 'right' : null);
  const head = el('thead', {}, el('tr', {}, ...columns.map((column) => el('th', { scope: 'col', class: side(column) }, column))));
  const cellOf = (cell: Node | string, column = '') => el('td', { 'data-column': column, class: side(column) }, cell);
  const body = el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((cell, index) => cellOf(cell, columns[index])))));
  return el('table', {}, el('caption', { class: 'sr' }, label), head, body);
}
