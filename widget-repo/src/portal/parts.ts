import { el } from '../view/dom.ts';
import type { Trouble } from './api.ts';
import { moment, sentenceOf } from './words.ts';

/** A refusal or a failure in words, with what support asks for behind "Details". Read out at once. */
export function troubleBox(trouble: Trouble, wayOut: Node | null = null): HTMLElement {
  const details = el('details', {}, el('summary', {}, 'Details'), el('p', {}, `Code ${trouble.code}${trouble.requestId ? `, request ${trouble.requestId}` : ''}`));
  return el('div', { class: 'trouble', role: 'alert' }, el('p', {}, sentenceOf(trouble)), wayOut, trouble.code === 'SIGNED_OUT' ? null : details);
}

export function time(iso: string): HTMLElement {
  const { text, zone } = moment(iso);
  return el('time', { datetime: iso, title: zone }, text);
}

/** A wait that is seen and heard. */
export function waiting(text: string): HTMLElement {
  return el('p', { class: 'waiting', role: 'status' }, el('span', { class: 'spinner', 'aria-hidden': 'true' }), text);
}

/** Keeps a button from being pressed twice, and says what is under way. */
export async function whileBusy<T>(button: HTMLButtonElement, words: string, work: () => Promise<T>): Promise<T> {
  const before = [...button.childNodes];
  button.setAttribute('aria-disabled', 'true');
  button.setAttribute('aria-busy', 'true');
  button.replaceChildren(el('span', { class: 'spinner', 'aria-hidden': 'true' }), el('span', { role: 'status' }, words));
  try {
    return await work();
  } finally {
    button.removeAttribute('aria-disabled');
    button.removeAttribute('aria-busy');
    button.replaceChildren(...before);
  }
}

export function button(words: string, kind: 'main' | 'plain' | 'danger' | 'quiet', pressed: (button: HTMLButtonElement) => unknown): HTMLButtonElement {
  const root = el('button', { type: 'button', class: kind }, words);
  root.addEventListener('click', () => {
    if (root.getAttribute('aria-disabled') !== 'true') void pressed(root);
  });
  return root;
}

/** Moves the reader to what has just appeared. */
export function focusOn(element: HTMLElement): void {
  if (!element.hasAttribute('tabindex') && !/^(A|BUTTON|INPUT|SELECT|TEXTAREA)$/.test(element.tagName)) element.setAttribute('tabindex', '-1');
  element.focus();
}

interface Question {
  readonly title: string;
  /** What will happen, spelled out. */
  readonly consequence: string;
  readonly yes: string;
}

/** Asks before what cannot be taken back. Escape and "Keep it" mean no; the focus goes back to where it was. */
export function confirmed({ title, consequence, yes }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const heading = el('h2', { id: 'question' }, title);
    const words = el('p', { id: 'consequence' }, consequence);
    const keep = button('Keep it', 'plain', () => dialog.close());
    let answer = false;
    const go = button(yes, 'danger', () => {
      answer = true;
      dialog.close();
    });
    const dialog = el('dialog', { 'aria-labelledby': 'question', 'aria-describedby': 'consequence' }, heading, words, el('div', { class: 'row' }, keep, go));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const TOAST_MS = 8000;

/** Says in passing that something is done; never what somebody must act on. */
export function toast(text: string): void {
  const region = document.querySelector('.toasts') ?? document.body.appendChild(el('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' }));
  const item = el('div', { class: 'toast' }, el('span', {}, text));
  item.append(button('Close', 'quiet', () => item.remove()));
  region.append(item);
  setTimeout(() => item.remove(), TOAST_MS);
}

/** A secret that is shown once: to copy, and where asked for to keep as a file. */
export function secretBox(label: string, text: string, fileName: string | null): HTMLElement {
  const copy = button('Copy', 'plain', async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast(`${label}: copied.`);
    } catch {
      toast('This browser did not let us copy. Mark the text and copy it by hand.');
    }
  });
  const keep = fileName === null ? null : button('Download', 'plain', () => download(fileName, `${text}\n`));
  return el('div', { class: 'secret' }, el('pre', { tabindex: '0', 'aria-label': label }, text), el('div', { class: 'row' }, copy, keep));
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
