import { el, nextId, setAttribute, setText, show } from '../view/dom.ts';
import type { Outcome, Trouble } from './api.ts';
import { focusOn, troubleBox, whileBusy } from './parts.ts';

export type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export interface Field {
  readonly root: HTMLElement;
  readonly name: string;
  readonly input: Input;
  value(): string;
  complain(problem: string | null): void;
  /** Says what is wrong with what stands there, or null. */
  check(): string | null;
}

export interface FieldWish {
  /** As the service calls it, so that its complaint finds the field. */
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password' | 'date';
  readonly lines?: number;
  /** Value and words of each: then it is a choice. */
  readonly options?: readonly (readonly [string, string])[];
  readonly autocomplete?: string;
  readonly hint?: string | Node;
  readonly optional?: boolean;
  readonly keyboard?: 'decimal';
  /** A button inside the box. */
  readonly beside?: HTMLElement;
  readonly maxLength?: number;
  readonly check?: (value: string) => string | null;
}

export function field(wish: FieldWish): Field {
  const { name, label, type = 'text', hint, optional = false } = wish;
  const [id, hintId, problemId] = [nextId(), nextId(), nextId()];
  const shared = {
    id, name, autocomplete: wish.autocomplete ?? 'off',
    'aria-describedby': `${hint ? `${hintId} ` : ''}${problemId}`, 'aria-required': optional ? null : 'true',
  };
  const input = inputOf(wish, { ...shared, type });
  const problem = el('p', { class: 'problem', id: problemId, hidden: true });
  const box = el('div', { class: 'box' }, input, type === 'password' ? reveal(input, label) : (wish.beside ?? null));
  const root = el(
    'div', { class: 'field' },
    el('label', { for: id }, label, optional ? el('span', { class: 'muted' }, ' (optional)') : null),
    hint ? el('p', { class: 'muted', id: hintId }, hint) : null, box, problem,
  );
  const value = () => (type === 'password' ? input.value : input.value.trim());
  const complain = (text: string | null) => {
    setText(problem, text ?? '');
    show(problem, text !== null);
    setAttribute(input, 'aria-invalid', text === null ? null : 'true');
  };
  input.addEventListener('input', () => complain(null));
  return { root, name, input, value, complain, check: () => (value() === '' ? (optional ? null : `${label}: this is needed.`) : (wish.check?.(value()) ?? null)) };
}

function inputOf({ lines, options, keyboard, maxLength = 255 }: FieldWish, { type, ...shared }: { readonly type: string } & Readonly<Record<string, string | null>>): Input {
  if (options) return el('select', shared, ...options.map(([value, words]) => el('option', { value }, words)));
  const typed = { ...shared, maxlength: String(maxLength), spellcheck: 'false', autocapitalize: 'none', inputmode: keyboard ?? null };
  return lines ? el('textarea', { ...typed, rows: String(lines) }) : el('input', { ...typed, type });
}

/** Shows what was typed as long as it is pressed in. */
function reveal(input: Input, label: string): HTMLElement {
  const button = el('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false', 'aria-label': `Show: ${label}` }, 'Show');
  button.addEventListener('click', () => {
    const shown = input.getAttribute('type') === 'text';
    input.setAttribute('type', shown ? 'password' : 'text');
    setAttribute(button, 'aria-pressed', String(!shown));
  });
  return button;
}

export interface FormWish<T> {
  readonly fields: readonly Field[];
  /** Besides the fields, before the button. */
  readonly more?: readonly Node[];
  readonly button: string;
  readonly busy: string;
  readonly danger?: boolean;
  readonly send: () => Promise<Outcome<T>>;
  readonly done: (value: T) => unknown;
  /** True when the page has dealt with the refusal itself. */
  readonly refused?: (trouble: Trouble) => boolean;
  /** What leads on after a refusal that no other try mends. */
  readonly wayOut?: (trouble: Trouble) => Node | null;
}

export interface Form {
  readonly root: HTMLFormElement;
  say(trouble: Trouble | null): void;
}

/** Checks, sends once, says at the field or above the button what is wrong, and moves the focus there. */
export function form<T>({ fields, more = [], button: words, busy, danger = false, send, done, refused, wayOut }: FormWish<T>): Form {
  const place = el('div', { class: 'say' });
  const submit = el('button', { type: 'submit', class: danger ? 'danger' : 'main' }, words);
  const root = el('form', { novalidate: true }, ...fields.map((each) => each.root), ...more, place, submit);
  const say = (trouble: Trouble | null) => place.replaceChildren(...(trouble ? [troubleBox(trouble, wayOut?.(trouble))] : []));
  root.addEventListener('submit', (event) => {
    event.preventDefault();
    if (submit.getAttribute('aria-disabled') === 'true') return;
    say(null);
    if (complainFirst(fields, (each) => each.check())) return;
    void whileBusy(submit, busy, send).then((outcome) => {
      if (outcome.ok) return void done(outcome.value);
      if (refused?.(outcome.trouble)) return;
      const { trouble } = outcome;
      const atField = complainFirst(fields, (each) => complaintAbout(each, trouble));
      say(trouble);
      if (!atField) focusOn(submit);
    });
  });
  return { root, say };
}

/** The service names a place inside a list as `documents.0.content`. */
function complaintAbout({ name }: Field, { fields }: Trouble): string | null {
  return fields[name] ?? Object.entries(fields).find(([place]) => place.startsWith(`${name}.`))?.[1] ?? null;
}

function complainFirst(fields: readonly Field[], problemOf: (each: Field) => string | null): boolean {
  let first: Field | null = null;
  for (const each of fields) {
    const problem = problemOf(each);
    each.complain(problem);
    if (problem !== null) first ??= each;
  }
  first?.input.focus();
  return first !== null;
}

export const PASSWORD_LENGTH_MIN = 12;

export function newPasswordField(name: string, label: string): Field {
  return field({
    name, label, type: 'password', autocomplete: 'new-password', maxLength: 128,
    hint: `At least ${PASSWORD_LENGTH_MIN} characters. Length is what counts: a few words in a row are good.`,
    check: (value) => (value.length < PASSWORD_LENGTH_MIN ? `${PASSWORD_LENGTH_MIN - value.length} more characters are needed.` : null),
  });
}

export function emailField(): Field {
  return field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', check: (value) => (/^\S+@\S+\.\S+$/.test(value) ? null : 'An address looks like name@example.com.') });
}

export function codeField(name: string, { label = 'Code from your authenticator app', hint = 'Six digits. Without your phone: one of your backup codes.', optional = false } = {}): Field {
  return field({ name, label, hint, optional, autocomplete: 'one-time-code', maxLength: 32 });
}
