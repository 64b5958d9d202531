import type { components } from '../generated/api.ts';
import { el, setText } from '../view/dom.ts';
import { countries } from './countries.ts';
import { documentsField } from './documents.ts';
import { field, form } from './form.ts';
import { button } from './parts.ts';
import type { Session } from './session.ts';
import { createUpload } from './upload.ts';

type Kyc = components['schemas']['Kyc'];

export interface IdentityForm {
  readonly session: Session;
  readonly place: HTMLElement;
  readonly path: string;
  readonly done: (kyc: Kyc) => void;
  readonly back: () => unknown;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function drawIdentityForm({ session, place, path, done, back }: IdentityForm): void {
  const name = field({ name: 'full_name', label: 'Full name', autocomplete: 'name', maxLength: 200, hint: 'As it stands on the document.' });
  const born = field({ name: 'date_of_birth', label: 'Date of birth', type: 'date', autocomplete: 'bday', check: (value) => (DATE.test(value) ? null : 'This is no date.') });
  const country = field({ name: 'country', label: 'Country you live in', autocomplete: 'country', options: [['', 'Choose …'], ...countries()] });
  const address = field({ name: 'address', label: 'Address you live at', autocomplete: 'street-address', lines: 3, maxLength: 500, hint: 'Street and number, postcode, place.' });
  const documents = documentsField();
  const sent = progressSign();
  const send = () => {
    const body = { full_name: name.value(), date_of_birth: born.value(), country: country.value(), address: address.value(), documents: documents.documents() };
    return sent.during((progress) => session.call<Kyc>({ method: 'POST', path, body, send: createUpload(progress) }));
  };
  const { root } = form({ fields: [name, born, country, address, documents], more: [sent.root], button: 'Send it', busy: 'Sending …', send, done });
  place.replaceChildren(el('p', {}, 'It is kept sealed, and opened only by staff who write down why.'), root, button('Not now', 'quiet', back));
  name.input.focus();
}

/** How much of what was sent has left. */
function progressSign() {
  const bar = el('progress', { 'aria-label': 'Sent', max: '1' });
  const words = el('p', { class: 'muted' });
  const root = el('div', { class: 'proof', hidden: true }, words, bar);
  return {
    root,
    async during<T>(work: (progress: (part: number) => void) => Promise<T>): Promise<T> {
      root.hidden = false;
      bar.removeAttribute('value');
      setText(words, 'Sending …');
      try {
        return await work((part) => {
          bar.value = part;
          setText(words, `${Math.floor(part * 100)} % sent`);
        });
      } finally {
        root.hidden = true;
      }
    },
  };
}
