import { el, nextId, setText } from './dom.ts';

export interface Segments<Value extends string> {
  readonly root: HTMLFieldSetElement;
  draw(chosen: Value): void;
}

/** A row of choices of which one is taken. Native radio buttons, so that arrow keys and screen readers work as ever. */
export function createSegments<Value extends string>(
  name: string,
  choices: readonly { readonly value: Value; readonly label: string; readonly mark?: string }[],
  choose: (value: Value) => void,
): Segments<Value> {
  const group = nextId();
  const inputs = choices.map(({ value, label, mark }) => {
    const input = el('input', { type: 'radio', name: group, value, class: 'sr' });
    input.addEventListener('change', () => choose(value));
    const glyph = mark ? el('span', { 'aria-hidden': 'true', class: 'mark' }) : null;
    if (glyph) setText(glyph, mark ?? '');
    return { input, label: el('label', { class: `segment ${value.toLowerCase()}` }, input, glyph, el('span', {}, label)) };
  });
  const root = el('fieldset', { class: 'segments' }, el('legend', { class: 'sr' }, name), ...inputs.map(({ label }) => label));
  return {
    root,
    draw(chosen) {
      for (const { input } of inputs) if (input.checked !== (input.value === chosen)) input.checked = input.value === chosen;
    },
  };
}
