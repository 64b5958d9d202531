import { el, nextId, setText, show } from '../view/dom.ts';
import type { Field } from './form.ts';
import { button, focusOn } from './parts.ts';
import { asDocument, DOCUMENT_BYTES_MAX, type Picked } from './document-file.ts';
import { bytes } from './words.ts';

const DOCUMENTS_MAX = 3;
const KINDS = [['passport', 'Passport'], ['id_card', 'Identity card'], ['driving_licence', 'Driving licence'], ['proof_of_address', 'Proof of address']] as const;

export interface Document {
  readonly kind: (typeof KINDS)[number][0];
  readonly media_type: Picked['mediaType'];
  /** Base64. */
  readonly content: string;
}

/** Files to send: each is read as it is picked, and stands in a list with its size until it is taken out. */
export function documentsField(): Field & { documents(): readonly Document[] } {
  const [hintId, problemId] = [nextId(), nextId()];
  const input = el('input', { id: nextId(), name: 'documents', class: 'sr', type: 'file', multiple: true, accept: 'image/jpeg,image/png,application/pdf', 'aria-describedby': `${hintId} ${problemId}` });
  const picker = el('label', { class: 'plain pick', for: input.id }, input, 'Add a document');
  const list = el('ul', { class: 'files' });
  const status = el('p', { class: 'muted', role: 'status' });
  const problem = el('p', { class: 'problem', id: problemId, role: 'alert', hidden: true });
  const hint = el('p', { class: 'muted', id: hintId }, `A passport, identity card or driving licence; up to ${DOCUMENTS_MAX} pictures or PDF files. Large pictures are made smaller here, before they leave your device.`);
  const rows: { readonly root: HTMLElement; readonly kind: HTMLSelectElement; readonly picked: Picked }[] = [];
  const complain = (text: string | null) => {
    setText(problem, text ?? '');
    show(problem, text !== null);
  };

  const add = (name: string, picked: Picked) => {
    const kind = el('select', { 'aria-label': `What ${name} is` }, ...KINDS.map(([value, label]) => el('option', { value }, label)));
    const remove = button('Remove', 'quiet', () => {
      rows.splice(rows.indexOf(row), 1);
      row.root.remove();
      setText(status, `Removed ${name}.`);
      show(picker, true);
      focusOn(input);
    });
    remove.setAttribute('aria-label', `Remove ${name}`);
    const size = picked.bytes.length < picked.before ? `${bytes(picked.bytes.length)}, made smaller from ${bytes(picked.before)}` : bytes(picked.bytes.length);
    const row = { root: el('li', {}, el('div', {}, el('strong', {}, name), ' ', el('span', { class: 'muted' }, size)), el('div', { class: 'row' }, el('div', { class: 'box' }, kind), remove)), kind, picked };
    rows.push(row);
    list.append(row.root);
    return { name, kind };
  };
  /** Says what came, and takes along whoever has waited for it: the picker may be gone now. */
  const arrived = (added: readonly { readonly name: string; readonly kind: HTMLSelectElement }[]) => {
    const [first] = added;
    const waits = [input, document.body].includes(document.activeElement as HTMLElement);
    show(picker, rows.length < DOCUMENTS_MAX);
    setText(status, first ? `Added ${added.map(({ name }) => name).join(', ')}.` : '');
    if (first && waits) first.kind.focus();
  };
  const take = async (files: readonly File[]) => {
    complain(null);
    const added = [];
    for (const file of files) {
      if (rows.length === DOCUMENTS_MAX) {
        complain(`At most ${DOCUMENTS_MAX} documents; ${file.name} is not among them.`);
        break;
      }
      setText(status, `Reading ${file.name} …`);
      const picked = await asDocument(file);
      if (picked === 'unknown') complain(`${file.name} is no JPEG, PNG or PDF file.`);
      else if (picked === 'large') complain(`${file.name} has ${bytes(file.size)}; at most ${bytes(DOCUMENT_BYTES_MAX)} can be sent.`);
      else added.push(add(file.name, picked));
    }
    arrived(added);
  };
  let taking = Promise.resolve();
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // The same file can then be picked again after it was taken out.
    input.value = '';
    taking = taking.then(() => take(files));
  });

  return {
    root: el('fieldset', { class: 'documents' }, el('legend', {}, 'Documents'), hint, list, status, problem, picker),
    name: 'documents', input, complain, value: () => '',
    check: () => (rows.length === 0 ? 'Documents: at least one is needed.' : null),
    documents: () => rows.map(({ kind, picked }) => ({ kind: kind.value as Document['kind'], media_type: picked.mediaType, content: base64(picked.bytes) })),
  };
}

function base64(content: Uint8Array): string {
  let text = '';
  // A call takes only so many arguments.
  for (let at = 0; at < content.length; at += 32_768) text += String.fromCharCode(...content.subarray(at, at + 32_768));
  return btoa(text);
}
