import { el, nextId, setAttribute, setText, setValue, show } from './dom.ts';

export interface NumberField {
  readonly root: HTMLElement;
  draw(field: { readonly text: string; readonly unit: string; readonly problem: string | null }): void;
}

interface NumberFieldNeeds {
  readonly label: string;
  readonly aside: Node | null;
  readonly typed: (text: string) => void;
  readonly stepped: (direction: 1 | -1) => void;
  readonly left: () => void;
  readonly entered: () => void;
}

/** A labelled amount: arrow keys step, Enter goes on to the button (it never trades), the rule stands at the field. */
export function createNumberField({ label, aside, typed, stepped, left, entered }: NumberFieldNeeds): NumberField {
  const id = nextId();
  const hint = nextId();
  const input = el('input', { id, type: 'text', inputmode: 'decimal', autocomplete: 'off', spellcheck: 'false', maxlength: '24', 'aria-describedby': hint });
  const unit = el('span', { class: 'unit' });
  const problem = el('p', { id: hint, class: 'problem', hidden: true });
  input.addEventListener('input', () => typed(input.value));
  input.addEventListener('blur', left);
  input.addEventListener('keydown', (event) => {
    if (!['Enter', 'ArrowUp', 'ArrowDown'].includes(event.key)) return;
    // Without this the same key press would go on to the button that has just got the focus, and trade.
    event.preventDefault();
    if (event.key === 'Enter') return entered();
    stepped(event.key === 'ArrowUp' ? 1 : -1);
  });
  const box = el('div', { class: 'box' }, input, unit, aside);
  return {
    root: el('div', { class: 'field' }, el('label', { for: id }, label), box, problem),
    draw(field) {
      setValue(input, field.text);
      setText(unit, field.unit);
      setText(problem, field.problem ?? '');
      show(problem, field.problem !== null);
      setAttribute(input, 'aria-invalid', field.problem === null ? null : 'true');
    },
  };
}
