import { failure } from '../model/failure.ts';
import { el } from '../view/dom.ts';
import type { Call } from './api.ts';
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

/** Fetches and draws; while it waits it says so, and a failure offers to try again. */
export async function load<T>(session: Session, place: HTMLElement, call: Call, draw: (value: T) => void): Promise<void> {
  place.replaceChildren(waiting('Loading …'));
  const outcome = await session.call<T>(call);
  if (outcome.ok) return draw(outcome.value);
  place.replaceChildren(troubleBox(outcome.trouble), button('Try again', 'plain', () => load(session, place, call, draw)));
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
